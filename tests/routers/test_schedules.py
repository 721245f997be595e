"""Schedules over HTTP, and the slots that come of them."""

import httpx2
import pytest

from tests.clinic import Clinic, at

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
    added = await desk.post(PATH, json=rota(clinic))
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
    await desk.post(PATH, json=rota(clinic))

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
        ({"end_time": "13:00"}, "end_time"),
        ({"start_time": "14:00:30"}, "start_time"),
        ({"time_zone": "Europe/Camelot"}, "time_zone"),
        ({"weekdays": [8]}, "weekdays.0"),
    ],
)
async def test_nonsense_names_its_field(
    desk: httpx2.AsyncClient, clinic: Clinic, wrong: dict[str, object], field: str
) -> None:
    refused = await desk.post(PATH, json=rota(clinic, **wrong))

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
