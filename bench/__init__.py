"""Measurements: each module with a `measure` writes `bench/results/NAME.json`."""
