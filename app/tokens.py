"""Tokens: ES256 only, short-lived, one audience each. The only file that imports python-jose.

On its own python-jose takes a token without `aud`, ignores `crit` and never looks at `typ`; so
here it checks signatures and nothing else, after our own reading of the header (RFC 8725 §3).
"""

import base64
import binascii
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, NoReturn
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jws
from jose.backends import ECKey
from jose.backends.base import Key
from jose.exceptions import JOSEError

from app.config import Settings
from app.errors import TokenRefused

Purpose = Literal["api", "signalling", "events"]

ALGORITHM = "ES256"
# RFC 8725 §3.11: each kind of token has a `typ` of its own, so none passes for another.
TYPES: Mapping[Purpose, str] = {
    "api": "at+jwt",  # RFC 9068 §2.1
    "signalling": "signalling+jwt",
    "events": "events+jwt",
}
MAX_TOKEN_BYTES = 8192
MAX_HEADER_CHARACTERS = 400
MOST_REMEMBERED = 4096
"""Tokens found good, by digest; the one found first is forgotten first."""
LONGEST_LIFETIME = timedelta(hours=1)
# Nodes of one installation keep time by NTP; more than this apart is a fault to be found.
CLOCK_LEEWAY = timedelta(seconds=5)

_REGISTERED = frozenset({"iss", "aud", "sub", "exp", "nbf", "iat", "jti"})
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed token and the instant it ends."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `more` are our own claims, strings all."""

    subject: UUID
    token_id: str
    expires_at: datetime
    more: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _VerifyingKey:
    kid: str
    key: Key
    jwk: Mapping[str, str]


