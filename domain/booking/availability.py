"""Is this start free, and if not, which rule took it away? One function lists slots and accepts bookings.

A `Sheet` holds what is known about one question. `judge` looks at one start and answers with a team or with the
first rule that removed it; `starts` asks the same rules about every start of the day's grid and leaves out whom
the team would consist of. So a slot is listed if and only if the command accepts it, and "why is this slot
missing?" is the same answer again.

The visit itself must lie inside opening hours and outside absences. Buffers block other visits only: two
neighbours keep the sum of the first one's buffer after and the second one's buffer before between them.
Whoever needs rest after a visit is taken for that long as well.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from domain.booking.limits import Bound
from domain.booking.spans import MICRO, NOWHERE, Occupancy, Spans, micros, moment_of
from domain.booking.wall_time import Weekday, days_between, grid_of, local_day, weekday_of


class Rule(StrEnum):
    """What can take a start away, in the order in which it is judged."""

    NOTICE = "notice"
    HORIZON = "horizon"
    OFF_THE_GRID = "off_the_grid"
    DAY_NOT_OFFERED = "day_not_offered"
    SERVICE_CLOSED = "service_closed"
    SITE_CLOSED = "site_closed"
    SERVICE_LIMIT = "service_limit"
    CLIENT_LIMIT = "client_limit"
    CLIENT_BUSY = "client_busy"
    NOBODY_ABLE = "nobody_able"
    OUTSIDE_HOURS = "outside_hours"
    ABSENT = "absent"
    DAILY_LIMIT = "daily_limit"
    WEEKLY_LIMIT = "weekly_limit"
    MONTHLY_LIMIT = "monthly_limit"
    TAKEN = "taken"
    TEAM_INCOMPLETE = "team_incomplete"
    SEATS_TAKEN = "seats_taken"


# How far a candidate came before a rule removed it: the team's answer is that of who came furthest.
FURTHEST = (
    Rule.NOBODY_ABLE,
    Rule.OUTSIDE_HOURS,
    Rule.ABSENT,
    Rule.DAILY_LIMIT,
    Rule.WEEKLY_LIMIT,
    Rule.MONTHLY_LIMIT,
    Rule.TAKEN,
)


@dataclass(frozen=True)
class Candidate:
    """Somebody or something that may be booked, with all that stands against it in the window."""

    id: UUID
    kind: str
    abilities: frozenset[str]
    open: Spans
    away: Spans = NOWHERE
    busy: Occupancy = field(default_factory=Occupancy)
    capacity: int = 1
    limited: Mapping[date, Rule] = field(default_factory=dict)  # days on which a limit is reached, and which
    bounds: tuple[Bound, ...] = ()
    rest: timedelta = timedelta()
    weight: int = 10
    load_minutes: int = 0
    served_at: int = (
        0  # when the visit before began, as a number: who waited longest comes first among equals
    )


Pools = list[list[Candidate]]


@dataclass(frozen=True)
class Need:
    """So many candidates of one kind and ability, at the same time."""

    kind: str
    ability: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Asked:
    """The rules of one service at one site, for one client, at one moment."""

    now: datetime
    zone: str
    duration: timedelta
    needs: tuple[Need, ...]
    step_minutes: int = 15
    offset_minutes: int = 0
    is_on_grid: bool = True  # what follows another service begins when that one is over
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()
    notice: timedelta = timedelta()
    horizon: timedelta = timedelta(days=90)
    days: frozenset[Weekday] = frozenset()
    service_open: Spans | None = None  # None: the service has no hours of its own
    site_open: Spans | None = None
    full_days: frozenset[date] = frozenset()
    client_full_days: frozenset[date] = frozenset()
    client_busy: Spans = NOWHERE
    fixed: frozenset[UUID] = frozenset()  # who must be among the team
    is_fair: bool = True


@dataclass(frozen=True)
class Member:
    """A candidate that was chosen, for which need, and over whom."""

    candidate: Candidate
    need: Need
    reason: str
    considered: Sequence[Candidate]


@dataclass(frozen=True)
class Free:
    """The start is free, for this team."""

    start: datetime
    end: datetime
    team: tuple[Member, ...]


@dataclass(frozen=True)
class Missing:
    """The start is not free: the first rule that removed it, and what it removed."""

    start: datetime
    rule: Rule
    bookables: tuple[UUID, ...] = ()


def judge(start: datetime, asked: Asked, candidates: Sequence[Candidate]) -> Free | Missing:
    """The team for a visit at this start, or the rule that forbids it."""
    return Sheet(asked, candidates).judge(start)


def judge_team(start: datetime, asked: Asked, candidates: Sequence[Candidate]) -> Free | Missing:
    """Is a team free then, whatever the service's own rules say? For visits that are agreed already."""
    return Sheet(asked, candidates).judge_team(start)


