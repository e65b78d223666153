"""What has to be known to judge a start? Everything the one availability function asks for, in few looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from application.booking.ground import Ground
from domain.booking.appointment_refusals import DurationNotOffered, ModeNotOffered, SiteNotServed
from domain.booking.availability import Asked, Candidate, Free, Missing, Need, judge, listed, monday_of
from domain.booking.business import Business, Site
from domain.booking.offer import AssignmentRule, Mode, ServiceOffer
from domain.booking.practitioner import PRACTITIONER_AT, Practitioner
from domain.booking.resource import RESOURCE_AT, Resource
from domain.booking.schedule import Schedule, SubjectKind, schedule_id
from domain.booking.service import Service
from domain.booking.spans import Occupancy, Spans
from domain.booking.visit import (
    BUSY,
    CLIENT,
    CLIENT_WEEK,
    OVER,
    PRACTITIONER,
    PRACTITIONER_DAY,
    PRACTITIONER_WEEK,
    RESOURCE,
    SERVICE_DAY,
    Take,
)
from domain.booking.wall_time import days_between
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import NotFound

A = TypeVar("A", bound=Aggregate)
K = TypeVar("K")

AROUND = timedelta(days=8)  # how far alternatives are looked for, and over what time loads are compared
ALTERNATIVES = 5


@dataclass(frozen=True)
class Wish:
    """What a client would like."""

    service_id: UUID
    site_id: UUID
    duration_minutes: int | None = None
    mode: Mode | None = None
    bookable_ids: tuple[UUID, ...] = ()
    client_id: UUID | None = None
    is_public: bool = False
    # The visit being moved: what it takes does not stand in its own way.
    moving_id: UUID | None = None
    giving_back: tuple[Take, ...] = ()


@dataclass(frozen=True)
class Question:
    """A wish with all that is known about it."""

    wish: Wish
    service: Service
    site: Site
    duration_minutes: int
    mode: Mode
    asked: Asked
    candidates: tuple[Candidate, ...]
    start: datetime
    end: datetime
    seen: dict[UUID, int] = field(default_factory=dict)  # streams the answer depends on, whoever is chosen
    of_candidate: dict[UUID, dict[UUID, int]] = field(default_factory=dict)

    @property
    def offer(self) -> ServiceOffer:
        """The service as offered."""
        return self.service.terms

    def judge(self, start: datetime) -> Free | Missing:
        """Is that start free?"""
        return judge(start, self.asked, self.candidates)

    def listed(self, start: datetime, end: datetime) -> Iterable[Free]:
        """Every free start in the window."""
        return listed(self.asked, self.candidates, start=start, end=end)

    def alternatives(self, start: datetime) -> list[datetime]:
        """The nearest free starts from that moment on, for whoever is free."""
        anybody = replace(self.asked, fixed=frozenset())
        found = listed(anybody, self.candidates, start=max(start, self.start), end=self.end)
        return [free.start for free in islice(found, ALTERNATIVES)]

    def rely(self, ground: Ground, free: Free) -> None:
        """Guards what the answer depends on: should any of it move before the append, all is judged again."""
        for stream_id, version in self.seen.items():
            ground.store.rely_on(stream_id, version)
        for member in free.team:
            for stream_id, version in self.of_candidate[member.candidate.id].items():
                ground.store.rely_on(stream_id, version)


def question_of(wish: Wish, ground: Ground, *, start: datetime, end: datetime) -> Question:
    """Loads what the wish is about, for starts in [start, end). Refuses what is not offered at all."""
    service = found(ground.store.find_all({wish.service_id: Service}), wish.service_id, Service)
    service.require_bookable(is_public=wish.is_public)
    offer = service.terms
    if wish.site_id not in offer.site_ids:
        raise SiteNotServed(pointer="/site_id")
    duration = _duration(offer, wish)
    mode = _mode(offer, wish)
    needs = needs_of(offer)
    people = ground.ports.totals.holders(PRACTITIONER_AT, str(wish.site_id)) if offer.roles else ()
    things = ground.ports.totals.holders(RESOURCE_AT, str(wish.site_id)) if offer.resources else ()
    place = schedule_id(ground.tenant_id, SubjectKind.SITE, wish.site_id)
    own = schedule_id(ground.tenant_id, SubjectKind.SERVICE, wish.service_id)
    streams = ground.store.find_all(
        {
            offer.business_id: Business,
            place: Schedule,
            own: Schedule,
            **dict.fromkeys(people, Practitioner),
            **dict.fromkeys(things, Resource),
            **{schedule_id(ground.tenant_id, SubjectKind.PRACTITIONER, one): Schedule for one in people},
            **{schedule_id(ground.tenant_id, SubjectKind.RESOURCE, one): Schedule for one in things},
        }
    )
    business = found(streams, offer.business_id, Business)
    site = business.site(wish.site_id)
    loading = _Loading(ground, streams, start - AROUND, end + AROUND, site.zone, wish)
    candidates = (
        *loading.practitioners(people, {need.ability for need in needs if need.kind == PRACTITIONER}),
        *loading.resources(things, {need.ability for need in needs if need.kind == RESOURCE}),
    )
    asked = Asked(
        now=ground.now,
        zone=site.zone,
        duration=timedelta(minutes=duration),
        needs=needs,
        step_minutes=offer.step_minutes,
        offset_minutes=offer.offset_minutes,
        buffer_before=timedelta(minutes=offer.buffer_before_minutes),
        buffer_after=timedelta(minutes=offer.buffer_after_minutes),
        notice=timedelta(minutes=offer.notice_minutes),
        horizon=timedelta(days=offer.horizon_days),
        days=frozenset(offer.days),
        service_open=loading.open_of(own),
        site_open=loading.open_of(place),
        full_days=loading.full_days(offer, start, end),
        client_full_weeks=loading.client_full_weeks(offer, start, end),
        client_busy=loading.client_busy(offer),
        fixed=frozenset(wish.bookable_ids),
        is_fair=offer.assignment == AssignmentRule.FAIR,
    )
    seen = {
        service.id: service.version,
        business.id: business.version,
        place: _version(streams, place),
        own: _version(streams, own),
    }
    return Question(
        wish, service, site, duration, mode, asked, candidates, start, end, seen, loading.of_candidate
    )  # fmt: skip


def needs_of(offer: ServiceOffer) -> tuple[Need, ...]:
    """Who and what a visit takes."""
    return (
        *(Need(PRACTITIONER, role.skill, role.least, role.most) for role in offer.roles),
        *(Need(RESOURCE, need.type, need.count, need.count) for need in offer.resources),
    )


def found(streams: Mapping[UUID, Aggregate], stream_id: UUID, kind: type[A]) -> A:
    """The stream of that kind. Refuses with NotFound."""
    stream = streams.get(stream_id)
    if not isinstance(stream, kind):
        raise NotFound
    return stream


class _Loading:
    """Turns streams and claims into candidates."""

    def __init__(
        self,
        ground: Ground,
        streams: Mapping[UUID, Aggregate],
        start: datetime,
        end: datetime,
        zone: str,
        wish: Wish,
    ) -> None:
        self.ground = ground
        self.streams = streams
        self.start = start
        self.end = end
        self.zone = zone
        self.wish = wish
        self.of_candidate: dict[UUID, dict[UUID, int]] = {}
        self.given_back = {(take.kind, take.key) for take in wish.giving_back}

    def practitioners(self, ids: Sequence[UUID], skills: set[str]) -> Iterable[Candidate]:
        able = [
            one
            for each in ids
            if isinstance(one := self.streams.get(each), Practitioner)
            and one.is_active
            and one.terms is not None
            and skills & set(one.terms.skills)
        ]
        busy = self._busy(PRACTITIONER, [one.id for one in able])
        full = self._full_of(able)
        for one in able:
            assert one.terms is not None
            taken = busy.get(one.id, Occupancy())
            schedule = self._schedule(SubjectKind.PRACTITIONER, one)
            yield Candidate(
                id=one.id,
                kind=PRACTITIONER,
                abilities=frozenset(one.terms.skills),
                open=self._open(schedule) or Spans(),
                away=schedule.away_between(self.start, self.end) if schedule else Spans(),
                busy=taken,
                full_days=frozenset(full[one.id][0]),
                full_weeks=frozenset(full[one.id][1]),
                weight=one.terms.weight,
                most_per_day=one.terms.most_per_day,
                most_per_week=one.terms.most_per_week,
                load_minutes=taken.held(self.start, self.end),
            )

    def resources(self, ids: Sequence[UUID], types: set[str]) -> Iterable[Candidate]:
        able = [
            one
            for each in ids
            if isinstance(one := self.streams.get(each), Resource)
            and one.is_active
            and one.terms is not None
            and one.terms.type in types
        ]
        busy = self._busy(RESOURCE, [one.id for one in able])
        for one in able:
            assert one.terms is not None
            taken = busy.get(one.id, Occupancy())
            schedule = self._schedule(SubjectKind.RESOURCE, one)
            hours = self._open(schedule)
            yield Candidate(
                id=one.id,
                kind=RESOURCE,
                abilities=frozenset({one.terms.type}),
                # A room without hours of its own is there whenever its people are.
                open=hours if hours is not None else Spans([(self.start, self.end)]),
                away=schedule.away_between(self.start, self.end) if schedule else Spans(),
                busy=taken,
                capacity=one.terms.capacity,
                load_minutes=taken.held(self.start, self.end),
            )

    def open_of(self, stream_id: UUID) -> Spans | None:
        """The hours of a site or service; None where it has none of its own."""
        schedule = self.streams.get(stream_id)
        return self._open(schedule if isinstance(schedule, Schedule) else None)

    def full_days(self, offer: ServiceOffer, start: datetime, end: datetime) -> frozenset[date]:
        """Days on which the service may not be booked again."""
        most = offer.limits.per_day
        if most is None:
            return frozenset()
        days = {str(day): day for day in days_between(start, end, self.zone)}
        keys = {f"{self.wish.service_id}:{text}": day for text, day in days.items()}
        return self._reached(SERVICE_DAY, keys, dict.fromkeys(keys, most))

    def client_full_weeks(self, offer: ServiceOffer, start: datetime, end: datetime) -> frozenset[date]:
        """Weeks in which the client may not book the service again."""
        most = offer.limits.per_client_per_week
        if most is None or self.wish.client_id is None:
            return frozenset()
        weeks = {monday_of(day) for day in days_between(start, end, self.zone)}
        keys = {f"{self.wish.client_id}:{self.wish.service_id}:{week}": week for week in weeks}
        return self._reached(CLIENT_WEEK, keys, dict.fromkeys(keys, most))

    def client_busy(self, offer: ServiceOffer) -> Spans:
        """Other visits of the client, where the service minds them."""
        if not offer.does_client_block or self.wish.client_id is None:
            return Spans()
        held = self.ground.ports.agenda.held(
            [CLIENT], [str(self.wish.client_id)], start=self.start, end=self.end
        )
        return Spans((one.starts_at, one.ends_at) for one in held if one.holder != self.wish.moving_id)

    def _busy(self, kind: str, ids: Sequence[UUID]) -> dict[UUID, Occupancy]:
        kinds = [BUSY[kind], OVER[kind]]
        held = self.ground.ports.agenda.held(kinds, [str(one) for one in ids], start=self.start, end=self.end)
        taken: dict[UUID, list[tuple[datetime, datetime, int]]] = {}
        for one in held:
            if one.holder != self.wish.moving_id:
                taken.setdefault(UUID(one.key), []).append((one.starts_at, one.ends_at, one.units))
        return {bookable: Occupancy(spans) for bookable, spans in taken.items()}

    def _full_of(self, able: Sequence[Practitioner]) -> dict[UUID, tuple[set[date], set[date]]]:
        days = list(days_between(self.start, self.end, self.zone))
        full: dict[UUID, tuple[set[date], set[date]]] = {one.id: (set(), set()) for one in able}
        for kind, place, marks in (
            (PRACTITIONER_DAY, 0, set(days)),
            (PRACTITIONER_WEEK, 1, {monday_of(day) for day in days}),
        ):
            keys: dict[str, tuple[UUID, date]] = {}
            most: dict[str, int] = {}
            for one in able:
                assert one.terms is not None
                bound = one.terms.most_per_week if place else one.terms.most_per_day
                for mark in marks if bound is not None else ():
                    keys[f"{one.id}:{mark}"] = (one.id, mark)
                    most[f"{one.id}:{mark}"] = bound or 0
            for who, mark in self._reached(kind, keys, most):
                full[who][place].add(mark)
        return full

    def _reached(self, kind: str, keys: dict[str, K], most: dict[str, int]) -> frozenset[K]:
        taken = self.ground.ports.totals.taken([(kind, key) for key in keys])
        return frozenset(
            mark
            for key, mark in keys.items()
            if taken.get((kind, key), 0) - ((kind, key) in self.given_back) >= most[key]
        )

    def _schedule(self, kind: SubjectKind, subject: Aggregate) -> Schedule | None:
        stream_id = schedule_id(self.ground.tenant_id, kind, subject.id)
        schedule = self.streams.get(stream_id)
        self.of_candidate[subject.id] = {
            subject.id: subject.version,
            stream_id: _version(self.streams, stream_id),
        }
        return schedule if isinstance(schedule, Schedule) else None

    def _open(self, schedule: Schedule | None) -> Spans | None:
        if schedule is None or schedule.terms is None:
            return None
        closed: frozenset[date] = frozenset()
        if schedule.terms.holidays is not None:
            closed = self.ground.ports.holidays.between(
                schedule.terms.holidays.country,
                schedule.terms.holidays.subdivision,
                self.start.date(),
                self.end.date(),
            )
        return schedule.open_between(self.start, self.end, service_id=self.wish.service_id, holidays=closed)


def _version(streams: Mapping[UUID, Aggregate], stream_id: UUID) -> int:
    stream = streams.get(stream_id)
    return stream.version if isinstance(stream, Aggregate) else 0


def _duration(offer: ServiceOffer, wish: Wish) -> int:
    if wish.duration_minutes is None:
        return offer.durations_minutes[0]
    if wish.duration_minutes not in offer.durations_minutes:
        raise DurationNotOffered(pointer="/duration_minutes")
    return wish.duration_minutes


def _mode(offer: ServiceOffer, wish: Wish) -> Mode:
    if wish.mode is None:
        return offer.modes[0]
    if wish.mode not in offer.modes:
        raise ModeNotOffered(pointer="/mode")
    return wish.mode
