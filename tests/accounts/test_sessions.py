"""A session lives while it is used, for twelve hours at most, and only while its owner may."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import accounts
from app.accounts import sessions
from app.config import Settings
from app.database import Database
from app.errors import NotAuthenticated
from app.identity import Actor, Principal
from app.models import PractitionerRole, SignIn
from tests.accounts.staffroom import START, Staffroom

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def come_back(house: Staffroom, secret: str, **later: float) -> Principal:
    return await accounts.principal_of_cookie(
        house.database, secret, now=START + timedelta(**later), settings=house.settings
    )


async def test_the_secret_itself_is_nowhere_in_the_table(
    house: Staffroom, database: Database
) -> None:
    signed = await house.sign_in()

    async with database.transaction(sessions.SIGN_IN) as session:
        row = (await session.scalars(select(SignIn))).one()

    assert row.secret_digest == accounts.digest(signed.secret)
    assert signed.secret.encode() not in row.secret_digest
    assert signed.secret not in repr(signed)


async def test_half_an_hour_of_nothing_ends_it(house: Staffroom) -> None:
    signed = await house.sign_in()

    with pytest.raises(NotAuthenticated):
        await come_back(house, signed.secret, minutes=30)


async def test_use_keeps_it_alive_until_the_twelfth_hour(house: Staffroom) -> None:
    signed = await house.sign_in()
    for minutes in range(0, 12 * 60, 29):
        await come_back(house, signed.secret, minutes=minutes)

    with pytest.raises(NotAuthenticated):
        await come_back(house, signed.secret, hours=12)


async def test_roles_are_those_of_the_moment(house: Staffroom) -> None:
    signed = await house.sign_in()
    async with house.database.transaction(Actor(house.organization_id)) as session:
        (await session.scalars(select(PractitionerRole))).one().active = False

    assert (await come_back(house, signed.secret)).roles == frozenset()


@pytest.mark.parametrize("secret", ["", "x", "é" * 50, "x" * 5000])
async def test_a_made_up_secret_opens_nothing(house: Staffroom, secret: str) -> None:
    with pytest.raises(NotAuthenticated):
        await come_back(house, secret)


async def test_a_refresh_familys_secret_is_no_cookie(house: Staffroom, settings: Settings) -> None:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        opened = await sessions.open_session(
            session, await house.account(), "refresh", now=START, settings=settings
        )

    with pytest.raises(NotAuthenticated):
        await come_back(house, opened.secret)


async def test_what_has_run_out_goes_when_its_owner_comes_again(
    house: Staffroom, database: Database
) -> None:
    await house.sign_in()
    kept = await house.sign_in(now=START + timedelta(hours=11))

    await house.sign_in(now=START + timedelta(hours=12))

    async with database.transaction(sessions.SIGN_IN) as session:
        rows = (await session.scalars(select(SignIn))).all()
    assert len(rows) == 2
    assert kept.principal.session_id in {row.id for row in rows}
