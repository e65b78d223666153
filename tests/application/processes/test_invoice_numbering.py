"""Which year's series does a document get its number from?"""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from application.billing.invoices import RequestNumber
from application.kernel.process import History, InTenant
from application.processes.invoice_numbering import InvoiceNumbering
from domain.billing.invoice_events import InvoiceCredited
from domain.billing.issued import CreditCause
from tests.domain.billing.kit import at

INVOICE, NOTE = UUID(int=1), UUID(int=2)


def year_of(when: str, zone: str) -> int:
    event = InvoiceCredited(
        originator_id=INVOICE,
        originator_version=2,
        occurred_at=at(when),
        invoice_id=INVOICE,
        credit_note_id=NOTE,
        cause=CreditCause.GOODWILL,
        reason="A bad day",
        net_minor=1,
        tax_minor=0,
        total_minor=1,
    )
    past: Any = SimpleNamespace(tenant_id=UUID(int=3), find=lambda kind, one: SimpleNamespace(zone=zone))
    (asked,) = InvoiceNumbering().react(event, cast(History, past))
    assert isinstance(asked, InTenant)
    assert isinstance(asked.command, RequestNumber)
    return asked.command.year


def test_l16_the_number_is_of_the_year_the_document_is_dated() -> None:
    # The day on the document is the company's: in Tokyo the year is over nine hours before it is in Greenwich.
    assert year_of("2026-12-31T16:00:00+00:00", "Asia/Tokyo") == 2027
    assert year_of("2026-12-31T16:00:00+00:00", "Europe/Paris") == 2026
    assert year_of("2027-01-01T02:00:00+00:00", "America/New_York") == 2026
