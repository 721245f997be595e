"""What settings are taken, beyond their types."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.cli import in_words
from app.config import Settings, address_and_port


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", None)),
        ("192.0.2.1:3478", ("192.0.2.1", 3_478)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("[2001:DB8::1]:65535", ("2001:db8::1", 65_535)),
    ],
)
def test_addresses_are_read_with_or_without_a_port(
    text: str, found: tuple[str, int | None]
) -> None:
    assert address_and_port(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "media.example.org", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.300",
     "192.0.2.1:1:2", "[192.0.2.1", "[2001:db8::1]443", "2001:db8::1]:5", "192.0.2.1:٣",
     "192.0.2.1 "],
)  # fmt: skip
def test_anything_else_is_refused_before_a_browser_is_told_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no IP address|has a port"):
        address_and_port(text)
    with pytest.raises(ValidationError, match="media_announced"):
        Settings(media_announced=(text,))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"notify_api_key": SecretStr("name-secret"), "notify_sms_template": "words"},
            "OPENCONSULT_NOTIFY_API_KEY is not right: must be the whole key as GOV.UK Notify "
            "showed it: a name and two ids.",
        ),
        (
            {"notify_api_key": SecretStr("name" + "-6f1f6c5e-3f0c-4c1e-9d57-7b2a8d9f4b1e" * 2)},
            "OPENCONSULT_NOTIFY_API_KEY sends nothing without OPENCONSULT_NOTIFY_SMS_TEMPLATE "
            "or OPENCONSULT_NOTIFY_EMAIL_TEMPLATE.",
        ),
        (
            {"smtp_url": SecretStr("user:secret@mail.example.org")},
            "OPENCONSULT_SMTP_URL is not right: "
            "must be like smtp://user:password@host:587 or smtps://….",
        ),
        (
            {"push_key_file": Path("/nowhere/push-key.pem")},
            "OPENCONSULT_PUSH_KEY_FILE is not right: there is no file /nowhere/push-key.pem.",
        ),
        (
            {"turn_urls": ("turn:turn.example.org",)},
            "OPENCONSULT_TURN_URLS and OPENCONSULT_TURN_SECRET_FILE go together: set both.",
        ),
    ],
)
def test_a_way_out_that_cannot_work_is_named_before_the_start(
    settings: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings.model_validate(settings)

    assert in_words(refusal.value) == said
    assert "secret" not in in_words(refusal.value)


def test_what_compose_leaves_empty_is_unset() -> None:
    settings = Settings(notify_api_key=SecretStr(""), smtp_url=SecretStr(""))

    assert (bool(settings.notify_api_key), bool(settings.smtp_url)) == (False, False)
