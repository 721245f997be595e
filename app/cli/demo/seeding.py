"""Demo data. Run at each start in demo mode: makes what is missing, changes nothing that is there,
and books appointments around the present time when today has none left.
"""

from datetime import datetime
from uuid import uuid5

from sqlalchemy import update

from app.cli.demo.documents import add_documents
from app.cli.demo.groups import book_group
from app.cli.demo.houses import make_house
from app.cli.demo.practice import DemoAccess, book_day, patient_access
from app.cli.demo.world import (
    AMBULANCE,
    CLIENT_ID,
    CLIENT_SECRET,
    DEVICE_SECRET,
    ENCODER_ID,
    HOSPITAL,
    MONITOR_ID,
    NAMESPACE,
    NEIGHBOUR,
    PEOPLE,
    PRACTICE,
    SCREEN_ID,
    Person,
    Place,
)
from app.clock import utc_now
from app.config import DEMO_PASSWORD, Settings
from app.database import Database
from app.identity import Actor, Principal
from app.models import ApiClient
from app.sealing import open_sealing


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
        return "\n".join(_sign_ins(await seed(database, settings, now=utc_now()), settings))
    finally:
        await database.close()


async def _open_system(database: Database, *, is_open: bool) -> None:
    """Accounts know that they are for the demo and stay out; an API client has to be told."""
    for place, client_id in (
        (PRACTICE, CLIENT_ID),
        (AMBULANCE, MONITOR_ID),
        (AMBULANCE, ENCODER_ID),
        (AMBULANCE, SCREEN_ID),
    ):
        async with database.transaction(_acting_for(place)) as session:
            await session.execute(
                update(ApiClient)
                .where(ApiClient.client_id == client_id)
                .values(disabled_at=None if is_open else utc_now())
            )


def _sign_ins(access: DemoAccess, settings: Settings) -> list[str]:
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
        "  Monitor   .venv/bin/python -m app.cli simulate-monitor --scenario deteriorating"
        f" --url {settings.base_url}",
        f"  Encoder   WHIP at /api/v1/whip with the token {ENCODER_ID}.{DEVICE_SECRET}",
        f"  Screen    WHEP at /api/v1/whep with the token {SCREEN_ID}.{DEVICE_SECRET}",
    ]


async def seed(database: Database, settings: Settings, *, now: datetime) -> DemoAccess:
    """Make the demo world whole and give a fresh link for its next patient."""
    for place in (PRACTICE, NEIGHBOUR, HOSPITAL, AMBULANCE):
        async with database.transaction(_acting_for(place)) as session:
            await make_house(session, place, now=now)
    async with database.transaction(_acting_for(PRACTICE)) as session:
        await book_day(session, now)
        await book_group(session, now)
    await add_documents(database, open_sealing(settings), _acting_as(PEOPLE[0]), now=now)
    async with database.transaction(_acting_for(PRACTICE)) as session:
        return await patient_access(session, settings, now)


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
