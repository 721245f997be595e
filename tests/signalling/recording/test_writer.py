"""The thread that writes: what is on the disk when, and what happens when it is slow or full."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from app.signalling.recording import writer as written
from app.signalling.recording.container import MAX_CHUNK_OCTETS, Ending, Reading
from app.signalling.recording.entries import lost_entry, read_entries, read_lost
from app.signalling.recording.writer import Recording, RecordingWriter, path_of

KEY = bytes(range(32))
ALLOWED_LOSS_SECONDS = 1.0


def _read(path: Path, recording: Recording) -> tuple[list[bytes], Ending]:
    reading = Reading(io.BytesIO(path.read_bytes()), KEY, recording.id)
    return list(reading), reading.ending


class Ended:
    """Remembers which recordings ended, and lets a test wait for one."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.once = threading.Event()

    def __call__(self, recording: Recording) -> None:
        self.states.append(recording.state)
        self.once.set()


def _opened(folder: Path) -> Recording:
    """One without a thread: the test writes."""
    recording_id = uuid4()
    return Recording(path_of(folder, recording_id), KEY, recording_id, threading.Event())


def test_a_finished_recording_holds_all_of_it(tmp_path: Path) -> None:
    ended = Ended()
    writer = RecordingWriter(tmp_path / "recordings", ended)
    recording = writer.open(uuid4(), KEY)

    for _ in range(10):
        recording.put(lost_entry(1))
    recording.close()
    assert ended.once.wait(5)

    bodies, ending = _read(path_of(tmp_path / "recordings", recording.id), recording)
    assert (ending, recording.state, ended.states) == ("complete", "finished", ["finished"])
    assert len(list(read_entries(b"".join(bodies)))) == 10
    writer.close()


def test_what_has_come_is_on_the_disk_before_the_end(tmp_path: Path) -> None:
    recording = _opened(tmp_path)
    recording.put(lost_entry(1))

    recording.write()

    bodies, ending = _read(path_of(tmp_path, recording.id), recording)
    assert (bodies, ending) == ([lost_entry(1)], "cut")


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    recording = _opened(tmp_path)

    assert path_of(tmp_path, recording.id).stat().st_mode & 0o777 == 0o600


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    recording = _opened(tmp_path)

    with pytest.raises(FileExistsError):
        Recording(path_of(tmp_path, recording.id), KEY, recording.id, threading.Event())


def test_much_at_once_becomes_several_chunks_of_whole_entries(tmp_path: Path) -> None:
    recording = _opened(tmp_path)
    big = lost_entry(1) * (MAX_CHUNK_OCTETS // len(lost_entry(1)) // 2 + 1)

    for _ in range(3):
        recording.put(big)
    recording.close()
    recording.write()

    bodies, ending = _read(path_of(tmp_path, recording.id), recording)
    assert (bodies, ending) == ([big, big, big], "complete")


def test_what_the_disk_cannot_take_is_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "MAX_PENDING_OCTETS", 30)
    recording = _opened(tmp_path)

    for number in range(5):
        recording.put(lost_entry(number))
    recording.write()
    recording.put(lost_entry(9))
    recording.write()

    bodies, _ = _read(path_of(tmp_path, recording.id), recording)
    counts = [read_lost(each.body) for each in read_entries(b"".join(bodies))]
    assert counts == [0, 1, 3, 9]
    assert recording.lost == 3


def test_a_full_disk_ends_the_recording_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Ended()
    writer = RecordingWriter(tmp_path, ended)
    recording = writer.open(uuid4(), KEY)
    monkeypatch.setattr(written, "_write_all", _full)

    recording.put(lost_entry(1))
    assert ended.once.wait(5)
    recording.put(lost_entry(1))

    assert (recording.state, ended.states, recording.lost) == ("failed", ["failed"], 1)
    writer.close()


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_writer_that_lives_says_so_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = _opened(tmp_path)
    recording.write()
    assert _read(path_of(tmp_path, recording.id), recording) == ([], "cut")

    monkeypatch.setattr(written, "SILENT_SECONDS", 0.0)
    recording.write()

    assert _read(path_of(tmp_path, recording.id), recording) == ([b""], "cut")


def test_what_was_written_is_on_the_disk_itself_when_that_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    recording = _opened(tmp_path)
    recording.put(lost_entry(1))
    recording.write()
    assert synced == []

    monkeypatch.setattr(written, "SYNC_SECONDS", 0.0)
    recording.write()
    recording.write()

    assert len(synced) == 1


def test_closing_finishes_every_recording(tmp_path: Path) -> None:
    ended = Ended()
    writer = RecordingWriter(tmp_path, ended)
    recordings = [writer.open(uuid4(), KEY) for _ in range(3)]

    writer.close()

    assert ended.states == ["finished"] * 3
    assert [_read(path_of(tmp_path, each.id), each) for each in recordings] == [
        ([b""], "complete")
    ] * 3


@pytest.mark.parametrize("packets", [100, 450, 777])
def test_a_killed_process_loses_less_than_a_second(tmp_path: Path, packets: int) -> None:
    recording_id = uuid4()
    command = [sys.executable, "-m", "tests.signalling.recording.scribe"]
    with subprocess.Popen(
        [*command, str(tmp_path), str(recording_id), KEY.hex()], stdout=subprocess.PIPE
    ) as scribe:
        assert scribe.stdout
        said = [float(scribe.stdout.readline()) for _ in range(packets)]
        scribe.kill()
        said += [float(line) for line in scribe.stdout.read().split(b"\n")[:-1]]

    octets = path_of(tmp_path, recording_id).read_bytes()
    reading = Reading(io.BytesIO(octets), KEY, recording_id)
    kept = [entry.at / 1e6 for body in reading for entry in read_entries(body)]

    assert reading.ending == "cut"
    assert kept == pytest.approx(said[: len(kept)], abs=2e-6)
    newest = kept[-1] if kept else 0.0
    assert said[-1] - newest < ALLOWED_LOSS_SECONDS
