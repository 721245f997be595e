"""Free times across organisations: found and booked where it is agreed, and nothing else seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from app import scheduling
from app.models import Appointment, AuditEvent, HealthcareService, OutboxEvent, Patient
from app.scheduling import Details, Wanted
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.routers.bodies import key
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
AGREEMENTS = "/api/v1/sharing-agreements"
SHARED = "/api/v1/appointments/shared"
OFFICE = {ACTING: "owner_office"}
OWNER = {ACTING: "owner"}
KIM = {
    "nhs_number": "9990000018",
    "given_name": "Kim",
    "family_name": "Larch",
    "birth_date": "1980-05-17",
    "phone": "01632 960001",
}


@dataclass(frozen=True)
class Houses:
    """Two organisations, the partner's desk, and the owner as whoever a header says."""

    owner: Clinic
    partner: Clinic
    http: httpx2.AsyncClient

    async def offer(self, **more: object) -> httpx2.Response:
        body = {"partner_organization_id": str(self.partner.organization_id), **more}
        return await self.http.post(AGREEMENTS, json=body, headers=key() | OFFICE)

    async def slots(self, **more: str) -> dict[str, Any]:
        asked = {"start": at(0).isoformat(), "end": at(0, day=24).isoformat(), "shared": "true"}
        found = await self.http.get("/api/v1/slots", params=asked | more)
        answer: dict[str, Any] = found.json()
        return answer

    async def book(self, hour: int = 9, **more: object) -> httpx2.Response:
        body = {
            "organization_id": str(self.owner.organization_id),
            "service_id": str(self.owner.service_id),
            "practitioner_id": str(self.owner.doctor_id),
            "start": at(hour).isoformat(),
            "patient": KIM,
        }
        return await self.http.post(SHARED, json=body | more, headers=key())


@pytest.fixture
async def houses(clinic: Clinic, clinic_url: str) -> AsyncIterator[Houses]:
    owner = await open_clinic(clinic.database)
    office = replace(owner.scheduler, roles=frozenset({"administrator"}))
    people = People(
        partner=clinic.scheduler,
        partner_office=replace(clinic.scheduler, roles=frozenset({"administrator"})),
        owner=owner.scheduler,
        owner_office=office,
    )
    async with client(service(clinic_url, people), "partner") as http:
        yield Houses(owner, clinic, http)


async def test_what_is_shared_is_found_by_name_and_booked(houses: Houses) -> None:
    await houses.offer()

    found = await houses.slots()
    booked = await houses.book()
    read = await houses.http.get(booked.headers["location"])
    listed = await houses.http.get(SHARED)
    after = await houses.slots()

    assert found["items"][0]["offered_by"] == {
        "organization_id": str(houses.owner.organization_id),
        "organization": "High Street",
        "service": "GP appointment",
        "practitioner": found["items"][0]["offered_by"]["practitioner"],
    }
    assert booked.status_code == 201
    assert "/join#" in booked.json()["join_url"]
    assert read.status_code == 200
    assert listed.json()["items"] == [read.json()]
    assert "patient_id" not in read.json()
    taken = (str(houses.owner.doctor_id), "2026-11-23T09:00:00Z")
    assert taken in {(one["practitioner_id"], one["start"]) for one in found["items"]}
    assert taken not in {(one["practitioner_id"], one["start"]) for one in after["items"]}


async def test_pages_follow_each_other_over_all_partners(houses: Houses) -> None:
    third = await open_clinic(houses.owner.database)
    await houses.offer()
    async with third.database.transaction(third.actor) as session:
        agreed = scheduling.NewAgreement(partner_organization_id=houses.partner.organization_id)
        await scheduling.offer_sharing(session, agreed, now=NOW)

    whole = (await houses.slots(limit="100"))["items"]
    paged: list[dict[str, Any]] = []
    page = await houses.slots(limit="7")
    while page["next"]:
        paged += page["items"]
        page = await houses.slots(limit="7", cursor=page["next"])
    paged += page["items"]

    assert len(whole) == 2 * 2 * 12
    assert paged == whole
    assert {one["offered_by"]["organization_id"] for one in whole} == {
        str(third.organization_id),
        str(houses.owner.organization_id),
    }


async def test_both_sides_have_it_on_record(houses: Houses) -> None:
    await houses.offer()

    booked = (await houses.book()).json()

    for house, whose in ((houses.owner, houses.owner), (houses.partner, houses.partner)):
        async with house.database.transaction(whose.actor) as session:
            rows = await session.scalars(
                select(AuditEvent).where(
                    AuditEvent.resource_id == booked["id"], AuditEvent.action == "C"
                )
            )
            noted = rows.one()
        assert noted.agent_id == houses.partner.scheduler.subject
        assert (noted.patient_id is None) == (house is houses.partner)
    assert noted.what == "Booked an appointment at a partner"
    async with houses.owner.database.transaction(houses.owner.actor) as session:
        event = (
            await session.scalars(
                select(OutboxEvent).where(OutboxEvent.event == "appointment.booked")
            )
        ).one()
        known = (await session.scalars(select(AuditEvent.agent_name))).all()
    assert f"scheduler@{houses.partner.organization_id}" in event.audience
    assert "Sam Desk (High Street)" in known


async def test_a_patient_who_is_known_there_is_not_registered_again(houses: Houses) -> None:
    await houses.offer()
    await houses.book(9)
    await houses.book(10)
    mismatch = await houses.book(11, patient=KIM | {"birth_date": "1981-05-17"})

    async with houses.owner.database.transaction(houses.owner.actor) as session:
        known = (await session.scalars(select(Patient.nhs_number))).all()

    assert [number for number in known if number] == ["9990000018"]
    assert (mismatch.status_code, mismatch.json()["type"]) == (409, "/problems/patient-not-matched")
    assert "1980" not in mismatch.text
    assert "Larch" not in mismatch.text


