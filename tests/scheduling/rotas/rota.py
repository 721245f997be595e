"""Schedules and exceptions for tests of rotas, not in any database."""

from collections.abc import Sequence
from datetime import date, time
from uuid import UUID
from zoneinfo import ZoneInfo

from app.models import Schedule, ScheduleException
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.slots import Roster, offered
from app.scheduling.rotas.times import local_day

DOCTOR, COLLEAGUE, SERVICE, SCHEDULE = (UUID(int=number) for number in range(1, 5))


def rota(start: time = time(9), end: time = time(12), **other: object) -> Schedule:
    values: dict[str, object] = {
        "id": SCHEDULE,
        "practitioner_id": DOCTOR,
        "service_id": SERVICE,
        "channel": "video",
        "time_zone": "Europe/London",
        "recurrence": "FREQ=DAILY",
        "breaks": [],
        "slot_minutes": 30,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "capacity": 1,
        "notice_minutes": 0,
        "horizon_days": 730,
        "valid_from": date(2020, 1, 1),
        "valid_to": None,
        "active": True,
    }
    return Schedule(start_time=start, end_time=end, **(values | other))


def exception(day: date, kind: str = "closed", **other: object) -> ScheduleException:
    values: dict[str, object] = {
        "practitioner_id": DOCTOR,
        "schedule_id": None,
        "start_time": None,
        "end_time": None,
        "colleague_id": None,
    }
    return ScheduleException(kind=kind, day=day, **(values | other))


def on(
    schedule: Schedule, day: date, exceptions: Sequence[ScheduleException] = (), who: UUID = DOCTOR
) -> list[str]:
    """The wall-clock starts of the slots that `who` gives on that local day."""
    place = ZoneInfo(schedule.time_zone)
    roster = Roster(schedule, Exceptions(exceptions))
    return [
        slot.start.astimezone(place).strftime("%H:%M")
        for slot in offered(roster, local_day(day, place))
        if slot.practitioner_id == who
    ]
