"""What suits whom, and who is given which time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import WaitingListEntry
from app.scheduling.rotas import Period, Slot
from app.scheduling.waiting_list.suitability import (
    SHORTEST_OFFER,
    Candidate,
    Option,
    match,
    notice_of,
    suits,
)
from tests.clinic import NOW, at
from tests.scheduling.waiting_list.world import QUARTER, entry, slot

SERVICE = uuid4()
DOCTOR = uuid4()


def option(start: datetime, languages: Sequence[str] = (), **more: object) -> Option:
    values: dict[str, object] = {"service_id": SERVICE, "practitioner_id": DOCTOR, **more}
    return Option.of(slot(start, **values), languages)


def waits(**more: object) -> WaitingListEntry:
    return entry(service_id=SERVICE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "does"),
    [
        ({}, True),
        ({"service_id": uuid4()}, False),
        ({"practitioner_id": DOCTOR}, True),
        ({"practitioner_id": uuid4()}, False),
        ({"channel": "video"}, True),
        ({"channel": "telephone"}, False),
        ({"parts_of_day": ["morning"]}, True),
        ({"parts_of_day": ["afternoon", "evening"]}, False),
        ({"weekdays": [1]}, True),
        ({"weekdays": [2, 3]}, False),
        ({"earliest_day": date(2026, 11, 23)}, True),
        ({"earliest_day": date(2026, 11, 24)}, False),
        ({"latest_day": date(2026, 11, 23)}, True),
        ({"latest_day": date(2026, 11, 22)}, False),
    ],
)
def test_each_wish_counts(wish: dict[str, object], does: bool) -> None:
    asking = entry(**{"service_id": SERVICE, **wish})  # type: ignore[arg-type]

    assert suits(asking, option(at(9))) is does


@pytest.mark.parametrize(
    ("wanted", "spoken", "does"),
    [
        ("", [], True),
        ("cy", ["en", "cy"], True),
        ("pt", ["pt-BR"], True),
        ("PT-br", ["pt-BR"], True),
        ("pt-BR", ["pt"], False),
        ("p", ["pt"], False),
        ("cy", [], False),
    ],
)
def test_a_language_is_one_that_the_practitioner_speaks(
    wanted: str, spoken: list[str], does: bool
) -> None:
    assert suits(waits(language=wanted), option(at(9), spoken)) is does


@pytest.mark.parametrize(
    ("hour", "minute", "part"),
    [
        (0, 0, "morning"),
        (11, 59, "morning"),
        (12, 0, "afternoon"),
        (16, 59, "afternoon"),
        (17, 0, "evening"),
        (23, 59, "evening"),
    ],
)
def test_the_part_of_the_day_is_of_the_start(hour: int, minute: int, part: str) -> None:
    assert suits(waits(parts_of_day=[part]), option(at(hour, minute)))


def test_days_and_hours_are_those_of_the_times_own_clock() -> None:
    late = option(datetime(2026, 11, 24, 3, 30, tzinfo=UTC), time_zone="America/New_York")

    assert suits(waits(weekdays=[1], parts_of_day=["evening"]), late)


def test_there_must_be_time_to_answer_and_then_the_notice() -> None:
    candidate = Candidate(waits(notice_minutes=120))
    enough = at(9) - timedelta(hours=2) - SHORTEST_OFFER

    assert candidate.could_take(option(at(9)), enough)
    assert not candidate.could_take(option(at(9)), enough + timedelta(seconds=1))


def test_a_time_that_was_offered_before_is_not_offered_again() -> None:
    candidate = Candidate(waits(), refused=frozenset({(DOCTOR, at(9))}))

    assert not candidate.could_take(option(at(9)), NOW)
    assert candidate.could_take(option(at(9), practitioner_id=uuid4()), NOW)


def test_only_a_sooner_time_is_any_use_to_who_has_one() -> None:
    candidate = Candidate(waits(), before=at(9))

    assert candidate.could_take(option(at(8, 45)), NOW)
    assert not candidate.could_take(option(at(9)), NOW)


def test_a_time_at_which_the_patient_is_busy_does_not_suit() -> None:
    candidate = Candidate(waits(), busy=[Period(at(9, 10), at(9, 40))])

    assert not candidate.could_take(option(at(9)), NOW)
    assert candidate.could_take(option(at(9, 40)), NOW)


def test_who_waits_for_two_things_is_asked_about_one() -> None:
    patient_id = uuid4()
    both = [Candidate(waits(patient_id=patient_id)) for _ in range(2)]

    found = match(both, [option(at(9)), option(at(10))], heard_at=NOW)

    assert [candidate for candidate, _ in found] == both[:1]


def test_a_group_is_offered_to_as_many_as_it_has_places_left() -> None:
    three = [Candidate(waits()) for _ in range(3)]
    group = option(at(9), capacity=8, places=2)

    assert match(three, [group], heard_at=NOW) == [(three[0], group), (three[1], group)]


def test_a_time_whose_buffers_reach_into_a_given_one_is_not_given() -> None:
    both = [Candidate(waits()), Candidate(waits())]
    wide = option(at(9), taken=Period(at(9), at(9, 20)))
    next_one = option(at(9, 15))

    found = match(both, [wide, next_one], heard_at=NOW)

    assert found == [(both[0], wide)]


people = st.lists(
    st.builds(
        lambda weekdays, parts, notice, busy: Candidate(
            waits(weekdays=weekdays, parts_of_day=parts, notice_minutes=notice),
            busy=[Period(at(9) + busy * QUARTER, at(9) + (busy + 1) * QUARTER)],
        ),
        st.lists(st.integers(1, 3), max_size=2, unique=True),
        st.lists(st.sampled_from(["morning", "afternoon"]), max_size=1),
        st.sampled_from([0, 60, 3 * 24 * 60]),
        st.integers(0, 20),
    ),
    max_size=6,
)
times = st.lists(
    st.builds(
        lambda day, step, doctor: option(
            at(9, day=day) + step * QUARTER, practitioner_id=UUID(int=doctor)
        ),
        st.integers(23, 25),
        st.integers(0, 24),
        st.integers(1, 2),
    ),
    max_size=8,
    unique_by=lambda one: (one.slot.start, one.slot.practitioner_id),
).map(lambda found: sorted(found, key=lambda one: (one.slot.start, one.slot.practitioner_id)))


@given(people, times)
def test_nobody_is_passed_over_for_a_time_that_suits(
    candidates: list[Candidate], options: list[Option]
) -> None:
    found = match(candidates, options, heard_at=NOW)

    given_to = {candidate.entry.id: given for candidate, given in found}
    taken: set[Slot] = set()
    for candidate in candidates:
        left = [one for one in options if one.slot not in taken]
        mine = next((one for one in left if candidate.could_take(one, NOW)), None)
        assert given_to.get(candidate.entry.id) == mine
        if mine is not None:
            taken.add(mine.slot)
            assert mine.slot.start - NOW > notice_of(candidate.entry)
