"""The consultation's page in a group: whose record it is, and the way to the others'."""

from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from app import scheduling
from app.identity import Principal
from app.models import Encounter, Schedule
from tests.clinic import NOW, Clinic, at
from tests.web.test_consultation import begin, clinic, doctor, room

__all__ = ["clinic", "doctor", "room"]
pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def group(clinic: Clinic) -> list[UUID]:
    """The consultations of two patients at one time of a group."""
    found = []
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = 3
    for patient_id in (clinic.patient_id, clinic.second_patient_id):
        async with clinic.database.transaction(clinic.actor) as session:
            wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
            details = scheduling.Details(patient_id)
            booking = await scheduling.book(session, wanted, details, now=NOW)
            encounter = await session.scalar(
                select(Encounter).where(Encounter.appointment_id == booking.appointment.id)
            )
            assert encounter is not None
            assert encounter.group_session_id == booking.appointment.group_session_id is not None
            found.append(encounter.id)
    return found


async def test_the_page_says_whose_record_it_is_and_leads_to_the_others(
    room: httpx2.AsyncClient, group: list[UUID]
) -> None:
    page = (await room.get(f"/consultations/{group[0]}")).text

    assert '<strong aria-current="page">Kim Young</strong>' in page
    assert f'<a href="/consultations/{group[1]}">Kim Zeller</a>' in page
    assert page.count("Not arrived") == 2
    assert "This ends the call for Kim Young" in page
    assert "In a group call the recording shows everybody." in page


async def test_a_consultation_of_ones_own_has_nobody_beside_it(
    room: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)
        encounter_id = await session.scalar(select(Encounter.id))

    page = (await room.get(f"/consultations/{encounter_id}")).text

    assert "whose record" not in page
    assert "This ends the call for everyone." in page


async def test_finishing_one_leads_to_the_next_who_is_there(
    room: httpx2.AsyncClient, clinic: Clinic, doctor: Principal, group: list[UUID]
) -> None:
    for encounter_id in group:
        await begin(clinic, doctor, encounter_id)

    first = await room.post(f"/consultations/{group[0]}/finish", data={"outcome": "advice"})
    last = await room.post(f"/consultations/{group[1]}/finish", data={"outcome": "advice"})

    assert first.json() == {"next": f"/consultations/{group[1]}"}
    assert last.json() == {"next": "/today"}


async def test_those_in_the_call_may_be_finished_together(
    room: httpx2.AsyncClient, clinic: Clinic, doctor: Principal, group: list[UUID]
) -> None:
    await begin(clinic, doctor, group[0])
    alone = await room.get(f"/fragments/consultations/{group[0]}/others")
    await begin(clinic, doctor, group[1])

    both = await room.get(f"/fragments/consultations/{group[0]}/others")
    finished = await room.post(
        f"/consultations/{group[0]}/finish",
        data={"outcome": "advice", "summary": "Walk.", "others": [str(group[1])]},
    )

    assert "Finish for others too" not in alone.text
    assert f'value="{group[1]}"' in both.text
    assert f'value="{group[0]}"' not in both.text
    assert finished.json() == {"next": "/today"}
    over = (await room.get(f"/consultations/{group[1]}")).text
    assert "Walk." in over
