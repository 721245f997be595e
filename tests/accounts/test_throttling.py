"""Tries at one account: free at first, ever slower, then locked."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.accounts.throttling import LOCKING_TRIES, WINDOW, count_try, forget_tries, is_open
from app.models import Account
from tests.accounts.staffroom import START


@pytest.fixture
def account() -> Account:
    return Account(id=uuid4(), username="amara", failed_attempts=0)


def test_the_delay_grows_until_the_account_is_locked(account: Account) -> None:
    now, delays = START, []
    for _ in range(LOCKING_TRIES):
        count_try(account, now)
        assert account.locked_until is not None
        delays.append((account.locked_until - now).total_seconds())
        now = account.locked_until

    assert delays == [0, 0, 0, 1, 2, 4, 8, 16, 25, 1800]


def test_nothing_is_tried_while_it_is_locked(account: Account) -> None:
    for _ in range(LOCKING_TRIES):
        count_try(account, START)

    assert not is_open(account, START + WINDOW - timedelta(seconds=1))
    assert is_open(account, START + WINDOW)


def test_a_lock_that_has_ended_starts_anew(account: Account) -> None:
    for _ in range(LOCKING_TRIES):
        count_try(account, START)

    count_try(account, START + WINDOW)

    assert account.failed_attempts == 1


def test_slips_of_another_hour_do_not_add_up(account: Account) -> None:
    for _ in range(LOCKING_TRIES - 1):
        count_try(account, START)

    count_try(account, START + timedelta(hours=1))

    assert account.failed_attempts == 1


def test_a_right_password_forgets_the_slips(account: Account) -> None:
    for _ in range(5):
        count_try(account, START)

    forget_tries(account)

    assert is_open(account, START)
    assert account.failed_attempts == 0
