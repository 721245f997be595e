"""One example of each message of both sockets, for the AsyncAPI document and its tests."""

from datetime import UTC, datetime
from uuid import UUID

from app.signalling.devices import (
    FeedHello,
    FeedProblem,
    FeedReadings,
    FeedRefusal,
    FeedStored,
    FeedWelcome,
)
from app.signalling.live import LiveEvent, LiveHello, LiveWelcome
from app.signalling.messages import (
    Admit,
    Admitted,
    AgreeCamera,
    Answer,
    AnswerCamera,
    AnswerRecording,
    AskCamera,
    Camera,
    CameraAgreed,
    CameraAnswered,
    CameraAsked,
    CameraRequest,
    CameraWithdrawn,
    Candidate,
    Chat,
    ChatLine,
    ChatReceived,
    CodecsWanted,
    ConnectionLost,
    Ended,
    Error,
    Grants,
    Hello,
    Join,
    LayersWanted,
    Leave,
    Message,
    Mute,
    Offer,
    Participant,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    Photo,
    PhotoReceived,
    PicturesHeld,
    Ping,
    Point,
    Pointed,
    Pong,
    Position,
    Publish,
    PublishedTrack,
    Recording,
    RecordingChanged,
    Refresh,
    Remove,
    Renegotiate,
    ReportCamera,
    Sending,
    Snapshot,
    Spot,
    StopRecording,
    Subscribe,
    SubscribedTrack,
    Track,
    TrackAdded,
    TrackMuted,
    TrackRemoved,
    Welcome,
    Zoom,
)

_TOKEN = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"  # noqa: S105 (signs nothing)
_PATIENT = UUID("3f1c8f0e-6d0b-4f5e-9a52-0d1f6f2c7b10")
_EPOCH = "5f0c1de2a94b4c8f9a3f7f8f1d2e3c4b"
_OFFER = Offer(id=1, sdp="v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n…")
_ANN = Participant(
    id=_PATIENT, name="Ann Example", role="patient", state="admitted", connected=True
)
_CAMERA = Track(id="camera-1", participant_id=_PATIENT, source="camera", kind="video", muted=False)
_LINE = ChatLine(
    id=UUID("7d444840-9dc0-41d1-b245-5ffdce74fad2"),
    participant_id=_PATIENT,
    name="Ann Example",
    text="I can hear you now.",
    sent_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
)
_DOCUMENT = UUID("9b2d1a52-51a0-4c0f-8d0e-2f0c7c2b6f1e")
_PHONE = Camera(
    still=True,
    torch=True,
    torch_on=False,
    zoom=Zoom(min=1, max=8, step=0.1, now=1),
    cameras=2,
    agreed=False,
)
_RECORDING = Recording(
    id=UUID("5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d"),
    asked_by=_PATIENT,
    state="recording",
    agreed=(_PATIENT,),
)
_REQUEST = CameraRequest(
    id=_LINE.id, by=_ANN.id, of=_PATIENT, action="zoom", on=None, zoom=2, agreed=True
)
_SNAPSHOT = Snapshot(participants=(_ANN,), tracks=(_CAMERA,), chat=(_LINE,), requests=(_REQUEST,))

