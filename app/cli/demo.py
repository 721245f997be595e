"""Demo data: a practice, a hospital and an ambulance service with made-up people.

Run at each start in demo mode: makes what is missing, changes nothing that is there, and books
appointments around the present time when today has none left.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import accounts, encounters, scheduling
from app.cli.demo_documents import add_documents
from app.cli.demo_on_call import add_policy, add_rota
from app.clock import utc_now
from app.config import DEMO_PASSWORD, Settings
from app.database import Database
from app.identity import Actor, Principal
from app.models import (
    ApiClient,
    Appointment,
    Encounter,
    EncounterParticipant,
    HealthcareService,
    Location,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Schedule,
)
from app.observations import feed
from app.sealing import open_sealing

CLIENT_ID = "demo-scheduling-system"
CLIENT_SECRET = "openconsult-demo-system-secret"  # noqa: S105 (the same)
MONITOR_ID = "demo-monitor"
MONITOR_SECRET = "openconsult-demo-monitor-secret"  # noqa: S105 (the same)
NAMESPACE = UUID("6f70656e-636f-4e73-a56c-742064656d6f")
SLOT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Place:
    """A demo organisation."""

    ods_code: str
    name: str
    kind: str
    phone: str

    @property
    def id(self) -> UUID:
        """The same at every start and on every machine, so that examples can name it."""
        return uuid5(NAMESPACE, self.ods_code)


@dataclass(frozen=True, slots=True)
class Person:
    """A demo member of staff, with one role."""

    username: str
    title: str
    given_name: str
    family_name: str
    role: str
    place: Place
    service: str = ""
    ring_order: int = 1
    call_sign: str = ""

    @property
    def id(self) -> UUID:
        """The practitioner's id."""
        return uuid5(NAMESPACE, self.username)


PRACTICE = Place("A99001", "Riverside Surgery", "gp-practice", "0113 496 0100")
HOSPITAL = Place("R9901", "Northfield Hospital", "hospital", "0113 496 0200")
NEIGHBOUR = Place("R9903", "Eastmoor Hospital", "hospital", "0113 496 0400")
"""The other site: what nobody at the hospital answers rings here."""
AMBULANCE = Place("R9902", "Vale Ambulance Service", "ambulance", "0113 496 0300")
CONSULTATION = "GP video consultation"
ADVICE = {
    "stroke": "Stroke advice",
    "cardiac": "Cardiac advice",
    "trauma": "Trauma advice",
    "paediatric": "Paediatric advice",
    "mental-health": "Mental health advice",
}
PEOPLE = (
    Person("amara.okafor", "Dr", "Amara", "Okafor", "clinician", PRACTICE),
    Person("ben.hughes", "Dr", "Ben", "Hughes", "clinician", PRACTICE),
    Person("sam.reed", "", "Sam", "Reed", "scheduler", PRACTICE),
    Person("priya.nair", "", "Priya", "Nair", "administrator", PRACTICE),
    Person("chris.lang", "", "Chris", "Lang", "auditor", PRACTICE),
    Person("leila.shah", "Dr", "Leila", "Shah", "clinician", HOSPITAL, "stroke"),
    Person("tom.evans", "Dr", "Tom", "Evans", "clinician", HOSPITAL, "stroke", 2),
    Person("ruth.adeyemi", "Dr", "Ruth", "Adeyemi", "clinician", HOSPITAL, "stroke", 3),
    Person("omar.haddad", "Dr", "Omar", "Haddad", "clinician", NEIGHBOUR, "stroke"),
    Person("grace.bell", "", "Grace", "Bell", "administrator", HOSPITAL),
    Person("jo.carter", "", "Jo", "Carter", "crew", AMBULANCE, call_sign="VA214"),
)
PATIENTS = (
    # Numbers from the range that is never issued (NHS Data Dictionary: 999 000 0000 upwards).
    ("9990000018", "Mrs", "Margaret", "Whitfield", date(1951, 3, 15), "female"),
    ("9990000026", "Mr", "Daniel", "Osei", date(1988, 11, 2), "male"),
    ("9990000034", "Ms", "Aisha", "Rahman", date(1996, 6, 21), "female"),
    ("9990000042", "Mr", "Peter", "Lindqvist", date(1974, 1, 9), "male"),
    ("9990000050", "Miss", "Chloe", "Barrett", date(2004, 8, 30), "female"),
)
CONTACTS = ("sms", "email", "sms", "phone", "email")
"""How each of them wants to hear from the practice."""
REASONS = ("Chest infection, review", "Skin rash", "Medication review", "Back pain", "Asthma check")


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """What the terminal prints: how to get in."""

    patient_link: str
    patient_birth_date: date


async def load_demo(url: str, settings: Settings) -> str:
    """Fill the database at `url`; the lines for the terminal.

    Where demo accounts may not be shown it fills nothing, and what an earlier start left is shut:
    everybody knows its secrets.
    """
    database = Database(url, pool_size=1)
    try:
        await _open_system(database, is_open=settings.shows_demo)
        if not settings.shows_demo:
            return ""
        return "\n".join(_sign_ins(await seed(database, settings, now=utc_now())))
    finally:
        await database.close()


