"""Who collects the money, and what may be asked of them? Never called inside a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.billing.terms import Debtor


class CollectorUnavailable(Exception):
    """The collector did not answer, again and again; nothing is known beyond what was noted."""


class OutcomeUnknown(Exception):
    """What was asked for may have happened; ask before asking for it again."""


class CollectorRefused(Exception):
    """The collector understood and said no; asking again changes nothing."""


@dataclass(frozen=True)
class HeldDocument:
    """An invoice or credit note as the collector holds it; `items` are its amounts by our names."""

    external_id: str
    is_final: bool
    total_minor: int
    items: Mapping[str, int]


class Collector(Protocol):
    """A collector of invoices. Every request that changes something has a name: the same name happens once."""

    def find_customer(self, company_id: UUID) -> str | None:
        """The collector's id of a company."""
        ...

    def create_customer(self, company_id: UUID, debtor: Debtor, *, attempt: int) -> str:
        """Makes the company known."""
        ...

    def find_invoice(self, customer: str, invoice_id: UUID) -> HeldDocument | None:
        """An invoice by our id."""
        ...

    def create_invoice(
        self, customer: str, company_id: UUID, invoice_id: UUID, *, number: str, month: str, currency: str,
        due_on: date, attempt: int,
    ) -> HeldDocument:  # fmt: skip
        """An empty invoice that takes nothing else the collector may hold."""
        ...

    def add_item(
        self, customer: str, invoice: HeldDocument, name: str, *, amount_minor: int, currency: str, words: str,
        attempt: int,
    ) -> None:  # fmt: skip
        """A line by its amount, never by price and quantity."""
        ...

    def finalise(self, invoice: HeldDocument, *, attempt: int) -> None:
        """From now on it is collected."""
        ...

    def is_paid(self, invoice: str) -> bool:
        """Has the collector the money of an invoice?"""
        ...

    def charge(self, invoice: str, *, name: str, attempt: int) -> None:
        """Takes the money from the company's card now. Refuses with CollectorRefused where the card says no."""
        ...

    def find_credit_note(self, invoice: str, credit_note_id: UUID) -> HeldDocument | None:
        """A credit note by our id."""
        ...

    def create_credit_note(
        self, invoice: str, credit_note_id: UUID, *, total_minor: int, memo: str, attempt: int
    ) -> HeldDocument:
        """Takes a part of an invoice back."""
        ...

    def meter(self, name: str, *, attempt: int) -> str:
        """The collector's id of a meter of hours, made if it is not there."""
        ...

    def push(
        self, customer: str, meter: str, *, hour: datetime, value: Decimal, identifier: str, attempt: int
    ) -> str:
        """What an hour came to; the latest word counts, and a word with the same identifier is heard once."""
        ...

    def told(self, customer: str, meter: str, hour: datetime) -> Decimal | None:
        """What the collector holds of an hour."""
        ...
