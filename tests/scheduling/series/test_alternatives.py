"""Free times near one that cannot be had."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from app.errors import FreeSlot
from app.scheduling.rotas import Slot
from app.scheduling.series.alternatives import Sought, alternatives_to, nearest
from tests.clinic import NOW, Clinic, at
from tests.scheduling.series.world import do, take
from tests.scheduling.waiting_list.world import slot

DOCTOR, COLLEAGUE = uuid4(), uuid4()
SOUGHT = Sought(uuid4(), uuid4(), DOCTOR, 15)


def free(start: datetime, practitioner_id: UUID = DOCTOR, **more: object) -> Slot:
    return slot(start, practitioner_id=practitioner_id, **more)


def starts(found: Sequence[FreeSlot]) -> list[datetime]:
    return [each.start for each in found]


def test_the_nearest_times_come_first() -> None:
    times = [free(at(12)), free(at(10, 15)), free(at(9, 30)), free(at(8))]

    assert starts(nearest(times, at(10), SOUGHT)) == [at(10, 15), at(9, 30), at(8)]


def test_a_colleague_at_the_same_time_comes_before_another_half_of_the_day() -> None:
    found = nearest(
        [free(at(14)), free(at(10), COLLEAGUE), free(at(9)), free(at(10, day=24))],
        at(10),
        SOUGHT,
    )

    assert starts(found) == [at(9), at(10), at(14)]
    assert found[1].practitioner_id == COLLEAGUE


def test_the_same_time_over_two_channels_is_one_alternative() -> None:
    found = nearest([free(at(9)), free(at(9), channel="telephone")], at(10), SOUGHT)

    assert starts(found) == [at(9)]


def test_a_group_is_an_alternative_only_as_long_as_it_is() -> None:
    group = free(at(9), capacity=8, places=3)
    longer = Sought(uuid4(), uuid4(), DOCTOR, 30)

    assert starts(nearest([group], at(10), SOUGHT)) == [at(9)]
    assert nearest([group, free(at(9, 15))], at(10), longer) == []


@pytest.mark.anyio
@pytest.mark.database
async def test_what_is_taken_or_collides_with_the_patient_is_no_alternative(
    clinic: Clinic,
) -> None:
    await take(clinic, at(10))
    await take(clinic, at(10, 15), practitioner_id=clinic.second_doctor_id)
    await take(
        clinic, at(9, 45), practitioner_id=clinic.second_doctor_id, patient_id=clinic.patient_id
    )
    sought = Sought(clinic.patient_id, clinic.service_id, clinic.doctor_id, 15)

    found = await do(clinic, lambda session: alternatives_to(session, at(10), sought, now=NOW))

    assert [(each.start, each.practitioner_id) for each in found] == [
        (at(10, 15), clinic.doctor_id),
        (at(9, 30), clinic.doctor_id),
        (at(10, 30), clinic.doctor_id),
    ]


@pytest.mark.anyio
@pytest.mark.database
async def test_a_double_appointment_needs_two_times_together(clinic: Clinic) -> None:
    await take(clinic, at(10))
    sought = Sought(clinic.patient_id, clinic.service_id, clinic.doctor_id, 30, "video")

    found = await do(clinic, lambda session: alternatives_to(session, at(10), sought, now=NOW))

    assert [(each.start, each.end) for each in found] == [
        (at(10, 15), at(10, 45)),
        (at(9, 30), at(10)),
        (at(10, 30), at(11)),
    ]


@pytest.mark.anyio
@pytest.mark.database
async def test_another_channel_is_no_alternative(clinic: Clinic) -> None:
    sought = Sought(clinic.patient_id, clinic.service_id, clinic.doctor_id, 15, "telephone")

    assert await do(clinic, lambda session: alternatives_to(session, at(10), sought, now=NOW)) == []
