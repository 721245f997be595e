"""How often an account may be tried: freely at first, then ever more slowly, then not at all."""

from datetime import datetime, timedelta

from app.models import Account

FREE_TRIES = 3
LOCKING_TRIES = 10
WINDOW = timedelta(minutes=30)
LONGEST_DELAY = timedelta(seconds=25)


def is_open(account: Account, now: datetime) -> bool:
    """Whether a password may be tried now."""
    return account.locked_until is None or account.locked_until <= now


def count_try(account: Account, now: datetime) -> None:
    """Count a try before it is known to fail, so that a hundred at once count as a hundred.

    After three: 1, 2, 4, 8, 16, 25 s until the next; with the tenth within half an hour of each
    other, half an hour.
    """
    if account.locked_until is not None and now >= account.locked_until + WINDOW:
        account.failed_attempts = 0
    if account.failed_attempts >= LOCKING_TRIES:
        account.failed_attempts = 0
    account.failed_attempts += 1
    account.locked_until = now + _delay(account.failed_attempts)


def forget_tries(account: Account) -> None:
    """The password was right."""
    account.failed_attempts = 0
    account.locked_until = None


def _delay(tries: int) -> timedelta:
    if tries <= FREE_TRIES:
        return timedelta()
    if tries >= LOCKING_TRIES:
        return WINDOW
    return min(timedelta(seconds=2 ** (tries - FREE_TRIES - 1)), LONGEST_DELAY)
