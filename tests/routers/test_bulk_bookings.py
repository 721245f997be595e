"""Many lines in one call: a result for each, in order; or all or nothing; repeated as it was."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key, place

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/appointments/bulk"
Line = dict[str, object]
CANCEL: Line = {"action": "cancel", "appointment_id": str(uuid4()), "version": 1}


def booking(clinic: Clinic, hour: int, minute: int = 0, **more: object) -> Line:
    return place(clinic, at(hour, minute), patient_id=str(clinic.patient_id), action="book", **more)


async def send(
    desk: httpx2.AsyncClient, *lines: Line, headers: dict[str, str] | None = None, **more: object
) -> httpx2.Response:
    return await desk.post(PATH, json={"lines": lines, **more}, headers=headers or key())


async def stored(desk: httpx2.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.get("/api/v1/appointments", params=filters)).json()[
        "items"
    ]
    return items


async def test_each_line_has_its_result(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    first = (await send(desk, booking(clinic, 9), booking(clinic, 9, 30))).json()["results"]
    ids = [one["appointment"]["id"] for one in first]
    held = await desk.post("/api/v1/holds", json=place(clinic, at(11)), headers=key())

    answer = await send(
        desk,
        booking(clinic, 9),
        {"action": "cancel", "appointment_id": ids[0], "version": 1, "code": "rota"},
        booking(clinic, 9),
        {"action": "move", "appointment_id": ids[1], "version": 1, **place(clinic, at(10))},
        {"action": "cancel", "appointment_id": ids[1], "version": 1},
        booking(clinic, 9, 45) | {"start": None},
        {
            "action": "book",
            "hold_id": held.json()["id"],
            "patient_id": str(clinic.second_patient_id),
        },
    )

    results = answer.json()["results"]
    assert [one["status"] for one in results] == [409, 200, 201, 200, 412, 422, 201]
    assert (answer.json()["done"], answer.json()["refused"]) == (4, 3)
    assert results[0]["problem"]["type"] == "/problems/slot-not-free"
    assert results[0]["problem"]["next_free"]
    assert results[1]["appointment"]["cancellation_code"] == "rota"
    assert "/join#" in results[2]["appointment"]["join_url"]
    assert results[5]["problem"]["errors"][0]["field"] == "start"
    booked = await stored(desk, status="booked")
    assert [one["start"][11:16] for one in booked] == ["09:00", "10:00", "11:00"]


async def test_all_or_nothing_does_nothing_where_one_is_refused(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    refused = await send(
        desk, booking(clinic, 9), booking(clinic, 9, 5), booking(clinic, 10), all_or_nothing=True
    )
    before = await stored(desk)
    done = await send(desk, booking(clinic, 9), booking(clinic, 10), all_or_nothing=True)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/bulk-refused")
    assert refused.headers["content-type"] == "application/problem+json"
    assert [one["problem"] is None for one in refused.json()["results"]] == [True, False, True]
    assert "join_url" not in refused.text
    assert before == []
    assert (done.status_code, len(await stored(desk))) == (200, 2)


async def test_a_repeat_gives_the_same_results_byte_for_byte(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    headers = key()

    first = await send(desk, booking(clinic, 9), booking(clinic, 9), headers=headers)
    again = await send(desk, booking(clinic, 9), booking(clinic, 9), headers=headers)

    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await stored(desk)) == 1


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([], "lines"),
        ([CANCEL] * 101, "lines"),
        ([{"action": "dance"}], "lines.0"),
        ([{"action": "cancel", "version": 1}], "lines.0.cancel.appointment_id"),
    ],
)
async def test_what_is_no_line_is_named(
    desk: httpx2.AsyncClient, lines: list[Line], field: str
) -> None:
    refused = await send(desk, *lines)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


async def test_it_needs_a_key(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    refused = await desk.post(PATH, json={"lines": [booking(clinic, 9)]})

    assert refused.status_code == 400


async def test_bulks_in_opposite_orders_do_not_lock_each_other_out(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    lines = [
        booking(clinic, hour, minute, practitioner_id=str(doctor))
        for doctor in (clinic.doctor_id, clinic.second_doctor_id)
        for hour in (9, 10, 11)
        for minute in (0, 15)
    ]
    orders = [lines, lines[::-1], lines[6:] + lines[:6], lines[::-2] + lines[::2]]

    answers = await asyncio.gather(*(send(desk, *order) for order in orders))

    assert {answer.status_code for answer in answers} == {200}
    statuses = {one["status"] for answer in answers for one in answer.json()["results"]}
    assert statuses == {201, 409}
    assert len(await stored(desk)) == 6  # the one patient cannot be in two places
