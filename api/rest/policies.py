"""Travel policies: the rules of a company and of its groups of travellers, version after version."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.ports.store import AsOf
from application.travel.policies import SetPolicy
from domain.kernel.instants import Instant
from domain.kernel.refusals import NotFound
from domain.travel.itinerary import Cabin
from domain.travel.policy import BudgetScope, Outcomes, Policy, policy_id_of
from projections.travel import policies
from projections.travel.policies import PolicyRow

router = Shelf(prefix="/api/v1/enterprise/policies", tags=["policies"], route_class=StrictRoute)
GroupId = Annotated[
    UUID | None, Query(description="the group of travellers it is for; everyone without one if left out")
]


class PolicyView(Resource):
    """A company's travel policy. A limit of null does not limit."""

    id: UUID
    policy_version: int = Field(description="the version that verdicts name")
    name: str
    max_flight_class: Cabin | None
    max_hotel_stars: int | None
    max_daily_budget_eur: Decimal | None
    advance_booking_days: int | None
    carbon_budget_kg_year: Decimal | None
    requires_approval_above: Decimal | None
    auto_flag_violations: bool
    is_active: bool
    outcomes: Outcomes = Field(description="what each broken rule leads to")
    carbon_budget_scope: BudgetScope = Field(description="whose emissions of a year the carbon budget limits")
    approval_levels: int = Field(description="how many approvers have to agree, one after the other")
    approval_deadline_hours: int | None = Field(description="hours each approver has; null is no limit")
    group_id: UUID | None = Field(description="the group of travellers it is for; null is everyone else")

    @classmethod
    def of(cls, policy: Policy, position: int | None = None) -> Self:
        """The policy with its amounts in euros, as they were sent."""
        if policy.rules is None:
            raise NotFound
        rules = policy.rules
        return cls(
            id=policy.id,
            version=policy.version,
            position=position,
            policy_version=policy.policy_version,
            group_id=policy.group_id,
            max_daily_budget_eur=_euros(rules.max_daily_budget_eur_cents),
            requires_approval_above=_euros(rules.requires_approval_above_eur_cents),
            **rules.model_dump(exclude={"max_daily_budget_eur_cents", "requires_approval_above_eur_cents"}),
        )


class PolicyVersion(PolicyView):
    """One version of a policy, in force from `adopted_at` until `replaced_at` if it is active."""

    adopted_at: datetime
    replaced_at: datetime | None = Field(description="when the next version came; null is the newest one")

    @classmethod
    def of_row(cls, row: PolicyRow) -> Self:
        """The version in a list."""
        return cls(
            id=row.policy_id,
            max_daily_budget_eur=_euros(row.max_daily_budget_eur_cents),
            requires_approval_above=_euros(row.requires_approval_above_eur_cents),
            **row.model_dump(exclude=NOT_SHOWN),
        )


NOT_SHOWN = {
    "policy_id",
    "max_daily_budget_eur_cents",
    "requires_approval_above_eur_cents",
    "created_at",
    "position",
}


class PolicyVersions(Listing[PolicyVersion]):
    """One page of versions."""


@router.post("", operation_id="set_policy", status_code=201, summary="Set the travel policy")
def set_policy(body: SetPolicy, session: SessionDep) -> PolicyView:
    """Puts a whole set of rules in force, as the next version, for everyone or for one group of travellers.
    Past verdicts stand."""
    policy, answer, _ = session.create(body, Policy, location="/api/v1/enterprise/policies")
    return PolicyView.of(policy, answer.saved.position)


@router.get("", operation_id="get_policy", summary="Get the policy in force", dependencies=[AtLeast])
def get_policy(
    session: SessionDep,
    group_id: GroupId = None,
    at: Annotated[Instant | None, Query(description="as it was then; now if left out")] = None,
) -> PolicyView:
    """The rules journeys are judged by. 404 while there are none; a group without active rules of its own is
    judged by everyone's."""
    policy_id = policy_id_of(session.tenant_id, group_id)
    if at is None:
        return session.show(PolicyView.of(session.stream(Policy, policy_id)))
    streams = session.house.streams(session.tenant_id)
    return session.show(PolicyView.of(streams.as_of(Policy, policy_id, AsOf(occurred_at=at))))


@router.get(
    "/versions",
    operation_id="list_policy_versions",
    summary="List the versions of a policy",
    dependencies=[caught_up("policies")],
)
def list_policy_versions(
    session: SessionDep, group_id: GroupId = None, limit: Limit = 50, cursor: CursorText = None
) -> PolicyVersions:
    """Every version of the company's policy, or of one group's, the newest first."""
    page = session.page(
        policies.page, PolicyVersion.of_row, limit=limit, cursor=cursor, filters={"group_id": group_id}
    )
    return PolicyVersions(data=page.data, next_cursor=page.next_cursor)


def _euros(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)
