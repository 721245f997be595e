"""A rota's form: its preview as one types, whom the change affects, saving, ending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from app import scheduling
from app.errors import BookingsAffected, Conflict, InvalidInput
from app.scheduling import Rota
from app.web.choices import Choice, practitioner_choices, service_choices
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, no_errors, summary_of
from app.web.rotas import form as words
from app.web.rotas.affected import AffectedLine, lines_of
from app.web.rotas.form import (
    RotaForm,
    blank,
    errors_of,
    form_of,
    horizon_options,
    notice_options,
    rota_of,
)
from app.web.rotas.weeks import NEXT_WEEKS, PreviewWeek, changing_weeks, next_weeks
from app.web.schedule.query import Chosen

router = APIRouter()


@dataclass(frozen=True, slots=True)
class RotaPreview:
    """What the rota would be. Nothing but `missing` (in words) where it is not entered wholly.
    Times are read in `zone`."""

    missing: str = ""
    words: str = ""
    zone: str = ""
    weeks: Sequence[PreviewWeek] = ()
    changes: Sequence[PreviewWeek] = ()
    affected: Sequence[AffectedLine] = ()
    affected_count: int = 0

    @property
    def slots(self) -> int:
        """In the next weeks."""
        return sum(week.slots for week in self.weeks)


@router.get("/rotas/new")
async def new(desk: AtDesk, who: Annotated[Chosen, Query()] = None) -> HTMLResponse:
    """An empty form."""
    return await _page(desk, blank(desk.today, who))


@router.post("/rotas/new")
async def add(desk: AtDesk, form: Annotated[RotaForm, Form()]) -> Response:
    """Enter it."""
    try:
        await scheduling.add_schedule(desk.session, rota_of(form))
    except (InvalidInput, ValidationError) as refusal:
        return await _page(desk, form, errors=errors_of(refusal))
    return RedirectResponse("/rotas?done=saved", 303)


@router.post("/fragments/rotas/preview")
async def preview_new(desk: AtDesk, form: Annotated[RotaForm, Form()]) -> HTMLResponse:
    """The next weeks of what is entered so far."""
    return desk.fragment("rotas/preview.html", preview=await _preview(desk, form))


@router.post("/fragments/rotas/{schedule_id}/preview")
async def preview_changed(
    schedule_id: UUID, desk: AtDesk, form: Annotated[RotaForm, Form()]
) -> HTMLResponse:
    """The same, and whom it would affect. Raises ResourceNotFound."""
    await scheduling.find_schedule(desk.session, schedule_id)
    preview = await _preview(desk, form, schedule_id)
    return desk.fragment("rotas/preview.html", preview=preview)


@router.get("/rotas/{schedule_id}")
async def edit(schedule_id: UUID, desk: AtDesk) -> HTMLResponse:
    """The form as it was entered."""
    schedule = await scheduling.find_schedule(desk.session, schedule_id)
    return await _page(desk, form_of(schedule), schedule_id)


@router.post("/rotas/{schedule_id}")
async def save(schedule_id: UUID, desk: AtDesk, form: Annotated[RotaForm, Form()]) -> Response:
    """Change it; when that would leave bookings outside of it, they are shown first.

    Raises ResourceNotFound, also where what was entered is wrong besides.
    """
    await scheduling.find_schedule(desk.session, schedule_id)
    try:
        await scheduling.replace_schedule(
            desk.session,
            schedule_id,
            rota_of(form),
            version=form.version,
            now=desk.now,
            keep_bookings=form.keeps_bookings,
        )
    except (InvalidInput, ValidationError) as refusal:
        return await _page(desk, form, schedule_id, errors=errors_of(refusal))
    except BookingsAffected as refusal:
        return await _page(desk, form, schedule_id, affected=refusal)
    except Conflict:
        return await _page(desk, form, schedule_id, is_stale=True)
    return RedirectResponse("/rotas?done=saved", 303)


@router.get("/rotas/{schedule_id}/end")
async def ask_end(schedule_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Whether it is meant: an ended rota cannot be brought back, only made anew."""
    rota = await scheduling.find_schedule(desk.session, schedule_id)
    names = {each.id: each.name for each in await practitioner_choices(desk.session)}
    return desk.page(
        "rotas/end.html",
        seen_version=rota.version,
        action=f"/rotas/{schedule_id}/end",
        whose=names.get(rota.practitioner_id, ""),
        words=scheduling.words(rota),
        affected=(),
    )


