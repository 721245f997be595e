"""A media node, and Chromium pages around it, as the media plane's own tests have them."""

from tests.signalling.media.conftest import call, chromium, node

__all__ = ["call", "chromium", "node"]
