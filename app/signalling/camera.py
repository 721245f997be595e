"""Requests to a far camera on their way: who asked whom, until it is answered. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from app.signalling.messages import (
    AnswerCamera,
    AskCamera,
    Camera,
    CameraAnswered,
    CameraAsked,
    Point,
    Pointed,
    ReportCamera,
)
from app.signalling.parsing import Refused

if TYPE_CHECKING:
    from app.signalling.participants import Participant
    from app.signalling.rooms import Room

CameraRequest = ReportCamera | AskCamera | AnswerCamera | Point
MOST_OPEN = 16
"""Requests of a room that nobody has answered yet. The oldest is given up for a new one."""


@dataclass(frozen=True, slots=True)
class Open:
    """Who asked, and whose camera."""

    by: UUID
    of: UUID


class OpenRequests:
    """What was asked and not answered yet, oldest first."""

    def __init__(self) -> None:
        self._open: dict[UUID, Open] = {}

    def add(self, request_id: UUID, *, by: UUID, of: UUID) -> None:
        """Note a request. Its id again is a mistake: the answer would find the wrong one."""
        if request_id in self._open:
            raise Refused("wrong_order", "There is a request with this id already.")
        self._open[request_id] = Open(by, of)

    def take_beyond(self, most: int) -> list[tuple[UUID, Open]]:
        """The oldest requests where there are more than that: they are given up."""
        oldest = list(self._open)[: max(0, len(self._open) - most)]
        return [(key, self._open.pop(key)) for key in oldest]

    def answer(self, request_id: UUID, *, of: UUID) -> UUID:
        """Who asked, once. Refused for what was not asked of this participant."""
        found = self._open.get(request_id)
        if found is None or found.of != of:
            raise Refused("unknown_request", "Nobody waits for this answer.")
        del self._open[request_id]
        return found.by

    def end_for(self, participant_id: UUID) -> list[tuple[UUID, UUID]]:
        """Someone is gone: the requests to them that are given up, and who asked each."""
        of_them = [(key, one.by) for key, one in self._open.items() if one.of == participant_id]
        self._open = {
            key: one for key, one in self._open.items() if participant_id not in (one.by, one.of)
        }
        return of_them


def handle(room: "Room", participant: "Participant", message: CameraRequest) -> None:
    """Do what a message about cameras asks."""
    match message:
        case ReportCamera():
            _report(room, participant, message)
        case AskCamera():
            _ask(room, participant, message)
        case AnswerCamera():
            asker = room.requests.answer(message.id, of=participant.id)
            _tell(room, asker, participant.id, message)
        case Point():
            _point(room, participant, message)


def _report(room: "Room", participant: "Participant", message: ReportCamera) -> None:
    if participant.camera != message.camera:
        participant.camera = message.camera
        room.announce_change(participant)


def _ask(room: "Room", participant: "Participant", message: AskCamera) -> None:
    if not participant.grants.direct:
        raise Refused("not_allowed", "You may not ask for others' cameras.")
    if not participant.limits.asking.take():
        raise Refused("too_many_messages", "Too many requests at once.")
    owner = room.participants.get(message.participant_id)
    if owner is None or owner is participant or not (owner.has_joined and owner.is_admitted):
        raise Refused("unknown_participant", "There is nobody of this id here.")
    if not _can(owner.camera, message):
        _tell(room, participant.id, owner.id, AnswerCamera(id=message.id, outcome="unsupported"))
        return
    room.requests.add(message.id, by=participant.id, of=owner.id)
    for request_id, oldest in room.requests.take_beyond(MOST_OPEN):
        _tell_failed(room, request_id, oldest.by, oldest.of)
    owner.tell(
        CameraAsked(
            id=message.id,
            participant_id=participant.id,
            action=message.action,
            on=message.on,
            zoom=message.zoom,
        )
    )


def _can(camera: Camera | None, message: AskCamera) -> bool:
    """Whether that camera has said that it can do this."""
    if camera is None:
        return False
    match message.action:
        case "still":
            return camera.still
        case "torch":
            return camera.torch
        case "switch":
            return camera.cameras > 1
        case "zoom":
            zoom = camera.zoom
            return zoom is not None and zoom.min <= (message.zoom or 0) <= zoom.max


def _tell(room: "Room", asker: UUID, owner: UUID, answer: AnswerCamera) -> None:
    waiting = room.participants.get(asker)
    if waiting:
        waiting.tell(
            CameraAnswered(
                id=answer.id,
                participant_id=owner,
                outcome=answer.outcome,
                document_id=answer.document_id,
            )
        )


def give_up(room: "Room", participant_id: UUID) -> None:
    """Whoever asked someone who is gone waits no longer."""
    for request_id, asker in room.requests.end_for(participant_id):
        _tell_failed(room, request_id, asker, participant_id)


def _tell_failed(room: "Room", request_id: UUID, asker: UUID, owner: UUID) -> None:
    _tell(room, asker, owner, AnswerCamera(id=request_id, outcome="failed"))


def _point(room: "Room", participant: "Participant", message: Point) -> None:
    if not participant.grants.point:
        raise Refused("not_allowed", "You may not point here.")
    if not participant.limits.pointing.take():
        return  # the next one says where the hand is by then
    pointed = Pointed(
        participant_id=participant.id,
        document_id=message.document_id,
        page=message.page,
        at=message.at,
    )
    for other in room.participants.values():
        if other is not participant and other.is_admitted and other.grants.point:
            other.show_pointer(pointed)
