"""Typing into a case's form, on one device, on two, and late."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app import referrals
from app.errors import DuplicateRecord, Forbidden, InvalidInput, InvalidTransition
from app.models import AuditEvent, CaseEntry, OutboxEvent, ServiceRequest
from app.models.paging import After
from app.referrals import Atmist, forms
from app.referrals.escalation.following import hand_to
from app.referrals.forms import Typed
from tests.referrals.world import NOON, Region, organization

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MINUTE = timedelta(minutes=1)


async def type_in(
    region: Region, request_id: UUID, *typed: Typed, now: datetime = NOON
) -> forms.CaseForm:
    async with region.acting(region.crew) as session:
        return await forms.type_fields(session, request_id, typed, now=now)


async def test_two_devices_do_not_overwrite_each_other(region: Region) -> None:
    request_id = await region.ask()

    await type_in(region, request_id, Typed("situation", "Weak arm", NOON))
    form = await type_in(region, request_id, Typed("background", "Stroke before", NOON))

    assert form.text("situation") == "Weak arm"
    assert form.text("background") == "Stroke before"


async def test_what_arrives_late_but_was_typed_before_does_not_win(region: Region) -> None:
    request_id = await region.ask()
    later, earlier = NOON + 2 * MINUTE, NOON + MINUTE

    await type_in(region, request_id, Typed("age_years", 70, later), now=later)
    form = await type_in(region, request_id, Typed("age_years", 7, earlier), now=later)

    assert form.value("age_years") == 70
    assert (await region.request(request_id)).age_years == 70
    async with region.acting(region.shah) as session:
        page = await forms.history(session, request_id, after=After())
    assert [row.value for row in page.items] == [70, 7]


async def test_what_was_typed_after_asking_without_a_signal_holds(region: Region) -> None:
    asked_at, typed_at = NOON - 10 * MINUTE, NOON - 5 * MINUTE
    asked = referrals.Asked(
        service_id=region.service_id,
        question="Is this a stroke?",
        asked_at=asked_at,
        age_years=7,
        eta_minutes=40,
    )
    async with region.acting(region.crew) as session:
        raised = await referrals.raise_request(session, asked, now=NOON)
        said_at = raised.eta_said_at

    await type_in(region, raised.id, Typed("age_years", 70, typed_at))
    await type_in(region, raised.id, Typed("eta_minutes", 20, typed_at))

    request = await region.request(raised.id)
    assert said_at == asked_at
    assert (request.age_years, request.eta_minutes, request.eta_said_at) == (70, 20, typed_at)


async def test_a_change_of_the_request_from_before_does_not_win(region: Region) -> None:
    request_id = await region.ask()
    await type_in(region, request_id, Typed("age_years", 70, NOON))
    late = referrals.Entry(id=uuid4(), happened_at=NOON - MINUTE)

    async with region.acting(region.crew) as session:
        await referrals.update_request(session, request_id, {"age_years": 7}, now=NOON, entry=late)

    assert (await region.request(request_id)).age_years == 70


async def test_a_repeat_is_not_a_second_entry_and_tells_nobody(region: Region) -> None:
    request_id, entry_id = await region.ask(), uuid4()
    typed = Typed("situation", "Weak arm", NOON, entry_id)

    await type_in(region, request_id, typed)
    before = await events(region)
    form = await type_in(region, request_id, typed)

    assert form.typed == 1
    assert await events(region) == before


async def events(region: Region) -> int:
    async with region.acting(region.crew) as session:
        return await session.scalar(select(func.count(OutboxEvent.id))) or 0


async def test_another_request_does_not_take_the_same_entry(region: Region) -> None:
    first, second, entry_id = await region.ask(), await region.ask(), uuid4()
    await type_in(region, first, Typed("situation", "Weak arm", NOON, entry_id))

    with pytest.raises(DuplicateRecord):
        await type_in(region, second, Typed("situation", "Chest pain", NOON, entry_id))


async def test_a_clock_ahead_of_ours_counts_as_ours(region: Region) -> None:
    request_id = await region.ask()

    await type_in(region, request_id, Typed("situation", "First", NOON + 60 * MINUTE))
    later = NOON + MINUTE
    form = await type_in(region, request_id, Typed("situation", "Second", later), now=later)

    assert form.text("situation") == "Second"


async def test_the_request_follows_what_was_typed(region: Region) -> None:
    request_id = await region.ask()

    await type_in(
        region,
        request_id,
        Typed("age_years", 71, NOON),
        Typed("sex", "female", NOON),
        Typed("time_critical", value=True, typed_at=NOON),
        Typed("complaints", ["stroke"], NOON),
        Typed("mechanism_words", "x" * 1000, NOON),
    )

    request = await region.request(request_id)
    assert (request.age_years, request.sex, request.time_critical) == (71, "female", True)
    assert request.atmist["age"] == "71 years, female"
    assert str(request.atmist["mechanism"]).startswith("Stroke symptoms. xxx")
    emptied = await type_in(
        region, request_id, Typed("sex", None, NOON + MINUTE), now=NOON + MINUTE
    )
    assert emptied.value("sex") is None
    assert (await region.request(request_id)).sex == "unknown"


async def test_six_texts_from_another_system_become_the_letters_words(region: Region) -> None:
    request_id = await region.ask()
    await type_in(region, request_id, Typed("complaints", ["stroke"], NOON))

    async with region.acting(region.crew) as session:
        request = await referrals.update_request(
            session,
            request_id,
            {"atmist": Atmist(mechanism="Stroke symptoms", signs="Gaze to the right")},
            now=NOON + MINUTE,
        )

    assert request.atmist["mechanism"] == "Stroke symptoms"
    assert request.atmist["signs"] == "Gaze to the right"
    async with region.acting(region.shah) as session:
        _, form = await forms.read_form(session, request_id)
    assert (form.text("signs_words"), form.text("mechanism_words")) == ("Gaze to the right", "")


async def test_the_first_words_of_a_request_are_in_its_form(region: Region) -> None:
    asked = referrals.Asked(
        service_id=region.service_id,
        question="Stroke?",
        age_years=71,
        sex="female",
        time_critical=True,
        eta_minutes=14,
        atmist=Atmist(mechanism="Sudden weakness"),
    )
    async with region.acting(region.crew) as session:
        request = await referrals.raise_request(session, asked, now=NOON)
        form = await forms.form_in(session, request)

    assert {code: entry.value for code, entry in form.current.items()} == {
        "age_years": 71,
        "sex": "female",
        "time_critical": True,
        "eta_minutes": 14,
        "mechanism_words": "Sudden weakness",
    }
    assert request.atmist["mechanism"] == "Sudden weakness"


async def test_the_other_side_reads_and_does_not_type(region: Region) -> None:
    request_id = await region.ask()

    async with region.acting(region.shah) as session:
        with pytest.raises(Forbidden):
            await forms.type_fields(session, request_id, [Typed("situation", "a", NOON)], now=NOON)


async def test_all_of_it_or_none(region: Region) -> None:
    request_id = await region.ask()

    with pytest.raises(InvalidInput):
        await type_in(
            region, request_id, Typed("situation", "Weak", NOON), Typed("hobbies", "x", NOON)
        )

    async with region.acting(region.crew) as session:
        assert await session.scalar(select(func.count(CaseEntry.id))) == 0


async def test_a_crew_types_on_for_a_day_after_it_was_closed(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.crew) as session:
        await referrals.cancel(session, request_id, now=NOON)

    day_after = NOON + timedelta(hours=24)
    await type_in(region, request_id, Typed("situation", "Better", NOON), now=day_after)
    with pytest.raises(InvalidTransition):
        await type_in(region, request_id, Typed("situation", "Late", NOON), now=day_after + MINUTE)


async def test_a_time_of_last_week_is_a_clock_gone_wrong(region: Region) -> None:
    request_id = await region.ask()

    with pytest.raises(InvalidInput):
        await type_in(
            region, request_id, Typed("situation", "Old", NOON - timedelta(days=7, minutes=1))
        )


async def test_reading_and_typing_are_on_record(region: Region) -> None:
    request_id = await region.ask()
    await type_in(region, request_id, Typed("situation", "Weak arm", NOON))
    async with region.acting(region.crew) as session:
        await forms.read_form(session, request_id)

    async with region.acting(region.crew) as session:
        done = set(await session.scalars(select(AuditEvent.what)))
    assert {"type into case", "read case"} <= done


async def test_a_request_that_moves_on_takes_its_entries_along(region: Region) -> None:
    request_id = await region.ask()
    await type_in(region, request_id, Typed("situation", "Weak arm", NOON))
    elsewhere = await organization(region.database, "RR802", "hospital")

    async with region.acting(region.crew) as session:
        request = await session.get_one(ServiceRequest, request_id)
        await hand_to(session, request, elsewhere)
        moved = set(await session.scalars(select(CaseEntry.partner_organization_id)))

    assert moved == {elsewhere}
