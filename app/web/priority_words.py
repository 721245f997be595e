"""Why a request stands where it stands, in words, and the rule itself for its page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.referrals.priority import BY_NEWS2, LONGEST, NOT_KNOWN, RULE, SAID_TIME_CRITICAL, Priority

WHY = {
    "time-critical": "it is time critical",
    "high": "NEWS2 shows high risk",
    "medium": "NEWS2 shows medium risk",
    "low-medium": "one vital sign is far from normal",
    "not-known": "there is no complete NEWS2",
}


@dataclass(frozen=True, slots=True)
class HeadStart:
    """One line of the rule's table."""

    what: str
    minutes: int


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """What the page of the rule says."""

    version: int
    stated: Sequence[HeadStart]
    scored: Sequence[HeadStart]
    longest_minutes: int


def priority_words(priority: Priority) -> str:
    """Its head starts and what each is for."""
    if not priority.parts:
        return "In order of waiting."
    parts = [
        f"{minutes_of(part.head_start)} minutes ahead because {WHY[part.reason]}"
        for part in priority.parts
    ]
    said = " and ".join(parts)
    return f"{said}."


def minutes_of(length: timedelta) -> int:
    """Whole minutes."""
    return int(length.total_seconds() // 60)


def rule_in_words() -> RuleInWords:
    """From the rule's own numbers, so that the page cannot tell another."""
    return RuleInWords(
        version=RULE,
        stated=[
            HeadStart("The crew says that it is time critical", minutes_of(SAID_TIME_CRITICAL))
        ],
        scored=[
            HeadStart("High risk: a total of 7 or more", minutes_of(BY_NEWS2["high"])),
            HeadStart("Medium risk: a total of 5 or 6", minutes_of(BY_NEWS2["medium"])),
            HeadStart("One vital sign scores 3", minutes_of(BY_NEWS2["low-medium"])),
            HeadStart("No complete score, or none for this patient", minutes_of(NOT_KNOWN)),
            HeadStart("Low risk: a total of 0 to 4", minutes_of(BY_NEWS2["low"])),
        ],
        longest_minutes=minutes_of(LONGEST),
    )
