"""The templates' environment: NHS components as functions, and how times and numbers are said."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import (
    ChainableUndefined,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context

from app.documents import GROUP_WORDS, WORDS
from app.models.time_zone import which_of_two
from app.scheduling.rotas.words import clock_words
from app.web import modules

TEMPLATES = Path(__file__).parent / "templates"
COMPONENTS = {
    "button": "button",
    "character_count": "character-count",
    "checkboxes": "checkboxes",
    "date_input": "date-input",
    "details": "details",
    "error_message": "error-message",
    "error_summary": "error-summary",
    "fieldset": "fieldset",
    "input": "input",
    "inset_text": "inset-text",
    "notification_banner": "notification-banner",
    "panel": "panel",
    "password_input": "password-input",
    "radios": "radios",
    "select": "select",
    "summary_list": "summary-list",
    "tag": "tag",
    "textarea": "textarea",
    "warning_callout": "warning-callout",
}
_MACROS = {
    "character_count": "characterCount",
    "date_input": "dateInput",
    "error_message": "errorMessage",
    "error_summary": "errorSummary",
    "inset_text": "insetText",
    "notification_banner": "notificationBanner",
    "password_input": "passwordInput",
    "summary_list": "summaryList",
    "warning_callout": "warningCallout",
}


def make_environment() -> Environment:
    """Our templates are strict about names; only the NHS's own ask for what may be missing."""
    nhs = Environment(
        loader=PackageLoader("nhsuk_frontend_jinja"),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ours = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name, folder in COMPONENTS.items():
        module = nhs.get_template(f"nhsuk/components/{folder}/macro.jinja").module
        ours.globals[name] = getattr(module, _MACROS.get(name, name))
    ours.globals["module"] = modules.module
    ours.globals["kept"] = modules.kept
    ours.globals["recording_words"] = WORDS
    ours.globals["recording_group_words"] = GROUP_WORDS
    ours.filters.update(_FILTERS)
    return ours


def clock_time(moment: datetime, zone: str) -> str:
    """`9:40am`, `midday`: as the NHS writes times."""
    return clock_words(moment.astimezone(ZoneInfo(zone)).time())


def clock_begins(moment: datetime, midnight: datetime, zone: str) -> str:
    """`11:45pm the day before`: when something begins, on the page of the day from `midnight`."""
    words = clock_time(moment, zone)
    return words if moment >= midnight else f"{words} the day before"


def clock_24(moment: datetime, zone: str) -> str:
    """`14:32`: the 24-hour clock of clinical records."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M}{which_of_two(local)}"


def clock_seconds(moment: datetime, zone: str) -> str:
    """`14:05:09`: where things follow each other within a minute."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M:%S}{which_of_two(local)}"


def long_day(moment: datetime | date, zone: str) -> str:
    """`Friday 20 November 2026`."""
    local = moment.astimezone(ZoneInfo(zone)) if isinstance(moment, datetime) else moment
    return f"{local:%A} {local.day} {local:%B %Y}"


def short_day(moment: datetime | date, zone: str) -> str:
    """`20 Nov 2026`."""
    local = moment.astimezone(ZoneInfo(zone)) if isinstance(moment, datetime) else moment
    return f"{local.day} {local:%b %Y}"


def weekday(day: date) -> str:
    """`Fri`."""
    return f"{day:%a}"


def days_span(first: date, last: date) -> str:
    """`23 to 29 November 2026`, with month and year said once where they are the same."""
    end = f"{last.day} {last:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {first:%B}{year} to {end}"


def month_name(day: date) -> str:
    """`November 2026`."""
    return f"{day:%B %Y}"


def zone_name(moment: datetime, zone: str) -> str:
    """`GMT` or `BST`: said where people in two zones meet. `UTC+10:30` where it has no name."""
    name = moment.astimezone(ZoneInfo(zone)).tzname() or zone
    if name[0] not in "+-":
        return name
    hours, minutes = name[:3], name[3:]
    return f"UTC{hours[0]}{int(hours[1:])}{f':{minutes}' if minutes else ''}"


def clock_change(minutes: int) -> str:
    """`Clocks go forward`, `Clocks go back by 30 minutes`: by an hour, unless it says more."""
    way = "forward" if minutes > 0 else "back"
    return f"Clocks go {way}" + ("" if abs(minutes) == 60 else f" by {abs(minutes)} minutes")


def wait(length: timedelta | float) -> str:
    """How long, rounded down as people say it: `under a minute`, `6 min`, `1 hr 5 min`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    minutes = int(max(seconds, 0) // 60)
    if minutes == 0:
        return "under a minute"
    hours, rest = divmod(minutes, 60)
    words = [f"{hours} hr"] if hours else []
    if rest or not hours:
        words.append(f"{rest} min")
    return " ".join(words)


def spaced_nhs_number(digits: str | None) -> str:
    """`943 476 5919`: 3, 3 and 4, as the NHS prints it."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}" if digits else "Not known"


def counted(number: int, one: str, many: str) -> str:
    """`1 person`, `2 people`."""
    return f"{number} {one if number == 1 else many}"


def _in_zone(said: Callable[[datetime, str], str]) -> Callable[[Context, datetime], str]:
    """The filter takes the zone from the page's frame, unless it is given one."""

    @pass_context
    def filtered(context: Context, moment: datetime, zone: str = "") -> str:
        return said(moment, zone or context["frame"].zone)

    return filtered


@pass_context
def _begins(context: Context, moment: datetime, midnight: datetime) -> str:
    return clock_begins(moment, midnight, context["frame"].zone)


_FILTERS: dict[str, Callable[..., object]] = {
    "clock_time": _in_zone(clock_time),
    "begins": _begins,
    "clock_24": _in_zone(clock_24),
    "clock_seconds": _in_zone(clock_seconds),
    "long_day": _in_zone(long_day),
    "short_day": _in_zone(short_day),
    "zone_name": _in_zone(zone_name),
    "clock_change": clock_change,
    "weekday": weekday,
    "month_name": month_name,
    "days_span": days_span,
    "wait": wait,
    "nhs_number": spaced_nhs_number,
    "counted": counted,
}