class Tokens:
    """Issues with one key, verifies with that and with those that came before it."""

    def __init__(
        self,
        signing: ec.EllipticCurvePrivateKey,
        earlier: tuple[ec.EllipticCurvePublicKey, ...] = (),
        *,
        issuer: str,
    ) -> None:
        self._issuer = issuer
        self._signing = ECKey(_private_pem(signing), ALGORITHM)
        keys = [_verifying(public) for public in (signing.public_key(), *earlier)]
        self._kid = keys[0].kid
        self._keys = {key.kid: key for key in keys}
        self._good: dict[tuple[Purpose, bytes], Mapping[str, object]] = {}

    def issue(
        self,
        purpose: Purpose,
        subject: UUID,
        more: Mapping[str, str] | None = None,
        *,
        lifetime: timedelta,
        now: datetime,
    ) -> Issued:
        """A token for one purpose. `more` may not repeat a registered claim."""
        if lifetime > LONGEST_LIFETIME or not _REGISTERED.isdisjoint(more or {}):
            raise ValueError("too long a lifetime, or a registered claim")
        issued = int(now.timestamp())
        expires = issued + int(lifetime.total_seconds())
        claims: dict[str, str | int] = {
            **(more or {}),
            "iss": self._issuer,
            "aud": _audience(purpose),
            "sub": str(subject),
            "iat": issued,
            "nbf": issued,
            "exp": expires,
            "jti": uuid4().hex,
        }
        headers = {"kid": self._kid, "typ": TYPES[purpose]}
        token = jws.sign(claims, self._signing, headers=headers, algorithm=ALGORITHM)
        return Issued(token, datetime.fromtimestamp(expires, UTC))

    def verify(self, token: str, purpose: Purpose, *, now: datetime) -> Claims:
        """The token's claims, or TokenRefused for whatever reason."""
        return self._checked(self._signed(token, purpose), purpose, now)

    def _signed(self, token: str, purpose: Purpose) -> Mapping[str, object]:
        """What a token says whose header and signature are good: that stays so, as long as the keys
        do, and a program sends the same token for minutes. When it ends is asked each time."""
        if len(token) > MAX_TOKEN_BYTES:
            _refuse()
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._good.get((purpose, digest))
        if claims is None:
            claims = self._verified(token, purpose)
            if len(self._good) >= MOST_REMEMBERED:
                del self._good[next(iter(self._good))]
            self._good[purpose, digest] = claims
        return claims

    def _verified(self, token: str, purpose: Purpose) -> Mapping[str, object]:
        key = self._key_of(token, purpose)
        try:
            payload = jws.verify(token, key.key, [ALGORITHM])
        except (JOSEError, ValueError, TypeError):
            _refuse()
        return _json_object(payload)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys (RFC 7517 §5)."""
        return {"keys": [dict(key.jwk) for key in self._keys.values()]}

    def _key_of(self, token: str, purpose: Purpose) -> _VerifyingKey:
        """The key named by a header that says exactly what ours say (RFC 7515 §4.1)."""
        segments = token.split(".")
        if len(segments) != 3 or len(segments[0]) > MAX_HEADER_CHARACTERS:
            _refuse()
        header_bytes, _, signature = (_decoded(segment) for segment in segments)
        header = _json_object(header_bytes)
        # `crit`, `jku`, `jwk`, `x5u` and every other parameter is refused by not being one of ours.
        if header.keys() != {"alg", "kid", "typ"} or len(signature) != _SIGNATURE_BYTES:
            _refuse()
        if header["alg"] != ALGORITHM or header["typ"] != TYPES[purpose]:
            _refuse()
        kid = header["kid"]
        if not isinstance(kid, str) or kid not in self._keys:
            _refuse()
        return self._keys[kid]

    def _checked(self, claims: Mapping[str, object], purpose: Purpose, now: datetime) -> Claims:
        if claims.get("iss") != self._issuer or claims.get("aud") != _audience(purpose):
            _refuse()
        subject, token_id = claims.get("sub"), claims.get("jti")
        if not isinstance(subject, str) or not isinstance(token_id, str) or not token_id:
            _refuse()
        expires = _valid_until(claims, now)
        more = {name: value for name, value in claims.items() if name not in _REGISTERED}
        if not all(isinstance(value, str) for value in more.values()):
            _refuse()
        return Claims(
            subject=_uuid(subject),
            token_id=token_id,
            expires_at=expires,
            more={name: str(value) for name, value in more.items()},
        )


def _refuse() -> NoReturn:
    raise TokenRefused from None


def _audience(purpose: Purpose) -> str:
    return f"openconsult:{purpose}"


def _decoded(segment: str) -> bytes:
    """Canonical base64url without padding (RFC 7515 §2): one text for one value."""
    if not _SEGMENT.fullmatch(segment) or len(segment) % 4 == 1:
        _refuse()
    try:
        value = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        _refuse()
    if base64.urlsafe_b64encode(value).rstrip(b"=").decode() != segment:
        _refuse()
    return value


def _json_object(text: bytes) -> dict[str, object]:
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _refuse()
    if not isinstance(value, dict):
        _refuse()
    return value


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member is there twice")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _valid_until(claims: Mapping[str, object], now: datetime) -> datetime:
    """The end of a token that is valid at `now` (RFC 7519 §4.1.4 to 4.1.6)."""
    expires, not_before, issued = (_seconds(claims.get(name)) for name in ("exp", "nbf", "iat"))
    present, leeway = now.timestamp(), CLOCK_LEEWAY.total_seconds()
    if present >= expires or present + leeway < max(not_before, issued):
        _refuse()
    if expires - issued > LONGEST_LIFETIME.total_seconds():
        _refuse()
    return datetime.fromtimestamp(expires, UTC)


def _seconds(value: object) -> int:
    # A NumericDate may be a fraction; ours never are, and `True` is an int to Python.
    if type(value) is not int or not 0 < value < 2**33:
        _refuse()
    return value


def _uuid(value: str) -> UUID:
    try:
        parsed = UUID(value)
    except ValueError:
        _refuse()
    return parsed if str(parsed) == value else _refuse()


def _verifying(public: ec.EllipticCurvePublicKey) -> _VerifyingKey:
    numbers = public.public_numbers()
    members = {
        "crv": "P-256",
        "kty": "EC",
        "x": _coordinate(numbers.x),
        "y": _coordinate(numbers.y),
    }
    kid = _thumbprint(members)
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    jwk = {**members, "kid": kid, "use": "sig", "alg": ALGORITHM}
    return _VerifyingKey(kid, ECKey(pem.decode(), ALGORITHM), jwk)


def _coordinate(value: int) -> str:
    return _base64url(value.to_bytes(32, "big"))


def _thumbprint(members: Mapping[str, str]) -> str:
    """RFC 7638 §3: the key names itself, so two nodes give one key one name."""
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@lru_cache(maxsize=4)
def open_tokens(settings: Settings) -> Tokens:
    """The installation's keys, read once a process. Raises ValueError for an unfit key file."""
    path = settings.signing_key_path
    if settings.signing_key_file is None and not path.exists():
        _make_key(path)
    earlier = tuple(_public(file) for file in settings.verifying_key_files)
    return Tokens(_private(path), earlier, issuer=settings.base_url)


def _make_key(path: Path) -> None:
    """A new key, readable by its owner only. Processes that start together end with one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = _private_pem(ec.generate_private_key(ec.SECP256R1()))
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".signing-key-") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)  # whole or not at all, and never over another's


def _private(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{path.name} must hold a P-256 private key in PEM")
    return key


def _public(path: Path) -> ec.EllipticCurvePublicKey:
    pem = path.read_bytes()
    if b"PRIVATE KEY" in pem:
        return _private(path).public_key()
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{path.name} must hold a P-256 key in PEM")
    return key
