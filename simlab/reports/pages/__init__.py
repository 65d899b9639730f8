"""Pages: what is said about a result, in which order, and how it becomes one self-contained HTML file."""
