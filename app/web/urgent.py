"""The crew's pages: ask for advice, follow it while it rings, and be on video when answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import documents, referrals
from app.identity import Principal
from app.models import Organization
from app.observations import Newest
from app.observations.listing import listing_of_request
from app.referrals import AdviceLine, forms
from app.routers.dependencies import Config, Now, Session, allow
from app.web.advice import (
    advice_of,
    listed,
    specialty_words,
    vital_fields,
)
from app.web.case_form import shown_form
from app.web.desk import AtDesk
from app.web.documents import pictures_of
from app.web.frame import PageFrame, render, render_fragment
from app.web.journey import Side
from app.web.record import shown_observation
from app.web.vital_signs import BANDS, monitor_page, score_page, sent_words

router = APIRouter(include_in_schema=False)
Crew = Annotated[Principal, Depends(allow("crew"))]
MOST_QUESTION_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Tile:
    """One specialty to choose."""

    line: AdviceLine

    @property
    def id(self) -> UUID:
        """The service's."""
        return self.line.id

    @property
    def specialty_words(self) -> str:
        """Large on the tile."""
        return specialty_words(self.line.specialty)

    @property
    def organization_name(self) -> str:
        """Who answers."""
        return self.line.organization_name

    @property
    def on_duty_words(self) -> str:
        """Whether somebody will."""
        count = self.line.on_duty
        return f"{count} on call" if count else "Nobody on call: by telephone"


@router.get("/urgent")
async def ask(
    request: Request, frame: PageFrame, _: Crew, session: Session, now: Now
) -> HTMLResponse:
    """One screen: specialty, question, ask."""
    return await _ask_page(request, frame, session, now, values={"service_id": "", "question": ""})


async def _ask_page(
    request: Request,
    frame: PageFrame,
    session: Session,
    now: Now,
    *,
    values: Mapping[str, str],
    errors: list[dict[str, str]] | None = None,
) -> HTMLResponse:
    mine = await referrals.requests(session, now=now)
    tiles = [Tile(line) for line in await referrals.advice_lines(session, now=now)]
    return render(
        request,
        "urgent/ask.html",
        frame,
        form_id=uuid4(),
        status=422 if errors else 200,
        services=tiles,
        open_requests=[listed(each, referrals.priority_of(each, now)) for each in mine],
        values=values,
        errors=errors or [],
    )


@router.post("/urgent")
async def ask_now(
    request: Request,
    frame: PageFrame,
    _: Crew,
    session: Session,
    now: Now,
    *,
    config: Config,
    service_id: Annotated[str, Form()] = "",
    question: Annotated[str, Form()] = "",
    form_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """It rings from here on; the same form sent once more opens nothing new."""
    question = " ".join(question.split())
    errors = _problems(service_id, question)
    if errors:
        values = {"service_id": service_id, "question": question}
        return await _ask_page(request, frame, session, now, values=values, errors=errors)
    # Of this page and this question: gone back to for another patient, it asks anew.
    own_id = uuid5(form_id, f"{service_id} {question}") if form_id else None
    asked = referrals.Asked(service_id=UUID(service_id), question=question, id=own_id)
    raised = await referrals.raise_request(session, asked, now=now, ring_for=config.ring_lifetime)
    return RedirectResponse(f"/urgent/{raised.id}", 303)


def _problems(service_id: str, question: str) -> list[dict[str, str]]:
    problems = []
    if not _is_uuid(service_id):
        problems.append({"text": "Choose a specialty", "href": "#service-1"})
    if not question or len(question) > MOST_QUESTION_CHARACTERS:
        text = "Enter your question, in up to 300 characters"
        problems.append({"text": text, "href": "#question"})
    return problems


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


@router.get("/urgent/{request_id}")
async def follow(request_id: UUID, desk: AtDesk, _: Crew) -> HTMLResponse:
    """Who is rung, what is known of the patient, and the call."""
    case = await referrals.case(desk.session, request_id, now=desk.now)
    listing = await listing_of_request(desk.session, request_id)
    form = await forms.form_in(desk.session, case.request)
    organization = await desk.session.get_one(Organization, case.request.organization_id)
    return desk.page(
        "urgent/request.html",
        advice=advice_of(case, await referrals.late_entries(desk.session, request_id)),
        vitals=vital_fields(newest_values(listing.newest)),
        score=await score_page(desk, request_id),
        monitors=await monitor_page(desk, request_id),
        entered=[shown_observation(row) for row in listing.entered],
        sent=sent_words(listing.sent),
        bands=BANDS,
        form=shown_form(case.request, form, desk.frame.zone),
        dictation=organization.dictation,
        notes=await referrals.notes_of(desk.session, request_id),
        is_late=referrals.is_late,
        pictures=pictures_of(await documents.of_request(desk.session, request_id)),
    )


def newest_values(newest: Newest) -> dict[str, float | str | None]:
    """What stands in the fields: the newest value of each sign."""
    return {code: reading.text_value or reading.value for code, reading in newest.items()}


@router.get("/fragments/urgent/{request_id}")
async def status(
    request_id: UUID, frame: PageFrame, _: Crew, session: Session, now: Now
) -> HTMLResponse:
    """Each step as it happens."""
    case = await referrals.case(session, request_id, now=now)
    late = await referrals.late_entries(session, request_id)
    return render_fragment("urgent/status_fragment.html", frame, advice=advice_of(case, late))


@router.get("/fragments/urgent/{request_id}/notes")
async def notes(request_id: UUID, frame: PageFrame, _: Side, session: Session) -> HTMLResponse:
    """The crew's notes as they are written, from whichever device: the specialist reads them."""
    return render_fragment(
        "urgent/notes_fragment.html",
        frame,
        notes=await referrals.notes_of(session, request_id),
        is_late=referrals.is_late,
    )


@router.post("/urgent/{request_id}/cancel")
async def cancel(request_id: UUID, _: Crew, session: Session, now: Now) -> RedirectResponse:
    """Not needed any more: whoever is rung hears it stop."""
    await referrals.cancel(session, request_id, now=now)
    return RedirectResponse("/urgent", 303)


@router.post("/urgent/{request_id}/ring-again")
async def ring_again(request_id: UUID, _: Crew, session: Session, now: Now) -> RedirectResponse:
    """Nobody is there: it rings on at once, for whoever is on call."""
    await referrals.ring_again(session, request_id, now=now)
    return RedirectResponse(f"/urgent/{request_id}", 303)
