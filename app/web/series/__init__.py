"""Appointments that recur: planned and booked from a free time, later moved or cancelled in part.

`form` turns what is chosen into a series (pure), `planning` books, `changing` changes.
"""

from fastapi import APIRouter, Depends

from app.web.schedule.query import SCHEDULERS
from app.web.series import changing, planning
from app.web.series.planning import plan_page

router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
for part in (planning, changing):
    router.include_router(part.router)

__all__ = ["plan_page", "router"]
