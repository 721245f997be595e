"""Why somebody cannot be in a consultation, or not answer a request."""

from collections.abc import Mapping
from datetime import datetime

from app.errors.tree import Conflict, Forbidden, Gone, Invalid, Unavailable


class EncounterOver(Gone):
    """The consultation has ended, or was cancelled: nobody joins any more."""

    slug, close_code = "encounter-over", 4503
    title = "This consultation is over"


class NotAgreed(Forbidden):
    """A group call that this person has not said yes to: first they are told what it is."""

    slug = "group-call-not-agreed"
    title = "Agree to take part in the group call first"


class RoomFull(Conflict):
    """As many people are in the call as it holds."""

    slug = "room-full"
    title = "As many people are in the call as it holds: no more can come in"


class Removed(Forbidden):
    """Someone who was sent out of a consultation and does not come back."""

    slug, close_code = "removed", 4505
    title = "You were removed from this consultation"


class NotOpenYet(Conflict):
    """The waiting room opens at `opens_at`."""

    slug = "not-open-yet"
    title = "The waiting room is not open yet"

    def __init__(self, opens_at: datetime) -> None:
        self.opens_at = opens_at
        super().__init__()

    def extensions(self) -> Mapping[str, object]:
        return {"opens_at": self.opens_at.isoformat()}


class AlreadyAnswered(Conflict):
    """Somebody else has the request; `by` is who, in words, and `since` from when on."""

    slug = "already-answered"
    title = "Somebody else has answered"

    def __init__(self, by: str = "", since: datetime | None = None) -> None:
        self.by, self.since = by, since
        super().__init__(f"{by} has answered this request." if by else "")

    def extensions(self) -> Mapping[str, object]:
        return {"by": self.by, "since": self.since.isoformat() if self.since else None}


class CannotRecord(Conflict):
    """The room has this person not in it, or a recording is asked for or runs already."""

    slug = "cannot-record"
    title = "This call cannot be recorded now"


class RangeNotSatisfiable(Invalid):
    """A player asks for a part of a film beyond its end (RFC 9110 §15.5.17)."""

    status, slug = 416, "range-not-satisfiable"
    title = "The film ends before the part you ask for"

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        super().__init__(f"It is {size_bytes} bytes long.")

    def headers(self) -> Mapping[str, str]:
        return {"Content-Range": f"bytes */{self.size_bytes}"}


class KeyErased(Gone):
    """An organisation's key was erased, and with it all its documents and recordings."""

    slug = "key-erased"
    title = "This organisation's documents and recordings were erased: none can be opened or added"


class RelayUnavailable(Unavailable):
    """A direct path would break the organisation's policy: better no call than that one."""

    slug = "relay-unavailable"
    title = "This organisation's calls go through a relay only, and none is set up"


class RoomServerUnavailable(Unavailable):
    slug = "room-server-unavailable"
    title = "Calls are not available just now"
