"""How much one address and one person may ask. Counted per process, in memory.

A hospital shares one address, so what an address may do is generous; what costs a secret
(sign-in, join links) is counted by its failures only, and accounts lock themselves besides.
"""

import re
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from uuid import UUID

from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter

from app.errors import TooManyRequests
from app.routers.windows import Windows

# Beyond what people and pages do, and what one web process can serve on one core.
PER_ADDRESS = parse("30000/minute")
PER_PRINCIPAL = parse("6000/minute")
# Fifty colleagues of one house may mistype in half an hour; a list of passwords may not.
FAILURES = parse("50/30minutes")
# A ring wakes people: a crew asks again at once, but not every two seconds.
RAISING = parse("30/minute")
# A check takes six seconds at least, and whoever is stuck tries it again and again.
CHECKING = parse("100/10minutes")

GUESSABLE = frozenset(
    {
        "/sign-in",
        "/api/v1/sign-in",
        "/api/v1/token",
        "/api/v1/join",
        "/api/v1/join/confirm",
        "/api/v1/offers",
        "/api/v1/offers/confirm",
        "/api/v1/handovers",
        "/handover",
        "/handover/pdf",
        "/api/v1/notify/delivery-receipts",
    }
)
RAISING_PATHS = frozenset({"/api/v1/service-requests", "/urgent"})
CHECKING_PATHS = re.compile(r"/api/v1/encounters/[^/]+/line-checks")
GUESSED_WRONG = frozenset({400, 401, 410})
# A feed's address is its key. One that is not there was guessed, or has ended while calendars of
# the same house go on asking for it: they must not lock out sign-in, nor easily each other.
GUESSABLE_FEEDS = "/calendar/"
FEED_FAILURES = parse("600/30minutes")
# Encoders and screens try again without rest, a revoked one too, and vehicles of one mobile
# network share an address: one of them must not keep the others from a consultation for long.
GUESSABLE_DEVICES = ("/api/v1/whip", "/api/v1/whep")
DEVICE_FAILURES = parse("300/minute")


@dataclass(frozen=True, slots=True)
class _Guessing:
    """What guesses of one kind are limited to, and the statuses that tell a wrong one."""

    limit: RateLimitItem
    name: str
    wrong: frozenset[int]


class Limits:
    """The counters of one web process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(Windows())

    def count_request(self, address: str, method: str, path: str) -> None:
        """One request from an address. Raises TooManyRequests."""
        source = network_of(address)
        self._count(PER_ADDRESS, "address", source)
        guessing = _guessing(method, path)
        if guessing and not self._limiter.test(guessing.limit, guessing.name, source):
            raise self._refusal(guessing.limit, guessing.name, source)

    def count_outcome(self, address: str, method: str, path: str, status: int) -> None:
        """Remember a wrong password, secret, token, date of birth or address of a feed."""
        guessing = _guessing(method, path)
        if guessing and status in guessing.wrong:
            self._limiter.hit(guessing.limit, guessing.name, network_of(address))

    def count_principal(self, subject: UUID, method: str, path: str) -> None:
        """One request of somebody who has proved who they are. Raises TooManyRequests."""
        self._count(PER_PRINCIPAL, "principal", str(subject))
        if method == "POST" and path in RAISING_PATHS:
            self._count(RAISING, "raising", str(subject))
        if method == "POST" and CHECKING_PATHS.fullmatch(path):
            self._count(CHECKING, "checking", str(subject))

    def _count(self, limit: RateLimitItem, *key: str) -> None:
        if not self._limiter.hit(limit, *key):
            raise self._refusal(limit, *key)

    def _refusal(self, limit: RateLimitItem, *key: str) -> TooManyRequests:
        reset = self._limiter.get_window_stats(limit, *key).reset_time
        return TooManyRequests(max(1, ceil(reset - time.time())))


def _guessing(method: str, path: str) -> _Guessing | None:
    """What limits those who may be guessing a secret by this request."""
    if path.startswith(GUESSABLE_FEEDS):
        return _Guessing(FEED_FAILURES, "feeds", GUESSED_WRONG | {404})
    if path.startswith(GUESSABLE_DEVICES) and method != "OPTIONS":  # a preflight has no token
        return _Guessing(DEVICE_FAILURES, "devices", frozenset({401}))
    if method == "POST" and path in GUESSABLE:
        return _Guessing(FAILURES, "failures", GUESSED_WRONG)
    return None


def network_of(address: str) -> str:
    """The address itself, or the /64 of an IPv6 one: a single customer has that many."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False).network_address)
    return address
