"""The scheduler's calendar: a day, a week or a month, and moving appointments in it.

`pages` are the routes; `query` says what is looked at, `grid`, `week` and `month` lay it out
(pure), `moving` explains a move and what is in its way, `day_sheet` is for paper.
"""

from app.web.schedule.moving import Obstacle, obstacle_of
from app.web.schedule.pages import router, schedule_page
from app.web.schedule.query import SCHEDULERS, CalendarQuery, View

__all__ = [
    "SCHEDULERS",
    "CalendarQuery",
    "Obstacle",
    "View",
    "obstacle_of",
    "router",
    "schedule_page",
]
