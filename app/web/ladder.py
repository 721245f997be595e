"""What comes next if nobody answers, step by step to the number to ring, in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.models import Ring
from app.referrals import Case, Next


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: whom it rings, and for how long."""

    words: str
    seconds: int


def ladder_of(case: Case) -> tuple[Rung, ...]:
    """The steps that follow the present one, in order."""
    return tuple(Rung(step_words(each), each.seconds) for each in case.upcoming)


def step_words(following: Next) -> str:
    """Whom a step rings: a site, everyone, or people by name."""
    if following.site:
        return f"{following.site.organization_name} ({following.site.name})"
    if following.kind == "everyone":
        return "everyone on call"
    return together([person.name for person in following.people])


def joining_words(joining: Sequence[Ring]) -> str:
    """Who is being asked now to come in, or to take over."""
    asked = {
        purpose: together([ring.practitioner_name for ring in joining if ring.purpose == purpose])
        for purpose in ("take-over", "join")
    }
    said = []
    if asked["take-over"]:
        said.append(f"{asked['take-over']} is asked to take over.")
    if asked["join"]:
        said.append(f"{asked['join']} is asked to join.")
    return " ".join(said)


def refused_words(rings: Sequence[Ring], since: datetime | None) -> str:
    """That whoever was last asked in, by the one who has had it `since`, does not come."""
    asked = [ring for ring in rings if ring.purpose != "answer" and since and ring.rung_at >= since]
    if not asked:
        return ""
    last = asked[-1]
    if last.outcome == "declined":
        reason = f": {last.decline_reason}" if last.decline_reason else ""
        return f"{last.practitioner_name} declined{reason}."
    return f"{last.practitioner_name} did not answer." if last.outcome == "missed" else ""


def together(names: Sequence[str]) -> str:
    """`A, B and C`, each once."""
    unique = list(dict.fromkeys(names))
    if len(unique) < 2:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} and {unique[-1]}"
