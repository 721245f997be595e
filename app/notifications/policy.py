"""An organisation's rules of messages: when it reminds, when it is quiet, what it sends by."""

from datetime import time
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import organization_of
from app.errors import StaleVersion
from app.models import MessagingPolicy, Organization
from app.models.text import Line
from app.models.time_zone import WallTime, zone
from app.notifications.quiet_hours import QuietHours

REMINDERS = (10_080, 1_440, 120)
"""A week before, while it can still be moved and somebody else can have the time; a day before,
to plan the day; two hours before, so that the link is at the top when it is needed."""
QUIET_FROM, QUIET_TO = time(21), time(8)


class NewPolicy(BaseModel):
    """The rules as they shall be. Equal quiet times mean: no quiet hours.

    `reminder_minutes` before the start; whole days keep the local time. `sender_name` stands in
    place of the organisation's name where that says too much.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reminder_minutes: Annotated[
        list[Annotated[int, Field(ge=15, le=43_200)]], Field(max_length=5, examples=[[1440]])
    ] = Field(default_factory=lambda: list(REMINDERS))
    quiet_from: WallTime = QUIET_FROM
    quiet_to: WallTime = QUIET_TO
    offer_minutes: Annotated[int, Field(ge=5, le=1_440)] = 30
    sender_name: Annotated[Line, Field(max_length=40)] = ""
    email_enabled: bool = True
    sms_enabled: bool = True

    @field_validator("reminder_minutes")
    @classmethod
    def _earliest_first(cls, minutes: list[int]) -> list[int]:
        return sorted(set(minutes), reverse=True)

    @classmethod
    def usual(cls) -> Self:
        """What holds where nobody has chosen."""
        return cls()


async def policy_of(session: AsyncSession, *, lock: bool = False) -> MessagingPolicy:
    """The organisation's rules; the usual ones, of version 0 and not stored, until it has any."""
    statement = select(MessagingPolicy)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = await session.scalar(statement)
    if found is not None:
        return found
    return MessagingPolicy(
        organization_id=organization_of(session), version=0, **NewPolicy.usual().model_dump()
    )


async def set_policy(session: AsyncSession, wanted: NewPolicy, *, version: int) -> MessagingPolicy:
    """Change the rules. Reminders that wait follow soon, quiet hours hold at once.

    Raises StaleVersion.
    """
    present = await policy_of(session, lock=True)
    if present.version != version:
        raise StaleVersion
    if present.version == 0:
        changed = await _first(session, wanted)
    else:
        changed = present
        for name, value in wanted.model_dump().items():
            setattr(changed, name, value)
        changed.touch()
    _note(session, changed)
    await session.flush()
    return changed


async def _first(session: AsyncSession, wanted: NewPolicy) -> MessagingPolicy:
    values = {"organization_id": organization_of(session), **wanted.model_dump()}
    inserting = insert(MessagingPolicy).values(values).on_conflict_do_nothing()
    made: MessagingPolicy | None = await session.scalar(inserting.returning(MessagingPolicy))
    if made is None:
        raise StaleVersion
    return made


def _note(session: AsyncSession, policy: MessagingPolicy) -> None:
    audit.record(
        session,
        "U",
        "Changed the rules of messages",
        resource="MessagingPolicy",
        resource_id=policy.id,
    )
    outbox.emit(
        session,
        "messaging-policy.changed",
        policy.id,
        audience=audience(session),
        payload={"version": policy.version},
    )


def audience(session: AsyncSession) -> list[str]:
    """Who watches the messages of this organisation."""
    organization_id = organization_of(session)
    return [f"scheduler@{organization_id}", f"administrator@{organization_id}"]


async def quiet_hours_of(session: AsyncSession, policy: MessagingPolicy) -> QuietHours:
    """The policy's quiet hours, on the organisation's clock."""
    organization = await session.get_one(Organization, policy.organization_id)
    return QuietHours(policy.quiet_from, policy.quiet_to, zone(organization.time_zone))
