"""What is a stranger shown? What was published, and of a visit only what its holder agreed to; never anybody's name."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from adapters.bootstrap import front
from api.rest.conventions import Resource, View
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import Status
from domain.booking.availability import Rule
from domain.booking.booking_page import PageTerms
from domain.booking.business import Business, Site
from domain.booking.intake import Question
from domain.booking.offer import CancellationPolicy, Mode
from domain.booking.service import Service
from domain.booking.visit import Assignment, Stood, Why
from domain.booking.waitlist import Passed, WaitlistEntry, WaitStatus
from domain.kernel.money import Money


class PublicPractitioner(View):
    """Somebody who can be asked for by name."""

    id: UUID
    name: str


class PublicPrice(View):
    """What a visit of that length costs, and what of it is paid before."""

    duration_minutes: int
    price: Money
    deposit_percent: int


class PublicService(View):
    """A service that can be booked online."""

    id: UUID
    name: str
    category: str | None
    site_ids: list[UUID]
    prices: list[PublicPrice]
    modes: list[Mode]
    is_group: bool = Field(
        description="given in classes: a start names its class and the seats that are left"
    )
    asks_birth_date: bool
    is_confirmed_by_hand: bool = Field(description="a booking is a request until the business agrees")
    cancellation: CancellationPolicy
    intake: list[Question]
    practitioners: dict[UUID, list[PublicPractitioner]] = Field(
        description="by site, who can be asked for; empty where the business does not show its people"
    )

    @classmethod
    def of(cls, service: Service, shop: front.Shop) -> Self:
        """The service as published."""
        offer = service.terms
        prices = [
            PublicPrice(
                duration_minutes=minutes, price=offer.price.of(minutes), deposit_percent=offer.deposit_percent
            )
            for minutes in offer.durations_minutes
        ]
        people = {
            site_id: [
                PublicPractitioner(id=one.id, name=one.name) for one in shop.practitioners(service, site_id)
            ]
            for site_id in offer.site_ids
        }
        return cls(
            id=service.id,
            name=offer.name,
            category=offer.category,
            site_ids=list(offer.site_ids),
            prices=prices,
            modes=list(offer.modes),
            is_group=offer.is_group,
            asks_birth_date=offer.least_age is not None or offer.most_age is not None,
            is_confirmed_by_hand=offer.confirmation == "manual",
            cancellation=offer.cancellation,
            intake=list(offer.intake),
            practitioners={site_id: some for site_id, some in people.items() if some},
        )


class PublicBusiness(View):
    """A business that published its page."""

    id: UUID
    brand: str
    sector: str
    languages: list[str]
    sites: list[Site]
    services: list[PublicService]

    @classmethod
    def of(cls, business: Business, terms: PageTerms, shop: front.Shop) -> Self:
        """The business as published."""
        assert business.profile is not None
        own = [one for one in shop.services if one.terms.business_id == business.id]
        return cls(
            id=business.id,
            brand=business.profile.brand,
            sector=business.profile.sector,
            languages=list(terms.languages),
            sites=list(business.profile.sites),
            services=[PublicService.of(one, shop) for one in own],
        )


class PublicCatalogue(View):
    """Everything of a company that can be booked online."""

    data: list[PublicBusiness]


class PublicStart(View):
    """A start that the booking command accepts now."""

    starts_at: datetime
    ends_at: datetime
    session_id: UUID | None = Field(description="the class, where the service is given in classes")
    seats_left: int | None

    @classmethod
    def of(cls, one: front.Start) -> Self:
        """The start as listed."""
        return cls(**vars(one))


class PublicStarts(View):
    """Starts in order, each once."""

    data: list[PublicStart]


class PublicLinks(View):
    """The tokens that let their holder see, move, call off or review the visit; null is not now."""

    view: str
    move: str | None
    cancel: str | None
    review: str | None


class ChoiceMade(View):
    """Why somebody was chosen for a role of the visit: places and reasons, and nobody's name."""

    ability: str
    reason: Why
    places: list[Stood | None] = Field(
        description="how everybody stood in the order of choice, the first first"
    )

    @classmethod
    def of(cls, one: Assignment) -> Self:
        """The choice without whom it was among."""
        return cls(ability=one.ability, reason=one.reason, places=[each.stood for each in one.considered])


