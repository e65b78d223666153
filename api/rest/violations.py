"""Broken rules: who finds them, what came of each, and the alerts as they happen."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.travel.violations import AcknowledgeViolation, ExemptViolation
from domain.kernel.instants import Instant
from domain.kernel.text import Line
from domain.travel.rule import Outcome, Rule
from domain.travel.violation import Stage, Violation, ViolationStatus
from projections.travel import violations
from projections.travel.violations import ViolationRow

router = Shelf(prefix="/api/v1/enterprise/violations", tags=["violations"], route_class=StrictRoute)


class ViolationView(View):
    """One broken rule of one trip, under one version of the policy."""

    id: UUID
    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: str
    limit: str
    unit: str
    period: str | None
    policy_id: UUID
    policy_version: int
    scope: str | None = Field(description="whose budget was exceeded, where the rule is one of several")
    outcome: Outcome
    stage: Stage
    alert: bool
    status: ViolationStatus
    decided_by: UUID | None = Field(description="who acknowledged it or made the exception last")
    decided_at: datetime | None = Field(description="and when")
    starts_on: date | None = Field(description="first local day of the journey")
    department_id: UUID | None
    cost_centre_id: UUID | None
    group_id: UUID | None
    flagged_at: datetime

    @classmethod
    def of(cls, row: ViolationRow) -> Self:
        """The row as clients see it."""
        return cls(id=row.violation_id, **row.model_dump(exclude={"violation_id", "position"}))


class ViolationList(Listing[ViolationView]):
    """One page of violations."""


class Acknowledgement(View):
    """Someone has seen to it."""

    by: UUID
    at: datetime
    comment: str | None


class Exemption(View):
    """Someone answers for an exception; it holds for what was observed then."""

    by: UUID
    at: datetime
    observed: str
    reason: str | None


class ViolationDetail(Resource):
    """One violation as it stands, with the words of whoever decided on it."""

    id: UUID
    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: str
    limit: str
    unit: str
    period: str | None
    policy_id: UUID
    policy_version: int
    scope: str | None
    outcome: Outcome
    stage: Stage
    alert: bool
    status: ViolationStatus
    acknowledgement: Acknowledgement | None
    exemption: Exemption | None
    starts_on: date | None
    department_id: UUID | None
    cost_centre_id: UUID | None
    group_id: UUID | None
    flagged_at: datetime

    @classmethod
    def of(cls, violation: Violation, position: int | None = None) -> Self:
        """The violation as it stands; the words come from its stream, so that erasing reaches them."""
        return cls(
            version=violation.version,
            position=position,
            acknowledgement=_acknowledgement_of(violation),
            exemption=_exemption_of(violation),
            **violation.allocation.model_dump(),
            **{name: getattr(violation, name) for name in _SAME},
        )


_SAME = set(ViolationDetail.model_fields) & {"id", *Violation.model_fields} - {"version"}


def _acknowledgement_of(violation: Violation) -> Acknowledgement | None:
    if violation.acknowledged_by is None or violation.acknowledged_at is None:
        return None
    return Acknowledgement(
        by=violation.acknowledged_by, at=violation.acknowledged_at, comment=violation.comment
    )


def _exemption_of(violation: Violation) -> Exemption | None:
    if violation.exempted_by is None or violation.exempted_at is None:
        return None
    return Exemption(
        by=violation.exempted_by,
        at=violation.exempted_at,
        observed=violation.exempted_observed or "",
        reason=violation.reason,
    )


class Comment(Command):
    """What whoever has seen to it wants to say."""

    comment: Line


class ExemptionReason(Command):
    """Why an exception is made."""

    reason: Line


@router.get(
    "",
    operation_id="list_violations",
    summary="List violations",
    dependencies=[caught_up("violations", fed_by="policy-enforcement")],
)
def list_violations(
    session: SessionDep,
    rule: Rule | None = None,
    outcome: Outcome | None = None,
    status: ViolationStatus | None = None,
    trip_id: UUID | None = None,
    traveller_id: UUID | None = None,
    department_id: UUID | None = None,
    cost_centre_id: UUID | None = None,
    policy_version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    flagged_from: Instant | None = None,
    flagged_until: Instant | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ViolationList:
    """Broken rules, the latest recorded first. Travellers see their own."""
    if traveller_id is not None and session.own_id is not None:
        session.only(traveller_id)
    filters = {
        "rule": rule,
        "outcome": outcome,
        "status": status,
        "trip_id": trip_id,
        "traveller_id": traveller_id or session.own_id,
        "department_id": department_id,
        "cost_centre_id": cost_centre_id,
        "policy_version": policy_version,
        "flagged_from": flagged_from,
        "flagged_until": flagged_until,
    }
    page = session.page(violations.page, ViolationView.of, limit=limit, cursor=cursor, filters=filters)
    return ViolationList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/{violation_id}", operation_id="get_violation", summary="Get a violation", dependencies=[AtLeast]
)
def get_violation(violation_id: UUID, session: SessionDep) -> ViolationDetail:
    """One violation as it stands, with who acknowledged or exempted it, when and in which words."""
    violation = session.stream(Violation, violation_id)
    session.only(violation.traveller_id)
    return session.show(ViolationDetail.of(violation))


@router.post(
    "/{violation_id}/acknowledge", operation_id="acknowledge_violation", summary="Acknowledge a violation"
)
def acknowledge_violation(violation_id: UUID, body: Comment, session: SessionDep) -> ViolationDetail:
    """Says that someone has seen to it, with a comment."""
    command = AcknowledgeViolation(violation_id=violation_id, comment=body.comment)
    violation, answer = session.change(command, Violation, violation_id)
    return ViolationDetail.of(violation, answer.saved.position)


@router.post("/{violation_id}/exempt", operation_id="exempt_violation", summary="Exempt a violation")
def exempt_violation(violation_id: UUID, body: ExemptionReason, session: SessionDep) -> ViolationDetail:
    """Makes an exception for what was observed, with a reason. Nobody exempts a trip of their own."""
    command = ExemptViolation(violation_id=violation_id, reason=body.reason)
    violation, answer = session.change(command, Violation, violation_id)
    return ViolationDetail.of(violation, answer.saved.position)
