"""Rings beside open pages: pushed, texted, told to call-out systems."""
