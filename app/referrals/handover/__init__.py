"""Handing a case over: one page of facts with a timeline, as a page, a PDF, or by a link."""

from app.referrals.handover.facts import Advice, Fact, Handover, Picture, Row, Score, Table, Trend
from app.referrals.handover.gathering import handover
from app.referrals.handover.links import (
    NewLink,
    Opening,
    follow_link,
    links_of,
    make_link,
    revoke_link,
)
from app.referrals.handover.pdf import as_pdf
from app.referrals.handover.timeline import Happening, line

__all__ = [
    "Advice",
    "Fact",
    "Handover",
    "Happening",
    "NewLink",
    "Opening",
    "Picture",
    "Row",
    "Score",
    "Table",
    "Trend",
    "as_pdf",
    "follow_link",
    "handover",
    "line",
    "links_of",
    "make_link",
    "revoke_link",
]
