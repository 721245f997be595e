"""Checks of lines in words, where administrators look for them, and nowhere else."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from app import encounters
from app.database import Database
from app.encounters import CheckedLine, NewLineCheck
from app.models import LineCheck
from app.web.line_checks import PAGE, shown
from tests.encounters.checks import found
from tests.encounters.world import NOON, Planned, Practice, planned, practice
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
HEADING = "Connection checks</h"


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


@pytest.fixture
async def visit(house: Practice) -> Planned:
    return await planned(house)


@pytest.fixture
async def office(house: Practice, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(
        office=house.staff("administrator"),
        desk=house.staff("scheduler"),
        doctor=house.staff(),
        partner=house.staff("clinician", "administrator"),
    )
    async with client(service(database_url, people, now=NOON), "office") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def keep(house: Practice, visit: Planned, **fields: object) -> None:
    new = NewLineCheck.model_validate(found(**fields))
    async with house.acting(visit.patient_principal) as session:
        await encounters.store_line_check(session, visit.encounter_id, new, now=NOON)


def words(**fields: object) -> str:
    facts = NewLineCheck.model_validate(found(**fields)).model_dump(exclude={"checked_ms_ago"})
    check = LineCheck(**facts, checked_at=NOON)
    return " ".join(shown(CheckedLine(check, "guest", "interpreter")).words)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"tcp_answered": True},
            "Sound and picture went by UDP. It could have gone by TCP too. 2-way delay 40 ms. "
            "Lost: 0% of what came, 2% of what was sent. Carried 900 kb/s down and 950 kb/s up. "
            "Checked in Firefox.",
        ),
        (
            {
                **dict.fromkeys(("round_trip_ms", "loss", "sending_loss", "received_kbps")),
                **{"sent_kbps": None, "verdict": "blocked", "way": "", "browser": "ios"},
                **{"udp_answered": False, "tcp_answered": False},
            },
            "No answer by UDP or TCP. Checked in a browser on an iPhone or iPad.",
        ),
        (
            {
                **dict.fromkeys(("round_trip_ms", "loss", "sending_loss", "received_kbps")),
                **{"sent_kbps": None, "verdict": "blocked", "way": "tcp"},
                **{"udp_answered": False, "tcp_answered": True},
            },
            "There was an answer by TCP, but no sound and picture came through. "
            "No answer by UDP. Checked in Firefox.",
        ),
    ],
)
def test_a_check_is_said_in_plain_words(fields: dict[str, object], said: str) -> None:
    assert words(**fields) == said


def test_who_it_was_is_said_by_their_part() -> None:
    check = LineCheck(**NewLineCheck.model_validate(found()).model_dump(exclude={"checked_ms_ago"}))

    assert shown(CheckedLine(check, "guest", "interpreter")).who == "Guest (interpreter)"


def test_a_service_that_was_not_reached_is_no_blocked_network() -> None:
    said = words(verdict="no-line", way="", udp_answered=None)

    assert said.startswith("The page was there, but its connection for calls did not open.")


async def test_an_empty_list_says_what_will_come(office: httpx2.AsyncClient) -> None:
    page = await office.get("/line-checks")

    assert page.status_code == 200
    assert "A check appears here by itself" in page.text


async def test_the_list_narrows_to_a_verdict(
    office: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    await keep(house, visit)
    await keep(house, visit, verdict="blocked", way="")

    all_of_them = (await office.get("/line-checks")).text
    blocked = (await office.get("/line-checks?verdict=blocked")).text

    assert ("Good for video</strong>" in all_of_them, "Good for video</strong>" in blocked) == (
        True,
        False,
    )
    assert 'data-live-src="/fragments/line-checks?verdict=blocked"' in blocked


async def test_older_ones_are_a_page_further(
    office: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    for number in range(PAGE + 1):
        await keep(house, visit, checked_ms_ago=number * 1_000, round_trip_ms=100 + number)

    first = (await office.get("/line-checks")).text
    older = first.split('<a href="/line-checks?before=')[1].split('"')[0].replace("&amp;", "&")
    second = (await office.get(f"/line-checks?before={older}")).text

    last = f"2-way delay {100 + PAGE} ms."
    assert (last in first, last in second) == (False, True)
    assert "Older checks" not in second


async def test_a_consultations_own_pages_show_them_to_administrators_alone(
    office: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    await keep(house, visit)
    appointment = f"/appointments/{visit.appointment_id}"
    consultation = f"/consultations/{visit.encounter_id}"
    seen = {
        (who, page): HEADING in (await office.get(page, headers={ACTING: who})).text
        for who, page in (
            ("office", appointment),
            ("desk", appointment),
            ("partner", consultation),
            ("doctor", consultation),
        )
    }

    assert [page for page, is_seen in seen.items() if is_seen] == [
        ("office", appointment),
        ("partner", consultation),
    ]


async def test_they_stay_when_it_is_over(
    office: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    await keep(house, visit)
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), visit.encounter_id, now=NOON)
        await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)
        await encounters.finish(session, visit.encounter_id, outcome="advice", summary="", now=NOON)

    page = await office.get(f"/consultations/{visit.encounter_id}", headers={ACTING: "partner"})

    assert "Outcome" in page.text
    assert HEADING in page.text


async def test_the_list_is_the_administrators(office: httpx2.AsyncClient) -> None:
    assert (await office.get("/line-checks", headers={ACTING: "desk"})).status_code == 403
