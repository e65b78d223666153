"""Which businesses does a company run, under which brands and at which sites?"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from pydantic import Field

from domain.booking.wall_time import ZoneId
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound, RuleBroken
from domain.kernel.text import Code, CountryCode, Title
from domain.kernel.value import Input, Value

BUSINESSES = "booking-business"  # an index kept by claims: the businesses of a company
ALL = "all"


class Position(Value):
    """A point on Earth, WGS 84, in degrees."""

    latitude: Annotated[Decimal, Field(ge=-90, le=90, max_digits=9, decimal_places=6)]
    longitude: Annotated[Decimal, Field(ge=-180, le=180, max_digits=9, decimal_places=6)]


class Place(Value):
    """An address, with the time on its wall."""

    name: Title
    address: Title
    country: CountryCode
    zone: ZoneId
    position: Position | None = None


class Site(Place):
    """One address of a business."""

    id: UUID


class SiteDraft(Place):
    """A site as people write it: a new one has no id yet."""

    id: UUID | None = None


class Brand(Input):
    """What a business is called, and what it does."""

    name: Title
    brand: Title
    sector: Code


class BusinessProfile(Brand):
    """The whole of a business."""

    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=200)]


class BusinessDraft(Brand):
    """The whole of a business as people write it."""

    sites: Annotated[tuple[SiteDraft, ...], Field(min_length=1, max_length=200)]

    def profile(self, new_id: Callable[[int], UUID]) -> BusinessProfile:
        """The business, with an id for every new site."""
        sites = tuple(
            Site(**{**draft.model_dump(), "id": draft.id or new_id(number)})
            for number, draft in enumerate(self.sites)
        )
        return BusinessProfile(name=self.name, brand=self.brand, sector=self.sector, sites=sites)


class BusinessOpened(DomainEvent):
    """A business takes appointments from now on."""

    TOPIC: ClassVar[str] = "business.opened.v1"

    profile: BusinessProfile


class BusinessChanged(DomainEvent):
    """It goes by another name or has other sites from now on."""

    TOPIC: ClassVar[str] = "business.changed.v1"

    profile: BusinessProfile


BusinessEvent = BusinessOpened | BusinessChanged


class SiteNotListed(NotFound):
    """The business has no such site."""


class SiteTwice(RuleBroken):
    """Each site is named once."""


class Business(Aggregate):
    """A clinic, a salon, a garage: one brand with its sites."""

    CATEGORY: ClassVar[str] = "business"

    profile: BusinessProfile | None = None

    def open(self, profile: BusinessProfile, *, at: datetime) -> None:
        """Opens it."""
        if not self.version:
            self.record(BusinessOpened, at=at, profile=profile)

    def change(self, profile: BusinessProfile, *, at: datetime) -> None:
        """Changes its name, brand or sites."""
        if len({site.id for site in profile.sites}) != len(profile.sites):
            raise SiteTwice(pointer="/sites")
        if profile != self.profile:
            self.record(BusinessChanged, at=at, profile=profile)

    def site(self, site_id: UUID) -> Site:
        """One of its sites. Refuses with NotFound."""
        assert self.profile is not None
        for site in self.profile.sites:
            if site.id == site_id:
                return site
        raise SiteNotListed(pointer="/site_id")

    def evolve(self, event: BusinessEvent) -> None:
        match event:
            case BusinessOpened() | BusinessChanged():
                self.profile = event.profile
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Its place among the businesses of the company."""
        if isinstance(event, BusinessOpened):
            return Claims(taken=(Claim(BUSINESSES, ALL, self.id, capacity=UNLIMITED, shape="amount"),))
        return NO_CLAIMS
