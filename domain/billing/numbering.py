"""Which number does a document of the seller get? The next one of its year, without a gap.

A document asks in a stream of its own, so that closings never wait for each other; one process reads the
platform's feed in order and gives the numbers one by one.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.text import Code

DocumentKind = Literal["invoice", "credit_note"]
PREFIX = {"invoice": "F", "credit_note": "A"}
Year = Annotated[int, Field(strict=True, ge=2000, le=2199)]


class NumberRequested(DomainEvent):
    """A document of a company waits for its number."""

    TOPIC: ClassVar[str] = "numbering.requested.v1"

    company_id: UUID
    invoice_id: UUID
    document_id: UUID
    kind: DocumentKind
    year: Year


class NumberReceived(DomainEvent):
    """The document has its number."""

    TOPIC: ClassVar[str] = "numbering.received.v1"

    number: Code


NumberingEvent = NumberRequested | NumberReceived


class NumberGiven(DomainEvent):
    """The series went one further."""

    TOPIC: ClassVar[str] = "number-series.number-given.v1"

    document_id: UUID
    ordinal: Annotated[int, Field(strict=True, ge=1)]
    number: Code


def request_id(platform_id: UUID, document_id: UUID) -> UUID:
    """Where a document asks for its number."""
    return uuid5(platform_id, f"number:{document_id}")


def series_id(platform_id: UUID, kind: DocumentKind, year: int) -> UUID:
    """The series of one kind of document and one year."""
    return uuid5(platform_id, f"series:{kind}:{year}")


class NumberRequest(Aggregate):
    """One document that waits for its number.  requested -> received."""

    CATEGORY: ClassVar[str] = "numbering"

    company_id: UUID
    invoice_id: UUID
    document_id: UUID
    kind: DocumentKind
    year: Year
    number: Code | None = None

    def ask(
        self,
        *,
        company_id: UUID,
        invoice_id: UUID,
        document_id: UUID,
        kind: DocumentKind,
        year: int,
        at: datetime,
    ) -> None:
        """Asks once."""
        if self.version == 0:
            self.record(
                NumberRequested,
                at=at,
                company_id=company_id,
                invoice_id=invoice_id,
                document_id=document_id,
                kind=kind,
                year=year,
            )

    def receive(self, number: str, *, at: datetime) -> None:
        """Has its number for good."""
        self.record(NumberReceived, at=at, number=number)

    def evolve(self, event: NumberingEvent) -> None:
        match event:
            case NumberRequested():
                self.company_id, self.invoice_id = event.company_id, event.invoice_id
                self.document_id, self.kind, self.year = event.document_id, event.kind, event.year
            case NumberReceived():
                self.number = event.number
            case _:
                assert_never(event)


class NumberSeries(Aggregate):
    """The numbers of one kind of document in one year: 1, 2, 3 and so on."""

    CATEGORY: ClassVar[str] = "number-series"

    last: int = 0

    def give(self, document_id: UUID, *, kind: DocumentKind, year: int, at: datetime) -> str:
        """The next number."""
        ordinal = self.last + 1
        number = f"{PREFIX[kind]}{year}-{ordinal:06}"
        self.record(NumberGiven, at=at, document_id=document_id, ordinal=ordinal, number=number)
        return number

    def evolve(self, event: NumberGiven) -> None:
        match event:
            case NumberGiven():
                self.last = event.ordinal
            case _:
                assert_never(event)
