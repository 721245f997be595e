"""The wire shapes of a handover and of the links that open one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.models import HandoverLink
from app.models.text import LINE, Name
from app.referrals.handover import Handover

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=200,
        pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$",
    ),
    Field(examples=["resus@example.org"]),
]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=LINE)]


class _Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class FactShape(_Shape):
    """One line about the patient or the journey."""

    name: str
    value: str


class HandoverLineShape(_Shape):
    """One letter of ATMIST or SBAR in words."""

    letter: str
    name: str
    words: str


class HandoverTrendShape(_Shape):
    """A total of NEWS2 and when it became so."""

    at: datetime
    total: int


class HandoverScoreShape(_Shape):
    """NEWS2 in words, with its parts, what is missing, and its totals so far."""

    words: str
    parts: list[str]
    missing: list[str]
    trend: list[HandoverTrendShape]


class HandoverSignShape(_Shape):
    """One vital sign; `values` has one for each of the table's times, empty where not taken."""

    name: str
    unit: str
    values: list[str]


class SignsShape(_Shape):
    """Vital signs, the oldest first; `left_out` earlier sets are in the timeline only."""

    times: list[datetime]
    rows: list[HandoverSignShape]
    left_out: int


class GivenAdviceShape(_Shape):
    """What was advised and by whom."""

    by: str
    at: datetime
    outcome: str
    words: str


class PictureShape(_Shape):
    """A picture or document, by its id."""

    id: UUID
    words: str
    taken_at: datetime


class HappeningShape(_Shape):
    """One thing that happened; `arrived_at` is set where it reached us much later."""

    at: datetime
    words: str
    arrived_at: datetime | None


class HandoverShape(_Shape):
    """One case as it is handed over. Not final while the request is open."""

    request_id: UUID
    title: str
    crew: str
    service_name: str
    question: str
    is_time_critical: bool
    patient: list[FactShape]
    journey: list[FactShape]
    atmist: list[HandoverLineShape]
    sbar: list[HandoverLineShape]
    news2: HandoverScoreShape | None
    observations: SignsShape
    treatments: list[str]
    advice: list[GivenAdviceShape]
    pictures: list[PictureShape]
    timeline: list[HappeningShape]
    is_final: bool
    made_at: datetime
    made_by: str
    zone: str


class NewHandoverLink(BaseModel):
    """Whom it is for. `id` is the caller's own: sent again, the same link gets a new secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipient: Name
    email: Email
    id: UUID


class HandoverLinkShape(_Shape):
    """A link that opens a handover. Its secret is shown once, when it is made."""

    id: UUID
    request_id: UUID
    recipient: str
    recipient_email: str
    made_by_name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    opened_at: datetime | None
    opened_by_name: str
    tries_left: int


class MadeHandoverLink(HandoverLinkShape):
    """The same with its address, which nobody can read again."""

    url: str


class FollowedLink(BaseModel):
    """What stands after # in the link, the e-mail address it was sent to, and who opens it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: Secret
    email: Email
    name: Name


def handover_shape(handover: Handover) -> HandoverShape:
    """A handover as it is given out."""
    return HandoverShape.model_validate(handover)


def link_shape(link: HandoverLink) -> HandoverLinkShape:
    """A link without its secret."""
    return HandoverLinkShape.model_validate(link)


def made_shape(link: HandoverLink, url: str) -> MadeHandoverLink:
    """A link that was just made."""
    return MadeHandoverLink(**link_shape(link).model_dump(), url=url)
