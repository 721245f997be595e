"""Answering an offer by the link that was sent."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import LinkExpired, LinkLocked, OfferOver
from app.identity import Actor
from app.models import AuditEvent, HealthcareService, WaitingListOffer
from app.models.waiting_list import OFFER_TRIES
from app.scheduling import waiting_list
from app.scheduling.waiting_list import Answered, OfferAnswer, OpenedOffer
from tests.clinic import NOW, Clinic, at
from tests.scheduling.waiting_list.world import (
    appointments,
    do,
    entry_of,
    join,
    leave_only,
    offer,
    offer_of,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
BORN = date(1980, 5, 17)
SOMEBODY = Actor(duty="sign-in")


async def sent(clinic: Clinic) -> tuple[WaitingListOffer, str]:
    """An open offer and the secret of its link."""
    await leave_only(clinic, (9, 0))
    await join(clinic, clinic.patient_id)
    [made] = await offer(clinic)

    async def deed(session: AsyncSession) -> str:
        stored = await session.get_one(WaitingListOffer, made.id)
        return await waiting_list.fresh_secret(session, stored)

    return made, await do(clinic, deed)


async def opened(clinic: Clinic, secret: str, now: datetime = NOW) -> OpenedOffer:
    async with clinic.database.transaction(SOMEBODY) as session:
        return await waiting_list.open_offer(session, secret, now=now)


async def answer(
    clinic: Clinic,
    secret: str,
    *,
    born: date = BORN,
    says: OfferAnswer = "accept",
    now: datetime = NOW,
) -> Answered:
    async with clinic.database.transaction(SOMEBODY) as session:
        return await waiting_list.answer_offer(session, secret, born, says, now=now)


async def test_the_link_says_what_is_offered_and_nothing_of_the_patient(clinic: Clinic) -> None:
    made, secret = await sent(clinic)

    found = await opened(clinic, secret)

    assert found.offer.id == made.id
    assert (found.organization, found.service) == ("High Street", "GP appointment")
    assert found.with_name == "Dr Alex Adams"
    assert found.replaces is False


async def test_a_secret_that_is_not_ours_opens_nothing(clinic: Clinic) -> None:
    with pytest.raises(LinkExpired):
        await opened(clinic, "not-a-secret")


async def test_a_fresh_secret_ends_the_one_before(clinic: Clinic) -> None:
    made, first = await sent(clinic)

    async def deed(session: AsyncSession) -> str:
        stored = await session.get_one(WaitingListOffer, made.id)
        return await waiting_list.fresh_secret(session, stored)

    second = await do(clinic, deed)

    assert (await opened(clinic, second)).offer.id == made.id
    with pytest.raises(LinkExpired):
        await opened(clinic, first)


async def test_only_the_secrets_digest_is_kept(clinic: Clinic) -> None:
    made, secret = await sent(clinic)

    stored = await offer_of(clinic, made.id)

    assert stored.secret_digest is not None
    assert len(stored.secret_digest) == 32
    assert secret.encode() not in stored.secret_digest


async def test_the_right_date_of_birth_accepts_as_the_patient(clinic: Clinic) -> None:
    made, secret = await sent(clinic)

    answered = await answer(clinic, secret)

    assert answered.is_confirmed
    assert answered.booking is not None
    assert answered.booking.join_secret
    assert [each.id for each in await appointments(clinic, "booked")] == [made.hold_id]

    async def deed(session: AsyncSession) -> AuditEvent:
        found = await session.scalars(
            select(AuditEvent).where(AuditEvent.what == "Accepted a time from the waiting list")
        )
        return found.one()

    audited = await do(clinic, deed)
    assert (audited.agent_kind, audited.agent_id) == ("patient", clinic.patient_id)


async def test_the_right_date_of_birth_declines(clinic: Clinic) -> None:
    made, secret = await sent(clinic)

    answered = await answer(clinic, secret, says="decline")

    assert (answered.is_confirmed, answered.booking) == (True, None)
    assert (await offer_of(clinic, made.id)).status == "declined"
    assert (await entry_of(clinic, made.entry_id)).status == "waiting"


async def test_wrong_dates_of_birth_are_counted_and_lock_the_link(clinic: Clinic) -> None:
    made, secret = await sent(clinic)
    wrong = BORN + timedelta(days=1)

    left = [(await answer(clinic, secret, born=wrong)).offer.tries_left for _ in range(OFFER_TRIES)]

    assert left == [2, 1, 0]
    with pytest.raises(LinkLocked):
        await answer(clinic, secret)
    assert (await offer_of(clinic, made.id)).status == "open"


async def test_guesses_at_once_are_counted_one_by_one(clinic: Clinic) -> None:
    made, secret = await sent(clinic)
    wrong = BORN + timedelta(days=1)

    outcomes = await asyncio.gather(
        *(answer(clinic, secret, born=wrong) for _ in range(8)), return_exceptions=True
    )

    assert (await offer_of(clinic, made.id)).tries_left == 0
    told = [each for each in outcomes if isinstance(each, Answered)]
    assert not any(each.is_confirmed for each in told)
    assert all(isinstance(each, Answered | LinkLocked) for each in outcomes)


async def test_staff_who_open_the_link_stay_who_they_are(clinic: Clinic) -> None:
    made, secret = await sent(clinic)

    found = await do(clinic, lambda session: waiting_list.open_offer(session, secret, now=NOW))

    assert found.offer.id == made.id


async def test_a_wrong_date_of_birth_is_on_record_and_answers_nothing(clinic: Clinic) -> None:
    made, secret = await sent(clinic)

    answered = await answer(clinic, secret, born=BORN + timedelta(days=1))

    assert not answered.is_confirmed

    async def deed(session: AsyncSession) -> AuditEvent:
        found = await session.scalars(select(AuditEvent).where(AuditEvent.outcome == "refused"))
        return found.one()

    assert (await do(clinic, deed)).resource_id == str(made.id)
    assert await appointments(clinic, "booked") == []


async def test_a_right_answer_gives_the_tries_back(clinic: Clinic) -> None:
    made, secret = await sent(clinic)
    await answer(clinic, secret, born=BORN + timedelta(days=1))

    await answer(clinic, secret)

    assert (await offer_of(clinic, made.id)).tries_left == OFFER_TRIES


async def test_an_offer_that_is_over_names_whom_to_ring(clinic: Clinic) -> None:
    _, secret = await sent(clinic)

    async def deed(session: AsyncSession) -> None:
        service = await session.get_one(HealthcareService, clinic.service_id)
        service.phone = "020 7946 0123"

    await do(clinic, deed)

    with pytest.raises(OfferOver) as refusal:
        await opened(clinic, secret, now=at(8, 30, day=20))
    assert (refusal.value.phone, refusal.value.waits) == ("020 7946 0123", True)


async def test_who_is_off_the_list_is_not_told_that_they_wait(clinic: Clinic) -> None:
    made, secret = await sent(clinic)
    entry = await entry_of(clinic, made.entry_id)
    await do(
        clinic,
        lambda session: waiting_list.withdraw(session, entry.id, version=entry.version, now=NOW),
    )

    with pytest.raises(OfferOver, match="not on the waiting list any more") as refusal:
        await opened(clinic, secret)
    assert (refusal.value.state, refusal.value.waits) == ("withdrawn", False)


@pytest.mark.parametrize("says", ["accept", "decline"])
async def test_an_offer_that_is_over_says_so(clinic: Clinic, says: OfferAnswer) -> None:
    _, secret = await sent(clinic)

    with pytest.raises(OfferOver) as refusal:
        await answer(clinic, secret, says=says, now=at(8, 30, day=20))
    assert refusal.value.state == "lapsed"
    with pytest.raises(OfferOver):
        await opened(clinic, secret, now=at(8, 30, day=20))


async def test_the_same_answer_twice_is_told_that_it_was_given(clinic: Clinic) -> None:
    _, secret = await sent(clinic)
    await answer(clinic, secret)

    with pytest.raises(OfferOver) as refusal:
        await answer(clinic, secret)
    assert refusal.value.state == "accepted"
