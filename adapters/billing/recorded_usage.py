"""How much was used? What the read model says at a cut, and the cut never changes what it says."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal

from application.ports.usage import Cut
from domain.billing.meter import Meter
from domain.kernel.period import Period
from projections.billing import usage
from projections.kernel.positions import PositionNotReached
from projections.kernel.sql import Sql


class RecordedUsage:
    """The UsageFigures port over the rows of reported usage."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Sql]]) -> None:
        self._reading = reading

    def reached(self, including: datetime | None = None) -> int:
        with self._reading() as sql:
            reached = usage.cut(sql).position
            if including is not None and usage.is_waiting(sql, beyond=reached, before=including):
                raise PositionNotReached(retry_after_s=1)
        return reached

    def cut(self, position: int | None = None) -> Cut:
        with self._reading() as sql:
            return Cut(**usage.cut(sql, position).model_dump())

    def of(self, meter: Meter, periods: Sequence[Period], *, cut: int) -> Decimal:
        with self._reading() as sql:
            return usage.figure(sql, meter.code, meter.aggregation, periods, at=usage.cut(sql, cut).position)

    def late_months(self, *, after: int, until: int, before: datetime, zone: str) -> list[str]:
        with self._reading() as sql:
            return usage.late_months(sql, after=after, until=until, before=before, zone=zone)
