"""What an entry of the waiting list wants, and why it stands where it stands, in words. Pure."""

from datetime import datetime, timedelta

from app.models import WaitingListEntry
from app.scheduling.waiting_list.order import COUNTS_AS_SOON, COUNTS_AS_URGENT, PRESSING

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PRIORITIES = {"urgent": "Urgent", "soon": "Soon", "routine": "Routine"}
CHANNELS = {"video": "by video", "telephone": "by telephone", "in-person": "in person"}
PARTS = {"morning": "mornings", "afternoon": "afternoons", "evening": "evenings"}


def why_here(entry: WaitingListEntry, now: datetime) -> str:
    """Why the entry has its place in the queue: `order.rank` in words."""
    waited = now - entry.created_at
    if waited >= COUNTS_AS_URGENT:
        return "Has waited 18 weeks: counts as urgent"
    parts = [PRIORITIES[entry.priority]]
    if waited >= COUNTS_AS_SOON and entry.priority == "routine":
        parts = ["Has waited 12 weeks: counts as soon"]
    if entry.latest_day is not None and entry.latest_day <= (now + PRESSING).date():
        parts.append(f"needed by {entry.latest_day.day} {entry.latest_day:%B}")
    return f"{', '.join(parts)}, waiting {waited_words(waited)}"


def waited_words(waited: timedelta) -> str:
    """`under a day`, `3 days`, `5 weeks`."""
    if waited.days < 1:
        return "under a day"
    if waited.days < 14:
        return "1 day" if waited.days == 1 else f"{waited.days} days"
    return f"{waited.days // 7} weeks"


def wishes(entry: WaitingListEntry, with_name: str) -> str:
    """`With Dr Shah, by video, mornings, Mondays or Fridays, from 3 May to 9 May`."""
    parts = [f"with {with_name}" if with_name else "with anybody"]
    if entry.channel:
        parts.append(CHANNELS[entry.channel])
    if entry.language:
        parts.append(f"in {entry.language}")
    if entry.parts_of_day:
        parts.append(" or ".join(PARTS[part] for part in entry.parts_of_day))
    if entry.weekdays:
        parts.append(" or ".join(f"{WEEKDAYS[day - 1]}s" for day in entry.weekdays))
    if entry.earliest_day:
        parts.append(f"from {entry.earliest_day.day} {entry.earliest_day:%B}")
    if entry.latest_day:
        parts.append(f"until {entry.latest_day.day} {entry.latest_day:%B}")
    words = ", ".join(parts)
    return words[:1].upper() + words[1:]