async def _open_system(database: Database, *, is_open: bool) -> None:
    """Accounts know that they are for the demo and stay out; an API client has to be told."""
    for place, client_id in ((PRACTICE, CLIENT_ID), (AMBULANCE, MONITOR_ID)):
        async with database.transaction(_acting_for(place)) as session:
            await session.execute(
                update(ApiClient)
                .where(ApiClient.client_id == client_id)
                .values(disabled_at=None if is_open else utc_now())
            )


def _sign_ins(access: DemoAccess) -> list[str]:
    birth_date = access.patient_birth_date
    people = [
        f"            {person.username:<14} {person.role}, {person.place.name}" for person in PEOPLE
    ]
    return [
        f"  Sign in   with the password {DEMO_PASSWORD} as",
        *people,
        f"  Patient   {access.patient_link}",
        f"            born {birth_date.day} {birth_date:%B %Y}",
        f"  System    {CLIENT_ID} with the secret {CLIENT_SECRET}",
        "  Monitor   .venv/bin/python -m app.cli simulate-monitor --scenario deteriorating",
    ]


async def seed(database: Database, settings: Settings, *, now: datetime) -> DemoAccess:
    """Make the demo world whole and give a fresh link for its next patient."""
    for place in (PRACTICE, NEIGHBOUR, HOSPITAL, AMBULANCE):
        async with database.transaction(_acting_for(place)) as session:
            await _place(session, place, now)
    async with database.transaction(_acting_for(AMBULANCE)) as session:
        await _monitor(session)
    async with database.transaction(_acting_for(PRACTICE)) as session:
        await _appointments(session, now)
    await add_documents(database, open_sealing(settings), _acting_as(PEOPLE[0]), now=now)
    async with database.transaction(_acting_for(PRACTICE)) as session:
        return await _access(session, settings, now)


def _acting_for(place: Place) -> Actor:
    principal = Principal(
        kind="system",
        subject=uuid5(NAMESPACE, f"demo {place.ods_code}"),
        organization_id=place.id,
        name="Demo data",
    )
    return Actor.of(principal)


def _acting_as(person: Person) -> Actor:
    principal = Principal(
        kind="staff",
        subject=uuid5(NAMESPACE, f"demo {person.username}"),
        organization_id=person.place.id,
        name=f"{person.title} {person.given_name} {person.family_name}".strip(),
        roles=frozenset({"clinician"}),
        practitioner_id=person.id,
    )
    return Actor.of(principal)


async def _place(session: AsyncSession, place: Place, now: datetime) -> None:
    if await session.get(Organization, place.id):
        return
    session.add(
        Organization(
            id=place.id,
            ods_code=place.ods_code,
            name=place.name,
            kind=place.kind,
            phone=place.phone,
            dictation="any" if place == AMBULANCE else "off",  # so that it can be tried
        )
    )
    await session.flush()
    services = await _services(session, place)
    for person in PEOPLE:
        if person.place == place:
            await _person(session, person, services, now)
    if place == HOSPITAL:
        session.add(_emergency_department())
        await _on_call(session, services["stroke"], now)
    if place == PRACTICE:
        _practice(session, services[CONSULTATION])
        await accounts.create_client(
            session,
            "Demo scheduling system",
            ["booking"],
            client_id=CLIENT_ID,
            secret=CLIENT_SECRET,
        )
    await session.flush()


async def _on_call(session: AsyncSession, service: HealthcareService, now: datetime) -> None:
    people = {person.username: person.id for person in PEOPLE if person.place == HOSPITAL}
    await add_rota(session, service, people, now)
    await add_policy(session, service, _service_id(NEIGHBOUR, service.name), now)


async def _monitor(session: AsyncSession) -> None:
    """The ambulance's: it follows the vehicle's requests by its call sign."""
    if await session.scalar(select(ApiClient.id).where(ApiClient.client_id == MONITOR_ID)):
        return
    vehicle = next(person.call_sign for person in PEOPLE if person.call_sign)
    await feed.register_monitor(
        session,
        feed.NewMonitor(name=f"Monitor of {vehicle}", call_sign=vehicle),
        client_id=MONITOR_ID,
        secret=MONITOR_SECRET,
    )


async def _services(session: AsyncSession, place: Place) -> dict[str, HealthcareService]:
    services: dict[str, HealthcareService] = {}
    if place == PRACTICE:
        services[CONSULTATION] = _service(
            place, CONSULTATION, specialty="general-practice", phone=place.phone
        )
    if place == HOSPITAL:
        for specialty, name in ADVICE.items():
            services[specialty] = _service(
                place, name, specialty=specialty, phone="0113 496 0222", urgent=True
            )
    if place == NEIGHBOUR:
        services["stroke"] = _service(
            place, ADVICE["stroke"], specialty="stroke", phone=place.phone, urgent=True
        )
    session.add_all(services.values())
    await session.flush()
    return services


