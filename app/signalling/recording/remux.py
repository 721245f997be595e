"""From a recording's sealed packets to the films that browsers play, in two readings.

The first finds the senders' clocks, which come after what they tell the time of; the second puts
packets in order and muxes. Memory stays small however long the call was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import UUID

from app.signalling.recording.container import Ending, Reading
from app.signalling.recording.entries import LOST, RTP, STREAM, Recorded, read_entries, read_lost
from app.signalling.recording.films import Film, FilmName, film_id, film_key
from app.signalling.recording.frames import (
    PICTURE_CODECS,
    Frame,
    InOrder,
    Pictures,
    Piece,
    Sounds,
)
from app.signalling.recording.sealedfile import SealedOutput
from app.signalling.recording.timeline import Line, Run, Unwrapper, survey

LAYER_SILENT_MICROSECONDS = 1_000_000
"""A lower layer takes over once the one shown has not come for so long."""


@dataclass(frozen=True)
class MadeFilm:
    """A film that can be played. `ends_at` in microseconds since the recording began."""

    id: UUID
    name: FilmName
    media_type: str
    size_bytes: int
    ends_at: int


@dataclass(frozen=True)
class Made:
    """What came of a recording. `reaches` is where what was read ends, in microseconds."""

    films: tuple[MadeFilm, ...]
    ending: Ending
    reaches: int
    entries_lost: int


@dataclass
class _Track:
    """One stream in the second reading."""

    runs: list[Run]
    place: int = -1
    order: InOrder = field(default_factory=InOrder)
    frames: Sounds | Pictures | None = None
    unwrapper: Unwrapper = field(default_factory=lambda: Unwrapper(0))
    line: Line = field(default_factory=lambda: Line(0, 0, 1))

    @property
    def run(self) -> Run:
        """The one that is read now."""
        return self.runs[self.place]

    def next_run(self) -> None:
        """Its numbers start afresh."""
        self.place += 1
        run = self.run
        self.order, self.unwrapper = InOrder(), Unwrapper(run.first_timestamp)
        self.line = run.line()
        is_known = run.codec in PICTURE_CODECS
        self.frames = Sounds() if run.is_audio else Pictures(run.codec) if is_known else None


class Remux:
    """One recording being made into films."""

    def __init__(self, source: Path, key: bytes, recording_id: UUID, folder: Path) -> None:
        self._source, self._key, self._id, self._folder = source, key, recording_id, folder
        self._films: dict[FilmName, Film] = {}
        self._outputs: dict[FilmName, SealedOutput] = {}
        self._shown: dict[FilmName, tuple[int, int]] = {}
        self._reaches = 0
        self._lost = 0
        self._ending: Ending = "damaged"

    def make(self) -> Made:
        """Read it twice, and write its films. Raises OSError."""
        runs = survey(self._entries())
        tracks = {number: _Track(found) for number, found in runs.items()}
        try:
            self._open(runs)
            self._mux(tracks)
            films = self._finish()
        except BaseException:
            for output in self._outputs.values():
                output.discard()
            raise
        return Made(films, self._ending, self._reaches, self._lost)

    def _mux(self, tracks: dict[int, _Track]) -> None:
        for entry in self._entries():
            self._take(entry, tracks)
        for track in tracks.values():
            self._frames(track, track.order.rest())

    def _entries(self) -> Iterator[Recorded]:
        with self._source.open("rb") as file:
            reading = Reading(file, self._key, self._id)
            for body in reading:
                yield from read_entries(body)
            self._ending = reading.ending

    def _open(self, runs: dict[int, list[Run]]) -> None:
        every = [run for found in runs.values() for run in found if run.earliest is not None]
        for name in dict.fromkeys(_film_of(run) for run in every):
            mine = [run for run in every if _film_of(run) == name]
            film = film_id(self._id, name)
            path = film_path(self._folder, film)
            output = SealedOutput(path, film_key(self._key, film), film)
            self._outputs[name] = output
            self._films[name] = Film(
                output,
                video=next((run.codec for run in mine if run.codec in PICTURE_CODECS), None),
                has_audio=any(run.is_audio for run in mine),
            )

    def _take(self, entry: Recorded, tracks: dict[int, _Track]) -> None:
        self._reaches = max(self._reaches, entry.at)
        track = tracks.get(entry.stream)
        if entry.kind == LOST:
            self._lost += read_lost(entry.body)
        elif entry.kind == STREAM and track is not None:
            if track.place >= 0:
                self._frames(track, track.order.rest())
            track.next_run()
        elif entry.kind == RTP and track is not None:
            self._frames(track, track.order.add(entry.body, entry.at))

    def _frames(self, track: _Track, pieces: Iterator[Piece | None]) -> None:
        for piece in pieces:
            frame = track.frames.add(piece) if track.frames else None
            if frame is not None:
                self._place(track, frame)

    def _place(self, track: _Track, frame: Frame) -> None:
        run, name = track.run, _film_of(track.run)
        at = track.line.at(track.unwrapper.extend(frame.timestamp))
        film = self._films[name]
        if run.is_audio:
            film.add("audio", frame, at)
        elif run.codec == film.video_codec and self._shows(name, run.stream.layer, frame, at):
            film.add("video", frame, at)

    def _shows(self, name: FilmName, layer: int, frame: Frame, at: int) -> bool:
        """Of several layers the best that comes; from one to another at a keyframe."""
        shown, last = self._shown.get(name, (-1, 0))
        switches = frame.is_key and (layer > shown or at - last > LAYER_SILENT_MICROSECONDS)
        if layer != shown and not switches:
            return False
        self._shown[name] = (layer, max(last, at))
        return True

    def _finish(self) -> tuple[MadeFilm, ...]:
        return tuple(
            MadeFilm(
                id=film_id(self._id, name),
                name=name,
                media_type=film.media_type,
                size_bytes=self._outputs[name].size,
                ends_at=film.ends_at,
            )
            for name, film in self._films.items()
            if film.finish()
        )


def _film_of(run: Run) -> FilmName:
    is_screen = run.stream.source.startswith("screen")
    part: Literal["person", "screen"] = "screen" if is_screen else "person"
    return FilmName(run.stream.participant, part)


def film_path(folder: Path, film: UUID) -> Path:
    """Where a film lies, sealed."""
    return folder / f"{film}.film"
