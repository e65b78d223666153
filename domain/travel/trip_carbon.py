"""How was a booked journey's carbon reckoned anew, after it had been booked?

A stream of its own beside the trip's: the journey stays as it was booked, and the years' carbon budgets follow
what is known of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claims
from domain.kernel.event import DomainEvent
from domain.kernel.ledger import Posting
from domain.travel.allocation import Allocation
from domain.travel.commitments import Commitment, carbon_commitments_of, claims_of, releases_of
from domain.travel.journey import PlannedSegment
from domain.travel.trip_posting import SegmentLines, carbon_by_year, posting_of


class TripCarbonRestated(DomainEvent):
    """The journey's carbon was reckoned anew by other factors: the lines of before are taken back, and others
    entered. `carbon` is what it holds of its years' carbon from now on."""

    TOPIC: ClassVar[str] = "trip-carbon.restated.v1"

    trip_id: UUID
    traveller_id: UUID
    allocation: Allocation
    posting: Posting
    carbon: tuple[Commitment, ...]
    restatement_id: UUID


TripCarbonEvent = TripCarbonRestated


def trip_carbon_id(trip_id: UUID) -> UUID:
    """The stream of one trip's restatements."""
    return uuid5(trip_id, "carbon")


class TripCarbon(Aggregate):
    """The restated carbon of one journey."""

    CATEGORY: ClassVar[str] = "trip-carbon"

    restated: int = 0
    restatement_ids: tuple[UUID, ...] = ()

    def restate(
        self,
        trip_id: UUID,
        segments: Sequence[PlannedSegment],
        lines: SegmentLines,
        *,
        traveller_id: UUID,
        allocation: Allocation,
        restatement_id: UUID,
        at: datetime,
    ) -> None:
        """Enters the carbon anew. What it holds of budgets follows, whatever they allow: it has happened."""
        if restatement_id in self.restatement_ids:
            return
        posting = posting_of(self.restated + 1, segments, lines)
        self.record(
            TripCarbonRestated,
            at=at,
            trip_id=trip_id,
            traveller_id=traveller_id,
            allocation=allocation,
            posting=posting,
            carbon=carbon_commitments_of(carbon_by_year(posting), traveller_id, allocation),
            restatement_id=restatement_id,
        )

    def evolve(self, event: TripCarbonEvent) -> None:
        match event:
            case TripCarbonRestated():
                self.restated += 1
                self.restatement_ids = (*self.restatement_ids, event.restatement_id)
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The trip holds as much of its years' carbon as is known now."""
        match event:
            case TripCarbonRestated():
                return Claims(
                    taken=claims_of(event.carbon, event.trip_id),
                    released=releases_of(event.carbon, event.trip_id),
                )
            case _:
                return NO_CLAIMS
