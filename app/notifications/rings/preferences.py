"""A specialist's own choice: which number is texted, and when."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import actor_of
from app.errors import Forbidden, InvalidInput, StaleVersion
from app.identity import Principal
from app.models import RingPreference
from app.notifications.addressing import can_be_texted

TextWhen = Literal["no-device", "always", "never"]
_NUMBER = re.compile(r"\+?[0-9]{7,15}")  # ITU-T E.164 §6.2.1: at most 15 digits


def _mobile(value: str) -> str:
    digits = re.sub(r"[\s().-]", "", value)
    if digits and not (_NUMBER.fullmatch(digits) and can_be_texted(digits)):
        raise ValueError("must be a mobile number, such as 07700 900123")
    return value


class NewPreference(BaseModel):
    """When a ring is also a text message: where no page and no browser of ours takes it, always,
    or never. Without a number it never is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mobile: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=30),
        AfterValidator(_mobile),
    ] = ""
    text_when: TextWhen = "no-device"


async def preference_of(
    session: AsyncSession, practitioner_id: UUID | None = None
) -> RingPreference:
    """Somebody's, or the principal's own; the usual one, of version 0 and not stored, until they
    choose."""
    of = practitioner_id or _owner(session).practitioner_id
    found = await session.scalar(select(RingPreference).where(RingPreference.practitioner_id == of))
    return found or RingPreference(practitioner_id=of, version=0, **NewPreference().model_dump())


async def set_preference(
    session: AsyncSession, wanted: NewPreference, *, version: int
) -> RingPreference:
    """Choose. Raises StaleVersion, InvalidInput where texts are wanted always without a number."""
    if wanted.text_when == "always" and not wanted.mobile:
        raise InvalidInput.field("mobile", "is needed to send text messages to")
    principal = _owner(session)
    if version == 0:
        changed = await _first(session, principal, wanted)
    else:
        changed = await _locked(session, principal, version)
        changed.mobile, changed.text_when = wanted.mobile, wanted.text_when
        changed.touch()
    await session.flush()
    audit.record(
        session,
        "U",
        "Changed how they are rung",
        resource="RingPreference",
        resource_id=changed.id,
    )
    outbox.emit(
        session,
        "ring-preference.changed",
        changed.id,
        audience=[f"practitioner:{principal.practitioner_id}"],
    )
    return changed


async def _first(
    session: AsyncSession, principal: Principal, wanted: NewPreference
) -> RingPreference:
    values = {
        "organization_id": principal.organization_id,
        "practitioner_id": principal.practitioner_id,
        **wanted.model_dump(),
    }
    inserting = insert(RingPreference).values(values).on_conflict_do_nothing()
    made: RingPreference | None = await session.scalar(inserting.returning(RingPreference))
    if made is None:
        raise StaleVersion
    return made


async def _locked(session: AsyncSession, principal: Principal, version: int) -> RingPreference:
    found = await session.scalar(
        select(RingPreference)
        .where(RingPreference.practitioner_id == principal.practitioner_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or found.version != version:
        raise StaleVersion
    return found


def _owner(session: AsyncSession) -> Principal:
    principal = actor_of(session).principal
    if principal is None or principal.practitioner_id is None:
        raise Forbidden("Only staff are rung.")
    return principal
