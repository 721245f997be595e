"""Vital signs on pages of both sides: the score with its parts, what was entered, the monitors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app import audit, observations
from app.models import Monitor, MonitorLink, StatedScore
from app.observations import feed, stated
from app.observations.bands import all_bands
from app.observations.listing import listing_of_request
from app.observations.subjects import subject_of_request
from app.routers.dependencies import allow
from app.web.advice import REFUSALS, RISKS
from app.web.desk import AtDesk, Desk
from app.web.environment import counted
from app.web.record import shown_observation

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("clinician", "crew"))])
SILENT_AFTER = timedelta(minutes=2)
"""A monitor sends each second, and what it sent is noted to the minute."""


@dataclass(frozen=True, slots=True)
class ScorePage:
    """NEWS2 in words."""

    request_id: UUID
    score: observations.ShownScore
    stated: Sequence[StatedScore]

    @property
    def risk(self) -> str:
        """Which colour, beside the words."""
        return self.score.result.risk or "incomplete"

    @property
    def risk_words(self) -> str:
        """What it means."""
        refused = self.score.result.refused
        return REFUSALS[refused] if refused else RISKS.get(self.risk, "")

    @property
    def total_words(self) -> str:
        """The number, or why there is none."""
        result = self.score.result
        if result.refused:
            return "not scored"
        if result.total is not None:
            return str(result.total)
        return f"not complete, at least {result.at_least}"

    @property
    def announcement(self) -> str:
        """Read out when it changes."""
        return f"NEWS2 {self.total_words}. {self.risk_words}".strip()

    @property
    def scale_words(self) -> str:
        """Which oxygen scale, and whether somebody chose it."""
        if self.score.scale == 2:
            return "Oxygen scale 2 (target 88 to 92 %)"
        return "Oxygen scale 1"


@dataclass(frozen=True, slots=True)
class MonitorPage:
    """Which monitor measures this patient, and which others there are."""

    request_id: UUID
    links: Sequence[MonitorLink]
    monitors: Sequence[Monitor]
    now: datetime
    may_choose: bool

    @property
    def present(self) -> list[MonitorLink]:
        """Those that are on now."""
        return [link for link in self.links if link.ended_at is None]

    @property
    def choices(self) -> list[Monitor]:
        """Those in use that are not on this patient."""
        on = {link.monitor_id for link in self.present}
        return [each for each in self.monitors if each.revoked_at is None and each.id not in on]

    def is_sending(self, link: MonitorLink) -> bool:
        """Whether it was heard of lately; unknown to the other organisation."""
        seen = next(
            (each.last_seen_at for each in self.monitors if each.id == link.monitor_id), None
        )
        return seen is not None and self.now - seen < SILENT_AFTER


async def score_page(desk: Desk, request_id: UUID) -> ScorePage:
    """The score of a request as of now. Raises ResourceNotFound, Forbidden."""
    subject = await subject_of_request(desk.session, request_id)
    request = subject.request
    assert request is not None  # noqa: S101 (it is a request's)
    audit.record(
        desk.session,
        "R",
        "read NEWS2",
        resource="ServiceRequest",
        resource_id=request_id,
        patient_id=request.patient_id,
        encounter_id=request.encounter_id,
    )
    newest = await observations.newest_of(desk.session, [request_id])
    score = observations.shown_score(request, newest[request_id], now=desk.now)
    return ScorePage(request_id, score, await stated.stated_of(desk.session, subject))


async def monitor_page(desk: Desk, request_id: UUID) -> MonitorPage:
    """The monitors of a request. Raises ResourceNotFound, Forbidden."""
    links = await feed.links_of_request(desk.session, request_id)
    principal = desk.frame.principal
    is_crew = bool(principal and principal.has("crew"))
    monitors = await feed.list_monitors(desk.session) if is_crew else []
    return MonitorPage(request_id, links, monitors, desk.now, is_crew)


@router.get("/fragments/vital-signs/{request_id}/score")
async def score(request_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Fetched again when it changes."""
    return desk.fragment("observations/score.html", page=await score_page(desk, request_id))


@router.get("/fragments/vital-signs/{request_id}/monitors")
async def monitors(request_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Fetched again when one is put on or taken off."""
    return desk.fragment("observations/monitors.html", page=await monitor_page(desk, request_id))


@router.get("/fragments/vital-signs/{request_id}/entered")
async def entered(request_id: UUID, desk: AtDesk) -> HTMLResponse:
    """What was entered, with what was taken back; fetched again when there is more."""
    listing = await listing_of_request(desk.session, request_id)
    return desk.fragment(
        "observations/entered.html",
        entered=[shown_observation(row) for row in listing.entered],
        sent=sent_words(listing.sent),
    )


def sent_words(sent: Mapping[str, int]) -> list[str]:
    """How much each monitor sent."""
    return [f"{name}: {counted(count, 'reading', 'readings')}" for name, count in sent.items()]


BANDS = all_bands()
"""For the charts, once a process."""
