"""Where GOV.UK Notify says what became of a message.

Its documentation (Callbacks, Delivery receipts): a POST with a bearer token that we chose; what is
not answered with success is sent again every five minutes, five times.
"""

from datetime import datetime
from hmac import compare_digest
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app import notifications
from app.errors import NotFound, TokenRefused
from app.routers.dependencies import Config, Db, Now
from app.routers.documentation import OPEN_TO_ALL
from app.routers.problems import problems


async def from_notify(
    config: Config, authorization: Annotated[str, Header(include_in_schema=False)] = ""
) -> None:
    """Lets in whoever has the token. Raises NotFound where none is set, TokenRefused."""
    if config.notify_callback_token is None:
        raise NotFound
    scheme, _, token = authorization.partition(" ")
    wanted = config.notify_callback_token.get_secret_value()
    if scheme.lower() != "bearer" or not compare_digest(token.strip().encode(), wanted.encode()):
        raise TokenRefused


router = APIRouter(prefix="/api/v1/notify", tags=["messages"], dependencies=[Depends(from_notify)])


class DeliveryReceipt(BaseModel):
    """What we read of it; whom it went to stays unread. `reference` is a Communication's id where
    the message is ours: others may use the same service of Notify."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    reference: Annotated[str, Field(max_length=1000)] | None = None
    status: notifications.DeliveryStatus
    completed_at: AwareDatetime | None = None

    def receipt(self, now: datetime) -> notifications.Receipt | None:
        """For the use case; None for a message that is none of ours."""
        try:
            ours = UUID(self.reference or "")
        except ValueError:
            return None
        at = self.completed_at or now
        return notifications.Receipt(ours, str(self.id), self.status, at)


@router.post(
    "/delivery-receipts",
    status_code=204,
    responses=problems(401, 404),
    openapi_extra=OPEN_TO_ALL,
)
async def take(body: DeliveryReceipt, database: Db, now: Now) -> None:
    """Note it. 204 too for what carries no reference of ours, which is ignored; 404 for a message
    that we do not know, or not yet: Notify sends it again."""
    receipt = body.receipt(now)
    if receipt:
        await notifications.take_receipt(database, receipt)
