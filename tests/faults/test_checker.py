"""The checker finds what is wrong: each history here has one planted fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.faults.checker import check
from tests.faults.history import (
    Attempt,
    Deed,
    Event,
    Findings,
    Listening,
    Operation,
    State,
    Taken,
)

DOCTOR, PATIENT, OTHER = uuid4(), uuid4(), uuid4()
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
GOOD = Attempt(0.0, 1.0, 201, b"{}")
REFUSED = Attempt(0.0, 1.0, 409, b"", kind="slot-not-free")
UNANSWERED = Attempt(0.0, 1.0)


def state(start: datetime = NINE, version: int = 1, **more: object) -> State:
    whole = {
        "id": uuid4(),
        "version": version,
        "status": "booked",
        "practitioner_id": DOCTOR,
        "start": start,
        "end": start + QUARTER,
        "patient_id": PATIENT,
        **more,
    }
    return State(**whole)  # type: ignore[arg-type]


def operation(number: int, deed: Deed, *attempts: Attempt, **more: object) -> Operation:
    made = Operation(number, 0, deed, attempts=list(attempts or (GOOD,)))
    for name, value in {"outcome": "ok", **more}.items():
        setattr(made, name, value)
    return made


def event(position: int, told: State, name: str = "appointment.changed") -> Event:
    return Event(
        position=(position, position),
        event=name,
        id=told.id,
        version=told.version,
        status=told.status,
        practitioner_id=told.practitioner_id,
        start=told.start,
    )


def taken(told: State) -> list[Taken]:
    actors = (told.practitioner_id, told.patient_id or OTHER)
    return [Taken(actor, told.start, told.end, told.id) for actor in actors]


BOOKED = state(reason="operation 0")
MOVED = replace(BOOKED, version=2, start=NINE + QUARTER, end=NINE + 2 * QUARTER)
EVENTS = (event(1, BOOKED, "appointment.booked"), event(2, MOVED))
MOVE = operation(1, "move", Attempt(2.0, 3.0, 200, b"{}"), target=BOOKED.id, version=1, state=MOVED)
RIGHT = Findings(
    operations=(
        operation(0, "book", state=BOOKED),
        MOVE,
        operation(2, "book", REFUSED, outcome="failed"),
        operation(3, "read", Attempt(4.0, 5.0, 200), target=BOOKED.id, state=MOVED),
    ),
    stored=(MOVED,),
    taken=taken(MOVED),
    events=EVENTS,
    listened=(Listening((0, 0), EVENTS),),
)


def with_operation(number: int, **changes: object) -> Findings:
    operations = list(RIGHT.operations)
    operations[number] = replace(operations[number], **changes)  # type: ignore[arg-type]
    return replace(RIGHT, operations=operations)


def planted_overlap() -> Findings:
    """Another appointment of the same doctor, five minutes into the first."""
    stranger = state(MOVED.start + timedelta(minutes=5), patient_id=OTHER, reason="operation 9")
    return replace(
        RIGHT,
        operations=[*RIGHT.operations, operation(9, "book", state=stranger)],
        stored=[MOVED, stranger],
        taken=[*taken(MOVED), *taken(stranger)],
    )


def given_twice() -> Findings:
    """Two that were ok at one moment, of which one was moved away in secret afterwards."""
    second = state(patient_id=OTHER, reason="operation 9")
    first = operation(0, "book", Attempt(0, 1, 201), state=BOOKED)
    other = operation(9, "book", Attempt(0, 1.5, 201), state=second)
    return replace(RIGHT, operations=[first, other, *RIGHT.operations[1:]])


def lost() -> Findings:
    return replace(RIGHT, stored=(), taken=())


def ghost() -> Findings:
    """What was refused is there."""
    there = state(NINE + 4 * QUARTER, reason="operation 2")
    told = (*EVENTS, event(3, there, "appointment.booked"))
    return replace(
        RIGHT,
        stored=(MOVED, there),
        taken=[*taken(MOVED), *taken(there)],
        events=told,
        listened=(Listening((0, 0), told),),
    )


def done_twice() -> Findings:
    """One operation made two appointments."""
    again = state(NINE + 4 * QUARTER, reason="operation 0")
    return replace(RIGHT, stored=(MOVED, again), taken=[*taken(MOVED), *taken(again)])


def version_given_twice() -> Findings:
    return replace(RIGHT, operations=[*RIGHT.operations, replace(MOVE, number=4)])


def missing_event() -> Findings:
    return replace(RIGHT, events=EVENTS[:1], listened=())


def event_not_heard() -> Findings:
    cancelled = replace(MOVED, version=3)
    told = (*EVENTS, event(3, cancelled))
    return replace(RIGHT, events=told, listened=(Listening((0, 0), (told[0], told[2])),))


def event_heard_again() -> Findings:
    return replace(RIGHT, listened=(Listening((0, 0), (EVENTS[0], EVENTS[0], EVENTS[1])),))


def time_not_taken() -> Findings:
    return replace(RIGHT, taken=taken(MOVED)[:1])


def time_taken_for_nobody() -> Findings:
    return replace(RIGHT, taken=[*taken(MOVED), *taken(state(NINE + 8 * QUARTER))])


def other_answer_for_a_repeat() -> Findings:
    repeat = Attempt(1.0, 2.0, 201, b"{ }", is_replay=True)
    return with_operation(0, attempts=[GOOD, repeat])


def done_anew_for_a_repeat() -> Findings:
    return with_operation(0, attempts=[GOOD, replace(GOOD, started=1.0, ended=2.0)])


def refused_after_it_was_done() -> Findings:
    return with_operation(0, attempts=[GOOD, replace(REFUSED, started=1.0, ended=2.0)])


def old_state_read() -> Findings:
    return with_operation(3, state=BOOKED)


def still_unknown() -> Findings:
    return with_operation(2, attempts=[UNANSWERED], outcome="unknown")


def fault_in_calm_weather() -> Findings:
    return replace(with_operation(2, attempts=[Attempt(0.0, 1.0, 503), REFUSED]), calm_until=10.0)


def bulk_done_by_half() -> Findings:
    bulk = operation(9, "bulk", UNANSWERED, outcome="unknown")
    there = state(NINE + 4 * QUARTER, reason=bulk.tags[0])
    return replace(
        RIGHT,
        operations=[*RIGHT.operations, bulk],
        stored=(MOVED, there),
        taken=[*taken(MOVED), *taken(there)],
    )


def stored_otherwise() -> Findings:
    return replace(RIGHT, stored=(replace(MOVED, status="cancelled"),), taken=())


def hold_without_event() -> Findings:
    held = state(NINE + 4 * QUARTER, status="pending", patient_id=None)
    return replace(RIGHT, operations=[*RIGHT.operations, operation(4, "hold", state=held)])


def hold_from_nowhere() -> Findings:
    held = state(NINE + 4 * QUARTER, status="pending", patient_id=None)
    return replace(RIGHT, events=(*EVENTS, event(3, held)), listened=())


def test_a_right_history_has_nothing_wrong() -> None:
    assert check(RIGHT) == []


def test_an_unknown_may_have_happened_or_not() -> None:
    unknown = operation(4, "mark", UNANSWERED, outcome="unknown", target=BOOKED.id, version=2)
    arrived = replace(MOVED, version=3, status="arrived")
    told = (*EVENTS, event(3, arrived))
    without = replace(RIGHT, operations=[*RIGHT.operations, unknown])
    with_it = replace(without, stored=(arrived,), events=told, listened=(Listening((0, 0), told),))

    only_that = ["operation 4 (mark) is still unknown"]
    assert check(without) == only_that
    assert check(with_it) == only_that


def test_a_move_to_where_it_is_makes_no_version_and_tells_what_is_there() -> None:
    nowhere = operation(4, "move", Attempt(4.0, 5.0, 200), target=BOOKED.id, version=2, state=MOVED)
    elsewhere = replace(MOVED, start=NINE, end=NINE + QUARTER)
    wrong = operation(
        4, "move", Attempt(4.0, 5.0, 200), target=BOOKED.id, version=2, state=elsewhere
    )

    assert check(replace(RIGHT, operations=(*RIGHT.operations, nowhere))) == []
    [found] = check(replace(RIGHT, operations=(*RIGHT.operations, wrong)))
    assert "which nobody made" in found


def test_a_stretch_may_begin_late() -> None:
    assert check(replace(RIGHT, listened=(Listening((1, 1), EVENTS[1:]),))) == []


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (planted_overlap, "overlap"),
        (given_twice, "at one moment"),
        (lost, "is lost"),
        (ghost, "failed and is there"),
        (done_twice, "booked 2 times"),
        (version_given_twice, "was given to 2 operations"),
        (missing_event, "no event"),
        (event_not_heard, "1 were not heard"),
        (event_heard_again, "1 were heard again"),
        (time_not_taken, "no time is taken"),
        (time_taken_for_nobody, "is taken for"),
        (other_answer_for_a_repeat, "answered in 2 ways"),
        (done_anew_for_a_repeat, "done anew"),
        (refused_after_it_was_done, "then refused"),
        (old_state_read, "after version 2"),
        (still_unknown, "still unknown"),
        (fault_in_calm_weather, "calm weather"),
        (bulk_done_by_half, "by half"),
        (stored_otherwise, "stored otherwise"),
        (hold_without_event, "has no event"),
        (hold_from_nowhere, "came from nowhere"),
    ],
)
def test_a_planted_fault_is_found(plant: Callable[[], Findings], found: str) -> None:
    problems = check(plant())

    assert any(found in problem for problem in problems), problems
