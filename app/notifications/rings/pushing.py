"""Web push: a message that only one browser can read (RFC 8291), from a sender it knows (RFC 8292).

What is said is in clear to that browser only, and still holds nothing of a patient: it is shown on
locked screens.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import WebPusher

from app.config import Settings
from app.outbound import Answer, Outbound

TITLE = "Urgent request"
TOKEN_LIFETIME = timedelta(hours=12)
"""RFC 8292 §2 allows 24 hours, which a push service whose clock is behind would find too many."""
MOST_ANSWER_BYTES = 4 * 1024
_PUBLIC_POINT_BYTES = 65  # uncompressed, SEC 1 §2.3.3
_AUTH_BYTES = 16  # RFC 8291 §3.2


@dataclass(frozen=True, slots=True)
class Target:
    """A browser: where its push service takes messages for it, and its keys."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What is pushed: the request that rings, and until when."""

    request_id: UUID
    expires_at: datetime

    def body(self) -> bytes:
        """A title, a path of ours and a time (static/push-worker.js shows it)."""
        content = {
            "title": TITLE,
            "path": f"/on-call/requests/{self.request_id}",
            "until": self.expires_at.isoformat(),
        }
        return json.dumps(content, separators=(",", ":")).encode()


class Push:
    """Sends notices to the push services in `hosts` (patterns: `*.push.apple.com`)."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, *, subject: str, hosts: tuple[str, ...]
    ) -> None:
        self._vapid = Vapid02(key)
        self._subject = subject
        self._hosts = hosts
        point = key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.public_key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        """What a browser subscribes with (`applicationServerKey`)."""

    def goes_to(self, endpoint: str) -> bool:
        """Whether this is an address of a push service that we send to."""
        try:
            parts = urlsplit(endpoint)
            host = parts.hostname or ""
        except ValueError:
            return False
        return parts.scheme in {"https", "http"} and any(
            fnmatch(host, pattern) for pattern in self._hosts
        )

    async def send(
        self, outbound: Outbound, target: Target, notice: Notice, *, now: datetime
    ) -> Answer:
        """Hand it to the push service, to be dropped when the ring is over. Raises OutboundError.

        A second for the same request takes the place of the first that has not arrived yet.
        """
        headers = {
            **self._signed(target.endpoint),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(max(0, int((notice.expires_at - now).total_seconds()))),
            "Urgency": "high",  # RFC 8030 §5.3: also to a device that saves its battery
            "Topic": notice.request_id.hex,  # RFC 8030 §5.4: at most 32 characters
        }
        body = encrypted(target, notice.body())
        return await outbound.post(target.endpoint, body, headers, most_bytes=MOST_ANSWER_BYTES)

    def _signed(self, endpoint: str) -> Mapping[str, str]:
        parts = urlsplit(endpoint)
        # The world's clock and not a demo's: the push service compares it with its own.
        ends = int(time.time() + TOKEN_LIFETIME.total_seconds())
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": ends, "sub": self._subject}
        signed: Mapping[str, str] = self._vapid.sign(claims)
        return signed


def encrypted(target: Target, body: bytes) -> bytes:
    """`body` for this browser only (RFC 8291, in one record of RFC 8188)."""
    keys = {"p256dh": target.p256dh, "auth": target.auth}
    sealed: bytes = WebPusher({"endpoint": target.endpoint, "keys": keys}).encode(body)["body"]
    return sealed


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether these are a browser's keys: a point of P-256 and 16 bytes, in base64url."""
    try:
        point, secret = _decoded(p256dh), _decoded(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == _PUBLIC_POINT_BYTES and len(secret) == _AUTH_BYTES


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


@lru_cache(maxsize=4)
def open_push(settings: Settings) -> Push | None:
    """The installation's, read once a process; None where no key is set: then nothing is pushed.

    Raises ValueError for an unfit key file.
    """
    path = settings.push_key_file
    if path is None:
        return None
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{path.name} must hold a P-256 private key in PEM")
    subject = settings.push_contact or f"mailto:{settings.mail_sender}"
    return Push(key, subject=subject, hosts=settings.push_hosts)
