"""A rota as typed, and back."""

from datetime import date, time
from uuid import UUID

import pytest
from pydantic import ValidationError

from app.errors import InvalidInput
from app.models import Schedule
from app.web.rotas.form import (
    AS_IT_IS,
    RotaForm,
    errors_of,
    form_of,
    horizon_options,
    notice_options,
    recurrence_of,
    rota_of,
)

WHO, WHAT = UUID(int=1), UUID(int=2)
TYPED = RotaForm(
    practitioner_id=str(WHO),
    service_id=str(WHAT),
    days=["TH", "MO"],
    start_time="09:00",
    end_time="12:30",
    break_1_start="10:30",
    break_1_end="10:45",
    valid_from="2026-11-23",
)


def typed(**changes: object) -> RotaForm:
    return TYPED.model_copy(update=changes)


def schedule(recurrence: str) -> Schedule:
    return Schedule(
        practitioner_id=WHO,
        service_id=WHAT,
        channel="telephone",
        time_zone="Europe/London",
        recurrence=recurrence,
        start_time=time(9),
        end_time=time(12),
        breaks=[["10:00", "10:15"]],
        slot_minutes=20,
        buffer_before_minutes=0,
        buffer_after_minutes=5,
        capacity=1,
        notice_minutes=60,
        horizon_days=91,
        valid_from=date(2026, 11, 23),
        valid_to=None,
        version=3,
    )


def test_what_is_typed_becomes_a_rota() -> None:
    rota = rota_of(TYPED)

    assert (rota.practitioner_id, rota.recurrence) == (WHO, "FREQ=WEEKLY;BYDAY=MO,TH")
    assert rota.breaks == [(time(10, 30), time(10, 45))]
    assert (rota.valid_from, rota.valid_to) == (date(2026, 11, 23), None)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"every": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"),
        ({"every": "monthly", "which": "-1", "days": ["FR"]}, "FREQ=MONTHLY;BYDAY=-1FR"),
        ({"every": "monthly", "which": "9", "days": ["FR"]}, "FREQ=MONTHLY;BYDAY=1FR"),
        ({"every": AS_IT_IS, "recurrence": "FREQ=DAILY"}, "FREQ=DAILY"),
    ],
)
def test_how_often_becomes_a_rule(changes: dict[str, object], rule: str) -> None:
    assert recurrence_of(typed(**changes)) == rule


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=WEEKLY;BYDAY=MO;COUNT=8",
    ],
)
def test_an_entered_rota_comes_back_as_it_was(rule: str) -> None:
    back = rota_of(form_of(schedule(rule)))

    assert back.recurrence == rule
    assert back.breaks == [(time(10), time(10, 15))]
    assert (back.channel, back.notice_minutes, back.horizon_days) == ("telephone", 60, 91)


def test_what_the_page_has_no_field_for_is_kept() -> None:
    entered = schedule("FREQ=DAILY")
    entered.time_zone = "Australia/Lord_Howe"
    entered.breaks = [["09:15", "09:20"], ["10:00", "10:15"], ["11:00", "11:10"]]

    back = rota_of(form_of(entered))

    assert back.time_zone == "Australia/Lord_Howe"
    assert [f"{begin:%H:%M}-{end:%H:%M}" for begin, end in back.breaks] == [
        "09:15-09:20",
        "10:00-10:15",
        "11:00-11:10",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"days": []}, "days", "Choose at least one day"),
        ({"start_time": "nine"}, "start_time", "Enter when it begins"),
        ({"practitioner_id": ""}, "practitioner_id", "Choose who"),
        ({"break_1_end": ""}, "break_1_start", "A break must begin and end"),
        ({"slot_minutes": "2"}, "slot_minutes", "between 5 and 480"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    changes: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises((ValidationError, InvalidInput)) as caught:
        rota_of(typed(**changes))

    refusal = caught.value
    assert isinstance(refusal, ValidationError | InvalidInput)
    assert words in errors_of(refusal)[field]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        ("60", "Until 1 hour before"),
        ("1440", "Until a day before"),
        ("120", "Until 2 hours before"),
        ("90", "Until 90 minutes before"),
        ("20160", "Until 2 weeks before"),
        ("soon", "Until soon before"),
    ],
)
def test_how_late_is_said_in_words_whoever_entered_it(minutes: str, words: str) -> None:
    assert [item["text"] for item in notice_options(minutes) if item["selected"]] == [words]


@pytest.mark.parametrize(
    ("days", "words"),
    [("730", "From 2 years before"), ("42", "From 6 weeks before"), ("1", "From 1 day before")],
)
def test_how_early_is_said_in_words_whoever_entered_it(days: str, words: str) -> None:
    assert [item["text"] for item in horizon_options(days) if item["selected"]] == [words]


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as refusal:
        rota_of(RotaForm(valid_from="2026-11-27", start_time="09:00", end_time="12:30"))

    assert list(errors_of(refusal.value)) == ["practitioner_id", "service_id", "days"]
