"""Units that are taken beside a sign's own: those that convert exactly, and no others.

A conversion is a fixed rule of the units themselves. Where it would need an assumption about the
patient or the substance (mg/dL of glucose, say), the reading is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from app.errors import InvalidInput
from app.observations.codes import VitalSign

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "{beats}/min": "/min",
        "{Beats}/min": "/min",
        "{breaths}/min": "/min",
        "{Breaths}/min": "/min",
        "1/min": "/min",
        "{Beats}": "/min",
        "mmHg": "mm[Hg]",
        "°C": "Cel",
        "°F": "[degF]",
    }
)
"""Other ways in which published examples and monitors write the same unit."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """`(value - offset) * multiply / divide`, kept to `places` decimals."""

    multiply: Decimal
    divide: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    places: int = 2

    def __call__(self, value: float) -> float:
        exact = (Decimal(str(value)) - self.offset) * self.multiply / self.divide
        return float(round(exact, self.places))


_EXACT: Mapping[tuple[str, str], Conversion] = MappingProxyType(
    {
        ("[degF]", "Cel"): Conversion(Decimal(5), Decimal(9), Decimal(32)),
        ("K", "Cel"): Conversion(Decimal(1), offset=Decimal("273.15")),
        # A conventional millimetre of mercury is 133.322387415 Pa (BS 350:2004).
        ("kPa", "mm[Hg]"): Conversion(Decimal("1000"), Decimal("133.322387415"), places=1),
        ("Hz", "/min"): Conversion(Decimal(60)),
        ("1", "%"): Conversion(Decimal(100)),
        ("min", "s"): Conversion(Decimal(60)),
    }
)


def in_unit_of(sign: VitalSign, value: float, unit: str) -> float:
    """The value in the sign's own unit; no unit means that one. Raises InvalidInput."""
    unit = ALIASES.get(unit, unit)
    if not unit or unit == sign.ucum:
        return value
    conversion = _EXACT.get((unit, sign.ucum))
    if conversion is None:
        others = [other for other, own in _EXACT if own == sign.ucum]
        known = " or ".join([sign.ucum, *others])
        raise InvalidInput.field("unit", f"{sign.name} is in {known}.")
    return conversion(value)
