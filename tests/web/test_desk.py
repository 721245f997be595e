"""What a page of staff has at hand: the local day above all."""

from datetime import UTC, date, datetime
from typing import cast

import pytest
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.web.desk import Desk
from app.web.frame import Frame


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/London", date(2026, 7, 2)), ("America/New_York", date(2026, 7, 1))]
)
def test_today_is_the_organisations_own_day(zone: str, day: date) -> None:
    desk = Desk(
        request=cast("Request", None),
        session=cast("AsyncSession", None),
        frame=Frame(zone=zone),
        settings=cast("Settings", None),
        now=datetime(2026, 7, 1, 23, 30, tzinfo=UTC),
    )

    assert desk.today == day
