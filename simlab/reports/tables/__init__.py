"""Tables: every number that a report plots or says, with its unit."""
