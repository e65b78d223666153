"""What does a business show the public, to whom does it open its door, and how much may one contact book?"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Impersonal
from domain.kernel.refusals import NotFound
from domain.kernel.value import Input

PAGES = "booking-page"  # an index kept by claims: the published pages of a company
ALL = "all"

# A scheme, a host and perhaps a port, as browsers write it; compared letter by letter.
Origin = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$"),
    Impersonal(),
]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$"), Impersonal()]


class PageTerms(Input):
    """How open the public door of a business is."""

    origins: Annotated[tuple[Origin, ...], Field(max_length=20)] = ()
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1, max_length=20)] = ("en",)
    is_in_marketplace: bool = False
    shows_practitioners: bool = False
    most_visits_per_contact: Annotated[int, Field(strict=True, ge=1, le=100)] = 5
    most_holds_per_contact: Annotated[int, Field(strict=True, ge=1, le=20)] = 2


class BookingPagePublished(DomainEvent):
    """A business can be booked by the public from now on, under these terms."""

    TOPIC: ClassVar[str] = "booking-page.published.v1"

    business_id: UUID
    terms: PageTerms


class BookingPageWithdrawn(DomainEvent):
    """Nothing of the business is public any more; what was booked stays."""

    TOPIC: ClassVar[str] = "booking-page.withdrawn.v1"

    business_id: UUID


BookingPageEvent = BookingPagePublished | BookingPageWithdrawn


class PageNotPublished(NotFound):
    """This business has published no booking page."""


class BookingPage(Aggregate):
    """The public face of one business: nothing is public before it is published."""

    CATEGORY: ClassVar[str] = "booking-page"

    business_id: UUID | None = None
    terms: PageTerms | None = None
    is_published: bool = False

    def publish(self, business_id: UUID, terms: PageTerms, *, at: datetime) -> None:
        """Opens the door to the public, or opens it differently."""
        if not self.is_published or terms != self.terms:
            self.record(BookingPagePublished, at=at, business_id=business_id, terms=terms)

    def withdraw(self, *, at: datetime) -> None:
        """Closes it."""
        if self.is_published:
            self.record(BookingPageWithdrawn, at=at, business_id=self.business_id)

    @property
    def agreed(self) -> PageTerms:
        """The terms in force."""
        assert self.terms is not None
        return self.terms

    def evolve(self, event: BookingPageEvent) -> None:
        match event:
            case BookingPagePublished():
                self.business_id = event.business_id
                self.terms = event.terms
                self.is_published = True
            case BookingPageWithdrawn():
                self.is_published = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Its place among the published pages of the company."""
        match event:
            case BookingPagePublished() if not self.is_published:
                return Claims(taken=(Claim(PAGES, ALL, self.id, capacity=UNLIMITED, shape="amount"),))
            case BookingPageWithdrawn():
                return Claims(released=(Release(PAGES, ALL, self.id),))
            case _:
                return NO_CLAIMS


def page_id(business_id: UUID) -> UUID:
    """The page of a business."""
    return uuid5(business_id, "booking-page")
