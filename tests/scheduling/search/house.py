"""A house with many rotas, made up by hypothesis: few kinds of them, so that most are alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Appointment,
    BusySource,
    BusyTime,
    GroupSession,
    HealthcareService,
    Occupancy,
    Practitioner,
    Schedule,
    ScheduleException,
)
from app.scheduling import Period, Search
from app.scheduling.search import PartOfDay
from tests.clinic import Clinic

NOW = datetime(2026, 10, 23, 8, 0, tzinfo=UTC)
"""A Friday. London's clocks go back on the Sunday that follows."""
DAYS = 6
WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
KINDS: Sequence[dict[str, object]] = (
    {},
    {"end_time": time(12, 30), "valid_from": date(2026, 10, 20)},
    {"recurrence": WEEKDAYS, "slot_minutes": 20, "buffer_before_minutes": 5},
    {"recurrence": WEEKDAYS, "slot_minutes": 20, "buffer_after_minutes": 10},
    {"recurrence": f"{WEEKDAYS};INTERVAL=2", "valid_from": date(2026, 10, 19)},
    {"recurrence": f"{WEEKDAYS};INTERVAL=2", "valid_from": date(2026, 10, 26)},
    {"recurrence": "FREQ=DAILY;COUNT=3", "valid_from": date(2026, 10, 24)},
    {"start_time": time(22), "end_time": time(3), "slot_minutes": 30},
    {"capacity": 3, "slot_minutes": 60, "channel": "in-person"},
    {"breaks": [["10:00", "10:30"]], "notice_minutes": 2 * 24 * 60, "horizon_days": 4},
    {"time_zone": "America/New_York"},
    {"channel": "telephone", "valid_to": date(2026, 10, 26)},
    {"start_time": time(20), "end_time": time(0), "slot_minutes": 20},
    # Hours of their own, many of which begin at once.
    *({"start_time": time(9, 5 * n), "slot_minutes": 10 + n % 3 * 5} for n in range(1, 12)),
)
SERVICES = ("general-practice", "cardiac", "general-practice")


@dataclass(frozen=True)
class Person:
    """Who works there: kinds of rotas with the service of each, and when they are busy, in steps;
    all day long if `is_full`."""

    rotas: Sequence[tuple[int, int]]
    is_full: bool = False
    active: bool = True
    languages: Sequence[str] = ("en",)
    booked: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    busy: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Deviation:
    """An exception: of whom, on which day, and what of."""

    person: int
    day: int
    kind: str
    of_one_rota: bool
    hours: tuple[time, time] | None
    colleague: int


@dataclass(frozen=True)
class Question:
    """A search and how it is leafed through. `begin` is where it is opened, in minutes."""

    service: int | None
    person: int | None
    specialty: str | None
    language: str | None
    channel: str | None
    part_of_day: PartOfDay | None
    weekdays: frozenset[int]
    places: int
    begin: int
    hours: int
    page: int
    opened_at: float


@dataclass
class House:
    """What was entered."""

    services: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    rotas: list[list[Schedule]] = field(default_factory=list)

    def search(self, asked: Question) -> Search:
        """The same with ids."""
        return Search(
            service_id=None if asked.service is None else self.services[asked.service],
            practitioner_id=None if asked.person is None else self.one(asked.person),
            specialty=asked.specialty,
            language=asked.language,
            channel=asked.channel,  # type: ignore[arg-type]
            part_of_day=asked.part_of_day,
            weekdays=asked.weekdays,
            places=asked.places,
        )

    def one(self, number: int) -> UUID:
        """One of the people, by any number."""
        return self.people[number % len(self.people)]


def period(asked: Question) -> Period:
    """Where it looks."""
    begin = NOW + timedelta(minutes=asked.begin)
    return Period(begin, begin + timedelta(hours=asked.hours))


