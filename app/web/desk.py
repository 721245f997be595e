"""What nearly every page of staff needs, gathered: the request, one transaction, the clock."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypedDict

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.models.time_zone import zone
from app.routers.dependencies import Config, Now, Session
from app.web.forms import Errors, no_errors, summary_of
from app.web.frame import Frame, PageFrame, render, render_fragment


class Outcome(TypedDict, total=False):
    """What became of a form that was posted."""

    errors: Errors
    saved: bool
    status: int


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody signed in."""

    request: Request
    session: AsyncSession
    frame: Frame
    settings: Settings
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        """The local day of `moment`."""
        return moment.astimezone(zone(self.frame.zone)).date()

    def page(self, template: str, *, status: int = 200, **content: object) -> HTMLResponse:
        """A whole page."""
        return render(self.request, template, self.frame, status=status, **content)

    def form_page(
        self,
        template: str,
        form: object,
        *,
        errors: Errors | None = None,
        saved: bool = False,
        status: int = 200,
        **content: object,
    ) -> HTMLResponse:
        """A page with a form: as it stands, as it was kept, or with what is in the way."""
        errors = errors or no_errors()
        problems = summary_of(errors)
        return self.page(
            template,
            status=status,
            form=form,
            errors=errors,
            problems=problems,
            saved=saved,
            **content,
        )

    def fragment(self, template: str, **content: object) -> HTMLResponse:
        """A piece of a page."""
        return render_fragment(template, self.frame, **content)


async def at_desk(
    request: Request, session: Session, frame: PageFrame, config: Config, now: Now
) -> Desk:
    """Gathers it."""
    return Desk(request, session, frame, config, now)


AtDesk = Annotated[Desk, Depends(at_desk)]