@router.post("/rotas/{schedule_id}/end")
async def end(
    schedule_id: UUID,
    desk: AtDesk,
    version: Annotated[int, Form()],
    keep: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Offer these slots no more."""
    try:
        await scheduling.end_schedule(
            desk.session, schedule_id, version=version, now=desk.now, keep_bookings=keep == "yes"
        )
    except BookingsAffected as refusal:
        return await _end_page(desk, version, f"/rotas/{schedule_id}/end", refusal)
    except Conflict:
        return RedirectResponse("/rotas?done=stale", 303)
    return RedirectResponse("/rotas?done=ended", 303)


async def _end_page(
    desk: Desk, version: int, action: str, refusal: BookingsAffected
) -> HTMLResponse:
    return desk.page(
        "rotas/end.html",
        status=409,
        seen_version=version,
        action=action,
        affected=await lines_of(desk, refusal.bookings),
        affected_count=len(refusal.bookings),
    )


async def _preview(desk: Desk, form: RotaForm, schedule_id: UUID | None = None) -> RotaPreview:
    try:
        rota = rota_of(form)
        return await _planned(desk, rota, schedule_id)
    except (InvalidInput, ValidationError) as refusal:
        return RotaPreview(missing=next(iter(errors_of(refusal).values()), ""))


async def _planned(desk: Desk, rota: Rota, schedule_id: UUID | None) -> RotaPreview:
    first = _monday(max(desk.today, rota.valid_from))
    planned = await scheduling.plan_schedule(
        desk.session,
        rota,
        instead_of=schedule_id,
        first_day=first,
        weeks=NEXT_WEEKS,
        now=desk.now,
    )
    return RotaPreview(
        words=scheduling.words(planned.schedule),
        zone=planned.schedule.time_zone,
        weeks=next_weeks(planned.preview, first),
        changes=changing_weeks(planned.schedule, planned.preview),
        affected=await lines_of(desk, planned.affected),
        affected_count=len(planned.affected),
    )


def _monday(day: date) -> date:
    return date.fromordinal(day.toordinal() - day.weekday())


async def _page(
    desk: Desk,
    form: RotaForm,
    schedule_id: UUID | None = None,
    *,
    errors: Errors | None = None,
    affected: BookingsAffected | None = None,
    is_stale: bool = False,
) -> HTMLResponse:
    errors = errors or no_errors()
    session = desk.session
    return desk.page(
        "rotas/edit.html",
        status=409 if affected or is_stale else 422 if errors else 200,
        form=form,
        schedule_id=schedule_id,
        words=words,
        people=_choices(await practitioner_choices(session), form.practitioner_id),
        services=_choices(await service_choices(session), form.service_id),
        notice=notice_options(form.notice_minutes),
        horizon=horizon_options(form.horizon_days),
        errors=errors,
        problems=summary_of(errors),
        preview=await _preview(desk, form, schedule_id),
        affected=await lines_of(desk, affected.bookings) if affected else (),
        affected_count=len(affected.bookings) if affected else 0,
        is_stale=is_stale,
    )


def _choices(choices: Sequence[Choice], chosen: str) -> list[dict[str, object]]:
    return [
        {"value": "", "text": "Choose"},
        *(
            {"value": str(each.id), "text": each.name, "selected": str(each.id) == chosen}
            for each in choices
        ),
    ]
