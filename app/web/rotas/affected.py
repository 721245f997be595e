"""Bookings that a change of rotas would leave outside of them, as the desk sees them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app import directory, scheduling
from app.errors import AffectedBooking
from app.scheduling import Affected
from app.web.desk import Desk

MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class AffectedLine:
    """One booking, with whose it is. A hold has no name."""

    id: UUID
    start: datetime
    date: date
    practitioner_name: str
    patient_name: str


async def lines_of(
    desk: Desk, found: Iterable[Affected] | Iterable[AffectedBooking]
) -> Sequence[AffectedLine]:
    """The first of them."""
    bookings = [each.as_problem if isinstance(each, Affected) else each for each in found]
    return [await _line(desk, booking) for booking in bookings[:MOST_NAMED]]


async def _line(desk: Desk, booking: AffectedBooking) -> AffectedLine:
    appointment = await scheduling.read_appointment(desk.session, booking.id)
    patient_id = appointment.patient_id
    patient = await directory.find_patient(desk.session, patient_id) if patient_id else None
    practitioner = await directory.find_own_practitioner(desk.session, booking.practitioner_id)
    return AffectedLine(
        booking.id,
        booking.start,
        desk.day_of(booking.start),
        practitioner.display_name,
        patient.display_name if patient else "",
    )
