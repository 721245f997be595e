"""When two browsers send to each other directly, and when through the node (decision 0032).

Pure. A call begins through the node; a direct one comes up beside it, takes over, and gives way
again before it ends. Only who shows what counts: a page is told to stop sending to the node when
the other one shows what comes directly.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from app.signalling.descriptions import checked_candidate, checked_description
from app.signalling.messages import (
    Direct,
    DirectCandidate,
    DirectCandidateFound,
    DirectChanged,
    DirectDescribed,
    DirectDescription,
    ReportDirect,
    ServerEvent,
)
from app.signalling.parsing import Refused
from app.signalling.peers import OfferRefused

if TYPE_CHECKING:
    from app.signalling.participants import Participant
    from app.signalling.rooms import Room

Checked = TypeVar("Checked")
DirectRequest = DirectDescription | DirectCandidate | ReportDirect

MOST_CANDIDATES = 100
"""Of each, in one negotiation; a browser finds some ten."""
MOST_DESCRIPTIONS = 20
ENDS_WITHIN_SECONDS = 6.0
"""Pages give themselves three to show the node's pictures; this is for those that say nothing."""
RETRY_SECONDS = 5.0
"""After a failure, doubled each time: a bad moment passes soon, and a line that does not let media
through seldom changes."""
STEADY_SECONDS = 30.0
"""Of both seeing each other, after which a failure counts as the first again: a way that comes and
goes would take the picture with it each time."""


@dataclass
class _Budget:
    """What one of the two may still say in this negotiation."""

    candidates: int = MOST_CANDIDATES
    descriptions: int = MOST_DESCRIPTIONS


@dataclass
class _Pair:
    """One negotiation. `impolite` came to the room before `polite`."""

    negotiation: int
    impolite: UUID
    polite: UUID
    relayed: bool
    shown_by: dict[UUID, None] = field(default_factory=dict)
    both_since: float = math.inf
    """When both showed it, in seconds of the room's clock."""
    ends_by: float | None = None
    """In seconds of the room's clock; None while it is wanted."""
    budgets: dict[UUID, _Budget] = field(default_factory=dict)

    @property
    def members(self) -> tuple[UUID, UUID]:
        return self.impolite, self.polite

    def other(self, participant_id: UUID) -> UUID:
        return self.polite if participant_id == self.impolite else self.impolite


