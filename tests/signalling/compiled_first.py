"""A pytest plugin: in this run the way of a packet is the compiled one."""

from app.signalling import compiled

if not compiled.prefer():
    raise RuntimeError("nothing is compiled: python -m deploy.compile")
