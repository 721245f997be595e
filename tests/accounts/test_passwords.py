"""Passwords are kept as Argon2id and must not be easy to guess."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from app.accounts.passwords import check_policy, hash_password, needs_rehash, verify_password
from app.errors import InvalidInput


@pytest.mark.anyio
async def test_the_right_password_is_known_again() -> None:
    kept = await hash_password("correct horse battery")

    assert await verify_password(kept, "correct horse battery")
    assert not await verify_password(kept, "correct horse batterie")
    assert (extract_parameters(kept).type, extract_parameters(kept).memory_cost) == (
        Type.ID,
        19_456,
    )


@pytest.mark.anyio
@pytest.mark.parametrize("kept", [None, "", "plain", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
async def test_without_a_sound_hash_no_password_is_right(kept: str | None) -> None:
    assert not await verify_password(kept, "nobody has this password")


def test_a_weaker_hash_is_made_again() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 300,
        "amara.okafor12",
        "PasswordPassword",
        "aaaaaaaaaaaa",
        "ababababababab",
        "123456789012",
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput, match="password"):
        check_policy(password, username="amara.okafor")


@pytest.mark.parametrize("password", ["correct horse battery", "päivää kaikille", "x1!" * 20 + "y"])
def test_length_is_enough_without_rules_of_composition(password: str) -> None:
    check_policy(password, username="amara.okafor")
