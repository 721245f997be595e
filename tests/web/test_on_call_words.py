"""Who is on call, in words that need no manual."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.models import HealthcareService, OnCallSwap
from app.referrals import Duty, OnCall
from app.web.on_call_words import (
    Span,
    duty_of,
    layer_name,
    pieces_of,
    service_of,
    span_words,
    swap_of,
)
from tests.referrals.world import NOON

LONDON = "Europe/London"
ME, OTHER = uuid4(), uuid4()


def duty(*, since: datetime | None, by_rota: bool = False, until: datetime | None = None) -> Duty:
    return Duty(uuid4(), "Stroke advice", "stroke", since, 1, (), by_rota, until)


def test_duty_says_whether_it_rings_and_why() -> None:
    off = duty_of(duty(since=None), LONDON, NOON)
    rota = duty_of(duty(since=NOON, by_rota=True, until=NOON + timedelta(hours=5)), LONDON, NOON)
    own = duty_of(duty(since=NOON), LONDON, NOON)

    assert (off.is_on, off.words) == (False, "You are not on call. Requests do not ring for you.")
    assert rota.words == "You are on call until 5pm by the rota, in the layer “First”."
    assert own.words == "You are on call outside of the rota, in the layer “First”."


def test_an_end_more_than_a_day_ahead_is_no_time_of_day() -> None:
    until = NOON + timedelta(days=2)

    shown = duty_of(duty(since=NOON, by_rota=True, until=until), LONDON, NOON)

    assert shown.words == (
        "You are on call for 24 hours and more by the rota, in the layer “First”."
    )


def test_the_days_of_a_long_shift_keep_their_hour_through_a_change_of_clocks() -> None:
    start = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)  # 8am; clocks go back on the 25th
    shift = Span(uuid4(), "Stroke advice", 1, "First", "", start, start + timedelta(hours=49))

    first = pieces_of(shift, LONDON, start)
    later = pieces_of(shift, LONDON, start + timedelta(hours=25))

    assert [piece.words for piece in first] == [
        "Sat 24 Oct, 8am to Mon 26 Oct, 8am",
        "Sat 24 Oct, 8am to Sun 25 Oct, 8am",
        "Sun 25 Oct, 8am to Mon 26 Oct, 8am",
    ]
    assert [piece.value for piece in later] == [
        "2026-10-25T08:00:00+00:00/2026-10-26T08:00:00+00:00"
    ]


def test_layers_have_names() -> None:
    assert [layer_name(layer) for layer in (1, 2, 3, 4)] == [
        "First",
        "Second",
        "Consultant",
        "Layer 4",
    ]


def test_people_are_shown_by_layer_with_where_they_are() -> None:
    people = [
        OnCall(uuid4(), "Dr Shah", uuid4(), 1, NOON, NOON + timedelta(hours=1), on_device=True),
        OnCall(uuid4(), "Dr Lund", uuid4(), 2, NOON, away=True),
    ]

    shown = service_of(HealthcareService(name="Stroke advice"), people, LONDON, NOON)

    assert [
        (layer.name, person.name, person.where, person.until)
        for layer in shown.layers
        for person in layer.people
    ] == [
        ("First", "Dr Shah", "page open", "until 1pm"),
        ("Second", "Dr Lund", "away", "no end set"),
    ]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (5, "Fri 20 Nov, midday to 5pm"),
        (20, "Fri 20 Nov, midday to Sat 21 Nov, 8am"),
    ],
)
def test_a_time_ahead_is_said_with_its_days(hours: int, words: str) -> None:
    assert span_words(NOON, NOON + timedelta(hours=hours), LONDON) == words


def test_an_hour_that_comes_twice_is_said_by_the_clock() -> None:
    start = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)

    assert span_words(start, start + timedelta(hours=3), LONDON) == "Sun 25 Oct, midnight to 2am"


def swap_as(status: str) -> OnCallSwap:
    return OnCallSwap(
        id=uuid4(),
        asked_by=OTHER,
        asked_of=ME,
        layer=1,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        status=status,
    )


def test_a_swap_reads_differently_for_the_two() -> None:
    swap = swap_as("asked")
    names = {ME: "Dr Shah", OTHER: "Dr Lund"}

    mine = swap_of(swap, names, me=ME, zone=LONDON)
    theirs = swap_of(swap, names, me=OTHER, zone=LONDON)

    assert mine.words == "Dr Lund asks you to take Fri 20 Nov, midday to 1pm (first)."
    assert theirs.words == "You asked Dr Shah to take Fri 20 Nov, midday to 1pm (first)."
    assert (mine.is_mine_to_answer, theirs.is_mine_to_answer) == (True, False)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("agreed", "Dr Shah takes Fri 20 Nov, midday to 1pm (first)."),
        ("declined", "Dr Shah cannot take Fri 20 Nov, midday to 1pm (first). It stays yours."),
    ],
)
def test_whoever_asked_reads_the_answer(status: str, words: str) -> None:
    swap = swap_as(status)

    assert swap_of(swap, {ME: "Dr Shah"}, me=OTHER, zone=LONDON).words == words
