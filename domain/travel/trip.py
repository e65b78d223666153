"""What may happen to one traveller's journey, from plan to completion?"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claims
from domain.travel.allocation import UNALLOCATED, Allocation
from domain.travel.approval import ANYONE, ApprovalChain
from domain.travel.commitments import Commitment, claims_of, commitments_of, releases_of
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay, Segment, returns_too_early
from domain.travel.journey import (
    JourneyLine,
    JourneyTotals,
    PlannedSegment,
    at_rates,
    departure_of,
    lines_of,
    span_in_days,
    totals_of,
)
from domain.travel.rule import Outcome, Rule
from domain.travel.terms import Decider, Terms
from domain.travel.trip_events import (
    ApprovalEscalated,
    ApprovalGranted,
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentAdded,
    SegmentRemoved,
    TravellersWords,
    TripAllocated,
    TripApproved,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripEvent,
    TripPlanned,
    TripRejected,
    TripSubmitted,
)
from domain.travel.trip_posting import posting_of
from domain.travel.trip_refusals import (
    ApprovalNotDue,
    ApprovalRequired,
    CannotApproveOwnTrip,
    NothingToBook,
    NotYourTurn,
    OverlappingNights,
    PolicyBlocks,
    ReturnBeforeDeparture,
    SegmentUnknown,
    TooManySegments,
    TripAlreadyDeparted,
    TripIsOver,
    TripNotBooked,
    TripNotDeparted,
    TripNotPlanned,
    TripNotSubmitted,
    TripTooLong,
    TripWasRejected,
)
from domain.travel.verdict import TripFacts, Verdict, judge, needs_nobody

MAX_SEGMENTS = 40
MAX_DAYS = 366


class TripStatus(StrEnum):
    """Where a trip stands."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    BOOKED = "booked"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Trip(Aggregate):
    """One journey.  planned -> submitted -> approved | rejected -> booked -> completed, or cancelled.

    A rejected trip can be changed and submitted again; a trip whose verdict asks for no
    approval can be booked without one. An approval covers the reasons it was asked for: when
    new ones appear before the booking, it is asked for again.
    """

    CATEGORY: ClassVar[str] = "trip"
    SNAPSHOT_VERSION: ClassVar[int] = 3

    traveller_id: UUID
    purpose: TravellersWords
    status: TripStatus = TripStatus.PLANNED
    segments: tuple[PlannedSegment, ...] = ()
    removed_segment_ids: tuple[UUID, ...] = ()
    verdict: Verdict | None = None
    previous_verdict: Verdict | None = None
    allocation: Allocation = UNALLOCATED
    chain: ApprovalChain = ANYONE
    approval_level: int = 0
    approval_due_at: datetime | None = None
    granted_by: tuple[UUID, ...] = ()
    approved_by: UUID | None = None
    approved_for: tuple[Rule, ...] = ()
    booked: JourneyTotals | None = None
    lines: tuple[JourneyLine, ...] = ()
    commitments: tuple[Commitment, ...] = ()

    def plan(
        self,
        *,
        traveller_id: UUID,
        purpose: str,
        segments: Sequence[PlannedSegment] = (),
        allocation: Allocation = UNALLOCATED,
        at: datetime,
    ) -> None:
        """Announces the journey, with who pays and the segments that are known already, in their order."""
        if self.version:
            return
        if returns_too_early([each.details for each in segments]):
            raise ReturnBeforeDeparture
        self.record(TripPlanned, at=at, traveller_id=traveller_id, purpose=purpose)
        if allocation != UNALLOCATED:
            self.record(TripAllocated, at=at, traveller_id=traveller_id, allocation=allocation)
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

    def allocate(self, allocation: Allocation, *, at: datetime) -> None:
        """Puts the journey on another account."""
        if allocation != self.allocation:
            self._require_changeable(at)
            self.record(TripAllocated, at=at, traveller_id=self.traveller_id, allocation=allocation)

    def submit(self, terms: Terms, *, chain: ApprovalChain = ANYONE, at: datetime) -> None:
        """Asks for approval under the policy in force; again, when there are new reasons for it."""
        if self.status is TripStatus.SUBMITTED:
            return
        self._require_open()
        if self.status is TripStatus.BOOKED:
            raise TripNotPlanned
        _, journey, verdict = self._judge(terms, at)
        if self.status is TripStatus.APPROVED and self._is_covered(verdict):
            return
        self.record(
            TripSubmitted,
            at=at,
            traveller_id=self.traveller_id,
            journey=journey,
            verdict=verdict,
            allocation=terms.allocation,
            chain=chain,
            due_at=chain.due_at(at),
        )

    def approve(self, decider: Decider, *, comment: str | None = None, at: datetime) -> None:
        """Says yes to a submitted trip; the last yes of a chain approves it."""
        self._require_someone_else(decider.id)
        if self.status is TripStatus.APPROVED:
            return
        self._require_submitted()
        if decider.id in self.granted_by and not self._is_turn_of(decider):
            return
        self._require_turn(decider)
        facts = {
            "traveller_id": self.traveller_id,
            "approved_by": decider.id,
            "on_behalf_of": decider.stands_in_for,
            "comment": comment,
        }
        if decider.overrides or self.approval_level + 1 >= len(self.chain.approver_ids):
            self.record(TripApproved, at=at, **facts)
        else:
            self.record(
                ApprovalGranted, at=at, level=self.approval_level, due_at=self.chain.due_at(at), **facts
            )

    def reject(self, decider: Decider, *, reason: str, at: datetime) -> None:
        """Says no to a submitted trip."""
        self._require_someone_else(decider.id)
        if self.status is TripStatus.REJECTED:
            return
        self._require_submitted()
        self._require_turn(decider)
        self.record(
            TripRejected,
            at=at,
            traveller_id=self.traveller_id,
            rejected_by=decider.id,
            on_behalf_of=decider.stands_in_for,
            reason=reason,
        )

    def escalate(self, level: int, *, at: datetime) -> None:
        """Passes the question on when an approver's time is up."""
        approver = self.approver_id
        if self.status is not TripStatus.SUBMITTED or level != self.approval_level or approver is None:
            return
        if self.approval_due_at is None or at < self.approval_due_at:
            raise ApprovalNotDue
        following = self.chain.approver_ids[level + 1 : level + 2]
        self.record(
            ApprovalEscalated,
            at=at,
            traveller_id=self.traveller_id,
            level=level,
            from_id=approver,
            to_id=following[0] if following else None,
            due_at=self.chain.due_at(at) if following else None,
        )

    def book(self, terms: Terms, *, at: datetime) -> None:
        """Books the itinerary under the policy in force, at the rates of the day."""
        if self.status is TripStatus.BOOKED:
            return
        self._require_open()
        if self.status is TripStatus.REJECTED:
            raise TripWasRejected
        segments, journey, verdict = self._judge(terms, at)
        if verdict and verdict.is_blocked:
            raise PolicyBlocks.because_of(one for one in verdict.violations if one.outcome is Outcome.BLOCK)
        if not (self._is_covered(verdict) if self.status is TripStatus.APPROVED else needs_nobody(verdict)):
            raise ApprovalRequired(
                approval_for=[rule.value for rule in verdict.approval_for] if verdict else []
            )
        self.record(
            TripBooked,
            at=at,
            traveller_id=self.traveller_id,
            journey=journey,
            verdict=verdict,
            allocation=terms.allocation,
            lines=lines_of(segments),
            commitments=commitments_of(journey, self.traveller_id, terms.allocation, terms.caps),
            posting=posting_of(1, segments, terms.emissions),
        )

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
        self.record(
            TripCancelled,
            at=at,
            traveller_id=self.traveller_id,
            reason=reason,
            returned=self.booked,
            allocation=self.allocation,
            lines=self.lines,
        )

    def verdict_under(self, terms: Terms, *, at: datetime) -> Verdict | None:
        """What the policy would say now; nothing is recorded."""
        return None if not self.segments or self.has_departed(at) else self._judge(terms, at)[2]

    def has_departed(self, at: datetime) -> bool:
        """Does the itinerary start at or before that instant?"""
        departure = departure_of(self.segments)
        return departure is not None and departure.at <= at

    @property
    def approver_id(self) -> UUID | None:
        """Who has to decide now; None while nobody is named and anyone who may approve can."""
        chain = self.chain.approver_ids
        return chain[self.approval_level] if self.approval_level < len(chain) else None

    def evolve(self, event: TripEvent) -> None:
        match event:
            case TripPlanned():
                self.traveller_id = event.traveller_id
                self.purpose = event.purpose
            case TripAllocated():
                self.allocation = event.allocation
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
                self.allocation = event.allocation
                self.chain = event.chain
                self.approval_level = 0
                self.approval_due_at = event.due_at
                self.granted_by = ()
                self.approved_by = None
                self.approved_for = ()
            case ApprovalGranted():
                self.approval_level = event.level + 1
                self.approval_due_at = event.due_at
                self.granted_by = (*self.granted_by, event.approved_by)
            case ApprovalEscalated():
                self.approval_level = event.level + 1
                self.approval_due_at = event.due_at
            case TripApproved():
                self.status = TripStatus.APPROVED
                self.approved_by = event.approved_by
                self.approved_for = self.verdict.approval_for if self.verdict else ()
            case TripRejected():
                self.status = TripStatus.REJECTED
            case TripBooked():
                self.status = TripStatus.BOOKED
                self.previous_verdict, self.verdict = self.verdict, event.verdict
                self.allocation = event.allocation
                self.booked = event.journey
                self.lines = event.lines
                self.commitments = event.commitments
            case TripCompleted():
                self.status = TripStatus.COMPLETED
            case TripCancelled():
                self.status = TripStatus.CANCELLED
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """A booking counts on its days, years and budgets until it is cancelled."""
        match event:
            case TripBooked():
                return Claims(taken=claims_of(event.commitments, self.id))
            case TripCancelled():
                return Claims(released=releases_of(self.commitments, self.id))
            case _:
                return NO_CLAIMS

    def _judge(
        self, terms: Terms, at: datetime
    ) -> tuple[Sequence[PlannedSegment], JourneyTotals, Verdict | None]:
        if not self.segments:
            raise NothingToBook
        if self.has_departed(at):
            raise TripAlreadyDeparted
        segments = at_rates(self.segments, terms.rates)
        journey = totals_of(segments)
        if terms.policy is None:
            return segments, journey, None
        facts = TripFacts(segments, journey, judged_at=at, committed=terms.committed)
        policy = terms.policy
        verdict = judge(policy.rules, policy.policy_id, policy.policy_version, facts, terms.exemptions)
        return segments, journey, verdict

    def _is_covered(self, verdict: Verdict | None) -> bool:
        return verdict is None or set(verdict.approval_for) <= set(self.approved_for)

    def _include(self, segment: PlannedSegment, at: datetime) -> None:
        if len(self.segments) == MAX_SEGMENTS:
            raise TooManySegments
        if span_in_days((*self.segments, segment)) > MAX_DAYS:
            raise TripTooLong
        self._require_free_nights(segment.details)
        facts = {
            "traveller_id": self.traveller_id,
            "segment_id": segment.segment_id,
            "carbon": segment.carbon,
            "carbon_missing": None if segment.carbon else "no_factor",
            "rate": segment.rate,
        }
        match segment.details:
            case FlightSegment() as flight:
                self.record(FlightAdded, at=at, flight=flight, **facts)
            case HotelStay() as stay:
                self.record(HotelAdded, at=at, stay=stay, **facts)
            case GroundLeg() as leg:
                self.record(GroundLegAdded, at=at, leg=leg, **facts)

    def _require_free_nights(self, details: Segment) -> None:
        stays = (known.details for known in self.segments if isinstance(known.details, HotelStay))
        if isinstance(details, HotelStay) and any(details.overlaps(stay) for stay in stays):
            raise OverlappingNights

    def _keep(self, event: SegmentAdded, details: Segment) -> None:
        segment = PlannedSegment(
            segment_id=event.segment_id,
            details=details,
            carbon=event.carbon,
            carbon_missing=event.carbon_missing,
            rate=event.rate,
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

    def _require_turn(self, decider: Decider) -> None:
        if not self._is_turn_of(decider):
            raise NotYourTurn

    def _is_turn_of(self, decider: Decider) -> bool:
        return decider.overrides or self.approver_id in (None, decider.id, decider.stands_in_for)
