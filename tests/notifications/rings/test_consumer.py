"""A ring becomes calls once: to every browser, to the number, to those who asked to be told."""

from datetime import timedelta

import pytest

from app import referrals
from tests.notifications.rings.pushservice import Chrome
from tests.notifications.rings.ward import Ward
from tests.referrals.world import NOON

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def chrome(number: int = 1) -> Chrome:
    return Chrome(f"https://web.push.example/{number}")


async def test_every_browser_of_whoever_is_rung_is_called(ward: Ward) -> None:
    for number in (1, 2):
        await ward.subscribe(ward.region.shah, chrome(number).subscription)
    await ward.subscribe(ward.region.lund, chrome(3).subscription)

    await ward.region.ask()
    await ward.hear()

    calls = [call for call in await ward.calls() if call.way == "push"]
    assert {call.practitioner_id for call in calls} == {ward.region.shah.practitioner_id}
    assert len(calls) == 2
    assert {call.expires_at for call in calls} == {NOON + timedelta(seconds=30)}


@pytest.mark.parametrize(
    ("when", "present", "browser", "after"),
    [
        ("no-device", False, False, 0),
        ("no-device", False, True, 8),
        ("no-device", True, False, None),
        ("always", True, True, 0),
        ("never", False, False, None),
    ],
)
async def test_a_text_goes_where_nothing_else_rings_or_always(
    ward: Ward, when: str, present: bool, browser: bool, after: int | None
) -> None:
    shah = ward.region.shah
    await ward.prefer(shah, when)  # type: ignore[arg-type]
    if present:
        ward.present.add(shah.practitioner_id)
    if browser:
        await ward.subscribe(shah, chrome().subscription)

    await ward.region.ask()
    await ward.hear()

    texts = [call.due_at - NOON for call in await ward.calls() if call.way == "sms"]
    assert texts == ([] if after is None else [timedelta(seconds=after)])


async def test_without_a_number_nobody_is_texted(ward: Ward) -> None:
    await ward.region.ask()
    await ward.hear()

    assert await ward.ways() == [("call-out", "sent")]


async def test_an_event_read_twice_rings_once(ward: Ward) -> None:
    await ward.subscribe(ward.region.shah, chrome().subscription)
    await ward.region.ask()
    await ward.hear()

    await ward.region.ask("And this one?")  # its events are read after those of the first
    await ward.hear()
    await ward.hear()

    assert await ward.ways() == [
        ("call-out", "sent"),
        ("call-out", "sent"),
        ("push", "queued"),
        ("push", "queued"),
    ]
    assert [event.event for event in await ward.told()] == ["ring.started"] * 2


async def test_a_call_out_system_is_told_ids_and_times_only(ward: Ward) -> None:
    request_id = await ward.region.ask("Is this a stroke? She is 71.")
    await ward.hear()

    [event] = await ward.told()
    [ring] = await ward.ringing(request_id)
    assert event.organization_id == ward.region.shah.organization_id
    assert event.resource_id == ring.id
    assert event.payload == {
        "request_id": str(request_id),
        "practitioner_id": str(ward.region.shah.practitioner_id),
        "service_id": str(ward.region.service_id),
        "specialty": "stroke",
        "layer": 1,
        "rung_at": "2026-11-20T12:00:00+00:00",
        "expires_at": "2026-11-20T12:00:30+00:00",
    }


async def test_an_answer_drops_what_waits_and_is_told(ward: Ward) -> None:
    await ward.subscribe(ward.region.shah, chrome().subscription)
    request_id = await ward.region.ask()
    await ward.hear()

    async with ward.region.acting(ward.region.shah) as session:
        await referrals.accept(session, request_id, now=NOON)
    await ward.hear()

    assert await ward.ways() == [("call-out", "sent"), ("push", "dropped")]
    assert [(event.event, event.payload.get("outcome")) for event in await ward.told()] == [
        ("ring.started", None),
        ("ring.ended", "accepted"),
    ]


async def test_a_ring_that_is_over_when_it_is_read_calls_nobody(ward: Ward) -> None:
    await ward.subscribe(ward.region.shah, chrome().subscription)
    await ward.region.ask()

    ward.now += timedelta(seconds=30)
    await ward.hear()

    assert await ward.ways() == []


async def test_the_next_layer_is_called_when_its_turn_comes(ward: Ward) -> None:
    await ward.subscribe(ward.region.lund, chrome().subscription)
    await ward.region.ask()
    await ward.hear()

    ward.now += timedelta(seconds=30)
    await referrals.escalate_due(ward.region.database, ward.now)
    await ward.hear()

    pushed = [call for call in await ward.calls() if call.way == "push"]
    assert [call.practitioner_id for call in pushed] == [ward.region.lund.practitioner_id]
