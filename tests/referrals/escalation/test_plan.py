"""Who is rung next, of a policy and of those who are on call."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.referrals.escalation.plan import Next, Place, Plan, Roster, Site, next_ring, upcoming
from app.referrals.escalation.policy import Policy
from app.referrals.on_call.people import OnCall

HERE, THERE, HOUSE, OTHER_HOUSE = uuid4(), uuid4(), uuid4(), uuid4()
SITE = Site(
    service_id=THERE,
    organization_id=OTHER_HOUSE,
    name="Stroke advice",
    organization_name="The other hospital",
    specialty="stroke",
)
STEPS: list[dict[str, object]] = [
    {"kind": "layer", "layer": 1, "ring_seconds": 20, "repeats": 2},
    {"kind": "layer", "layer": 2, "ring_seconds": 25},
    {"kind": "everyone", "ring_seconds": 30},
    {"kind": "site", "service_id": str(THERE), "ring_seconds": 35},
]


def person(name: str, layer: int = 1, **more: bool) -> OnCall:
    return OnCall(
        practitioner_id=uuid4(),
        name=name,
        organization_id=HOUSE,
        layer=layer,
        since=datetime(2026, 11, 20, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )


def plan(**more: object) -> Plan:
    policy = Policy.model_validate({"steps": STEPS, **more})
    return Plan(number=1, service_id=HERE, policy=policy, sites=(SITE,))


def told(found: tuple[Next, ...]) -> list[tuple[str, int, list[str]]]:
    return [(each.kind, each.seconds, [one.name for one in each.people]) for each in found]


SHAH, LUND, COLE = person("Shah"), person("Lund", 2), person("Cole")
ROSTER: Roster = {HERE: [SHAH, LUND], THERE: [COLE]}


def test_all_that_follows_is_told_in_order_with_names_and_seconds() -> None:
    assert told(upcoming(plan(), Place(), ROSTER)) == [
        ("layer", 20, ["Shah"]),
        ("layer", 20, ["Shah"]),
        ("layer", 25, ["Lund"]),
        ("everyone", 30, ["Shah", "Lund"]),
        ("site", 35, ["Cole"]),
    ]


def test_a_step_without_anybody_is_passed_over() -> None:
    found = next_ring(plan(), Place(), {HERE: [LUND]})

    assert found is not None
    assert (found.place, found.people) == (Place(1, 1), (LUND,))


def test_who_refused_is_not_rung() -> None:
    refused = frozenset({SHAH.practitioner_id})

    assert told(upcoming(plan(), Place(), ROSTER, refused=refused)) == [
        ("layer", 25, ["Lund"]),
        ("everyone", 30, ["Lund"]),
        ("site", 35, ["Cole"]),
    ]


def test_with_a_consultation_open_it_stays_in_the_house() -> None:
    kinds = [each.kind for each in upcoming(plan(), Place(), ROSTER, at_home=True)]

    assert "site" not in kinds


def test_a_site_that_is_gone_is_passed_over() -> None:
    without = Plan(number=1, service_id=HERE, policy=plan().policy)

    assert [each.kind for each in upcoming(without, Place(2, 1), ROSTER)] == []


def test_busy_and_away_are_passed_over_while_somebody_else_is_free() -> None:
    busy, away, free = person("B", busy=True), person("A", away=True), person("F")
    roster = {HERE: [busy, away, free]}

    first, _, everyone = told(upcoming(plan(), Place(), roster))

    assert first == ("layer", 20, ["F"])
    assert everyone == ("everyone", 30, ["B", "A", "F"])


def test_where_nobody_is_free_the_layer_is_rung_all_the_same() -> None:
    busy = person("B", busy=True)

    assert told(upcoming(plan(), Place(), {HERE: [busy]}))[0] == ("layer", 20, ["B"])


def test_a_policy_may_ring_the_busy_too() -> None:
    busy, free = person("B", busy=True), person("F")

    found = told(upcoming(plan(passes_over=False), Place(), {HERE: [busy, free]}))

    assert found[0] == ("layer", 20, ["B", "F"])


def test_one_person_in_two_layers_is_rung_once_with_everyone() -> None:
    twice = [SHAH, person("Shah", 2)]
    both = {HERE: [twice[0], OnCall(SHAH.practitioner_id, "Shah", HOUSE, 2, SHAH.since)]}

    everyone = [each for each in upcoming(plan(), Place(), both) if each.kind == "everyone"]

    assert [len(each.people) for each in everyone] == [1]


@given(
    layers=st.lists(st.integers(1, 4), max_size=5),
    step=st.integers(-1, 4),
    repetition=st.integers(0, 3),
    refusers=st.sets(st.integers(0, 4)),
)
def test_every_plan_ends_and_rings_no_refuser(
    layers: list[int], step: int, repetition: int, refusers: set[int]
) -> None:
    people = [person(str(number), layer) for number, layer in enumerate(layers)]
    refused: frozenset[UUID] = frozenset(
        each.practitioner_id for number, each in enumerate(people) if number in refusers
    )

    found = upcoming(plan(), Place(step, repetition), {HERE: people}, refused=refused)

    assert len(found) <= sum(each.repeats for each in plan().policy.steps)
    places = [(each.place.step, each.place.round) for each in found]
    assert places == sorted(set(places))
    assert not refused & {one.practitioner_id for each in found for one in each.people}
