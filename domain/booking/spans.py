"""Which stretches of time are covered? Sorted, disjoint, half-open; whole microseconds, since they compare fast."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

Span = tuple[datetime, datetime]

# Where the database counts from as well, so that nothing is reckoned over on the way.
EPOCH = datetime.fromtimestamp(946_684_800, UTC)
MICRO = timedelta.resolution
MINUTE_MICROS = 60_000_000


def micros(moment: datetime) -> int:
    """The instant as a number."""
    passed = moment - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def moment_of(count: int) -> datetime:
    """The number as an instant, in UTC."""
    return EPOCH + count * MICRO


class Spans:
    """Stretches of time; those that touch or overlap are one."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._merge((micros(start), micros(end)) for start, end in spans)

    @classmethod
    def of_micros(cls, spans: Iterable[tuple[int, int]]) -> "Spans":
        """From numbers."""
        made = cls.__new__(cls)
        made._merge(spans)
        return made

    def __iter__(self) -> Iterator[Span]:
        return ((moment_of(start), moment_of(end)) for start, end in self.counts())

    def __bool__(self) -> bool:
        return bool(self._starts)

    def counts(self) -> Iterator[tuple[int, int]]:
        """The stretches as numbers."""
        return iter(zip(self._starts, self._ends, strict=True))

    def covers(self, start: int, end: int) -> bool:
        """Does one stretch contain all of [start, end)?"""
        place = bisect_right(self._starts, start) - 1
        return place >= 0 and self._ends[place] >= end

    def meets(self, start: int, end: int) -> bool:
        """Does any stretch share an instant with [start, end)?"""
        place = bisect_right(self._ends, start)
        return place < len(self._starts) and self._starts[place] < end

    def starts_covered(self, points: Sequence[int], length: int) -> Sequence[int]:
        """Those of the sorted points from which a stretch contains all of `length`."""
        if not points:
            return points
        first = max(0, bisect_right(self._starts, points[0]) - 1)
        last = bisect_right(self._starts, points[-1])
        found: list[int] = []
        for place in range(first, last):
            early = bisect_left(points, self._starts[place])
            found += points[early : bisect_right(points, self._ends[place] - length)]
        return found

    def starts_clear(self, points: Sequence[int], before: int, after: int) -> Sequence[int]:
        """Those of the sorted points around which no stretch meets [point - before, point + after)."""
        if not points:
            return points
        first = bisect_right(self._ends, points[0] - before)
        last = bisect_left(self._starts, points[-1] + after)
        if last - first > 2 * len(points):
            return [point for point in points if not self.meets(point - before, point + after)]
        found: list[int] = []
        clear_from = 0
        for place in range(first, last):
            until = bisect_right(points, self._starts[place] - after, clear_from)
            if until > clear_from:
                found += points[clear_from:until]
            clear_from = max(until, bisect_left(points, self._ends[place] + before, until))
        return [*found, *points[clear_from:]]

    def _merge(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        latest: int | None = None
        for start, end in sorted(spans):
            if start >= end:
                continue
            if latest is not None and start <= latest:
                if end > latest:
                    self._ends[-1] = latest = end
            else:
                self._starts.append(start)
                self._ends.append(end)
                latest = end


NOWHERE = Spans()


class Occupancy:
    """How many units of a capacity are taken at once, over time. Nothing is reckoned before somebody asks."""

    __slots__ = ("_ends", "_full", "_starts", "_units")

    def __init__(self, taken: Iterable[tuple[datetime, datetime, int]] = ()) -> None:
        spans = list(taken)
        self._starts: Sequence[int] = [micros(start) for start, _, _ in spans]
        self._ends: Sequence[int] = [micros(end) for _, end, _ in spans]
        self._units: Sequence[int] | None = [units for _, _, units in spans]
        self._full: dict[int, Spans] = {}

    @classmethod
    def of_micros(
        cls, starts: Sequence[int], ends: Sequence[int], units: Sequence[int] | None
    ) -> "Occupancy":
        """From numbers; without `units` each takes one."""
        made = cls.__new__(cls)
        made._starts, made._ends, made._units, made._full = starts, ends, units, {}
        return made

    def full(self, capacity: int) -> Spans:
        """When there is no unit left."""
        if capacity not in self._full:
            self._full[capacity] = self._spans() if capacity == 1 else self._at_least(capacity)
        return self._full[capacity]

    def held(self, start: datetime, end: datetime) -> int:
        """Minutes taken within [start, end): the load that fair assignment weighs."""
        if not self._starts:
            return 0
        since, until = micros(start), micros(end)
        shared = sum(self._ends) - sum(self._starts)
        if min(self._starts) < since or max(self._ends) > until:
            both = zip(self._starts, self._ends, strict=True)
            shared = sum(max(0, min(late, until) - max(early, since)) for early, late in both)
        return shared // MINUTE_MICROS

    def latest(self, before: datetime) -> int:
        """When the last stretch began that had begun by then; 0 is none, long before all others."""
        bound = micros(before)
        return max((start for start in self._starts if start <= bound), default=0)

    def with_more(self, spans: Iterable[Span]) -> "Occupancy":
        """The same, and one unit more at each of these."""
        more = [(micros(start), micros(end)) for start, end in spans]
        units = [*(self._units or [1] * len(self._starts)), *(1 for _ in more)]
        return Occupancy.of_micros(
            [*self._starts, *(start for start, _ in more)], [*self._ends, *(end for _, end in more)], units
        )

    def spans(self) -> Iterator[Span]:
        """Every stretch that is taken, whatever it takes."""
        return iter(self._spans())

    def _spans(self) -> Spans:
        return Spans.of_micros(zip(self._starts, self._ends, strict=True))

    def _at_least(self, capacity: int) -> Spans:
        """A sweep, since neighbours never add up."""
        steps: dict[int, int] = {}
        units = self._units or [1] * len(self._starts)
        for start, end, number in zip(self._starts, self._ends, units, strict=True):
            steps[start] = steps.get(start, 0) + number
            steps[end] = steps.get(end, 0) - number
        running, full = 0, []
        for early, late in pairwise(sorted(steps)):
            running += steps[early]
            if running >= capacity:
                full.append((early, late))
        return Spans.of_micros(full)
