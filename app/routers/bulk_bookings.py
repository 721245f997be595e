"""Many lines in one call: a result for each, or all or nothing."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app import scheduling
from app.errors import BulkRefused, DomainError
from app.models import Appointment
from app.models.text import Prose
from app.routers.appointment_shapes import (
    AppointmentShape,
    BookedShape,
    NewAppointment,
    NewTime,
    booked_shape,
    shown,
)
from app.routers.dependencies import Config, Now, Session
from app.routers.holds import BOOKING
from app.routers.idempotency import Repeatable, Reply
from app.routers.problems import Problem, problem_members, problems

router = APIRouter(prefix="/api/v1/appointments", tags=["booking"], dependencies=[Depends(BOOKING)])


class BookingLine(NewAppointment):
    """A booking, as POST /api/v1/appointments takes it."""

    action: Literal["book"]

    def line(self) -> scheduling.BookLine:
        """As the use case takes it. Raises InvalidInput."""
        details = scheduling.Details(self.patient_id, self.reason, self.channel)
        return scheduling.BookLine(self.place(), details)


class MovingLine(NewTime):
    """A move of the `version` that was read."""

    action: Literal["move"]
    appointment_id: UUID
    version: Annotated[int, Field(ge=1, le=999_999_999)]

    def line(self) -> scheduling.MoveLine:
        """As the use case takes it."""
        place = self.model_dump(exclude={"action", "appointment_id", "version"})
        return scheduling.MoveLine(
            self.appointment_id, scheduling.Wanted(**place), version=self.version
        )


class CancellingLine(BaseModel):
    """A cancellation of the `version` that was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["cancel"]
    appointment_id: UUID
    version: Annotated[int, Field(ge=1, le=999_999_999)]
    code: scheduling.CancellationCode = "other"
    reason: Prose = ""

    def line(self) -> scheduling.CancelLine:
        """As the use case takes it."""
        return scheduling.CancelLine(self.appointment_id, self.version, self.code, self.reason)


AnyLine = Annotated[BookingLine | MovingLine | CancellingLine, Field(discriminator="action")]


class Bulk(BaseModel):
    """Lines, done in this order. With `all_or_nothing` one refusal undoes them all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lines: Annotated[tuple[AnyLine, ...], Field(min_length=1, max_length=scheduling.MOST_LINES)]
    all_or_nothing: bool = False


class LineResult(BaseModel):
    """What the line alone would have been answered: the appointment, or a problem document."""

    status: int
    appointment: BookedShape | AppointmentShape | None = None
    problem: Problem | None = None


class BulkResult(BaseModel):
    """One result a line, in the order of the lines."""

    done: int
    refused: int
    results: list[LineResult]


@router.post("/bulk", response_model=BulkResult, responses=problems(409))
async def do_in_bulk(
    *,
    request: Request,
    body: Bulk,
    once: Repeatable,
    session: Session,
    config: Config,
    now: Now,
) -> Response:
    """Book, move and cancel, up to 100 lines. The answer is 200 whatever came of the lines; with
    `all_or_nothing`, 409 with the same results where one is refused, and nothing is done."""

    async def act() -> Reply:
        lines, unreadable = _read(body)
        outcomes = await scheduling.do_in_bulk(session, list(lines.values()), now=now)
        found = dict(zip(lines, outcomes, strict=True)) | unreadable
        results = [
            await _result(request, session, config.base_url, found[number])
            for number in range(len(body.lines))
        ]
        refused = sum(result.problem is not None for result in results)
        if refused and body.all_or_nothing:
            raise BulkRefused([_undone(result) for result in results])
        counted = BulkResult(done=len(results) - refused, refused=refused, results=results)
        return Reply(200, counted, {})

    return await once(act)


def _read(body: Bulk) -> tuple[dict[int, scheduling.Line], dict[int, DomainError]]:
    """The lines by number, and what is wrong with those that make no sense."""
    lines: dict[int, scheduling.Line] = {}
    unreadable: dict[int, DomainError] = {}
    for number, line in enumerate(body.lines):
        try:
            lines[number] = line.line()
        except DomainError as error:
            unreadable[number] = error
    return lines, unreadable


async def _result(
    request: Request,
    session: Session,
    base_url: str,
    outcome: scheduling.LineOutcome,
) -> LineResult:
    if isinstance(outcome, DomainError):
        members = problem_members(request, outcome)
        return LineResult(status=outcome.status, problem=Problem.model_validate(members))
    if isinstance(outcome, Appointment):
        return LineResult(status=200, appointment=await shown(session, outcome))
    return LineResult(status=201, appointment=await booked_shape(session, outcome, base_url))


def _undone(result: LineResult) -> dict[str, object]:
    """A result without the appointment: it does not exist."""
    if result.problem is None:
        return {"status": 409, "problem": None}
    return result.model_dump(mode="json", include={"status", "problem"})
