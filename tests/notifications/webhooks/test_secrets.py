"""Secrets are sealed to their webhook; after a change the one before signs for another day."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.notifications.webhooks.secrets import OVERLAP, Keeping
from app.sealing import CannotUnseal, Sealing

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
KEEPING = Keeping(Sealing(bytes(32)))
WEBHOOK = uuid4()


def test_a_new_key_is_opened_again() -> None:
    key, sealed = KEEPING.new(WEBHOOK)

    assert len(key) == 32
    assert KEEPING.keys(WEBHOOK, sealed, now=NOW) == [key]


def test_a_key_does_not_open_for_another_webhook() -> None:
    _, sealed = KEEPING.new(WEBHOOK)

    with pytest.raises(CannotUnseal):
        KEEPING.keys(uuid4(), sealed, now=NOW)


def test_both_keys_sign_for_a_day_after_a_change() -> None:
    first, sealed = KEEPING.new(WEBHOOK)
    second, sealed = KEEPING.change(WEBHOOK, sealed, now=NOW)

    assert KEEPING.keys(WEBHOOK, sealed, now=NOW + OVERLAP / 2) == [second, first]
    assert KEEPING.keys(WEBHOOK, sealed, now=NOW + OVERLAP) == [second]


def test_a_second_change_ends_the_first_key_at_once() -> None:
    _, sealed = KEEPING.new(WEBHOOK)
    second, sealed = KEEPING.change(WEBHOOK, sealed, now=NOW)
    third, sealed = KEEPING.change(WEBHOOK, sealed, now=NOW + timedelta(hours=1))

    assert KEEPING.keys(WEBHOOK, sealed, now=NOW + timedelta(hours=2)) == [third, second]
