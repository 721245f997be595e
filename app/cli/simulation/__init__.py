"""A simulated patient monitor: a body that changes, and a client that feeds what it shows."""