def rule_against(candidate: Candidate, start: datetime, asked: Asked) -> Rule | None:
    """What keeps this candidate from a visit at that start; None is free. For receipts: one start, one candidate."""
    return Sheet(asked, ()).rule_of_candidate(candidate, micros(start), local_day(start, asked.zone))


def listed(
    asked: Asked, candidates: Sequence[Candidate], *, start: datetime, end: datetime
) -> Iterator[datetime]:
    """Every free start in [start, end), in order."""
    return Sheet(asked, candidates).starts(start, end)


class Sheet:
    """A question made ready: instants as numbers, and who could fill each need, the first choice first."""

    def __init__(self, asked: Asked, candidates: Sequence[Candidate]) -> None:
        self._asked = asked
        self._pools: Pools = [_able(need, candidates, asked) for need in asked.needs]
        self._length = asked.duration // MICRO
        self._before, self._after = asked.buffer_before // MICRO, asked.buffer_after // MICRO
        self._earliest, self._latest = micros(asked.now + asked.notice), micros(asked.now + asked.horizon)

    def judge(self, start: datetime) -> Free | Missing:
        """The team, or the first rule that forbids it."""
        rule = self._rule_of_the_service(start)
        return Missing(start, rule) if rule else self.judge_team(start)

    def judge_team(self, start: datetime) -> Free | Missing:
        """Distinct free candidates for every need: a matching, grown one place at a time."""
        asked, at = self._asked, micros(start)
        day = local_day(start, asked.zone)
        # By the candidate object: hashing a UUID costs more than judging.
        answers: dict[int, Rule | None] = {}

        def rule_of(candidate: Candidate) -> Rule | None:
            place = id(candidate)
            if place not in answers:
                answers[place] = self.rule_of_candidate(candidate, at, day)
            return answers[place]

        for need, some in zip(asked.needs, self._pools, strict=True):
            if not some:
                return Missing(start, Rule.NOBODY_ABLE)
            if not _enough(need, some, rule_of):
                rules = [rule for candidate in some if (rule := rule_of(candidate)) is not None]
                # There may be too few of them although all are free.
                furthest = max(rules, key=FURTHEST.index, default=Rule.TEAM_INCOMPLETE)
                return Missing(start, furthest, tuple(one.id for one in some if rule_of(one) == furthest))
        refused = _refused_by_name(start, asked, self._pools, rule_of) if asked.fixed else None
        if refused is not None:
            return refused
        places = [index for index, need in enumerate(asked.needs) for _ in range(need.least)]
        team = _matched(places, self._pools, lambda one: rule_of(one) is None, asked)
        if team is None:
            return Missing(start, Rule.TEAM_INCOMPLETE)
        return Free(start, start + asked.duration, team)

    def starts(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every free start in [start, end), in order; reckoned week by week, since some want the first few only."""
        earliest = max(micros(start), self._earliest)
        latest = min(micros(end), self._latest + 1)
        if earliest >= latest or not all(self._pools):
            return
        days = list(days_between(moment_of(earliest), moment_of(latest), self._asked.zone))
        for first in range(0, len(days), 7):
            day_of = {
                at: day
                for day in days[first : first + 7]
                if self._rule_of_day_offered(day) is None and self._rule_of_limits(day) is None
                for at in self._worth_asking(day, earliest, latest)
            }
            yield from map(moment_of, self._with_a_team(day_of))

    def rule_of_time(self, at: int) -> Rule | None:
        """Too soon, or too far ahead?"""
        if at < self._earliest:
            return Rule.NOTICE
        return Rule.HORIZON if at > self._latest else None

    def rule_of_client(self, at: int) -> Rule | None:
        """Is the client elsewhere?"""
        return Rule.CLIENT_BUSY if self._asked.client_busy.meets(at, at + self._length) else None

    def _rule_of_the_service(self, start: datetime) -> Rule | None:
        day, at = local_day(start, self._asked.zone), micros(start)
        return (
            self.rule_of_time(at)
            or self._rule_of_grid(at, day)
            or self._rule_of_day_offered(day)
            or self._rule_of_hours(at)
            or self._rule_of_limits(day)
            or self.rule_of_client(at)
        )

    def _rule_of_grid(self, at: int, day: date) -> Rule | None:
        grid = self._grid(day)
        place = bisect_left(grid, at)
        is_there = place < len(grid) and grid[place] == at
        return None if is_there or not self._asked.is_on_grid else Rule.OFF_THE_GRID

    def _rule_of_day_offered(self, day: date) -> Rule | None:
        days = self._asked.days
        return Rule.DAY_NOT_OFFERED if days and weekday_of(day) not in days else None

    def _rule_of_hours(self, at: int) -> Rule | None:
        asked = self._asked
        if asked.service_open is not None and not asked.service_open.covers(at, at + self._length):
            return Rule.SERVICE_CLOSED
        if asked.site_open is not None and not asked.site_open.covers(at, at + self._length):
            return Rule.SITE_CLOSED
        return None

    def _rule_of_limits(self, day: date) -> Rule | None:
        if day in self._asked.full_days:
            return Rule.SERVICE_LIMIT
        return Rule.CLIENT_LIMIT if day in self._asked.client_full_days else None

    def rule_of_candidate(self, candidate: Candidate, at: int, day: date) -> Rule | None:
        """What keeps the candidate from a visit at that start?"""
        end = at + self._length
        if not candidate.open.covers(at, end):
            return Rule.OUTSIDE_HOURS
        if candidate.away.meets(at, end):
            return Rule.ABSENT
        if candidate.limited and day in candidate.limited:
            return candidate.limited[day]
        full = candidate.busy.full(candidate.capacity)
        return Rule.TAKEN if full.meets(at - self._before, at + self._until(candidate)) else None

    def _worth_asking(self, day: date, earliest: int, latest: int) -> Sequence[int]:
        """The day's grid within the window and all hours there are, where the client is free."""
        asked, grid = self._asked, self._grid(day)
        points: Sequence[int] = grid[bisect_left(grid, earliest) : bisect_left(grid, latest)]
        for hours in (*self._hours_of_anybody, asked.service_open, asked.site_open):
            if hours is not None:
                points = hours.starts_covered(points, self._length)
        return asked.client_busy.starts_clear(points, 0, self._length)

    def _with_a_team(self, day_of: Mapping[int, date]) -> Sequence[int]:
        """Those at which every need can be met."""
        points: Sequence[int] = list(day_of)
        for need, some in zip(self._asked.needs, self._pools, strict=True):
            lacking, found = points, dict.fromkeys(points, 0)
            for candidate in some:
                free = list(self._free_among(candidate, lacking, day_of))
                for at in free:
                    found[at] += 1
                if free:
                    lacking = [at for at in lacking if found[at] < need.least]
                if not lacking:
                    break
            points = [at for at in points if found[at] >= need.least]
        if self._needs_a_matching():
            return [at for at in points if isinstance(self.judge_team(moment_of(at)), Free)]
        return points

    def _free_among(
        self, candidate: Candidate, points: Sequence[int], day_of: Mapping[int, date]
    ) -> Iterator[int]:
        """When the candidate is free: what is taken is passed over at once, the rest is asked one by one."""
        full = candidate.busy.full(candidate.capacity)
        for at in full.starts_clear(points, self._before, self._until(candidate)):
            if self.rule_of_candidate(candidate, at, day_of[at]) is None:
                yield at

    def _until(self, candidate: Candidate) -> int:
        return self._length + self._after + (candidate.rest // MICRO if candidate.rest else 0)

    def _needs_a_matching(self) -> bool:
        """May one candidate be wanted in two places, or must somebody be among the team?"""
        everybody = [id(one) for some in self._pools for one in some]
        return bool(self._asked.fixed) or len(set(everybody)) < len(everybody)

    @cached_property
    def _hours_of_anybody(self) -> list[Spans]:
        """Outside the hours of everybody who could fill a need nobody is free; most of a day is passed over so."""
        found = []
        for some in self._pools:
            different = {id(one.open): one.open for one in some}
            spans = (span for each in different.values() for span in each.counts())
            found.append(Spans.of_micros(spans) if len(different) > 1 else some[0].open)
        return found

    def _grid(self, day: date) -> tuple[int, ...]:
        asked = self._asked
        return grid_of(day, asked.step_minutes, asked.offset_minutes, asked.zone)


def _enough(need: Need, some: list[Candidate], rule_of: Callable[[Candidate], Rule | None]) -> bool:
    """Are as many of them free as are needed?"""
    free = 0
    for candidate in some:
        if rule_of(candidate) is None:
            free += 1
            if free == need.least:
                return True
    return False


def _refused_by_name(
    start: datetime, asked: Asked, able: Pools, rule_of: Callable[[Candidate], Rule | None]
) -> Missing | None:
    """Whoever was asked for by name and cannot take part."""
    unfit = [one for one in asked.fixed if all(one != some.id for group in able for some in group)]
    if unfit:
        return Missing(start, Rule.NOBODY_ABLE, tuple(unfit))
    for group in able:
        for candidate in group:
            if candidate.id in asked.fixed and (rule := rule_of(candidate)) is not None:
                return Missing(start, rule, (candidate.id,))
    return None


def _able(need: Need, candidates: Sequence[Candidate], asked: Asked) -> list[Candidate]:
    """Who can fill the need, the first choice first."""
    some = [one for one in candidates if one.kind == need.kind and need.ability in one.abilities]
    if asked.is_fair:
        # The least loaded by their weight, then who waited longest; by id, so that the choice can be repeated.
        some.sort(key=lambda one: (one.id not in asked.fixed, _load_of(one), one.served_at, one.id))
    else:
        some.sort(key=lambda one: one.id not in asked.fixed)
    return some


def _load_of(candidate: Candidate) -> int:
    return candidate.load_minutes * 100 // candidate.weight


def _matched(
    places: list[int], able: Pools, is_free: Callable[[Candidate], bool], asked: Asked
) -> tuple[Member, ...] | None:
    """One candidate per place, nobody twice, everybody fixed included; None where that cannot be."""
    taken: dict[UUID, int] = {}  # candidate -> index into places
    slots = list(places)

    def fill(place: int, tried: set[UUID]) -> bool:
        for candidate in able[slots[place]]:
            if candidate.id in tried or not is_free(candidate):
                continue
            tried.add(candidate.id)
            if candidate.id not in taken or fill(taken[candidate.id], tried):
                taken[candidate.id] = place
                return True
        return False

    for place in range(len(slots)):
        if not fill(place, set()):
            return None
    # Whoever was asked for by name and found no place among the least joins as one of the most.
    for missing in sorted(asked.fixed - set(taken)):
        if not _joined(missing, taken, slots, able, asked):
            return None
    places_of = sorted(taken.items(), key=lambda pair: pair[1])
    return tuple(
        _member(who, asked.needs[slots[place]], able[slots[place]], asked) for who, place in places_of
    )


def _joined(who: UUID, taken: dict[UUID, int], slots: list[int], able: Pools, asked: Asked) -> bool:
    for index, need in enumerate(asked.needs):
        filled = [other for other, place in taken.items() if slots[place] == index]
        if all(one.id != who for one in able[index]):
            continue
        if len(filled) < need.most:
            slots.append(index)
            taken[who] = len(slots) - 1
            return True
        spare = [other for other in filled if other not in asked.fixed]
        if spare:
            taken[who] = taken.pop(spare[-1])
            return True
    return False


def _member(who: UUID, need: Need, able: list[Candidate], asked: Asked) -> Member:
    chosen = next(one for one in able if one.id == who)
    if chosen.id in asked.fixed or len(able) == 1:
        reason = "asked_for" if chosen.id in asked.fixed else "only_one"
    elif not asked.is_fair:
        reason = "first_free"
    else:
        equals = [one for one in able if _load_of(one) == _load_of(chosen)]
        is_longest = any(one.served_at > chosen.served_at for one in equals)
        reason = "waited_longest" if is_longest else "least_loaded"
    return Member(chosen, need, reason, able)
