"""Changes of the directory are in the event stream, without anything personal."""

from datetime import date, time

import pytest
from sqlalchemy import select

from app import directory
from app.directory import (
    LocationChanges,
    NewLocation,
    NewPatient,
    NewPractitioner,
    NewRole,
    NewService,
    PatientChanges,
    PractitionerChanges,
    ServiceChanges,
)
from app.models import OutboxEvent
from tests.clinic import Clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_every_deed_is_told_by_id_and_state_alone(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        new = NewPatient(given_name="Kim", family_name="Secret", birth_date=date(1990, 1, 2))
        patient = await directory.register_patient(session, new)
        await directory.change_patient(
            session, patient.id, PatientChanges(phone="01632 960001"), version=1
        )
        person = NewPractitioner(given_name="Kim", family_name="Secret")
        entry = await directory.add_practitioner(session, person)
        who = entry.practitioner.id
        gone = PractitionerChanges(active=False)
        await directory.change_practitioner(session, who, gone, version=1)
        await directory.add_role(session, who, NewRole(role="scheduler"))
        service = await directory.add_service(
            session, NewService(name="Secret", specialty="urology")
        )
        late = ServiceChanges(change_cutoff_time=time(9))
        await directory.change_service(session, service.id, late, version=1)
        room = await directory.add_location(session, NewLocation(name="Secret"))
        shut = LocationChanges(active=False)
        await directory.change_location(session, room.id, shut, version=1)
        told = (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()

    ours = clinic.organization_id
    assert [(each.event, each.resource_id, each.payload) for each in told] == [
        ("patient.registered", patient.id, {"version": 1}),
        ("patient.changed", patient.id, {"version": 2}),
        ("practitioner.added", who, {"version": 1, "status": "active"}),
        ("practitioner.changed", who, {"version": 2, "status": "inactive"}),
        ("practitioner.changed", who, {"version": 2, "status": "inactive"}),
        ("service.added", service.id, {"version": 1, "status": "active"}),
        ("service.changed", service.id, {"version": 2, "status": "active"}),
        ("location.added", room.id, {"version": 1, "status": "active"}),
        ("location.changed", room.id, {"version": 2, "status": "inactive"}),
    ]
    assert {tuple(each.audience) for each in told} == {
        (f"administrator@{ours}", f"scheduler@{ours}")
    }
