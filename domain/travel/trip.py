"""What may happen to one traveller's journey, from plan to completion?"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claims
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Personal
from domain.kernel.refusals import NotFound, RuleBroken
from domain.kernel.text import Line
from domain.travel.carbon import CarbonFigure, CarbonMissing
from domain.travel.commitments import released_by, taken_by
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay, Segment
from domain.travel.journey import JourneyTotals, PlannedSegment, departure_of, span_in_days, totals_of
from domain.travel.policy import PolicyInForce
from domain.travel.verdict import Committed, TripFacts, Verdict, judge

MAX_SEGMENTS = 40
MAX_DAYS = 366

TravellersWords = Annotated[Line, Personal(subject="traveller_id")]


class TripStatus(StrEnum):
    """Where a trip stands."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    BOOKED = "booked"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TripPlanned(DomainEvent):
    """A traveller announced a journey and its purpose."""

    TOPIC: ClassVar[str] = "trip.planned.v1"

    traveller_id: UUID
    purpose: TravellersWords


class FlightAdded(DomainEvent):
    """A flight joined the itinerary, with its carbon figure."""

    TOPIC: ClassVar[str] = "trip.flight-added.v1"

    traveller_id: UUID
    segment_id: UUID
    flight: FlightSegment
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None


class HotelAdded(DomainEvent):
    """A hotel stay joined the itinerary, with its carbon figure where a factor is published."""

    TOPIC: ClassVar[str] = "trip.hotel-added.v1"

    traveller_id: UUID
    segment_id: UUID
    stay: HotelStay
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None


class GroundLegAdded(DomainEvent):
    """A leg by rail, road or ferry joined the itinerary, with its carbon figure."""

    TOPIC: ClassVar[str] = "trip.ground-leg-added.v1"

    traveller_id: UUID
    segment_id: UUID
    leg: GroundLeg
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None


class SegmentRemoved(DomainEvent):
    """A segment left the itinerary."""

    TOPIC: ClassVar[str] = "trip.segment-removed.v1"

    traveller_id: UUID
    segment_id: UUID


class TripSubmitted(DomainEvent):
    """The traveller asked for approval; the policy in force was applied. No verdict: no active policy."""

    TOPIC: ClassVar[str] = "trip.submitted.v1"

    traveller_id: UUID
    journey: JourneyTotals
    verdict: Verdict | None


class TripApproved(DomainEvent):
    """Someone other than the traveller said yes."""

    TOPIC: ClassVar[str] = "trip.approved.v1"

    traveller_id: UUID
    approved_by: UUID
    comment: Annotated[Line | None, Personal(subject="traveller_id")] = None


class TripRejected(DomainEvent):
    """Someone other than the traveller said no."""

    TOPIC: ClassVar[str] = "trip.rejected.v1"

    traveller_id: UUID
    rejected_by: UUID
    reason: TravellersWords


class TripBooked(DomainEvent):
    """The journey was booked; it now counts on the day's and the year's budgets."""

    TOPIC: ClassVar[str] = "trip.booked.v1"

    traveller_id: UUID
    journey: JourneyTotals
    verdict: Verdict | None


class TripCompleted(DomainEvent):
    """The traveller is back."""

    TOPIC: ClassVar[str] = "trip.completed.v1"

    traveller_id: UUID
    journey: JourneyTotals


class TripCancelled(DomainEvent):
    """The journey will not take place; what it had booked went back to the budgets."""

    TOPIC: ClassVar[str] = "trip.cancelled.v1"

    traveller_id: UUID
    reason: TravellersWords
    returned: JourneyTotals | None


SegmentAdded = FlightAdded | HotelAdded | GroundLegAdded
TripEvent = (
    TripPlanned
    | FlightAdded
    | HotelAdded
    | GroundLegAdded
    | SegmentRemoved
    | TripSubmitted
    | TripApproved
    | TripRejected
    | TripBooked
    | TripCompleted
    | TripCancelled
)


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


class CannotApproveOwnTrip(RuleBroken):
    """Travellers cannot approve or reject their own trips."""


class CurrencyNotSupported(RuleBroken):
    """Prices are accepted in EUR only for now."""


class TooManySegments(RuleBroken):
    """A trip has at most 40 segments."""


class TripTooLong(RuleBroken):
    """A trip lasts at most 366 days."""


