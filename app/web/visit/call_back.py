"""The clinic runs late: the patient asks to be rung instead of waiting, or waits on after all."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from app import scheduling
from app.errors import Conflict
from app.scheduling.self_service import Phone
from app.web.visit.state import AtDoor, Door

router = APIRouter(include_in_schema=False)
_PHONE: TypeAdapter[str] = TypeAdapter(Phone)


@router.get("/visit/call-back")
async def page(door: AtDoor) -> Response:
    """On which number?"""
    if not door.visit.may_be_rung:
        return RedirectResponse("/visit", 303)
    return _page(door, door.visit.asked_to_be_rung or door.visit.own_phone)


@router.post("/visit/call-back")
async def ask(door: AtDoor, phone: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Keep the number: the clinician sees it."""
    try:
        number = _PHONE.validate_python(phone)
    except ValidationError:
        return _page(door, phone, error="Enter a phone number with digits, like 07700 900982")
    try:
        await scheduling.ask_call_back(door.session, number, now=door.now)
    except Conflict:
        return RedirectResponse("/visit", 303)
    return RedirectResponse("/visit?done=call-back", 303)


@router.post("/visit/call-back/withdraw")
async def withdraw(door: AtDoor) -> Response:
    """They wait on after all."""
    try:
        await scheduling.withdraw_call_back(door.session)
    except Conflict:
        return RedirectResponse("/visit", 303)
    return RedirectResponse("/visit?done=waits", 303)


def _page(door: Door, phone: str, *, error: str = "") -> HTMLResponse:
    status = 422 if error else 200
    return door.page("call_back.html", status=status, phone=phone, error=error)
