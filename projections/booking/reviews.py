"""Which reviews wait for a moderator, and which may everybody read? The texts stay in the log, encrypted."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from domain.booking.review import ReviewPublished, ReviewRejected, ReviewStatus, ReviewWritten
from domain.kernel.event import DomainEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class ReviewRow(Row):
    """One client's review of one visit, without its text."""

    TABLE: ClassVar[str] = "review"
    KEY: ClassVar[tuple[str, ...]] = ("review_id",)

    review_id: UUID
    """The review."""
    appointment_id: UUID
    """The visit."""
    business_id: UUID
    """The business that was visited."""
    service_id: UUID
    """The service."""
    client_id: UUID
    """Who was there."""
    rating: int
    """From one, bad, to five, excellent."""
    status: str
    """Where it stands: waiting, published or rejected."""
    written_at: datetime
    """When it was written."""
    decided_at: datetime | None
    """When a moderator decided last; null is not yet."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_position: int
    """Place of the first fact in the tenant's log."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class Reviews(Projector[ReviewRow]):
    """One row per review."""

    name: ClassVar[str] = "reviews"
    row: ClassVar[type[ReviewRow]] = ReviewRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (ReviewWritten, ReviewPublished, ReviewRejected)

    def project(self, event: Any, rows: Rows[ReviewRow]) -> None:
        if isinstance(event, ReviewWritten):
            written = ReviewRow(
                review_id=event.originator_id,
                appointment_id=event.appointment_id,
                business_id=event.business_id,
                service_id=event.service_id,
                client_id=event.client_id,
                rating=event.rating,
                status=ReviewStatus.WAITING.value,
                written_at=event.occurred_at,
                decided_at=None,
                version=event.originator_version,
                created_position=event.position,
                position=event.position,
            )
            rows.put(written)
            return
        shown = isinstance(event, ReviewPublished)
        rows.change(
            event.originator_id,
            status=(ReviewStatus.PUBLISHED if shown else ReviewStatus.REJECTED).value,
            decided_at=event.occurred_at,
            version=event.originator_version,
            position=event.position,
        )


SELECT_REVIEWS = """
select review_id, appointment_id, business_id, service_id, client_id, rating, status, written_at, decided_at,
       version, created_position, position
from read.review
where tenant_id = %(tenant_id)s
"""
FILTERS = {
    "status": "and status = %(status)s",
    "business_id": "and business_id = %(business_id)s",
    "service_id": "and service_id = %(service_id)s",
}
BEFORE = "and created_position < %(before)s"
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(sql: Sql, *, after: Key | None = None, limit: int = 50, **filters: Any) -> Page[ReviewRow]:
    """Reviews, the newest first."""
    limit = min(limit, LIMIT)
    given = {name: filters[name] for name in FILTERS if filters.get(name) is not None}
    parts = [SELECT_REVIEWS, *(FILTERS[name] for name in given)]
    if after is not None:
        parts.append(BEFORE)
        (given["before"],) = after
    rows = [ReviewRow(**row) for row in sql.rows(" ".join((*parts, NEWEST_FIRST)), **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
