"""What does this company say of itself?"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.nace import NaceRevision
from domain.platform.company_profile import CompanyProfileChanged
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Rows
from projections.kernel.sql import Sql


class CompanyProfileRow(Row):
    """What the company says of itself, in its own partition: at most one row."""

    TABLE: ClassVar[str] = "company_profile"
    KEY: ClassVar[tuple[str, ...]] = ("profile_id",)

    profile_id: UUID
    """The profile; a company has one."""
    nace_revision: NaceRevision | None
    """Which list the sector is from: 2 or 2.1; null is not said."""
    nace_section: str | None
    """Letter of the section the company works in; null is not said."""
    nace_division: str | None
    """Number of the division the company works in; null is not said."""
    head_count: int | None
    """How many people work there; null is not said."""
    annual_revenue_minor: int | None
    """Revenue of a year, in the smallest unit of its currency; null is not said."""
    annual_revenue_currency: str | None
    """ISO 4217 code of that currency."""
    reporting_currency: str
    """ISO 4217 code of the currency the company reports in."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    updated_at: datetime
    """When the latest fact happened (occurred_at of the event)."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class CompanyProfiles(Projector[CompanyProfileRow]):
    """The profile as it was last stated."""

    name: ClassVar[str] = "company-profiles"
    row: ClassVar[type[CompanyProfileRow]] = CompanyProfileRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (CompanyProfileChanged,)

    def project(self, event: CompanyProfileChanged, rows: Rows[CompanyProfileRow]) -> None:
        sector, revenue = event.profile.sector, event.profile.annual_revenue
        rows.put(
            CompanyProfileRow(
                profile_id=event.originator_id,
                nace_revision=sector.revision if sector else None,
                nace_section=sector.section if sector else None,
                nace_division=sector.division if sector else None,
                head_count=event.profile.head_count,
                annual_revenue_minor=revenue.amount_minor if revenue else None,
                annual_revenue_currency=revenue.currency if revenue else None,
                reporting_currency=event.profile.reporting_currency,
                version=event.originator_version,
                updated_at=event.occurred_at,
                position=event.position,
            )
        )


ONE_PROFILE = """
select profile_id, nace_revision, nace_section, nace_division, head_count, annual_revenue_minor,
       annual_revenue_currency, reporting_currency, version, updated_at, position
from read.company_profile
where tenant_id = %(tenant_id)s
"""


def find(sql: Sql) -> CompanyProfileRow | None:
    """The profile, or None while the company has said nothing."""
    row = sql.row(ONE_PROFILE)
    return None if row is None else CompanyProfileRow(**row)
