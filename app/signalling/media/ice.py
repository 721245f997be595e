"""The ICE-lite end of one connection: who may talk to us, and where the peer is.

RFC 8445 §2.5 and §7.3 (lite, controlled), RFC 7675 (consent), RFC 8839 §4.4.1.1 (restart).
No socket and no clock: `now` is in seconds.
"""

import struct
from collections.abc import Collection
from dataclasses import dataclass
from secrets import choice
from typing import NamedTuple

from aioice import stun

from app.signalling.media.paths import Address, Path

CONSENT_SECONDS = 30.0
"""RFC 7675 §5.1. We are lite and ask nobody: a genuine request consents, and so does authenticated
media, which nobody else can make, on the path in use. Browsers do both; GStreamer's libnice, once
connected, makes no more requests."""

SILENT_SECONDS = 1.0
"""A path that brought nothing for so long gives way to one that does. Sooner, a packet that was
long under way on the path just left would call us back to it."""

IN_USE_SECONDS = 10.0
"""Browsers check the path they use every 2.5 s or oftener."""

MAX_PATHS = 16
"""Addresses remembered for one connection; a phone has three or four."""

MAX_ATTRIBUTES = 16
"""Looked through for a name; browsers write eight."""

_BINDING_REQUEST = b"\x00\x01"
_USERNAME = 0x0006
_ATTRIBUTE = struct.Struct("!HH")

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Credentials:
    """Our half, and the peer's name for itself (RFC 8445 §5.3: 24 and 128 bits at least)."""

    ufrag: str
    password: str
    remote_ufrag: str

    @classmethod
    def generate(cls, remote_ufrag: str) -> "Credentials":
        """Fresh ones: 8 characters find the peer, 24 characters (143 bits) prove it."""
        letters = [choice(_ALPHABET) for _ in range(32)]
        return cls("".join(letters[:8]), "".join(letters[8:]), remote_ufrag)


class BindingRequest(NamedTuple):
    """A STUN request that says which connection it is for, not yet proved."""

    ufrag: str
    message: stun.Message


def is_stun(data: bytes) -> bool:
    """RFC 7983 §7: a first octet of 0 to 3; RFC 8489 §5: the magic cookie."""
    return len(data) >= 20 and data[0] <= 3 and data[4:8] == b"\x21\x12\xa4\x42"


def wanted_ufrag(data: bytes) -> str | None:
    """Whom a binding request is for, at a fifteenth of the price of parsing it; None for others."""
    if data[:2] != _BINDING_REQUEST:
        return None
    at = 20
    for _ in range(MAX_ATTRIBUTES):
        if at + 4 > len(data):
            return None
        kind, length = _ATTRIBUTE.unpack_from(data, at)
        at += 4
        if kind == _USERNAME:
            return data[at : at + length].partition(b":")[0].decode("ascii", "replace")
        at += length + -length % 4
    return None


def parse_request(data: bytes) -> BindingRequest | None:
    """Reads a binding request with a USERNAME; anything else is None, nothing raises."""
    try:
        message = stun.parse_message(data)
    except (ValueError, struct.error, IndexError):
        return None
    request = (stun.Method.BINDING, stun.Class.REQUEST)
    username = message.attributes.get("USERNAME")
    if (message.message_method, message.message_class) != request or not username:
        return None
    return BindingRequest(username.partition(":")[0], message)


