"""What settings are taken, beyond their types."""

import pytest
from pydantic import ValidationError

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
