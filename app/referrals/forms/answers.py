"""What holds now of everything that was typed: per field, the last typed wins. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from app.models import CaseEntry
from app.referrals.forms.fields import TREATMENT


@dataclass(frozen=True, slots=True)
class Treatment:
    """One thing given or done. `at` is None where nobody knows or said when."""

    code: str
    what: str
    words: str
    dose: str
    at: datetime | None
    time_not_known: bool


@dataclass(frozen=True, slots=True)
class CaseForm:
    """The entries that hold, by field; and how many were typed in all."""

    current: Mapping[str, CaseEntry]
    typed: int = 0

    def value(self, code: str) -> object:
        """What was said, or None."""
        entry = self.current.get(code)
        return entry.value if entry else None

    def text(self, code: str) -> str:
        """What was said in words, or nothing."""
        value = self.value(code)
        return value if isinstance(value, str) else ""

    def chosen(self, code: str) -> tuple[str, ...]:
        """Which of several answers."""
        value = self.value(code)
        return tuple(str(one) for one in value) if isinstance(value, list) else ()

    def holds(self, code: str) -> bool:
        """Whether a flag is set."""
        return self.value(code) is True

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """In the order in which they were given; those without a time last."""
        found = [
            _treatment(code, entry.value)
            for code, entry in self.current.items()
            if code.startswith(TREATMENT) and isinstance(entry.value, dict)
        ]
        return tuple(sorted(found, key=_order))


def form_of(entries: Iterable[CaseEntry]) -> CaseForm:
    """Whatever the order in which they came: two devices and a late replay end alike."""
    current: dict[str, CaseEntry] = {}
    typed = 0
    for entry in entries:
        typed += 1
        held = current.get(entry.field)
        if held is None or _place(entry) > _place(held):
            current[entry.field] = entry
    return CaseForm(MappingProxyType(current), typed)


def _place(entry: CaseEntry) -> tuple[datetime, UUID]:
    return entry.typed_at, entry.id


def _treatment(code: str, value: dict[str, object]) -> Treatment:
    at = str(value.get("at") or "")
    known = at not in {"", "not-known"}
    return Treatment(
        code=code,
        what=str(value.get("what") or "other"),
        words=str(value.get("words") or ""),
        dose=str(value.get("dose") or ""),
        at=datetime.fromisoformat(at) if known else None,
        time_not_known=at == "not-known",
    )


def _order(treatment: Treatment) -> tuple[bool, float, str]:
    at = treatment.at
    return at is None, at.timestamp() if at else 0, treatment.code