def _service_id(place: Place, name: str) -> UUID:
    return uuid5(place.id if place == NEIGHBOUR else NAMESPACE, name)


def _service(
    place: Place, name: str, *, specialty: str, phone: str, urgent: bool = False
) -> HealthcareService:
    return HealthcareService(
        id=_service_id(place, name),
        organization_id=place.id,
        name=name,
        specialty=specialty,
        phone=phone,
        urgent=urgent,
        shared=urgent,
    )


def _emergency_department() -> Location:
    """Where crews take patients: a made-up hospital, so in the middle of a park."""
    return Location(
        id=uuid5(NAMESPACE, "emergency department"),
        organization_id=HOSPITAL.id,
        name=f"{HOSPITAL.name}, emergency department",
        latitude=53.8382,
        longitude=-1.4985,
        shared=True,
    )


async def _person(
    session: AsyncSession, person: Person, services: dict[str, HealthcareService], now: datetime
) -> None:
    on_call = person.service != ""
    practitioner = Practitioner(
        id=person.id,
        organization_id=person.place.id,
        title=person.title,
        given_name=person.given_name,
        family_name=person.family_name,
        shared=on_call,
    )
    session.add(practitioner)
    await session.flush()
    session.add(
        PractitionerRole(
            organization_id=person.place.id,
            practitioner_id=person.id,
            role=person.role,
            specialty=person.service,
            service_id=services[person.service].id if on_call else None,
            call_sign=person.call_sign,
            ring_order=person.ring_order,
            on_duty_since=now if on_call else None,
            shared=on_call,
        )
    )
    await accounts.create_account(
        session, practitioner, person.username, DEMO_PASSWORD, is_demo=True
    )


def _practice(session: AsyncSession, service: HealthcareService) -> None:
    for person in PEOPLE[:2]:
        session.add(
            Schedule(
                organization_id=PRACTICE.id,
                practitioner_id=person.id,
                service_id=service.id,
                time_zone="Europe/London",
                recurrence="FREQ=DAILY",
                start_time=time(8),
                end_time=time(20),
                slot_minutes=15,
                valid_from=date(2026, 1, 1),
            )
        )
    for contact, known in zip(CONTACTS, PATIENTS, strict=True):
        number, title, given_name, family_name, birth_date, gender = known
        session.add(
            Patient(
                id=uuid5(NAMESPACE, number),
                organization_id=PRACTICE.id,
                nhs_number=number,
                title=title,
                given_name=given_name,
                family_name=family_name,
                birth_date=birth_date,
                gender=gender,
                phone="07700 900100",
                email=f"{given_name}.{family_name}@example.com".lower(),
                preferred_contact=contact,
                address="1 Mill Lane, Riverside",
                postcode="LS1 4AP",
            )
        )


def _soon(now: datetime) -> datetime:
    """The next quarter of an hour: near enough to be in the waiting room at once."""
    quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return quarter + SLOT


async def _appointments(session: AsyncSession, now: datetime) -> None:
    """Booked outside the schedule too: the demo is tried at night."""
    if await _next_encounter(session, now):
        return
    first = _soon(now)
    starts = [first, first + SLOT, first + 3 * SLOT, first, first + 2 * SLOT]
    doctors = [PEOPLE[0], PEOPLE[0], PEOPLE[0], PEOPLE[1], PEOPLE[1]]
    for (number, *_), start, doctor, reason in zip(PATIENTS, starts, doctors, REASONS, strict=True):
        wanted = scheduling.Wanted(
            service_id=uuid5(NAMESPACE, CONSULTATION),
            practitioner_id=doctor.id,
            start=start,
            end=start + SLOT,
            outside_schedule=True,
        )
        details = scheduling.Details(patient_id=uuid5(NAMESPACE, number), reason=reason)
        await scheduling.book(session, wanted, details, now=now)


async def _next_encounter(session: AsyncSession, now: datetime) -> Encounter | None:
    """The first of Dr Okafor's that a patient can still join and the clinic would still see."""
    found: Encounter | None = await session.scalar(
        select(Encounter)
        .join(Appointment, Appointment.id == Encounter.appointment_id)
        .where(
            Encounter.practitioner_id == PEOPLE[0].id,
            Encounter.status.in_(["planned", "arrived"]),
            Appointment.starts_at > now - 4 * SLOT,
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    return found


async def _access(session: AsyncSession, settings: Settings, now: datetime) -> DemoAccess:
    encounter = await _next_encounter(session, now)
    if encounter is None or encounter.patient_id is None:
        raise LookupError("the demo appointments are missing")
    seat = await session.scalar(
        select(EncounterParticipant).where(
            EncounterParticipant.encounter_id == encounter.id,
            EncounterParticipant.role == "patient",
        )
    )
    patient = await session.get_one(Patient, encounter.patient_id)
    assert seat is not None  # noqa: S101 (planned together with the encounter)
    link, secret = encounters.new_link(seat, expires_at=now + timedelta(days=1))
    session.add(link)
    return DemoAccess(
        patient_link=f"{settings.base_url}/join#{secret}",
        patient_birth_date=patient.birth_date,
    )
