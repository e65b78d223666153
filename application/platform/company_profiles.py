"""How does a company describe itself?"""

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.money import Currency, Money
from domain.kernel.nace import Sector
from domain.platform.company_profile import CompanyProfile, HeadCount, company_profile_id


class ChangeCompanyProfile(Command):
    """Describe the company by JSON Merge Patch: absent stays, null is not said."""

    sector: Sector | None = None
    head_count: HeadCount | None = None
    annual_revenue: Money | None = None
    reporting_currency: Currency = "EUR"


def change_company_profile(command: ChangeCompanyProfile, context: Context) -> Saved:
    stated = {name: getattr(command, name) for name in command.model_fields_set}
    profile_id = company_profile_id(context.tenant_id)

    def decide() -> tuple[CompanyProfile, ...]:
        company = context.store.read(CompanyProfile, profile_id) or CompanyProfile.new(profile_id)
        company.change(company.profile.model_copy(update=stated), at=context.now)
        return (company,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {ChangeCompanyProfile: change_company_profile}
