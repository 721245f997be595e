"""From the forwarder into a recording."""

from app.signalling.media.codecs import Codec
from app.signalling.media.forwarder import RECORDED_KEYFRAME_SECONDS
from app.signalling.media.hub import TrackHub
from app.signalling.media.layers import Track
from app.signalling.media.rtp import parse_header
from app.signalling.media.senderclock import ntp_time
from app.signalling.recording.entries import (
    CLOCK,
    MAX_STREAMS,
    RTP,
    STREAM,
    Recorded,
    read_clock,
    read_entries,
    read_stream,
)
from app.signalling.recording.taps import Streams
from tests.signalling.media.packets import packet, red, vp8
from tests.signalling.media.test_forwarder import Sender


class Sink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.octets = b""

    def put(self, entry: bytes, payload: bytes = b"") -> None:
        self.octets += entry + payload

    @property
    def entries(self) -> list[Recorded]:
        return list(read_entries(self.octets))

    @property
    def kinds(self) -> list[int]:
        return [entry.kind for entry in self.entries]

    @property
    def sequences(self) -> list[int]:
        headers = [parse_header(entry.body) for entry in self.entries if entry.kind == RTP]
        return [header.sequence for header in headers if header]


def _recorded(sender: Sender, sink: Sink) -> TrackHub:
    hub = TrackHub(lambda: 100.0)
    hub.publish("v1", Track("video", [sender.forwarder]))
    hub.record("v1", Streams(sink, 100.0).source("anne", "camera"))
    return hub


def test_sound_that_came_twice_is_kept_once() -> None:
    sink = Sink()
    tap = Streams(sink, 100.0).tap("anne", "microphone", 0)
    assert tap

    tap.begins({63: Codec("red"), 111: Codec("opus")})
    tap.packet(packet(1, 960, red([b"old"], b"new"), 100.1, payload_type=63))
    tap.packet(packet(2, 1_920, b"plain", 100.2, payload_type=111))

    about, *packets = sink.entries
    assert read_stream(about.body).codecs == {111: "opus"}
    headers = [parse_header(entry.body) for entry in packets]
    kept = [
        (h.payload_type, e.body[h.payload_start :])
        for h, e in zip(headers, packets, strict=True)
        if h
    ]
    assert kept == [(111, b"new"), (111, b"plain")]


def test_what_no_film_is_made_of_is_not_kept() -> None:
    """A picture in VP9 until its sender has changed: the film is of what comes then."""
    sink = Sink()
    tap = Streams(sink, 100.0).tap("anne", "camera", 0)
    assert tap

    tap.begins({96: Codec("VP8"), 98: Codec("VP9")})
    tap.packet(packet(1, 0, b"\x08x", 100.1, payload_type=98))
    tap.packet(packet(2, 3_000, vp8(1, key=True), 100.2))

    assert read_stream(sink.entries[0].body).codecs == {96: "VP8"}
    assert sink.sequences == [2]


def test_each_packet_is_recorded_once_whether_or_not_somebody_watches() -> None:
    sender, sink = Sender(), Sink()
    _recorded(sender, sink)

    for sequence in (1, 2, 2, 4, 3):
        sender.frame(sequence, 100.25)

    assert sink.sequences == [1, 2, 4, 3]
    assert sink.entries[1].at == 250_000


def test_a_recording_says_what_it_records_and_asks_for_a_keyframe() -> None:
    sender, sink = Sender(), Sink()

    _recorded(sender, sink)

    assert sink.kinds == [STREAM]
    about = read_stream(sink.entries[0].body)
    assert (about.participant, about.source, about.layer) == ("anne", "camera", 0)
    assert about.codecs[96] == "VP8"
    assert sender.keyframes == 1


def test_a_recording_can_be_entered_every_quarter_of_a_minute() -> None:
    sender, sink = Sender(), Sink()
    _recorded(sender, sink)
    sender.frame(1, 100.0, key=True)

    for step in range(int(RECORDED_KEYFRAME_SECONDS) + 1):
        sender.frame(2 + step, 100.0 + step)
        sender.forwarder.tick(100.0 + step)
    before = sender.keyframes
    sender.frame(50, 100.1 + RECORDED_KEYFRAME_SECONDS)
    sender.forwarder.tick(100.1 + RECORDED_KEYFRAME_SECONDS)

    assert (before, sender.keyframes) == (1, 2)


def test_nothing_is_recorded_after_the_end() -> None:
    sender, sink = Sender(), Sink()
    hub = _recorded(sender, sink)
    sender.frame(1, 100.0)

    hub.record("v1", None)
    sender.frame(2, 100.1)
    sender.forwarder.sender_reported(ntp_time(100.1), 7, 100.1)

    assert sink.sequences == [1]
    assert CLOCK not in sink.kinds


def test_the_senders_clock_is_recorded_on_the_recordings_time() -> None:
    sender, sink = Sender(), Sink()
    _recorded(sender, sink)

    sender.forwarder.sender_reported(ntp_time(99.5), 9_000, 100.5)

    entry = sink.entries[-1]
    assert (entry.kind, entry.at) == (CLOCK, 500_000)
    assert read_clock(entry.body) == (-500_000, 9_000)


def test_a_stream_that_starts_anew_says_so() -> None:
    sender, sink = Sender(), Sink()
    _recorded(sender, sink)
    sender.frame(1, 100.0)

    sender.forwarder.begin()
    sender.forwarder.configure(dict(sender.forwarder.codecs))
    sender.forwarder.configure({97: Codec("VP8")})

    assert sink.kinds == [STREAM, RTP, STREAM, STREAM]


def test_a_track_is_recorded_from_when_it_appears_and_with_its_successor() -> None:
    first, second, sink = Sender(), Sender(), Sink()
    hub = TrackHub(lambda: 100.0)
    hub.record("v1", Streams(sink, 100.0).source("anne", "camera"))
    before, after = Track("video", [first.forwarder]), Track("video", [second.forwarder])

    hub.publish("v1", before)
    first.frame(1, 100.0)
    hub.publish("v1", after)
    first.frame(2, 100.1)
    second.frame(9, 100.2, key=True)
    first.frame(3, 100.2)
    second.frame(10, 100.3)
    hub.withdraw("v1", after)
    second.frame(11, 100.4)

    assert sink.sequences == [1, 2, 9, 10]
    assert {entry.stream for entry in sink.entries} == {0}


def test_layers_are_streams_of_their_own() -> None:
    low, high, sink = Sender(), Sender(), Sink()
    hub = TrackHub(lambda: 100.0)
    hub.publish("v1", Track("video", [low.forwarder, high.forwarder]))

    hub.record("v1", Streams(sink, 100.0).source("anne", "camera"))
    low.frame(1, 100.0)
    high.frame(1, 100.0)

    assert [(entry.kind, entry.stream) for entry in sink.entries] == [
        (STREAM, 0),
        (STREAM, 1),
        (RTP, 0),
        (RTP, 1),
    ]


def test_a_packet_from_before_the_recording_is_not_in_it() -> None:
    sink = Sink()
    tap = Streams(sink, 100.0).tap("anne", "camera", 0)
    assert tap

    tap.packet(packet(1, arrival=99.9))

    assert sink.octets == b""


def test_a_recording_takes_as_many_streams_as_it_can_number() -> None:
    streams = Streams(Sink(), 0.0)

    taps = [streams.tap("anne", str(place), 0) for place in range(MAX_STREAMS + 1)]

    assert taps[MAX_STREAMS] is None
    assert all(taps[:MAX_STREAMS])
    assert streams.tap("anne", "0", 0) is not None
