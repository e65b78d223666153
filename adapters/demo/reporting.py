"""Which report of its emissions has a demo company published? Of the last whole months of its history."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from adapters.demo.companies import OpenCompany, Provisioner
from adapters.demo.emissions import months_of
from application.esg.esg_reports import (
    ApproveEsgReport,
    DraftEsgReport,
    PublishEsgReport,
    ReviewEsgReport,
    SetCarbonTargets,
)
from application.kernel.command import Command
from application.kernel.context import Actor
from application.platform.company_profiles import ChangeCompanyProfile
from domain.esg.carbon_targets import CarbonTarget, DeclaredBase
from domain.kernel.money import Money

# What the company says of itself, and of the year before its ledger begins.
PROFILE = ChangeCompanyProfile(head_count=31, annual_revenue=Money(amount_minor=460_000_000, currency="EUR"))
BASE = DeclaredBase(scope_1_kg=Decimal(19_000), scope_2_kg=Decimal(14_500), scope_3_kg=Decimal(740_000))
TARGET_AFTER_YEARS, REDUCTION_PERCENT = 7, Decimal(42)


@dataclass(frozen=True)
class Clerk:
    """Gives one person's orders as a client would; a second time they are known."""

    provisioner: Provisioner
    company: OpenCompany
    member_id: UUID
    role: str

    def order(self, name: str, command: Command) -> UUID:
        """Which stream it changed."""
        answer = self.provisioner.run(
            self.company.tenant_id,
            f"report {name}",
            command,
            actor=Actor(self.member_id, "member"),
            source="client",
            roles=frozenset({self.role}),
        )
        return answer.saved.stream_id


def publish_report(provisioner: Provisioner, company: OpenCompany, today: date) -> UUID:
    """Drafted and reviewed by the finance department, approved and published by the owner."""
    finance = Clerk(provisioner, company, company.finance_id, "finance")
    owner = Clerk(provisioner, company, company.owner_id, "owner")
    months = list(months_of(today))
    start, end = months[0][0], months[-1][1]
    owner.order("profile", PROFILE)
    owner.order("targets", _targets(start.year - 2))
    report_id = finance.order("draft", DraftEsgReport(start=start, end=end))
    finance.order("review", ReviewEsgReport(report_id=report_id))
    owner.order("approve", ApproveEsgReport(report_id=report_id))
    owner.order("publish", PublishEsgReport(report_id=report_id))
    return report_id


def _targets(base_year: int) -> SetCarbonTargets:
    target = CarbonTarget(
        name="Trajectoire 1,5 °C",
        target_year=base_year + TARGET_AFTER_YEARS,
        reduction_percent=REDUCTION_PERCENT,
    )
    return SetCarbonTargets(base_year=base_year, declared_base=BASE, targets=(target,))
