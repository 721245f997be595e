"""What the patient's pages say of a visit: its state, the wait, and what may be changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory, encounters, scheduling
from app.encounters import VisitState
from app.errors import Forbidden, NotAuthenticated
from app.identity import Principal
from app.routers.dependencies import Caller, Now, Session
from app.scheduling import MyBooking
from app.web.frame import Frame, PageFrame, render, render_fragment

LATE_SAID_FROM = timedelta(minutes=5)
CALL_BACK_FROM = timedelta(minutes=15)
"""How late the clinic must run before patients are offered to be rung instead."""


async def visitor(principal: Caller) -> Principal:
    """Someone who came by a link. Raises NotAuthenticated."""
    if principal.kind not in {"patient", "guest"}:
        raise NotAuthenticated("Open the link you were sent.")
    return principal


Visitor = Annotated[Principal, Depends(visitor)]


@dataclass(frozen=True, slots=True)
class VisitPage:
    """What the pages say of a visit: its state, and the wait in words. `mine` is the patient's
    appointment and what they may do with it; guests have none."""

    state: VisitState
    now: datetime
    mine: MyBooking | None = None
    own_phone: str = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self.state, name)

    @property
    def is_late(self) -> bool:
        """Whether the clinic runs late enough to say so."""
        return self.state.late >= LATE_SAID_FROM

    @property
    def late_minutes(self) -> int:
        """How late, as it can be promised."""
        return round_up(self.state.late)

    @property
    def asked_to_be_rung(self) -> str:
        """The number they gave, if they did."""
        return self.mine.appointment.call_back_phone if self.mine else ""

    @property
    def may_be_rung(self) -> bool:
        """Offered when the clinic runs really late, and to those who asked already; never to
        those who are rung anyway, nor to one of a group."""
        if self.mine is None or self.mine.appointment.status not in {"booked", "arrived"}:
            return False
        if self.state.channel == "telephone" or self.mine.appointment.group_session_id:
            return False
        return bool(self.asked_to_be_rung) or self.state.late >= CALL_BACK_FROM

    @property
    def may_change(self) -> bool:
        """Whether anything can be changed here."""
        return self.mine is not None and not (self.mine.why_not_move and self.mine.why_not_cancel)

    def where_words(self, organization: str) -> str:
        """Where to come, to the room where one is booked."""
        rooms = self.mine.rooms if self.mine else ()
        return ", ".join((organization, *rooms))

    @property
    def expected_words(self) -> str:
        """Honest: late is said, and nothing is promised to the minute."""
        state = self.state
        if state.role != "patient" or state.expected_at is None:
            return "We have told them that you are here."
        wait = round_up(state.expected_at - self.now)
        words = (
            f"Expected wait: about {wait} minutes." if wait > 1 else "It should not be long now."
        )
        if self.is_late:
            words += f" The clinic is running about {self.late_minutes} minutes late. We are sorry."
        return words

    @property
    def announcement(self) -> str:
        """Read out when it changes."""
        if self.state.place is None:
            return "You are waiting to be let in."
        place = "You are next." if self.state.place == 1 else f"You are number {self.state.place}."
        return f"{place} {self.expected_words}"


def round_up(length: timedelta) -> int:
    """Whole minutes, to the next five above ten: nobody can promise more."""
    minutes = max(0, -int(-length.total_seconds() // 60))
    return minutes if minutes <= 10 else -(-minutes // 5) * 5


async def visit_page(principal: Visitor, session: Session, now: Now) -> VisitPage:
    """The visit of whoever came by a link."""
    state = await encounters.state_for_participant(session, now=now)
    if principal.kind != "patient" or principal.patient_id is None:
        return VisitPage(state, now)
    patient = await directory.find_patient(session, principal.patient_id)
    return VisitPage(state, now, await _mine(session, now), patient.phone)


async def _mine(session: AsyncSession, now: datetime) -> MyBooking | None:
    try:
        return await scheduling.my_booking(session, now=now)
    except Forbidden:  # urgent advice has no appointment
        return None


Visit = Annotated[VisitPage, Depends(visit_page)]


@dataclass(frozen=True, slots=True)
class Door:
    """One request of whoever came by a link: the page's frame, one transaction, the visit."""

    request: Request
    session: AsyncSession
    frame: Frame
    visit: VisitPage

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.visit.now

    @property
    def mine(self) -> MyBooking:
        """The patient's own appointment. Raises Forbidden for a guest."""
        if self.visit.mine is None:
            raise Forbidden("Open the link you were sent.")
        return self.visit.mine

    def page(self, template: str, *, status: int = 200, **content: object) -> HTMLResponse:
        """A whole page."""
        return render(
            self.request,
            f"visit/{template}",
            self.frame,
            status=status,
            visit=self.visit,
            **content,
        )

    def fragment(self, template: str, **content: object) -> HTMLResponse:
        """A piece of a page."""
        return render_fragment(f"visit/{template}", self.frame, visit=self.visit, **content)


async def at_the_door(request: Request, session: Session, frame: PageFrame, visit: Visit) -> Door:
    """Gathers it."""
    return Door(request, session, frame, visit)


AtDoor = Annotated[Door, Depends(at_the_door)]