class PublicVisitView(Resource):
    """A visit, to whoever holds its link. Nobody's name is in it."""

    status: Status
    is_expired: bool = Field(description="a hold whose time has run out")
    hold_until: datetime | None
    service_id: UUID
    site_id: UUID
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    zone: str
    price: Money
    deposit: Money
    paid_minor: int
    cancellation: CancellationPolicy
    fee_now: Money = Field(description="what calling it off at this moment costs")
    changes_until: datetime = Field(description="until when it can be moved by its holder")
    choices: list[ChoiceMade] = Field(description="the receipt: how the people and rooms were chosen")
    links: PublicLinks

    @classmethod
    def of(
        cls, one: Appointment, links: dict[str, str], *, at: datetime, position: int | None = None
    ) -> Self:
        """The visit as it stands."""
        visit = one.agreed
        fee = visit.cancellation.fee(visit.price, starts_at=visit.starts_at, at=at)
        if one.status != Status.BOOKED:
            fee = Money(amount_minor=one.fee_minor, currency=visit.price.currency)
        return cls(
            version=one.version,
            position=position,
            status=one.status_at(at),
            is_expired=one.is_expired(at),
            hold_until=one.hold_until,
            service_id=visit.service_id,
            site_id=visit.site_id,
            mode=visit.mode,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            zone=visit.zone,
            price=visit.price,
            deposit=visit.deposit,
            paid_minor=one.paid_minor,
            cancellation=visit.cancellation,
            fee_now=fee,
            changes_until=visit.cancellation.closes_at(visit.starts_at),
            choices=[ChoiceMade.of(each) for each in visit.team],
            links=PublicLinks(**{name: links.get(name) for name in PublicLinks.model_fields}),
        )


class StandingThen(View):
    """One place of the queue when the offer was made, without whose it was."""

    place: int = Field(ge=1)
    is_own: bool
    passed: Passed
    rule: Rule | None = Field(description="what kept the time from them, where it was not free for them")


class PublicPlace(Resource):
    """A place in the queue for a service, to whoever holds its link."""

    status: WaitStatus
    place: int | None = Field(description="how many wait in front, plus one; null is who waits no longer")
    starts_at: datetime | None = Field(description="the time that was offered")
    hold_until: datetime | None = Field(description="until when it is kept")
    queue: list[StandingThen] = Field(
        description="the receipt: who stood where when the offer was made, and why each was passed"
    )
    waiting: int = Field(description="how many stood there then; 0 is no offer yet")
    link: str = Field(description="the token of this place")
    visit_link: str | None = Field(description="the token of the visit, once the offer was accepted")

    @classmethod
    def of(
        cls,
        one: WaitlistEntry,
        queue: tuple[UUID, ...],
        *,
        link: str,
        visit_link: str | None,
        at: datetime,
        position: int | None = None,
    ) -> Self:
        """The place as it is at this moment."""
        return cls(
            version=one.version,
            position=position,
            status=WaitStatus.LAPSED if one.has_lapsed(at) else one.status,
            place=queue.index(one.id) + 1 if one.id in queue else None,
            starts_at=one.starts_at,
            hold_until=one.hold_until,
            queue=[
                StandingThen(place=place, is_own=each.entry_id == one.id, passed=each.passed, rule=each.rule)
                for place, each in enumerate(one.queue, start=1)
            ],
            waiting=one.waiting,
            link=link,
            visit_link=visit_link,
        )


class PublicReview(View):
    """A review was taken; a moderator decides whether others read it."""

    rating: int


class MarketOffer(View):
    """One service at one site, as its business published it."""

    company: str = Field(description="the company's slug; its page is at /book/{slug}")
    service_id: UUID
    site_id: UUID
    brand: str
    sector: str
    service: str
    category: str | None
    site: str
    address: str
    country: str
    zone: str
    languages: list[str]
    duration_minutes: int
    price: Money
    rating: str | None = Field(description="average of the published reviews, one digit after the point")
    reviews: int
    distance_m: int | None = Field(description="from where you asked, along the surface of the Earth")
    next_free_at: datetime | None = Field(
        description="null is none within twelve weeks, or not looked at yet"
    )
    computed_at: datetime | None = Field(description="when that was looked at")

    @classmethod
    def of(cls, one: front.Found, company: str) -> Self:
        """The line as found."""
        return cls(
            company=company,
            service_id=one.service_id,
            site_id=one.site_id,
            brand=one.brand,
            sector=one.sector,
            service=one.service_name,
            category=one.category,
            site=one.site_name,
            address=one.address,
            country=one.country,
            zone=one.zone,
            languages=[code for code in one.languages.split(",") if code],
            duration_minutes=one.duration_minutes,
            price=Money(amount_minor=one.price_minor, currency=one.currency),
            rating=one.rating,
            reviews=one.rating_count,
            distance_m=one.distance_m,
            next_free_at=one.next_free_at,
            computed_at=one.computed_at,
        )


class MarketOffers(View):
    """What was found, the best first."""

    data: list[MarketOffer]
