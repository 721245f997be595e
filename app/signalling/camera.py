"""Requests to a far camera on their way: who asked whom, until it is answered. Pure."""

from typing import TYPE_CHECKING
from uuid import UUID

from app.signalling.messages import (
    AgreeCamera,
    AnswerCamera,
    AskCamera,
    Camera,
    CameraAgreed,
    CameraAnswered,
    CameraAsked,
    CameraRequest,
    CameraWithdrawn,
    Point,
    Pointed,
    ReportCamera,
    ServerEvent,
)
from app.signalling.parsing import Refused

if TYPE_CHECKING:
    from app.signalling.participants import Participant
    from app.signalling.rooms import Room

CameraMessage = ReportCamera | AskCamera | AgreeCamera | AnswerCamera | Point
MOST_OPEN = 16
"""Requests of a room that nobody has answered yet. The oldest is given up for a new one."""


class OpenRequests:
    """What was asked and not answered yet, oldest first."""

    def __init__(self) -> None:
        self._open: dict[UUID, CameraRequest] = {}

    def add(self, request: CameraRequest) -> None:
        """Note a request. Its id again is a mistake: the answer would find the wrong one."""
        if request.id in self._open:
            raise Refused("wrong_order", "There is a request with this id already.")
        self._open[request.id] = request

    def take_beyond(self, most: int) -> list[CameraRequest]:
        """The oldest requests where there are more than that: they are given up."""
        oldest = list(self._open)[: max(0, len(self._open) - most)]
        return [self._open.pop(key) for key in oldest]

    def agree(self, request_id: UUID, *, of: UUID) -> CameraRequest | None:
        """The request that its owner said yes to; None where they said so before."""
        found = self._asked(request_id, of)
        if found.agreed:
            return None
        self._open[request_id] = found.model_copy(update={"agreed": True})
        return found

    def answer(self, request_id: UUID, *, of: UUID) -> CameraRequest:
        """The request that is answered, once. Refused for what was not asked of this
        participant."""
        found = self._asked(request_id, of)
        del self._open[request_id]
        return found

    def _asked(self, request_id: UUID, of: UUID) -> CameraRequest:
        found = self._open.get(request_id)
        if found is None or found.of != of:
            raise Refused("unknown_request", "Nobody waits for this answer.")
        return found

    def concerning(self, participant_id: UUID) -> tuple[CameraRequest, ...]:
        """What this participant asked, or was asked."""
        return tuple(one for one in self._open.values() if participant_id in (one.by, one.of))

    def end_for(self, participant_id: UUID) -> tuple[CameraRequest, ...]:
        """Someone is gone: what they asked or were asked is given up."""
        ended = self.concerning(participant_id)
        for one in ended:
            del self._open[one.id]
        return ended


def handle(room: "Room", participant: "Participant", message: CameraMessage) -> None:
    """Do what a message about cameras asks."""
    match message:
        case ReportCamera():
            _report(room, participant, message)
        case AskCamera():
            _ask(room, participant, message)
        case AgreeCamera():
            if agreed := room.requests.agree(message.id, of=participant.id):
                yes = CameraAgreed(id=message.id, participant_id=participant.id)
                _tell(room, agreed.by, yes)
        case AnswerCamera():
            answered = room.requests.answer(message.id, of=participant.id)
            _tell(room, answered.by, _answer(message, participant.id))
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
        unsupported = AnswerCamera(id=message.id, outcome="unsupported")
        participant.tell(_answer(unsupported, owner.id))
        return
    room.requests.add(
        CameraRequest(
            id=message.id,
            by=participant.id,
            of=owner.id,
            action=message.action,
            on=message.on,
            zoom=message.zoom,
        )
    )
    for oldest in room.requests.take_beyond(MOST_OPEN):
        _end(room, oldest)
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


def _answer(answer: AnswerCamera, owner: UUID) -> CameraAnswered:
    return CameraAnswered(
        id=answer.id,
        participant_id=owner,
        outcome=answer.outcome,
        document_id=answer.document_id,
    )


def _tell(room: "Room", participant_id: UUID, event: ServerEvent) -> None:
    """Tell one who may be gone by now."""
    someone = room.participants.get(participant_id)
    if someone:
        someone.tell(event)


def give_up(room: "Room", participant_id: UUID) -> None:
    """Someone is gone for good: whoever asked them waits no longer, and whom they asked is not
    asked any more."""
    for request in room.requests.end_for(participant_id):
        _end(room, request)


def _end(room: "Room", request: CameraRequest) -> None:
    """Both sides learn that nothing comes of it."""
    _tell(room, request.by, _answer(AnswerCamera(id=request.id, outcome="failed"), request.of))
    _tell(room, request.of, CameraWithdrawn(id=request.id))


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
