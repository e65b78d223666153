"""How do streams and claims become candidates? With one look at everybody's claims."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from application.booking.ground import Ground
from application.booking.hours import EXPANSIONS
from application.booking.wish import Wish
from domain.booking.availability import Candidate, Rule
from domain.booking.limits import Bound, Period, bounds_of_practitioner
from domain.booking.practitioner import Practitioner
from domain.booking.resource import Resource
from domain.booking.schedule import Schedule, SubjectKind, schedule_id
from domain.booking.spans import NOWHERE, Occupancy, Spans
from domain.booking.visit import BUSY, CLIENT, OVER, PRACTITIONER, RESOURCE
from domain.kernel.aggregate import Aggregate

TIMES = (*BUSY.values(), *OVER.values())
RULE_OF = {
    Period.DAY: Rule.DAILY_LIMIT,
    Period.WEEK: Rule.WEEKLY_LIMIT,
    Period.MONTH: Rule.MONTHLY_LIMIT,
}


class Loading:
    """Everything about the candidates of one question, in the window of [start, end)."""

    def __init__(
        self,
        ground: Ground,
        streams: Mapping[UUID, Aggregate],
        start: datetime,
        end: datetime,
        zone: str,
        wish: Wish,
        minutes: int,
        asked_at: datetime | None,
    ) -> None:
        self._ground = ground
        self._streams = streams
        self._start = start
        self._end = end
        self._asked_at = asked_at
        self._zone = zone
        self._wish = wish
        self._minutes = minutes
        self._given_back = {(take.kind, take.key): take.units for take in wish.giving_back}
        self._busy: Mapping[str, Occupancy] = {}
        self.client_busy: Spans = NOWHERE

    def able_people(self, ids: Sequence[UUID], skills: set[str]) -> list[Practitioner]:
        """Who has one of the skills."""
        return [
            one
            for each in ids
            if isinstance(one := self._streams.get(each), Practitioner)
            and one.is_active
            and one.terms is not None
            and not skills.isdisjoint(one.terms.skills)
        ]

    def able_things(self, ids: Sequence[UUID], types: set[str]) -> list[Resource]:
        """What is of one of the types."""
        return [
            one
            for each in ids
            if isinstance(one := self._streams.get(each), Resource)
            and one.is_active
            and one.terms is not None
            and one.terms.type in types
        ]

    def look(self, able: Sequence[Practitioner | Resource], *, does_client_block: bool) -> None:
        """Reads the claims of everybody at once, and of the client where the service minds them."""
        keys, kinds = [str(one.id) for one in able], list(TIMES)
        client = str(self._wish.client_id) if does_client_block and self._wish.client_id else None
        if client is not None:
            keys.append(client)
            kinds.append(CLIENT)
        # Whoever rests after a visit is in the way of one that begins long before.
        rest = max(
            (one.terms.rest_minutes for one in able if isinstance(one, Practitioner) and one.terms), default=0
        )
        self._busy = self._ground.ports.agenda.busy(
            kinds,
            keys,
            start=self._start,
            end=self._end + timedelta(minutes=rest),
            without=self._wish.moving_id,
        )
        if client is not None:
            self.client_busy = Spans(self._busy.get(client, Occupancy()).spans())

    def practitioners(self, able: Sequence[Practitioner], days: Sequence[date]) -> Iterator[Candidate]:
        """The people, with the days on which they reached a limit."""
        bounds = {
            one.id: bounds_of_practitioner(one.id, one.terms, self._minutes) for one in able if one.terms
        }
        limited = self._limited([bound for some in bounds.values() for bound in some], days)
        for one in able:
            assert one.terms is not None
            busy = self._busy.get(str(one.id)) or Occupancy()
            schedule = self._schedule(SubjectKind.PRACTITIONER, one.id)
            yield Candidate(
                id=one.id,
                kind=PRACTITIONER,
                abilities=frozenset(one.terms.skills),
                open=self._open(schedule) or NOWHERE,
                away=schedule.away_between(self._start, self._end) if schedule else NOWHERE,
                busy=busy,
                bounds=bounds[one.id],
                limited=limited.get(str(one.id), {}),
                rest=timedelta(minutes=one.terms.rest_minutes),
                weight=one.terms.weight,
                load_minutes=busy.held(self._start, self._end),
                served_at=busy.latest(self._asked_at) if self._asked_at else 0,
            )

    def resources(self, able: Sequence[Resource]) -> Iterator[Candidate]:
        """The rooms and the equipment."""
        for one in able:
            assert one.terms is not None
            busy = self._busy.get(str(one.id)) or Occupancy()
            schedule = self._schedule(SubjectKind.RESOURCE, one.id)
            hours = self._open(schedule)
            yield Candidate(
                id=one.id,
                kind=RESOURCE,
                abilities=frozenset({one.terms.type}),
                # A room without hours of its own is there whenever its people are.
                open=hours if hours is not None else Spans([(self._start, self._end)]),
                away=schedule.away_between(self._start, self._end) if schedule else NOWHERE,
                busy=busy,
                capacity=one.terms.capacity,
                load_minutes=busy.held(self._start, self._end),
            )

    def open_of(self, stream_id: UUID) -> Spans | None:
        """The hours of a site or service; None where it has none of its own."""
        schedule = self._streams.get(stream_id)
        return self._open(schedule if isinstance(schedule, Schedule) else None)

    def reached(self, bounds: Iterable[Bound], days: Sequence[date]) -> frozenset[date]:
        """Days on which one of these limits is reached."""
        return frozenset(day for days_of in self._limited(bounds, days).values() for day in days_of)

    def _limited(self, bounds: Iterable[Bound], days: Sequence[date]) -> dict[str, dict[date, Rule]]:
        places = {(bound.kind, bound.key(day)): (bound, day) for bound in bounds for day in days}
        if not places:
            return {}
        taken = self._ground.ports.totals.taken(places)
        full = {
            place
            for place, (bound, _) in places.items()
            if taken.get(place, 0) - self._given_back.get(place, 0) + bound.units > bound.most
        }
        limited: dict[str, dict[date, Rule]] = {}
        for bound in {bound for bound, _ in places.values()}:
            for day in days:
                if (bound.kind, bound.key(day)) in full:
                    found = limited.setdefault(bound.who, {})
                    rule = RULE_OF[bound.period]
                    found[day] = min(found.get(day, rule), rule, key=ORDER.index)
        return limited

    def _schedule(self, kind: SubjectKind, subject_id: UUID) -> Schedule | None:
        schedule = self._streams.get(schedule_id(self._ground.tenant_id, kind, subject_id))
        return schedule if isinstance(schedule, Schedule) else None

    def _open(self, schedule: Schedule | None) -> Spans | None:
        if schedule is None:
            return None
        return EXPANSIONS.open_of(
            schedule,
            self._start,
            self._end,
            service_id=self._wish.service_id,
            holidays=self._ground.ports.holidays,
        )


ORDER = tuple(Rule)


def version_of(streams: Mapping[UUID, Aggregate], stream_id: UUID) -> int:
    """How far the stream has come; 0 is nothing yet."""
    stream = streams.get(stream_id)
    return stream.version if isinstance(stream, Aggregate) else 0