class RoomDirect:
    """The direct call of one room, if any."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        self._pair: _Pair | None = None
        self._last = 0
        self._failures = 0
        self._not_before = 0.0

    def view(self) -> Direct | None:
        """As everybody in the call sees it."""
        pair = self._pair
        if pair is None:
            return None
        return Direct(
            negotiation=pair.negotiation,
            impolite=pair.impolite,
            polite=pair.polite,
            relayed=pair.relayed,
            shown_by=tuple(pair.shown_by),
            ending=pair.ends_by is not None,
        )

    # --- whether there is to be one ---------------------------------------------------------------

    def review(self) -> None:
        """Who is here, what is recorded or the time has changed: begin, end, or go on."""
        wanted = self._wanted()
        if self._pair is not None:
            self._review_pair(self._pair, wanted)
        if self._pair is None and wanted and self._now >= self._not_before:
            self._begin(*wanted)

    @property
    def _now(self) -> float:
        return self._room.around.clock.monotonic()

    def _wanted(self) -> tuple["Participant", "Participant", bool] | None:
        """Exactly two, who came in this order, both able and allowed to, and nothing recorded or
        about to be; and whether over relays alone."""
        people = self._room.participants.values()
        present = [one for one in people if one.has_joined and one.is_admitted]
        if len(present) != 2 or self._room.recording.id is not None:
            return None
        if not all(_may(one) for one in present):
            return None
        relayed = any(one.admission.direct_calls == "relayed" for one in present)
        return present[0], present[1], relayed

    def _review_pair(
        self, pair: _Pair, wanted: tuple["Participant", "Participant", bool] | None
    ) -> None:
        gone = [one for one in pair.shown_by if one not in self._room.participants]
        for one in gone:
            del pair.shown_by[one]
        if pair.ends_by is None:
            same = wanted and (wanted[0].id, wanted[1].id, wanted[2]) == (
                *pair.members,
                pair.relayed,
            )
            if not same:
                self._end(pair)
        elif not pair.shown_by or self._now >= pair.ends_by:
            self._close()
        elif gone:
            self._tell()

    def _begin(self, impolite: "Participant", polite: "Participant", relayed: bool) -> None:
        if impolite.socket is None or polite.socket is None:
            return  # with the one that comes back it begins
        self._last += 1
        self._pair = _Pair(
            self._last,
            impolite.id,
            polite.id,
            relayed,
            budgets={impolite.id: _Budget(), polite.id: _Budget()},
        )
        self._tell()

    def _end(self, pair: _Pair) -> None:
        """Through the node again; nothing ends before it is not needed."""
        if not pair.shown_by:
            self._close()
            return
        pair.ends_by = self._now + ENDS_WITHIN_SECONDS
        self._tell()

    def close(self) -> None:
        """The room is over: everybody is told more than that."""
        self._pair, self._not_before = None, math.inf

    def _close(self) -> None:
        self._pair = None
        self._tell()

    def _tell(self) -> None:
        self._room.tell_admitted(DirectChanged(direct=self.view()))

    def forgotten_by(self, participant: "Participant") -> None:
        """A page begins from a snapshot: whatever it had of a direct call may be gone."""
        participant.goes_direct = False
        if self._pair is not None:
            self._pair.shown_by.pop(participant.id, None)
        self.review()

    # --- what the two say -------------------------------------------------------------------------

    def handle(self, participant: "Participant", message: DirectRequest) -> None:
        """What one of the two says. What names an older negotiation comes too late and is dropped.
        Raises Refused."""
        pair = self._pair
        if pair is None or message.negotiation != pair.negotiation:
            return
        if participant.id not in pair.members:
            raise Refused("not_allowed", "This is between two others.")
        match message:
            case DirectDescription():
                self._describe(pair, participant, message)
            case DirectCandidate():
                self._add_candidate(pair, participant, message)
            case ReportDirect():
                self._report(pair, participant, message)

    def _describe(
        self, pair: _Pair, participant: "Participant", message: DirectDescription
    ) -> None:
        budget = pair.budgets[participant.id]
        if budget.descriptions == 0 or not participant.limits.offers.take():
            raise Refused("too_many_messages", "Too many descriptions.")
        budget.descriptions -= 1
        sdp = _checked(lambda: checked_description(message.sdp, relayed=pair.relayed))
        described = DirectDescribed(negotiation=pair.negotiation, kind=message.kind, sdp=sdp)
        self._tell_other(pair, participant, described)

    def _add_candidate(
        self, pair: _Pair, participant: "Participant", message: DirectCandidate
    ) -> None:
        budget, candidate = pair.budgets[participant.id], message.candidate
        if budget.candidates == 0:
            raise Refused("too_many_messages", "Too many candidates.")
        budget.candidates -= 1
        if candidate is not None:
            given = candidate
            candidate = _checked(lambda: checked_candidate(given, relayed=pair.relayed))
            if candidate is None:
                return
        found = DirectCandidateFound(
            negotiation=pair.negotiation, mid=message.mid, candidate=candidate
        )
        self._tell_other(pair, participant, found)

    def _tell_other(self, pair: _Pair, participant: "Participant", event: ServerEvent) -> None:
        other = self._room.participants.get(pair.other(participant.id))
        if other is not None:
            other.tell(event)

    def _report(self, pair: _Pair, participant: "Participant", message: ReportDirect) -> None:
        is_wanted = pair.ends_by is None
        if message.state == "shown":
            if is_wanted and participant.id not in pair.shown_by:
                self._shown(pair, participant)
            return
        if message.state == "left" and is_wanted:
            return
        was_shown = participant.id in pair.shown_by
        pair.shown_by.pop(participant.id, None)
        if is_wanted:
            is_steady = self._now - pair.both_since >= STEADY_SECONDS
            self._failures = 1 if is_steady else self._failures + 1
            self._not_before = self._now + RETRY_SECONDS * 2 ** (self._failures - 1)
            self._end(pair)
        elif was_shown and pair.shown_by:
            self._tell()
        self.review()

    def _shown(self, pair: _Pair, participant: "Participant") -> None:
        pair.shown_by[participant.id] = None
        if len(pair.shown_by) == len(pair.members):
            pair.both_since = self._now
        self._tell()


def _may(participant: "Participant") -> bool:
    """Whether this one's page can, and everybody who has a say in its calls allows it."""
    grants = participant.grants
    is_allowed = participant.admission.direct_calls != "no" and grants.publish and grants.subscribe
    return participant.goes_direct and is_allowed


def _checked(check: Callable[[], Checked]) -> Checked:
    try:
        return check()
    except OfferRefused as refusal:
        raise Refused("offer_refused", refusal.detail) from None
