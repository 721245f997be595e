"""One handover of made-up facts, and the rows it could be made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.models import Observation
from app.referrals.forms import Line
from app.referrals.handover import (
    Advice,
    Fact,
    Handover,
    Happening,
    Picture,
    Row,
    Score,
    Table,
    Trend,
)

NOON = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE = NOON + 30 * MINUTE

HANDOVER = Handover(
    request_id=UUID(int=1),
    title="Zoë Łukasiewicz, 71 years, female",
    crew="Vale Ambulance Service, VA214, Jo Carter",
    service_name="Stroke advice",
    question="Sudden weakness on the left. Thrombolysis?",
    is_time_critical=True,
    patient=(Fact("Name", "Zoë Łukasiewicz"), Fact("NHS number", "999 000 0018")),
    journey=(Fact("Going to", "St Mary’s"), Fact("Arrives", "13:20, in 20 minutes")),
    atmist=tuple(
        Line(letter, name, f"{name} as said → {letter}")
        for letter, name in zip(
            "ATMIST",
            ("Age and sex", "Time", "Mechanism", "Injuries", "Signs", "Treatment"),
            strict=True,
        )
    ),
    sbar=(Line("S", "Situation", "Weak left arm"), Line("R", "Request", "Where to?")),
    news2=Score(
        words="NEWS2 5, medium risk, oxygen scale 1",
        parts=("Breathing rate 2", "Pulse 1"),
        missing=("Temperature",),
        trend=(Trend(NOON, 3), Trend(NOON + 5 * MINUTE, 5)),
    ),
    observations=Table(
        times=(NOON, NOON + 5 * MINUTE),
        rows=(Row("Pulse", "beats a minute", ("104", "")), Row("Consciousness", "", ("", "Alert"))),
        left_out=2,
    ),
    treatments=("13:05 Aspirin, 300 mg",),
    advice=(Advice("Dr Tom Evans", LATE, "Taken to hospital", "Straight to CT."),),
    pictures=(Picture(UUID(int=2), "ECG: 12 leads", NOON),),
    timeline=(
        Happening(NOON, "Jo Carter asked for advice."),
        Happening(NOON + 2 * MINUTE, "Vital signs by Jo Carter: pulse 104.", LATE),
    ),
    is_final=False,
    made_at=LATE,
    made_by="Jo Carter",
    zone="Europe/London",
)
FINAL = replace(HANDOVER, is_final=True)


def reading(
    code: str, value: float | None, minutes: float = 0, *, text: str = "", status: str = "final"
) -> Observation:
    """Taken so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return Observation(
        id=uuid4(),
        code=code,
        value=value,
        text_value=text,
        taken_at=at,
        created_at=at,
        status=status,
        source="entered",
        recorded_by_name="Jo Carter",
    )
