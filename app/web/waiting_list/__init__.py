"""The waiting list: who is asked next and why, who is being asked now, joining and leaving it.

`listing` shows it, `entries` are its forms, `offers` ask and answer for somebody by phone.
"""

from fastapi import APIRouter, Depends

from app.web.schedule.query import SCHEDULERS
from app.web.waiting_list import entries, listing, offers

router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
for part in (listing, offers, entries):  # an entry id would match what offers are asked by
    router.include_router(part.router)

__all__ = ["router"]
