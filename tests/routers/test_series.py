"""Series over HTTP."""

import httpx2
import pytest

from tests.clinic import Clinic, at
from tests.routers.bodies import key, place
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SERIES = "/api/v1/series"


def body(clinic: Clinic, **more: object) -> dict[str, object]:
    """Four Mondays at ten."""
    return {
        "patient_id": str(clinic.patient_id),
        "service_id": str(clinic.service_id),
        "practitioner_id": str(clinic.doctor_id),
        "recurrence": "FREQ=WEEKLY;COUNT=4",
        "first_day": "2026-11-23",
        "wall_time": "10:00",
        **more,
    }


async def book(desk: httpx2.AsyncClient, clinic: Clinic, **more: object) -> httpx2.Response:
    return await desk.post(SERIES, json=body(clinic, **more), headers=key())


async def take(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    """Somebody has the second Monday."""
    taken = place(clinic, at(10, day=30), patient_id=str(clinic.second_patient_id))
    answer = await desk.post("/api/v1/appointments", json=taken, headers=key())
    assert answer.status_code == 201


async def test_a_preview_says_what_is_in_the_way_and_books_nothing(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await take(desk, clinic)

    shown = await desk.post(f"{SERIES}/preview", json=body(clinic))

    assert shown.status_code == 200
    occurrences = shown.json()["occurrences"]
    assert [each["problem"] for each in occurrences] == [None, "taken", None, None]
    assert occurrences[1]["alternatives"][0] == {
        "practitioner_id": str(clinic.doctor_id),
        "start": "2026-11-30T09:45:00Z",
        "end": "2026-11-30T10:00:00Z",
    }
    assert (await desk.get(SERIES)).json()["items"] == []


async def test_a_series_is_booked_with_a_link_for_each(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    booked = await book(desk, clinic)

    assert booked.status_code == 201
    results = booked.json()["results"]
    assert [each["outcome"] for each in results] == ["booked"] * 4
    assert len({each["join_url"] for each in results}) == 4
    assert results[1]["appointment"]["wall_start"] == "2026-11-30T10:00:00"
    read = await desk.get(booked.headers["location"])
    assert (read.headers["etag"], booked.headers["etag"]) == ('"1"', '"1"')
    assert [each["series_day"] for each in read.json()["occurrences"]] == [
        "2026-11-23",
        "2026-11-30",
        "2026-12-07",
        "2026-12-14",
    ]
    assert "join_url" not in read.text


async def test_the_same_call_again_books_nothing_twice(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    once = key()

    first = await desk.post(SERIES, json=body(clinic), headers=once)
    second = await desk.post(SERIES, json=body(clinic), headers=once)

    assert second.content == first.content
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_conflict_names_each_occurrence_with_other_times(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await take(desk, clinic)

    refused = await book(desk, clinic)

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/series-conflict"
    [problem] = refused.json()["occurrences"]
    assert (problem["day"], problem["problem"]) == ("2026-11-30", "taken")
    assert len(problem["alternatives"]) == 3


async def test_choices_take_another_time_or_leave_out(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await take(desk, clinic)
    choices = [
        {"day": "2026-11-30", "start": at(10, 15, day=30).isoformat()},
        {"day": "2026-12-07", "leave_out": True},
    ]

    booked = await book(desk, clinic, choices=choices)

    results = booked.json()["results"]
    assert [each["outcome"] for each in results] == ["booked", "booked", "left-out", "booked"]
    assert results[1]["wall_start"] == "2026-11-30T10:15:00"


async def test_skipping_books_the_rest(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    await take(desk, clinic)

    booked = await book(desk, clinic, on_conflict="skip")

    assert booked.status_code == 201
    outcomes = [each["outcome"] for each in booked.json()["results"]]
    assert outcomes == ["booked", "conflict", "booked", "booked"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recurrence", "FREQ=WEEKLY"),
        ("recurrence", "FREQ=HOURLY;COUNT=2"),
        ("wall_time", "10 o'clock"),
        ("time_zone", "Europe/Atlantis"),
        ("minutes", 1),
    ],
)
async def test_what_makes_no_sense_is_named(
    desk: httpx2.AsyncClient, clinic: Clinic, field: str, value: object
) -> None:
    refused = await book(desk, clinic, **{field: value})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_series_are_listed_for_a_patient(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    booked = (await book(desk, clinic)).json()

    mine = await desk.get(SERIES, params={"patient_id": str(clinic.patient_id)})
    theirs = await desk.get(SERIES, params={"patient_id": str(clinic.second_patient_id)})

    assert [each["id"] for each in mine.json()["items"]] == [booked["id"]]
    assert theirs.json()["items"] == []


async def test_this_and_following_move_and_the_series_is_split(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    there = (await book(desk, clinic)).headers["location"]
    wanted = {"scope": "following", "day": "2026-12-07", "to": {"wall_time": "11:00"}}

    moved = await desk.post(f"{there}/move", json=wanted, headers={**key(), "If-Match": '"1"'})

    assert moved.status_code == 200
    assert moved.headers["location"] != there
    assert [each["outcome"] for each in moved.json()["results"]] == ["changed", "changed"]
    rest = (await desk.get(moved.headers["location"])).json()
    assert [each["wall_start"] for each in rest["occurrences"]] == [
        "2026-12-07T11:00:00",
        "2026-12-14T11:00:00",
    ]
    assert (await desk.get(there)).json()["recurrence"] == "FREQ=WEEKLY;UNTIL=20261206"


async def test_a_move_that_conflicts_moves_nothing(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    there = (await book(desk, clinic, wall_time="11:00")).headers["location"]
    await take(desk, clinic)
    wanted = {"scope": "all", "to": {"wall_time": "10:00"}}

    refused = await desk.post(f"{there}/move", json=wanted, headers={**key(), "If-Match": '"1"'})
    skipped = await desk.post(
        f"{there}/move",
        json={**wanted, "on_conflict": "skip"},
        headers={**key(), "If-Match": '"1"'},
    )

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/series-conflict")
    outcomes = [(each["outcome"], each["problem"]) for each in skipped.json()["results"]]
    done = ("changed", None)
    assert outcomes == [done, ("conflict", "taken"), done, done]


async def test_one_or_all_are_cancelled(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    there = (await book(desk, clinic)).headers["location"]

    one = await desk.post(
        f"{there}/cancel",
        json={"scope": "this", "day": "2026-11-30", "code": "patient", "reason": "Away"},
        headers={**key(), "If-Match": '"1"'},
    )
    rest = await desk.post(
        f"{there}/cancel", json={"scope": "all"}, headers={**key(), "If-Match": '"2"'}
    )

    assert [each["appointment"]["status"] for each in one.json()["results"]] == ["cancelled"]
    assert [each["kept"] for each in rest.json()["results"]] == [None, "cancelled", None, None]
    assert rest.json()["status"] == "cancelled"


@pytest.mark.parametrize("deed", ["move", "cancel"])
async def test_a_change_needs_the_version_that_was_read(
    desk: httpx2.AsyncClient, clinic: Clinic, deed: str
) -> None:
    there = (await book(desk, clinic)).headers["location"]
    wanted: dict[str, object] = {"scope": "all"}
    if deed == "move":
        wanted["to"] = {"days": 1}

    missing = await desk.post(f"{there}/{deed}", json=wanted, headers=key())
    stale = await desk.post(f"{there}/{deed}", json=wanted, headers={**key(), "If-Match": '"7"'})

    assert (missing.status_code, stale.status_code) == (428, 412)


async def test_series_are_for_staff_and_booking_systems(desk: httpx2.AsyncClient) -> None:
    for acting, status in (("nobody", 401), ("patient", 403), ("visitor", 403), ("system", 200)):
        assert (await desk.get(SERIES, headers={ACTING: acting})).status_code == status
