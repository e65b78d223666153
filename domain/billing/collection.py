"""What does whoever collects the money know of a company, as far as we know?

`unknown` is a state of its own: what was asked for may have happened, and is looked at before anything is
asked again.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.billing.price import Name
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.text import Code
from domain.kernel.value import Value

# Older uses are not taken by the collector; they are on our invoice all the same.
TAKES_UNTIL = timedelta(days=35)
KEPT = timedelta(days=40)
MOST_REJECTIONS = 100
MOST_FAILURES = 100


class DocumentState(StrEnum):
    """Where a document stands at the collector."""

    UNKNOWN = "unknown"
    SENT = "sent"
    DIFFERS = "differs"


class PushedHour(Value):
    """What the collector was told of a meter and an hour, and how often."""

    meter: Name
    hour: Instant
    value: Decimal
    revision: Annotated[int, Field(ge=1)]
    is_confirmed: bool


class Rejection(Value):
    """Usage that the collector took and threw away later."""

    identifier: Code
    reason: Code


class CustomerLinked(DomainEvent):
    """The company is known to the collector under this id."""

    TOPIC: ClassVar[str] = "collection.customer-linked.v1"

    customer: Code


class DocumentSent(DomainEvent):
    """The collector has an invoice or credit note; `total_minor` is what it says it comes to."""

    TOPIC: ClassVar[str] = "collection.document-sent.v1"

    document_id: UUID
    external_id: Code
    total_minor: int
    state: DocumentState


class DocumentUnknown(DomainEvent):
    """Nobody can say whether the collector has the document; it is asked before anything else is done."""

    TOPIC: ClassVar[str] = "collection.document-unknown.v1"

    document_id: UUID


class UsagePushed(DomainEvent):
    """The collector was told what hours came to, of all reports up to `cut`."""

    TOPIC: ClassVar[str] = "collection.usage-pushed.v1"

    cut: int
    hours: tuple[PushedHour, ...]


class UsageDrifted(DomainEvent):
    """Of an hour the collector holds something else than it was told."""

    TOPIC: ClassVar[str] = "collection.usage-drifted.v1"

    meter: Name
    hour: Instant
    ours: Decimal
    theirs: Decimal


class UsageRejected(DomainEvent):
    """The collector threw usage away that it had taken; it is not billed there, and is on our invoice."""

    TOPIC: ClassVar[str] = "collection.usage-rejected.v1"

    rejection: Rejection


class ChargeOutcome(StrEnum):
    """What became of an attempt to take the money."""

    PAID = "paid"
    DECLINED = "declined"


class ChargeAttempted(DomainEvent):
    """The collector was asked to take the money of an invoice once more; `number` is the dunning's attempt."""

    TOPIC: ClassVar[str] = "collection.charge-attempted.v1"

    document_id: UUID
    number: Annotated[int, Field(ge=1)]
    due_at: Instant
    outcome: ChargeOutcome


class FailedPayment(Value):
    """A payment that the collector could not take; `notice` is the word by which it told so."""

    document_id: UUID
    notice: Code
    failed_at: Instant


class PaymentFailed(DomainEvent):
    """The collector told that a payment of an invoice failed; one notice is one failure."""

    TOPIC: ClassVar[str] = "collection.payment-failed.v1"

    failed: FailedPayment


CollectionEvent = (
    CustomerLinked
    | DocumentSent
    | DocumentUnknown
    | UsagePushed
    | UsageDrifted
    | UsageRejected
    | ChargeAttempted
    | PaymentFailed
)


class Charge(Value):
    """An attempt of a dunning, as it was named to the collector."""

    document_id: UUID
    number: Annotated[int, Field(ge=1)]
    due_at: Instant


class SentDocument(Value):
    """A document and where it stands at the collector."""

    state: DocumentState
    external_id: Code | None = None
    total_minor: int = 0


def collection_id(tenant_id: UUID) -> UUID:
    """The one account of a company at the collector."""
    return uuid5(tenant_id, "collection")


