"""From a scenario to the compiled model: names become codes, facts become tables."""