class IceAgent:
    """Checks requests against the credentials and keeps the path to send on."""

    def __init__(self, *, remote_ufrag: str, now: float) -> None:
        self.credentials = Credentials.generate(remote_ufrag)
        self.previous: Credentials | None = None
        self.path: Path | None = None
        self.consented_at = now
        self._proved_at: dict[Path, float] = {}
        self._heard_at = float("-inf")
        self._nominated = False

    @property
    def ufrags(self) -> tuple[str, ...]:
        """The names under which requests find this agent."""
        previous = (self.previous.ufrag,) if self.previous else ()
        return (self.credentials.ufrag, *previous)

    @property
    def paths(self) -> Collection[Path]:
        """The proved ones, the one proved last at the end."""
        return self._proved_at.keys()

    def restart(self, remote_ufrag: str) -> None:
        """New credentials; the old ones hold until the peer has nominated with the new."""
        self.previous = self.credentials
        self.credentials = Credentials.generate(remote_ufrag)

    def accept(self, request: BindingRequest, path: Path, now: float) -> bytes | None:
        """The response to a genuine request, after which its source counts as proved."""
        credentials = self._matching(request)
        if credentials is None:
            return None
        self.consented_at = now
        self._prove(path, now)
        nominates = "USE-CANDIDATE" in request.message.attributes
        if nominates and credentials is self.credentials:
            self.previous = None
        if nominates or not self._nominated or self.path is None:
            self._use(path, now)
            self._nominated = self._nominated or nominates
        return _response(request.message, path, credentials.password)

    def _use(self, path: Path, now: float) -> None:
        self.path = path
        self._heard_at = now

    def heard(self, path: Path, now: float) -> bool:
        """Notes authenticated media from a path; True when we send there from now on.

        That happens where the path in use has been silent. A peer whose line has gone sends on
        another well before it nominates that one: waiting for it costs 2 to 3 s (measured). Only
        proved paths with live consent come into question, and only fresh packets: what SRTP has
        seen before it refuses, so that nobody can call us elsewhere with a recording.
        """
        if path == self.path:
            self._heard_at = now
            return False
        if now - self._heard_at < SILENT_SECONDS or not self._has_consent(path, now):
            return False
        self._use(path, now)
        return True

    def _has_consent(self, path: Path, now: float) -> bool:
        return now - self._proved_at.get(path, float("-inf")) <= CONSENT_SECONDS

    def lose(self, path: Path, now: float) -> bool:
        """Forgets a path that is no more; True when we send on another from now on, or on none."""
        self._proved_at.pop(path, None)
        if path != self.path:
            return False
        self.consented_at = max(self.consented_at, self._heard_at)
        newest = next(reversed(self._proved_at), None)
        self.path = newest if newest and self._has_consent(newest, now) else None
        self._heard_at = float("-inf")
        return True

    def lapse(self, now: float) -> bool:
        """Leaves the path in use when consent to it has run out (RFC 7675 §5.1); True if so."""
        path = self.path
        if path is None or now - self._last_sign(path) <= CONSENT_SECONDS:
            return False
        return self.lose(path, now)

    def is_in_use(self, path: Path, now: float) -> bool:
        """Whether our peer has lately been there: the path is not another's to take."""
        return path == self.path and now - self._last_sign(path) < IN_USE_SECONDS

    def _last_sign(self, used: Path) -> float:
        """When the peer last asked or sent on the path in use."""
        return max(self._heard_at, self._proved_at.get(used, float("-inf")))

    def _matching(self, request: BindingRequest) -> Credentials | None:
        username = request.message.attributes["USERNAME"]
        for credentials in (self.credentials, self.previous):
            if credentials is None:
                continue
            if username != f"{credentials.ufrag}:{credentials.remote_ufrag}":
                continue
            if request.message.check_message_integrity(credentials.password.encode()):
                return credentials
        return None

    def _prove(self, path: Path, now: float) -> None:
        self._proved_at.pop(path, None)
        self._proved_at[path] = now
        while len(self._proved_at) > MAX_PATHS:
            oldest = next(known for known in self._proved_at if known != self.path)
            del self._proved_at[oldest]

    def expired(self, now: float) -> bool:
        """Half a minute without a sign of life: the peer is gone, or never came."""
        return now - max(self.consented_at, self._heard_at) > CONSENT_SECONDS


def _mapped(address: Address) -> tuple[str, int]:
    """The source as the peer knows it: IPv4 on a dual-stack socket is IPv4 (RFC 4291 §2.5.5.2)."""
    return address[0].removeprefix("::ffff:"), address[1]


def _response(request: stun.Message, path: Path, password: str) -> bytes:
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=request.transaction_id,
        attributes={"XOR-MAPPED-ADDRESS": _mapped(path.address)},
    )
    response.add_message_integrity(password.encode())
    return bytes(response)
