"""Calendars over HTTP."""

from uuid import uuid4

import httpx2
import pytest

from tests.clinic import Clinic
from tests.routers.bodies import key
from tests.routers.service import ACTING
from tests.scheduling.busy.calendars import calendar, event

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/busy-sources"
FILE = calendar(event("DTSTART:20261123T090000Z\nDURATION:PT1H")).decode()


async def added(desk: httpx2.AsyncClient, clinic: Clinic, **body: object) -> httpx2.Response:
    return await desk.post(
        PATH,
        json={"practitioner_id": str(clinic.doctor_id), "name": "Hospital", **body},
        headers={"Idempotency-Key": uuid4().hex},
    )


async def test_a_file_is_added_listed_and_removed(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    made = await added(desk, clinic, calendar=FILE)
    place, tag = made.headers["Location"], made.headers["ETag"]
    listed = await desk.get(PATH, params={"practitioner_id": str(clinic.doctor_id)})
    without = await desk.delete(place)
    removed = await desk.delete(place, headers={"If-Match": tag})

    assert made.status_code == 201
    assert made.json()["kind"] == "file"
    assert [item["id"] for item in listed.json()["items"]] == [made.json()["id"]]
    assert (without.status_code, removed.status_code) == (428, 204)
    assert (await desk.get(place)).status_code == 404


async def test_a_feed_does_not_show_its_address_again(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    made = await added(desk, clinic, url="https://8.8.8.8/secret.ics")
    read = await desk.get(made.headers["Location"])
    refreshed = await desk.post(f"{made.headers['Location']}/refresh", headers=key())

    assert "secret" not in made.text + read.text + refreshed.text
    assert (read.status_code, refreshed.status_code) == (200, 202)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"calendar": "hello"}, "calendar"),
        ({}, "body"),
        ({"url": "https://8.8.8.8/", "calendar": FILE}, "body"),
    ],
)
async def test_what_cannot_be_read_is_a_422(
    desk: httpx2.AsyncClient, clinic: Clinic, body: dict[str, str], field: str
) -> None:
    refused = await added(desk, clinic, **body)

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_bookings_that_overlap_are_named(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    booked = await desk.post(
        "/api/v1/appointments",
        json={
            "service_id": str(clinic.service_id),
            "practitioner_id": str(clinic.doctor_id),
            "patient_id": str(clinic.patient_id),
            "start": "2026-11-23T09:00:00Z",
        },
        headers={"Idempotency-Key": uuid4().hex},
    )
    made = await added(desk, clinic, calendar=FILE)
    overlaps = await desk.get(f"{made.headers['Location']}/overlaps")

    assert [item["id"] for item in overlaps.json()["items"]] == [booked.json()["id"]]


async def test_a_large_file_is_taken_and_one_beyond_bounds_is_not(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    padding = "X-PADDING:" + "x" * 60 + "\r\n"
    large = FILE.replace("END:VCALENDAR", padding * 25_000 + "END:VCALENDAR")

    taken = await added(desk, clinic, calendar=large)
    beyond = await added(desk, clinic, calendar=large * 4)

    assert taken.status_code == 201
    assert beyond.status_code == 422


async def test_patients_have_nothing_to_do_with_it(desk: httpx2.AsyncClient) -> None:
    assert (await desk.get(PATH, headers={ACTING: "patient"})).status_code == 403
