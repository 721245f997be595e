"""The layers of a simulcast: who gets which, and how one changes to another."""

from itertools import pairwise

from app.signalling.media.codecs import Codec
from app.signalling.media.forwarder import GAP_SECONDS
from app.signalling.media.keyframes import THROTTLE_SECONDS
from app.signalling.media.layers import NOMINAL_BPS, PAUSED, SILENT_SECONDS, Track
from app.signalling.media.rtp import parse_header, timestamp_delta
from app.signalling.media.senderclock import ntp_time
from app.signalling.media.vp8 import parse_descriptor
from tests.signalling.media.packets import packet, vp8
from tests.signalling.media.test_forwarder import Sender, Viewer

FRAME = 1 / 30
Q, H, F = 0, 1, 2


class Simulcast:
    """A camera with three layers; each has numbers, clocks and picture ids of its own."""

    def __init__(self) -> None:
        self.senders = [Sender(), Sender(), Sender()]
        self.track = Track("video", [sender.forwarder for sender in self.senders])
        self.frames = 0

    def frame(self, *, layers: tuple[int, ...] = (Q, H, F), key: tuple[int, ...] = ()) -> float:
        """One picture of the camera, a packet in each of these layers; gives its time."""
        now = self.frames * FRAME
        for layer in layers:
            number = self.frames + 1_000 * layer
            payload = vp8(number & 0x7FFF, key=layer in key, tl0=number & 0xFF)
            arrived = packet(60_000 * layer + self.frames, 3_000 * number, payload, now)
            self.senders[layer].forwarder.receive(arrived)
        self.frames += 1
        self.track.tick(now)
        return now

    def report_clocks(self, now: float) -> None:
        for layer, sender in enumerate(self.senders):
            ticks = 3_000 * 1_000 * layer + round(now * 90_000)
            sender.forwarder.sender_reported(ntp_time(now), ticks & 0xFFFFFFFF, now)


def timestamps(viewer: Viewer) -> list[int]:
    headers = [parse_header(data) for data in viewer.sent]
    return [header.timestamp for header in headers if header]


def pictures(viewer: Viewer) -> list[tuple[int, int]]:
    found = []
    for data in viewer.sent:
        header = parse_header(data)
        assert header
        descriptor = parse_descriptor(data[header.payload_start :])
        assert descriptor
        found.append((descriptor.picture_id, descriptor.tl0picidx))
    return found


def watched(*, layer: int) -> tuple[Simulcast, Viewer]:
    """A viewer that has seen two frames of that layer."""
    camera, viewer = Simulcast(), Viewer()
    camera.frame(key=(Q, H, F))
    camera.track.add(viewer.downstream, 0.0)
    camera.track.choose(viewer.downstream, layer, 0.0)
    camera.frame(key=(layer,))
    return camera, viewer


def test_the_old_layer_flows_until_the_new_ones_keyframe() -> None:
    camera, viewer = watched(layer=Q)
    before = len(viewer.sent)
    camera.track.choose(viewer.downstream, F, camera.frames * FRAME)

    camera.frame()
    assert viewer.downstream.source is camera.senders[Q].forwarder
    camera.frame(key=(F,))
    camera.frame()

    assert viewer.downstream.source is camera.senders[F].forwarder
    assert len(viewer.sent) == before + 4, "the last of the old layer, then the new one"
    assert camera.senders[F].keyframes >= 1


def test_a_switch_is_one_unbroken_stream_of_numbers_and_pictures() -> None:
    camera, viewer = watched(layer=Q)
    for layer in (F, H, Q):
        camera.track.choose(viewer.downstream, layer, camera.frames * FRAME)
        camera.frame(key=(layer,))
        camera.frame()

    steps = viewer.steps()
    assert steps == list(range(len(steps)))
    for earlier, later in pairwise(pictures(viewer)):
        assert (later[0] - earlier[0]) & 0x7FFF == 1
        assert (later[1] - earlier[1]) & 0xFF == 1


def test_the_senders_clocks_place_the_new_layer_exactly() -> None:
    camera, viewer = watched(layer=Q)
    camera.report_clocks(camera.frames * FRAME)
    viewer.sent.clear()
    camera.frame()
    camera.track.choose(viewer.downstream, F, camera.frames * FRAME)
    late = packet(
        60_000 * F + camera.frames, 3_000 * (camera.frames + 2_000), vp8(1, key=True), 99.0
    )
    camera.senders[F].forwarder.receive(late._replace(arrival=camera.frames * FRAME + 0.02))

    first, second = timestamps(viewer)

    assert abs(timestamp_delta(second, first) - 3_000) <= 2


