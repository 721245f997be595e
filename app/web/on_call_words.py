"""Who is on call, in words. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from app.models import HealthcareService, OnCallSwap
from app.referrals import Duty, OnCall
from app.referrals.on_call.gaps import ServiceGap
from app.referrals.on_call.planned import Planned
from app.web.environment import clock_time

ONE_DAY = timedelta(days=1)
LAYERS = {1: "First", 2: "Second", 3: "Consultant"}
WHEREABOUTS = {
    "device": "page open",
    "busy": "in another request",
    "away": "away",
    "unknown": "no page open",
}


@dataclass(frozen=True, slots=True)
class DutyShown:
    """One service of mine: whether it rings for me, and why."""

    service_id: UUID
    service_name: str
    is_on: bool
    words: str


@dataclass(frozen=True, slots=True)
class PersonShown:
    """Somebody on call now."""

    name: str
    where: str
    until: str


@dataclass(frozen=True, slots=True)
class LayerShown:
    """Those who are rung together."""

    name: str
    people: tuple[PersonShown, ...]


@dataclass(frozen=True, slots=True)
class ServiceShown:
    """A service, and who is on call for it by layer."""

    name: str
    layers: tuple[LayerShown, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A time ahead: a shift of mine, or a gap."""

    service_id: UUID
    service_name: str
    layer: int
    layer_name: str
    words: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a shift that can be given away: `value` is its ISO 8601 interval."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class SwapShown:
    """A swap that waits for an answer, or has one."""

    id: UUID
    words: str
    is_mine_to_answer: bool


def layer_name(layer: int) -> str:
    """`First`, `Second`, `Consultant`, `Layer 4`."""
    return LAYERS.get(layer, f"Layer {layer}")


def duty_of(duty: Duty, zone: str, now: datetime) -> DutyShown:
    """What a specialist has to know of one service."""
    if not duty.is_on:
        words = "You are not on call. Requests do not ring for you."
    elif duty.by_rota and duty.until:
        ends = until_words(duty.until, zone, now)
        words = f"You are on call {ends} by the rota, in the layer “{_layer(duty)}”."
    else:
        words = f"You are on call outside of the rota, in the layer “{_layer(duty)}”."
    return DutyShown(duty.service_id, duty.service_name, duty.is_on, words)


def _layer(duty: Duty) -> str:
    return layer_name(duty.ring_order)


def until_words(until: datetime, zone: str, now: datetime) -> str:
    """`until 8am`, within a day. Later a time alone would be taken for the next such, and shifts
    that follow each other are not counted to their end."""
    if until - now > ONE_DAY:
        return "for 24 hours and more"
    return f"until {clock_time(until, zone)}"


def service_of(
    service: HealthcareService, people: Sequence[OnCall], zone: str, now: datetime
) -> ServiceShown:
    """Who is on call for a service now."""
    layers = sorted({person.layer for person in people})
    return ServiceShown(
        service.name,
        tuple(
            LayerShown(
                layer_name(layer),
                tuple(_person(each, zone, now) for each in people if each.layer == layer),
            )
            for layer in layers
        ),
    )


def _person(person: OnCall, zone: str, now: datetime) -> PersonShown:
    until = until_words(person.until, zone, now) if person.until else "no end set"
    return PersonShown(person.name, WHEREABOUTS[person.whereabouts], until)


def shift_of(planned: Planned, zone: str) -> Span:
    """A coming shift of one's own."""
    return Span(
        planned.service_id,
        planned.service_name,
        planned.layer,
        layer_name(planned.layer),
        span_words(planned.start, planned.end, zone),
        planned.start,
        planned.end,
    )


def pieces_of(shift: Span, zone: str, now: datetime) -> list[Piece]:
    """The whole of a shift, and each day of one that lasts for days; what is over is left out."""
    cuts = [shift.start, *_days_after(shift.start.astimezone(ZoneInfo(zone)), shift.end), shift.end]
    days = [(start, end) for start, end in pairwise(cuts) if end > now]
    spans = days if len(days) < 2 else [(shift.start, shift.end), *days]
    return [
        Piece(f"{start.isoformat()}/{end.isoformat()}", span_words(start, end, zone))
        for start, end in spans
    ]


def _days_after(start: datetime, end: datetime) -> Iterator[datetime]:
    """The same time on the wall on each following day."""
    moment = start + ONE_DAY
    while moment.astimezone(UTC) < end:
        yield moment.astimezone(UTC)
        moment += ONE_DAY


def gap_of(gap: ServiceGap, zone: str) -> Span:
    """A time at which nobody is on call in a layer."""
    return Span(
        gap.service_id,
        gap.service_name,
        gap.layer,
        layer_name(gap.layer),
        span_words(gap.start, gap.end, zone),
        gap.start,
        gap.end,
    )


def span_words(start: datetime, end: datetime, zone: str) -> str:
    """`Fri 20 Nov, 9am to 5pm`, with the second day where it ends on another."""
    first, last = (moment.astimezone(ZoneInfo(zone)) for moment in (start, end))
    begins = f"{first:%a} {first.day} {first:%b}, {clock_time(start, zone)}"
    if first.date() == last.date():
        return f"{begins} to {clock_time(end, zone)}"
    return f"{begins} to {last:%a} {last.day} {last:%b}, {clock_time(end, zone)}"


def swap_of(swap: OnCallSwap, names: dict[UUID, str], *, me: UUID | None, zone: str) -> SwapShown:
    """A swap as the one of the two reads it who looks; once answered, as whoever asked does."""
    when = span_words(swap.starts_at, swap.ends_at, zone)
    layer = layer_name(swap.layer).lower()
    back = ""
    if swap.back_starts_at and swap.back_ends_at:
        back = f" In return: {span_words(swap.back_starts_at, swap.back_ends_at, zone)}."
    if swap.asked_of == me:
        asker = names.get(swap.asked_by, "A colleague")
        return SwapShown(swap.id, f"{asker} asks you to take {when} ({layer}).{back}", True)
    asked = names.get(swap.asked_of, "a colleague")
    if swap.status == "agreed":
        return SwapShown(swap.id, f"{asked} takes {when} ({layer}).{back}", False)
    if swap.status == "declined":
        return SwapShown(swap.id, f"{asked} cannot take {when} ({layer}). It stays yours.", False)
    return SwapShown(swap.id, f"You asked {asked} to take {when} ({layer}).{back}", False)
