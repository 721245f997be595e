"""A call goes out once, while it rings; what fails is tried again until the ring is over."""

import asyncio
from datetime import timedelta

import pytest

from app import jobs, referrals
from app.models import RingCall
from app.notifications import rings
from app.notifications.gateways.gateway import Refused, Unreachable
from app.notifications.rings.sending import LEASE
from tests.notifications.rings.pushservice import PushService
from tests.notifications.rings.ward import Ward

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SECOND = timedelta(seconds=1)


async def rung(ward: Ward, service: PushService) -> None:
    """Dr Shah's browser is to be called."""
    await ward.subscribe(ward.region.shah, service.browser().subscription)
    await ward.region.ask("Is this a stroke? She is 71.")
    await ward.hear()


async def test_a_closed_browser_is_rung_once(ward: Ward, service: PushService) -> None:
    await rung(ward, service)

    sent = [await ward.send() for _ in range(2)]

    assert (sent, len(service.taken)) == ([1, 0], 1)
    assert await ward.ways() == [("call-out", "sent"), ("push", "sent")]


async def test_two_senders_ring_once(ward: Ward, service: PushService) -> None:
    await rung(ward, service)

    sent = await asyncio.gather(*(ward.send() for _ in range(4)))

    assert (sum(sent), len(service.taken)) == (1, 1)


async def test_a_busy_push_service_is_asked_again(ward: Ward, service: PushService) -> None:
    service.answers = [503, 429]
    await rung(ward, service)

    sent = [await ward.send(), await ward.send(SECOND), await ward.send(SECOND)]

    assert (sent, len(service.taken)) == ([0, 0, 1], 3)


async def test_no_try_comes_after_the_end_of_the_ring(ward: Ward, service: PushService) -> None:
    service.answers = [503]
    await rung(ward, service)
    await ward.send()

    await ward.send(timedelta(seconds=30))

    assert len(service.taken) == 1
    assert await ward.ways() == [("call-out", "sent"), ("push", "dropped")]


async def test_what_was_answered_meanwhile_is_not_sent(ward: Ward, service: PushService) -> None:
    await rung(ward, service)
    [call, *_] = await ward.calls()
    async with ward.region.acting(ward.region.shah) as session:
        await referrals.accept(session, call.request_id, now=ward.now)

    await ward.send()

    assert service.taken == []


async def test_what_a_dead_sender_had_in_hand_is_taken_over(
    ward: Ward, service: PushService
) -> None:
    await rung(ward, service)
    [due] = [call for call in await ward.calls() if call.way == "push"]
    async with ward.region.acting(ward.region.shah) as session:
        await jobs.claim(session, RingCall, due.id, now=ward.now, lease=LEASE)

    sent = [await ward.send(), await ward.send(LEASE)]

    assert sent == [0, 1]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    ward: Ward, service: PushService, status: int
) -> None:
    service.answers = [status]
    await rung(ward, service)

    await ward.send()

    async with ward.region.acting(ward.region.shah) as session:
        assert await rings.list_devices(session) == []


async def test_what_is_refused_for_good_is_not_tried_again(
    ward: Ward, service: PushService
) -> None:
    service.answers = [403]
    await rung(ward, service)

    await ward.send()
    await ward.send(SECOND)

    assert len(service.taken) == 1
    async with ward.region.acting(ward.region.shah) as session:
        devices = await rings.list_devices(session)
    assert [device.problem for device in devices] == ["The push service answered 403."]


async def test_a_device_that_rang_at_last_has_no_problem(ward: Ward, service: PushService) -> None:
    service.answers = [503, 201]
    await rung(ward, service)

    await ward.send()
    await ward.send(SECOND)

    async with ward.region.acting(ward.region.shah) as session:
        devices = await rings.list_devices(session)
    assert [device.problem for device in devices] == [""]


async def test_a_text_says_that_it_rings_and_nothing_else(ward: Ward) -> None:
    await ward.prefer(ward.region.shah, "no-device")
    request_id = await ward.region.ask("Is this a stroke? She is 71.")
    await ward.hear()

    await ward.send()

    [text] = ward.phones.sent
    assert text.to == "07700 900123"
    assert text.text == (
        f"Urgent request. Answer by 12:00:30: https://advice.example/on-call/requests/{request_id}"
    )


async def test_a_text_does_not_wait_for_browsers_that_refuse(
    ward: Ward, service: PushService
) -> None:
    service.answers = [410]
    await ward.prefer(ward.region.shah, "no-device")
    await rung(ward, service)

    await ward.send()
    await ward.send()

    assert len(ward.phones.sent) == 1


async def test_a_text_is_not_sent_where_the_browser_rang_and_was_answered(
    ward: Ward, service: PushService
) -> None:
    await ward.prefer(ward.region.shah, "no-device")
    await rung(ward, service)
    await ward.send()
    [call, *_] = await ward.calls()
    async with ward.region.acting(ward.region.shah) as session:
        await referrals.accept(session, call.request_id, now=ward.now)

    await ward.send(timedelta(seconds=8))

    assert ward.phones.sent == []


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(Refused("Nobody has this number."), "failed"), (Unreachable("Busy."), "queued")],
)
async def test_a_text_that_fails_is_noted(ward: Ward, trouble: Exception, status: str) -> None:
    ward.phones.troubles = [trouble]
    await ward.prefer(ward.region.shah, "always")
    await ward.region.ask()
    await ward.hear()

    await ward.send()

    assert await ward.ways() == [("call-out", "sent"), ("sms", status)]
