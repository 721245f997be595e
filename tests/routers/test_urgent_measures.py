"""Measures as JSON and as CSV, for those who lead."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import httpx2
import pytest

from app.database import Database
from app.referrals.measures import Bin, Group, Measures, Period, Spread
from app.routers.urgent_measures import as_csv
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

URL = "/api/v1/urgent-measures"
DAYS = {"from": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    lead = replace(region.shah, roles=frozenset({"administrator"}))
    people = People(lead=lead, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "lead") as opened:
        yield opened


@pytest.mark.anyio
@pytest.mark.database
async def test_a_month_is_told_with_what_others_published(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await region.ask()

    found = await http.get(URL, params=DAYS)
    table = await http.get(f"{URL}.csv", params=DAYS)

    told = found.json()
    assert (found.status_code, told["total"]["asked"], told["step"]) == (200, 1, "day")
    assert told["total"]["answer"] == {
        "number": 0,
        "median": None,
        "p90": None,
        "p95": None,
        "worst": None,
    }
    assert [each["seconds"] for each in told["references"]] == [8, 11, 17, 36]
    assert table.headers["content-type"].startswith("text/csv")
    assert "attachment" in table.headers["content-disposition"]
    assert {row["group"] for row in csv.DictReader(io.StringIO(table.text))} == {
        "all",
        "specialty",
        "service",
        "answers",
        "asks",
        "period",
    }


@pytest.mark.anyio
@pytest.mark.database
async def test_it_is_for_those_who_lead_and_for_whole_periods(http: httpx2.AsyncClient) -> None:
    crew = await http.get(URL, params=DAYS, headers={ACTING: "shah"})
    backwards = await http.get(URL, params={"from": "2026-11-30", "until": "2026-11-01"})
    undated = await http.get(URL)

    assert [crew.status_code, backwards.status_code, undated.status_code] == [403, 422, 422]
    assert "until" in backwards.text


def group(name: str) -> Group:
    spread = Spread(20, 8.44, 24.0, 28.25, 33.0)
    return Group("asks", name, None, 25, 3, 1, 1, _outcomes(), Spread(9), spread, Spread())


def _outcomes() -> dict[str, int]:
    codes = ("conveyed", "referral", "discharged", "advice", "prescription", "follow-up")
    return dict.fromkeys(codes, 2)


def test_the_table_is_in_seconds_and_a_name_is_no_formula() -> None:
    period = Period(date(2026, 11, 1), date(2026, 11, 2), "Europe/London")
    found = Measures(period, group(""), [group("=HYPERLINK(1)")], [Bin(0, None, 1)])

    (row,) = csv.DictReader(io.StringIO(as_csv(found)))

    assert row["name"] == "'=HYPERLINK(1)"
    assert (row["answer_median_s"], row["answer_p95_s"]) == ("8.4", "28.2")
    assert (row["ring_number"], row["ring_median_s"]) == ("9", "")
    assert row["conveyed"] == "2"
