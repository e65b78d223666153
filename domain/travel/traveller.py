"""Where in the company does a traveller belong, and who agrees to their journeys?"""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.refusals import RuleBroken
from domain.kernel.value import Value
from domain.travel.allocation import Allocation


class Delegation(Value):
    """Someone decides in another's place, from one instant until another."""

    delegate_id: UUID
    starts_at: Instant
    ends_at: Instant

    def covers(self, at: datetime) -> bool:
        """Does the delegate decide at that instant? The end is not included."""
        return self.starts_at <= at < self.ends_at


class TravellerAssigned(DomainEvent):
    """A member belongs to these units and travels with this approver's consent; the whole of it."""

    TOPIC: ClassVar[str] = "traveller.assigned.v1"

    member_id: UUID
    allocation: Allocation
    approver_id: UUID | None


class ApprovalDelegated(DomainEvent):
    """A member asked another to decide in their place for a while."""

    TOPIC: ClassVar[str] = "traveller.approval-delegated.v1"

    member_id: UUID
    delegation: Delegation


class DelegationEnded(DomainEvent):
    """A member decides themselves again."""

    TOPIC: ClassVar[str] = "traveller.delegation-ended.v1"

    member_id: UUID


TravellerEvent = TravellerAssigned | ApprovalDelegated | DelegationEnded


class CannotApproveThemselves(RuleBroken):
    """Nobody is their own approver or delegate."""


def traveller_profile_id(tenant_id: UUID, member_id: UUID) -> UUID:
    """The travel profile of one member."""
    return uuid5(tenant_id, f"traveller:{member_id}")


class TravellerProfile(Aggregate):
    """What travel needs to know of a member: their units, their approver, their delegate."""

    CATEGORY: ClassVar[str] = "traveller"

    member_id: UUID | None = None
    allocation: Allocation = Allocation()
    approver_id: UUID | None = None
    delegation: Delegation | None = None

    def assign(
        self, *, member_id: UUID, allocation: Allocation, approver_id: UUID | None, at: datetime
    ) -> None:
        """Puts the member into units and under an approver."""
        if approver_id == member_id:
            raise CannotApproveThemselves
        if (self.member_id, self.allocation, self.approver_id) != (member_id, allocation, approver_id):
            self.record(
                TravellerAssigned,
                at=at,
                member_id=member_id,
                allocation=allocation,
                approver_id=approver_id,
            )

    def delegate(self, delegation: Delegation, *, member_id: UUID, at: datetime) -> None:
        """Lets someone decide in the member's place for a while."""
        if delegation.delegate_id == member_id:
            raise CannotApproveThemselves
        if self.delegation != delegation:
            self.record(ApprovalDelegated, at=at, member_id=member_id, delegation=delegation)

    def end_delegation(self, *, at: datetime) -> None:
        """Gives the decision back to the member."""
        if self.delegation is not None:
            self.record(DelegationEnded, at=at, member_id=self.member_id)

    def delegate_at(self, at: datetime) -> UUID | None:
        """Who decides in the member's place at that instant, if anyone."""
        return self.delegation.delegate_id if self.delegation and self.delegation.covers(at) else None

    def evolve(self, event: TravellerEvent) -> None:
        match event:
            case TravellerAssigned():
                self.member_id = event.member_id
                self.allocation = event.allocation
                self.approver_id = event.approver_id
            case ApprovalDelegated():
                self.member_id = event.member_id
                self.delegation = event.delegation
            case DelegationEnded():
                self.delegation = None
            case _:
                assert_never(event)
