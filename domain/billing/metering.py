"""How much of a meter was reported for a month, so that a limit on it can be exact?

Sums and counts add up batch by batch, different subjects count once each. What is corrected later keeps its place: a
limit errs on the careful side by what was taken back, never on the other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import Field

from domain.billing.calendar import MONTH, Month, month_of, period_of
from domain.billing.meter import Aggregation, Meter
from domain.billing.price import Name
from domain.kernel.claims import UNLIMITED, Claim
from domain.kernel.period import Period
from domain.kernel.text import Code
from domain.kernel.value import Value

METERED = "metered"
# A millionth is the smallest quantity there is.
MICRO = 1_000_000
# Twice what a limit can be at most: beyond it nothing is decided any more.
MOST_UNITS = 2 * 10**12 * MICRO


class Metered(Value):
    """What a batch adds to a meter in a month, in millionths; or the subjects it saw there."""

    meter: Name
    month: Month
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)]
    subjects: tuple[Code, ...]

    def claims(self, batch_id: UUID) -> Iterable[Claim]:
        """The same subject again takes nothing more."""
        key = place_of(self.meter, self.month)
        if self.subjects:
            for subject in self.subjects:
                yield Claim(
                    METERED, key, holder_of(key, subject), units=MICRO, capacity=UNLIMITED, shape="amount"
                )
        else:
            yield Claim(METERED, key, batch_id, units=self.units, capacity=UNLIMITED, shape="amount")


class Measured(Protocol):
    """What matters of a use here."""

    @property
    def meter(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def subject(self) -> str | None: ...


class Months:
    """The month an instant belongs to, where the company lives; most uses of a batch lie in one or two."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._seen: list[tuple[Period, str]] = []

    def of(self, at: datetime) -> str:
        """The local calendar month."""
        for period, name in self._seen:
            if period.start <= at < period.end:
                return name
        name = month_of(at, self._zone)
        if not is_limited(name):
            return name
        self._seen.append((period_of(name, self._zone), name))
        return name


def place_of(meter: str, month: str) -> str:
    """Where the amount of a meter and a month is kept."""
    return f"{meter}:{month}"


def holder_of(place: str, subject: str) -> UUID:
    """Who holds a subject's place: the subject."""
    return UUID(bytes=sha256(f"{place}:{subject}".encode()).digest()[:16])


def is_limited(month: str) -> bool:
    """Is it a month that anybody could be billed for? What was used before is kept, and fills no limit."""
    return MONTH.fullmatch(month) is not None


def units_of(use: Measured, aggregation: Aggregation) -> int:
    """What one use adds, in millionths; meters that are no sums of their uses add nothing."""
    match aggregation:
        case Aggregation.SUM:
            return int(use.quantity * MICRO)
        case Aggregation.COUNT | Aggregation.UNIQUE:
            return MICRO if use.quantity > 0 else 0
        case Aggregation.MAX | Aggregation.LATEST:
            return 0


def metered_of(uses: Sequence[Measured], meters: Mapping[str, Meter], months: Months) -> tuple[Metered, ...]:
    """What the uses add, by meter and month."""
    units: dict[tuple[str, str], int] = {}
    subjects: dict[tuple[str, str], dict[str, None]] = {}
    for use in uses:
        aggregation = meters[use.meter].aggregation
        added = units_of(use, aggregation)
        if not added:
            continue
        place = (use.meter, months.of(use.at))
        if not is_limited(place[1]):
            continue
        units[place] = units.get(place, 0) + added
        if aggregation is Aggregation.UNIQUE and use.subject is not None:
            subjects.setdefault(place, {})[use.subject] = None
    return tuple(
        Metered(
            meter=meter,
            month=month,
            units=min(total, MOST_UNITS),
            subjects=tuple(subjects.get((meter, month), ())),
        )
        for (meter, month), total in units.items()
    )


# How much is counted at a place, and who is counted there already.
Counted = Callable[[str], int]
Subjects = Callable[[str], frozenset[UUID]]


class Room:
    """What the caps leave of each month, as a batch takes from it."""

    def __init__(
        self,
        meters: Mapping[str, Meter],
        caps: Mapping[str, Decimal | None],
        months: Months,
        *,
        counted: Counted,
        subjects: Subjects,
    ) -> None:
        self._meters, self._caps, self.months = meters, caps, months
        self._counted, self._subjects = counted, subjects
        self._totals: dict[tuple[str, str], int] = {}
        self._seen: dict[str, set[UUID]] = {}
        self.refused: set[tuple[str, str]] = set()

    @property
    def totals(self) -> Mapping[tuple[str, str], Decimal]:
        """What each limited meter has come to, by month, the batch included."""
        return {place: Decimal(total) / MICRO for place, total in self._totals.items()}

    def take(self, use: Measured, *, is_correction: bool) -> bool:
        """Is there room? A correction finds it always: what was is not undone by a cap."""
        if use.meter not in self._caps:
            return True
        aggregation = self._meters[use.meter].aggregation
        cap = self._caps[use.meter]
        most = None if cap is None or is_correction else int(cap * MICRO)
        place = (use.meter, self.months.of(use.at))
        if not is_limited(place[1]):
            return True
        if aggregation in (Aggregation.MAX, Aggregation.LATEST):
            reached = int(use.quantity * MICRO)
            if most is not None and reached > most:
                self.refused.add(place)
                return False
            self._totals[place] = max(self._totals.get(place, 0), reached)
            return True
        before = self._before(place)
        added = units_of(use, aggregation)
        if aggregation is Aggregation.UNIQUE and use.subject is not None and added:
            holder = holder_of(place_of(*place), use.subject)
            if holder in self._known(place):
                return True
            if most is None or before + added <= most:
                self._known(place).add(holder)
        if added and most is not None and before + added > most:
            self.refused.add(place)
            return False
        self._totals[place] = before + added
        return True

    def _before(self, place: tuple[str, str]) -> int:
        if place not in self._totals:
            self._totals[place] = self._counted(place_of(*place))
        return self._totals[place]

    def _known(self, place: tuple[str, str]) -> set[UUID]:
        key = place_of(*place)
        if key not in self._seen:
            self._seen[key] = set(self._subjects(key))
        return self._seen[key]
