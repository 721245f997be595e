"""Credentials for TURN: as coturn checks them, pseudonymous, and the settings they come from."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config import Settings
from app.relays import CREDENTIAL_LIFETIME, Credentials, Relays, open_relays

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
URLS = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org?transport=tcp")
SECRET = "0123456789abcdef" * 4


def given(person: str = "dr.patel", encounter: str = "e1") -> Credentials:
    found = Relays(URLS, SECRET.encode()).credentials(person, encounter, NOW)
    assert found
    return found


def test_the_name_says_when_it_ends_and_the_password_proves_it() -> None:
    credentials = given()
    expiry, _, pseudonym = credentials.username.partition(":")
    digest = hmac.digest(SECRET.encode(), credentials.username.encode(), hashlib.sha1)

    assert int(expiry) == (NOW + CREDENTIAL_LIFETIME).timestamp()
    assert credentials.password == base64.b64encode(digest).decode()
    assert credentials.urls == URLS
    assert len(pseudonym) == 20


def test_the_pseudonym_is_one_persons_in_one_encounter() -> None:
    assert given().username == given().username
    assert given().username != given("dr.shah").username
    assert given().username != given(encounter="e2").username
    assert "patel" not in given().username


def test_what_is_logged_has_no_password() -> None:
    assert given().password not in repr(given())


def test_without_servers_nothing_is_given() -> None:
    none = open_relays(Settings())

    assert not none.exist
    assert none.credentials("dr.patel", "e1", NOW) is None


def test_the_secret_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n", "ascii")

    relays = open_relays(Settings(turn_urls=URLS, turn_secret_file=path))

    assert relays.credentials("dr.patel", "e1", NOW) == given()


@pytest.mark.parametrize("text", ["", "short", "x" * 20 + " " + "x" * 20, "#" * 40, "é" * 40])
def test_an_unfit_secret_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text, "utf-8")

    with pytest.raises(ValueError, match="secret must hold one line of 32"):
        open_relays(Settings(turn_urls=URLS, turn_secret_file=path))


@pytest.mark.parametrize(
    "half", [{"turn_urls": URLS}, {"turn_secret_file": Path("secret")}], ids=["urls", "secret"]
)
def test_half_a_configuration_is_refused(half: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="go together"):
        Settings.model_validate(half)


def test_an_empty_file_name_is_none() -> None:
    assert Settings.model_validate({"turn_secret_file": ""}).turn_secret_file is None


@pytest.mark.parametrize(
    "url",
    ["stun:turn.example.org", "turn:", "turn://turn.example.org", "turns:h?transport=udp",
     "turn:user@h", "turn:h:123456", "turn:h?transport=tls"],
)  # fmt: skip
def test_an_address_that_browsers_would_refuse_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="must be like turn:"):
        Settings(turn_urls=(url,), turn_secret_file=Path("secret"))
