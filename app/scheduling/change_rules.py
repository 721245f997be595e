"""When a patient may still move or cancel by themselves. Pure; cut-offs are local times."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.models import Appointment, HealthcareService
from app.models.time_zone import zone

TOO_LATE = "It is too late to move or cancel this appointment here."


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """Changes are possible until `cutoff_time`, `cutoff_days` local days before the start."""

    allowed: bool
    cutoff_days: int
    cutoff_time: time
    most_moves: int

    @classmethod
    def of(cls, service: HealthcareService) -> "ChangeRule":
        """The service's rule."""
        return cls(
            allowed=service.patients_may_change,
            cutoff_days=service.change_cutoff_days,
            cutoff_time=service.change_cutoff_time,
            most_moves=service.most_patient_moves,
        )

    def deadline(self, start: datetime, place: ZoneInfo) -> datetime:
        """The first instant at which it is too late, UTC; never after the start itself.

        A cut-off in a spring gap is read with the offset before it, and of one that comes twice
        the first counts (RFC 5545 §3.3.5).
        """
        day = start.astimezone(place).date() - timedelta(days=self.cutoff_days)
        return min(datetime.combine(day, self.cutoff_time, place).astimezone(UTC), start)


def why_not_cancel(appointment: Appointment, rule: ChangeRule, *, now: datetime) -> str:
    """In words for the patient; empty where they may."""
    if appointment.status == "arrived":  # they wait still: nothing is over
        return TOO_LATE
    if appointment.status != "booked":
        return "This appointment is over, or has begun."
    if not rule.allowed:
        return "Appointments of this kind are moved and cancelled by phone."
    if now >= rule.deadline(appointment.start, zone(appointment.time_zone)):
        return TOO_LATE
    return ""


def why_not_move(appointment: Appointment, rule: ChangeRule, *, now: datetime) -> str:
    """In words for the patient; empty where they may."""
    refusal = why_not_cancel(appointment, rule, now=now)
    if not refusal and appointment.moves_by_patient >= rule.most_moves:
        times = "once" if rule.most_moves == 1 else f"{rule.most_moves} times"
        refusal = (
            f"You have moved this appointment {times} already."
            if rule.most_moves
            else "This appointment cannot be moved here."
        )
    return refusal
