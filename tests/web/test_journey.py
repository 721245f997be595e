"""The way to hospital in words: the same for eyes and for ears."""

from datetime import UTC, datetime, timedelta

import pytest

from app.config import Settings
from app.models import PositionFix, ServiceRequest
from app.referrals import Arrival, Journey, Place
from app.web.journey import arrival_words, doubt_of, drawing_words, shown_of, way_words

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE = Place(53.8382, -1.4985)
SETTINGS = Settings()


def fix(latitude: float = 53.8008, longitude: float = -1.5491, **fields: object) -> PositionFix:
    given = {"accuracy_m": 12.0, "taken_at": NOON, "questions": [], "answer": ""} | fields
    return PositionFix(latitude=latitude, longitude=longitude, **given)


def journey(**fields: object) -> Journey:
    request = ServiceRequest(
        place="A64 at Seacroft", destination_name="Northfield", shares_position=True
    )
    known: dict[str, object] = {
        "request": request,
        "track": (fix(),),
        "doubtful": None,
        "destination": SITE,
        "arrival": None,
    }
    return Journey(**(known | fields))  # type: ignore[arg-type]


def test_how_far_and_which_way_are_one_sentence() -> None:
    assert way_words(journey()) == "Northfield is 5.3 km to the north-east, in a straight line."
    assert way_words(journey(destination=None)) == (
        "Their position is known. Where they go is not."
    )
    assert way_words(journey(track=())) == "A64 at Seacroft"


def test_the_crew_reads_of_its_own_position() -> None:
    nowhere = ServiceRequest(place="", destination_name="")
    unknown = journey(request=nowhere, track=())

    assert way_words(unknown, is_crew=True) == "Your position is not known."
    assert way_words(unknown) == "Their position is not known."
    assert way_words(journey(destination=None), is_crew=True) == (
        "Your position is known. Where you go is not."
    )


@pytest.mark.parametrize(
    ("arrival", "words"),
    [
        (None, "Time of arrival not known"),
        (Arrival(NOON, 9, is_estimate=True), "About 9 minutes (estimate)"),
        (Arrival(NOON, 1, is_estimate=False), "1 minute, as the crew said"),
        (Arrival(NOON, 0, is_estimate=True), "Arriving now"),
        (Arrival(NOON, 0, is_estimate=False), "Due now, as the crew said"),
    ],
)
def test_who_said_when_they_arrive_is_said_too(arrival: Arrival | None, words: str) -> None:
    assert arrival_words(journey(arrival=arrival)) == words


@pytest.mark.parametrize(
    ("doubted", "words", "offered"),
    [
        (fix(-1.5491, 53.8008, questions=["swapped"]), "swapped?", "53.8008° N, 1.5491° W"),
        (fix(0.0, 0.0, questions=["nowhere"]), "off Ghana", ""),
        (fix(48.8566, 2.3522, questions=["outside"]), "from the area served", ""),
        (fix(questions=["jump"]), "too far from the last position", ""),
        (fix(accuracy_m=9_000.0, questions=["imprecise"]), "only exact to 9 km", ""),
    ],
)
def test_each_doubt_is_a_question_with_one_thing_to_do(
    doubted: PositionFix, words: str, offered: str
) -> None:
    doubt = doubt_of(doubted, SETTINGS)

    assert doubt is not None
    assert words in doubt.words
    assert doubt.offered == offered


def test_the_map_says_what_it_shows() -> None:
    words = drawing_words(journey(), is_crew=False)
    assert words.startswith("Map, north at the top, one position so far. North")
    assert drawing_words(journey(track=()), is_crew=False) == ""


def test_an_estimate_says_what_it_is_made_of() -> None:
    arrival = Arrival(NOON + timedelta(minutes=9), 9, is_estimate=True)
    shown = shown_of(journey(arrival=arrival), SETTINGS, is_crew=True)

    assert shown.estimate_words == (
        "Estimated from the straight line, made 1.4 times as long for roads, at 50 km/h."
    )
    assert shown.coordinates == "53.8008° N, 1.5491° W"
    assert shown.exact_words == "exact to 20 m"
