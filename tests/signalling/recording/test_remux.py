"""Recorded calls of Chromium become films that Chromium plays."""

import asyncio
import io
from pathlib import Path
from uuid import uuid4

import av
import pytest
from playwright.async_api import Page, Route

from app.signalling.media import MediaNode
from app.signalling.recording.container import CHUNK_OVERHEAD, HEADER_OCTETS, Reading
from app.signalling.recording.entries import lost_entry
from app.signalling.recording.films import Film, FilmName, film_key
from app.signalling.recording.remux import Made, MadeFilm, Remux, film_path
from app.signalling.recording.sealedfile import SealedFile
from app.signalling.recording.taps import Streams
from app.signalling.recording.writer import RecordingWriter, path_of
from tests.signalling.media.chromium import ORIGIN, Call
from tests.signalling.recording.made_up import KEY, MadeUp, Sent, audio, pictures, video

LINES = ("audio", "video")
ANNE = {"0": "anne-audio", "1": "anne-video"}
SECOND = 1_000_000

PLAY = """async url => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = url;
  document.body.append(video);
  await video.play();
  const from = video.currentTime;
  let frames = 0;
  const count = () => { frames += 1; video.requestVideoFrameCallback(count); };
  video.requestVideoFrameCallback(count);
  await new Promise(done => setTimeout(done, 1500));
  const played = video.currentTime - from;
  video.pause();
  video.currentTime = Math.max(0, video.duration - 1);
  await new Promise(done => video.addEventListener('seeked', done, {once: true}));
  const decodedAudio = video.webkitAudioDecodedByteCount;
  return {played, frames, width: video.videoWidth, height: video.videoHeight,
    duration: video.duration, decodedAudio, at: video.currentTime};
}"""


class Recorder:
    """Records the tracks of one call."""

    def __init__(self, node: MediaNode, folder: Path) -> None:
        self.node, self.folder = node, folder
        self.writer = RecordingWriter(folder, lambda _: None)
        self.recording = self.writer.open(uuid4(), KEY)
        self._streams = Streams(self.recording, node.now)

    def start(self, name: str) -> None:
        for kind, source in (("audio", "microphone"), ("video", "camera")):
            self.node.record(f"{name}-{kind}", self._streams.source(name, source))

    def stop(self, name: str) -> None:
        for kind in ("audio", "video"):
            self.node.record(f"{name}-{kind}", None)

    def made(self) -> Made:
        self.writer.close()
        path = path_of(self.folder, self.recording.id)
        return Remux(path, KEY, self.recording.id, self.folder).make()


def clear(folder: Path, film: MadeFilm) -> bytes:
    """The film as a browser gets it."""
    with film_path(folder, film.id).open("rb") as file:
        sealed = SealedFile(file, film_key(KEY, film.id), film.id)
        return b"".join(sealed.read(0, sealed.size))


async def played(page: Page, octets: bytes, media_type: str) -> dict[str, float]:
    """What Chromium says of a film that it fetches by ranges."""

    async def answer(route: Route) -> None:
        asked = (await route.request.all_headers()).get("range", "bytes=0-")
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(octets) - 1), len(octets) - 1)
        await route.fulfill(
            status=206,
            body=octets[start : end + 1],
            headers={
                "Content-Type": media_type,
                "Content-Range": f"bytes {start}-{end}/{len(octets)}",
                "Accept-Ranges": "bytes",
            },
        )

    await page.route(ORIGIN + "film", answer)
    found: dict[str, float] = await page.evaluate(PLAY, ORIGIN + "film")
    return found


async def _recorded(call: Call, folder: Path, *, seconds: float) -> Recorder:
    await call.publish("anne")
    viewer = await call.watch(ANNE, LINES)
    recorder = Recorder(call.node, folder)
    recorder.start("anne")
    seen = (await viewer.figures()).frames
    await viewer.frames_beyond(seen + int(30 * seconds))
    return recorder


@pytest.mark.browser
@pytest.mark.anyio
async def test_a_recorded_call_plays(call: Call, tmp_path: Path) -> None:
    recorder = await _recorded(call, tmp_path, seconds=5)

    result = await asyncio.to_thread(recorder.made)
    (film,) = result.films
    shown = await played(await call.page(), clear(tmp_path, film), film.media_type)

    assert (result.ending, result.entries_lost, film.media_type) == ("complete", 0, "video/webm")
    assert shown["width"] >= 320
    assert shown["played"] > 1.0
    assert shown["frames"] > 20
    assert shown["decodedAudio"] > 0
    assert shown["duration"] == pytest.approx(film.ends_at / SECOND, abs=0.2)
    assert shown["at"] == pytest.approx(shown["duration"] - 1, abs=0.1)


