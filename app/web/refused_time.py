"""A time that cannot be booked: why, in words, and which others can."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from app import scheduling
from app.errors import DomainError, FreeSlot, InvalidInput, PatientBusy, SlotNotFree
from app.models.paging import After
from app.scheduling import Period, Sought
from app.web.desk import Desk
from app.web.schedule import Obstacle, named

LOOKED_AHEAD = timedelta(days=16)
MOST = 5


def is_about_the_time(refusal: InvalidInput) -> bool:
    """Whether another time would do."""
    return any(problem.field == "start" for problem in refusal.problems)


def why(refusal: DomainError | None, sought: Sought, patient_name: str, now: datetime) -> str:
    """In words. None stands for a time that nobody has asked to book yet."""
    if sought.period.start <= now:
        return "That time is over"
    match refusal:
        case PatientBusy():
            return f"{patient_name} has another appointment at that time"
        case SlotNotFree() if sought.with_ids:
            return "Not everybody is free at that time"
        case InvalidInput() | None:
            return "That time cannot be booked"
    return refusal.title


async def others(desk: Desk, sought: Sought, patient_id: UUID | None) -> list[FreeSlot]:
    """The next times that fit, from the one that was refused on; for a patient, what is free for
    them and all who take part."""
    first = max(sought.period.start, desk.now)
    sought = replace(sought, period=Period(first, first + LOOKED_AHEAD))
    try:
        if patient_id is not None:
            return await scheduling.next_fitting(desk.session, sought, patient_id, now=desk.now)
        found = await scheduling.find_slots(
            desk.session, sought.period, sought.search, now=desk.now, after=After(limit=MOST)
        )
    except InvalidInput:  # so far ahead that nothing is offered
        return []
    return [FreeSlot(slot.practitioner_id, slot.start, slot.end) for slot in found.items]


async def explained(
    desk: Desk,
    refusal: DomainError | None,
    sought: Sought,
    *,
    patient_id: UUID | None = None,
    patient_name: str = "",
) -> Obstacle:
    """Both."""
    times = await named(desk.session, await others(desk, sought, patient_id))
    return Obstacle(why(refusal, sought, patient_name, desk.now), times)
