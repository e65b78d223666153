"""What does a report know of its company, besides the lines of the ledger?"""

from application.kernel.context import Context
from domain.esg.carbon_targets import UNSTATED as NO_AMBITION
from domain.esg.carbon_targets import Ambition, CarbonTargets, carbon_targets_id
from domain.esg.esg_report import EsgReport
from domain.esg.report_composition import Frame, TargetSet
from domain.esg.report_content import Cover
from domain.platform.company_profile import UNSTATED, CompanyProfile, company_profile_id
from domain.platform.tenant import Tenant


def frame_of(report: EsgReport, context: Context, position: int) -> Frame:
    """The frame of a report at a position. Guarded: a profile changed meanwhile is read again."""
    read = context.store.read
    tenant = read(Tenant, context.tenant_id)
    company = read(CompanyProfile, company_profile_id(context.tenant_id))
    targets = read(CarbonTargets, carbon_targets_id(context.tenant_id))
    profile = company.profile if company else UNSTATED
    ambition = targets.ambition if targets else NO_AMBITION
    return Frame(
        cover=_cover(tenant),
        start=report.start,
        end=report.end,
        position=position,
        head_count=profile.head_count,
        annual_revenue=profile.annual_revenue,
        base_year=ambition.base_year,
        declared_base=_declared(ambition),
        targets=_targets(ambition),
        alternatives=context.ports.carbon_cuts.alternatives(
            start=report.start, end=report.end, position=position
        ),
    )


def _cover(tenant: Tenant | None) -> Cover:
    if tenant is None:
        return Cover(company_name="?")
    theme = tenant.theme
    return Cover(
        company_name=tenant.company_name,
        primary_colour=theme.primary_colour,
        secondary_colour=theme.secondary_colour,
        accent_colour=theme.accent_colour,
    )


def _declared(ambition: Ambition) -> tuple[tuple[str, int], ...]:
    base = ambition.declared_base
    if base is None:
        return ()
    stated = (base.scope_1_kg, base.scope_2_kg, base.scope_3_kg)
    return tuple((str(scope), int(kg * 1000)) for scope, kg in enumerate(stated, 1))


def _targets(ambition: Ambition) -> tuple[TargetSet, ...]:
    return tuple(
        TargetSet(
            target.name,
            ambition.base_year or 0,
            target.target_year,
            target.reduction_percent,
            frozenset(target.scopes),
        )
        for target in ambition.targets
    )
