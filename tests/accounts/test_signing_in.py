"""Sign-in, refresh and sign-out, with what stays on record."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import accounts
from app.accounts import Signed
from app.accounts.throttling import LOCKING_TRIES, WINDOW
from app.config import Settings
from app.database import Database
from app.errors import InvalidGrant, NotAuthenticated, SignInFailed
from app.identity import Actor
from app.models import AuditEvent, Practitioner
from tests.accounts.staffroom import ORIGIN, PASSWORD, START, USERNAME, Staffroom

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def deeds(house: Staffroom) -> list[tuple[str, str]]:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        rows = await session.execute(
            select(AuditEvent.what, AuditEvent.outcome).order_by(AuditEvent.recorded_at)
        )
        return [(what, outcome) for what, outcome in rows if "sign" in what]


async def family(house: Staffroom, settings: Settings) -> Signed:
    return await accounts.sign_in(
        house.database,
        f" {USERNAME.upper()} ",
        PASSWORD,
        kind="refresh",
        origin=ORIGIN,
        now=START,
        settings=settings,
    )


async def refreshed(house: Staffroom, token: str, seconds: float = 60) -> Signed:
    return await accounts.refresh(
        house.database, token, now=START + timedelta(seconds=seconds), settings=house.settings
    )


async def test_each_sign_in_is_a_session_of_its_own(house: Staffroom) -> None:
    first, second = await house.sign_in(), await house.sign_in()

    assert first.secret != second.secret
    assert first.principal.session_id != second.principal.session_id
    assert len(first.secret) == 43  # 256 bits
    assert (await deeds(house))[-1][0] == "signed in"


async def test_a_wrong_password_is_on_record(house: Staffroom) -> None:
    with pytest.raises(SignInFailed):
        await house.sign_in("wrong")

    assert await deeds(house) == [("sign-in refused", "refused")]
    assert (await house.account()).failed_attempts == 1


async def test_an_account_locks_itself_even_to_the_right_password(house: Staffroom) -> None:
    now = START
    for _ in range(LOCKING_TRIES):
        with pytest.raises(SignInFailed):
            await house.sign_in("wrong", now=now)
        now = (await house.account()).locked_until or now

    with pytest.raises(SignInFailed):
        await house.sign_in(now=now - timedelta(seconds=1))
    assert await house.sign_in(now=now)


async def test_many_tries_at_once_count_as_many(house: Staffroom) -> None:
    tries = [house.sign_in("wrong") for _ in range(8)]

    results = await asyncio.gather(*tries, return_exceptions=True)

    assert all(isinstance(result, SignInFailed) for result in results)
    # Three are free; the fourth closes the door for a second, and the rest are not tried.
    assert (await house.account()).failed_attempts == 4


async def test_a_disabled_account_signs_in_no_more(house: Staffroom) -> None:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        await accounts.disable_account(session, house.account_id, now=START)

    with pytest.raises(SignInFailed):
        await house.sign_in()


async def test_someone_who_has_left_signs_in_no_more(house: Staffroom) -> None:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        (await session.get_one(Practitioner, house.practitioner_id)).active = False

    with pytest.raises(SignInFailed):
        await house.sign_in()


async def test_demo_accounts_work_where_the_demo_is_shown(
    house: Staffroom, settings: Settings
) -> None:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        (await session.get_one(type(await house.account()), house.account_id)).is_demo = True

    with pytest.raises(SignInFailed):
        await house.sign_in()
    house.settings = settings.model_copy(update={"demo": True})
    assert await house.sign_in()
    house.settings = settings.model_copy(update={"demo": True, "host": "192.0.2.1"})
    with pytest.raises(SignInFailed):
        await house.sign_in()


async def test_a_refresh_token_is_used_once(house: Staffroom, settings: Settings) -> None:
    first = await family(house, settings)

    second = await refreshed(house, first.secret)
    third = await refreshed(house, second.secret)

    assert len({first.secret, second.secret, third.secret}) == 3
    assert third.principal.session_id == first.principal.session_id


async def test_a_lost_response_does_not_end_the_session(
    house: Staffroom, settings: Settings
) -> None:
    first = await family(house, settings)
    lost = await refreshed(house, first.secret)

    again = await refreshed(house, first.secret)

    assert (await refreshed(house, again.secret)).principal == first.principal
    with pytest.raises(InvalidGrant):
        await refreshed(house, lost.secret)


async def test_a_copied_token_ends_the_whole_family(house: Staffroom, settings: Settings) -> None:
    first = await family(house, settings)
    second = await refreshed(house, first.secret)
    third = await refreshed(house, second.secret)

    with pytest.raises(InvalidGrant):
        await refreshed(house, first.secret)

    with pytest.raises(InvalidGrant):
        await refreshed(house, third.secret)


async def test_a_family_ends_after_twelve_hours_or_half_an_hour_idle(
    house: Staffroom, settings: Settings
) -> None:
    first = await family(house, settings)

    with pytest.raises(InvalidGrant):
        await refreshed(house, first.secret, seconds=30 * 60)


async def test_a_cookie_is_no_refresh_token(house: Staffroom) -> None:
    signed = await house.sign_in()
    assert signed.principal.session_id is not None

    with pytest.raises(InvalidGrant):
        await refreshed(house, f"{signed.principal.session_id.hex}.{signed.secret}")


async def test_signing_out_ends_this_session_only(
    house: Staffroom, database: Database, settings: Settings
) -> None:
    ended, kept = await house.sign_in(), await house.sign_in()

    await accounts.sign_out(database, ended.principal, origin=ORIGIN, now=START)

    with pytest.raises(NotAuthenticated):
        await accounts.principal_of_cookie(database, ended.secret, now=START, settings=settings)
    assert await accounts.principal_of_cookie(database, kept.secret, now=START, settings=settings)
    assert (await deeds(house))[-1][0] == "signed out"


def test_the_lock_lasts_half_an_hour() -> None:
    assert timedelta(minutes=30) == WINDOW
