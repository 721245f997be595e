"""Headers of what a device kept: its own id for it, and when it happened."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header

from app import referrals
from app.models.time_zone import Moment


async def sent(
    entry_id: Annotated[
        UUID | None, Header(description="The device's own id: sent again, it changes nothing")
    ] = None,
    happened_at: Annotated[
        Moment | None, Header(description="When it was entered, where it could not be sent at once")
    ] = None,
) -> referrals.Entry:
    """What the headers say of the body."""
    return referrals.Entry(id=entry_id, happened_at=happened_at)


Sent = Annotated[referrals.Entry, Depends(sent)]
