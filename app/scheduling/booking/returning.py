"""A no-show that is taken back: the patient came after all, or it was noted by mistake."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.directory import Named
from app.errors import Conflict, InvalidInput
from app.models import Appointment, GroupSession
from app.models.time_zone import zone
from app.scheduling.booking import occupancies
from app.scheduling.booking.occupancies import Claim
from app.scheduling.booking.places import Place
from app.scheduling.rotas import Period, Slot


def is_its_day(appointment: Appointment, now: datetime) -> bool:
    """Whether it is the appointment's local day still: later, reports and letters have counted
    the no-show."""
    place = zone(appointment.time_zone)
    return now.astimezone(place).date() == appointment.start.astimezone(place).date()


async def take_again(
    session: AsyncSession, appointment: Appointment, *, reason: str, now: datetime
) -> None:
    """Take the time that the no-show gave back.

    Raises InvalidInput without a reason, Conflict on another day, SlotNotFree and PatientBusy
    where somebody has the time by now; nothing is taken then.
    """
    if not reason:
        raise InvalidInput.field("reason", "Say why the no-show is taken back.")
    if not is_its_day(appointment, now):
        raise Conflict("A no-show can be taken back on the day of the appointment only.")
    place = await _place_of(session, appointment)
    claim = Claim(appointment.id, place, appointment.patient_id, names_next=False)
    appointment.group_session_id = await occupancies.take(session, claim, now=now)


async def _place_of(session: AsyncSession, appointment: Appointment) -> Place:
    """Where it was, without buffers: what was booked right after it meanwhile may stay."""
    period = Period(appointment.start, appointment.end)
    return Place(
        service=Named(appointment.service_id),
        practitioner=Named(appointment.practitioner_id),
        period=period,
        taken=period,
        time_zone=appointment.time_zone,
        channel=appointment.channel,
        with_ids=tuple(appointment.with_ids),
        outside_schedule=appointment.outside_schedule,
        group=await _group_of(session, appointment, period),
    )


async def _group_of(session: AsyncSession, appointment: Appointment, period: Period) -> Slot | None:
    if appointment.group_session_id is None:
        return None
    group = await session.get_one(GroupSession, appointment.group_session_id)
    return Slot(
        start=group.start,
        practitioner_id=group.practitioner_id,
        end=group.end,
        service_id=group.service_id,
        time_zone=appointment.time_zone,
        schedule_id=group.schedule_id,
        channel=appointment.channel,
        capacity=group.capacity,
        taken=period,
        places=group.capacity - group.taken,
    )
