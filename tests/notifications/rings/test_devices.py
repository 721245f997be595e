"""Browsers that ring: added once each, their owner's alone, gone at sign-out."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import accounts
from app.errors import Conflict, Forbidden, InvalidInput, ResourceNotFound
from app.identity import Origin
from app.models import PushSubscription
from app.notifications import rings
from app.notifications.rings.devices import MOST, Keys, NewDevice, target_of
from tests.notifications.rings.pushservice import Chrome, base64url
from tests.notifications.rings.ward import PUSH, SEALING, Ward
from tests.referrals.world import NOON

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def chrome(number: int = 1) -> Chrome:
    return Chrome(f"https://web.push.example/{number}")


async def test_a_browser_added_twice_is_one(ward: Ward) -> None:
    browser, shah = chrome(), ward.region.shah

    async with ward.region.acting(shah) as session:
        _, first = await rings.add_device(session, browser.subscription, PUSH, SEALING, now=NOON)
        device, again = await rings.add_device(
            session, browser.subscription, PUSH, SEALING, now=NOON
        )
        listed = await rings.list_devices(session)

    assert (first, again) == (True, False)
    assert [each.id for each in listed] == [device.id]


async def test_its_address_is_sealed_in_the_table(ward: Ward) -> None:
    browser, shah = chrome(), ward.region.shah
    await ward.subscribe(shah, browser.subscription)

    async with ward.region.acting(shah) as session:
        row = (await session.scalars(select(PushSubscription))).one()

    assert b"push.example" not in row.sealed
    assert target_of(SEALING, row).endpoint == browser.endpoint


async def test_a_browser_rings_for_whoever_said_so_last(ward: Ward) -> None:
    browser = chrome()
    await ward.subscribe(ward.region.shah, browser.subscription)
    await ward.subscribe(ward.region.lund, browser.subscription)

    async with ward.region.acting(ward.region.shah) as session:
        shahs = await rings.list_devices(session)
    async with ward.region.acting(ward.region.lund) as session:
        lunds = await rings.list_devices(session)

    assert (len(shahs), len(lunds)) == (0, 1)


async def test_another_persons_browser_cannot_be_taken_away(ward: Ward) -> None:
    device = await ward.subscribe(ward.region.shah, chrome().subscription)

    async with ward.region.acting(ward.region.lund) as session:
        with pytest.raises(ResourceNotFound):
            await rings.remove_device(session, device.id)
    async with ward.region.acting(ward.region.shah) as session:
        await rings.remove_device(session, device.id)
        left = await rings.list_devices(session)

    assert left == []


async def test_sign_out_takes_the_browser_of_that_session_away(ward: Ward) -> None:
    home = replace(ward.region.shah, session_id=uuid4())
    away = replace(ward.region.shah, session_id=uuid4())
    await ward.subscribe(home, chrome(1).subscription)
    kept = await ward.subscribe(away, chrome(2).subscription)

    await accounts.sign_out(ward.region.database, home, origin=Origin(), now=NOON)

    async with ward.region.acting(ward.region.shah) as session:
        assert [each.id for each in await rings.list_devices(session)] == [kept.id]


async def test_what_is_no_browser_of_a_known_push_service_is_refused(ward: Ward) -> None:
    good = chrome().subscription
    elsewhere = good.model_copy(update={"endpoint": "https://evil.test/1"})
    no_keys = NewDevice(
        endpoint=good.endpoint, keys=Keys(p256dh=base64url(bytes(65)), auth=good.keys.auth)
    )

    async with ward.region.acting(ward.region.shah) as session:
        for wrong in (elsewhere, no_keys):
            with pytest.raises(InvalidInput):
                await rings.add_device(session, wrong, PUSH, SEALING, now=NOON)


async def test_where_push_is_off_nothing_is_added(ward: Ward) -> None:
    async with ward.region.acting(ward.region.shah) as session:
        with pytest.raises(Conflict):
            await rings.add_device(session, chrome().subscription, None, SEALING, now=NOON)


async def test_one_person_has_so_many_and_no_more(ward: Ward) -> None:
    for number in range(MOST):
        await ward.subscribe(ward.region.shah, chrome(number).subscription)

    with pytest.raises(Conflict):
        await ward.subscribe(ward.region.shah, chrome(MOST).subscription)


async def test_nobody_but_staff_is_rung(ward: Ward) -> None:
    system = replace(ward.region.shah, practitioner_id=None)

    async with ward.region.acting(system) as session:
        with pytest.raises(Forbidden):
            await rings.list_devices(session)
