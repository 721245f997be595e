"""What a participant asks of its room: one frame in, its effect or a refusal out."""

from collections.abc import Callable
from typing import TypeVar

from app.config import MOST_IN_CALL
from app.signalling import camera, consent
from app.signalling.chat import Said
from app.signalling.direct import DirectRequest
from app.signalling.messages import (
    Admit,
    AgreeCamera,
    Answer,
    AnswerCamera,
    AnswerRecording,
    AskCamera,
    Candidate,
    Chat,
    ChatLine,
    ClientMessage,
    CloseCode,
    Connection,
    DirectCandidate,
    DirectDescription,
    Hello,
    Join,
    Leave,
    Mute,
    Offer,
    Photo,
    PhotoReceived,
    Ping,
    Point,
    Pong,
    Publish,
    PublishedTrack,
    Refresh,
    Remove,
    Renegotiate,
    ReportCamera,
    ReportDirect,
    Sending,
    StopRecording,
    Subscribe,
    Track,
    TrackAdded,
    TrackMuted,
    TrackRemoved,
)
from app.signalling.parsing import Refused, parse
from app.signalling.participants import Participant, TrackChanges
from app.signalling.peers import OfferRefused
from app.signalling.rooms import Room

MediaRequest = Publish | Subscribe | Renegotiate | Candidate | Mute
ThinRequest = Sending | Photo
PeopleRequest = Chat | Admit | Remove | DirectRequest | consent.RecordingRequest
AnswerT = TypeVar("AnswerT")


def receive(room: Room, participant: Participant, text: str) -> None:
    """Do what one text frame asks. A refusal is told to its sender alone and changes nothing."""
    try:
        if not participant.limits.messages.take():
            raise Refused("too_many_messages", "Too many messages at once. Slow down.")
        message = parse(text)
    except Refused as refusal:
        participant.refuse(refusal)
        return
    try:
        _handle(room, participant, message)
    except Refused as refusal:
        participant.refuse(Refused(refusal.code, refusal.detail, offer_id=_offer_id(message)))


def _offer_id(message: ClientMessage) -> int | None:
    if isinstance(message, Publish | Subscribe | Renegotiate) and message.offer:
        return message.offer.id
    return None


def _handle(room: Room, participant: Participant, message: ClientMessage) -> None:
    match message:
        case Ping():
            participant.tell_aside(Pong(at=message.at))
        case Join():
            room.join(participant, goes_direct=message.direct_calls)
        case Leave():
            room.forget(participant, "left")
            participant.dismiss(CloseCode.LEFT, "left", flush=True)
        case Publish() | Subscribe() | Renegotiate() | Candidate() | Mute():
            _handle_media(room, participant, message)
        case Sending() | Photo():
            _require(participant.grants.publish, "You may not send sound or pictures.")
            _handle_thin_line(room, participant, message)
        case ReportCamera() | AskCamera() | AgreeCamera() | AnswerCamera() | Point():
            _require_admitted(participant)
            camera.handle(room, participant, message)
        case Hello() | Refresh():
            raise Refused("wrong_order", f"{message.type} is not for now.")
        case _:
            _require_admitted(participant)
            _handle_people(room, participant, message)


def _handle_media(room: Room, participant: Participant, message: MediaRequest) -> None:
    match message:
        case Publish():
            _publish(room, participant, message)
        case Subscribe():
            _subscribe(room, participant, message)
        case Renegotiate():
            _answer(
                participant,
                message.connection,
                message.offer,
                lambda sdp: participant.connections.renegotiate(message.connection, sdp),
            )
        case Candidate():
            participant.connections.candidate(message.connection, message.candidate)
        case Mute():
            if track := participant.mute(message.source, muted=message.muted):
                _tell_muted(room, participant, track)


def _handle_thin_line(room: Room, participant: Participant, message: ThinRequest) -> None:
    match message:
        case Sending():
            room.show_sending(participant, message.step)
        case Photo():
            photo = participant.photo.add(message)
            if photo is not None:
                room.show_photo(
                    participant,
                    PhotoReceived(
                        participant_id=participant.id,
                        id=message.id,
                        age_ms=message.age_ms,
                        data=photo,
                    ),
                )


