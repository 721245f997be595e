"""Tracks and wishes."""

from app.signalling.media.hub import TrackHub
from app.signalling.media.layers import Track
from tests.signalling.media.test_forwarder import Sender, Viewer


def _track() -> Track:
    return Track("video", [Sender().forwarder])


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


def test_a_second_track_of_the_same_id_takes_over() -> None:
    hub, viewer, first, second = TrackHub(lambda: 0.0), Viewer(), _track(), _track()
    hub.publish("v1", first)
    hub.wish(viewer.downstream, "v1")

    hub.publish("v1", second)
    hub.withdraw("v1", first)

    assert viewer.downstream.source is second.layers[0]
    assert first.downstreams == ()


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
