"""The pages of a patient or guest who came by a link: the visit, changing it, the call.

`state` says what is known in words, `pages` are the visit itself, `changes` move and cancel it,
`call_back` asks to be rung instead of waiting, `calendar_file` is for the phone's calendar.
"""

from fastapi import APIRouter

from app.web.visit import calendar_file, call_back, changes, pages

router = APIRouter()
for part in (pages, changes, call_back, calendar_file):
    router.include_router(part.router)

__all__ = ["router"]
