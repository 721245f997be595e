"""Booking over HTTP, from free slot to cancellation, and what a repeat gets."""

from datetime import datetime
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select, text

from app.database import Database
from app.models import Occupancy, Schedule
from tests.clinic import Clinic, at, open_clinic
from tests.routers.bodies import key, place
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_from_a_free_slot_to_a_cancelled_appointment(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    found = await desk.get(
        "/api/v1/slots",
        params={
            "service_id": str(clinic.service_id),
            "practitioner_id": str(clinic.doctor_id),
            "start": at(0, day=20).isoformat(),
            "end": at(0, day=21).isoformat(),
        },
    )
    slot = found.json()["items"][0]
    held = await desk.post(
        "/api/v1/holds", json=place(clinic, datetime.fromisoformat(slot["start"])), headers=key()
    )
    booked = await desk.post(
        "/api/v1/appointments",
        json={"hold_id": held.json()["id"], "patient_id": str(clinic.patient_id)},
        headers=key(),
    )
    moved = await desk.post(
        f"{booked.headers['location']}/reschedule",
        json=place(clinic, at(11, day=20)),
        headers={**key(), "If-Match": booked.headers["etag"]},
    )
    arrived = await desk.post(
        f"{booked.headers['location']}/status",
        json={"status": "arrived"},
        headers={**key(), "If-Match": moved.headers["etag"]},
    )
    back = await desk.post(
        f"{booked.headers['location']}/status",
        json={"status": "booked"},
        headers={**key(), "If-Match": arrived.headers["etag"]},
    )
    cancelled = await desk.post(
        f"{booked.headers['location']}/cancel",
        json={"code": "patient", "reason": "Feels better"},
        headers={**key(), "If-Match": back.headers["etag"]},
    )
    read = await desk.get(booked.headers["location"])

    assert slot["start"] == "2026-11-20T09:00:00Z"
    assert held.status_code == 201
    assert booked.status_code == 201
    assert booked.json()["join_url"].startswith("http://127.0.0.1:8000/join#")
    assert (moved.status_code, moved.json()["start"]) == (200, "2026-11-20T11:00:00Z")
    assert (arrived.status_code, back.status_code) == (200, 200)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert cancelled.json()["cancellation_code"] == "patient"
    assert (cancelled.json()["sequence"], booked.json()["sequence"]) == (2, 0)
    assert read.json() == cancelled.json()
    assert "join_url" not in read.json()


@pytest.mark.parametrize("said", ["start", "practitioner_id", "with_ids"])
async def test_what_a_hold_says_is_not_said_otherwise(
    desk: httpx2.AsyncClient, clinic: Clinic, said: str
) -> None:
    held = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())
    otherwise = place(clinic, at(10)) | {"with_ids": [str(clinic.second_doctor_id)]}
    body = {"hold_id": held.json()["id"], "patient_id": str(clinic.patient_id)}

    refused = await desk.post(
        "/api/v1/appointments", json={**body, said: otherwise[said]}, headers=key()
    )
    booked = await desk.post("/api/v1/appointments", json=body, headers=key())

    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]] == [said]
    assert booked.status_code == 201


async def test_an_arrival_days_before_the_appointment_is_refused(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    later = await booked(desk, clinic)

    refused = await desk.post(
        f"{later.headers['location']}/status",
        json={"status": "arrived"},
        headers={**key(), "If-Match": later.headers["etag"]},
    )
    read = await desk.get(later.headers["location"])

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert "on the day of the appointment" in refused.json()["detail"]
    assert read.json()["status"] == "booked"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"start": "2026-11-23T09:00:00"}, "start"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2026"}, "start"),
        ({"start": 1795424400}, "start"),
        ({"start": "2026-11-19T09:00:00Z"}, "start"),
        ({"start": "0001-01-01T00:00:00+05:00"}, "start"),
        ({"start": "9999-12-31T23:59:59Z"}, "start"),
        ({"end": "2026-11-23T08:00:00Z"}, "end"),
        ({"end": "2026-11-23T09:00:00Z"}, "end"),
        ({"end": "2026-11-24T09:00:00Z"}, "end"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"reason": "x" * 4001}, "reason"),
        ({"reason": "\x00"}, "reason"),
        ({"patient_id": "nobody"}, "patient_id"),
        ({"colour": "red"}, "colour"),
        ({"service_id": None}, "service_id"),
        ({"practitioner_id": None}, "practitioner_id"),
        ({"start": None}, "start"),
    ],
)
async def test_bad_input_names_its_field(
    desk: httpx2.AsyncClient, clinic: Clinic, wrong: dict[str, object], field: str
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id)) | wrong

    refused = await desk.post("/api/v1/appointments", json=asked, headers=key())

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ("cancel", {}),
        ("status", {"status": "arrived"}),
        ("link", None),
        ("reschedule", "place"),
    ],
)
async def test_a_change_needs_the_version_that_was_read_and_a_key(
    desk: httpx2.AsyncClient, clinic: Clinic, change: str, body: object
) -> None:
    where = (await booked(desk, clinic, at(9, day=20))).headers["location"]
    asked = place(clinic, at(11)) if body == "place" else body

    missing = await desk.post(f"{where}/{change}", json=asked, headers=key())
    stale = await desk.post(f"{where}/{change}", json=asked, headers={**key(), "If-Match": '"7"'})
    keyless = await desk.post(f"{where}/{change}", json=asked, headers={"If-Match": '"1"'})
    done = await desk.post(f"{where}/{change}", json=asked, headers={**key(), "If-Match": '"1"'})
    late = await desk.post(f"{where}/{change}", json=asked, headers={**key(), "If-Match": '"1"'})

    assert (missing.status_code, stale.status_code, keyless.status_code) == (428, 412, 400)
    assert done.status_code < 300
    assert late.status_code == 412


