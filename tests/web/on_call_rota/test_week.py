"""A week of the rota: who is on when, where nobody is, what comes again and what differs."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import httpx2
import pytest

from app.models import HealthcareService, OnCallOverride, OnCallShift
from app.web.on_call_rota.week import monday_of, override_words, parts_of, shift_words
from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING
from tests.web.on_call_rota.forms import override, shift

LONDON = "Europe/London"
MIDNIGHT = NOON - timedelta(hours=12)
DAY = (MIDNIGHT, MIDNIGHT + timedelta(days=1))


def at(hour: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def test_a_week_begins_on_monday() -> None:
    assert monday_of(date(2026, 11, 22)) == date(2026, 11, 16)
    assert monday_of(date(2026, 11, 23)) == date(2026, 11, 23)


def test_a_day_is_told_part_by_part_and_what_lasts_beyond_it_ends_at_midnight() -> None:
    parts = parts_of([(at(8), at(32), "Dr Shah"), (at(-4), at(8), "")], DAY, LONDON)
    whole = parts_of([(at(-4), at(30), "Dr Shah")], DAY, LONDON)

    assert [(part.times, part.name) for part in parts] == [
        ("midnight to 8am", ""),
        ("8am to midnight", "Dr Shah"),
    ]
    assert [part.times for part in whole] == ["all day"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Dr Shah, first: every Monday and Tuesday, 08:00 to 20:00, from 1 November 2026"),
        (
            {"weekdays": [1, 2, 3, 4, 5, 6, 7], "end_time": time(8), "layer": 3},
            "Dr Shah, consultant: every day, 08:00, for 24 hours, from 1 November 2026",
        ),
        (
            {"weekdays": [6], "every_weeks": 2, "valid_to": date(2026, 12, 31)},
            "Dr Shah, first: Saturday, every 2 weeks, 08:00 to 20:00,"
            " from 1 November 2026 until 31 December 2026",
        ),
    ],
)
def test_a_shift_is_a_sentence(changes: dict[str, object], words: str) -> None:
    usual = {
        "layer": 1,
        "weekdays": [1, 2],
        "every_weeks": 1,
        "start_time": time(8),
        "end_time": time(20),
        "valid_from": date(2026, 11, 1),
        "valid_to": None,
    }

    assert shift_words(OnCallShift(**{**usual, **changes}), "Dr Shah") == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("cover", "Dr Lund instead of Dr Shah (holiday)"),
        ("extra", "Dr Lund as well (holiday)"),
        ("removed", "Dr Shah is not on call, and nobody is instead (holiday)"),
    ],
)
def test_what_differs_is_a_sentence(kind: str, words: str) -> None:
    shah, lund = uuid4(), uuid4()
    differs = OnCallOverride(
        kind=kind,
        layer=1,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=5),
        practitioner_id=lund,
        replaces_id=shah,
        reason="holiday",
    )

    said = override_words(differs, {shah: "Dr Shah", lund: "Dr Lund"}, LONDON)

    assert said == f"Fri 20 Nov, midday to 5pm, first: {words}"


@pytest.mark.anyio
@pytest.mark.database
async def test_a_week_shows_people_covers_and_gaps(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post("/on-call/rota/shifts/new", data=shift(region))
    await http.post("/on-call/rota/overrides/new", data=override(region))

    page = await http.get(f"/on-call/rota?service_id={region.service_id}&week=2026-11-25")

    for words in (
        "23 to 29 November 2026",
        "8am to midday: Nina Shah",
        "Midday to 4pm: Olaf Lund",
        "4pm to 8pm: Nina Shah",
        "All day: Nobody",
        "Gaps in the next two weeks",
        "Olaf Lund instead of Nina Shah (Training)",
    ):
        assert words in page.text


@pytest.mark.anyio
@pytest.mark.database
async def test_an_empty_rota_says_what_happens_meanwhile(http: httpx2.AsyncClient) -> None:
    page = await http.get("/on-call/rota", follow_redirects=True)

    assert "Nobody is on this rota yet." in page.text


@pytest.mark.anyio
@pytest.mark.database
@pytest.mark.parametrize("path", ["/on-call/rota", "/on-call/policies"])
async def test_it_opens_on_a_service_with_a_rota_and_the_address_says_which(
    http: httpx2.AsyncClient, region: Region, path: str
) -> None:
    async with region.acting(region.shah) as session:
        earlier = HealthcareService(
            organization_id=region.shah.organization_id,
            name="Cardiac advice",
            specialty="cardiac",
            urgent=True,
        )
        session.add(earlier)
        await session.flush()
        first_by_name = earlier.id
    empty = await http.get(path)
    await http.post("/on-call/rota/shifts/new", data=shift(region))

    opened = await http.get(f"{path}?week=2026-11-23")

    assert empty.headers["location"] == f"{path}?service_id={first_by_name}"
    assert opened.headers["location"] == f"{path}?week=2026-11-23&service_id={region.service_id}"


@pytest.mark.anyio
@pytest.mark.database
async def test_the_rota_is_for_those_who_plan_it(http: httpx2.AsyncClient) -> None:
    refused = await http.get("/on-call/rota", headers={ACTING: "shah"})

    assert refused.status_code == 403
