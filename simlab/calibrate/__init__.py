"""From a ticket export to a scenario, and back: event logs, profiles, fits, exchange formats."""
