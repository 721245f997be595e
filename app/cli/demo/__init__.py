"""The demo: a small world of made-up people, to try everything with."""

from app.cli.demo.seeding import load_demo, seed

__all__ = ["load_demo", "seed"]
