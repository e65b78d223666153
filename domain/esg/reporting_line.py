"""What does a report know of one line of the carbon ledger?"""

import json
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

LOCATION_FALLBACK = "location_fallback"


@dataclass(frozen=True, slots=True)
class FactorUsed:
    """An emission factor as it was when the line was entered: kilograms per unit."""

    id: str
    value: Decimal
    source: str
    publisher: str
    year: int

    @property
    def edition(self) -> str:
        """Publisher and year: DESNZ 2025."""
        return f"{self.publisher} {self.year}"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One emission, with everything it was computed from. Whole grams; `positions` are those of its facts.

    `subject` names what was measured: the same after a correction, when the line itself is another.
    """

    line_id: str
    subject: str
    occurred_on: date
    scope: int
    category: str
    part: str
    activity: str
    mode: str
    quantity: Decimal
    unit: str
    factor: FactorUsed | None
    method: str
    location_g: int
    market_g: int
    is_estimate: bool
    grade: int
    positions: tuple[int, ...]
    site: str | None = None
    department: str | None = None
    route: str | None = None
    trip_id: UUID | None = None
    variant: str = ""
    market_factor: FactorUsed | None = None
    market_quantity: Decimal | None = None
    market_basis: str | None = None

    @property
    def cabin(self) -> str:
        """Of a flight: the first word of the factor's variant."""
        return self.variant.partition("|")[0]

    @property
    def is_market_by_location(self) -> bool:
        """In scope 2: is the market-based figure the location-based one, for want of anything better?"""
        return self.scope == 2 and self.market_basis in (None, LOCATION_FALLBACK)

    def written(self) -> str:
        """The line as one line of JSON, the same wherever it is written; numbers with a point are text."""
        return _WRITER.encode({name: _plain(getattr(self, name)) for name in NAMES})


_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
NAMES = tuple(sorted(each.name for each in fields(ReportLine)))
FACTOR_NAMES = tuple(sorted(each.name for each in fields(FactorUsed)))


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return digits(value)
        case FactorUsed():
            return {name: _plain(getattr(value, name)) for name in FACTOR_NAMES}
        case date() | UUID():
            return str(value)
    return value


def digits(number: Decimal) -> str:
    """A number in digits, without an exponent or idle zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
