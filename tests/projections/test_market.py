"""What does a company offer where, and what of it is public?"""

from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.booking.booking_page import BookingPagePublished, BookingPageWithdrawn, PageTerms
from domain.booking.business import BusinessChanged, BusinessOpened, BusinessProfile, Position, Site
from domain.booking.offer import Price, RoleNeed, ServiceOffer
from domain.booking.practitioner import PractitionerLeft
from domain.booking.review import ReviewPublished, ReviewRejected, ReviewStatus, ReviewWritten
from domain.booking.service import ServiceChanged, ServiceDefined, ServiceRetired
from domain.kernel.event import DomainEvent
from projections.booking.market import MarketOfferRow, MarketOffers
from projections.booking.reviews import Reviews
from tests.kit.builders import NOW, STREAM
from tests.kit.projecting import given_events, is_stable

BUSINESS, SERVICE, NURSE, REVIEW, OTHER = (
    uuid5(STREAM, name) for name in ("business", "service", "nurse", "review", "other review")
)
HARBOUR, HILL = uuid5(STREAM, "harbour"), uuid5(STREAM, "hill")


def happened(kind: type[DomainEvent], stream: UUID, **facts: Any) -> DomainEvent:
    return kind(originator_id=stream, originator_version=1, occurred_at=NOW, **facts)


def profile(*sites: UUID, brand: str = "Harbour") -> BusinessProfile:
    """A business at these sites."""
    where = Position(latitude="43.2955", longitude="5.3742")  # type: ignore[arg-type]
    places = tuple(
        Site(id=one, name="Port", address="1 Quai", country="FR", zone="Europe/Paris", position=where)
        for one in sites
    )
    return BusinessProfile(name=brand, brand=brand, sector="medical", sites=places)


def offer(*sites: UUID, online: bool = True) -> ServiceOffer:
    """A service at these sites."""
    return ServiceOffer(
        name="Care",
        business_id=BUSINESS,
        site_ids=sites,
        is_bookable_online=online,
        durations_minutes=(30, 60),
        price=Price(currency="EUR", amount_minor=4_500),
        roles=(RoleNeed(skill="nurse"),),
    )


OPENED = happened(BusinessOpened, BUSINESS, profile=profile(HARBOUR, HILL))
DEFINED = happened(ServiceDefined, SERVICE, offer=offer(HARBOUR))
PUBLISHED = happened(
    BookingPagePublished,
    uuid5(STREAM, "page"),
    business_id=BUSINESS,
    terms=PageTerms(languages=("fr", "en"), is_in_marketplace=True),
)
WITHDRAWN = happened(BookingPageWithdrawn, uuid5(STREAM, "page"), business_id=BUSINESS)
FACTS = {"business_id": BUSINESS, "service_id": SERVICE}


def rated(review: UUID, rating: int) -> DomainEvent:
    return happened(ReviewPublished, review, rating=rating, **FACTS)


def rejected(review: UUID, rating: int, *, counted: bool) -> DomainEvent:
    return happened(ReviewRejected, review, rating=rating, counted=counted, client_id=NURSE, **FACTS)


def rows_after(*events: DomainEvent) -> dict[tuple[UUID, UUID], MarketOfferRow]:
    """The lines of services, by service and site."""
    rows = is_stable(given_events(*events), MarketOffers())
    return {(row.service_id, row.site_id): row for row in rows.values() if row.is_service}


class TestLines:
    def test_a_service_is_listed_once_all_agree(self) -> None:
        for events in ((OPENED, DEFINED, PUBLISHED), (OPENED, PUBLISHED, DEFINED)):
            (row,) = rows_after(*events).values()
            assert (row.is_listed, row.languages, row.price_minor) == (True, ",en,fr,", 4_500)
            assert (row.latitude_micro, row.longitude_micro) == (43_295_500, 5_374_200)

    @pytest.mark.parametrize(
        "missing",
        [
            (OPENED, DEFINED),
            (OPENED, DEFINED, PUBLISHED, WITHDRAWN),
            (OPENED, happened(ServiceDefined, SERVICE, offer=offer(HARBOUR, online=False)), PUBLISHED),
            (OPENED, DEFINED, PUBLISHED, happened(ServiceRetired, SERVICE)),
            (OPENED, DEFINED, PUBLISHED, happened(BusinessChanged, BUSINESS, profile=profile(HILL))),
        ],
        ids=["not published", "withdrawn", "not online", "retired", "site closed"],
    )
    def test_and_not_when_one_does_not(self, missing: tuple[DomainEvent, ...]) -> None:
        (row,) = rows_after(*missing).values()
        assert not row.is_listed

    def test_follow_the_sites_of_a_service(self) -> None:
        at_both = happened(ServiceChanged, SERVICE, offer=offer(HARBOUR, HILL))
        at_hill = happened(ServiceChanged, SERVICE, offer=offer(HILL))
        assert set(rows_after(OPENED, DEFINED, at_both)) == {(SERVICE, HARBOUR), (SERVICE, HILL)}
        assert set(rows_after(OPENED, DEFINED, at_both, at_hill)) == {(SERVICE, HILL)}

    def test_are_marked_when_something_stirs(self) -> None:
        (before,) = rows_after(OPENED, DEFINED).values()
        (after,) = rows_after(OPENED, DEFINED, happened(PractitionerLeft, NURSE)).values()
        assert (before.changed_position, after.changed_position) == (2, 3)
        assert after.position == 2


class TestRatings:
    def test_count_what_is_published_once(self) -> None:
        at_both = happened(ServiceChanged, SERVICE, offer=offer(HARBOUR, HILL))
        rows = rows_after(
            OPENED, DEFINED, rated(REVIEW, 5), rated(OTHER, 2), at_both, rejected(OTHER, 2, counted=True)
        )  # fmt: skip
        assert {(row.rating_sum, row.rating_count) for row in rows.values()} == {(5, 1)}
        (row,) = rows_after(OPENED, DEFINED, rejected(REVIEW, 1, counted=False)).values()
        assert (row.rating_sum, row.rating_count) == (0, 0)

    def test_stand_where_the_moderators_left_them(self) -> None:
        written = happened(
            ReviewWritten, REVIEW, appointment_id=STREAM, client_id=NURSE, rating=5, text="Calm", **FACTS
        )
        history = given_events(written, rated(REVIEW, 5), rejected(REVIEW, 5, counted=True))
        (row,) = is_stable(history, Reviews()).values()
        assert (row.status, row.version, row.position) == (ReviewStatus.REJECTED, 3, 3)
        assert "Calm" not in str(row)
