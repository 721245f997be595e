"""What is pushed is for one browser, signed, short-lived, and says nothing of anybody."""

import time
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import SecretStr

from app.config import Settings
from app.notifications.rings.pushing import Notice, Target, are_keys, open_push
from app.outbound import Outbound
from tests.notifications.rings.pushservice import Chrome, PushService, base64url
from tests.notifications.rings.ward import PUSH
from tests.referrals.world import NOON

REQUEST = UUID("6f1f6c5e-3f0c-4c1e-9d57-7b2a8d9f4b1e")
NOTICE = Notice(REQUEST, NOON + timedelta(seconds=30))


def target(browser: Chrome) -> Target:
    device = browser.subscription
    return Target(device.endpoint, device.keys.p256dh, device.keys.auth)


@pytest.mark.anyio
async def test_a_browser_reads_what_was_pushed_to_it(service: PushService) -> None:
    browser = service.browser()
    outbound = Outbound((ip_network("127.0.0.0/8"),))

    answer = await PUSH.send(outbound, target(browser), NOTICE, now=NOON)

    [message] = service.taken
    assert answer.status == 201
    assert browser.read(message) == {
        "title": "Urgent request",
        "path": f"/on-call/requests/{REQUEST}",
        "until": "2026-11-20T12:00:30+00:00",
    }
    sent = {name: message.headers[name] for name in ("ttl", "urgency", "topic")}
    assert sent == {"ttl": "30", "urgency": "high", "topic": REQUEST.hex}
    assert message.headers["content-encoding"] == "aes128gcm"


@pytest.mark.anyio
async def test_the_push_service_knows_who_sends(service: PushService) -> None:
    outbound = Outbound((ip_network("127.0.0.0/8"),))

    await PUSH.send(outbound, target(service.browser()), NOTICE, now=NOON)

    [message] = service.taken
    claims = service.claims(message)
    assert service.is_signed(message)
    assert f"k={PUSH.public_key}" in message.headers["authorization"]
    assert (claims["aud"], claims["sub"]) == (service.url, "mailto:duty@example.org")
    assert 0 < int(str(claims["exp"])) - time.time() <= 24 * 3600


@pytest.mark.parametrize(
    ("endpoint", "ours"),
    [
        ("https://web.push.example/abc", True),
        ("https://push.example/abc", False),
        ("https://web.push.example.evil.test/abc", False),
        ("https://web.push.example@evil.test/abc", False),
        ("ftp://web.push.example/abc", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_push_services_that_are_known_are_sent_to(endpoint: str, ours: bool) -> None:
    assert PUSH.goes_to(endpoint) is ours


def test_a_browsers_keys_are_known_from_others() -> None:
    keys = Chrome("https://web.push.example/1").subscription.keys
    off_the_curve = base64url(b"\x04" + bytes(64))

    assert are_keys(keys.p256dh, keys.auth)
    assert not are_keys(off_the_curve, keys.auth)
    assert not are_keys(keys.p256dh, base64url(bytes(15)))
    assert not are_keys("!", keys.auth)


def _settings(path: Path | None) -> Settings:
    url = SecretStr("postgresql://localhost/none")
    return Settings(DATABASE_URL=url, push_key_file=path, mail_from="duty@example.org")


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, path: Path) -> Path:
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_without_a_key_nothing_is_pushed() -> None:
    assert open_push(_settings(None)) is None


def test_a_key_file_switches_it_on(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    push = open_push(_settings(_pem(key, tmp_path / "push.pem")))

    assert push is not None
    assert push.goes_to("https://fcm.googleapis.com/fcm/send/1")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    curve = _pem(ec.generate_private_key(ec.SECP384R1()), tmp_path / "curve.pem")

    with pytest.raises(ValueError, match="P-256"):
        open_push(_settings(curve))