@pytest.mark.browser
@pytest.mark.anyio
async def test_h264_plays_as_mp4(call: Call, tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    made_up.take(made_up.stream("camera", "H264"), video("H264", pictures("H264", 100)))
    made_up.take(made_up.stream("microphone", "opus"), audio(4))
    made_up.end()

    (film,) = _made(made_up).films
    shown = await played(await call.page(), clear(tmp_path, film), film.media_type)

    assert film.media_type == "video/mp4"
    assert (shown["width"], shown["height"]) == (320, 180)
    assert shown["played"] > 1.0
    assert shown["frames"] > 20


def _made(made_up: MadeUp) -> Made:
    return Remux(made_up.path, KEY, made_up.id, made_up.folder).make()


def _times(octets: bytes, kind: str) -> list[float]:
    with av.open(io.BytesIO(octets), "r") as container:
        return [
            float(packet.pts * packet.time_base)
            for packet in container.demux()
            if packet.stream.type == kind and packet.pts is not None and packet.time_base
        ]


def _decoded(octets: bytes) -> int:
    with av.open(io.BytesIO(octets), "r") as container:
        return len(list(container.decode(video=0)))


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_every_picture_is_in_the_film_as_it_was_sent(tmp_path: Path, codec: str) -> None:
    made_up = MadeUp(tmp_path)
    made_up.take(made_up.stream("camera", codec), video(codec, pictures(codec, 60)))
    made_up.end()

    (film,) = _made(made_up).films

    octets = clear(tmp_path, film)
    assert _decoded(octets) == 60
    assert _times(octets, "video") == pytest.approx([n / 25 + 0.05 for n in range(60)], abs=2e-3)


def test_the_pictures_octets_are_not_touched(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    encoded = list(pictures("VP8", 30))
    made_up.take(made_up.stream("camera", "VP8"), video("VP8", encoded))
    made_up.end()

    (film,) = _made(made_up).films

    with av.open(io.BytesIO(clear(tmp_path, film)), "r") as container:
        assert [bytes(p) for p in container.demux() if p.size] == encoded


def test_packets_that_come_out_of_order_or_late_are_put_in_their_place(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    sent = video("VP8", pictures("VP8", 60))
    late = [each.packet._replace(arrival=each.at + 1.0) for each in sent[5::17]]
    on_time = [each.packet for place, each in enumerate(sent) if place % 17 != 5]
    tap = made_up.stream("camera", "VP8")

    for packet in sorted(on_time + late, key=lambda packet: packet.arrival):
        tap.packet(packet)
    made_up.end()

    (film,) = _made(made_up).films
    assert _decoded(clear(tmp_path, film)) == 60


def test_after_a_loss_the_picture_stands_until_the_next_keyframe(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    sent = video("VP8", pictures("VP8", 75))
    gone = next(p for p, each in enumerate(sent) if each.at >= 30 / 25 + 0.05)
    tap = made_up.stream("camera", "VP8")

    made_up.take(tap, sent[:gone] + sent[gone + 1 :])
    made_up.end()

    (film,) = _made(made_up).films
    shown = [round((at - 0.05) * 25) for at in _times(clear(tmp_path, film), "video")]
    assert shown == [*range(30), *range(50, 75)]


def test_lips_match_by_the_senders_clocks_and_stay_so(tmp_path: Path) -> None:
    """The picture takes 300 ms longer than the sound, whose clock runs fast by 100 in a million."""
    made_up = MadeUp(tmp_path)
    camera, microphone = made_up.stream("camera", "VP8"), made_up.stream("microphone", "opus")
    seconds, fast = 60, 1.0001
    frames = list(pictures("VP8", 25)) * seconds
    made_up.take(camera, video("VP8", frames, late=0.4))
    sounds = audio(seconds, late=0.1)
    for each in sounds:
        stamp = int((each.at - 0.1) * 48_000 * fast)
        microphone.packet(each.packet._replace(timestamp=stamp))
    for second in range(5, seconds, 5):
        made_up.clock(camera, second + 0.02, 0xFFFFF000 + second * 90_000)
        made_up.clock(microphone, second + 0.02, int(second * 48_000 * fast))
    made_up.end()

    (film,) = _made(made_up).films

    octets = clear(tmp_path, film)
    shown, heard = _times(octets, "video"), _times(octets, "audio")
    assert shown[-1] == pytest.approx(seconds - 1 / 25 + 0.02, abs=3e-3)
    assert heard[-1] == pytest.approx(seconds - 0.02 + 0.02, abs=3e-3)
    assert shown[50] == pytest.approx(2.02, abs=3e-3)
    assert heard[100] == pytest.approx(2.02, abs=3e-3)


def test_the_best_layer_that_comes_is_shown(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    low, high = (made_up.stream("camera", "VP8", layer=place) for place in range(2))
    small = video("VP8", pictures("VP8", 150, size=(160, 90)))
    large = video("VP8", pictures("VP8", 50))
    both = [(low, each) for each in small] + [
        (high, Sent(each.at + 1, each.packet._replace(arrival=each.at + 1))) for each in large
    ]
    for tap, each in sorted(both, key=lambda one: one[1].at):
        tap.packet(each.packet)
    made_up.end()

    (film,) = _made(made_up).films

    with av.open(io.BytesIO(clear(tmp_path, film)), "r") as container:
        widths = [frame.width for frame in container.decode(video=0)]
    assert widths == [160] * 26 + [320] * 50 + [160] * 50


def test_each_person_and_each_screen_has_a_film_on_the_same_time_line(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    made_up.take(made_up.stream("microphone", "opus"), audio(1))
    made_up.take(made_up.stream("screen", "VP8"), video("VP8", pictures("VP8", 25), late=0.5))
    made_up.take(made_up.stream("microphone", "opus", who="ben"), audio(2, late=3))
    made_up.end()

    films = {film.name: film for film in _made(made_up).films}

    assert set(films) == {("anne", "person"), ("anne", "screen"), ("ben", "person")}
    assert _times(clear(tmp_path, films[FilmName("ben", "person")]), "audio")[0] == pytest.approx(
        3, abs=0.01
    )
    assert {film.media_type for film in films.values()} == {"video/webm"}


def test_a_stream_that_begins_anew_goes_on_in_the_film(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    encoded = list(pictures("VP8", 50))
    made_up.take(made_up.stream("camera", "VP8"), video("VP8", encoded[:25]))
    again = video("VP8", encoded[25:], first=3, timestamp=12_345)
    made_up.take(
        made_up.stream("camera", "VP8"),
        [Sent(each.at + 1, each.packet._replace(arrival=each.at + 1)) for each in again],
    )
    made_up.end()

    (film,) = _made(made_up).films

    times = _times(clear(tmp_path, film), "video")
    assert times == pytest.approx([n / 25 + 0.05 for n in range(50)], abs=2e-3)


def test_what_was_cut_off_by_a_crash_plays_up_to_there(tmp_path: Path) -> None:
    made_up = _in_chunks(tmp_path, seconds=3)

    result = _made(made_up)

    assert result.ending == "cut"
    assert result.reaches == pytest.approx(2.99 * SECOND, abs=50_000)
    assert _decoded(clear(tmp_path, result.films[0])) == 75


def test_a_damaged_recording_plays_up_to_the_damage(tmp_path: Path) -> None:
    made_up = _in_chunks(tmp_path, seconds=3)
    octets = bytearray(made_up.path.read_bytes())
    with made_up.path.open("rb") as file:
        reading = iter(Reading(file, KEY, made_up.id))
        start = HEADER_OCTETS + sum(len(next(reading)) + CHUNK_OVERHEAD for _ in range(2))
    octets[start + 100] ^= 1
    made_up.path.write_bytes(octets)

    result = _made(made_up)

    assert result.ending == "damaged"
    assert result.reaches == pytest.approx(1.99 * SECOND, abs=50_000)
    assert _decoded(clear(tmp_path, result.films[0])) == 50


def _in_chunks(folder: Path, *, seconds: int) -> MadeUp:
    """A chunk a second, and no end."""
    made_up = MadeUp(folder)
    tap = made_up.stream("camera", "VP8")
    sent = video("VP8", pictures("VP8", 25 * seconds))
    for second in range(seconds):
        made_up.take(tap, [e for e in sent if second <= e.at - 0.05 + 1e-9 < second + 1 - 1e-9])
        made_up.chunk()
    return made_up


def test_a_recording_with_nothing_in_it_has_no_films(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    made_up.stream("camera", "VP8")
    made_up.end()

    assert _made(made_up) == Made((), "complete", 0, 0)
    assert list(tmp_path.iterdir()) == [made_up.path]


def test_a_picture_without_a_keyframe_leaves_the_sound_alone(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    made_up.take(made_up.stream("microphone", "opus"), audio(1))
    sent = video("VP8", pictures("VP8", 10))
    first = next(place for place, each in enumerate(sent) if each.packet.marker) + 1
    made_up.take(made_up.stream("camera", "VP8"), sent[first:])
    made_up.end()

    (film,) = _made(made_up).films

    octets = clear(tmp_path, film)
    assert (_times(octets, "video"), len(_times(octets, "audio"))) == ([], 50)


def test_what_the_disk_could_not_take_is_counted(tmp_path: Path) -> None:
    made_up = MadeUp(tmp_path)
    made_up.recording.put(lost_entry(3))
    made_up.recording.put(lost_entry(4))
    made_up.end()

    assert _made(made_up).entries_lost == 7


def test_a_making_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = MadeUp(tmp_path)
    made_up.take(made_up.stream("microphone", "opus"), audio(1))
    made_up.end()
    monkeypatch.setattr(Film, "add", _fail)

    with pytest.raises(OSError, match="full"):
        _made(made_up)

    assert list(tmp_path.iterdir()) == [made_up.path]


def _fail(*_: object) -> None:
    raise OSError("full")
