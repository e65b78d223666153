"""Why may something not happen to a trip?"""

from collections.abc import Iterable
from typing import ClassVar, Self

from domain.kernel.refusals import CapacityTaken, NotFound, RuleBroken
from domain.travel.commitments import CARBON_YEAR, SPEND_YEAR, TRAVELLER_DAY
from domain.travel.verdict import BrokenRule


class TripNotPlanned(RuleBroken):
    """The trip is no longer being planned; its itinerary is fixed."""


class TripNotSubmitted(RuleBroken):
    """The trip is not waiting for approval."""


class TripNotBooked(RuleBroken):
    """Only a booked trip can be completed."""


class TripNotDeparted(RuleBroken):
    """The trip has not departed yet; it cannot be completed."""


class TripAlreadyDeparted(RuleBroken):
    """The trip has departed; it can no longer be changed, booked or cancelled."""


class TripWasRejected(RuleBroken):
    """The trip was rejected; change it and submit it again."""


class TripIsOver(RuleBroken):
    """The trip is completed or cancelled; nothing about it can change."""


class NothingToBook(RuleBroken):
    """The trip has no segment yet; add one first."""


class ApprovalRequired(RuleBroken):
    """The policy requires approval for this trip; submit it and have it approved first."""


class PolicyBlocks(RuleBroken):
    """The travel policy does not allow this journey; have an exception made, or change it."""

    NAMES_NOBODY: ClassVar[bool] = True

    @classmethod
    def because_of(cls, broken: Iterable[BrokenRule]) -> Self:
        """The refusal that names what was observed, and which limit or budget it exceeds."""
        found = list(broken)
        reasons = "; ".join(_reason(one) for one in found)
        detail = (
            f"The travel policy does not allow this journey: {reasons}. Have an exception made, or change it."
        )
        return cls(detail, broken=[one.model_dump(mode="json") for one in found])


class BudgetUsedUp(CapacityTaken):
    """Other journeys have taken what was left of a budget; have an exception made, or change this one."""

    NAMES_NOBODY: ClassVar[bool] = True
    KINDS = frozenset({TRAVELLER_DAY, SPEND_YEAR, CARBON_YEAR})

    @classmethod
    def of(cls, taken: CapacityTaken) -> Self:
        """The store's own refusal, in a sentence that names the day or the budget."""
        claims = list(taken.facts["claims"])
        names = " and ".join(dict.fromkeys(_name(one["kind"], one["key"]) for one in claims))
        detail = (
            f"Other journeys have taken what was left of {names}; have an exception made, or change this one."
        )
        return cls(detail, claims=claims)


class NotYourTurn(RuleBroken):
    """Someone else has to decide on this trip now."""


class ApprovalNotDue(RuleBroken):
    """The approver still has time."""


class CannotApproveOwnTrip(RuleBroken):
    """Travellers cannot approve or reject their own trips."""


class TooManySegments(RuleBroken):
    """A trip has at most 40 segments."""


class TripTooLong(RuleBroken):
    """A trip lasts at most 366 days."""


class OverlappingNights(RuleBroken):
    """The traveller already sleeps in another hotel of this trip in one of these nights."""


class ReturnBeforeDeparture(RuleBroken):
    """The flight back leaves before the flight there; name the segments in the order of the journey."""


class SegmentUnknown(NotFound):
    """The trip has no such segment."""


def _reason(broken: BrokenRule) -> str:
    whose = f" of {broken.scope}" if broken.scope else ""
    when = f" for {broken.period}" if broken.period else ""
    return (
        f"{broken.rule.value}{whose}{when} is {broken.limit} {broken.unit}, and this makes {broken.observed}"
    )


def _name(kind: str, key: str) -> str:
    if kind == TRAVELLER_DAY:
        return f"the traveller's budget for {key.partition(':')[2]}"
    year, _, scope = key.partition(":")
    return f"the {'EUR' if kind == SPEND_YEAR else 'kg'} budget of {scope or 'tenant'} for {year}"
