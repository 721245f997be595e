"""Whether a run was right: pure, and told nothing of how the service works.

What is wrong comes back as sentences; none means that no booking overlapped, every ok is there
once, every failure is absent, every unknown is one of both, and the stream has no gap.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from uuid import UUID

from tests.faults.history import LIVE, UNKEYED, Event, Findings, Operation, State

CHANGES = frozenset({"move", "cancel", "mark"})
BOOKINGS = frozenset({"book", "first", "book-hold", "bulk"})


def check(findings: Findings) -> list[str]:
    """Everything that is wrong."""
    rules: tuple[Callable[[Findings], Iterator[str]], ...] = (
        overlaps,
        occupancy,
        bookings,
        changes,
        holds,
        histories,
        replays,
        reads,
        held_twice,
        stream,
        heard_to_the_end,
        unresolved,
        calm,
    )
    return [*findings.noticed, *(problem for rule in rules for problem in rule(findings))]


def overlaps(findings: Findings) -> Iterator[str]:
    """No two live appointments of one practitioner or patient share an instant."""
    by_actor: dict[UUID, list[State]] = defaultdict(list)
    for state in findings.stored:
        if state.status in LIVE:
            for actor in {state.practitioner_id, state.patient_id} - {None}:
                by_actor[actor].append(state)  # type: ignore[index]
    for actor, states in by_actor.items():
        for one, other in pairwise(sorted(states, key=lambda state: (state.start, state.end))):
            if other.start < one.end:
                yield f"{one.id} and {other.id} overlap for {actor}"


def occupancy(findings: Findings) -> Iterator[str]:
    """Time is taken by exactly the appointments that take it."""
    found = {(row.appointment_id, row.actor_id, row.start, row.end) for row in findings.taken}
    wanted = {
        (state.id, actor, state.start, state.end)
        for state in findings.stored
        if state.status in LIVE
        for actor in (state.practitioner_id, state.patient_id)
    }
    held = {
        (row.appointment_id, row.actor_id, row.start, row.end)
        for row in findings.taken
        if row.is_held
    }
    yield from (f"no time is taken for {row[0]} of {row[1]}" for row in wanted - found)
    yield from (f"time of {row[1]} is taken for {row[0]}" for row in found - wanted - held)
    if len(found) != len(findings.taken):
        yield "time is taken twice for one appointment"
    by_actor = defaultdict(list)
    for row in findings.taken:
        by_actor[row.actor_id].append((row.start, row.end))
    for actor, times in by_actor.items():
        for (_, end), (start, _) in pairwise(sorted(times)):
            if start < end:
                yield f"time of {actor} is taken twice at {start}"


def bookings(findings: Findings) -> Iterator[str]:
    """Each ok booking is there once, each failed one is not, and nothing came from nowhere."""
    made: dict[str, list[State]] = defaultdict(list)
    for state in findings.stored:
        if state.status != "pending":
            made[state.reason].append(state)
    for operation in _of(findings, BOOKINGS):
        yield from _booked_once(operation, [made.pop(tag, []) for tag in operation.tags])
    yield from (f"a booking came from nowhere: {reason or found}" for reason, found in made.items())


def _booked_once(operation: Operation, found: Sequence[Sequence[State]]) -> Iterator[str]:
    """`found` are the appointments of each line."""
    there = sum(bool(states) for states in found)
    if any(len(states) > 1 for states in found):
        yield f"{operation.tag} booked {max(map(len, found))} times"
    if operation.outcome == "ok" and there < len(found):
        yield f"{operation.tag} was booked and is lost"
    elif operation.outcome == "failed" and there:
        yield f"{operation.tag} failed and is there"
    elif 0 < there < len(found):
        yield f"{operation.tag} was done by half"
    if operation.state and there and found[0][0].id != operation.state.id:
        yield f"{operation.tag} is there under another id"


def changes(findings: Findings) -> Iterator[str]:
    """Each version of an appointment was made by one operation, and none is missing."""
    made = _writers(findings)
    for event in _of_bookings(findings):
        writers = made.pop((event.id, event.version), [])
        sure = [each for each in writers if each.outcome == "ok"]
        possible = [each for each in writers if each.outcome != "failed"]
        if len(sure) > 1:
            yield f"version {event.version} of {event.id} was given to {len(sure)} operations"
        elif not possible:
            yield f"version {event.version} of {event.id} was made by nobody"
        yield from (problem for each in sure for problem in _differs(each, event))
    for (target, version), writers in made.items():
        for each in writers:
            if each.outcome == "ok":
                yield f"{each.tag} ({each.deed}) made version {version} of {target}: no event"


def _writers(findings: Findings) -> dict[tuple[UUID, int], list[Operation]]:
    """Which operations made, or may have made, a version of an appointment."""
    by_tag = {state.reason: state.id for state in findings.stored if state.reason}
    made: dict[tuple[UUID, int], list[Operation]] = defaultdict(list)
    for each in _of(findings, CHANGES | BOOKINGS):
        if _moved_nowhere(each):
            continue
        if each.state is not None and each.outcome == "ok":
            made[each.state.id, each.state.version].append(each)
        elif each.deed in CHANGES and each.target and each.version is not None:
            made[each.target, each.version + 1].append(each)
        else:
            version = 2 if each.deed == "book-hold" else 1
            for tag in by_tag.keys() & set(each.tags):
                made[by_tag[tag], version].append(each)
    return made


def _moved_nowhere(operation: Operation) -> bool:
    """A move to where it is already changes nothing, and is answered with what is there."""
    state = operation.state
    return operation.deed == "move" and state is not None and state.version == operation.version


def _differs(operation: Operation, event: Event) -> Iterator[str]:
    state = operation.state
    if state is None:
        return
    told = (event.status, event.practitioner_id, event.start)
    if told != (state.status, state.practitioner_id, state.start):
        yield f"the event of version {event.version} of {event.id} tells another state"


def holds(findings: Findings) -> Iterator[str]:
    """Each ok hold has its event; a held time is one that an operation held."""
    held = {each.state.id for each in _of(findings, {"hold"}) if each.state}
    told = {event.id for event in findings.events if event.status == "pending"}
    yield from (f"hold {each} has no event" for each in held - told)
    maybe = sum(each.outcome == "unknown" for each in _of(findings, {"hold"}))
    strangers = told - held
    if len(strangers) > maybe:
        yield f"{len(strangers)} holds came from nowhere, {maybe} are unknown"
    kept = {state.id for state in findings.stored if state.status == "pending"}
    for each in _of(findings, {"release"}):
        if each.outcome == "ok" and each.target in kept:
            yield f"hold {each.target} was released and is there"


def histories(findings: Findings) -> Iterator[str]:
    """Versions rise by one, once each, and the last one is what is stored."""
    told: dict[UUID, list[Event]] = defaultdict(list)
    for event in _of_bookings(findings):
        told[event.id].append(event)
    stored = {state.id: state for state in findings.stored if state.status != "pending"}
    for appointment_id, events in told.items():
        versions = [event.version for event in events]
        if versions != list(range(versions[0], versions[0] + len(versions))):
            yield f"versions of {appointment_id} in the stream: {versions}"
        if events[0].event != "appointment.booked":
            yield f"the stream of {appointment_id} begins with {events[0].event}"
        state = stored.get(appointment_id)
        if state is None:
            yield f"{appointment_id} has events and is not stored"
        elif _seen(state) != _told(events[-1]):
            yield f"{appointment_id} is stored otherwise than its last event says"
    yield from (f"{each} is stored and has no event" for each in stored.keys() - told.keys())


def replays(findings: Findings) -> Iterator[str]:
    """An answer given again is the same to the byte."""
    for operation in findings.operations:
        if operation.deed in UNKEYED:
            continue
        good = [each for each in operation.attempts if each.is_good]
        bodies = {each.body for each in good}
        if len(bodies) > 1:
            yield f"{operation.tag} was answered in {len(bodies)} ways"
        if any(not each.is_replay for each in good[1:]):
            yield f"{operation.tag} was done anew for a repeat"
        later = operation.attempts[operation.attempts.index(good[0]) + 1 :] if good else []
        yield from (
            f"{operation.tag} was done and then refused: {each.kind}"
            for each in later
            if each.is_refusal and each.status != 429
        )


def reads(findings: Findings) -> Iterator[str]:
    """Who reads sees a state that was made, and none older than what was answered before."""
    made = {(event.id, event.version): event for event in _of_bookings(findings)}
    answered: dict[UUID, list[tuple[float, int]]] = defaultdict(list)
    for each in _of(findings, CHANGES | BOOKINGS):
        if each.outcome == "ok" and each.state:
            answered[each.state.id].append((each.ended, each.state.version))
    unchanged = [each for each in _of(findings, {"move"}) if _moved_nowhere(each)]
    for each in (*_of(findings, {"read"}), *unchanged):
        if each.outcome != "ok" or each.state is None:
            continue
        state = each.state
        event = made.get((state.id, state.version))
        if event is None or _told(event) != _seen(state):
            yield f"{each.tag} read version {state.version} of {state.id}, which nobody made"
        newest = max((v for ended, v in answered[state.id] if ended < each.started), default=0)
        if state.version < newest:
            yield f"{each.tag} read version {state.version} of {state.id} after version {newest}"


def held_twice(findings: Findings) -> Iterator[str]:
    """At no moment was one time of one person surely given to two."""
    spans: dict[UUID, list[tuple[State, float, float]]] = defaultdict(list)
    for state, since, until in _surely_held(findings):
        for actor in (state.practitioner_id, state.patient_id):
            if actor is not None and since < until:
                spans[actor].append((state, since, until))
    for actor, found in spans.items():
        for (one, since, until), (other, other_since, other_until) in combinations(found, 2):
            if (
                one.id != other.id
                and one.start < other.end
                and other.start < one.end
                and max(since, other_since) < min(until, other_until)
            ):
                yield f"{actor} was given to {one.id} and {other.id} at one moment"


def _surely_held(findings: Findings) -> Iterator[tuple[State, float, float]]:
    """From an answer that gave a time to the start of whatever may have taken it away."""
    undoing: dict[UUID, list[tuple[int, float]]] = defaultdict(list)
    for each in _of(findings, CHANGES):
        if each.outcome != "failed" and each.target and each.version is not None:
            undoing[each.target].append((each.version, each.started))
    for each in _of(findings, CHANGES | BOOKINGS):
        if each.outcome == "ok" and each.state and each.state.status in LIVE:
            state = each.state
            later = [at for version, at in undoing[state.id] if version >= state.version]
            yield state, each.ended, min(later, default=float("inf"))


def stream(findings: Findings) -> Iterator[str]:
    """Events are in order, and each stretch that was heard is all there was in it."""
    positions = [event.position for event in findings.events]
    if any(one >= other for one, other in pairwise(positions)):
        yield "the outbox is out of order"
    for stretch in findings.listened:
        if not stretch.heard:
            continue
        last = stretch.heard[-1].position
        wanted = [event for event in findings.events if stretch.after < event.position <= last]
        if list(stretch.heard) != wanted:
            yield _how_heard(stretch.heard, wanted)


def _how_heard(heard: Sequence[Event], wanted: Sequence[Event]) -> str:
    positions = [event.position for event in heard]
    missing = {event.position for event in wanted} - set(positions)
    strange = set(heard) - set(wanted)
    again = len(positions) - len(set(positions))
    disorder = sum(one > other for one, other in pairwise(positions))
    return (
        f"of {len(wanted)} events {len(missing)} were not heard, {again} were heard again,"
        f" {disorder} out of order, {len(strange)} were never stored"
    )


def heard_to_the_end(findings: Findings) -> Iterator[str]:
    """Who listened heard the last event."""
    heard = [event.position for stretch in findings.listened for event in stretch.heard]
    if findings.listened and findings.events and findings.events[-1].position not in heard:
        yield "the last event was not heard"


def calm(findings: Findings) -> Iterator[str]:
    """Without faults no request is answered with a fault of ours. A kept connection may end."""
    for operation in findings.operations:
        for each in operation.attempts:
            if each.ended < findings.calm_until and each.status and each.status >= 500:
                yield f"{operation.tag} ({operation.deed}) got {each.status} in calm weather"


def unresolved(findings: Findings) -> Iterator[str]:
    """What can be asked again under its key does not stay unknown."""
    for each in findings.operations:
        if each.outcome == "unknown" and each.deed not in UNKEYED:
            yield f"{each.tag} ({each.deed}) is still unknown"


def _of(findings: Findings, deeds: Iterable[str]) -> Iterator[Operation]:
    wanted = frozenset(deeds)
    return (each for each in findings.operations if each.deed in wanted)


def _of_bookings(findings: Findings) -> Iterator[Event]:
    """Events of appointments; a hold is none yet."""
    return (event for event in findings.events if event.status != "pending")


def _seen(state: State) -> tuple[object, ...]:
    return (state.version, state.status, state.practitioner_id, state.start)


def _told(event: Event) -> tuple[object, ...]:
    return (event.version, event.status, event.practitioner_id, event.start)


def counted(operations: Sequence[Operation]) -> Mapping[str, int]:
    """How many of each deed ended how, for people."""
    found: dict[str, int] = defaultdict(int)
    for each in operations:
        found[f"{each.deed} {each.outcome}"] += 1
    return dict(sorted(found.items()))
