"""What a room is told of a published picture's codecs. Of its layers: test_simulcast."""

from collections.abc import Iterable

from app.signalling.media.codecs import Codec, NegotiatedCodec
from app.signalling.media.downstream import Extensions
from app.signalling.media.hub import TrackHub
from app.signalling.media.incoming import IncomingTrack, Layer
from app.signalling.media.layers import Track
from app.signalling.media.sdp import parse_offer
from app.signalling.media.telling import Telling
from app.signalling.peers import CodecsTaken
from tests.signalling.media.chromium import Heard
from tests.signalling.media.test_forwarder import Sender, Viewer
from tests.signalling.media.test_red import Formats
from tests.signalling.media.test_sdp import CHROMIUM

EVERY = ("VP8", "H264", "VP9", "AV1")


def viewer(codecs: Iterable[str] = EVERY) -> Viewer:
    made = Viewer()
    known = [Codec(name, "42e0" if name == "H264" else "") for name in codecs]  # type: ignore[arg-type]
    takes = [NegotiatedCodec(codec, 96 + place) for place, codec in enumerate(known)]
    made.downstream.configure(takes, Extensions())
    return made


class Published:
    """A picture that may be sent in any codec, and what is told of it."""

    def __init__(self) -> None:
        self.hub, self.heard = TrackHub(lambda: 0.0), Heard()
        self._telling = Telling(self.hub, self.heard)
        self.track = IncomingTrack("v1", parse_offer(CHROMIUM).media[1])
        self.track.layers.append(Layer(self.track, "", Sender().forwarder))
        self.track.published = Track("video", [self.track.layers[0].forwarder])
        self.hub.publish("v1", self.track.published)

    def told(self) -> list[tuple[str, ...]]:
        for _ in range(3):
            self._telling.tick(self.track, 0.0)
        found = [event.codecs for event in self.heard.events if isinstance(event, CodecsTaken)]
        self.heard.events.clear()
        return found


def test_while_nobody_watches_it_is_what_everybody_decodes() -> None:
    assert Published().told() == [("VP8", "H264")]


def test_it_is_what_all_who_watch_take_and_told_when_that_changes() -> None:
    picture, one, other = Published(), viewer(), viewer(("H264", "VP8"))

    picture.hub.wish(one.downstream, "v1")
    alone = picture.told()
    picture.hub.wish(other.downstream, "v1")
    both = picture.told()
    picture.hub.wish(other.downstream, None)

    assert (alone, both, picture.told()) == ([EVERY], [("VP8", "H264")], [EVERY])


def test_who_renegotiates_counts_with_the_new_codecs() -> None:
    picture, one = Published(), viewer()
    picture.hub.wish(one.downstream, "v1")
    picture.told()

    one.downstream.configure([NegotiatedCodec(Codec("VP8"), 96)], Extensions())

    assert picture.told() == [("VP8",)]


def test_a_recording_is_made_of_what_everybody_decodes() -> None:
    picture, one = Published(), viewer()
    picture.hub.wish(one.downstream, "v1")
    picture.told()

    picture.hub.record("v1", Formats())
    recorded = picture.told()
    picture.hub.record("v1", None)

    assert (recorded, picture.told()) == ([("VP8", "H264")], [EVERY])


def test_viewers_with_nothing_in_common_change_nothing() -> None:
    picture = Published()
    picture.told()

    for codec in ("VP8", "H264"):
        picture.hub.wish(viewer((codec,)).downstream, "v1")

    assert picture.told() == []
