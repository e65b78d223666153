"""Which broken rule of which trip was brought to the company's attention?"""

from datetime import datetime
from typing import ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.text import Code
from domain.travel.verdict import BrokenRule, Measure, Rule

Stage = Literal["submitted", "booked"]


class ViolationFlagged(DomainEvent):
    """A trip was found to break a rule. `alert` says whether the company wants to be told."""

    TOPIC: ClassVar[str] = "violation.flagged.v1"

    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None
    policy_id: UUID
    policy_version: int
    stage: Stage
    alert: bool


class ViolationRevised(DomainEvent):
    """The same rule was found broken again, by other figures or at a later stage; all of it as it is now."""

    TOPIC: ClassVar[str] = "violation.revised.v1"

    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None
    stage: Stage
    alert: bool


ViolationEvent = ViolationFlagged | ViolationRevised


def violation_id(trip_id: UUID, *, policy_version: int, rule: Rule) -> UUID:
    """The same finding always has the same id, so that repeating it is calm."""
    return uuid5(trip_id, f"{policy_version}:{rule}")


class Violation(Aggregate):
    """One broken rule of one trip under one version of the policy."""

    CATEGORY: ClassVar[str] = "violation"

    trip_id: UUID
    traveller_id: UUID
    rule: Rule
    observed: Measure
    limit: Measure
    unit: Code
    period: Code | None
    policy_id: UUID
    policy_version: int
    stage: Stage
    alert: bool

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
        at: datetime,
    ) -> None:
        """Records the finding, then whatever changes about it; what is known already is calm."""
        facts = {
            "trip_id": trip_id,
            "traveller_id": traveller_id,
            **broken.model_dump(),
            "stage": stage,
            "alert": alert,
        }
        if not self.version:
            self.record(ViolationFlagged, at=at, policy_id=policy_id, policy_version=policy_version, **facts)
        elif facts != self.model_dump(include=set(facts)):
            self.record(ViolationRevised, at=at, **facts)

    def evolve(self, event: ViolationEvent) -> None:
        match event:
            case ViolationFlagged():
                self.trip_id = event.trip_id
                self.traveller_id = event.traveller_id
                self.rule = event.rule
                self.observed = event.observed
                self.limit = event.limit
                self.unit = event.unit
                self.period = event.period
                self.policy_id = event.policy_id
                self.policy_version = event.policy_version
                self.stage = event.stage
                self.alert = event.alert
            case ViolationRevised():
                self.observed = event.observed
                self.limit = event.limit
                self.unit = event.unit
                self.period = event.period
                self.stage = event.stage
                self.alert = event.alert
            case _:
                assert_never(event)