class Collection(Aggregate):
    """A company as the collector knows it."""

    CATEGORY: ClassVar[str] = "collection"

    customer: Code | None = None
    documents: dict[UUID, SentDocument] = {}
    hours: tuple[PushedHour, ...] = ()
    pushed_until: int = 0
    drifted: tuple[tuple[Name, Instant], ...] = ()
    rejections: tuple[Rejection, ...] = ()
    charged: tuple[Charge, ...] = ()
    failed_payments: tuple[FailedPayment, ...] = ()

    def link(self, customer: str, *, at: datetime) -> None:
        """Notes the id; it has one for good."""
        if self.customer is None:
            self.record(CustomerLinked, at=at, customer=customer)

    def sent(
        self, document_id: UUID, external_id: str, *, total_minor: int, expected_minor: int, at: datetime
    ) -> None:
        """Notes that the collector has a document, and whether it comes to the same."""
        state = DocumentState.SENT if total_minor == expected_minor else DocumentState.DIFFERS
        known = SentDocument(state=state, external_id=external_id, total_minor=total_minor)
        if self.documents.get(document_id) != known:
            self.record(DocumentSent, at=at, document_id=document_id, **dict(known))

    def unknown(self, document_id: UUID, *, at: datetime) -> None:
        """Notes that nobody can say."""
        if document_id not in self.documents:
            self.record(DocumentUnknown, at=at, document_id=document_id)

    def pushed(self, hours: tuple[PushedHour, ...], *, cut: int, at: datetime) -> None:
        """Notes what the collector was told."""
        if hours or cut > self.pushed_until:
            self.record(UsagePushed, at=at, hours=hours, cut=max(cut, self.pushed_until))

    def drift(self, meter: str, hour: datetime, *, ours: Decimal, theirs: Decimal, at: datetime) -> None:
        """Notes that the collector holds something else."""
        if (meter, hour) not in self.drifted:
            self.record(UsageDrifted, at=at, meter=meter, hour=hour, ours=ours, theirs=theirs)

    def reject(self, rejection: Rejection, *, at: datetime) -> None:
        """Notes usage that was thrown away."""
        if rejection not in self.rejections and len(self.rejections) < MOST_REJECTIONS:
            self.record(UsageRejected, at=at, rejection=rejection)

    def last_push(self, meter: str, hour: datetime) -> PushedHour | None:
        """What the collector was told last of an hour."""
        return next((one for one in self.hours if (one.meter, one.hour) == (meter, hour)), None)

    def attempted(
        self, document_id: UUID, *, number: int, due_at: datetime, outcome: ChargeOutcome, at: datetime
    ) -> None:
        """Notes an attempt; each is made once."""
        charge = Charge(document_id=document_id, number=number, due_at=due_at)
        if charge not in self.charged:
            self.record(
                ChargeAttempted, at=at, document_id=document_id, number=number, due_at=due_at, outcome=outcome
            )

    def failed(self, payment: FailedPayment, *, at: datetime) -> bool:
        """Notes a payment that failed, once; was it unknown?"""
        is_new = all(one.notice != payment.notice for one in self.failed_payments)
        if is_new:
            self.record(PaymentFailed, at=at, failed=payment)
        return is_new

    def evolve(self, event: CollectionEvent) -> None:
        match event:
            case CustomerLinked():
                self.customer = event.customer
            case DocumentSent():
                known = SentDocument(
                    state=event.state, external_id=event.external_id, total_minor=event.total_minor
                )
                self.documents = {**self.documents, event.document_id: known}
            case DocumentUnknown():
                unknown = SentDocument(state=DocumentState.UNKNOWN)
                self.documents = {**self.documents, event.document_id: unknown}
            case UsagePushed():
                told = {(one.meter, one.hour): one for one in (*self.hours, *event.hours)}
                since = event.occurred_at - KEPT
                self.hours = tuple(one for one in told.values() if one.hour >= since)
                self.pushed_until = event.cut
                confirmed = {(one.meter, one.hour) for one in event.hours if one.is_confirmed}
                self.drifted = tuple(one for one in self.drifted if one not in confirmed)
            case UsageDrifted():
                self.drifted = (*self.drifted, (event.meter, event.hour))
            case UsageRejected():
                self.rejections = (*self.rejections, event.rejection)
            case ChargeAttempted():
                charge = Charge(document_id=event.document_id, number=event.number, due_at=event.due_at)
                self.charged = (*self.charged, charge)
            case PaymentFailed():
                self.failed_payments = (*self.failed_payments, event.failed)[-MOST_FAILURES:]
            case _:
                assert_never(event)
