"""Which rules of its travel policy were broken, by which trips?"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound
from domain.travel.rule import Outcome, Rule
from domain.travel.violation import (
    Stage,
    ViolationAcknowledged,
    ViolationEvent,
    ViolationExempted,
    ViolationFlagged,
    ViolationRevised,
    ViolationStatus,
)
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class ViolationRow(Row):
    """One broken rule of one trip: what was observed, what is allowed, under which policy version."""

    TABLE: ClassVar[str] = "violation"
    KEY: ClassVar[tuple[str, ...]] = ("violation_id",)

    violation_id: UUID
    """The finding; the same trip, rule and policy version always have the same."""
    trip_id: UUID
    """The trip that breaks the rule."""
    traveller_id: UUID
    """The member who travels."""
    rule: Rule
    """The broken rule, named as the policy's field."""
    observed: str
    """What the trip shows, in the unit given."""
    limit: str
    """What the policy allows, in the unit given."""
    unit: str
    """Unit of observed and limit: cabin, stars, EUR, days or kg."""
    period: str | None
    """The worst day or year, for rules that have one."""
    policy_id: UUID
    """The policy that was in force."""
    policy_version: int
    """Its version at the time."""
    stage: Stage
    """What the traveller was doing: submitted or booked."""
    alert: bool
    """Whether the company wanted to be told."""
    flagged_at: datetime
    """When it was found (occurred_at of the event)."""
    position: int
    """Place of the finding in the tenant's log; the order of lists, newest first."""
    scope: str | None
    """Whose budget was exceeded, where the rule is one of several."""
    outcome: Outcome
    """What the policy makes of it: warn, require_approval or block."""
    starts_on: date | None
    """First local day of the journey; null where it was flagged before that was kept."""
    department_id: UUID | None
    """The department on whose account the trip is."""
    cost_centre_id: UUID | None
    """The cost centre that pays."""
    group_id: UUID | None
    """The group of travellers whose policy was broken."""
    status: ViolationStatus
    """Open, acknowledged or exempted."""
    decided_by: UUID | None
    """The member who acknowledged it or made the exception."""
    decided_at: datetime | None
    """When it was acknowledged or exempted (occurred_at of the event)."""


class Violations(Projector[ViolationRow]):
    """One row per finding, as it was last seen; its place in the list stays where it was first found."""

    name: ClassVar[str] = "violations"
    row: ClassVar[type[ViolationRow]] = ViolationRow
    version: ClassVar[int] = 3
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        ViolationFlagged,
        ViolationRevised,
        ViolationAcknowledged,
        ViolationExempted,
    )

    def project(self, event: ViolationEvent, rows: Rows[ViolationRow]) -> None:
        match event:
            case ViolationFlagged():
                rows.put(_flagged(event))
            case ViolationRevised():
                _revise(event, rows)
            case ViolationAcknowledged():
                _decide(event, ViolationStatus.ACKNOWLEDGED, event.acknowledged_by, rows)
            case ViolationExempted():
                _decide(event, ViolationStatus.EXEMPTED, event.exempted_by, rows)
            case _:
                assert_never(event)


def _decide(event: DomainEvent, status: ViolationStatus, by: UUID, rows: Rows[ViolationRow]) -> None:
    rows.change(event.originator_id, status=status, decided_by=by, decided_at=event.occurred_at)


def _revise(event: ViolationRevised, rows: Rows[ViolationRow]) -> None:
    row = rows[(event.originator_id,)]
    seen = event.model_dump(
        include={"observed", "limit", "unit", "period", "outcome", "stage", "alert", "starts_on"}
    )
    if row.status is ViolationStatus.EXEMPTED and row.observed != event.observed:
        seen["status"] = ViolationStatus.OPEN
    rows.put(row.model_copy(update=seen | event.allocation.model_dump()))


def _flagged(event: ViolationFlagged) -> ViolationRow:
    return ViolationRow(
        violation_id=event.originator_id,
        trip_id=event.trip_id,
        traveller_id=event.traveller_id,
        rule=event.rule,
        observed=event.observed,
        limit=event.limit,
        unit=event.unit,
        period=event.period,
        scope=event.scope,
        outcome=event.outcome,
        policy_id=event.policy_id,
        policy_version=event.policy_version,
        stage=event.stage,
        alert=event.alert,
        starts_on=event.starts_on,
        **event.allocation.model_dump(),
        status=ViolationStatus.OPEN,
        decided_by=None,
        decided_at=None,
        flagged_at=event.occurred_at,
        position=event.position,
    )


SELECT_VIOLATIONS = """
select violation_id, trip_id, traveller_id, rule, observed, "limit", unit, period, scope, outcome, policy_id,
       policy_version, stage, alert, starts_on, department_id, cost_centre_id, group_id, status, decided_by,
       decided_at, flagged_at, position
from read.violation
where tenant_id = %(tenant_id)s
"""
ONE_VIOLATION = "and violation_id = %(violation_id)s"
OF_TRIPS = "and trip_id = any(%(trip_ids)s) "
FILTERS = {
    "rule": "and rule = %(rule)s",
    "outcome": "and outcome = %(outcome)s",
    "status": "and status = %(status)s",
    "trip_id": "and trip_id = %(trip_id)s",
    "traveller_id": "and traveller_id = %(traveller_id)s",
    "department_id": "and department_id = %(department_id)s",
    "cost_centre_id": "and cost_centre_id = %(cost_centre_id)s",
    "policy_version": "and policy_version = %(policy_version)s",
    "flagged_from": "and flagged_at >= %(flagged_from)s",
    "flagged_until": "and flagged_at < %(flagged_until)s",
    "after": "and position < %(after)s",
}
NEWEST_FIRST = "order by position desc limit %(limit)s"


def find(sql: Sql, violation_id: UUID) -> ViolationRow | None:
    """The violation, or None."""
    row = sql.row(SELECT_VIOLATIONS + ONE_VIOLATION, violation_id=violation_id)
    return None if row is None else ViolationRow(**row)


def get(sql: Sql, violation_id: UUID) -> ViolationRow:
    """The violation. Refuses with NotFound."""
    violation = find(sql, violation_id)
    if violation is None:
        raise NotFound
    return violation


def of_trips(sql: Sql, trip_ids: Sequence[UUID]) -> list[ViolationRow]:
    """The violations of these trips, the latest recorded first; a hundred of each trip at most."""
    rows = sql.rows(
        SELECT_VIOLATIONS + OF_TRIPS + NEWEST_FIRST, trip_ids=list(trip_ids), limit=LIMIT * len(trip_ids)
    )
    return [ViolationRow(**row) for row in rows]


def page(
    sql: Sql,
    *,
    rule: Rule | None = None,
    outcome: Outcome | None = None,
    status: ViolationStatus | None = None,
    trip_id: UUID | None = None,
    traveller_id: UUID | None = None,
    department_id: UUID | None = None,
    cost_centre_id: UUID | None = None,
    policy_version: int | None = None,
    flagged_from: datetime | None = None,
    flagged_until: datetime | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[ViolationRow]:
    """Violations, the latest recorded first; `flagged_from <= flagged_at < flagged_until`."""
    limit = min(limit, LIMIT)
    asked = {
        "rule": rule,
        "outcome": outcome,
        "status": status,
        "trip_id": trip_id,
        "traveller_id": traveller_id,
        "department_id": department_id,
        "cost_centre_id": cost_centre_id,
        "policy_version": policy_version,
        "flagged_from": flagged_from,
        "flagged_until": flagged_until,
        "after": after[0] if after else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_VIOLATIONS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [ViolationRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "position")
