"""Whom may a company be compared with? Its sector and its size, as it states them itself."""

from datetime import datetime
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.money import Currency, Money
from domain.kernel.nace import Sector
from domain.kernel.value import Value

HeadCount = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class Profile(Value):
    """What the company says of itself; None is not said."""

    sector: Sector | None = None
    head_count: HeadCount | None = None
    annual_revenue: Money | None = None
    reporting_currency: Currency = "EUR"


UNSTATED = Profile()


class CompanyProfileChanged(DomainEvent):
    """The company described itself otherwise; the whole profile as it is from now on."""

    TOPIC: ClassVar[str] = "company-profile.changed.v1"

    profile: Profile


def company_profile_id(tenant_id: UUID) -> UUID:
    """The company's only profile."""
    return uuid5(tenant_id, "company-profile")


class CompanyProfile(Aggregate):
    """What reports and benchmarks need to know of a company."""

    CATEGORY: ClassVar[str] = "company-profile"

    profile: Profile = UNSTATED

    def change(self, profile: Profile, *, at: datetime) -> None:
        """Describes the company anew."""
        if not self.version or profile != self.profile:
            self.record(CompanyProfileChanged, at=at, profile=profile)

    def evolve(self, event: CompanyProfileChanged) -> None:
        match event:
            case CompanyProfileChanged():
                self.profile = event.profile
            case _:
                assert_never(event)
