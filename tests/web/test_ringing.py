"""The case in the ring: everything known, what is missing by name, nothing guessed."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import referrals
from app.models import PositionFix, RequestStep, Ring, ServiceRequest
from app.referrals import Case, Journey, priority_of
from app.web.ringing import (
    MOST_LINE_CHARACTERS,
    Ringing,
    atmist_line,
    over_words,
    patient_words,
    ringing_of,
    scored,
    where_words,
)
from tests.referrals.world import NOON, Region

READER, OWNER = uuid4(), uuid4()
SECOND = timedelta(seconds=1)
STORED: dict[str, object] = {
    "total": 7,
    "at_least": 7,
    "previous": 5,
    "risk": "high",
    "missing_labels": [],
    "refused": None,
}


@pytest.mark.parametrize(
    ("changes", "total", "trend", "words"),
    [
        ({}, "7", "up", "up from 5"),
        ({"previous": 9}, "7", "down", "down from 9"),
        ({"previous": 7}, "7", "level", "no change"),
        ({"previous": None}, "7", "", ""),
        ({"total": None, "at_least": 4}, "at least 4", "", ""),
    ],
)
def test_news2_is_shown_with_its_trend(
    changes: dict[str, object], total: str, trend: str, words: str
) -> None:
    shown = scored({**STORED, **changes})

    assert (shown.total, shown.trend, shown.trend_words) == (total, trend, words)
    assert bool(shown.arrow) is bool(trend)


def test_what_was_not_measured_is_named() -> None:
    shown = scored({**STORED, "total": None, "missing_labels": ["Temperature", "Pulse"]})

    assert shown.missing == "temperature, pulse"


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ("under-16", "NEWS2 is not for children under 16."),
        ("pregnant", "NEWS2 is not in pregnancy."),
    ],
)
def test_where_news2_may_not_be_used_it_says_so(refused: str, words: str) -> None:
    assert scored({**STORED, "refused": refused}).risk_words == words


def test_before_the_first_sign_nothing_is_guessed() -> None:
    assert (scored(None).total, scored(None).risk_words) == ("not known", "No vital signs yet.")


@pytest.mark.parametrize(
    ("age", "sex", "words"),
    [
        (71, "female", "71 years, female"),
        (None, "unknown", "Age not known"),
        (3, "unknown", "3 years"),
    ],
)
def test_age_and_sex_as_far_as_they_are_known(age: int | None, sex: str, words: str) -> None:
    assert patient_words(ServiceRequest(age_years=age, sex=sex)) == words


def test_atmist_is_one_line_of_what_was_said() -> None:
    said = {"age": "71", "time": "09:20", "mechanism": "", "signs": "GCS\n14"}

    assert atmist_line(said) == "71. Time: 09:20. Signs: GCS 14"
    assert atmist_line({}) == ""


def test_full_stops_of_what_was_said_are_not_doubled() -> None:
    said = {"mechanism": "Collapsed at home.", "injuries": "Left arm weak."}
    nowhere = ServiceRequest(place="Mill Lane.", destination_name="")
    here = PositionFix(latitude=53.83, longitude=-1.62)
    way = Journey(nowhere, (here,), doubtful=None, destination=None, arrival=None)

    assert atmist_line(said) == "Collapsed at home. Found: Left arm weak"
    assert where_words(way) == (
        "Mill Lane. Their position is known. Where they go is not. 53.8300° N, 1.6200° W"
    )


def test_a_long_atmist_ends_at_a_word() -> None:
    line = atmist_line({"treatment": "oxygen " * 100})

    assert line.endswith(" oxygen …")
    assert len(line) <= MOST_LINE_CHARACTERS + 2


async def shown(region: Region, request_id: object) -> tuple[Ringing, Case]:
    async with region.acting(region.shah) as session:
        [(ring, request)] = await referrals.ringing_for_me(session, now=NOON)
        case = await referrals.case(session, request.id, now=NOON)
        way = await referrals.journey(session, request.id, now=NOON)
        assert request.id == request_id
        return ringing_of(ring, case, way), case


@pytest.mark.anyio
@pytest.mark.database
async def test_the_ring_says_who_asks_and_what_comes_next(region: Region) -> None:
    request_id = await region.ask()

    ring, _ = await shown(region, request_id)

    facts = {fact.name: fact.value for fact in ring.facts}
    assert facts == {"Crew": "The ambulance A12, Kim Reed"}
    assert ring.next_words == (
        "If you do not answer: Olaf Lund and Thabo Mbeki, then everyone on call,"
        " then the crew rings 01632 960101."
    )
    assert ring.expires_at - ring.rung_at == timedelta(seconds=30)
    assert (ring.asks, ring.answer_words) == ("", "Answer on video")


@pytest.mark.anyio
@pytest.mark.database
async def test_a_hand_over_says_who_asks_and_that_it_stays_with_them(region: Region) -> None:
    request_id = await region.ask()
    assert region.shah.practitioner_id is not None
    async with region.acting(region.lund) as session:
        await referrals.accept(session, request_id, now=NOON)
        await referrals.hand_over(session, request_id, region.shah.practitioner_id, now=NOON)

    ring, _ = await shown(region, request_id)

    assert ring.asks == "Olaf Lund asks you to take over."
    assert (ring.answer_words, ring.sound_words) == (
        "Take over on video",
        "Take over by sound only",
    )
    assert ring.next_words == "If you do not answer it stays with Olaf Lund."


def case_of(state: str, *, owner: str = "", ringing: tuple[str, ...] = ()) -> Case:
    request = ServiceRequest(state=state, accepted_by=OWNER, accepted_by_name=owner, raised_at=NOON)
    rings = tuple(
        Ring(practitioner_name=name, outcome="ringing", purpose="answer") for name in ringing
    )
    priority = priority_of(request, NOON)
    return Case(
        request=request,
        priority=priority,
        service_name="Stroke advice",
        rings=rings,
        steps=(),
        upcoming=(),
        phone="",
    )


@pytest.mark.parametrize(
    ("case", "reader", "words"),
    [
        (case_of("ringing", ringing=("Dr Lund",)), READER, "It rings Dr Lund now."),
        (case_of("unanswered"), READER, "Nobody has answered yet. You still can."),
        (case_of("accepted", owner="Dr Lund"), READER, "Dr Lund has answered."),
        (case_of("accepted", owner="Dr Shah"), OWNER, "You have answered."),
        (case_of("revoked"), READER, "The crew has cancelled it."),
        (case_of("completed"), READER, "It is closed."),
    ],
)
def test_what_has_stopped_ringing_says_what_became_of_it(
    case: Case, reader: UUID, words: str
) -> None:
    assert over_words(case, reader=reader) == words


@pytest.mark.parametrize(
    ("purpose", "outcome", "words"),
    [
        ("join", "missed", "You were asked to join. Dr Lund has the request."),
        ("join", "withdrawn", "You were asked to join. Dr Lund has the request."),
        ("take-over", "declined", "You were asked to take over. Dr Lund has the request."),
        ("join", "accepted", "You have joined. Dr Lund has the request."),
    ],
)
def test_whoever_was_asked_in_is_not_told_that_another_answered(
    purpose: str, outcome: str, words: str
) -> None:
    asked = Ring(practitioner_id=READER, purpose=purpose, outcome=outcome, rung_at=NOON)
    taken = RequestStep(sequence=1, kind="accepted", at=NOON, who_name="Dr Lund", detail={})
    case = replace(case_of("accepted", owner="Dr Lund"), rings=(asked,), steps=(taken,))
    later = RequestStep(sequence=1, kind="accepted", at=NOON + SECOND, who_name="", detail={})

    assert over_words(case, reader=READER) == words
    assert over_words(replace(case, steps=(later,)), reader=READER) == "Dr Lund has answered."
