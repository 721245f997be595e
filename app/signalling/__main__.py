"""`python -m app.signalling`: one room server process. Where the way of a packet was compiled, it
takes that."""

import sys
from importlib import import_module

from app.signalling import compiled

if __name__ == "__main__":
    compiled.prefer()
    sys.exit(import_module("app.signalling.process").main())
