"""Outbound HTTP to addresses that people typed in: webhooks, calendar feeds. Nobody else asks them.

The name is resolved here, every address it has is checked, and the connection goes to the very
address that was checked (docs/decisions/0016): no second look-up can lead it inside.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx2

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

DEADLINE = timedelta(seconds=15)
CONNECT_DEADLINE = timedelta(seconds=5)
MAX_URL_CHARACTERS = 2000
MOST_BYTES = 64 * 1024
MOST_REDIRECTS = 3
MOST_ADDRESSES = 4
HTTPS = 443
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_HEADERS = {
    "User-Agent": "Openconsult",
    "Accept-Encoding": "identity",  # nothing is unpacked: small must not become large
}
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1: the last 32 bits are an IPv4 address
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291 §2.4; the rest is reserved or local
_NOT_FOR_HOSTS = tuple(
    ip_network(network)
    for network in (
        "2002::/16",  # 6to4 (RFC 7526 ended it)
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",
        "3fff::/20",  # documentation
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
    )
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


class OutboundError(Exception):
    """It could not be asked. `words` say why, for the person who typed the address in."""

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(words)


class AddressRefused(OutboundError):
    """We do not go there: not https, not a public address, not an address at all."""


class NoAnswer(OutboundError):
    """Nobody answered as they should: no name, no connection, too slow, too much."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    """A checked URL with the addresses that may be connected to."""

    url: httpx2.URL
    addresses: tuple[Address, ...]


async def resolve_by_system(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Outbound:
    """Asks addresses on the public internet, and those in `allow`.

    Plain http is for loopback only, and only where `allow` holds it: a demo, a test.
    """

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        resolve: Resolve = resolve_by_system,
        tls: ssl.SSLContext | None = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._allow = tuple(allow)
        self._resolve = resolve
        self._tls = tls
        self._deadline = deadline.total_seconds()

    async def check(self, url: str) -> None:
        """Whether we would go there now. Raises AddressRefused, NoAnswer."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._place(url)
        except TimeoutError:
            raise NoAnswer("That address took too long to find.") from None

    async def fetch(
        self, url: str, headers: Mapping[str, str] | None = None, *, most_bytes: int = MOST_BYTES
    ) -> Answer:
        """GET, following a few redirects, each checked like the first. Raises OutboundError."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(url, headers or {}, most_bytes)
        except TimeoutError:
            raise NoAnswer("It took too long to answer.") from None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, most_bytes: int = MOST_BYTES
    ) -> Answer:
        """POST once, following nothing. Raises OutboundError."""
        try:
            async with asyncio.timeout(self._deadline):
                place = await self._place(url)
                return await self._ask("POST", place, headers, body=body, most_bytes=most_bytes)
        except TimeoutError:
            raise NoAnswer("It took too long to answer.") from None

    async def _follow(self, url: str, headers: Mapping[str, str], most_bytes: int) -> Answer:
        place = await self._place(url)
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._ask("GET", place, headers, most_bytes=most_bytes)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or target is None:
                return answer
            place = await self._next(place, target)
        raise NoAnswer("It sends us from one address to the next.")

    async def _next(self, place: _Place, target: str) -> _Place:
        """Where a redirect leads. What is wrong there is not so of the address typed in."""
        try:
            return await self._place(_joined(place.url, target))
        except AddressRefused as refusal:
            raise AddressRefused(f"It sends us to another address. {refusal.words}") from None

    async def _place(self, url: str) -> _Place:
        parsed = _parsed(url)
        port = parsed.port or HTTPS
        if port < 1024 and port != HTTPS:
            raise AddressRefused("Use port 443, or one above 1023.")
        addresses = await self._addresses(_host(parsed), port)
        for address in addresses:
            self._check(parsed.scheme, address)
        return _Place(parsed, addresses)

    async def _addresses(self, host: str, port: int) -> tuple[Address, ...]:
        literal = _literal(host)
        if literal is not None:
            return (literal,)
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NoAnswer("There is no such address on the internet.") from None
        addresses = tuple(dict.fromkeys(ip_address(text) for text in found))
        if not addresses:
            raise NoAnswer("There is no such address on the internet.")
        return addresses

    def _check(self, scheme: str, address: Address) -> None:
        inside = any(address in network for network in self._allow)
        if scheme == "http" and not (inside and address.is_loopback):
            raise AddressRefused("The address must begin with https://.")
        if not inside and not is_public(address):
            raise AddressRefused("That address is not on the public internet.")

    async def _ask(
        self,
        method: str,
        place: _Place,
        headers: Mapping[str, str],
        *,
        most_bytes: int,
        body: bytes | None = None,
    ) -> Answer:
        async with self._client() as client:
            for address in place.addresses[:MOST_ADDRESSES]:
                request = client.build_request(
                    method, place.url, content=body, headers={**_HEADERS, **headers}
                )
                _send_to(request, address)
                try:
                    response = await client.send(request, stream=True)
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue  # the next of its addresses may be up
                except (httpx2.HTTPError, httpx2.InvalidURL):
                    raise NoAnswer("The answer was broken off or not HTTP.") from None
                return await _read(response, most_bytes)
        raise NoAnswer("Nobody answers there, or not with a valid certificate.")

    def _trust(self) -> ssl.SSLContext:
        if self._tls is None:  # reading the system's authorities takes some milliseconds
            self._tls = ssl.create_default_context()
        return self._tls

    def _client(self) -> httpx2.AsyncClient:
        """A fresh one each time: no cookies, no proxies and no kept connection of another's."""
        return httpx2.AsyncClient(
            verify=self._trust(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(self._deadline, connect=CONNECT_DEADLINE.total_seconds()),
        )


def is_public(address: Address) -> bool:
    """Whether the address is of the public internet, looked at through what wraps another."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.scope_id is not None or address not in _GLOBAL_UNICAST:
            return False
    if address.is_multicast or any(address in network for network in _NOT_FOR_HOSTS):
        return False
    return address.is_global


def _parsed(url: str) -> httpx2.URL:
    if len(url) > MAX_URL_CHARACTERS or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused("That is not a web address.")
    try:
        parsed = httpx2.URL(url)
        port = parsed.port or (HTTPS if parsed.port is None else 0)
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise AddressRefused("That is not a web address.") from None
    if parsed.scheme not in {"https", "http"} or port not in range(1, 65_536):
        raise AddressRefused("The address must begin with https://.")
    if parsed.userinfo:
        raise AddressRefused("The address must not hold a user name or password.")
    host = _host(parsed)
    if _literal(host) is None and not _is_name(host):
        raise AddressRefused("That is not a web address.")
    return parsed.copy_with(fragment=None)


def _host(url: httpx2.URL) -> str:
    """As it goes over the wire: IDNA, without brackets."""
    return url.raw_host.decode("ascii", "replace").lower()


def _is_name(host: str) -> bool:
    # A last label of digits is an IPv4 address to some parsers and a name to others
    # (WHATWG URL §3.5): we take the plain dotted form only.
    labels = host.removesuffix(".").split(".")
    whole = len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return whole and not _NUMBER.fullmatch(labels[-1])


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _joined(base: httpx2.URL, target: str) -> str:
    try:
        return str(base.join(target))
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise AddressRefused("It sends us to something that is not a web address.") from None


def _send_to(request: httpx2.Request, address: Address) -> None:
    """Goes to the checked address; the name stays in Host and in the TLS handshake."""
    request.extensions["sni_hostname"] = _host(request.url)
    request.url = request.url.copy_with(host=str(address))


async def _read(response: httpx2.Response, most_bytes: int) -> Answer:
    body = bytearray()
    try:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise NoAnswer("The answer is compressed, which we did not ask for.")
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > most_bytes:
                raise NoAnswer(f"The answer is larger than {most_bytes // 1024} kB.")
    except httpx2.HTTPError:
        raise NoAnswer("The answer was broken off.") from None
    finally:
        await response.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, bytes(body))
