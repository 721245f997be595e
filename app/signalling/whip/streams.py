"""Devices in rooms: each is a participant whose socket is here rather than in a browser.

A web process asks with one message and gets one answer, whichever process it is: nothing of a
session is kept there. What ends a participant ends its session, and the other way round.
"""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import structlog

from app.signalling.messages import (
    CloseCode,
    CloseStream,
    Connection,
    Done,
    Kind,
    LeftReason,
    OpenStream,
    PatchStream,
    PublishedTrack,
    StreamAnswer,
    StreamProblem,
    StreamRefused,
)
from app.signalling.parsing import Refused
from app.signalling.participants import Participant
from app.signalling.peers import OfferRefused
from app.signalling.requests import publication, tell_changes
from app.signalling.rooms import Room
from app.signalling.whip.fragment import FragmentRefused
from app.signalling.whip.offer import NotAcceptable, check_offer
from app.signalling.whip.session import PreconditionFailed, PreconditionRequired, Session
from app.signalling.whip.showing import shown

MOST: dict[Connection, int] = {"publish": 100, "subscribe": 200}
"""Live sessions of one process. Pictures at 1.5 Mb/s are some 200 packets a second each, of which
one core forwards 40,000: devices leave people their share."""

StreamCommand = OpenStream | PatchStream | CloseStream

_PROBLEMS: Mapping[type[Exception], StreamProblem] = {
    NotAcceptable: "not_acceptable",
    OfferRefused: "malformed",
    FragmentRefused: "malformed",
    PreconditionRequired: "precondition_required",
    PreconditionFailed: "precondition_failed",
}

_log = structlog.get_logger(__name__)


class _TooOften(Exception):
    """More offers or fragments than one device has reason to send."""


class Stream:
    """One session, and its participant's socket (participants.Socket)."""

    def __init__(self, opened: OpenStream, room: Room, over: Callable[["Stream"], None]) -> None:
        self.id = opened.session_id
        self.owner = opened.owner
        self.room = room
        self.participant: Participant | None = None
        self.connection: Connection = opened.connection
        self._over = over
        self._kinds: dict[str, Kind] = {}
        self._wanted: dict[str, str | None] = {}
        self._first = True
        self._session = Session(opened.connection, self, room.around.new_id)

    # --- as a session's transport ---------------------------------------------------------------

    def answer(self, offer_sdp: str) -> str:
        """Answer the first offer, or the same one with other credentials."""
        participant = self._present
        if not participant.limits.offers.take():
            raise _TooOften
        if not self._first:
            return participant.connections.renegotiate(self.connection, offer_sdp)
        self._kinds = {
            media.mid: "audio" if media.kind == "audio" else "video"
            for media in check_offer(offer_sdp, self.connection).media
        }
        answer = self._publish(offer_sdp) if self.connection == "publish" else self._show(offer_sdp)
        self._first = False
        return answer

    def _publish(self, offer_sdp: str) -> str:
        tracks = tuple(
            PublishedTrack(mid=mid, source="microphone" if kind == "audio" else "camera")
            for mid, kind in self._kinds.items()
        )
        answer, changes = publication(self._present, tracks, offer_sdp)
        tell_changes(self.room, self._present, changes)
        return answer

    def _show(self, offer_sdp: str) -> str:
        self._wanted = self._chosen()
        return self._present.connections.subscribe(offer_sdp, self._wanted)

    def _chosen(self) -> dict[str, str | None]:
        found = shown(self.room, self._present)
        return {mid: found[kind] for mid, kind in self._kinds.items()}

    def candidate(self, candidate: str) -> None:
        """Hand on one that was trickled."""
        self._present.connections.candidate(self.connection, candidate)

    @property
    def _present(self) -> Participant:
        assert self.participant is not None  # noqa: S101 (set before anything is asked)
        return self.participant

    # --- what the web process asks --------------------------------------------------------------

    def open(self, offer_sdp: str) -> StreamAnswer:
        """Raises what `_PROBLEMS` names, _TooOften."""
        return StreamAnswer(sdp=self._session.open(offer_sdp), etag=self._session.etag)

    def patch(self, fragment: str, if_match: str | None) -> StreamAnswer:
        """Raises what `_PROBLEMS` names, _TooOften; the session goes on as it was."""
        if not self._present.limits.messages.take():
            raise _TooOften
        restarted = self._session.patch(fragment, if_match)
        if restarted is None:
            return StreamAnswer()
        return StreamAnswer(sdp=restarted.fragment, etag=restarted.etag)

    def leave(self, reason: LeftReason) -> None:
        """The device is gone: the others learn why."""
        self.room.forget(self._present, reason)
        self._present.dismiss(CloseCode.LEFT, reason, flush=False)

    # --- as the participant's socket ------------------------------------------------------------

    def wake(self) -> None:
        """Something happened in the room. What it was shows in the state of the room itself."""
        if self.participant is None:
            return
        while self.participant.outgoing.take() is not None:
            pass
        if self._first:
            return
        if not self.participant.connections.is_open(self.connection):
            self.leave("lost")
        elif self.connection == "subscribe":
            self._follow()

    def _follow(self) -> None:
        wanted = self._chosen()
        if wanted != self._wanted:
            self._wanted = wanted
            self._present.connections.select(wanted)

    def close(self, code: int, reason: str, *, flush: bool) -> None:  # noqa: ARG002 (as sockets)
        """The participant goes, or another session takes its place."""
        self._over(self)


