"""Is this start free, and if not, which rule took it away? One function lists slots and accepts bookings.

`judge` looks at one start and answers with a team or with the first rule that removed it. `listed` asks it
about every start of the day's grid; the booking command asks it about one. So a slot is listed if and only
if the command accepts it, and "why is this slot missing?" is the same answer again.

The visit itself must lie inside opening hours and outside absences. Buffers block other visits only: two
neighbours keep the sum of the first one's buffer after and the second one's buffer before between them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.booking.spans import Occupancy, Span, Spans
from domain.booking.wall_time import Weekday, days_between, local_day, starts_at_grid, starts_of, weekday_of


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
    TAKEN = "taken"
    TEAM_INCOMPLETE = "team_incomplete"
    SEATS_TAKEN = "seats_taken"


# How far a candidate came before a rule removed it: the team's answer is that of who came furthest.
FURTHEST = (Rule.NOBODY_ABLE, Rule.OUTSIDE_HOURS, Rule.ABSENT, Rule.DAILY_LIMIT, Rule.TAKEN)


@dataclass(frozen=True)
class Candidate:
    """Somebody or something that may be booked, with all that stands against it in the window."""

    id: UUID
    kind: str
    abilities: frozenset[str]
    open: Spans
    away: Spans = field(default_factory=Spans)
    busy: Occupancy = field(default_factory=Occupancy)
    capacity: int = 1
    full_days: frozenset[date] = frozenset()
    full_weeks: frozenset[date] = frozenset()  # the Mondays
    weight: int = 10
    load_minutes: int = 0
    most_per_day: int | None = None
    most_per_week: int | None = None


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
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()
    notice: timedelta = timedelta()
    horizon: timedelta = timedelta(days=90)
    days: frozenset[Weekday] = frozenset()
    service_open: Spans | None = None  # None: the service has no hours of its own
    site_open: Spans | None = None
    full_days: frozenset[date] = frozenset()
    client_full_weeks: frozenset[date] = frozenset()
    client_busy: Spans = field(default_factory=Spans)
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
    return _judged(start, asked, _pools(asked, candidates))


def judge_team(start: datetime, asked: Asked, candidates: Sequence[Candidate]) -> Free | Missing:
    """Is a team free then, whatever the service's own rules say? For visits that are agreed already."""
    return _team(start, start + asked.duration, asked, _pools(asked, candidates))


def rule_against(candidate: Candidate, start: datetime, asked: Asked) -> Rule | None:
    """What keeps this candidate from a visit at that start; None is free. For receipts: one start, one candidate."""
    end = start + asked.duration
    day = local_day(start, asked.zone)
    blocked = (start - asked.buffer_before, end + asked.buffer_after)
    return _rule_of_candidate(candidate, (start, end), blocked, day, monday_of(day))


def judge_seat(start: datetime, asked: Asked, seats_left: int) -> Missing | None:
    """The rule that keeps a client out of a session; None where there is a seat."""
    if start < asked.now + asked.notice:
        return Missing(start, Rule.NOTICE)
    if start > asked.now + asked.horizon:
        return Missing(start, Rule.HORIZON)
    if monday_of(local_day(start, asked.zone)) in asked.client_full_weeks:
        return Missing(start, Rule.CLIENT_LIMIT)
    if asked.client_busy.meets(start, start + asked.duration):
        return Missing(start, Rule.CLIENT_BUSY)
    return Missing(start, Rule.SEATS_TAKEN) if seats_left < 1 else None


def listed(
    asked: Asked, candidates: Sequence[Candidate], *, start: datetime, end: datetime
) -> Iterator[Free]:
    """Every free start in [start, end), in order."""
    earliest, latest = max(start, asked.now), min(end, asked.now + asked.horizon + timedelta(days=1))
    if earliest >= latest:
        return
    pools = _pools(asked, candidates)
    # Outside the hours of everybody who could fill a need nobody is free; most of a day is passed over so.
    anybody = [Spans(span for one in pool for span in one.open) for pool in pools]
    for day in days_between(earliest, latest, asked.zone):
        for candidate_start in _grid(day, asked):
            if start <= candidate_start < end and all(
                hours.covers(candidate_start, candidate_start + asked.duration) for hours in anybody
            ):
                answer = _judged(candidate_start, asked, pools)
                if isinstance(answer, Free):
                    yield answer


