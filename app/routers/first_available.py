"""The first available appointment, with any practitioner or one of some."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from app import scheduling
from app.errors import InvalidInput
from app.models.organization import Channel
from app.models.text import Line, Prose
from app.models.time_zone import Moment
from app.routers.appointment_shapes import BookedShape, WithIds, booked_shape
from app.routers.dependencies import Config, Now, Session
from app.routers.holds import BOOKING
from app.routers.idempotency import Repeatable, Reply
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1/appointments", tags=["booking"], dependencies=[Depends(BOOKING)])

Weekday = Annotated[int, Field(ge=1, le=7)]


class FirstAvailable(BaseModel):
    """A service or a specialty, and when: slots that begin from `start` on and before `end`.

    Weekdays (ISO: Monday is 1) and parts of the day are local to the rota. `practitioner_ids`
    are those of whom any will do; without them, anybody. `language` is a BCP 47 tag.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient_id: UUID
    service_id: UUID | None = None
    specialty: Line | None = None
    start: Moment
    end: Moment
    practitioner_ids: Annotated[frozenset[UUID], Field(max_length=50)] = frozenset()
    part_of_day: scheduling.PartOfDay | None = None
    weekdays: Annotated[frozenset[Weekday], Field(max_length=7)] = frozenset()
    language: Line | None = None
    channel: Channel | None = None
    with_ids: WithIds = ()
    reason: Prose = ""

    def sought(self) -> scheduling.Sought:
        """What to look for. Raises InvalidInput unless it is one service or one specialty."""
        if (self.service_id is None) == (not self.specialty):
            raise InvalidInput.field("service_id", "Give this, or a specialty.")
        return scheduling.Sought(
            period=scheduling.Period(self.start, self.end),
            search=scheduling.Search(
                service_id=self.service_id,
                specialty=self.specialty or None,
                language=self.language or None,
                channel=self.channel,
                part_of_day=self.part_of_day,
                weekdays=self.weekdays,
            ),
            practitioner_ids=self.practitioner_ids,
            with_ids=self.with_ids,
        )


@router.post(
    "/first-available", status_code=201, response_model=BookedShape, responses=problems(404, 409)
)
async def book_first(
    body: FirstAvailable, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Book the soonest time that fits. Of several people who have it free, whoever has the fewest
    appointments that day gives it."""

    async def act() -> Reply:
        details = scheduling.Details(body.patient_id, body.reason)
        booking = await scheduling.book_first(session, body.sought(), details, now=now)
        appointment = booking.appointment
        headers = {"ETag": appointment.etag, "Location": f"{router.prefix}/{appointment.id}"}
        return Reply(201, await booked_shape(session, booking, config.base_url), headers)

    return await once(act)