_few_steps = st.frozensets(st.integers(0, DAYS * 8 - 1), max_size=10)
_usual = st.builds(
    Person,
    rotas=st.sampled_from([[(0, 0)], [(0, 0), (11, 0)], [(0, 0), (1, 0)]]),
    is_full=st.sampled_from([True, True, True, False]),
    booked=_few_steps,
)
_any = st.builds(
    Person,
    rotas=st.lists(st.tuples(st.integers(0, len(KINDS) - 1), st.integers(0, 2)), max_size=3),
    active=st.sampled_from([True, True, True, False]),
    languages=st.sampled_from([("en",), ("en", "cy"), ("en-GB",), ()]),
    booked=_few_steps,
    held=_few_steps,
    busy=_few_steps,
    groups=_few_steps,
)
people = st.tuples(
    st.lists(_usual, min_size=35, max_size=45), st.lists(_any, min_size=5, max_size=20)
).map(lambda both: [*both[0], *both[1]])
deviations = st.lists(
    st.builds(
        Deviation,
        person=st.integers(0, 69),
        day=st.integers(-1, DAYS),
        kind=st.sampled_from(["closed", "closed", "extra", "swapped"]),
        of_one_rota=st.booleans(),
        hours=st.sampled_from(
            [None, (time(9), time(10, 15)), (time(7), time(13)), (time(23), time(1, 30))]
        ),
        colleague=st.integers(0, 69),
    ),
    min_size=8,
    max_size=20,
)
_seldom = st.sampled_from([False, False, False, True])


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Half of them are for the soonest with anybody, as people ask."""
    is_plain = draw(st.booleans())

    def maybe(strategy: st.SearchStrategy[object]) -> object:
        return draw(strategy) if not is_plain and draw(_seldom) else None

    return Question(
        service=0 if is_plain else draw(st.sampled_from([0, 1, 2, None])),
        person=maybe(st.integers(0, 69)),  # type: ignore[arg-type]
        specialty=maybe(st.sampled_from(SERVICES)),  # type: ignore[arg-type]
        language=maybe(st.sampled_from(["en", "EN-gb", "cy"])),  # type: ignore[arg-type]
        channel=maybe(st.sampled_from(["video", "telephone", "in-person"])),  # type: ignore[arg-type]
        part_of_day=maybe(st.sampled_from(["morning", "afternoon", "evening"])),  # type: ignore[arg-type]
        weekdays=maybe(st.sampled_from([frozenset({1, 7}), frozenset({6})])) or frozenset(),  # type: ignore[arg-type]
        places=maybe(st.just(2)) or 1,  # type: ignore[arg-type]
        begin=draw(st.integers(-60, (DAYS - 2) * 24 * 60)),
        hours=draw(st.sampled_from([1, 30, 24 * DAYS])),
        page=draw(st.sampled_from([1, 1, 2, 30])),
        opened_at=draw(st.floats(0, 1)),
    )


async def build(
    session: AsyncSession, clinic: Clinic, people: Sequence[Person], apart: Sequence[Deviation]
) -> House:
    """Enter it all into the clinic's organisation."""
    house = House()
    own = {"organization_id": clinic.organization_id}
    for number, specialty in enumerate(SERVICES):
        house.services.append(uuid4())
        values = {"name": f"Service {number}", "specialty": specialty}
        session.add(HealthcareService(id=house.services[-1], **values, **own))
    for person in people:
        house.people.append(uuid4())
        session.add(_doctor(house.people[-1], person, own))
    await session.flush()
    for who, person in zip(house.people, people, strict=True):
        house.rotas.append([_rota(who, kind, house.services[at], own) for kind, at in person.rotas])
        session.add_all(house.rotas[-1])
    await session.flush()
    for number, person in enumerate(people):
        await _take_time(session, house, number, person, own)
    await session.flush()
    session.add_all(_exception(house, each, own) for each in apart if _makes_sense(house, each))
    return house


def _doctor(who: UUID, person: Person, own: dict[str, UUID]) -> Practitioner:
    return Practitioner(
        id=who,
        title="Dr",
        given_name="Alex",
        family_name="Adams",
        active=person.active,
        languages=list(person.languages),
        **own,
    )


