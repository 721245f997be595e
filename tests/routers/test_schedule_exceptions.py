"""Schedule exceptions over HTTP, and the slots that go, come or change hands."""

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key
from tests.routers.test_schedules import book

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/schedule-exceptions"


def closed(clinic: Clinic, **other: object) -> dict[str, object]:
    return {
        "kind": "closed",
        "day": "2026-11-23",
        "practitioner_id": str(clinic.doctor_id),
        **other,
    }


async def morning(desk: httpx2.AsyncClient, practitioner_id: object) -> int:
    asked = {
        "start": at(9).isoformat(),
        "end": at(12).isoformat(),
        "practitioner_id": str(practitioner_id),
        "limit": "100",
    }
    return len((await desk.get("/api/v1/slots", params=asked)).json()["items"])


async def test_entered_changed_and_removed(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    added = await desk.post(PATH, json=closed(clinic), headers=key())
    where = added.headers["location"]
    slots = [await morning(desk, clinic.doctor_id)]
    changed = await desk.put(
        where,
        json=closed(clinic, start_time="09:00", end_time="10:00"),
        headers={"If-Match": added.headers["etag"]},
    )
    slots.append(await morning(desk, clinic.doctor_id))
    read = await desk.get(where)
    removed = await desk.delete(where, headers={"If-Match": changed.headers["etag"]})
    slots.append(await morning(desk, clinic.doctor_id))
    gone = await desk.get(where)

    assert (added.status_code, added.json()["kind"]) == (201, "closed")
    assert read.json() == changed.json()
    assert (removed.status_code, gone.status_code) == (204, 404)
    assert slots == [0, 8, 12]


async def test_a_swap_hands_the_slots_over(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    both = closed(clinic, practitioner_id=str(clinic.second_doctor_id))
    await desk.post(PATH, json=both, headers=key())
    swap = {
        "kind": "swapped",
        "day": "2026-11-23",
        "schedule_id": str(clinic.schedule_id),
        "colleague_id": str(clinic.second_doctor_id),
    }
    away = await morning(desk, clinic.second_doctor_id)
    removed = (await desk.get(PATH)).json()["items"][0]
    await desk.delete(f"{PATH}/{removed['id']}", headers={"If-Match": '"1"'})

    added = await desk.post(PATH, json=swap, headers=key())

    assert added.json()["practitioner_id"] == str(clinic.doctor_id)
    assert away == 0
    assert await morning(desk, clinic.doctor_id) == 0
    assert await morning(desk, clinic.second_doctor_id) == 12


async def test_a_closure_that_would_orphan_a_booking_names_it_and_can_keep_it(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    booked = await book(desk, clinic)

    effect = await desk.post(f"{PATH}/preview", json=closed(clinic))
    refused = await desk.post(PATH, json=closed(clinic), headers=key())
    kept = await desk.post(PATH, json=closed(clinic, keep_bookings=True), headers=key())

    assert [one["id"] for one in effect.json()["affected"]] == [booked["id"]]
    assert (refused.status_code, kept.status_code) == (409, 201)


async def test_lists_by_day_and_practitioner(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    for day in ("2026-11-25", "2026-11-24"):
        await desk.post(PATH, json=closed(clinic, day=day), headers=key())
    await desk.post(
        PATH, json=closed(clinic, practitioner_id=str(clinic.second_doctor_id)), headers=key()
    )

    asked = {"practitioner_id": str(clinic.doctor_id), "first_day": "2026-11-24", "limit": "1"}
    first = (await desk.get(PATH, params=asked)).json()
    second = (await desk.get(PATH, params={**asked, "cursor": first["next"]})).json()

    days = [item["day"] for page in (first, second) for item in page["items"]]
    assert days == ["2026-11-24", "2026-11-25"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "moved"}, "kind"),
        ({"practitioner_id": None}, "practitioner_id"),
        ({"start_time": "09:00"}, "end_time"),
        ({"start_time": "09:00", "end_time": "09:00"}, "end_time"),
        ({"kind": "swapped"}, "colleague_id"),
        ({"kind": "extra"}, "schedule_id"),
    ],
)
async def test_nonsense_names_its_field(
    desk: httpx2.AsyncClient, clinic: Clinic, wrong: dict[str, object], field: str
) -> None:
    refused = await desk.post(PATH, json=closed(clinic, **wrong), headers=key())

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
