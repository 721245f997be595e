"""Who is given which of the free times."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.models import WaitingListEntry
from app.scheduling.rotas import Period, Slot
from app.scheduling.waiting_list.matching import match
from app.scheduling.waiting_list.suitability import Candidate, Option, notice_of
from tests.clinic import NOW, at
from tests.scheduling.waiting_list.world import QUARTER, entry, slot

SERVICE = uuid4()
DOCTOR = uuid4()


def option(start: datetime, **more: object) -> Option:
    values: dict[str, object] = {"service_id": SERVICE, "practitioner_id": DOCTOR, **more}
    return Option.of(slot(start, **values))


def waits(**more: object) -> WaitingListEntry:
    return entry(service_id=SERVICE, **more)  # type: ignore[arg-type]


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


def test_no_more_are_asked_than_at_once() -> None:
    three = [Candidate(waits()) for _ in range(3)]
    hours = [option(at(hour)) for hour in (9, 10, 11)]

    assert match(three, hours, heard_at=NOW, most=2) == [(three[0], hours[0]), (three[1], hours[1])]


def test_the_first_and_the_last_day_are_those_of_the_times_own_clock() -> None:
    day = date(2026, 11, 24)
    ends = [
        option(datetime(2026, 11, 23, 10, 0, tzinfo=UTC), time_zone="Pacific/Kiritimati"),
        option(datetime(2026, 11, 25, 10, 45, tzinfo=UTC), time_zone="Pacific/Pago_Pago"),
    ]

    for one in ends:
        candidate = Candidate(waits(earliest_day=day, latest_day=day))
        assert match([candidate], [one], heard_at=NOW) == [(candidate, one)]


around = st.dates(date(2026, 11, 22), date(2026, 11, 26))
people = st.lists(
    st.builds(
        lambda weekdays, parts, notice, busy, days, before: Candidate(
            waits(
                weekdays=weekdays,
                parts_of_day=parts,
                notice_minutes=notice,
                earliest_day=days[0],
                latest_day=days[1],
            ),
            before=before,
            busy=[Period(at(9) + busy * QUARTER, at(9) + (busy + 1) * QUARTER)],
        ),
        st.lists(st.integers(1, 3), max_size=2, unique=True),
        st.lists(st.sampled_from(["morning", "afternoon"]), max_size=1),
        st.sampled_from([0, 60, 3 * 24 * 60]),
        st.integers(0, 20),
        st.tuples(st.none() | around, st.none() | around),
        st.none() | st.just(at(11, day=24)),
    ),
    max_size=6,
)
times = st.lists(
    st.builds(
        lambda day, step, doctor, place: option(
            at(9, day=day) + step * QUARTER,
            practitioner_id=UUID(int=doctor),
            time_zone=place,
        ),
        st.integers(23, 25),
        st.integers(0, 24),
        st.integers(1, 2),
        st.sampled_from(["Europe/London", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
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
