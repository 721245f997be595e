"""A second hospital that the first one's policy rings when nobody answers there."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from app import referrals
from app.database import Database
from app.identity import Principal
from app.models import HealthcareService
from tests.referrals.world import NOON, Region, on_call_for, organization, region, staff

PHONE = "01632 960199"


@dataclass(frozen=True)
class Sites:
    """Dr Cole is on call at the other hospital."""

    region: Region
    manager: Principal
    cole: Principal
    other_id: UUID
    other_service_id: UUID


async def sites(database: Database) -> Sites:
    """The first layer is rung twice; then the second, everyone, the other site, the telephone."""
    here = await region(database)
    other = await organization(database, "RT801", "other hospital")
    service_id = uuid4()
    cole = await staff(database, other, "clinician", "Ida", "Cole")
    async with here.acting(cole) as session:
        session.add(
            HealthcareService(
                id=service_id,
                organization_id=other,
                name="Stroke advice",
                specialty="stroke",
                urgent=True,
                shared=True,
                phone="01632 960201",
            )
        )
    await on_call_for(here, cole, service_id, 1)
    manager = await staff(database, here.shah.organization_id, "administrator", "Max", "Planner")
    found = Sites(here, manager, cole, other, service_id)
    await write_policy(found)
    return found


async def write_policy(found: Sites) -> None:
    policy = referrals.Policy.model_validate(
        {
            "steps": [
                {"kind": "layer", "layer": 1, "ring_seconds": 20, "repeats": 2},
                {"kind": "layer", "layer": 2, "ring_seconds": 25},
                {"kind": "everyone", "ring_seconds": 30},
                {"kind": "site", "service_id": str(found.other_service_id), "ring_seconds": 35},
            ],
            "phone": PHONE,
            "silent_seconds": 45,
        }
    )
    scope = referrals.Scope(service_id=found.region.service_id)
    async with found.region.acting(found.manager) as session:
        await referrals.write_policy(session, scope, policy, after_number=0, now=NOON)
