"""One room, of a consultation or of those of a group: who is in it, and what each may see. Pure,
single-threaded.

State changes only inside these calls; what follows from them waits in each participant's
outgoing, and what must be recorded goes to `record`. What participants ask is in `requests`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from uuid import UUID, uuid4

from app.config import MOST_IN_CALL, RESUME_WINDOW
from app.signalling.camera import OpenRequests, give_up
from app.signalling.chat import ChatHistory, Said
from app.signalling.consent import RoomRecording
from app.signalling.direct import RoomDirect
from app.signalling.messages import (
    Admission,
    Admitted,
    Attendance,
    AttendanceEvent,
    ChatLine,
    ChatReceived,
    ChatSaid,
    CloseCode,
    Ended,
    LeftReason,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    PhotoReceived,
    Position,
    RecordingEvent,
    RecordingNoted,
    ServerEvent,
    Snapshot,
    Step,
    TrackAdded,
    TrackRemoved,
    Welcome,
)
from app.signalling.outgoing import encode
from app.signalling.participants import Participant, Socket, Surroundings

Record = Attendance | ChatSaid | RecordingNoted
Recorder = Callable[[Record], None]


class Room:
    """Opened by the first participant, gone with the last."""

    def __init__(self, id: UUID, around: Surroundings, record: Recorder) -> None:
        self.id = id
        self.participants: dict[UUID, Participant] = {}
        self.chat = ChatHistory()
        self.requests = OpenRequests()
        self.recording = RoomRecording(self)
        self.direct = RoomDirect(self)
        self.around = around
        self._record = record
        self._removed: set[UUID] = set()
        self._organization_id = UUID(int=0)

    @property
    def is_empty(self) -> bool:
        """Nobody is here, and nobody's place is kept."""
        return not self.participants

    @property
    def is_full(self) -> bool:
        """As many people are in as may be let in. Staff come in all the same, to help."""
        people = [one for one in self.participants.values() if one.is_in and not one.is_device]
        return len(people) >= MOST_IN_CALL

    # --- sockets come and go ------------------------------------------------------------------

    def attach(
        self, admission: Admission, resume: Position | None, socket: Socket
    ) -> Participant | None:
        """A socket of an admitted or waiting person has opened; None if that person was sent out.

        With a position that is still in the log it goes on there, else it starts from a
        snapshot. Its media are left alone either way.
        """
        self._organization_id = admission.organization_id
        if admission.participant_id in self._removed:
            socket.close(CloseCode.REMOVED, "removed", flush=False)
            return None
        participant = self.participants.get(admission.participant_id)
        if participant is None:
            participant = Participant(admission, self.around)
            participant.chat_from = self._chat_start(participant)
            participant.spoke = partial(self.show_speaking, participant)
            self.participants[participant.id] = participant
        returns = participant.has_joined and participant.socket is None
        participant.attach(admission, socket)
        if admission.state == "admitted":
            self.let_in(participant, by=None)
        self._welcome(participant, resume)
        if returns:
            self._announce_presence(participant)
        self.direct.review()
        return participant

    def _welcome(self, participant: Participant, resume: Position | None) -> None:
        resumed = resume is not None and participant.outgoing.resume(resume)
        position = resume if resume and resumed else participant.outgoing.restart()
        if not resumed:
            self.direct.forgotten_by(participant)
        participant.outgoing.put_aside(
            Welcome(
                epoch=position.epoch,
                seq=position.seq,
                participant_id=participant.id,
                state=participant.state,
                resumed=resumed,
                grants=participant.grants,
                snapshot=None if resumed else self.snapshot(participant),
            )
        )
        if participant.socket:
            participant.socket.wake()

    def detach(self, participant: Participant, socket: Socket) -> None:
        """A socket is gone. Media flow on, and the place is kept for the resume window."""
        if participant.socket is not socket:
            return
        participant.detach()
        if participant.has_joined:
            self._announce_presence(participant)
        else:
            self.participants.pop(participant.id, None)
            participant.connections.close()

    def expire(self) -> None:
        """Forget those whose socket has been gone for the whole resume window."""
        limit = self.around.clock.monotonic() - RESUME_WINDOW.total_seconds()
        for participant in list(self.participants.values()):
            if participant.lost_at is not None and participant.lost_at <= limit:
                self.forget(participant, "lost")
        self.direct.review()

    def _announce_presence(self, participant: Participant) -> None:
        others = [other for other in self._viewers(participant) if other is not participant]
        self._show(ParticipantUpdated, participant, others, key=f"participant {participant.id}")

    def announce_change(self, participant: Participant) -> None:
        """Something of what the others see of it has changed: all of them learn, itself too."""
        if participant.has_joined:
            key = f"participant {participant.id}"
            self._show(ParticipantUpdated, participant, self._viewers(participant), key=key)

    # --- in and out ---------------------------------------------------------------------------

    def join(self, participant: Participant, *, goes_direct: bool = False) -> None:
        """Be in the consultation, or wait for it. Once is enough: a repeat says no more than
        whether this page can send to another directly."""
        participant.goes_direct = goes_direct
        if participant.has_joined:
            self.direct.review()
            return
        participant.has_joined = True
        self.note(participant, "joined" if participant.is_admitted else "waiting")
        self._show(ParticipantJoined, participant, self._viewers(participant))
        for track in participant.tracks.values():
            self.tell_receivers(participant, TrackAdded(track=track))
        self.review()

    def let_in(self, participant: Participant, *, by: UUID | None) -> None:
        """Admit one who waits; changes nothing for one who is in."""
        if participant.is_admitted:
            return
        knew = set(self._viewers(participant))
        participant.state = "admitted"
        participant.chat_from = self._chat_start(participant)
        participant.tell(Admitted(snapshot=self.snapshot(participant)))
        if not participant.has_joined:
            return
        self.note(participant, "admitted", by=by)
        others = [other for other in self._viewers(participant) if other is not participant]
        self._show(ParticipantUpdated, participant, [o for o in others if o in knew])
        self._show(ParticipantJoined, participant, [o for o in others if o not in knew])
        for track in participant.tracks.values():
            self._broadcast(TrackAdded(track=track), others)
        self.review()

    def remove(self, participant: Participant, *, by: UUID) -> None:
        """Send someone out, for as long as this room lives."""
        self._removed.add(participant.id)
        self.forget(participant, "removed", by=by)
        participant.dismiss(CloseCode.REMOVED, "removed", flush=False)

    def forget(
        self, participant: Participant, reason: LeftReason, *, by: UUID | None = None
    ) -> None:
        """Someone is gone: its media end and the others learn why."""
        self.participants.pop(participant.id, None)
        participant.connections.close()
        give_up(self, participant.id)
        if not participant.has_joined:
            return
        self.note(participant, "removed" if reason == "removed" else "left", by=by)
        for track in participant.tracks.values():
            self._broadcast(TrackRemoved(track_id=track.id), self.receivers(participant))
        gone = ParticipantLeft(participant_id=participant.id, reason=reason)
        self._broadcast(gone, self._viewers(participant))
        self.review()

    def review(self) -> None:
        """Who is here or what they send has changed: what follows for recording and direct call."""
        self.recording.review()
        self.direct.review()

    def end(self) -> None:
        """The encounter is finished: everyone is told and sent away."""
        self.direct.close()
        self.recording.close()
        for participant in list(self.participants.values()):
            self.participants.pop(participant.id)
            participant.connections.close()
            if participant.has_joined:
                self.note(participant, "left")
            self._send_home(participant)

    def end_for(self, encounter_id: UUID) -> None:
        """One of a group's encounters is finished: its patient and guests go, the others stay."""
        for participant in list(self.participants.values()):
            if participant.admission.encounter_id == encounter_id and not participant.is_staff:
                self.forget(participant, "left")
                self._send_home(participant)

    def _send_home(self, participant: Participant) -> None:
        participant.tell(Ended())
        participant.dismiss(CloseCode.ENDED, "ended", flush=True)

    # --- who sees what ------------------------------------------------------------------------

    def snapshot(self, viewer: Participant) -> Snapshot:
        """All that `viewer` may see, and nothing else."""
        others = self.participants.values()
        return Snapshot(
            participants=tuple(
                other.view(staff=viewer.is_staff)
                for other in others
                if other.has_joined and viewer.sees(other)
            ),
            tracks=tuple(
                track
                for owner in others
                if viewer.receives(owner)
                for track in owner.tracks.values()
            ),
            chat=self._chat_for(viewer) if viewer.is_admitted else (),
            recording=self.recording.view() if viewer.is_admitted else None,
            direct=self.direct.view() if viewer.is_admitted else None,
            requests=self.requests.concerning(viewer.id),
        )

    def _chat_start(self, participant: Participant) -> int:
        # What was written before an interpreter, a relative or another patient came was not
        # written for them.
        admission = participant.admission
        is_newcomer = admission.role == "guest" or admission.shown_name is not None
        return self.chat.count if is_newcomer else 0

    def _chat_for(self, viewer: Participant) -> tuple[ChatLine, ...]:
        said = self.chat.since(viewer.chat_from)
        return tuple(line.seen_by(staff=viewer.is_staff) for line in said)

    def receivable(self, viewer: Participant, track_id: str | None) -> str | None:
        """The track id if it may flow to `viewer`, else None: an idle line.

        Nobody listens in unseen: others' tracks flow to those who have joined.
        """
        for owner in self.participants.values():
            if any(track.id == track_id for track in owner.tracks.values()):
                is_seen = viewer.has_joined or viewer is owner
                return track_id if is_seen and viewer.receives(owner) else None
        return None

    def receivers(self, owner: Participant) -> list[Participant]:
        """Everybody for whom the owner's tracks are."""
        return [other for other in self.participants.values() if other.receives(owner)]

    def _viewers(self, subject: Participant) -> list[Participant]:
        return [other for other in self.participants.values() if other.sees(subject)]

    def tell_receivers(
        self, owner: Participant, event: ServerEvent, *, key: str | None = None
    ) -> None:
        """Tell everybody for whom the owner's tracks are."""
        self._broadcast(event, self.receivers(owner), key=key)

    def show_sending(self, participant: Participant, step: Step) -> None:
        """Another step of the ladder: all who see this participant learn of it."""
        if participant.sending == step:
            return
        participant.sending = step
        if participant.has_joined:
            self._announce_presence(participant)

    def show_speaking(self, participant: Participant, speaking: bool) -> None:
        """Someone began to speak or fell silent: all who see this participant learn of it."""
        if participant.speaking == speaking:
            return
        participant.speaking = speaking
        self.announce_change(participant)

    def show_photo(self, owner: Participant, photo: PhotoReceived) -> None:
        """A photo in place of the picture, for those for whom the picture would be."""
        for participant in self.receivers(owner):
            if participant is not owner and participant.has_joined:
                participant.tell_aside(photo)

    def tell_admitted(self, event: ServerEvent) -> None:
        """Tell everyone who is let in."""
        self._broadcast(event, [p for p in self.participants.values() if p.is_admitted])

    def say(self, participant: Participant, said: Said) -> None:
        """Deliver a chat line to everyone admitted, its sender too, and have it recorded."""
        admitted = [person for person in self.participants.values() if person.is_admitted]
        for staff, people in _by_what_they_know(admitted):
            self._broadcast(ChatReceived(line=said.seen_by(staff=staff)), people)
        record = ChatSaid(
            record_id=uuid4(),
            encounter_id=participant.admission.encounter_id,
            organization_id=participant.admission.organization_id,
            line=said.line,
        )
        self._record(record)

    def note(
        self, participant: Participant, event: AttendanceEvent, *, by: UUID | None = None
    ) -> None:
        """Have attendance recorded."""
        attendance = Attendance(
            record_id=uuid4(),
            encounter_id=participant.admission.encounter_id,
            organization_id=participant.admission.organization_id,
            participant_id=participant.id,
            event=event,
            by=by,
            at=self.around.clock.now(),
        )
        self._record(attendance)

    def note_recording(
        self, recording_id: UUID, event: RecordingEvent, participant: Participant | None
    ) -> None:
        """Have what becomes of a recording recorded. `participant`: whose word it was."""
        noted = RecordingNoted(
            record_id=uuid4(),
            encounter_id=participant.admission.encounter_id if participant else None,
            organization_id=self._organization_id,
            recording_id=recording_id,
            participant_id=participant.id if participant else None,
            event=event,
            at=self.around.clock.now(),
        )
        self._record(noted)

    def _show(
        self,
        event: type[ParticipantJoined | ParticipantUpdated],
        subject: Participant,
        to: Iterable[Participant],
        *,
        key: str | None = None,
    ) -> None:
        """Tell of a participant: each by the name that is for them."""
        for staff, people in _by_what_they_know(to):
            self._broadcast(event(participant=subject.view(staff=staff)), people, key=key)

    def _broadcast(
        self, event: ServerEvent, to: Iterable[Participant], *, key: str | None = None
    ) -> None:
        body = encode(event)
        for participant in list(to):
            participant.send(body, key=key)


def _by_what_they_know(
    people: Iterable[Participant],
) -> Iterator[tuple[bool, Collection[Participant]]]:
    """Staff, then the others, where there are any: nobody's full name is put into words for those
    who may not have it."""
    everyone = list(people)
    for staff in (True, False):
        alike = [person for person in everyone if person.is_staff == staff]
        if alike:
            yield staff, alike
