"""What may be stored in a field: each kind's values, checked and brought into one form. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from app.errors import InvalidInput
from app.models.text import PROSE
from app.referrals.forms.fields import MOST_CHARACTERS, TREATMENT, Field, Kind, field_of

NOT_KNOWN = "not-known"
MOST_DOSE_CHARACTERS = 100
_TREATMENT_KEYS = {"what", "words", "dose", "at"}
_PROSE = re.compile(PROSE)


def normal(code: str, value: object) -> object:
    """The value as it is stored; None is nothing said. Raises InvalidInput, naming the field."""
    field = field_of(code)
    if field is None or (code.startswith(TREATMENT) and not _is_treatment(code)):
        raise InvalidInput.field("field", f"There is no field {code[:60]!r}.")
    if value is None:
        return None
    return _NORMAL[field.kind](field, value)


def _is_treatment(code: str) -> bool:
    try:
        return str(UUID(code.removeprefix(TREATMENT))) == code.removeprefix(TREATMENT)
    except ValueError:
        return False


def _refuse(field: Field, wanted: str) -> InvalidInput:
    return InvalidInput.field(field.code, f"{field.label}: {wanted}")


def _text(field: Field, value: object, most: int = MOST_CHARACTERS) -> str | None:
    if not isinstance(value, str) or len(value) > most or not _PROSE.fullmatch(value):
        raise _refuse(field, f"send words, up to {most} characters.")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no database takes
        raise _refuse(field, "send words in Unicode.") from None
    return value.strip() or None


def _choice(field: Field, value: object) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or value not in {option.value for option in field.options}:
        raise _refuse(field, f"send one of {', '.join(o.value for o in field.options)}.")
    return value


def _choices(field: Field, value: object) -> list[str] | None:
    if not isinstance(value, list):
        raise _refuse(field, "send a list.")
    chosen = {_choice(field, one) for one in value if isinstance(one, str)}
    if any(not isinstance(one, str) for one in value):
        raise _refuse(field, "send a list of words.")
    return [option.value for option in field.options if option.value in chosen] or None


def _number(field: Field, value: object) -> int:
    if type(value) is not int or not field.low <= value <= field.high:
        raise _refuse(field, f"send a whole number from {field.low} to {field.high}.")
    return value


def _flag(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refuse(field, "send true or false.")
    return value


def _moment(field: Field, value: object) -> str | None:
    """An instant in UTC, or that nobody knows."""
    if value in ("", NOT_KNOWN):
        return NOT_KNOWN if value else None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1900 <= moment.year < 2200:
        raise _refuse(field, f"send a time with its zone, or {NOT_KNOWN}.")
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _treatment(field: Field, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or not set(value) <= _TREATMENT_KEYS:
        raise _refuse(field, "send what, words, dose and at.")
    what = _choice(field, value.get("what", "other"))
    return {
        "what": what or "other",
        "words": _text(field, value.get("words", "")) or "",
        "dose": _text(field, value.get("dose", ""), MOST_DOSE_CHARACTERS) or "",
        "at": _moment(field, value.get("at", "")) or "",
    }


_NORMAL: Mapping[Kind, Callable[[Field, object], object]] = {
    "text": _text,
    "choice": _choice,
    "choices": _choices,
    "number": _number,
    "flag": _flag,
    "moment": _moment,
    "treatment": _treatment,
}
