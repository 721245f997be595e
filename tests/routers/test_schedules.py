"""Schedules over HTTP, and the slots that come of them."""

from uuid import uuid4

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/schedules"


def rota(clinic: Clinic, **other: object) -> dict[str, object]:
    return {
        "practitioner_id": str(clinic.doctor_id),
        "service_id": str(clinic.service_id),
        "weekdays": [1],
        "start_time": "14:00",
        "end_time": "15:00",
        "valid_from": "2026-11-23",
        **other,
    }


async def afternoon(desk: httpx2.AsyncClient) -> int:
    found = await desk.get(
        "/api/v1/slots", params={"start": at(13).isoformat(), "end": at(18).isoformat()}
    )
    return len(found.json()["items"])


async def test_entered_replaced_and_ended(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    added = await desk.post(PATH, json=rota(clinic), headers=key())
    where = added.headers["location"]
    slots = [await afternoon(desk)]
    replaced = await desk.put(
        where, json=rota(clinic, end_time="14:30"), headers={"If-Match": added.headers["etag"]}
    )
    slots.append(await afternoon(desk))
    read = await desk.get(where)
    ended = await desk.delete(where, headers={"If-Match": replaced.headers["etag"]})
    slots.append(await afternoon(desk))
    gone = await desk.get(where)

    assert (added.status_code, added.json()["start_time"]) == (201, "14:00")
    assert read.json() == replaced.json()
    assert (ended.status_code, gone.status_code) == (204, 404)
    assert slots == [4, 2, 0]


async def test_pages_follow_each_other(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    await desk.post(PATH, json=rota(clinic), headers=key())

    first = (await desk.get(f"{PATH}?limit=2")).json()
    second = (await desk.get(PATH, params={"limit": 2, "cursor": first["next"]})).json()

    assert [item["valid_from"] for page in (first, second) for item in page["items"]] == [
        "2026-01-01",
        "2026-01-01",
        "2026-11-23",
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"end_time": "14:00"}, "end_time"),
        ({"recurrence": "FREQ=DAILY"}, "recurrence"),
        ({"weekdays": None, "recurrence": "FREQ=SECONDLY"}, "recurrence"),
        ({"breaks": [["14:10", "14:70"]]}, "breaks.0.1"),
        ({"start_time": "14:00:30"}, "start_time"),
        ({"time_zone": "Europe/Camelot"}, "time_zone"),
        ({"weekdays": [8]}, "weekdays.0"),
    ],
)
async def test_nonsense_names_its_field(
    desk: httpx2.AsyncClient, clinic: Clinic, wrong: dict[str, object], field: str
) -> None:
    refused = await desk.post(PATH, json=rota(clinic, **wrong), headers=key())

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_a_rota_is_said_in_words(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    body = rota(clinic, recurrence="FREQ=MONTHLY;BYDAY=-1FR", channel="telephone")
    del body["weekdays"]

    added = (await desk.post(PATH, json=body, headers=key())).json()

    assert added["recurrence"] == "FREQ=MONTHLY;BYDAY=-1FR"
    assert added["words"] == (
        "The last Friday of every month, 2pm to 3pm, 15-minute telephone appointments,"
        " from 23 November 2026"
    )


async def test_a_preview_saves_nothing(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    plan = await desk.post(f"{PATH}/preview?weeks=1", json=rota(clinic))

    assert plan.status_code == 200
    assert [(day["day"], day["slots"]) for day in plan.json()["days"]] == [("2026-11-23", 4)]
    assert [day["clock_change"] for day in plan.json()["clock_changes"]] == [60, -60]
    assert len((await desk.get(PATH)).json()["items"]) == 2


async def test_a_change_that_would_orphan_a_booking_names_it_and_can_keep_it(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    booked = await book(desk, clinic)
    where = f"{PATH}/{clinic.schedule_id}"
    body = rota(clinic)

    plan = await desk.post(f"{where}/preview", json=body)
    refused = await desk.put(where, json=body, headers={"If-Match": '"1"'})
    kept = await desk.put(where, json={**body, "keep_bookings": True}, headers={"If-Match": '"1"'})
    read = await desk.get(f"/api/v1/appointments/{booked['id']}")

    assert [one["id"] for one in plan.json()["affected"]] == [booked["id"]]
    assert (refused.status_code, refused.json()["affected"]) == (409, 1)
    assert refused.json()["type"].endswith("bookings-affected")
    assert refused.json()["bookings"] == [
        {
            "id": booked["id"],
            "start": at(9).isoformat(),
            "practitioner_id": str(clinic.doctor_id),
        }
    ]
    assert kept.status_code == 200
    assert read.headers["etag"] == '"2"'


async def test_ending_a_schedule_asks_about_its_bookings_too(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await book(desk, clinic)
    where = f"{PATH}/{clinic.schedule_id}"

    refused = await desk.delete(where, headers={"If-Match": '"1"'})
    ended = await desk.delete(f"{where}?keep_bookings=true", headers={"If-Match": '"1"'})

    assert (refused.status_code, ended.status_code) == (409, 204)


async def book(desk: httpx2.AsyncClient, clinic: Clinic) -> dict[str, str]:
    body = {
        "service_id": str(clinic.service_id),
        "practitioner_id": str(clinic.doctor_id),
        "patient_id": str(clinic.patient_id),
        "start": at(9).isoformat(),
    }
    headers = {"Idempotency-Key": uuid4().hex}
    booked = await desk.post("/api/v1/appointments", json=body, headers=headers)
    found: dict[str, str] = booked.json()
    return found
