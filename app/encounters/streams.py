"""Where a vehicle's encoder publishes and its screen watches: the consultation it asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.admission import Admittance, admittance_of
from app.encounters.records import encounter_of
from app.encounters.video_devices import device_of
from app.errors import EncounterOver, NoConsultation, Removed, ResourceNotFound
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, ServiceRequest, VideoDevice

_ROLES = {"encoder": "crew", "screen": "guest"}


@dataclass(frozen=True, slots=True)
class PlacedDevice:
    """A device's seat. `houses` are the organisations whose policies bind its call, `earlier` is
    another consultation that it was in before."""

    admittance: Admittance
    houses: frozenset[UUID]
    earlier: UUID | None


async def place_device(
    session: AsyncSession, principal: Principal, *, named: UUID | None, now: datetime
) -> PlacedDevice:
    """Its seat in the one consultation that its vehicle has open, or in the one that is `named`.

    An encoder comes in as the crew's; a screen waits to be let in, like any guest. Raises
    Forbidden, NoConsultation, ResourceNotFound, EncounterOver, Removed.
    """
    device = await device_of(session, principal.subject)
    encounter = await encounter_of(session, await _where(session, device, named), lock=True)
    if encounter.is_over:
        raise EncounterOver
    seat = await _seat(session, device, encounter)
    if seat.removed_at:
        raise Removed
    if device.kind == "encoder":
        seat.let_in(now, None)
    seat.last_seen_at = device.last_seen_at = now
    earlier, device.encounter_id = device.encounter_id, encounter.id
    _note(session, device, encounter)
    await session.flush()
    return PlacedDevice(
        admittance=admittance_of(encounter, seat, now),
        houses=frozenset({encounter.organization_id, device.organization_id}),
        earlier=earlier if earlier != encounter.id else None,
    )


async def _where(session: AsyncSession, device: VideoDevice, named: UUID | None) -> UUID:
    """With two open requests the vehicle may have two patients: nobody guesses whose it is."""
    found = await session.scalars(
        select(ServiceRequest.encounter_id).where(
            func.upper(ServiceRequest.call_sign) == device.call_sign.upper(),
            ServiceRequest.closed_at.is_(None),
        )
    )
    open_now = found.all()
    if named is not None:
        if named not in open_now:
            raise ResourceNotFound("Encounter", named)
        return named
    if len(open_now) > 1:
        raise NoConsultation("More than one request of this call sign is open. Name one.")
    if not open_now or open_now[0] is None:
        raise NoConsultation("No request of this call sign has been answered.")
    return open_now[0]


async def _seat(
    session: AsyncSession, device: VideoDevice, encounter: Encounter
) -> EncounterParticipant:
    seat = await session.scalar(
        select(EncounterParticipant).where(
            EncounterParticipant.encounter_id == encounter.id,
            EncounterParticipant.device_id == device.id,
        )
    )
    if seat is None:
        is_encoder = device.kind == "encoder"
        seat = EncounterParticipant(
            organization_id=encounter.organization_id,
            partner_organization_id=encounter.partner_organization_id,
            encounter_id=encounter.id,
            role=_ROLES[device.kind],
            name=device.call_sign if is_encoder else device.name,
            role_label=device.name if is_encoder else f"screen watching {device.call_sign}",
            device_id=device.id,
        )
        session.add(seat)
        await session.flush()
    return seat


def _note(session: AsyncSession, device: VideoDevice, encounter: Encounter) -> None:
    audit.record(
        session,
        "R",
        f"open Encounter as {device.kind}",
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
