"""Where replications are kept: columns and units, manifest, checksummed store, export."""
