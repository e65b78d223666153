"""What has to be known to judge a start? Everything the one availability function asks for, in few looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from application.booking.ground import Ground
from application.booking.loading import Loading, version_of
from application.booking.wish import Wish
from domain.booking.appointment_refusals import DurationNotOffered, ModeNotOffered, SiteNotServed
from domain.booking.availability import Asked, Candidate, Free, Missing, Need, judge, listed
from domain.booking.business import Business, Site
from domain.booking.limits import Bound, bounds_of_client, bounds_of_service
from domain.booking.offer import AssignmentRule, Mode, ServiceOffer
from domain.booking.practitioner import PRACTITIONER_AT, Practitioner
from domain.booking.resource import RESOURCE_AT, Resource
from domain.booking.schedule import Schedule, SubjectKind, schedule_id
from domain.booking.service import Service
from domain.booking.visit import PRACTITIONER, RESOURCE
from domain.booking.wall_time import days_between
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import FIRST, LAST
from domain.kernel.period import Period
from domain.kernel.refusals import NotFound

A = TypeVar("A", bound=Aggregate)

DAY = timedelta(days=1)
AROUND = timedelta(days=8)  # how far alternatives are looked for, and over what time loads are compared
ALTERNATIVES = 5


@dataclass(frozen=True)
class Question:
    """A wish with all that is known about it."""

    wish: Wish
    ground: Ground
    service: Service
    site: Site
    duration_minutes: int
    mode: Mode
    asked: Asked
    candidates: tuple[Candidate, ...]
    seen: Mapping[UUID, int] = field(default_factory=dict)  # what the answer depends on, whoever is chosen
    streams: Mapping[UUID, Aggregate] = field(default_factory=dict)
    weighed: Period | None = None  # over which loads were compared; None: nobody was

    @property
    def offer(self) -> ServiceOffer:
        """The service as offered."""
        return self.service.terms

    def judge(self, start: datetime) -> Free | Missing:
        """Is that start free?"""
        return judge(start, self.asked, self.candidates)

    def listed(self, start: datetime, end: datetime) -> Iterable[datetime]:
        """Every free start in the window."""
        return listed(self.asked, self.candidates, start=start, end=end)

    def alternatives(self, start: datetime) -> list[datetime]:
        """The nearest free starts from that moment on, for whoever is free. Looked up anew: few are refused."""
        anybody = replace(self.wish, bookable_ids=())
        end = start + AROUND
        question = question_of(anybody, self.ground, start=start, end=end, around=timedelta())
        return list(islice(question.listed(start, end), ALTERNATIVES))

    def rely(self, ground: Ground, free: Free) -> None:
        """Guards what the answer depends on: should any of it move before the append, all is judged again."""
        for stream_id, version in self.seen.items():
            ground.store.rely_on(stream_id, version)
        for member in free.team:
            who = member.candidate
            hours = schedule_id(ground.tenant_id, SubjectKind(who.kind), who.id)
            for stream_id in (who.id, hours):
                ground.store.rely_on(stream_id, version_of(self.streams, stream_id))


def question_of(
    wish: Wish, ground: Ground, *, start: datetime, end: datetime, around: timedelta = AROUND
) -> Question:
    """Loads what the wish is about, for starts in [start, end). Refuses what is not offered at all.

    Loads are compared over `around` before and after; who only lists needs no more than the visits themselves.
    """
    known = ground.ports.catalogue.known()
    service = found(known.streams({wish.service_id: Service}), wish.service_id, Service)
    offer = service.terms
    # What was agreed stays agreed: a visit that moves keeps its site, length and mode whatever is offered by now.
    if wish.moving_id is None:
        service.require_bookable(is_public=wish.is_public)
        if wish.site_id not in offer.site_ids:
            raise SiteNotServed(pointer="/site_id")
    duration = _duration(offer, wish)
    mode = _mode(offer, wish)
    needs = needs_of(offer)
    people = known.holders(PRACTITIONER_AT, str(wish.site_id)) if offer.roles else ()
    things = known.holders(RESOURCE_AT, str(wish.site_id)) if offer.resources else ()
    place = schedule_id(ground.tenant_id, SubjectKind.SITE, wish.site_id)
    own = schedule_id(ground.tenant_id, SubjectKind.SERVICE, wish.service_id)
    streams = known.streams(
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
    margin = max(
        around, timedelta(minutes=duration + offer.buffer_before_minutes + offer.buffer_after_minutes)
    )
    # Who only lists shows no team, so nobody is compared.
    compared_at = start if around else None
    loading = Loading(ground, streams, start - margin, end + margin, site.zone, wish, duration, compared_at)
    practitioners = loading.able_people(people, {need.ability for need in needs if need.kind == PRACTITIONER})
    resources = loading.able_things(things, {need.ability for need in needs if need.kind == RESOURCE})
    loading.look([*practitioners, *resources], does_client_block=offer.does_client_block)
    days = tuple(days_between(start, end + DAY, site.zone))
    candidates = (*loading.practitioners(practitioners, days), *loading.resources(resources))
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
        full_days=loading.reached(bounds_of_service(service.id, offer.limits), days),
        client_full_days=loading.reached(_bounds_of_client(wish, offer), days),
        client_busy=loading.client_busy,
        fixed=frozenset(wish.bookable_ids),
        is_fair=offer.assignment == AssignmentRule.FAIR,
    )
    seen = {
        service.id: service.version,
        business.id: business.version,
        place: version_of(streams, place),
        own: version_of(streams, own),
    }
    weighed = Period(start=max(start - margin, FIRST), end=min(end + margin, LAST)) if around else None
    return Question(wish, ground, service, site, duration, mode, asked, candidates, seen, streams, weighed)


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


def _bounds_of_client(wish: Wish, offer: ServiceOffer) -> tuple[Bound, ...]:
    if wish.client_id is None:
        return ()
    return bounds_of_client(wish.client_id, wish.service_id, offer.limits)


def _duration(offer: ServiceOffer, wish: Wish) -> int:
    if wish.duration_minutes is None:
        return offer.durations_minutes[0]
    if wish.moving_id is None and wish.duration_minutes not in offer.durations_minutes:
        raise DurationNotOffered(pointer="/duration_minutes")
    return wish.duration_minutes


def _mode(offer: ServiceOffer, wish: Wish) -> Mode:
    if wish.mode is None:
        return offer.modes[0]
    if wish.moving_id is None and wish.mode not in offer.modes:
        raise ModeNotOffered(pointer="/mode")
    return wish.mode
