"""Which broken rule of which trip was brought to the company's attention, and what came of it?"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.personal import Personal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Line
from domain.travel.allocation import Allocation
from domain.travel.rule import Outcome, Rule
from domain.travel.verdict import BrokenRule, Measure

Stage = Literal["submitted", "booked"]
TravellersWords = Annotated[Line, Personal(subject="traveller_id")]


class ViolationStatus(StrEnum):
    """What the company made of it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXEMPTED = "exempted"


def _warned(payload: Payload) -> Payload:
    """Before outcomes could be chosen, every violation was a warning on nobody's account."""
    return payload | {
        "scope": None,
        "outcome": "warn",
        "starts_on": None,
        "allocation": {"department_id": None, "cost_centre_id": None, "group_id": None},
    }


class ViolationFlagged(DomainEvent):
    """A trip was found to break a rule. `alert` says whether the company wants to be told."""

    TOPIC: ClassVar[str] = "violation.flagged.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"violation.flagged.v1": _warned}

    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None
    scope: Code | None
    outcome: Outcome
    policy_id: UUID
    policy_version: int
    stage: Stage
    alert: bool
    starts_on: date | None
    allocation: Allocation


class ViolationRevised(DomainEvent):
    """The same rule was found broken again, by other figures or at a later stage; all of it as it is now."""

    TOPIC: ClassVar[str] = "violation.revised.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"violation.revised.v1": _warned}

    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None
    scope: Code | None
    outcome: Outcome
    stage: Stage
    alert: bool
    starts_on: date | None
    allocation: Allocation


class ViolationAcknowledged(DomainEvent):
    """Someone looked at it and said so."""

    TOPIC: ClassVar[str] = "violation.acknowledged.v1"

    trip_id: UUID
    traveller_id: UUID
    acknowledged_by: UUID
    comment: TravellersWords


class ViolationExempted(DomainEvent):
    """Someone answers for an exception: what was observed may be booked under this version of the policy."""

    TOPIC: ClassVar[str] = "violation.exempted.v1"

    trip_id: UUID
    traveller_id: UUID
    exempted_by: UUID
    observed: Measure
    reason: TravellersWords


ViolationEvent = ViolationFlagged | ViolationRevised | ViolationAcknowledged | ViolationExempted


class CannotExemptOneself(RuleBroken):
    """Travellers cannot make exceptions for their own trips."""


class ViolationIsExempted(RuleBroken):
    """An exception was made for this violation already."""


def violation_id(trip_id: UUID, *, policy_version: int, subject: str) -> UUID:
    """The same finding always has the same id, so that repeating it is calm.

    `subject` is that of the broken rule: its name, and whose budget it was.
    """
    return uuid5(trip_id, f"{policy_version}:{subject}")


class Violation(Aggregate):
    """One broken rule of one trip under one version of the policy."""

    CATEGORY: ClassVar[str] = "violation"
    SNAPSHOT_VERSION: ClassVar[int] = 3

    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None
    scope: Code | None
    outcome: Outcome
    policy_id: UUID
    policy_version: int
    stage: Stage
    alert: bool
    starts_on: date | None
    allocation: Allocation
    flagged_at: datetime
    status: ViolationStatus = ViolationStatus.OPEN
    acknowledged_by: UUID | None = None
    acknowledged_at: datetime | None = None
    comment: Annotated[Line | None, Personal(subject="traveller_id")] = None
    exempted_by: UUID | None = None
    exempted_at: datetime | None = None
    exempted_observed: Measure | None = None
    reason: Annotated[Line | None, Personal(subject="traveller_id")] = None

    def flag(
        self,
        broken: BrokenRule,
        *,
        trip_id: UUID,
        traveller_id: UUID,
        policy_id: UUID,
        policy_version: int,
        stage: Stage,
        alert: bool,
        starts_on: date,
        allocation: Allocation,
        at: datetime,
    ) -> None:
        """Records the finding, then whatever changes about it; what is known already is calm."""
        facts = {
            "trip_id": trip_id,
            "traveller_id": traveller_id,
            **{name: value for name, value in broken if name != "is_exempted"},
            "stage": stage,
            "alert": alert,
            "starts_on": starts_on,
            "allocation": allocation,
        }
        if not self.version:
            self.record(ViolationFlagged, at=at, policy_id=policy_id, policy_version=policy_version, **facts)
        elif any(getattr(self, name) != value for name, value in facts.items()):
            self.record(ViolationRevised, at=at, **facts)

    def acknowledge(self, *, by: UUID, comment: str, at: datetime) -> None:
        """Says that someone has seen to it."""
        if self.status is ViolationStatus.EXEMPTED:
            raise ViolationIsExempted
        if self.status is ViolationStatus.OPEN:
            self.record(
                ViolationAcknowledged,
                at=at,
                trip_id=self.trip_id,
                traveller_id=self.traveller_id,
                acknowledged_by=by,
                comment=comment,
            )

    def exempt(self, *, by: UUID, reason: str, at: datetime) -> None:
        """Makes an exception for what was observed, on someone's own account."""
        if by == self.traveller_id:
            raise CannotExemptOneself
        if self.exempted_observed != self.observed:
            self.record(
                ViolationExempted,
                at=at,
                trip_id=self.trip_id,
                traveller_id=self.traveller_id,
                exempted_by=by,
                observed=self.observed,
                reason=reason,
            )

    def evolve(self, event: ViolationEvent) -> None:
        match event:
            case ViolationFlagged():
                self.flagged_at = event.occurred_at
                self.trip_id = event.trip_id
                self.traveller_id = event.traveller_id
                self.rule = event.rule
                self.scope = event.scope
                self.policy_id = event.policy_id
                self.policy_version = event.policy_version
                self._see(event)
            case ViolationRevised():
                self._see(event)
            case ViolationAcknowledged():
                self.status = ViolationStatus.ACKNOWLEDGED
                self.acknowledged_by = event.acknowledged_by
                self.acknowledged_at = event.occurred_at
                self.comment = event.comment
            case ViolationExempted():
                self.status = ViolationStatus.EXEMPTED
                self.exempted_by = event.exempted_by
                self.exempted_at = event.occurred_at
                self.exempted_observed = event.observed
                self.reason = event.reason
            case _:
                assert_never(event)

    def _see(self, event: ViolationFlagged | ViolationRevised) -> None:
        self.observed = event.observed
        self.limit = event.limit
        self.unit = event.unit
        self.period = event.period
        self.outcome = event.outcome
        self.stage = event.stage
        self.alert = event.alert
        self.starts_on = event.starts_on
        self.allocation = event.allocation
        if self.exempted_observed is not None and self.exempted_observed != event.observed:
            # What was excepted is no longer what is seen: it is a violation like any other again.
            self.status = ViolationStatus.OPEN
