"""All that a message may know. The reason and the service are not here, so no words can name them:
"diabetic foot clinic" on a locked screen tells the whole family."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Appointment,
    HealthcareService,
    MessagingPolicy,
    Organization,
    Practitioner,
    WaitingListOffer,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """When, with whom, by what channel, and how to answer. `zone` is the IANA name of the clock
    to tell the time by; `link` is empty where there is none; `answer_by` is an offer's end,
    `also` are the later starts of a series that the message tells of too."""

    sender: str
    practitioner: str
    phone: str
    start: datetime
    end: datetime
    zone: str
    channel: str
    link: str = ""
    answer_by: datetime | None = None
    also: tuple[datetime, ...] = ()


async def facts_of(
    session: AsyncSession,
    what: Appointment | WaitingListOffer,
    policy: MessagingPolicy,
    *,
    link: str = "",
) -> Facts:
    """What may be said of this appointment, or of this offer of one."""
    practitioner = await session.get_one(Practitioner, what.practitioner_id)
    organization = await session.get_one(Organization, what.organization_id)
    return Facts(
        sender=policy.sender_name or organization.name,
        practitioner=practitioner.display_name,
        phone=await _phone(session, what.service_id) or organization.phone,
        start=what.start,
        end=what.end,
        zone=what.time_zone,
        channel=what.channel,
        link=link,
        answer_by=what.expires_at if isinstance(what, WaitingListOffer) else None,
    )


async def _phone(session: AsyncSession, service_id: UUID) -> str:
    wanted = select(HealthcareService.phone).where(HealthcareService.id == service_id)
    return await session.scalar(wanted) or ""
