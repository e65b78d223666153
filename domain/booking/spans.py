"""Which stretches of time are covered? Sorted, disjoint, half-open, in UTC."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime

Span = tuple[datetime, datetime]


class Spans:
    """Stretches of time; those that touch or overlap are one."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for start, end in sorted(spans):
            if start >= end:
                continue
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __iter__(self) -> Iterator[Span]:
        return iter(zip(self._starts, self._ends, strict=True))

    def __bool__(self) -> bool:
        return bool(self._starts)

    def covers(self, start: datetime, end: datetime) -> bool:
        """Does one stretch contain all of [start, end)?"""
        place = bisect_right(self._starts, start) - 1
        return place >= 0 and self._ends[place] >= end

    def meets(self, start: datetime, end: datetime) -> bool:
        """Does any stretch share an instant with [start, end)?"""
        place = bisect_right(self._ends, start)
        return place < len(self._starts) and self._starts[place] < end


class Occupancy:
    """How many units of a capacity are taken at once, over time."""

    __slots__ = ("_spans", "_taken")

    def __init__(self, taken: Iterable[tuple[datetime, datetime, int]] = ()) -> None:
        self._taken = tuple(taken)
        self._spans = Spans((start, end) for start, end, _ in self._taken)

    def is_full(self, start: datetime, end: datetime, capacity: int) -> bool:
        """Is there no unit left at some instant of [start, end)?"""
        if not self._spans.meets(start, end):
            return False
        return capacity == 1 or self.most(start, end) >= capacity

    def most(self, start: datetime, end: datetime) -> int:
        """The most units taken together at any instant of [start, end): a sweep, since neighbours never add up."""
        steps = sorted(
            step
            for taken_from, taken_until, units in self._taken
            if taken_from < end and taken_until > start
            for step in ((max(taken_from, start), 1, units), (taken_until, 0, -units))
        )
        running = most = 0
        for _, _, units in steps:
            running += units
            most = max(most, running)
        return most

    def held(self, start: datetime, end: datetime) -> int:
        """Minutes taken within [start, end): the load that fair assignment weighs."""
        shared = sum(
            (min(until, end) - max(since, start)).total_seconds()
            for since, until, _ in self._taken
            if since < end and until > start
        )
        return int(shared // 60)
