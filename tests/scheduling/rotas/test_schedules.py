"""Schedules are entered, planned, changed and ended; nonsense is named."""

from datetime import date, time
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app import scheduling
from app.errors import InvalidInput, ResourceNotFound, StaleVersion
from app.models.paging import After
from app.scheduling import Rota
from tests.clinic import NOW, Clinic, open_clinic
from tests.scheduling.rotas.events import events_of

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def rota(clinic: Clinic, **other: object) -> Rota:
    return Rota.model_validate(
        {
            "practitioner_id": clinic.doctor_id,
            "service_id": clinic.service_id,
            "weekdays": [3, 1, 3],
            "start_time": time(14),
            "end_time": time(16),
            "valid_from": date(2026, 12, 1),
            **other,
        }
    )


async def test_a_schedule_takes_the_services_length_and_the_organisations_zone(
    clinic: Clinic,
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        added = await scheduling.add_schedule(session, rota(clinic))

    assert (added.slot_minutes, added.time_zone) == (15, "Europe/London")
    assert added.recurrence == "FREQ=WEEKLY;BYDAY=MO,WE"
    assert (added.channel, added.capacity, added.horizon_days) == ("video", 1, 730)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"end_time": time(14)}, "end_time"),
        ({"slot_minutes": 121}, "slot_minutes"),
        ({"slot_minutes": 110, "buffer_after_minutes": 15}, "slot_minutes"),
        ({"weekdays": None}, "recurrence"),
        ({"recurrence": "FREQ=DAILY"}, "recurrence"),
        ({"weekdays": None, "recurrence": "FREQ=HOURLY"}, "recurrence"),
        ({"weekdays": None, "recurrence": "FREQ=DAILY;UNTIL=20261130"}, "recurrence"),
        ({"breaks": [(time(13), time(13, 30))]}, "breaks.0"),
        ({"breaks": [(time(15), time(15, 30)), (time(15), time(15))]}, "breaks.1"),
        ({"valid_to": date(2026, 11, 30)}, "valid_to"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"capacity": 12}, "capacity"),
    ],
)
async def test_nonsense_names_its_field(
    clinic: Clinic, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.add_schedule(session, rota(clinic, **wrong))

    assert [problem.field for problem in refusal.value.problems] == [field]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": []},
        {"weekdays": [0]},
        {"weekdays": [8]},
        {"start_time": "14:00:30"},
        {"start_time": "14:00Z"},
        {"valid_from": date(1800, 1, 1)},
    ],
)
async def test_what_is_no_rota_is_no_rota(clinic: Clinic, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rota(clinic, **wrong)


async def test_a_group_that_does_not_meet_by_video_may_be_larger(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        by_video = await scheduling.add_schedule(session, rota(clinic, capacity=11))
        in_person = await scheduling.add_schedule(
            session, rota(clinic, capacity=30, channel="in-person")
        )

    assert (by_video.capacity, in_person.capacity) == (11, 30)


async def test_replacing_and_ending_need_the_present_version(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        changed = await scheduling.replace_schedule(
            session, clinic.schedule_id, rota(clinic), version=1, now=NOW
        )
    assert (changed.version, changed.start_time) == (2, time(14))

    with pytest.raises(StaleVersion):
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.end_schedule(session, clinic.schedule_id, version=1, now=NOW)
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.end_schedule(session, clinic.schedule_id, version=2, now=NOW)


async def test_an_ended_schedule_is_not_there_any_more(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.end_schedule(session, clinic.schedule_id, version=1, now=NOW)

    async with clinic.database.transaction(clinic.actor) as session:
        left = await scheduling.list_schedules(session, after=After())
        assert [schedule.practitioner_id for schedule in left.items] == [clinic.second_doctor_id]
        with pytest.raises(ResourceNotFound):
            await scheduling.find_schedule(session, clinic.schedule_id)
        with pytest.raises(ResourceNotFound):
            await scheduling.end_schedule(session, clinic.schedule_id, version=2, now=NOW)


async def test_lists_by_practitioner(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await scheduling.list_schedules(
            session, after=After(), practitioner_id=clinic.doctor_id
        )

    assert [schedule.id for schedule in found.items] == [clinic.schedule_id]


async def test_another_organisations_schedule_is_not_found(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)

    async with clinic.database.transaction(clinic.actor) as session:
        for schedule_id in (other.schedule_id, uuid4()):
            with pytest.raises(ResourceNotFound):
                await scheduling.find_schedule(session, schedule_id)


async def test_hours_may_go_on_after_midnight(clinic: Clinic) -> None:
    night = rota(clinic, start_time=time(22), end_time=time(6), breaks=[(time(1), time(2))])
    async with clinic.database.transaction(clinic.actor) as session:
        added = await scheduling.add_schedule(session, night)

    assert added.breaks == [["01:00", "02:00"]]
    assert scheduling.words(added) == (
        "Every Monday and Wednesday, 10pm to 6am, 15-minute video appointments,"
        " break 1am to 2am, from 1 December 2026"
    )


async def test_a_plan_shows_the_weeks_and_both_changes_of_the_clock_and_saves_nothing(
    clinic: Clinic,
) -> None:
    sundays = rota(clinic, weekdays=[7], start_time=time(0), end_time=time(4))
    async with clinic.database.transaction(clinic.actor) as session:
        plan = await scheduling.plan_schedule(
            session, sundays, first_day=date(2026, 12, 1), weeks=2, now=NOW
        )
        kept = await scheduling.list_schedules(session, after=After())

    assert [(day.day.day, day.slots) for day in plan.preview.days] == [(6, 16), (13, 16)]
    assert [
        (day.day.isoformat(), day.clock_change, day.slots) for day in plan.preview.clock_changes
    ] == [("2027-03-28", 60, 12), ("2027-10-31", -60, 16)]
    assert len(kept.items) == 2


async def test_a_change_is_told_to_the_desk_and_to_both_practitioners(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        handed = rota(clinic, practitioner_id=clinic.second_doctor_id)
        await scheduling.replace_schedule(session, clinic.schedule_id, handed, version=1, now=NOW)
    events = await events_of(clinic)

    assert [event.event for event in events] == ["schedule.changed"]
    assert events[0].audience == {
        f"practitioner:{clinic.doctor_id}",
        f"practitioner:{clinic.second_doctor_id}",
        f"scheduler@{clinic.organization_id}",
    }