class SegmentUnknown(NotFound):
    """The trip has no such segment."""


class Trip(Aggregate):
    """One journey.  planned -> submitted -> approved | rejected -> booked -> completed, or cancelled.

    A rejected trip can be changed and submitted again; a trip whose verdict asks for no
    approval can be booked without one.
    """

    CATEGORY: ClassVar[str] = "trip"
    SNAPSHOT_VERSION: ClassVar[int] = 2

    traveller_id: UUID
    purpose: TravellersWords
    status: TripStatus = TripStatus.PLANNED
    segments: tuple[PlannedSegment, ...] = ()
    removed_segment_ids: tuple[UUID, ...] = ()
    verdict: Verdict | None = None
    previous_verdict: Verdict | None = None
    approved_by: UUID | None = None
    booked: JourneyTotals | None = None

    def plan(
        self,
        *,
        traveller_id: UUID,
        purpose: str,
        segments: Sequence[PlannedSegment] = (),
        at: datetime,
    ) -> None:
        """Announces the journey, with the segments that are known already."""
        if self.version:
            return
        self.record(TripPlanned, at=at, traveller_id=traveller_id, purpose=purpose)
        for segment in segments:
            self._include(segment, at)

    def add(self, segment: PlannedSegment, *, at: datetime) -> None:
        """Adds a flight, a stay or a leg with its carbon figure."""
        if segment.segment_id in (*self._segment_ids, *self.removed_segment_ids):
            return
        self._require_changeable(at)
        self._include(segment, at)

    def remove_segment(self, segment_id: UUID, *, at: datetime) -> None:
        """Takes a segment out of the itinerary."""
        if segment_id in self.removed_segment_ids:
            return
        if segment_id not in self._segment_ids:
            raise SegmentUnknown
        self._require_changeable(at)
        self.record(SegmentRemoved, at=at, traveller_id=self.traveller_id, segment_id=segment_id)

    def submit(self, *, policy: PolicyInForce | None, committed: Committed, at: datetime) -> None:
        """Asks for approval under the policy in force."""
        if self.status in (TripStatus.SUBMITTED, TripStatus.APPROVED):
            return
        self._require_open()
        if self.status is TripStatus.BOOKED:
            raise TripNotPlanned
        journey, verdict = self._judge(policy, committed, at)
        self.record(TripSubmitted, at=at, traveller_id=self.traveller_id, journey=journey, verdict=verdict)

    def approve(self, *, by: UUID, comment: str | None = None, at: datetime) -> None:
        """Says yes to a submitted trip."""
        self._require_someone_else(by)
        if self.status is TripStatus.APPROVED:
            return
        self._require_submitted()
        self.record(TripApproved, at=at, traveller_id=self.traveller_id, approved_by=by, comment=comment)

    def reject(self, *, by: UUID, reason: str, at: datetime) -> None:
        """Says no to a submitted trip."""
        self._require_someone_else(by)
        if self.status is TripStatus.REJECTED:
            return
        self._require_submitted()
        self.record(TripRejected, at=at, traveller_id=self.traveller_id, rejected_by=by, reason=reason)

    def book(self, *, policy: PolicyInForce | None, committed: Committed, at: datetime) -> None:
        """Books the itinerary under the policy in force."""
        if self.status is TripStatus.BOOKED:
            return
        self._require_open()
        if self.status is TripStatus.REJECTED:
            raise TripWasRejected
        journey, verdict = self._judge(policy, committed, at)
        if verdict and verdict.requires_approval and self.status is not TripStatus.APPROVED:
            raise ApprovalRequired
        self.record(TripBooked, at=at, traveller_id=self.traveller_id, journey=journey, verdict=verdict)

    def complete(self, *, at: datetime) -> None:
        """Closes a journey that has taken place."""
        if self.status is TripStatus.COMPLETED:
            return
        self._require_open()
        if self.status is not TripStatus.BOOKED:
            raise TripNotBooked
        if not self.has_departed(at):
            raise TripNotDeparted
        self.record(TripCompleted, at=at, traveller_id=self.traveller_id, journey=self.booked)

    def cancel(self, *, reason: str, at: datetime) -> None:
        """Calls the journey off. One that was never booked cannot have departed."""
        if self.status is TripStatus.CANCELLED:
            return
        self._require_open()
        if self.status is TripStatus.BOOKED and self.has_departed(at):
            raise TripAlreadyDeparted
        self.record(TripCancelled, at=at, traveller_id=self.traveller_id, reason=reason, returned=self.booked)

    def has_departed(self, at: datetime) -> bool:
        """Does the itinerary start at or before that instant?"""
        departure = departure_of(self.segments)
        return departure is not None and departure.at <= at

    def evolve(self, event: TripEvent) -> None:
        match event:
            case TripPlanned():
                self.traveller_id = event.traveller_id
                self.purpose = event.purpose
            case FlightAdded():
                self._keep(event, event.flight)
            case HotelAdded():
                self._keep(event, event.stay)
            case GroundLegAdded():
                self._keep(event, event.leg)
            case SegmentRemoved():
                self.segments = tuple(one for one in self.segments if one.segment_id != event.segment_id)
                self.removed_segment_ids = (*self.removed_segment_ids, event.segment_id)
            case TripSubmitted():
                self.status = TripStatus.SUBMITTED
                self.previous_verdict, self.verdict = self.verdict, event.verdict
            case TripApproved():
                self.status = TripStatus.APPROVED
                self.approved_by = event.approved_by
            case TripRejected():
                self.status = TripStatus.REJECTED
            case TripBooked():
                self.status = TripStatus.BOOKED
                self.previous_verdict, self.verdict = self.verdict, event.verdict
                self.booked = event.journey
            case TripCompleted():
                self.status = TripStatus.COMPLETED
            case TripCancelled():
                self.status = TripStatus.CANCELLED
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """A booking counts on its days and years until it is cancelled."""
        match event:
            case TripBooked():
                return Claims(taken=taken_by(event.journey, self.traveller_id, self.id))
            case TripCancelled(returned=JourneyTotals() as journey):
                return Claims(released=released_by(journey, self.traveller_id, self.id))
            case _:
                return NO_CLAIMS

    def _judge(
        self, policy: PolicyInForce | None, committed: Committed, at: datetime
    ) -> tuple[JourneyTotals, Verdict | None]:
        if not self.segments:
            raise NothingToBook
        if self.has_departed(at):
            raise TripAlreadyDeparted
        journey = totals_of(self.segments)
        if policy is None:
            return journey, None
        facts = TripFacts(self.segments, journey, judged_at=at, committed=committed)
        return journey, judge(policy.rules, policy.policy_id, policy.policy_version, facts)

    def _include(self, segment: PlannedSegment, at: datetime) -> None:
        if segment.details.price.currency != "EUR":
            raise CurrencyNotSupported(segment_id=segment.segment_id)
        if len(self.segments) == MAX_SEGMENTS:
            raise TooManySegments
        if span_in_days((*self.segments, segment)) > MAX_DAYS:
            raise TripTooLong
        facts = {
            "traveller_id": self.traveller_id,
            "segment_id": segment.segment_id,
            "carbon": segment.carbon,
            "carbon_missing": None if segment.carbon else "no_factor",
        }
        match segment.details:
            case FlightSegment() as flight:
                self.record(FlightAdded, at=at, flight=flight, **facts)
            case HotelStay() as stay:
                self.record(HotelAdded, at=at, stay=stay, **facts)
            case GroundLeg() as leg:
                self.record(GroundLegAdded, at=at, leg=leg, **facts)

    def _keep(self, event: SegmentAdded, details: Segment) -> None:
        segment = PlannedSegment(
            segment_id=event.segment_id,
            details=details,
            carbon=event.carbon,
            carbon_missing=event.carbon_missing,
        )
        self.segments = (*self.segments, segment)

    @property
    def _segment_ids(self) -> tuple[UUID, ...]:
        return tuple(segment.segment_id for segment in self.segments)

    def _require_open(self) -> None:
        if self.status in (TripStatus.COMPLETED, TripStatus.CANCELLED):
            raise TripIsOver

    def _require_changeable(self, at: datetime) -> None:
        self._require_open()
        if self.status not in (TripStatus.PLANNED, TripStatus.REJECTED):
            raise TripNotPlanned
        if self.has_departed(at):
            raise TripAlreadyDeparted

    def _require_submitted(self) -> None:
        self._require_open()
        if self.status is not TripStatus.SUBMITTED:
            raise TripNotSubmitted

    def _require_someone_else(self, decider: UUID) -> None:
        if decider == self.traveller_id:
            raise CannotApproveOwnTrip