async def test_what_was_read_already_is_not_sent_again(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    made = await booked(desk, clinic)

    same = await desk.get(
        made.headers["location"], headers={"If-None-Match": f"W/{made.headers['etag']}"}
    )
    other = await desk.get(made.headers["location"], headers={"If-None-Match": '"9"'})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"1"')
    assert other.status_code == 200


async def test_the_channel_says_which_schedule_is_meant(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        video = await session.get_one(Schedule, clinic.schedule_id)
        columns = [each.key for each in Schedule.__table__.columns if each.computed is None]
        values = {key: getattr(video, key) for key in columns}
        by_phone = values | {"id": uuid4(), "channel": "telephone", "buffer_after_minutes": 10}
        session.add(Schedule(**by_phone))
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id), channel="telephone")

    booked = await desk.post("/api/v1/appointments", json=asked, headers=key())

    assert (booked.status_code, booked.json()["channel"]) == (201, "telephone")
    async with clinic.database.transaction(clinic.actor) as session:
        during = await session.scalar(
            select(Occupancy.during).where(Occupancy.actor_id == clinic.doctor_id)
        )
    assert during is not None
    assert during.upper == at(9, 25)


async def test_another_channel_than_the_schedules_is_how_it_is_held(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id), channel="telephone")

    booked = await desk.post("/api/v1/appointments", json=asked, headers=key())

    assert (booked.status_code, booked.json()["channel"]) == (201, "telephone")
    assert booked.json()["outside_schedule"] is False


async def booked(
    desk: httpx2.AsyncClient, clinic: Clinic, start: datetime | None = None
) -> httpx2.Response:
    asked = place(clinic, start or at(9), patient_id=str(clinic.patient_id))
    return await desk.post("/api/v1/appointments", json=asked, headers=key())


async def test_pages_of_appointments_follow_each_other(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    for start in (at(9), at(9, 15), at(9, 30)):
        asked = place(clinic, start, patient_id=str(clinic.patient_id))
        await desk.post("/api/v1/appointments", json=asked, headers=key())

    first = (await desk.get("/api/v1/appointments", params={"limit": 2})).json()
    second = (
        await desk.get("/api/v1/appointments", params={"limit": 2, "cursor": first["next"]})
    ).json()

    assert [item["start"] for page in (first, second) for item in page["items"]] == [
        "2026-11-23T09:00:00Z",
        "2026-11-23T09:15:00Z",
        "2026-11-23T09:30:00Z",
    ]
    assert second["next"] is None


async def test_appointments_are_filtered(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    for start in (at(9), at(10)):
        asked = place(clinic, start, patient_id=str(clinic.patient_id))
        await desk.post("/api/v1/appointments", json=asked, headers=key())

    async def count(**filters: str) -> int:
        answer = await desk.get("/api/v1/appointments", params=filters)
        return len(answer.json()["items"])

    assert await count(practitioner_id=str(clinic.doctor_id)) == 2
    assert await count(practitioner_id=str(clinic.second_doctor_id)) == 0
    assert await count(patient_id=str(clinic.second_patient_id)) == 0
    assert await count(status="booked") == 2
    assert await count(start=at(9, 30).isoformat()) == 1
    assert await count(end=at(9, 30).isoformat()) == 1


async def test_another_organisations_appointment_is_not_found(
    desk: httpx2.AsyncClient, clinic: Clinic, clinic_url: str
) -> None:
    other = await open_clinic(clinic.database)
    async with client(service(clinic_url, People(them=other.scheduler)), "them") as them:
        asked = place(other, at(9), patient_id=str(other.patient_id))
        theirs = await them.post("/api/v1/appointments", json=asked, headers=key())

    assert (await desk.get(theirs.headers["location"])).status_code == 404


@pytest.mark.parametrize(
    ("acting", "status"),
    [("nobody", 401), ("patient", 403), ("visitor", 403), ("system", 200), ("office", 200)],
)
async def test_staff_and_booking_systems_only(
    desk: httpx2.AsyncClient, acting: str, status: int
) -> None:
    answer = await desk.get("/api/v1/appointments", headers={ACTING: acting})

    assert answer.status_code == status


REFUSE_COMMIT = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'at commit'; END $$",
    "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON appointment"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
)
ALLOW_COMMIT = ("DROP TRIGGER refuse ON appointment",)


async def as_owner(clinic_url: str, statements: tuple[str, ...]) -> None:
    owner = Database(clinic_url, pool_size=1, runtime_role=None)
    async with owner.transaction() as session:
        for statement in statements:
            await session.execute(text(statement))
    await owner.close()


async def test_a_commit_that_fails_is_no_success(
    desk: httpx2.AsyncClient, clinic: Clinic, clinic_url: str
) -> None:
    asked = place(clinic, at(9), patient_id=str(clinic.patient_id))
    headers = key()

    await as_owner(clinic_url, REFUSE_COMMIT)
    failed = await desk.post("/api/v1/appointments", json=asked, headers=headers)
    await as_owner(clinic_url, ALLOW_COMMIT)
    repeated = await desk.post("/api/v1/appointments", json=asked, headers=headers)

    assert failed.status_code == 503
    assert repeated.status_code == 201
    assert "idempotency-replayed" not in repeated.headers


async def test_a_new_link_replaces_the_old_one(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    made = await booked(desk, clinic)

    renewed = await desk.post(
        f"{made.headers['location']}/link",
        headers={**key(), "If-Match": made.headers["etag"]},
    )

    stages = []
    for answer in (made, renewed):
        secret = answer.json()["join_url"].partition("/join#")[2]
        stages.append((await desk.post("/api/v1/join", json={"secret": secret})).status_code)
    assert renewed.status_code == 201
    assert stages == [410, 200]
