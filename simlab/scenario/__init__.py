"""What the planner writes: reading scenario files, their language, and the checks on it."""