def monday_of(day: date) -> date:
    """The first day of the week, which names the week."""
    return day - timedelta(days=day.weekday())


def _judged(start: datetime, asked: Asked, pools: Pools) -> Free | Missing:
    end = start + asked.duration
    rule = _rule_of_the_service(start, end, asked)
    return Missing(start, rule) if rule else _team(start, end, asked, pools)


def _pools(asked: Asked, candidates: Sequence[Candidate]) -> Pools:
    """Who is able to fill each need, the first choice first."""
    return [_able(need, candidates, asked) for need in asked.needs]


def _grid(day: date, asked: Asked) -> tuple[datetime, ...]:
    return starts_of(
        day, step_minutes=asked.step_minutes, offset_minutes=asked.offset_minutes, zone=asked.zone
    )


def _rule_of_the_service(start: datetime, end: datetime, asked: Asked) -> Rule | None:
    day = local_day(start, asked.zone)
    if start < asked.now + asked.notice:
        return Rule.NOTICE
    if start > asked.now + asked.horizon:
        return Rule.HORIZON
    if not starts_at_grid(
        start, day, step_minutes=asked.step_minutes, offset_minutes=asked.offset_minutes, zone=asked.zone
    ):
        return Rule.OFF_THE_GRID
    if asked.days and weekday_of(day) not in asked.days:
        return Rule.DAY_NOT_OFFERED
    if asked.service_open is not None and not asked.service_open.covers(start, end):
        return Rule.SERVICE_CLOSED
    if asked.site_open is not None and not asked.site_open.covers(start, end):
        return Rule.SITE_CLOSED
    if day in asked.full_days:
        return Rule.SERVICE_LIMIT
    if monday_of(day) in asked.client_full_weeks:
        return Rule.CLIENT_LIMIT
    if asked.client_busy.meets(start, end):
        return Rule.CLIENT_BUSY
    return None


def _team(start: datetime, end: datetime, asked: Asked, able: Pools) -> Free | Missing:
    """Distinct free candidates for every need: a matching, grown one place at a time."""
    day = local_day(start, asked.zone)
    monday = monday_of(day)
    blocked = (start - asked.buffer_before, end + asked.buffer_after)
    answers: dict[int, Rule | None] = {}  # by the candidate object: hashing a UUID costs more than judging

    def rule_of(candidate: Candidate) -> Rule | None:
        place = id(candidate)
        if place not in answers:
            answers[place] = _rule_of_candidate(candidate, (start, end), blocked, day, monday)
        return answers[place]

    for need, some in zip(asked.needs, able, strict=True):
        if not some:
            return Missing(start, Rule.NOBODY_ABLE)
        free = 0
        for candidate in some:
            free += rule_of(candidate) is None
            if free == need.least:
                break
        if free < need.least:
            rules = [rule for candidate in some if (rule := rule_of(candidate)) is not None]
            furthest = max(rules, key=FURTHEST.index)
            return Missing(start, furthest, tuple(one.id for one in some if rule_of(one) == furthest))
    refused = _refused_by_name(start, asked, able, rule_of) if asked.fixed else None
    if refused is not None:
        return refused
    places = [index for index, need in enumerate(asked.needs) for _ in range(need.least)]
    team = _matched(places, able, lambda one: rule_of(one) is None, asked)
    if team is None:
        return Missing(start, Rule.TEAM_INCOMPLETE)
    return Free(start, end, team)


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
        # The least loaded by their weight; equal ones by id, so that the choice can be repeated.
        some.sort(key=lambda one: (one.id not in asked.fixed, one.load_minutes * 100 // one.weight, one.id))
    else:
        some.sort(key=lambda one: one.id not in asked.fixed)
    return some


def _rule_of_candidate(
    candidate: Candidate, visit: Span, blocked: Span, day: date, monday: date
) -> Rule | None:
    if not candidate.open.covers(*visit):
        return Rule.OUTSIDE_HOURS
    if candidate.away.meets(*visit):
        return Rule.ABSENT
    if day in candidate.full_days or monday in candidate.full_weeks:
        return Rule.DAILY_LIMIT
    return Rule.TAKEN if candidate.busy.is_full(*blocked, candidate.capacity) else None


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
    if chosen.id in asked.fixed:
        reason = "asked_for"
    elif len(able) == 1:
        reason = "only_one"
    else:
        reason = "least_loaded" if asked.is_fair else "first_free"
    return Member(chosen, need, reason, able)
