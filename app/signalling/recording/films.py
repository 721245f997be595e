"""One film: what one person sent of a camera and a microphone, or of a screen, muxed as it came.

WebM for VP8 and for sound alone, MP4 for H.264: what browsers play of each. Nothing is decoded.
"""

import io
from fractions import Fraction
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.signalling.recording.frames import Frame, picture_size
from app.signalling.recording.sealedfile import SealedOutput

Part = Literal["person", "screen"]
_MICROSECOND = Fraction(1, 1_000_000)
_MILLISECOND_IN_MICROSECONDS = 1_000


class FilmName(NamedTuple):
    """Whose film, and of what."""

    participant: str
    part: Part


def film_id(recording_id: UUID, name: FilmName) -> UUID:
    """The same for every making of the same film."""
    return uuid5(recording_id, f"{name.participant} {name.part}")


def film_key(recording_key: bytes, film: UUID) -> bytes:
    """A key seals one file: each film has its own, which is gone with the recording's."""
    return HKDF(SHA256(), 32, salt=None, info=b"film " + film.bytes).derive(recording_key)


class Film:
    """Takes frames by the time line of the recording, and muxes them into a sealed file."""

    def __init__(self, output: SealedOutput, *, video: str | None, has_audio: bool) -> None:
        self._output = output
        self.video_codec = video
        self._has_audio = has_audio
        self._waiting: list[tuple[str, Frame, int]] = []
        self._container: OutputContainer | None = None
        self._streams: dict[str, Stream] = {}
        self._newest: dict[str, int] = {}
        self.pictures = 0
        self.sounds = 0

    @property
    def media_type(self) -> str:
        """What it is."""
        return "video/mp4" if self.video_codec == "H264" else "video/webm"

    @property
    def ends_at(self) -> int:
        """Microseconds from the start of the recording to the start of the last frame."""
        return max(self._newest.values(), default=0)

    def add(self, kind: Literal["video", "audio"], frame: Frame, at: int) -> None:
        """A frame at that time, in microseconds. The first picture says how large they are."""
        if self._container is None:
            self._waiting.append((kind, frame, at))
            if kind == "video" or self.video_codec is None:
                self._begin(frame if kind == "video" else None)
        else:
            self._mux(kind, frame, at)

    def _begin(self, first: Frame | None) -> None:
        # PyAV closes what it opens by a name; a file of ours it leaves to us.
        form = "mp4" if self.video_codec == "H264" else "webm"
        container = av.open(self._output, "w", format=form)
        self._container = container
        if first is not None:
            self._streams["video"] = _video_stream(container, self.video_codec, first.data)
        if self._has_audio:
            self._streams["audio"] = _audio_stream(container)
        for kind, frame, at in self._waiting:
            self._mux(kind, frame, at)
        self._waiting = []

    def _mux(self, kind: str, frame: Frame, at: int) -> None:
        stream = self._streams.get(kind)
        if stream is None or self._container is None:
            return
        # Times rise by a millisecond at least, WebM's own step: a clock may seem to go back.
        earliest = self._newest.get(kind, -_MILLISECOND_IN_MICROSECONDS)
        time = max(at, 0, earliest + _MILLISECOND_IN_MICROSECONDS)
        self._newest[kind] = time
        packet = av.Packet(frame.data)
        packet.stream = stream
        packet.time_base = _MICROSECOND
        packet.pts = packet.dts = time
        packet.is_keyframe = frame.is_key
        self._container.mux(packet)
        if kind == "video":
            self.pictures += 1
        else:
            self.sounds += 1

    def finish(self) -> bool:
        """Write the rest. False where there was nothing to show or hear: then nothing stays."""
        if self._container is None and self._waiting:
            self.video_codec = None
            self._begin(None)
        if self._container is None:
            self._output.discard()
            return False
        self._container.close()
        self._output.finish()
        return True


def _video_stream(container: OutputContainer, codec: str | None, keyframe: bytes) -> Stream:
    if codec == "H264":
        with av.open(io.BytesIO(keyframe), format="h264") as sample:
            return container.add_stream_from_template(sample.streams.video[0])
    width, height = picture_size(keyframe)
    return container.add_mux_stream("vp8", width=width, height=height)


def _audio_stream(container: OutputContainer) -> AudioStream:
    """Named for its encoder, which writes the head that goes before (RFC 7845 §5.1) and no more."""
    return container.add_stream("libopus", rate=48_000, layout="stereo")
