"""Tracks and wishes."""

from app.signalling.media.hub import TrackHub
from app.signalling.media.layers import Track
from tests.signalling.media.packets import packet
from tests.signalling.media.test_forwarder import Sender, Viewer


def _track(sender: Sender | None = None) -> Track:
    forwarder = (sender or Sender()).forwarder
    return Track(forwarder.kind, [forwarder])


def test_a_wish_waits_until_its_track_appears() -> None:
    hub, viewer, track = TrackHub(lambda: 0.0), Viewer(), _track()
    hub.wish(viewer.downstream, "v1")
    assert viewer.downstream.source is None

    hub.publish("v1", track)
    hub.publish("v1", track)

    assert track.downstreams == (viewer.downstream,)


def test_a_wish_outlives_its_track() -> None:
    hub, viewer, first, second = TrackHub(lambda: 0.0), Viewer(), _track(), _track()
    hub.publish("v1", first)
    hub.wish(viewer.downstream, "v1")

    hub.withdraw("v1", first)
    assert viewer.downstream.source is None
    hub.publish("v1", second)

    assert viewer.downstream.source is second.layers[0]


def test_a_second_track_of_the_same_id_takes_over_with_its_first_keyframe() -> None:
    hub, viewer, first, second = TrackHub(lambda: 0.0), Viewer(), Sender(), Sender()
    before, after = _track(first), _track(second)
    hub.publish("v1", before)
    hub.wish(viewer.downstream, "v1")
    first.frame(1, 0.0, key=True)

    hub.publish("v1", after)
    second.frame(70, 0.0)
    first.frame(2, 0.0)
    until_then, waited = viewer.downstream.source, hub.awaits("v1", after)
    second.frame(71, 0.0, key=True)
    first.frame(3, 0.0)
    second.frame(72, 0.0)

    assert (until_then, waited) == (first.forwarder, True)
    assert viewer.downstream.source is second.forwarder
    assert before.downstreams == ()
    assert not hub.awaits("v1", after)
    assert viewer.steps() == [0, 1, 2, 3]


def test_of_layers_the_first_with_a_keyframe_takes_over() -> None:
    hub, viewer, first, low, high = TrackHub(lambda: 0.0), Viewer(), Sender(), Sender(), Sender()
    hub.publish("v1", _track(first))
    hub.wish(viewer.downstream, "v1")
    first.frame(1, 0.0, key=True)

    hub.publish("v1", Track("video", [low.forwarder, high.forwarder]))
    high.frame(4, 0.0)
    low.frame(70, 0.0, key=True)
    high.frame(5, 0.0)

    assert viewer.downstream.source is low.forwarder
    assert high.keyframes == 1


def test_a_second_sound_takes_over_with_its_first_packet() -> None:
    hub, viewer = TrackHub(lambda: 0.0), Viewer("audio")
    first, second = Sender("audio"), Sender("audio")
    hub.publish("a1", _track(first))
    hub.wish(viewer.downstream, "a1")

    hub.publish("a1", _track(second))
    second.forwarder.receive(packet(1, 960, b"sound", 0.0, payload_type=111))

    assert viewer.downstream.source is second.forwarder


def test_who_waits_to_take_over_asks_for_a_keyframe_once_pictures_come() -> None:
    hub, first, second = TrackHub(lambda: 0.0), Sender(), Sender()
    hub.publish("v1", _track(first))
    hub.publish("v1", _track(second))

    asked = second.keyframes
    second.frame(1, 0.0)

    assert (asked, second.keyframes) == (0, 1)


def test_the_second_takes_over_at_once_when_the_first_ends() -> None:
    hub, viewer, first, second = TrackHub(lambda: 0.0), Viewer(), _track(), _track()
    hub.publish("v1", first)
    hub.wish(viewer.downstream, "v1")

    hub.publish("v1", second)
    hub.withdraw("v1", first)

    assert viewer.downstream.source is second.layers[0]
    assert first.downstreams == ()


def test_the_first_goes_on_when_the_second_ends_before_it_began() -> None:
    hub, viewer, first, second = TrackHub(lambda: 0.0), Viewer(), _track(), Sender()
    hub.publish("v1", first)
    hub.wish(viewer.downstream, "v1")

    late = _track(second)
    hub.publish("v1", late)
    hub.withdraw("v1", late)
    second.frame(1, 0.0, key=True)

    assert viewer.downstream.source is first.layers[0]


def test_another_wish_leaves_the_first_track() -> None:
    hub, viewer, first, second = TrackHub(lambda: 0.0), Viewer(), _track(), _track()
    hub.publish("v1", first)
    hub.publish("v2", second)
    hub.wish(viewer.downstream, "v1")
    hub.wish(viewer.downstream, "v1")

    hub.wish(viewer.downstream, "v2")

    assert (first.downstreams, second.downstreams) == ((), (viewer.downstream,))
    assert hub.wished(viewer.downstream) == "v2"


def test_no_wish_is_silence() -> None:
    hub, viewer, track = TrackHub(lambda: 0.0), Viewer(), _track()
    hub.publish("v1", track)
    hub.wish(viewer.downstream, "v1")

    hub.wish(viewer.downstream, None)
    hub.wish(viewer.downstream, None)

    assert track.downstreams == ()
    assert hub.wished(viewer.downstream) is None


def test_sound_never_flows_on_a_line_for_pictures() -> None:
    hub, viewer, sound = (
        TrackHub(lambda: 0.0),
        Viewer(),
        Track("audio", [Sender("audio").forwarder]),
    )
    hub.wish(viewer.downstream, "a1")
    hub.publish("a1", sound)
    hub.wish(viewer.downstream, None)

    hub.wish(viewer.downstream, "a1")

    assert viewer.downstream.source is None
