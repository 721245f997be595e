"""The ICE-lite end of one connection: who may talk to us, and where the peer is.

RFC 8445 §2.5 and §7.3 (lite, controlled), RFC 7675 (consent), RFC 8839 §4.4.1.1 (restart).
No socket and no clock: `now` is in seconds.
"""

import struct
from dataclasses import dataclass
from secrets import choice
from typing import NamedTuple

from aioice import stun

from app.signalling.media.udp import Address, Path

CONSENT_SECONDS = 30.0
"""RFC 7675 §5.1."""

MAX_PATHS = 16
"""Addresses remembered for one connection; a phone has three or four."""

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
        self.paths: dict[Path, None] = {}
        self.consented_at = now
        self._nominated = False

    @property
    def ufrags(self) -> tuple[str, ...]:
        """The names under which requests find this agent."""
        previous = (self.previous.ufrag,) if self.previous else ()
        return (self.credentials.ufrag, *previous)

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
        self._prove(path)
        nominates = "USE-CANDIDATE" in request.message.attributes
        if nominates and credentials is self.credentials:
            self.previous = None
        if nominates or not self._nominated:
            self.path = path
            self._nominated = self._nominated or nominates
        return _response(request.message, path, credentials.password)

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

    def _prove(self, path: Path) -> None:
        self.paths.pop(path, None)
        self.paths[path] = None
        while len(self.paths) > MAX_PATHS:
            oldest = next(known for known in self.paths if known != self.path)
            del self.paths[oldest]

    def expired(self, now: float) -> bool:
        """Half a minute without a genuine request: the peer is gone, or never came."""
        return now - self.consented_at > CONSENT_SECONDS


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
