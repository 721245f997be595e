"""The demo's ECG is on standard paper and shows what it says that it shows."""

from app.cli.sample_ecg import BEAT_SECONDS, LEADS, millivolts, sample_ecg
from app.documents.drawing import draw

AFTER_QRS = 0.43


def test_it_is_drawn_the_same_each_time_and_can_be_shown() -> None:
    first = sample_ecg()

    assert sample_ecg() == first
    assert [part.name for part in draw(first).parts] == ["page-1", "thumbnail"]


def test_st_is_raised_below_and_lowered_opposite() -> None:
    leads = {lead.name: lead for row in LEADS for lead in row}

    st = {name: millivolts(lead, AFTER_QRS) for name, lead in leads.items()}

    assert len(leads) == 12
    assert all(st[name] > 0.1 for name in ("II", "III", "aVF"))
    assert all(st[name] < -0.1 for name in ("I", "aVL"))


def test_every_beat_is_like_the_one_before() -> None:
    lead = LEADS[0][0]

    assert abs(millivolts(lead, 0.31) - millivolts(lead, 0.31 + BEAT_SECONDS)) < 1e-9