EXAMPLES: tuple[Message, ...] = (
    Hello(token=_TOKEN, resume=Position(epoch=_EPOCH, seq=41)),
    Refresh(token=_TOKEN),
    Join(),
    Admit(participant_id=_PATIENT),
    Publish(
        tracks=(
            PublishedTrack(mid="0", source="microphone"),
            PublishedTrack(mid="1", source="camera", muted=True),
        ),
        offer=_OFFER,
    ),
    Subscribe(tracks=(SubscribedTrack(mid="0", track_id="camera-1"),), offer=_OFFER),
    Renegotiate(connection="publish", offer=_OFFER),
    Candidate(
        connection="publish", candidate="candidate:1 1 UDP 2122252543 192.0.2.1 50000 typ host"
    ),
    Mute(source="camera", muted=True),
    Sending(step="stills"),
    Photo(id=3, part=0, parts=1, age_ms=900, data="/9j/4AAQSkZJRg=="),
    Chat(id=_LINE.id, text=_LINE.text),
    Remove(participant_id=_PATIENT),
    ReportCamera(camera=_PHONE),
    AskCamera(id=_LINE.id, participant_id=_PATIENT, action="zoom", zoom=2),
    AgreeCamera(id=_LINE.id),
    AnswerCamera(id=_LINE.id, outcome="done"),
    Point(document_id=_DOCUMENT, page=1, at=Spot(x=0.25, y=0.5)),
    AnswerRecording(recording_id=_RECORDING.id, agrees=True),
    StopRecording(recording_id=_RECORDING.id),
    Ping(at=81_422),
    Leave(),
    Welcome(
        epoch=_EPOCH,
        seq=0,
        participant_id=_PATIENT,
        state="admitted",
        resumed=False,
        grants=Grants(),
        snapshot=_SNAPSHOT,
    ),
    ParticipantJoined(epoch=_EPOCH, seq=1, participant=_ANN),
    ParticipantUpdated(epoch=_EPOCH, seq=2, participant=_ANN),
    ParticipantLeft(epoch=_EPOCH, seq=3, participant_id=_PATIENT, reason="left"),
    Admitted(epoch=_EPOCH, seq=4, snapshot=_SNAPSHOT),
    TrackAdded(epoch=_EPOCH, seq=5, track=_CAMERA),
    TrackRemoved(epoch=_EPOCH, seq=6, track_id=_CAMERA.id),
    TrackMuted(epoch=_EPOCH, seq=7, track_id=_CAMERA.id, muted=True),
    Answer(epoch=_EPOCH, seq=8, connection="publish", offer_id=1, sdp="v=0\r\n…"),
    ConnectionLost(epoch=_EPOCH, seq=9, connection="subscribe", reason="timeout"),
    CodecsWanted(epoch=_EPOCH, seq=9, source="camera", codecs=("VP8", "H264")),
    LayersWanted(epoch=_EPOCH, seq=9, source="camera", layers=("q", "f")),
    PicturesHeld(epoch=_EPOCH, seq=9, track_ids=("camera-1",)),
    ChatReceived(epoch=_EPOCH, seq=10, line=_LINE),
    CameraAsked(
        epoch=_EPOCH,
        seq=11,
        id=_LINE.id,
        participant_id=_PATIENT,
        action="still",
        on=None,
        zoom=None,
    ),
    CameraWithdrawn(epoch=_EPOCH, seq=12, id=_LINE.id),
    CameraAgreed(epoch=_EPOCH, seq=12, id=_LINE.id, participant_id=_PATIENT),
    CameraAnswered(
        epoch=_EPOCH,
        seq=12,
        id=_LINE.id,
        participant_id=_PATIENT,
        outcome="done",
        document_id=_DOCUMENT,
    ),
    RecordingChanged(epoch=_EPOCH, seq=13, recording=_RECORDING),
    Ended(epoch=_EPOCH, seq=13),
    Error(
        epoch=_EPOCH,
        seq=14,
        code="offer_refused",
        detail="The offer has no fingerprint.",
        offer_id=1,
    ),
    PhotoReceived(participant_id=_PATIENT, id=3, age_ms=900, data="/9j/4AAQSkZJRg=="),
    Pointed(participant_id=_PATIENT, document_id=_DOCUMENT, page=1, at=Spot(x=0.25, y=0.5)),
    Pong(at=81_422),
    LiveHello(token=_TOKEN, resume="771.1204"),
    LiveWelcome(resumed=True, position="771.1204"),
    LiveEvent(
        position="772.1205",
        event="encounter.waiting",
        id=UUID("0d5f4b1a-93a4-4d9f-8f7c-6a1f5d6c2b3e"),
        payload={"status": "arrived"},
    ),
    FeedHello(token=_TOKEN),
    FeedReadings(
        seq=7,
        readings=[
            {
                "id": "2f1a4c0e-58b4-4b1b-9d0e-5b1a34f0c7d1",
                "code": "heart-rate",
                "value": 112,
                "taken_at": "2026-11-20T09:30:01Z",
            }
        ],
    ),
    FeedWelcome(
        monitor="Monitor 7",
        call_sign="VA214",
        linked=True,
        server_time=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    ),
    FeedStored(
        seq=7,
        stored=4,
        known=0,
        refused=[FeedRefusal(id=_PATIENT, problem="invalid", detail="unit: Pulse is in /min.")],
        linked=True,
    ),
    FeedProblem(detail="message: Invalid JSON"),
)