def _handle_people(room: Room, participant: Participant, message: PeopleRequest) -> None:
    match message:
        case DirectDescription() | DirectCandidate() | ReportDirect():
            room.direct.handle(participant, message)
        case AnswerRecording() | StopRecording():
            consent.handle(room, participant, message)
        case Chat():
            _chat(room, participant, message)
        case Admit():
            _require(participant.grants.admit, "You may not let people in.")
            _admit(room, _find(room, message), by=participant)
        case Remove():
            _require(participant.grants.remove, "You may not send people out.")
            room.remove(_find(room, message), by=participant.id)


def _publish(room: Room, participant: Participant, message: Publish) -> None:
    _require(participant.grants.publish, "You may not send sound or pictures.")
    published, offer = message.tracks, message.offer
    sdp, changes = _taken(participant, lambda: publication(participant, published, offer.sdp))
    participant.tell(Answer(connection="publish", offer_id=offer.id, sdp=sdp))
    tell_changes(room, participant, changes)


def publication(
    participant: Participant, published: tuple[PublishedTrack, ...], offer_sdp: str
) -> tuple[str, TrackChanges]:
    """The answer to an offer to send these from now on, and what changes by it, which the others
    do not know yet. Raises OfferRefused, and then nothing has changed."""
    tracks = participant.name_tracks(published)
    ids = {track.mid: tracks[track.source].id for track in published}
    important = participant.important_of(tracks.values())
    # A device hears nothing of who watches: it sends what everybody takes.
    switches = not participant.is_device
    answer = participant.connections.publish(offer_sdp, ids, important, switches=switches)
    return answer, participant.replace_tracks(tracks)


def tell_changes(room: Room, participant: Participant, changes: TrackChanges) -> None:
    """Tell those for whom the tracks are."""
    for track in changes.removed:
        room.tell_receivers(participant, TrackRemoved(track_id=track.id))
    for track in changes.added:
        room.tell_receivers(participant, TrackAdded(track=track))
    for track in changes.muted:
        _tell_muted(room, participant, track)
    room.review()


def _tell_muted(room: Room, participant: Participant, track: Track) -> None:
    event = TrackMuted(track_id=track.id, muted=track.muted)
    room.tell_receivers(participant, event, key=f"muted {track.id}")


def _subscribe(room: Room, participant: Participant, message: Subscribe) -> None:
    _require(participant.grants.subscribe, "You may not receive sound or pictures.")
    wanted = {line.mid: room.receivable(participant, line.track_id) for line in message.tracks}
    shown = {line.mid: line.shown for line in message.tracks}
    if message.offer is None:
        participant.connections.select(wanted, shown)
        return
    _answer(
        participant,
        "subscribe",
        message.offer,
        lambda sdp: participant.connections.subscribe(sdp, wanted, shown),
    )


def _answer(
    participant: Participant, connection: Connection, offer: Offer, answer: Callable[[str], str]
) -> None:
    sdp = _taken(participant, lambda: answer(offer.sdp))
    participant.tell(Answer(connection=connection, offer_id=offer.id, sdp=sdp))


def _taken(participant: Participant, answer: Callable[[], AnswerT]) -> AnswerT:
    if not participant.limits.offers.take():
        raise Refused("too_many_messages", "Too many offers at once.")
    try:
        return answer()
    except OfferRefused as refusal:
        raise Refused("offer_refused", refusal.detail) from None


def _chat(room: Room, participant: Participant, message: Chat) -> None:
    _require(participant.grants.chat, "You may not write in the chat.")
    line = ChatLine(
        id=message.id,
        participant_id=participant.id,
        name=participant.name_for(staff=True),
        text=message.text,
        sent_at=room.around.clock.now(),
    )
    said = Said(line, shown_name=participant.name_for(staff=False))
    if room.chat.add(said):
        room.say(participant, said)


def _admit(room: Room, waiting: Participant, *, by: Participant) -> None:
    if room.is_full and not waiting.is_admitted:
        raise Refused("room_full", f"{MOST_IN_CALL} people are in the call: no more can come in.")
    room.let_in(waiting, by=by.id)


def _find(room: Room, message: Admit | Remove) -> Participant:
    found = room.participants.get(message.participant_id)
    if found is None or not found.has_joined:
        raise Refused("unknown_participant", "There is nobody of this id here.")
    return found


def _require(granted: bool, detail: str) -> None:
    if not granted:
        raise Refused("not_allowed", detail)


def _require_joined(participant: Participant) -> None:
    if not participant.has_joined:
        raise Refused("wrong_order", "Send join first.")


def _require_admitted(participant: Participant) -> None:
    _require_joined(participant)
    if not participant.is_admitted:
        raise Refused("not_admitted", "You have not been let in yet.")
