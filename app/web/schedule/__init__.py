"""The scheduler's calendar: a day, a week or a month, and moving appointments in it.

`pages` are the routes; `query` says what is looked at, `grid`, `week` and `month` lay it out
(pure), `moving` explains a move and what is in its way, `day_sheet` is for paper.
"""

from fastapi import APIRouter, Depends

from app.web.schedule import day_sheet, pages
from app.web.schedule.moving import Obstacle, named, obstacle_of
from app.web.schedule.pages import schedule_page
from app.web.schedule.query import SCHEDULERS, CalendarQuery, View

router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
for part in (pages, day_sheet):
    router.include_router(part.router)

__all__ = [
    "SCHEDULERS",
    "CalendarQuery",
    "Obstacle",
    "View",
    "named",
    "obstacle_of",
    "router",
    "schedule_page",
]