class Streams:
    """All sessions of a room server."""

    def __init__(self, open_room: Callable[[UUID], Room]) -> None:
        self._open_room = open_room
        self._by_id: dict[str, Stream] = {}

    def obey(self, command: StreamCommand) -> StreamAnswer | StreamRefused | Done:
        """Do it, or say why not; a refusal changes nothing."""
        try:
            return self._do(command)
        except tuple(_PROBLEMS) as refusal:
            detail = getattr(refusal, "detail", "")
            return StreamRefused(problem=_PROBLEMS[type(refusal)], detail=detail)
        except _TooOften:
            return StreamRefused(problem="too_often")
        except Refused as refusal:
            return StreamRefused(problem="not_acceptable", detail=refusal.detail)

    def _do(self, command: StreamCommand) -> StreamAnswer | StreamRefused | Done:
        match command:
            case OpenStream():
                return self._open(command)
            case PatchStream():
                stream = self._find(command)
                if stream is None:
                    return StreamRefused(problem="unknown")
                return stream.patch(command.fragment, command.if_match)
            case CloseStream():
                return Done(found=self._close(command))

    def _open(self, command: OpenStream) -> StreamAnswer | StreamRefused:
        """A session there was goes on until the new one stands: then it is over."""
        check_offer(command.sdp, command.connection)
        if self._is_full(command):
            _log.warning("too many streams", connection=command.connection)
            return StreamRefused(problem="too_many")
        room = self._open_room(command.admission.room_id)
        known = room.participants.get(command.admission.participant_id)
        stream = Stream(command, room, self._forget)
        stream.participant = known or room.attach(command.admission, None, stream)
        if stream.participant is None:
            return StreamRefused(problem="removed")
        stream.participant.is_device = True
        try:
            answer = stream.open(command.sdp)
        except BaseException:
            if known is None:
                stream.leave("left")
            raise
        if known is not None:
            room.attach(command.admission, None, stream)
        self._by_id[stream.id] = stream
        room.join(stream.participant)
        _log.info("stream opened", connection=command.connection)
        return answer

    def _is_full(self, command: OpenStream) -> bool:
        """Whether there is no place. A device that comes again has its own."""
        if self._of(command.admission.room_id, command.owner):
            return False
        live = sum(stream.connection == command.connection for stream in self._by_id.values())
        return live >= MOST[command.connection]

    def _close(self, command: CloseStream) -> bool:
        found: Sequence[Stream | None] = self._of(command.room_id, command.owner)
        if command.session_id:
            found = [self._find(command)]
        for stream in found:
            if stream:
                stream.leave("left")
        return any(found)

    def _of(self, room_id: UUID, owner: UUID) -> list[Stream]:
        return [
            stream
            for stream in self._by_id.values()
            if stream.owner == owner and stream.room.id == room_id
        ]

    def _find(self, command: PatchStream | CloseStream) -> Stream | None:
        stream = self._by_id.get(command.session_id or "")
        if stream is None or stream.owner != command.owner:
            return None
        return stream if stream.room.id == command.room_id else None

    def _forget(self, stream: Stream) -> None:
        if self._by_id.pop(stream.id, None):
            _log.info("stream over")
