"""A direct call: two browsers that send to each other rather than through the node."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.signalling.messages.base import Message, Mid, Sdp

DirectCalls = Literal["no", "relayed", "any"]
"""What the houses of somebody's call say: none, over TURN servers alone, or by any way."""

Negotiation = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
"""One attempt at a direct call. In a room it only rises; what names another one is too late."""


class Direct(Message):
    """A direct call that is tried, goes on or ends, as everybody in the room sees it.

    `impolite` came first and lays out the lines; `polite` gives way where offers collide (W3C
    WebRTC §10.7). `shown_by` are those who show what comes directly: who sends to one of them need
    not send to the node as well. `ending`: send to the node again, show what comes from it, and
    report `left`; the connection is closed when there is no direct call any more.
    """

    negotiation: int
    impolite: UUID
    polite: UUID
    relayed: bool
    shown_by: tuple[UUID, ...]
    ending: bool


class DirectDescription(Message):
    """To the other one of a direct call: an SDP offer or answer, for their browser alone."""

    type: Literal["direct_description"] = "direct_description"
    negotiation: Negotiation
    kind: Literal["offer", "answer"]
    sdp: Sdp


class DirectCandidate(Message):
    """To the other one of a direct call: a trickled ICE candidate (RFC 8838); null ends them."""

    type: Literal["direct_candidate"] = "direct_candidate"
    negotiation: Negotiation
    mid: Mid | None
    candidate: Annotated[str, Field(max_length=1_024)] | None


class ReportDirect(Message):
    """How a direct call stands on this page: `shown` from the first picture on, `left` when the
    node's is shown again, `failed` when nothing comes directly, or not in time."""

    type: Literal["report_direct"] = "report_direct"
    negotiation: Negotiation
    state: Literal["shown", "left", "failed"]
