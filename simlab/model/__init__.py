"""The compiled model: frozen tables, calendars, distributions, streams and the rules about a ticket."""
