"""Recordings as pages show them: what is with each, in words."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.database import Database
from app.models import Recording, RecordingConsent, RecordingFilm
from app.web.recordings import consents_shown, films_shown, minutes_words, shown
from tests.encounters.world import Planned, Practice, planned, practice
from tests.referrals.world import region
from tests.routers.service import ACTING, People, client, service

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def recording(**more: object) -> Recording:
    return Recording(
        **{
            "id": uuid4(),
            "asked_by_name": "Dr Amara Okafor",
            "asked_at": AT,
            "started_at": None,
            "state": "ready",
            "ending": "complete",
            "reaches_ms": 723_400,
            "erased_at": None,
            "film_failures": 0,
            **more,
        }
    )


async def kept(house: Practice, visit: Planned, **more: object) -> Recording:
    """A recording of this consultation."""
    row = recording(
        organization_id=house.organization_id,
        encounter_id=visit.encounter_id,
        keep_until=AT + timedelta(days=1),
        sealed_key=b"sealed",
        **more,
    )
    async with house.acting() as session:
        session.add(row)
    return row


@pytest.mark.parametrize(
    ("more", "words", "plays"),
    [
        ({"state": "asked"}, "Not recording yet", False),
        ({"state": "recording"}, "This call is being recorded", False),
        ({"state": "ended"}, "Still being prepared", False),
        ({}, "Length 12:03", True),
        ({"ending": "cut"}, "Ended early, at 12:03, because the server stopped", True),
        ({"ending": "damaged"}, "Damaged from 12:03 on", True),
        ({"erased_at": AT}, "Erased", False),
        ({"state": "ended", "film_failures": 2}, "Still being prepared", False),
        ({"state": "ended", "film_failures": 3}, "It could not be prepared", False),
        ({"state": "recording", "film_failures": 3}, "It could not be prepared", False),
        ({"erased_at": AT, "state": "ended", "film_failures": 3}, "Erased", False),
    ],
)
def test_a_recording_says_what_is_with_it(more: dict[str, object], words: str, plays: bool) -> None:
    found = shown(recording(**more))

    assert words in found.words
    assert found.plays is plays


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(0, "0:00"), (59_999, "0:59"), (3_723_000, "62:03")]
)
def test_a_time_is_said_as_players_do(milliseconds: int, words: str) -> None:
    assert minutes_words(milliseconds) == words


def test_everybodys_word_is_shown() -> None:
    later = AT.replace(hour=13)
    rows = [
        RecordingConsent(name="Ann", decision="permit", decided_at=AT, withdrawn_at=None),
        RecordingConsent(name="Ben", decision="deny", decided_at=AT, withdrawn_at=None),
        RecordingConsent(name="Cat", decision="permit", decided_at=AT, withdrawn_at=later),
    ]

    found = [(each.name, each.words, each.at) for each in consents_shown(rows)]

    assert found == [
        ("Ann", "Said yes", AT),
        ("Ben", "Said no", AT),
        ("Cat", "Said yes, and took it back", later),
    ]


def test_a_screen_says_whose_it_is() -> None:
    rows = [RecordingFilm(name="Ann", part="person"), RecordingFilm(name="Ann", part="screen")]

    assert [title for _, title in films_shown(rows)] == ["Ann", "Ann’s screen"]


@pytest.mark.anyio
@pytest.mark.database
async def test_who_cares_for_the_patient_finds_and_opens_it(
    database: Database, database_url: str
) -> None:
    house = await practice(database)
    visit = await planned(house)
    row = await kept(house, visit)
    async with house.acting() as session:
        film = RecordingFilm(
            organization_id=house.organization_id,
            recording_id=row.id,
            name="Ann",
            part="person",
            media_type="video/webm",
            size_bytes=1,
            ends_at_ms=1,
        )
        session.add(film)
    people = People(doctor=house.staff(), desk=house.staff("scheduler"))

    async with client(service(database_url, people, now=AT), "doctor") as http:
        listed = await http.get(f"/fragments/consultations/{visit.encounter_id}/recordings")
        page = await http.get(f"/recordings/{row.id}")
        refused = await http.get(f"/recordings/{row.id}", headers={ACTING: "desk"})

    assert f'href="/recordings/{row.id}"' in listed.text
    assert f"/api/v1/recordings/films/{film.id}" in page.text
    assert f'href="/consultations/{visit.encounter_id}"' in page.text
    assert refused.status_code == 403


@pytest.mark.anyio
@pytest.mark.database
async def test_a_crew_sees_those_of_its_request(database: Database, database_url: str) -> None:
    world = await region(database)
    request_id = await world.ask()

    async with client(service(database_url, People(crew=world.crew), now=AT), "crew") as http:
        shown_to_crew = await http.get(f"/fragments/urgent/{request_id}/recordings")

    assert "has not been recorded" in shown_to_crew.text


@pytest.mark.anyio
@pytest.mark.database
async def test_one_that_could_not_be_prepared_can_be_tried_again(
    database: Database, database_url: str
) -> None:
    house = await practice(database)
    visit = await planned(house)
    row = await kept(house, visit, state="ended", film_failures=3)

    async with client(
        service(database_url, People(doctor=house.staff()), now=AT), "doctor"
    ) as http:
        listed = await http.get(f"/fragments/consultations/{visit.encounter_id}/recordings")
        page = await http.get(f"/recordings/{row.id}")
        tried = await http.post(f"/recordings/{row.id}/retry")
        after = await http.get(f"/recordings/{row.id}")

    assert f'href="/recordings/{row.id}"' in listed.text
    assert "Try again" in page.text
    assert (tried.status_code, tried.headers["location"]) == (
        303,
        f"/consultations/{visit.encounter_id}",
    )
    assert "Still being prepared" in after.text
    assert "Try again" not in after.text
