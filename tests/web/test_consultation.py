"""The consultation's page: the record beside the call, and the look back."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import select

from app import encounters, scheduling
from app.database import Database
from app.identity import Actor, Principal
from app.models import AuditEvent, Encounter, EncounterParticipant
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
def doctor(clinic: Clinic) -> Principal:
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=clinic.organization_id,
        name="Dr Alex Adams",
        roles=frozenset({"clinician"}),
        practitioner_id=clinic.doctor_id,
    )


@pytest.fixture
async def encounter_id(clinic: Clinic) -> UUID:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id, "A long cough")
        booking = await scheduling.book(session, wanted, details, now=NOW)
        found = await session.scalar(
            select(Encounter.id).where(Encounter.appointment_id == booking.appointment.id)
        )
        assert found is not None
        return found


@pytest.fixture
async def room(
    clinic: Clinic, doctor: Principal, database_url: str
) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(doctor=doctor, desk=clinic.scheduler)
    async with client(service(database_url, people), "doctor") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def begin(clinic: Clinic, doctor: Principal, encounter_id: UUID) -> None:
    """Both sides are let in."""
    async with clinic.database.transaction(Actor.of(doctor)) as session:
        await encounters.admit(session, doctor, encounter_id, now=NOW)
        patient = await session.scalar(
            select(EncounterParticipant.id).where(
                EncounterParticipant.encounter_id == encounter_id,
                EncounterParticipant.role == "patient",
            )
        )
        assert patient is not None
        await encounters.let_in(session, encounter_id, patient, now=NOW)


async def test_the_page_shows_who_it_is_and_why(
    room: httpx2.AsyncClient, encounter_id: UUID
) -> None:
    page = await room.get(f"/consultations/{encounter_id}")

    assert page.status_code == 200
    assert "<title>Consultation – Openconsult</title>" in page.text
    words = ("Kim Young, 46", "Born 17 May 1980", "A long cough", "9am to 9:15am")
    assert all(each in page.text for each in words)


async def test_opening_it_is_on_record(
    room: httpx2.AsyncClient, encounter_id: UUID, clinic: Clinic
) -> None:
    await room.get(f"/consultations/{encounter_id}")

    async with clinic.database.transaction(clinic.actor) as session:
        events = await session.scalars(
            select(AuditEvent.what).where(
                AuditEvent.patient_id == clinic.patient_id, AuditEvent.action == "R"
            )
        )
    assert {"Opened a patient", "read Notes"} <= set(events)


async def test_a_note_is_kept_as_typed_and_found_after_a_reload(
    room: httpx2.AsyncClient, encounter_id: UUID
) -> None:
    note = {"note_id": str(uuid4()), "version": "", "text": "Cough"}
    first = await room.post(f"/consultations/{encounter_id}/note", data=note)
    note |= {"version": str(first.json()["version"]), "text": "Cough for 3 weeks"}
    second = await room.post(f"/consultations/{encounter_id}/note", data=note)
    page = await room.get(f"/consultations/{encounter_id}")

    assert (first.status_code, second.status_code) == (200, 200)
    assert ">Cough for 3 weeks</textarea>" in page.text
    assert f'data-version="{second.json()["version"]}"' in page.text


async def test_a_first_save_whose_answer_was_lost_may_be_repeated(
    room: httpx2.AsyncClient, encounter_id: UUID
) -> None:
    note = {"note_id": str(uuid4()), "version": "", "text": "Cough"}
    await room.post(f"/consultations/{encounter_id}/note", data=note)

    again = await room.post(
        f"/consultations/{encounter_id}/note", data={**note, "text": "Cough, dry"}
    )

    assert again.status_code == 200
    assert "Cough, dry" in (await room.get(f"/consultations/{encounter_id}")).text


async def test_another_window_is_not_overwritten(
    room: httpx2.AsyncClient, encounter_id: UUID
) -> None:
    note = {"note_id": str(uuid4()), "version": "", "text": "Cough"}
    await room.post(f"/consultations/{encounter_id}/note", data=note)

    stale = await room.post(
        f"/consultations/{encounter_id}/note", data={**note, "version": "9", "text": "Other"}
    )

    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [("heart-rate", "88", "<strong>88</strong>"), ("consciousness", "C", "New confusion")],
)
async def test_a_measurement_appears_in_the_list(
    room: httpx2.AsyncClient, encounter_id: UUID, code: str, value: str, shown: str
) -> None:
    typed = {"id": str(uuid4()), "code": code, "value": value}

    added, again = [
        await room.post(f"/consultations/{encounter_id}/observations", data=typed) for _ in range(2)
    ]
    listed = await room.get(f"/fragments/consultations/{encounter_id}/observations")
    stored = await room.get(f"/api/v1/encounters/{encounter_id}/observations")

    assert added.status_code == 201
    assert again.json() == added.json() == {"id": typed["id"]}
    assert [each["id"] for each in stored.json()["items"]] == [typed["id"]]
    assert shown in listed.text


@pytest.mark.parametrize("value", ["fast", "", "9000", "nan"])
async def test_a_value_no_body_has_is_refused_in_words(
    room: httpx2.AsyncClient, encounter_id: UUID, value: str
) -> None:
    refused = await room.post(
        f"/consultations/{encounter_id}/observations",
        data={"id": str(uuid4()), "code": "heart-rate", "value": value},
        headers={"Accept": "*/*"},
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["detail"]


async def test_a_guests_link_is_given_once(room: httpx2.AsyncClient, encounter_id: UUID) -> None:
    guest = {"id": str(uuid4()), "name": "Ana Silva", "role_label": "Interpreter"}

    made = await room.post(f"/consultations/{encounter_id}/links", data=guest)

    assert made.status_code == 201
    assert made.json()["url"].startswith("http://127.0.0.1:8000/join#")


async def test_finishing_leads_back_to_today_and_can_be_looked_at(
    room: httpx2.AsyncClient, clinic: Clinic, doctor: Principal, encounter_id: UUID
) -> None:
    await begin(clinic, doctor, encounter_id)

    done = await room.post(
        f"/consultations/{encounter_id}/finish",
        data={"outcome": "prescription", "summary": "Antibiotics for 5 days"},
    )
    page = await room.get(f"/consultations/{encounter_id}")

    assert done.json() == {"next": "/today"}
    assert "Antibiotics for 5 days" in page.text
    assert "Prescription" in page.text
    assert "data-stage" not in page.text


async def test_what_never_began_is_not_finished(
    room: httpx2.AsyncClient, encounter_id: UUID
) -> None:
    refused = await room.post(
        f"/consultations/{encounter_id}/finish",
        data={"outcome": "advice"},
        headers={"Accept": "*/*"},
    )

    assert refused.status_code == 409


async def test_schedulers_do_not_open_consultations(
    room: httpx2.AsyncClient, encounter_id: UUID
) -> None:
    page = await room.get(f"/consultations/{encounter_id}", headers={"X-Acting": "desk"})

    assert page.status_code == 403


async def test_another_organisations_consultation_is_not_there(
    room: httpx2.AsyncClient, clinic: Clinic
) -> None:
    other = await open_clinic(clinic.database, "A81002")
    async with clinic.database.transaction(other.actor) as session:
        wanted = scheduling.Wanted(other.service_id, other.doctor_id, at(9))
        details = scheduling.Details(other.patient_id)
        await scheduling.book(session, wanted, details, now=NOW)
        foreign = await session.scalar(select(Encounter.id))

    page = await room.get(f"/consultations/{foreign}")

    assert page.status_code == 404
