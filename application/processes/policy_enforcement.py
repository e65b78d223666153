"""Whenever a trip is submitted or booked against the policy, what follows?"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History
from application.travel.violations import FlagViolation
from domain.kernel.event import DomainEvent
from domain.travel.trip import TripBooked, TripSubmitted


class PolicyEnforcement:
    """Flags every broken rule as a violation and asks once for an alert, where alerts are wanted."""

    name: ClassVar[str] = "policy-enforcement"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (TripSubmitted, TripBooked)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: TripSubmitted | TripBooked, history: History) -> Iterable[Command | Effect]:
        """One command per broken rule, then the alert."""
        verdict = event.verdict
        if verdict is None:
            return
        for broken in verdict.broken:
            yield FlagViolation(
                trip_id=event.originator_id,
                traveller_id=event.traveller_id,
                broken=broken,
                policy_id=verdict.policy_id,
                policy_version=verdict.policy_version,
                stage="submitted" if isinstance(event, TripSubmitted) else "booked",
                alert=verdict.flagged,
            )
        if verdict.flagged:
            yield Effect("violation_alert")
