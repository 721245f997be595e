"""What is shared with a partner is told to both sides, from the offer to the end."""

import pytest
from sqlalchemy import select

from app import scheduling
from app.models import OutboxEvent
from app.scheduling import AgreementChanges, NewAgreement
from tests.clinic import NOW, Clinic, at, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_both_sides_are_told_of_every_change(clinic: Clinic) -> None:
    partner = (await open_clinic(clinic.database)).organization_id
    async with clinic.database.transaction(clinic.actor) as session:
        new = NewAgreement(partner_organization_id=partner, service_id=clinic.service_id)
        offered = await scheduling.offer_sharing(session, new, now=NOW)
        until = AgreementChanges(valid_to=at(9))
        await scheduling.change_agreement(session, offered.id, until, version=1)
        await scheduling.end_sharing(session, offered.id, version=2, now=NOW)
        told = (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()

    assert [(each.event, each.payload["status"], each.payload["version"]) for each in told] == [
        ("sharing.offered", "agreed", 1),
        ("sharing.changed", "agreed", 2),
        ("sharing.ended", "ended", 3),
    ]
    for each in told:
        assert each.resource_id == offered.id
        assert {f"scheduler@{partner}", f"scheduler@{clinic.organization_id}"} <= set(each.audience)
