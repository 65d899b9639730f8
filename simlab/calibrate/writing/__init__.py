"""Event logs as files that process-mining tools read: CSV, XES, OCEL 2.0, Parquet."""
