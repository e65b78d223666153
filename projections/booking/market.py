"""What does a company offer where, for how much, and since which fact may it be free at another time?

One line per service at a site, and one per site itself, so that a service defined later finds the site's
facts. Only lines that are `is_listed` are read by the marketplace, across companies.
"""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from domain.booking.appointment_events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRequested,
    AppointmentRescheduled,
    MarkedEnteredInError,
    PractitionerSubstituted,
    RequestRejected,
    SlotHeld,
)
from domain.booking.booking_page import BookingPagePublished, BookingPageWithdrawn
from domain.booking.business import BusinessChanged, BusinessOpened, Site
from domain.booking.group_session import CapacityChanged, SessionCancelled, SessionScheduled
from domain.booking.offer import ServiceOffer
from domain.booking.practitioner import PractitionerChanged, PractitionerHired, PractitionerLeft
from domain.booking.resource import ResourceAdded, ResourceChanged, ResourceTakenOutOfService
from domain.booking.review import ReviewPublished, ReviewRejected
from domain.booking.schedule import AbsenceEntered, AbsenceTakenOut, ScheduleSet
from domain.booking.service import ServiceChanged, ServiceDefined, ServiceRetired
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql

MILLION = 1_000_000


class MarketOfferRow(Row):
    """A service at one site of a business, or (`is_service` false) the site itself."""

    TABLE: ClassVar[str] = "market_offer"
    KEY: ClassVar[tuple[str, ...]] = ("service_id", "site_id")

    service_id: UUID
    """The service; on the line of a site itself, its business."""
    site_id: UUID
    """The site."""
    business_id: UUID
    """The business that offers it."""
    is_service: bool
    """Whether the line is a service rather than the site itself."""
    is_published: bool
    """Whether the business is published in the marketplace."""
    is_site_open: bool
    """Whether the business still has the site."""
    is_active: bool
    """Whether the service can be booked at all, by the business or online."""
    is_online: bool
    """Whether the service can be booked online."""
    is_listed: bool
    """Whether the marketplace shows the line: all of the above."""
    brand: str
    """What the business is called."""
    sector: str
    """What the business does, such as medical or beauty."""
    site_name: str
    """The name of the site."""
    address: str
    """The address of the site."""
    country: str
    """ISO 3166-1 code of the country."""
    zone: str
    """IANA time zone of the site."""
    latitude_micro: int | None
    """Degrees north in millionths, WGS 84; null is not known."""
    longitude_micro: int | None
    """Degrees east in millionths, WGS 84; null is not known."""
    languages: str
    """ISO 639-1 codes of the languages spoken, each between commas."""
    service_name: str | None
    """The name of the service; null is the site itself."""
    category: str | None
    """The category of the service, in the business's own words."""
    duration_minutes: int | None
    """The first duration offered."""
    price_minor: int | None
    """The price of the first duration, in the smallest unit of the currency."""
    currency: str | None
    """ISO 4217 code of the price."""
    rating_sum: int
    """The ratings of the published reviews of the service, added up."""
    rating_count: int
    """How many published reviews the service has."""
    rated_position: int
    """Place of the latest review in the tenant's log that these ratings count."""
    changed_position: int
    """Place of the latest fact in the tenant's log that may have changed when it is free."""
    position: int
    """Place of the latest fact in the tenant's log that changed what is offered."""


# What may change when a service of the company is free.
STIRRING: tuple[type[DomainEvent], ...] = (
    SlotHeld,
    AppointmentRequested,
    AppointmentBooked,
    AppointmentRescheduled,
    PractitionerSubstituted,
    RequestRejected,
    AppointmentCancelled,
    MarkedEnteredInError,
    SessionScheduled,
    SessionCancelled,
    CapacityChanged,
    ScheduleSet,
    AbsenceEntered,
    AbsenceTakenOut,
    PractitionerHired,
    PractitionerChanged,
    PractitionerLeft,
    ResourceAdded,
    ResourceChanged,
    ResourceTakenOutOfService,
)


class MarketOffers(Projector[MarketOfferRow]):
    """Sites with their services, as published, priced and rated; marked whenever something stirs."""

    name: ClassVar[str] = "market"
    row: ClassVar[type[MarketOfferRow]] = MarketOfferRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        BusinessOpened,
        BusinessChanged,
        BookingPagePublished,
        BookingPageWithdrawn,
        ServiceDefined,
        ServiceChanged,
        ServiceRetired,
        ReviewPublished,
        ReviewRejected,
        *STIRRING,
    )

    def keys(self, event: Any) -> tuple[Key, ...]:
        return ()

    def searches(self, event: Any) -> Iterable[Search]:
        match event:
            case BusinessOpened() | BusinessChanged():
                return (("business_id", event.originator_id),)
            case BookingPagePublished() | BookingPageWithdrawn():
                return (("business_id", event.business_id),)
            case ServiceDefined() | ServiceChanged():
                return (("business_id", event.offer.business_id),)
            case ServiceRetired():
                return (("service_id", event.originator_id),)
            case ReviewPublished() | ReviewRejected():
                return (("service_id", event.service_id),)
            case _:
                return (("is_active", True),)

    def project(self, event: Any, rows: Rows[MarketOfferRow]) -> None:
        match event:
            case BusinessOpened() | BusinessChanged():
                _sites(event, rows)
            case BookingPagePublished() | BookingPageWithdrawn():
                _publish(event, rows)
            case ServiceDefined() | ServiceChanged():
                _offer(event, rows)
            case ServiceRetired():
                for row in rows.where("service_id", event.originator_id):
                    _put(row, rows, event, is_active=False)
            case ReviewPublished():
                _rate(event, 1, rows)
            case ReviewRejected():
                _rate(event, -1 if event.counted else 0, rows)
            case _:
                for row in rows.where("is_active", True):
                    rows.put(row.model_copy(update={"changed_position": event.position}))


