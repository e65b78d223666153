"""Why may something not happen to a trip?"""

from domain.kernel.refusals import NotFound, RuleBroken


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


class SegmentUnknown(NotFound):
    """The trip has no such segment."""
