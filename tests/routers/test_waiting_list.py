"""The waiting list over HTTP."""

from datetime import time

import httpx2
import pytest

from app.models import MessagingPolicy
from tests.clinic import Clinic, at
from tests.routers.bodies import key, place
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LIST = "/api/v1/waiting-list"


async def join(desk: httpx2.AsyncClient, clinic: Clinic, **more: object) -> httpx2.Response:
    """Somebody who can come so late that nobody but the test offers them anything."""
    body = {
        "earliest_day": "2027-06-01",
        "patient_id": str(clinic.patient_id),
        "service_id": str(clinic.service_id),
        **more,
    }
    return await desk.post(LIST, json=body, headers=key())


async def test_a_patient_joins_once(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    added = await join(desk, clinic, priority="soon", weekdays=[5, 1], language="cy")
    again = await join(desk, clinic)

    assert added.status_code == 201
    body = added.json()
    assert (body["status"], body["priority"], body["weekdays"]) == ("waiting", "soon", [1, 5])
    assert added.headers["etag"] == '"1"'
    assert (again.status_code, again.json()["type"]) == (409, "/problems/duplicate")
    read = await desk.get(added.headers["location"])
    assert read.json() == body
    assert read.headers["etag"] == '"1"'


async def test_joining_again_with_the_same_key_gives_the_same_answer(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    body = {
        "patient_id": str(clinic.patient_id),
        "service_id": str(clinic.service_id),
        "earliest_day": "2027-06-01",
    }
    once = key()

    first = await desk.post(LIST, json=body, headers=once)
    second = await desk.post(LIST, json=body, headers=once)

    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekdays.0", [8]),
        ("parts_of_day.0", ["night"]),
        ("language", "no language"),
        ("notice_minutes", -1),
        ("priority", "whenever"),
    ],
)
async def test_what_makes_no_sense_is_named(
    desk: httpx2.AsyncClient, clinic: Clinic, field: str, value: object
) -> None:
    refused = await join(desk, clinic, **{field.split(".", maxsplit=1)[0]: value})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_the_queue_comes_in_pages_in_the_order_of_asking(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    first = (await join(desk, clinic)).json()
    urgent = (
        await join(desk, clinic, patient_id=str(clinic.second_patient_id), priority="urgent")
    ).json()

    page = (await desk.get(LIST, params={"limit": 1})).json()
    rest = (await desk.get(LIST, params={"limit": 1, "cursor": page["next"]})).json()

    assert [item["id"] for item in page["items"] + rest["items"]] == [urgent["id"], first["id"]]
    assert rest["next"] is None
    narrowed = await desk.get(LIST, params={"priority": "routine"})
    assert [item["id"] for item in narrowed.json()["items"]] == [first["id"]]


async def test_a_change_needs_the_version_that_was_read(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    there = (await join(desk, clinic)).headers["location"]
    wish = {"priority": "urgent", "latest_day": "2027-06-30"}

    statuses = [
        (await desk.patch(there, json=wish, headers=headers)).status_code
        for headers in ({}, {"If-Match": '"7"'}, {"If-Match": '"1"'})
    ]

    assert statuses == [428, 412, 200]
    changed = (await desk.get(there)).json()
    assert (changed["priority"], changed["latest_day"], changed["version"]) == (
        "urgent",
        "2027-06-30",
        2,
    )


async def test_who_is_withdrawn_leaves_the_queue(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    there = (await join(desk, clinic)).headers["location"]

    withdrawn = await desk.post(f"{there}/withdraw", headers=key() | {"If-Match": '"1"'})
    again = await desk.post(f"{there}/withdraw", headers=key() | {"If-Match": '"2"'})

    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert again.status_code == 409
    assert (await desk.get(LIST)).json()["items"] == []


async def test_the_desk_offers_a_time_and_it_is_held(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    there = (await join(desk, clinic)).headers["location"]

    offered = await desk.post(
        f"{there}/offer", json=place(clinic, at(9)), headers={**key(), "If-Match": '"1"'}
    )
    taken = await desk.post("/api/v1/holds", json=place(clinic, at(9)), headers=key())

    assert offered.status_code == 201
    assert offered.json()["expires_at"] == "2026-11-20T08:30:00Z"
    assert offered.headers["location"].startswith("/api/v1/waiting-list-offers/")
    assert taken.status_code == 409
    assert (await desk.get(there)).json()["status"] == "offered"


async def test_an_offer_made_by_hand_does_not_run_out_in_the_quiet_hours(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        session.add(
            MessagingPolicy(
                organization_id=clinic.organization_id,
                reminder_minutes=[],
                quiet_from=time(7),
                quiet_to=time(10),
            )
        )
    there = (await join(desk, clinic)).headers["location"]

    offered = await desk.post(
        f"{there}/offer", json=place(clinic, at(9)), headers={**key(), "If-Match": '"1"'}
    )

    assert offered.json()["expires_at"] == "2026-11-20T10:30:00Z"


async def test_the_desk_books_for_who_has_rung(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    there = (await join(desk, clinic)).headers["location"]

    booked = await desk.post(
        f"{there}/book", json=place(clinic, at(9)), headers={**key(), "If-Match": '"1"'}
    )

    assert booked.status_code == 201
    assert booked.json()["join_url"].startswith("http")
    entry = (await desk.get(there)).json()
    assert (entry["status"], entry["appointment_id"]) == ("booked", booked.json()["id"])


async def test_the_list_is_for_staff_and_booking_systems(
    desk: httpx2.AsyncClient,
) -> None:
    for acting, status in (("nobody", 401), ("patient", 403), ("visitor", 403), ("system", 200)):
        assert (await desk.get(LIST, headers={ACTING: acting})).status_code == status
