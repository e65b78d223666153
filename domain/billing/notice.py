"""What did the collector tell us, once and for all?"""

from datetime import datetime
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.text import Code


class NoticeReceived(DomainEvent):
    """The collector said that something happened; signed by it, and told here once."""

    TOPIC: ClassVar[str] = "notices.received.v1"

    external_id: Code
    kind: Code
    company_id: UUID | None
    invoice_id: UUID | None
    object_id: Code | None
    amount_minor: Annotated[int, Field(ge=0)]
    happened_at: Instant


def notice_id(platform_id: UUID, external_id: str) -> UUID:
    """One stream per notice, so that the same one is stored once, however many copies come at once."""
    return uuid5(platform_id, f"notice:{external_id}")


class Notice(Aggregate):
    """A word of the collector."""

    CATEGORY: ClassVar[str] = "notices"

    kind: Code | None = None

    @classmethod
    def receive(cls, platform_id: UUID, *, external_id: str, at: datetime, **facts: object) -> Self:
        """Keeps it."""
        notice = cls.new(notice_id(platform_id, external_id))
        notice.record(NoticeReceived, at=at, external_id=external_id, **facts)
        return notice

    def evolve(self, event: NoticeReceived) -> None:
        match event:
            case NoticeReceived():
                self.kind = event.kind
            case _:
                assert_never(event)
