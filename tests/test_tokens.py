"""Tokens are believed only when every part of them is exactly what we write ourselves."""

import base64
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from jose import jws

from app import tokens as tokens_module
from app.config import Settings
from app.errors import TokenRefused
from app.tokens import Tokens, open_tokens

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SUBJECT = UUID("7b1f1c9e-3c7d-4f0a-9a51-2f6c2f0f4a01")
ISSUER = "https://consult.example"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
TOKENS = Tokens(KEY, issuer=ISSUER)
KID = TOKENS.jwks()["keys"][0]["kid"]

Members = dict[str, object]
REMOVED = object()


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signature(message: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signed(header: bytes, payload: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    message = f"{encoded(header)}.{encoded(payload)}"
    return f"{message}.{encoded(signature(message.encode(), key))}"


def changed(members: Members, changes: Members) -> bytes:
    merged = {**members, **changes}
    kept = {name: value for name, value in merged.items() if value is not REMOVED}
    return json.dumps(kept).encode()


def token(
    *,
    header: Members | None = None,
    claims: Members | None = None,
    key: ec.EllipticCurvePrivateKey = KEY,
) -> str:
    at = int(NOW.timestamp())
    plain_header: Members = {"alg": "ES256", "typ": "at+jwt", "kid": KID}
    plain_claims: Members = {
        "iss": ISSUER,
        "aud": "openconsult:api",
        "sub": str(SUBJECT),
        "iat": at,
        "nbf": at,
        "exp": at + 600,
        "jti": "a1",
    }
    return signed(changed(plain_header, header or {}), changed(plain_claims, claims or {}), key)


def public_pem() -> bytes:
    return KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_hmac_of_the_public_key() -> str:
    header = {"typ": "at+jwt", "kid": KID}
    der = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return str(jws.sign({"sub": "x"}, der, headers=header, algorithm="HS256"))


def part(position: int, value: str) -> str:
    parts = token().split(".")
    parts[position] = value
    return ".".join(parts)


def with_unused_bits() -> str:
    """The same 64 signature bytes, spelt another way in the last character's unused bits."""
    value = token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return value[:-1] + alphabet[alphabet.index(value[-1]) + 1]


def after(seconds: float) -> int:
    return int(NOW.timestamp() + seconds)


REFUSALS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "one word": lambda: "token",
    "two segments": lambda: "a.b",
    "four segments": lambda: token() + ".a",
    "five segments, as an encrypted token": lambda: "a.b.c.d.e",
    "an empty signature": lambda: part(2, ""),
    "an empty header": lambda: part(0, ""),
    "padding": lambda: token() + "=",
    "white space": lambda: token() + "\n",
    "letters beyond base64url": lambda: part(1, "a+b/"),
    "full-width letters": lambda: part(1, "\uff41\uff42"),
    "an impossible length": lambda: part(2, "abcde"),
    "unused bits set": with_unused_bits,
    "more than 8 KiB": lambda: token(claims={"x": "y" * 8192}),
    "a header that is too long": lambda: token(header={"typ": "x" * 500}),
    "a header that is no JSON": lambda: part(0, encoded(b"{")),
    "a header that is a list": lambda: part(0, encoded(b"[]")),
    "a header that is not UTF-8": lambda: part(0, encoded(b'{"alg":"\xff"}')),
    "a deeply nested header": lambda: part(0, encoded(b"[" * 290)),
    "the same header member twice": lambda: signed(
        b'{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"%s"}' % KID.encode(), b"{}"
    ),
    "no algorithm": lambda: token(header={"alg": REMOVED}),
    "algorithm none": lambda: token(header={"alg": "none"}),
    "algorithm none, unsigned": lambda: token(header={"alg": "none"}).rsplit(".", 1)[0] + ".",
    "algorithm in small letters": lambda: token(header={"alg": "es256"}),
    "algorithm HS256": lambda: token(header={"alg": "HS256"}),
    "HMAC keyed with our public key": with_hmac_of_the_public_key,
    "algorithm as a list": lambda: token(header={"alg": ["ES256"]}),
    "no type": lambda: token(header={"typ": REMOVED}),
    "the plain type": lambda: token(header={"typ": "JWT"}),
    "another purpose's type": lambda: token(header={"typ": "events+jwt"}),
    "no key id": lambda: token(header={"kid": REMOVED}),
    "an unknown key id": lambda: token(header={"kid": "other"}),
    "a key id that is no text": lambda: token(header={"kid": ["x"]}),
    "a critical extension": lambda: token(header={"crit": ["b64"], "b64": True}),
    "a key of its own": lambda: token(header={"jwk": TOKENS.jwks()["keys"][0]}),
    "an address for the key": lambda: token(header={"jku": "https://evil.example/jwks"}),
    "a certificate's address": lambda: token(header={"x5u": "https://evil.example/pem"}),
    "compression": lambda: token(header={"zip": "DEF"}),
    "another's signature": lambda: token(key=OTHER),
    "a short signature": lambda: part(2, encoded(b"x" * 63)),
    "a long signature": lambda: part(2, encoded(b"x" * 65)),
    "a signature of zeros": lambda: part(2, encoded(bytes(64))),
    "a DER signature": lambda: part(
        2, encoded(KEY.sign(token().rsplit(".", 1)[0].encode(), ec.ECDSA(hashes.SHA256())))
    ),
    "claims changed after signing": lambda: part(1, encoded(b'{"sub":"x"}')),
    "claims that are no object": lambda: signed(
        json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": KID}).encode(), b"[]"
    ),
    "a repeated claim": lambda: signed(
        json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": KID}).encode(), b'{"a":"1","a":"2"}'
    ),
    "no issuer": lambda: token(claims={"iss": REMOVED}),
    "another issuer": lambda: token(claims={"iss": ISSUER + "/"}),
    "no audience": lambda: token(claims={"aud": REMOVED}),
    "another audience": lambda: token(claims={"aud": "openconsult:events"}),
    "several audiences": lambda: token(claims={"aud": ["openconsult:api"]}),
    "no subject": lambda: token(claims={"sub": REMOVED}),
    "a subject that is a number": lambda: token(claims={"sub": 1}),
    "a subject that is no id": lambda: token(claims={"sub": "admin"}),
    "a subject spelt another way": lambda: token(claims={"sub": str(SUBJECT).upper()}),
    "no token id": lambda: token(claims={"jti": REMOVED}),
    "an empty token id": lambda: token(claims={"jti": ""}),
    "no end": lambda: token(claims={"exp": REMOVED}),
    "an end in words": lambda: token(claims={"exp": "9999999999"}),
    "a fractional end": lambda: token(claims={"exp": after(600) + 0.5}),
    "an end at infinity": lambda: token(claims={"exp": float("inf")}),
    "an end that is true": lambda: token(claims={"exp": True}),
    "an end far beyond its beginning": lambda: token(claims={"exp": after(86_400)}),
    "an end that has passed": lambda: token(claims={"exp": after(-1)}),
    "an end that is now": lambda: token(claims={"exp": after(0)}),
    "an enormous end": lambda: token(claims={"exp": 10**30}),
    "no beginning": lambda: token(claims={"nbf": REMOVED}),
    "a beginning to come": lambda: token(claims={"nbf": after(60)}),
    "no issue time": lambda: token(claims={"iat": REMOVED}),
    "issued in the future": lambda: token(claims={"iat": after(60)}),
    "issued before time": lambda: token(claims={"iat": -1}),
    "a claim of ours that is no text": lambda: token(claims={"sid": {"a": 1}}),
}


@pytest.mark.parametrize("make", REFUSALS.values(), ids=REFUSALS.keys())
def test_anything_unusual_is_refused_alike(make: Callable[[], str]) -> None:
    with pytest.raises(TokenRefused) as refusal:
        TOKENS.verify(make(), "api", now=NOW)

    assert refusal.value.detail == TokenRefused.title
    assert refusal.value.status == 401


def test_the_table_starts_from_a_good_token() -> None:
    assert TOKENS.verify(token(), "api", now=NOW).subject == SUBJECT


@given(st.text(max_size=200) | st.text("abcXYZ019-_.", max_size=300))
def test_random_text_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        TOKENS.verify(text, "api", now=NOW)


@given(st.integers(0, len(token()) - 1), st.sampled_from("AZaz09-_.=%"))
def test_a_token_with_one_character_changed_is_refused(place: int, letter: str) -> None:
    good = token()
    bad = good[:place] + letter + good[place + 1 :]

    if bad == good:
        return
    with pytest.raises(TokenRefused):
        TOKENS.verify(bad, "api", now=NOW)


def test_what_was_issued_is_believed() -> None:
    issued = TOKENS.issue(
        "signalling", SUBJECT, {"enc": "e1"}, lifetime=timedelta(minutes=10), now=NOW
    )

    claims = TOKENS.verify(issued.token, "signalling", now=NOW + timedelta(minutes=9))

    assert (claims.subject, claims.more) == (SUBJECT, {"enc": "e1"})
    assert claims.expires_at == issued.expires_at == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("other", ["signalling", "events"])
def test_a_token_serves_one_purpose(other: str) -> None:
    issued = TOKENS.issue("api", SUBJECT, lifetime=timedelta(minutes=10), now=NOW)

    with pytest.raises(TokenRefused):
        TOKENS.verify(issued.token, other, now=NOW)  # type: ignore[arg-type]


def test_a_token_that_was_believed_is_looked_at_no_less_the_next_time() -> None:
    issued = TOKENS.issue("api", SUBJECT, lifetime=timedelta(minutes=10), now=NOW)
    TOKENS.verify(issued.token, "api", now=NOW)

    for purpose, now in (
        ("signalling", NOW),
        ("api", NOW + timedelta(minutes=10)),
        ("api", NOW - timedelta(seconds=6)),
    ):
        with pytest.raises(TokenRefused):
            TOKENS.verify(issued.token, purpose, now=now)  # type: ignore[arg-type]
    assert TOKENS.verify(issued.token, "api", now=NOW + timedelta(minutes=9)).subject == SUBJECT


def test_a_signature_is_checked_once_as_long_as_it_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = Tokens(KEY, issuer=ISSUER)
    texts = [
        tokens.issue("api", SUBJECT, lifetime=timedelta(minutes=5), now=NOW).token for _ in range(4)
    ]
    checked: list[str] = []
    monkeypatch.setattr(tokens_module, "MOST_REMEMBERED", 3)

    check = jws.verify

    def counting(text: str, key: str, algorithms: list[str]) -> bytes:
        checked.append(text)
        return check(text, key, algorithms)

    monkeypatch.setattr(jws, "verify", counting)

    for text in (*texts[:3], *texts[:3], texts[3], texts[1], texts[0]):
        tokens.verify(text, "api", now=NOW)

    assert checked == [*texts, texts[0]]


def test_a_node_that_is_a_little_behind_believes_the_others() -> None:
    issued = TOKENS.issue("api", SUBJECT, lifetime=timedelta(minutes=10), now=NOW)

    assert TOKENS.verify(issued.token, "api", now=NOW - timedelta(seconds=4))


def test_an_earlier_key_is_still_believed_but_signs_no_more() -> None:
    before = Tokens(OTHER, issuer=ISSUER)
    issued = before.issue("api", SUBJECT, lifetime=timedelta(minutes=5), now=NOW)
    after_change = Tokens(KEY, (OTHER.public_key(),), issuer=ISSUER)

    assert after_change.verify(issued.token, "api", now=NOW).subject == SUBJECT
    with pytest.raises(TokenRefused):
        before.verify(
            after_change.issue("api", SUBJECT, lifetime=timedelta(minutes=5), now=NOW).token,
            "api",
            now=NOW,
        )


def test_the_published_keys_hold_nothing_private() -> None:
    (key,) = TOKENS.jwks()["keys"]

    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


@pytest.mark.parametrize("more", [{"exp": "x"}, {"sub": "x"}])
def test_registered_claims_cannot_be_given(more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="registered"):
        TOKENS.issue("api", SUBJECT, more, lifetime=timedelta(minutes=1), now=NOW)


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    issued = open_tokens(settings).issue("api", uuid4(), lifetime=timedelta(minutes=1), now=NOW)
    open_tokens.cache_clear()

    assert open_tokens(settings).verify(issued.token, "api", now=NOW)
    assert stat.S_IMODE(settings.signing_key_path.stat().st_mode) == 0o600
    assert [file.name for file in settings.data_dir.iterdir()] == ["signing-key.pem"]


def test_a_named_key_file_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_tokens(Settings(data_dir=tmp_path, signing_key_file=tmp_path / "key.pem"))


def test_a_key_of_another_curve_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(
        ec.generate_private_key(ec.SECP384R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )

    with pytest.raises(ValueError, match="P-256"):
        open_tokens(Settings(signing_key_file=path))


def test_verifying_keys_are_read_from_files(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.pem"
    earlier.write_bytes(public_pem())
    settings = Settings(data_dir=tmp_path, verifying_key_files=(earlier,), public_url=ISSUER)

    opened = open_tokens(settings)

    assert opened.verify(token(), "api", now=NOW).subject == SUBJECT
    assert len(opened.jwks()["keys"]) == 2
