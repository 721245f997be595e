"""Free times near one that cannot be had."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.errors import FreeSlot
from app.scheduling.series.alternatives import Sought, alternatives_to, nearest
from tests.clinic import NOW, Clinic, at
from tests.scheduling.series.world import do, take

DOCTOR, COLLEAGUE = uuid4(), uuid4()


def free(start: datetime, practitioner_id: UUID = DOCTOR) -> FreeSlot:
    return FreeSlot(practitioner_id, start, start + timedelta(minutes=15))


def test_the_nearest_times_come_first() -> None:
    found = nearest([free(at(12)), free(at(10, 15)), free(at(9, 30)), free(at(8))], at(10), DOCTOR)

    assert [each.start for each in found] == [at(10, 15), at(9, 30), at(8)]


def test_a_colleague_at_the_same_time_comes_before_another_half_of_the_day() -> None:
    found = nearest(
        [free(at(14)), free(at(10), COLLEAGUE), free(at(9)), free(at(10, day=24))], at(10), DOCTOR
    )

    assert [each.start for each in found] == [at(9), at(10), at(14)]
    assert found[1].practitioner_id == COLLEAGUE


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
