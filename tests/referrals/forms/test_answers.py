"""Per field the last typed holds, in whatever order the entries come."""

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.models import CaseEntry
from app.referrals.forms import form_of
from tests.referrals.forms.entries import entry

entries = st.lists(
    st.builds(
        entry,
        st.sampled_from(["situation", "age_years", "treatment:a"]),
        st.integers(0, 3),
        st.integers(0, 5),
        id=st.uuids(),
    ),
    unique_by=lambda one: one.id,
    max_size=12,
)


@given(entries, st.randoms())
def test_any_order_of_arrival_comes_to_the_same(typed: list[CaseEntry], random: Random) -> None:
    shuffled = list(typed)
    random.shuffle(shuffled)

    assert form_of(shuffled).current == form_of(typed).current


@given(entries)
def test_what_holds_was_typed_last(typed: list[CaseEntry]) -> None:
    form = form_of(typed)

    assert form.typed == len(typed)
    for held in form.current.values():
        rivals = [one for one in typed if one.field == held.field]
        assert held.typed_at == max(one.typed_at for one in rivals)


def test_two_at_the_same_instant_are_told_apart_by_id() -> None:
    first = entry("situation", "a", id=UUID(int=1))
    second = entry("situation", "b", id=UUID(int=2))

    assert form_of([second, first]).text("situation") == "b"


def test_treatments_are_in_the_order_in_which_they_were_given() -> None:
    form = form_of(
        [
            entry("treatment:a", {"what": "oxygen", "at": ""}),
            entry("treatment:b", {"what": "aspirin", "at": "2026-11-20T11:40:00+00:00"}),
            entry("treatment:c", {"what": "gtn", "at": "2026-11-20T11:30:00+00:00"}),
            entry("treatment:d", {"what": "cpr", "at": "not-known"}),
            entry("treatment:e", {"what": "shock"}),
            entry("treatment:e", None, 1),
        ]
    )

    assert [each.what for each in form.treatments] == ["gtn", "aspirin", "oxygen", "cpr"]


def test_nothing_said_is_nothing() -> None:
    form = form_of([entry("situation", None), entry("time_critical", False)])

    assert (form.text("situation"), form.chosen("regions")) == ("", ())
    assert not form.holds("time_critical")
