"""A house of many practitioners for measuring: ids by number, slots by number, filled by SQL."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import md5
from uuid import UUID

import asyncpg
from sqlalchemy.engine import make_url

from app import scheduling
from app.database import Database
from app.identity import Actor, Principal
from app.models import HealthcareService, Organization, Patient, Practitioner, Schedule

PATIENTS = 4_000
SLOTS_A_DAY = 24
SLOT = timedelta(minutes=15)
STEP = 7_919
"""A prime: steps of it through all places come to each once, in an order that looks like chance."""
SCHEDULER = "scheduler"


def numbered(kind: str, number: int) -> UUID:
    """The id of one of a kind; PostgreSQL says md5('kind number')::uuid."""
    return UUID(md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Wish:
    """One booking to be made."""

    practitioner_id: UUID
    patient_id: UUID
    start: datetime


@dataclass(frozen=True, slots=True)
class Ground:
    """`practitioners` people who work 09:00 to 17:00 every day; places are counted over `days`
    days from `first` on, between 10:00 and 16:00 UTC so that London's summer changes nothing."""

    practitioners: int
    first: date
    days: int
    varied: bool = False
    """Whether nearly everybody works other hours, or sees patients for longer."""

    @property
    def organization_id(self) -> UUID:
        """The house."""
        return numbered("organization", self.practitioners)

    @property
    def service_id(self) -> UUID:
        """What is booked."""
        return numbered("service", self.practitioners)

    @property
    def scheduler(self) -> Principal:
        """Who books."""
        return Principal(
            kind="staff",
            subject=numbered("subject", 0),
            organization_id=self.organization_id,
            name="Sam Desk",
            roles=frozenset({"scheduler"}),
        )

    @property
    def places(self) -> int:
        """How many different bookings there can be."""
        return self.practitioners * SLOTS_A_DAY * self.days

    def wish(self, number: int) -> Wish:
        """The booking of that number: none meets another."""
        place = number * STEP % self.places
        slot = place // self.practitioners
        return Wish(
            numbered("practitioner", place % self.practitioners),
            numbered("patient", place % PATIENTS),
            self.opening + timedelta(days=slot // SLOTS_A_DAY) + SLOT * (slot % SLOTS_A_DAY),
        )

    @property
    def opening(self) -> datetime:
        """The first slot."""
        return datetime.combine(self.first, time(10), UTC)


def ground(practitioners: int, days: int, *, varied: bool = False) -> Ground:
    """Of today's bookings: a week from now on."""
    return Ground(practitioners, datetime.now(UTC).date() + timedelta(days=7), days, varied)


async def lay(database: Database, site: Ground) -> None:
    """Enter everybody and their rotas."""
    house = site.organization_id
    async with database.transaction(Actor(organization_id=house)) as session:
        session.add(
            Organization(
                id=house,
                ods_code=f"B{site.practitioners:05}",
                name="Measured House",
                kind="gp-practice",
            )
        )
        await session.flush()
        session.add(
            HealthcareService(
                id=site.service_id,
                organization_id=house,
                name="GP appointment",
                specialty="general-practice",
                channel="telephone",
            )
        )
        session.add_all(_doctor(house, number) for number in range(site.practitioners))
        session.add_all(_patient(house, number) for number in range(PATIENTS))
        await session.flush()
        session.add_all(_rota(site, number) for number in range(site.practitioners))


def _doctor(organization_id: UUID, number: int) -> Practitioner:
    return Practitioner(
        id=numbered("practitioner", number),
        organization_id=organization_id,
        title="Dr",
        given_name="Alex",
        family_name=f"Adams {number}",
    )


def _patient(organization_id: UUID, number: int) -> Patient:
    return Patient(
        id=numbered("patient", number),
        organization_id=organization_id,
        given_name="Kim",
        family_name=f"Young {number}",
        birth_date=date(1980, 5, 17),
    )


def _rota(site: Ground, number: int) -> Schedule:
    opens, closes, minutes = _varied(number) if site.varied else (time(9), time(17), 15)
    return Schedule(
        organization_id=site.organization_id,
        practitioner_id=numbered("practitioner", number),
        service_id=site.service_id,
        channel="telephone",
        time_zone="Europe/London",
        recurrence="FREQ=DAILY",
        start_time=opens,
        end_time=closes,
        slot_minutes=minutes,
        valid_from=site.first - timedelta(days=400),
    )


def _varied(number: int) -> tuple[time, time, int]:
    """One of 3,888 ways to fill a day."""
    first, last = number * STEP % 36, number * STEP // 36 % 36
    opens, closes = time(8 + first // 12, first % 12 * 5), time(15 + last // 12, last % 12 * 5)
    return opens, closes, (10, 15, 20)[number * STEP // 1_296 % 3]


async def book_one(database: Database, site: Ground, number: int, *, now: datetime) -> None:
    """Book the place of that number, in one transaction as a request does."""
    wish = site.wish(number)
    wanted = scheduling.Wanted(site.service_id, wish.practitioner_id, wish.start)
    details = scheduling.Details(wish.patient_id, "Measured")
    async with database.transaction(Actor.of(site.scheduler)) as session:
        await scheduling.book(session, wanted, details, now=now)


_APPOINTMENTS = """
INSERT INTO appointment (id, created_at, version, organization_id, practitioner_id, service_id,
    patient_id, with_ids, status, during, time_zone, wall_start, channel, reason,
    outside_schedule, sequence, cancellation_code, cancellation_reason, moves_by_patient,
    call_back_phone)
SELECT md5($1::text || n)::uuid, now(), 1, $2::uuid, md5('practitioner ' || n % $3)::uuid,
    $4::uuid, md5('patient ' || n % $5)::uuid, '{}', $6, tstzrange(begins, begins + $7, '[)'),
    'Europe/London', '', 'telephone', '', false, 0, '', '', 0, ''
FROM (SELECT n, $8::timestamptz + (n / $3 / 32) * interval '1 day'
        + (n / $3 % 32) * interval '15 minutes' AS begins
    FROM generate_series($9::int, $10::int - 1) n
    WHERE (hashint4(n) & 65535) * 100 / 65536 < $11) places
"""
_OCCUPANCIES = """
INSERT INTO occupancy (id, created_at, organization_id, actor_id, during, appointment_id)
SELECT gen_random_uuid(), now(), organization_id, practitioner_id, during, id
FROM appointment WHERE organization_id = $1 AND status = 'booked'
"""
_AUDIT = """
INSERT INTO audit_event (id, created_at, organization_id, recorded_at, action, outcome, what,
    resource, resource_id, agent_kind, agent_name, agent_roles, address, request_id)
SELECT gen_random_uuid(), now(), $1::uuid, now(), 'C', 'success', 'Booked an appointment',
    'Appointment', n::text, 'staff', 'Sam Desk', 'scheduler', '-', '-'
FROM generate_series($2::int, $3::int - 1) n
"""


async def fill(url: str, site: Ground, *, days: int, percent: int) -> None:
    """Book so much of the next `days` days, working hours of UTC, with occupied time."""
    start = datetime.combine(site.first - timedelta(days=6), time(9), UTC)
    last = site.practitioners * 32 * days
    values = ("booked", SLOT, start, 0, last, percent)
    await _run(url, _APPOINTMENTS, "full ", *_house(site), *values)
    await _run(url, _OCCUPANCIES, site.organization_id)
    await _run(url, "ANALYZE")


async def add_history(url: str, site: Ground, *, already: int, until: int) -> None:
    """Appointments of days gone by, with their audit events, from one number to the other."""
    days = until // (site.practitioners * 32) + 2
    start = datetime.combine(site.first - timedelta(days=days + 8), time(9), UTC)
    values = ("fulfilled", SLOT, start, already, until, 100)
    await _run(url, _APPOINTMENTS, "past ", *_house(site), *values)
    await _run(url, _AUDIT, site.organization_id, already, until)
    await _run(url, "ANALYZE")


def _house(site: Ground) -> tuple[object, ...]:
    return (site.organization_id, site.practitioners, site.service_id, PATIENTS)


async def _run(url: str, statement: str, *values: object) -> None:
    """As the owner, past row-level security."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()
