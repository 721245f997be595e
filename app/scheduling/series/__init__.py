"""Series: appointments that recur, planned, booked, and later moved or cancelled in part."""

from app.scheduling.series.changes import (
    Changed,
    ChangedSeries,
    Kept,
    Part,
    Scope,
    Shift,
    cancel_series,
    move_series,
)
from app.scheduling.series.making import (
    BookedSeries,
    Choice,
    OnConflict,
    Result,
    book_series,
)
from app.scheduling.series.planning import NewSeries, Planned, Problem, plan
from app.scheduling.series.records import SeriesEntry, list_series, read_series

__all__ = [
    "BookedSeries",
    "Changed",
    "ChangedSeries",
    "Choice",
    "Kept",
    "NewSeries",
    "OnConflict",
    "Part",
    "Planned",
    "Problem",
    "Result",
    "Scope",
    "SeriesEntry",
    "Shift",
    "book_series",
    "cancel_series",
    "list_series",
    "move_series",
    "plan",
    "read_series",
]
