"""What did a client think of a visit that took place, and may others read it?"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.booking.appointment_events import PersonalLine, PersonalText
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, RuleBroken

Rating = Annotated[int, Field(strict=True, ge=1, le=5)]


class ReviewStatus(StrEnum):
    """Where a review stands."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REJECTED = "rejected"


class ReviewWritten(DomainEvent):
    """A client said what they thought of a visit; nobody else reads it yet."""

    TOPIC: ClassVar[str] = "review.written.v1"

    appointment_id: UUID
    business_id: UUID
    service_id: UUID
    client_id: UUID
    rating: Rating
    text: PersonalText = None


class ReviewPublished(DomainEvent):
    """It may be read, and counts."""

    TOPIC: ClassVar[str] = "review.published.v1"

    business_id: UUID
    service_id: UUID
    rating: Rating


class ReviewRejected(DomainEvent):
    """It is not shown. `counted` says whether it was until now."""

    TOPIC: ClassVar[str] = "review.rejected.v1"

    business_id: UUID
    service_id: UUID
    client_id: UUID
    rating: Rating
    counted: bool
    reason: PersonalLine = None


ReviewEvent = ReviewWritten | ReviewPublished | ReviewRejected


class VisitNotFulfilled(RuleBroken):
    """A visit can be reviewed once it has taken place."""


class ReviewExists(Conflict):
    """This visit has been reviewed already."""


class Review(Aggregate):
    """One client's opinion of one visit: waiting -> published or rejected."""

    CATEGORY: ClassVar[str] = "review"

    appointment_id: UUID
    business_id: UUID
    service_id: UUID
    client_id: UUID
    rating: int = 0
    text: PersonalText = None
    reason: PersonalLine = None
    status: ReviewStatus = ReviewStatus.WAITING
    written_at: datetime | None = None

    def write(
        self,
        *,
        appointment_id: UUID,
        business_id: UUID,
        service_id: UUID,
        client_id: UUID,
        rating: int,
        text: str | None,
        at: datetime,
    ) -> None:
        """Puts it before the moderators."""
        if self.version:
            raise ReviewExists
        self.record(
            ReviewWritten,
            at=at,
            appointment_id=appointment_id,
            business_id=business_id,
            service_id=service_id,
            client_id=client_id,
            rating=rating,
            text=text,
        )

    def publish(self, *, at: datetime) -> None:
        """Lets everybody read it."""
        if self.status != ReviewStatus.PUBLISHED:
            self.record(
                ReviewPublished,
                at=at,
                business_id=self.business_id,
                service_id=self.service_id,
                rating=self.rating,
            )

    def reject(self, reason: str, *, at: datetime) -> None:
        """Keeps it from being read, or takes it back."""
        if self.status != ReviewStatus.REJECTED:
            self.record(
                ReviewRejected,
                at=at,
                business_id=self.business_id,
                service_id=self.service_id,
                client_id=self.client_id,
                rating=self.rating,
                counted=self.status == ReviewStatus.PUBLISHED,
                reason=reason,
            )

    def evolve(self, event: ReviewEvent) -> None:
        match event:
            case ReviewWritten():
                self.appointment_id = event.appointment_id
                self.business_id = event.business_id
                self.service_id = event.service_id
                self.client_id = event.client_id
                self.rating = event.rating
                self.text = event.text
                self.written_at = event.occurred_at
            case ReviewPublished():
                self.status = ReviewStatus.PUBLISHED
            case ReviewRejected():
                self.status = ReviewStatus.REJECTED
                self.reason = event.reason
            case _:
                assert_never(event)


def review_id(appointment_id: UUID) -> UUID:
    """The one review of a visit."""
    return uuid5(appointment_id, "review")
