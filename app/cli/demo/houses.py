"""The demo's organisations with their services and people: what is missing is made."""

from datetime import datetime
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import accounts, encounters
from app.cli.demo.on_call import ON_ROTA, add_policy, add_rota
from app.cli.demo.practice import furnish
from app.cli.demo.world import (
    ADVICE,
    AMBULANCE,
    CLIENT_ID,
    CLIENT_SECRET,
    CONSULTATION,
    DEVICE_SECRET,
    ENCODER_ID,
    GROUP,
    HOSPITAL,
    MONITOR_ID,
    MONITOR_SECRET,
    NAMESPACE,
    NEIGHBOUR,
    PEOPLE,
    PRACTICE,
    SCREEN_ID,
    Person,
    Place,
    service_id,
)
from app.config import DEMO_PASSWORD
from app.encounters.video_devices import DeviceKind
from app.models import (
    ApiClient,
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
)
from app.observations import feed

ADVICE_AT = {HOSPITAL.id: tuple(ADVICE), NEIGHBOUR.id: ("stroke",)}
"""The specialties in which a hospital gives advice."""


async def make_house(session: AsyncSession, place: Place, *, now: datetime) -> None:
    """One organisation, whole. As itself."""
    is_new = await _add_missing(session, _organization(place))
    for service in _services(place):
        await _add_missing(session, service)
    for person in PEOPLE:
        if person.place == place:
            await _person(session, person, now)
    if place == HOSPITAL:
        await _add_missing(session, _emergency_department())
        await _who_is_rung(session, now)
    if place == PRACTICE and is_new:
        furnish(session)
        await _scheduling_system(session)
    if place == AMBULANCE:
        await _monitor(session)
        await _video_devices(session)
    await session.flush()


async def _add_missing(
    session: AsyncSession, row: Organization | HealthcareService | Location | Practitioner
) -> bool:
    """Whether it was."""
    if await session.get(type(row), row.id):
        return False
    session.add(row)
    await session.flush()
    return True


def _organization(place: Place) -> Organization:
    return Organization(
        id=place.id,
        ods_code=place.ods_code,
        name=place.name,
        kind=place.kind,
        phone=place.phone,
        dictation="any" if place == AMBULANCE else "off",  # so that it can be tried
    )


def _services(place: Place) -> list[HealthcareService]:
    if place == PRACTICE:
        return [
            HealthcareService(
                id=uuid5(NAMESPACE, CONSULTATION),
                organization_id=place.id,
                name=CONSULTATION,
                specialty="general-practice",
                phone=place.phone,
            ),
            HealthcareService(
                id=uuid5(NAMESPACE, GROUP),
                organization_id=place.id,
                name=GROUP,
                specialty="general-practice",
                phone=place.phone,
            ),
        ]
    return [_advice(place, specialty) for specialty in ADVICE_AT.get(place.id, ())]


def _advice(place: Place, specialty: str) -> HealthcareService:
    return HealthcareService(
        id=service_id(place, specialty),
        organization_id=place.id,
        name=ADVICE[specialty],
        specialty=specialty,
        phone="0113 496 0222" if place == HOSPITAL else place.phone,
        urgent=True,
        shared=True,
    )


async def _who_is_rung(session: AsyncSession, now: datetime) -> None:
    stroke = await session.get_one(HealthcareService, service_id(HOSPITAL, "stroke"))
    await add_rota(session, stroke, now=now)
    await add_policy(session, stroke, service_id(NEIGHBOUR, "stroke"), now=now)


async def _scheduling_system(session: AsyncSession) -> None:
    await accounts.create_client(
        session,
        "Demo scheduling system",
        ["booking"],
        client_id=CLIENT_ID,
        secret=CLIENT_SECRET,
    )


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


async def _video_devices(session: AsyncSession) -> None:
    """The same vehicle's camera, and a screen that shows what it sends."""
    if await session.scalar(select(ApiClient.id).where(ApiClient.client_id == ENCODER_ID)):
        return
    vehicle = next(person.call_sign for person in PEOPLE if person.call_sign)
    kinds: tuple[tuple[DeviceKind, str, str], ...] = (
        ("encoder", "Roof camera", ENCODER_ID),
        ("screen", "Control room", SCREEN_ID),
    )
    for kind, name, client_id in kinds:
        await encounters.register_device(
            session,
            encounters.NewVideoDevice(kind=kind, name=name, call_sign=vehicle),
            client_id=client_id,
            secret=DEVICE_SECRET,
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


async def _person(session: AsyncSession, person: Person, now: datetime) -> None:
    on_call = person.service != ""
    practitioner = Practitioner(
        id=person.id,
        organization_id=person.place.id,
        title=person.title,
        given_name=person.given_name,
        family_name=person.family_name,
        shared=on_call,
    )
    if not await _add_missing(session, practitioner):
        return
    session.add(
        PractitionerRole(
            organization_id=person.place.id,
            practitioner_id=person.id,
            role=person.role,
            specialty=person.service,
            service_id=service_id(person.place, person.service) if on_call else None,
            call_sign=person.call_sign,
            ring_order=person.ring_order,
            on_duty_since=now if on_call and person.username not in ON_ROTA else None,
            shared=on_call,
        )
    )
    await accounts.create_account(
        session, practitioner, person.username, DEMO_PASSWORD, is_demo=True
    )
