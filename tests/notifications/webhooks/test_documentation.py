"""The example in docs/webhooks.md verifies what we send, and nothing else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.notifications.webhooks import signing

KEY = bytes(range(32))
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BODY = b'{"type":"appointment.booked"}'
Verify = Callable[[str, dict[str, str], bytes, float], bool]


@pytest.fixture(scope="module")
def verify() -> Verify:
    text = (Path(__file__).parents[3] / "docs/webhooks.md").read_text()
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    names: dict[str, Verify] = {}
    exec(example[1], names)  # noqa: S102 (our own page)
    return names["verify"]


def test_the_example_takes_what_we_send(verify: Verify) -> None:
    sent = signing.headers([b"another", KEY], "msg_1", BODY, now=NOW)

    assert verify(signing.shown(KEY), sent, BODY, NOW.timestamp() + 60)


@pytest.mark.parametrize(
    ("secret", "body", "late"),
    [(bytes(32), BODY, 0), (KEY, BODY + b" ", 0), (KEY, BODY, 301), (KEY, BODY, -301)],
)
def test_the_example_refuses_the_rest(
    verify: Verify, secret: bytes, body: bytes, late: int
) -> None:
    sent = signing.headers([KEY], "msg_1", BODY, now=NOW)

    assert not verify(signing.shown(secret), sent, body, NOW.timestamp() + late)
