"""Whenever a trip is submitted or booked against the policy, what follows?"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History, is_old_news
from application.travel.violations import FlagViolation
from domain.kernel.event import DomainEvent
from domain.travel.trip import Trip
from domain.travel.trip_events import TripBooked, TripSubmitted
from domain.travel.verdict import Verdict


class PolicyEnforcement:
    """Flags every broken rule as a violation and asks for an alert when one is new or has other figures."""

    name: ClassVar[str] = "policy-enforcement"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (TripSubmitted, TripBooked)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: TripSubmitted | TripBooked, history: History) -> Iterable[Command | Effect]:
        """One command per broken rule, then the alert, unless the previous verdict said the same."""
        verdict = event.verdict
        if verdict is None:
            return
        for broken in verdict.violations:
            yield FlagViolation(
                trip_id=event.originator_id,
                traveller_id=event.traveller_id,
                broken=broken,
                policy_id=verdict.policy_id,
                policy_version=verdict.policy_version,
                stage="submitted" if isinstance(event, TripSubmitted) else "booked",
                alert=verdict.flagged,
                starts_on=event.journey.starts_on,
                allocation=event.allocation,
            )
        # Of history that is imported the violations are shown, and nobody is woken.
        if is_old_news(event) or not verdict.flagged:
            return
        if _says_more(verdict, _verdict_before(event, history)):
            yield Effect("violation_alert")


def _verdict_before(event: TripSubmitted | TripBooked, history: History) -> Verdict | None:
    # The trip as of the event has the event's own verdict already, and keeps the one before.
    trip = history.find(Trip, event.originator_id)
    return None if trip is None else trip.previous_verdict


def _says_more(verdict: Verdict, before: Verdict | None) -> bool:
    if before is None or not before.flagged or before.policy_version != verdict.policy_version:
        return True
    return not set(verdict.violations) <= set(before.violations)