def test_a_keyframe_of_a_picture_already_shown_comes_after_it() -> None:
    camera, viewer = watched(layer=H)
    camera.report_clocks(camera.frames * FRAME)
    camera.track.choose(viewer.downstream, F, camera.frames * FRAME)
    viewer.sent.clear()

    camera.frame(layers=(H, F), key=(F,))

    assert [timestamp_delta(stamp, timestamps(viewer)[0]) for stamp in timestamps(viewer)] == [0, 1]


def test_a_layer_its_sender_switched_off_gives_way_to_one_that_flows() -> None:
    camera, viewer = watched(layer=F)
    before = len(viewer.sent)
    frames = int(SILENT_SECONDS / FRAME) + 2
    camera.frame(layers=(Q,), key=(Q,))
    for _ in range(frames):
        camera.frame(layers=(Q,))

    assert viewer.downstream.source is camera.senders[Q].forwarder
    assert len(viewer.sent) >= before + frames, "the young keyframe is replayed"
    assert viewer.steps() == list(range(len(viewer.sent)))


def test_a_newcomer_is_shown_at_once_the_layer_that_has_a_keyframe() -> None:
    camera, viewer = Simulcast(), Viewer()
    camera.frame(key=(Q,))
    now = camera.frame()

    camera.track.add(viewer.downstream, now)

    assert viewer.downstream.source is camera.senders[Q].forwarder
    assert len(viewer.sent) == 2
    camera.frame(key=(F,))
    assert viewer.downstream.source is camera.senders[F].forwarder


def test_the_chosen_layer_is_taken_again_with_its_first_keyframe() -> None:
    camera, viewer = watched(layer=F)
    for _ in range(int(GAP_SECONDS / FRAME) + 10):
        camera.frame(layers=(Q,), key=(Q,))

    camera.frame(layers=(Q, F), key=(F,))

    assert viewer.downstream.source is camera.senders[F].forwarder


def test_paused_means_nothing_and_resumed_begins_at_a_keyframe() -> None:
    camera, viewer = watched(layer=H)
    camera.track.choose(viewer.downstream, PAUSED, camera.frames * FRAME)
    viewer.sent.clear()
    for _ in range(30):
        camera.frame()
    assert viewer.sent == []
    assert camera.track.downstreams == (viewer.downstream,)
    assert camera.track.needed == ()

    camera.track.choose(viewer.downstream, Q, camera.frames * FRAME)
    camera.frame()
    camera.frame(key=(Q,))

    assert len(viewer.sent) == 1


def test_ten_viewers_within_a_second_cost_a_layer_two_keyframes() -> None:
    camera = Simulcast()
    camera.frame(key=(Q, H, F))
    for _ in range(60):
        camera.frame()
    began = camera.frames
    for step in range(30):
        if step % 3 == 0:
            camera.track.add(Viewer().downstream, camera.frames * FRAME)
        camera.frame(key=(F,) if step and camera.senders[F].keyframes else ())

    assert camera.frames - began == 30
    assert THROTTLE_SECONDS * 2 >= 1
    assert sum(sender.keyframes for sender in camera.senders) <= 2


def test_rates_are_nominal_until_measured() -> None:
    camera = Simulcast()
    assert camera.track.rates(0.0) == NOMINAL_BPS

    for _ in range(60):
        camera.frame(layers=(Q,))
        camera.track.rates(camera.frames * FRAME)

    low, _, high = camera.track.rates(camera.frames * FRAME)
    assert low < NOMINAL_BPS[0]
    assert high == NOMINAL_BPS[2]


def test_only_layers_somebody_is_to_have_are_needed() -> None:
    camera, first, second = Simulcast(), Viewer(), Viewer()
    for viewer in (first, second):
        camera.track.add(viewer.downstream, 0.0)
    camera.track.choose(first.downstream, Q, 0.0)

    assert list(camera.track.needed) == [Q, F]
    camera.track.remove(second.downstream)
    camera.frame(key=(Q,))
    assert list(camera.track.needed) == [Q]
    assert camera.track.chosen(second.downstream) == PAUSED


def test_no_better_layer_is_of_use_than_fills_what_is_shown() -> None:
    track = Simulcast().track

    shown = {lines: track.best_for(lines) for lines in (1, 180, 181, 360, 361, 720, 2_160, None)}

    assert shown == {1: Q, 180: Q, 181: H, 360: H, 361: F, 720: F, 2_160: F, None: F}
    assert Track("video", [Sender().forwarder]).best_for(90) == 0
    two = Track("video", [Sender().forwarder, Sender().forwarder])
    assert [two.best_for(lines) for lines in (180, 360, 720)] == [0, 0, 1]


def test_a_track_of_one_layer_is_that_layer() -> None:
    sender, viewer = Sender(), Viewer()
    sender.forwarder.configure({96: Codec("VP8")})
    track = Track("video", [sender.forwarder])
    track.add(viewer.downstream, 0.0)
    sender.frame(1, 0.0, key=True)

    assert viewer.steps() == [0]
    assert track.rates(0.0) == NOMINAL_BPS[:1]
