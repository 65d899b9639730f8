"""simlab: a discrete-event simulation and optimisation lab for service processes."""
