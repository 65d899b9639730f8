"""Languages of reports: a catalogue file each."""
