"""Signatures by the Standard Webhooks scheme, v1: HMAC-SHA256 over id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"
KEY_BYTES = 32


def headers(
    keys: Sequence[bytes], message_id: str, body: bytes, *, now: datetime
) -> dict[str, str]:
    """What goes with a body: while a secret is being changed, a signature by each."""
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(sign(key, message_id, timestamp, body) for key in keys),
    }


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """One signature: `v1,` and base64."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def shown(key: bytes) -> str:
    """The secret as receivers' libraries take it."""
    return PREFIX + base64.b64encode(key).decode()
