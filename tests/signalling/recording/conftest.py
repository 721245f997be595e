"""A media node, and Chromium pages around it, as the media plane's own tests have them."""

from tests.signalling.media.conftest import browser, call, node

__all__ = ["browser", "call", "node"]
