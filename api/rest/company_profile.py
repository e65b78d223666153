"""What a company says of itself, for reports and benchmarks."""

from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Resource
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.platform.company_profiles import ChangeCompanyProfile
from domain.kernel.money import Money
from domain.kernel.nace import NaceRevision, Sector
from domain.platform.company_profile import CompanyProfile, company_profile_id

router = Shelf(prefix="/api/v1/enterprise", tags=["tenants"], route_class=StrictRoute)


class SectorView(Sector):
    """A division of NACE and its section."""

    revision: NaceRevision
    section_letter: str = Field(description="the section the division belongs to")


class CompanyProfileView(Resource):
    """What the company says of itself; null is not said."""

    tenant_id: UUID
    sector: SectorView | None
    head_count: int | None
    annual_revenue: Money | None
    reporting_currency: str

    @classmethod
    def of(cls, tenant_id: UUID, company: CompanyProfile, position: int | None = None) -> Self:
        """The profile as it stands."""
        profile, sector = company.profile, company.profile.sector
        return cls(
            version=company.version,
            position=position,
            tenant_id=tenant_id,
            sector=SectorView(**sector.model_dump(), section_letter=sector.section) if sector else None,
            head_count=profile.head_count,
            annual_revenue=profile.annual_revenue,
            reporting_currency=profile.reporting_currency,
        )


@router.get(
    "/tenants/{tenant_id}/profile",
    operation_id="get_company_profile",
    summary="Get the company's profile",
    dependencies=[AtLeast],
)
def get_company_profile(tenant_id: UUID, session: SessionDep) -> CompanyProfileView:
    """Sector, head count, revenue and reporting currency; version 0 until the company has said anything."""
    session.only_tenant(tenant_id)
    profile_id = company_profile_id(tenant_id)
    known = session.house.streams(tenant_id).find(CompanyProfile, profile_id)
    return session.show(CompanyProfileView.of(tenant_id, known or CompanyProfile.new(profile_id)))


@router.patch(
    "/tenants/{tenant_id}/profile",
    operation_id="change_company_profile",
    summary="Describe the company",
)
def change_company_profile(
    tenant_id: UUID, body: ChangeCompanyProfile, session: SessionDep
) -> CompanyProfileView:
    """Applies a JSON Merge Patch (RFC 7396): absent fields stay, null is no longer said."""
    session.only_tenant(tenant_id)
    company, answer = session.change(body, CompanyProfile, company_profile_id(tenant_id))
    return CompanyProfileView.of(tenant_id, company, answer.saved.position)
