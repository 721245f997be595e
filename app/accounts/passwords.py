"""Passwords: Argon2id off the event loop, and what makes one good enough (ASVS 6.2)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import InvalidInput

MIN_CHARACTERS = 12
MAX_CHARACTERS = 256
# OWASP's choice for a service (19 MiB, two passes, one lane): 32 ms of a core, where RFC 9106's
# 64 MiB on four lanes takes 250 ms of it and stalls a small machine when a shift signs in.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Two at once at most: a flood of sign-ins must leave the loop a core.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
# The start of every list of leaked passwords, for those of our length.
_WELL_KNOWN = frozenset(
    {
        "123456789012",
        "1234567890123",
        "administrator",
        "letmeinletmein",
        "openconsult1",
        "openconsult123",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwertyuiop12",
        "qwertyuiopas",
        "welcome12345",
    }
)


async def hash_password(password: str) -> str:
    """An Argon2id hash in PHC string format. Takes some 30 ms of another thread."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. With no hash it is not, after the same time."""
    return await asyncio.get_running_loop().run_in_executor(
        _THREADS, _verify, password_hash, password
    )


def needs_rehash(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        _HASHER.verify(_nobodys_hash() if password_hash is None else password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")


def check_policy(password: str, *, username: str) -> None:
    """Long and not guessable; no rules of composition (ASVS 6.2.5). Raises InvalidInput."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise InvalidInput.field(
            "password", f"Use between {MIN_CHARACTERS} and {MAX_CHARACTERS} characters."
        )
    plain = password.casefold()
    if username.casefold() in plain or plain in _WELL_KNOWN or len(set(plain)) < 4:
        raise InvalidInput.field("password", "This password is too easy to guess.")
