"""Which travel policy is in force, and which were in force before?"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.travel.policy import BudgetScope, Outcomes, PolicyAdopted, PolicyEvent, PolicyRevised
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class PolicyRow(Row):
    """One version of the policy, in force from `adopted_at` until `replaced_at`, if it is active."""

    TABLE: ClassVar[str] = "policy_version"
    KEY: ClassVar[tuple[str, ...]] = ("policy_id", "policy_version")

    policy_id: UUID
    """The policy."""
    policy_version: int
    """Number of the version, 1 for the first; verdicts name it for ever after."""
    name: str
    """Name of the policy."""
    max_flight_class: Literal["economy", "premium_economy", "business", "first"] | None
    """Best cabin allowed: economy, premium_economy, business or first; null does not limit."""
    max_hotel_stars: int | None
    """Most hotel stars allowed; null does not limit."""
    max_daily_budget_eur_cents: int | None
    """Most a traveller may spend on one local day, in euro cents; null does not limit."""
    advance_booking_days: int | None
    """Fewest whole days between booking and departure; null does not limit."""
    carbon_budget_kg_year: Decimal | None
    """Most the company may emit in a calendar year, in kg CO2e; null does not limit."""
    requires_approval_above_eur_cents: int | None
    """A journey that costs more needs approval, in euro cents; null never does."""
    auto_flag_violations: bool
    """Whether broken rules raise an alert by themselves."""
    is_active: bool
    """Whether journeys are judged by this version."""
    created_at: datetime
    """When the first version was adopted."""
    adopted_at: datetime
    """When this version was adopted."""
    replaced_at: datetime | None
    """When the next version was adopted; null for the newest."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""
    group_id: UUID | None
    """The group of travellers the policy is for; null is everyone without a policy of their group."""
    outcomes: Outcomes
    """What each broken rule leads to: allow, warn, require_approval or block."""
    carbon_budget_scope: BudgetScope
    """Whose emissions of a year the carbon budget limits: tenant, department, cost_centre or traveller."""
    approval_levels: int
    """How many approvers have to agree, one after the other."""
    approval_deadline_hours: int | None
    """Hours each approver has; null is no limit."""


class Policies(Projector[PolicyRow]):
    """One row per version; a new one ends the one before."""

    name: ClassVar[str] = "policies"
    version: ClassVar[int] = 2
    row: ClassVar[type[PolicyRow]] = PolicyRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (PolicyAdopted, PolicyRevised)

    def keys(self, event: PolicyEvent) -> Iterable[Key]:
        policy_id, policy_version = event.originator_id, event.policy_version
        return ((policy_id, policy_version), (policy_id, policy_version - 1))

    def project(self, event: PolicyEvent, rows: Rows[PolicyRow]) -> None:
        match event:
            case PolicyAdopted():
                rows.put(_adopted(event, created_at=event.occurred_at))
            case PolicyRevised():
                before = rows[(event.originator_id, event.policy_version - 1)]
                rows.put(before.model_copy(update={"replaced_at": event.occurred_at}))
                rows.put(_adopted(event, created_at=before.created_at))
            case _:
                assert_never(event)


def _adopted(event: PolicyEvent, *, created_at: datetime) -> PolicyRow:
    rules = event.rules
    return PolicyRow(
        policy_id=event.originator_id,
        policy_version=event.policy_version,
        name=rules.name,
        max_flight_class=rules.max_flight_class.value if rules.max_flight_class else None,
        max_hotel_stars=rules.max_hotel_stars,
        max_daily_budget_eur_cents=rules.max_daily_budget_eur_cents,
        advance_booking_days=rules.advance_booking_days,
        carbon_budget_kg_year=rules.carbon_budget_kg_year,
        requires_approval_above_eur_cents=rules.requires_approval_above_eur_cents,
        auto_flag_violations=rules.auto_flag_violations,
        is_active=rules.is_active,
        created_at=created_at,
        adopted_at=event.occurred_at,
        replaced_at=None,
        version=event.originator_version,
        position=event.position,
        group_id=event.group_id,
        outcomes=rules.outcomes,
        carbon_budget_scope=rules.carbon_budget_scope,
        approval_levels=rules.approval_levels,
        approval_deadline_hours=rules.approval_deadline_hours,
    )


SELECT_POLICIES = """
select policy_id, policy_version, name, max_flight_class, max_hotel_stars, max_daily_budget_eur_cents,
       advance_booking_days, carbon_budget_kg_year, requires_approval_above_eur_cents, auto_flag_violations,
       is_active, created_at, adopted_at, replaced_at, version, position, group_id, outcomes, carbon_budget_scope,
       approval_levels, approval_deadline_hours
from read.policy_version
where tenant_id = %(tenant_id)s and group_id is not distinct from %(group_id)s
"""
AS_OF = "and adopted_at <= %(at)s and (replaced_at is null or replaced_at > %(at)s)"
ONE_VERSION = "and policy_version = %(policy_version)s"
AFTER = "and policy_version < %(after)s"
NEWEST_FIRST = "order by policy_version desc limit %(limit)s"


def latest(sql: Sql, *, group_id: UUID | None = None) -> PolicyRow | None:
    """The newest version, active or not; None when no policy was ever adopted."""
    row = sql.row(" ".join((SELECT_POLICIES, NEWEST_FIRST)), group_id=group_id, limit=1)
    return None if row is None else PolicyRow(**row)


def in_force(sql: Sql, *, group_id: UUID | None = None, at: datetime | None = None) -> PolicyRow | None:
    """The version journeys are judged by, now or at that instant; None while there is no active one."""
    if at is None:
        policy = latest(sql, group_id=group_id)
    else:
        row = sql.row(" ".join((SELECT_POLICIES, AS_OF, NEWEST_FIRST)), group_id=group_id, at=at, limit=1)
        policy = None if row is None else PolicyRow(**row)
    return policy if policy is not None and policy.is_active else None


def find(sql: Sql, policy_version: int, *, group_id: UUID | None = None) -> PolicyRow | None:
    """One version, or None."""
    row = sql.row(" ".join((SELECT_POLICIES, ONE_VERSION)), group_id=group_id, policy_version=policy_version)
    return None if row is None else PolicyRow(**row)


def page(
    sql: Sql, *, group_id: UUID | None = None, after: Key | None = None, limit: int = 50
) -> Page[PolicyRow]:
    """The versions, the newest first."""
    limit = min(limit, LIMIT)
    given = {"after": after[0]} if after else {}
    statement = " ".join((SELECT_POLICIES, AFTER if given else "", NEWEST_FIRST))
    rows = [PolicyRow(**row) for row in sql.rows(statement, group_id=group_id, **given, limit=limit + 1)]
    return page_of(rows, limit, "policy_version")