def _rota(who: UUID, kind: int, service_id: UUID, own: dict[str, UUID]) -> Schedule:
    values: dict[str, object] = {
        "practitioner_id": who,
        "service_id": service_id,
        "time_zone": "Europe/London",
        "recurrence": "FREQ=DAILY",
        "start_time": time(9),
        "end_time": time(12),
        "slot_minutes": 15,
        "valid_from": date(2026, 1, 1),
    }
    return Schedule(id=uuid4(), **{**values, **KINDS[kind], **own})


def _step(number: int) -> datetime:
    """Half-hours from eight o'clock on, eight of them a day."""
    return NOW + timedelta(days=number // 8, minutes=30 * (number % 8))


async def _take_time(
    session: AsyncSession, house: House, number: int, person: Person, own: dict[str, UUID]
) -> None:
    who = house.people[number]
    booked = frozenset(range(DAYS * 8)) if person.is_full else person.booked
    for step in booked | person.held:
        expires = None if step in booked else NOW + timedelta(minutes=step % 3 - 1)
        during = Range(_step(step), _step(step) + timedelta(minutes=25), bounds="[)")
        session.add(made := _appointment(who, house.services[0], during, expires, own))
        session.add(
            Occupancy(
                actor_id=who, during=during, appointment_id=made.id, expires_at=expires, **own
            )
        )
    source = BusySource(id=uuid4(), practitioner_id=who, kind="file", name="Mine", **own)
    session.add(source)
    await session.flush()
    for step in person.busy:
        begin = _step(step) + timedelta(minutes=7, seconds=step)
        during = Range(begin, begin + timedelta(minutes=11), bounds="[)")
        session.add(BusyTime(source_id=source.id, practitioner_id=who, during=during, **own))
    for step in person.groups - person.booked - person.held:
        await _meet(session, house.rotas[number], _step(step), own)


def _appointment(
    who: UUID,
    service_id: UUID,
    during: Range[datetime],
    expires: datetime | None,
    own: dict[str, UUID],
) -> Appointment:
    return Appointment(
        id=uuid4(),
        practitioner_id=who,
        service_id=service_id,
        status="arrived" if expires is None else "pending",
        during=during,
        time_zone="UTC",
        wall_start="",
        hold_expires_at=expires,
        **own,
    )


async def _meet(
    session: AsyncSession, rotas: Sequence[Schedule], start: datetime, own: dict[str, UUID]
) -> None:
    """A group session of one or two, where the person has groups that could begin then."""
    groups = [rota for rota in rotas if rota.capacity > 1]
    if not groups or start.minute:
        return
    end = start + timedelta(minutes=25)
    values = {"practitioner_id": groups[0].practitioner_id, "service_id": groups[0].service_id}
    meeting = GroupSession(
        id=uuid4(),
        schedule_id=groups[0].id,
        start=start,
        end=end,
        capacity=3,
        taken=1 + start.hour % 3,
        **values,
        **own,
    )
    session.add(meeting)
    await session.flush()
    session.add(
        Occupancy(
            actor_id=groups[0].practitioner_id,
            during=Range(start, end, bounds="[)"),
            group_session_id=meeting.id,
            **own,
        )
    )


def _makes_sense(house: House, each: Deviation) -> bool:
    return each.kind != "extra" or bool(each.hours and house.rotas[each.person % len(house.people)])


def _exception(house: House, each: Deviation, own: dict[str, UUID]) -> ScheduleException:
    rotas = house.rotas[each.person % len(house.people)]
    of_one = rotas and (each.of_one_rota or each.kind == "extra")
    first, last = each.hours or (None, None)
    return ScheduleException(
        practitioner_id=house.one(each.person),
        schedule_id=rotas[0].id if of_one else None,
        kind=each.kind,
        day=NOW.date() + timedelta(days=each.day),
        start_time=first,
        end_time=last,
        colleague_id=house.one(each.colleague) if each.kind == "swapped" else None,
        **own,
    )