async def test_who_booked_cancels_it_and_only_with_its_version(houses: Houses) -> None:
    offered = await houses.offer()
    booked = await houses.book()
    await houses.http.post(
        f"{offered.headers['location']}/end",
        headers=key() | OFFICE | {"If-Match": offered.headers["etag"]},
    )
    where = f"{booked.headers['location']}/cancel"

    blind = await houses.http.post(where, json={}, headers=key())
    stale = await houses.http.post(where, json={}, headers={**key(), "If-Match": '"8"'})
    done = await houses.http.post(
        where, json={"code": "patient"}, headers={**key(), "If-Match": booked.headers["etag"]}
    )

    assert (blind.status_code, stale.status_code, done.status_code) == (428, 412, 200)
    assert done.json()["status"] == "cancelled"


async def test_without_an_agreement_nothing_is_seen_or_booked(houses: Houses) -> None:
    found = await houses.slots()
    refused = await houses.book()

    assert found == {"items": [], "next": None}
    assert refused.status_code == 404
    async with houses.owner.database.transaction(houses.owner.actor) as session:
        assert (await session.scalars(select(Appointment.id))).all() == []


async def test_an_agreement_that_has_ended_or_not_begun_opens_nothing(houses: Houses) -> None:
    later = (NOW + timedelta(days=1)).isoformat()
    offered = await houses.offer(valid_from=later)
    early = (await houses.slots())["items"], (await houses.book()).status_code
    begun = await houses.http.patch(
        offered.headers["location"],
        json={"valid_from": (NOW - timedelta(days=1)).isoformat()},
        headers=OFFICE | {"If-Match": offered.headers["etag"]},
    )
    between = len((await houses.slots())["items"])
    await houses.http.post(
        f"{offered.headers['location']}/end",
        headers=key() | OFFICE | {"If-Match": begun.headers["etag"]},
    )
    after = (await houses.slots())["items"], (await houses.book()).status_code

    assert early == ([], 404)
    assert between > 0
    assert after == ([], 404)


async def test_another_service_than_the_one_agreed_stays_shut(houses: Houses) -> None:
    async with houses.owner.database.transaction(houses.owner.actor) as session:
        other = HealthcareService(
            organization_id=houses.owner.organization_id, name="Asthma", specialty="respiratory"
        )
        session.add(other)
        await session.flush()
    await houses.offer(service_id=str(other.id))

    assert (await houses.slots())["items"] == []
    assert (await houses.slots(service_id=str(houses.owner.service_id)))["items"] == []
    assert (await houses.book()).status_code == 404


async def test_the_other_direction_stays_shut(houses: Houses) -> None:
    await houses.offer()
    asked = {"start": at(0).isoformat(), "end": at(0, day=24).isoformat(), "shared": "true"}
    body = {
        "organization_id": str(houses.partner.organization_id),
        "service_id": str(houses.partner.service_id),
        "practitioner_id": str(houses.partner.doctor_id),
        "start": at(9).isoformat(),
        "patient": KIM,
    }

    found = await houses.http.get("/api/v1/slots", params=asked, headers=OWNER)
    refused = await houses.http.post(SHARED, json=body, headers={**OWNER, **key()})

    assert found.json()["items"] == []
    assert refused.status_code == 404


async def test_only_what_one_booked_is_seen(houses: Houses) -> None:
    await houses.offer()
    async with houses.owner.database.transaction(houses.owner.actor) as session:
        wanted = Wanted(houses.owner.service_id, houses.owner.doctor_id, at(9))
        details = Details(houses.owner.patient_id)
        theirs = (await scheduling.book(session, wanted, details, now=NOW)).appointment
    ours = await houses.book(10)

    for path in (f"{SHARED}/{theirs.id}", f"/api/v1/appointments/{theirs.id}"):
        assert (await houses.http.get(path)).status_code == 404
    cancelling = await houses.http.post(
        f"{SHARED}/{theirs.id}/cancel", json={}, headers={**key(), "If-Match": '"1"'}
    )
    as_own = await houses.http.get(f"/api/v1/appointments/{ours.json()['id']}")
    listed = await houses.http.get("/api/v1/appointments")

    assert cancelling.status_code == 404
    assert as_own.status_code == 404
    assert listed.json()["items"] == []


@pytest.mark.parametrize("change", ["reschedule", "cancel", "status"])
async def test_what_one_booked_is_changed_by_its_own_path_only(houses: Houses, change: str) -> None:
    await houses.offer()
    booked = await houses.book()
    bodies = {
        "reschedule": {
            "service_id": str(houses.partner.service_id),
            "practitioner_id": str(houses.partner.doctor_id),
            "start": at(11).isoformat(),
        },
        "cancel": {},
        "status": {"status": "arrived"},
    }

    refused = await houses.http.post(
        f"/api/v1/appointments/{booked.json()['id']}/{change}",
        json=bodies[change],
        headers={**key(), "If-Match": booked.headers["etag"]},
    )

    assert refused.status_code == 404


async def test_only_what_the_rota_offers_is_booked(houses: Houses) -> None:
    await houses.offer()

    outside = await houses.book(20)
    nobody = await houses.book(patient=KIM | {"nhs_number": None})
    taken = [await houses.book(9), await houses.book(9)]

    assert (outside.status_code, nobody.status_code) == (422, 422)
    assert nobody.json()["errors"][0]["field"] == "patient.nhs_number"
    assert [answer.status_code for answer in taken] == [201, 409]
