"""Is what was asked about at one moment, and noted later than what was asked afterwards, still no lie? In memory."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.payments.returning import Returns, refund_performer
from application.billing import collections
from application.billing.collections import ReceiveRefund
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.notice import NoticeReceived, notice_id
from domain.kernel.refusals import NotFound
from tests.domain.billing.kit import closed, fee, plan, subscribed
from tests.kit.builders import TENANT
from tests.kit.memory import House

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)
OFFER = plan("pro", fee("149"))


class _Commands(House):
    """One company with an invoice over 178.80; there is no other."""

    def __init__(self) -> None:
        super().__init__(collections.HANDLERS)
        book = closed(subscribed(OFFER), [OFFER], InvoiceBook.new(invoices_id(TENANT)), "2026-01")
        (self.invoice_id,) = book.invoices
        self.store._save(book)

    def execute(self, order: Any, **_: Any) -> Any:
        if order.tenant_id != TENANT:
            raise NotFound
        return super().execute(order.command, at=order.at)

    def notice(self, *found: tuple[UUID, ReceiveRefund]) -> None:
        """Works on a notice, of which the collector says this."""
        event = NoticeReceived(
            external_id="evt_1", kind="refund.updated", company_id=None, invoice_id=None, object_id="re_1",
            amount_minor=0, happened_at=NOW, originator_id=notice_id(TENANT, "evt_1"), originator_version=1,
            occurred_at=NOW,
        )  # fmt: skip
        account: Any = SimpleNamespace(refund=lambda external_id: next(iter(found), None))
        told: Returns = account
        refund_performer(told, self)(SimpleNamespace(event=event))  # type: ignore[arg-type]

    def said(self, **more: Any) -> ReceiveRefund:
        wish = {"reference": "re_1", "amount_minor": 2_000, "refunded_on": date(2026, 2, 9), **more}
        return ReceiveRefund(invoice_id=self.invoice_id, **wish)


@pytest.mark.parametrize("answers", [(False, True), (True, False), (True, False, True)])
def test_l29_a_refund_that_failed_counts_for_nothing_whichever_answer_is_noted_first(
    answers: tuple[bool, ...],
) -> None:
    commands = _Commands()
    for has_failed in answers:
        commands.notice((TENANT, commands.said(has_failed=has_failed)))
    invoice = commands.store.load(InvoiceBook, invoices_id(TENANT)).invoices[commands.invoice_id]
    assert (invoice.refunded_minor, invoice.waived_minor, len(invoice.refunds)) == (0, 0, 1)


def test_l29_a_notice_about_a_company_of_another_installation_is_done_with() -> None:
    commands = _Commands()
    before = commands.store.position
    commands.notice((uuid4(), commands.said()))
    commands.notice()
    assert commands.store.position == before