def _sites(event: BusinessOpened | BusinessChanged, rows: Rows[MarketOfferRow]) -> None:
    profile = event.profile
    known = rows.where("business_id", event.originator_id)
    there = {site.id: site for site in profile.sites}
    own = {row.site_id: row for row in known if not row.is_service}
    published = next(iter(own.values())) if own else None
    for site in profile.sites:
        if site.id not in own:
            first = MarketOfferRow(
                service_id=event.originator_id,
                site_id=site.id,
                business_id=event.originator_id,
                is_service=False,
                is_published=published.is_published if published else False,
                is_site_open=True,
                is_active=False,
                is_online=False,
                is_listed=False,
                brand=profile.brand,
                sector=profile.sector,
                **_place(site),
                languages=published.languages if published else ",",
                service_name=None,
                category=None,
                duration_minutes=None,
                price_minor=None,
                currency=None,
                rating_sum=0,
                rating_count=0,
                rated_position=0,
                changed_position=event.position,
                position=event.position,
            )
            rows.put(first)
    for row in known:
        where = there.get(row.site_id)
        values: dict[str, Any] = {"brand": profile.brand, "sector": profile.sector}
        if where is not None:
            values.update(_place(where))
        _put(row, rows, event, is_site_open=where is not None, **values)


def _place(site: Site) -> dict[str, Any]:
    position = site.position
    return {
        "site_name": site.name,
        "address": site.address,
        "country": site.country,
        "zone": site.zone,
        "latitude_micro": None if position is None else int(position.latitude * MILLION),
        "longitude_micro": None if position is None else int(position.longitude * MILLION),
    }


def _publish(event: BookingPagePublished | BookingPageWithdrawn, rows: Rows[MarketOfferRow]) -> None:
    values: dict[str, Any] = {"is_published": False}
    if isinstance(event, BookingPagePublished):
        spoken = ",".join(sorted(set(event.terms.languages)))
        values = {"is_published": event.terms.is_in_marketplace, "languages": f",{spoken},"}
    for row in rows.where("business_id", event.business_id):
        _put(row, rows, event, **values)


def _offer(event: ServiceDefined | ServiceChanged, rows: Rows[MarketOfferRow]) -> None:
    offer = event.offer
    known = rows.where("business_id", offer.business_id)
    before = {row.site_id: row for row in known if row.service_id == event.originator_id}
    one = next(iter(before.values()), None)
    for site in (row for row in known if not row.is_service and row.site_id in offer.site_ids):
        line = before.get(site.site_id) or site.model_copy(
            update={
                "service_id": event.originator_id,
                "is_service": True,
                "rating_sum": one.rating_sum if one else 0,
                "rating_count": one.rating_count if one else 0,
                "rated_position": one.rated_position if one else 0,
            }
        )
        _put(line, rows, event, is_active=True, is_online=offer.is_bookable_online, **_terms(offer))
    for row in before.values():
        if row.site_id not in offer.site_ids:
            rows.remove(*row.key())


def _terms(offer: ServiceOffer) -> dict[str, Any]:
    duration = offer.durations_minutes[0]
    price = offer.price.of(duration)
    return {
        "service_name": offer.name,
        "category": offer.category,
        "duration_minutes": duration,
        "price_minor": price.amount_minor,
        "currency": price.currency,
    }


def _rate(event: ReviewPublished | ReviewRejected, count: int, rows: Rows[MarketOfferRow]) -> None:
    for row in rows.where("service_id", event.service_id):
        values: dict[str, Any] = {"position": event.position}
        # Seen again, as when the rows are folded twice, it counts no second time.
        if event.position > row.rated_position:
            values["rating_sum"] = row.rating_sum + count * event.rating
            values["rating_count"] = row.rating_count + count
            values["rated_position"] = event.position
        rows.put(row.model_copy(update=values))


def _put(row: MarketOfferRow, rows: Rows[MarketOfferRow], event: DomainEvent, **values: Any) -> None:
    place = {"changed_position": event.position, "position": event.position}
    new = row.model_copy(update={**values, **place})
    listed = new.is_service and new.is_published and new.is_site_open and new.is_active and new.is_online
    rows.put(new.model_copy(update={"is_listed": listed}))


SELECT_RATINGS = """
select service_id, max(rating_sum) as rating_sum, max(rating_count) as rating_count
from read.market_offer
where tenant_id = %(tenant_id)s and is_service and rating_count > 0
group by service_id order by service_id limit 1000
"""


def ratings(sql: Sql) -> dict[UUID, tuple[int, int]]:
    """The sum and the number of the published ratings of each service that has any."""
    found = sql.rows(SELECT_RATINGS)
    return {row["service_id"]: (row["rating_sum"], row["rating_count"]) for row in found}
