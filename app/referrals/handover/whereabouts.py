"""What a timeline tells of a crew's positions: the first, and every doubt and its answer. Pure.

The whole track is not in it: a position every few seconds would hide all else.
"""

from collections.abc import Iterable, Mapping, Sequence

from app.models import PositionFix
from app.referrals.handover.timeline import ARRIVED_LATE, Happening
from app.referrals.position import Place, coordinates_words

DOUBTS: Mapping[str, str] = {
    "nowhere": "what devices say when they know no position",
    "swapped": "latitude and longitude look swapped",
    "outside": "far from the area served",
    "jump": "too far from the one before",
    "imprecise": "exact to a wide area only",
}
"""Each question about a position (app.referrals.position.Question), as the record says it."""
ANSWERS: Mapping[str, str] = {
    "right": "The crew said that the position {at} is right.",
    "wrong": "The crew said that the position {at} is wrong.",
    "swapped": "The crew said that the position {at} is swapped.",
}


def of_positions(fixes: Iterable[PositionFix]) -> list[Happening]:
    """Sharing began; this was doubtful; so it was answered."""
    known = sorted(fixes, key=lambda fix: (fix.taken_at, fix.created_at))
    return [
        *_first(known),
        *(_doubt(fix) for fix in known if fix.questions),
        *(_answer(fix) for fix in known if fix.answer),
    ]


def _first(known: Sequence[PositionFix]) -> list[Happening]:
    reported = [fix for fix in known if fix.source != "corrected"]
    if not reported or reported[0].questions:
        return []
    return [_reported(reported[0], f"First position of the crew: {_words(reported[0])}.")]


def _doubt(fix: PositionFix) -> Happening:
    return _reported(fix, f"Position in doubt: {_words(fix)}, {DOUBTS[fix.questions[0]]}.")


def _answer(fix: PositionFix) -> Happening:
    return Happening(fix.answered_at or fix.created_at, ANSWERS[fix.answer].format(at=_words(fix)))


def _reported(fix: PositionFix, words: str) -> Happening:
    late = fix.created_at - fix.taken_at > ARRIVED_LATE
    return Happening(fix.taken_at, words, fix.created_at if late else None)


def _words(fix: PositionFix) -> str:
    return coordinates_words(Place(fix.latitude, fix.longitude))
