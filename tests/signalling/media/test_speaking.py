"""Who speaks, from the level of each packet."""

import pytest

from app.signalling.media.speaking import BEGIN_SECONDS, END_SECONDS, LOUD, SpeakingDetector

SPEECH, QUIET, VOICE_BIT = 25, 70, 0x80


def say(detector: SpeakingDetector, level: int, *, start: float, seconds: float) -> list[bool]:
    """A packet every 20 ms; each change of mind."""
    changes = []
    for step in range(round(seconds / 0.02)):
        now = start + step * 0.02
        detector.heard(level, now)
        if detector.changed(now):
            changes.append(detector.speaking)
    return changes


def test_speech_counts_after_a_moment_and_silence_after_a_pause() -> None:
    detector = SpeakingDetector()

    assert say(detector, SPEECH | VOICE_BIT, start=0.0, seconds=1.0) == [True]
    assert say(detector, QUIET, start=1.0, seconds=END_SECONDS - 0.2) == []
    assert say(detector, QUIET, start=1.0 + END_SECONDS - 0.2, seconds=0.5) == [False]


def test_a_cough_is_no_speech() -> None:
    detector = SpeakingDetector()

    assert say(detector, SPEECH, start=0.0, seconds=BEGIN_SECONDS - 0.05) == []
    assert say(detector, QUIET, start=1.0, seconds=1.0) == []
    assert say(detector, SPEECH, start=2.0, seconds=BEGIN_SECONDS - 0.05) == []


def test_a_pause_between_sentences_is_not_the_end() -> None:
    detector = SpeakingDetector()
    say(detector, SPEECH, start=0.0, seconds=1.0)

    assert say(detector, QUIET, start=1.0, seconds=END_SECONDS / 2) == []
    assert say(detector, SPEECH, start=1.0 + END_SECONDS / 2, seconds=1.0) == []


@pytest.mark.parametrize(("level", "speaks"), [(LOUD, True), (LOUD + 1, False)], ids=str)
def test_the_threshold_is_in_decibels_below_overload(level: int, speaks: bool) -> None:
    detector = SpeakingDetector()
    say(detector, level, start=0.0, seconds=1.0)

    assert detector.speaking is speaks


def test_one_who_stops_sending_falls_silent() -> None:
    detector = SpeakingDetector()
    say(detector, SPEECH, start=0.0, seconds=1.0)

    assert not detector.changed(1.5)
    assert detector.changed(1.0 + END_SECONDS)
    assert not detector.speaking
