"""Layer by layer, then everyone, then nobody: each of the willing is rung, and it ends."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.referrals.layers import EVERYONE, OnDuty, next_layer

FIRST, SECOND, THIRD = (
    OnDuty(uuid4(), name, order) for name, order in (("Shah", 1), ("Lund", 2), ("Mbeki", 2))
)
ALL = [FIRST, SECOND, THIRD]
people = st.lists(
    st.builds(OnDuty, st.uuids(), st.just("Dr"), st.integers(1, 5)),
    max_size=8,
    unique_by=lambda person: person.practitioner_id,
)


def names(rung_up_to: int, *declined: UUID) -> list[str] | None:
    layer = next_layer(ALL, rung_up_to=rung_up_to, declined=declined)
    return [person.name for person in layer.people] if layer else None


def test_the_lowest_layer_is_rung_first() -> None:
    assert names(0) == ["Shah"]


def test_then_the_next_layer_together() -> None:
    assert names(1) == ["Lund", "Mbeki"]


def test_then_everyone() -> None:
    assert names(2) == ["Shah", "Lund", "Mbeki"]


def test_then_nobody_is_left() -> None:
    assert names(EVERYONE) is None


def test_who_declined_is_not_rung_again() -> None:
    assert names(1, SECOND.practitioner_id) == ["Mbeki"]
    assert names(2, SECOND.practitioner_id, THIRD.practitioner_id) == ["Shah"]


def test_a_layer_that_declined_is_passed_over() -> None:
    assert names(0, FIRST.practitioner_id) == ["Lund", "Mbeki"]


def test_nobody_on_duty_rings_nobody() -> None:
    assert next_layer([], rung_up_to=0, declined=()) is None


@given(people, st.sets(st.integers(0, 7)))
def test_it_ends_and_everyone_willing_was_rung(on_duty: list[OnDuty], refusing: set[int]) -> None:
    declined = {person.practitioner_id for i, person in enumerate(on_duty) if i in refusing}
    rung, up_to, steps = set[UUID](), 0, 0

    while layer := next_layer(on_duty, rung_up_to=up_to, declined=declined):
        assert layer.number > up_to
        assert layer.people
        rung |= {person.practitioner_id for person in layer.people}
        up_to, steps = layer.number, steps + 1

    assert rung == {person.practitioner_id for person in on_duty} - declined
    assert steps <= len({person.order for person in on_duty}) + 1
