"""How is Stripe asked? With a name on every request that changes something, patiently, and never by unit price.

Stripe keeps the first answer to a named request, its own failures included. So after a failure nobody knows
what happened: `OutcomeUnknown` sends the caller to look first, and then to ask under the next name.
"""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import sleep
from typing import Any, TypeVar
from uuid import UUID

import stripe
import structlog

from adapters.payments.names import COMPANY, CREDIT_NOTE, INVOICE, ITEM, MONTH
from application.billing.collections import ReceiveDispute, ReceiveRefund
from application.ports.collector import (
    CollectorRefused,
    CollectorUnavailable,
    HeldDocument,
    OutcomeUnknown,
)
from domain.billing.payments import DisputeOutcome
from domain.billing.terms import Debtor
from domain.kernel.money import THREE_DIGITS

log = structlog.get_logger(__name__)

T = TypeVar("T")
TRIES = 6
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
TIMEOUT_S = 20.0
HOUR = timedelta(hours=1)
DUPLICATE = "already exists"
NOT_ARRIVED = frozenset({"failed", "canceled"})
# An inquiry that was closed and a dispute that was prevented took no money. An appeal is not decided yet.
DECIDED = {
    "won": DisputeOutcome.WON,
    "warning_closed": DisputeOutcome.WON,
    "prevented": DisputeOutcome.WON,
    "lost": DisputeOutcome.LOST,
}
# Two that Stripe counts in hundredths although they have none, and those whose last digit it wants to be zero.
COUNTED_OTHERWISE = frozenset({"ISK", "UGX"}) | THREE_DIGITS


class StripeAccount:
    """The Collector port over the Stripe SDK."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str | None = None,
        timeout_s: float = TIMEOUT_S,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        addresses: Any = {"api": base_url, "meter_events": base_url} if base_url else None
        self._client = stripe.StripeClient(
            api_key,
            base_addresses=addresses,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout_s),
        )
        self._first_pause_s = first_pause_s
        self._meters: dict[str, str] = {}

    # Customers

    def find_customer(self, company_id: UUID) -> str | None:
        query = f"metadata['{COMPANY}']:'{company_id}'"
        found = self._patiently(lambda: self._client.v1.customers.search({"query": query, "limit": 1}))
        if found.data:
            return found.data[0].id
        # Stripe's search comes after its facts, by a minute or more. A list does not: who was made lately is there.
        since = int((datetime.now(UTC) - HOUR).timestamp())
        lately = self._patiently(
            lambda: list(
                self._client.v1.customers.list({"created": {"gte": since}, "limit": 100}).auto_paging_iter()
            )
        )
        return next((one.id for one in lately if _metadata(one).get(COMPANY) == str(company_id)), None)

    def create_customer(self, company_id: UUID, debtor: Debtor, *, attempt: int) -> str:
        made = self._patiently(
            lambda: self._client.v1.customers.create(
                {
                    "name": debtor.legal_name,
                    "address": {"country": debtor.country},
                    "metadata": {COMPANY: str(company_id)},
                },
                _named(f"customer:{company_id}", attempt),
            ),
            changes=True,
        )
        return made.id

    # Invoices

    def find_invoice(self, customer: str, invoice_id: UUID) -> HeldDocument | None:
        for invoice in self._patiently(
            lambda: list(
                self._client.v1.invoices.list({"customer": customer, "limit": 100}).auto_paging_iter()
            )
        ):
            if _metadata(invoice).get(INVOICE) == str(invoice_id):
                return self._held(invoice)
        return None

    def create_invoice(
        self,
        customer: str,
        company_id: UUID,
        invoice_id: UUID,
        *,
        number: str,
        month: str,
        currency: str,
        due_on: date,
        attempt: int,
    ) -> HeldDocument:
        if currency in COUNTED_OTHERWISE:
            raise CollectorRefused(
                f"Stripe counts {currency} in other units than ISO 4217; collect it by hand."
            )
        made = self._patiently(
            lambda: self._client.v1.invoices.create(
                {
                    "customer": customer,
                    "number": number,
                    "currency": currency.lower(),
                    "auto_advance": False,
                    "collection_method": "send_invoice",
                    "due_date": int(datetime.combine(due_on, time(23, 59), UTC).timestamp()),
                    "pending_invoice_items_behavior": "exclude",
                    "metadata": {COMPANY: str(company_id), INVOICE: str(invoice_id), MONTH: month},
                },
                _named(f"invoice:{invoice_id}", attempt),
            ),
            changes=True,
        )
        return HeldDocument(str(made.id), is_final=False, total_minor=0, items={})

    def add_item(
        self,
        customer: str,
        invoice: HeldDocument,
        name: str,
        *,
        amount_minor: int,
        currency: str,
        words: str,
        attempt: int,
    ) -> None:
        self._patiently(
            lambda: self._client.v1.invoice_items.create(
                {
                    "customer": customer,
                    "invoice": invoice.external_id,
                    "amount": amount_minor,
                    "currency": currency.lower(),
                    "description": words,
                    "metadata": {ITEM: name},
                },
                _named(f"item:{invoice.external_id}:{name}", attempt),
            ),
            changes=True,
        )

    def finalise(self, invoice: HeldDocument, *, attempt: int) -> None:
        self._patiently(
            lambda: self._client.v1.invoices.finalize_invoice(
                invoice.external_id, {"auto_advance": True}, _named(f"final:{invoice.external_id}", attempt)
            ),
            changes=True,
        )

    def is_paid(self, invoice: str) -> bool:
        return self._patiently(lambda: self._client.v1.invoices.retrieve(invoice)).status == "paid"

    def charge(self, invoice: str, *, name: str, attempt: int) -> None:
        self._patiently(
            lambda: self._client.v1.invoices.pay(invoice, {}, _named(f"pay:{invoice}:{name}", attempt)),
            changes=True,
        )

    # Credit notes

    def find_credit_note(self, invoice: str, credit_note_id: UUID) -> HeldDocument | None:
        for note in self._patiently(
            lambda: list(
                self._client.v1.credit_notes.list({"invoice": invoice, "limit": 100}).auto_paging_iter()
            )
        ):
            if _metadata(note).get(CREDIT_NOTE) == str(credit_note_id):
                return HeldDocument(note.id, is_final=True, total_minor=note.total, items={})
        return None

    def create_credit_note(
        self, invoice: str, credit_note_id: UUID, *, total_minor: int, memo: str, attempt: int
    ) -> HeldDocument:
        owed = self._patiently(lambda: self._client.v1.invoices.retrieve(invoice)).amount_remaining
        wish: Any = {
            "invoice": invoice,
            "amount": total_minor,
            "memo": memo,
            "metadata": {CREDIT_NOTE: str(credit_note_id)},
        }
        if total_minor > owed:
            # What was paid already goes back outside of Stripe: as its balance it would make the next invoice
            # come to less there than here.
            wish["out_of_band_amount"] = total_minor - owed
        made = self._patiently(
            lambda: self._client.v1.credit_notes.create(
                wish,
                _named(f"credit-note:{credit_note_id}", attempt),
            ),
            changes=True,
        )
        return HeldDocument(made.id, is_final=True, total_minor=made.total, items={})

    # What went back

    def refund(self, external_id: str) -> tuple[UUID, ReceiveRefund] | None:
        """A refund as it stands, and whose it is."""
        refund = self._patiently(lambda: self._client.v1.refunds.retrieve(external_id))
        paid = self._paid(refund.payment_intent)
        if paid is None or refund.amount < 1:
            return None
        company_id, invoice_id = paid
        return company_id, ReceiveRefund(
            invoice_id=invoice_id,
            reference=refund.id,
            amount_minor=refund.amount,
            refunded_on=_day(refund.created),
            has_failed=refund.status in NOT_ARRIVED,
        )

    def dispute(self, external_id: str) -> tuple[UUID, ReceiveDispute] | None:
        """A dispute as it stands, and whose it is."""
        dispute = self._patiently(lambda: self._client.v1.disputes.retrieve(external_id))
        paid = self._paid(dispute.payment_intent)
        if paid is None or dispute.amount < 1:
            return None
        company_id, invoice_id = paid
        return company_id, ReceiveDispute(
            invoice_id=invoice_id,
            reference=dispute.id,
            amount_minor=dispute.amount,
            reason=dispute.reason,
            disputed_on=_day(dispute.created),
            outcome=DECIDED.get(dispute.status),
        )

    def _paid(self, payment_intent: Any) -> tuple[UUID, UUID] | None:
        """Whose invoice of ours a payment was for: refunds and disputes name the payment alone."""
        if payment_intent is None:
            return None
        name = payment_intent if isinstance(payment_intent, str) else payment_intent.id
        wish: Any = {"payment": {"type": "payment_intent", "payment_intent": name}, "limit": 1}
        payments = self._patiently(lambda: self._client.v1.invoice_payments.list(wish))
        if not payments.data:
            return None
        paid: Any = payments.data[0].invoice
        named = _metadata(self._patiently(lambda: self._client.v1.invoices.retrieve(paid)))
        if COMPANY in named and INVOICE in named:
            return UUID(named[COMPANY]), UUID(named[INVOICE])
        return None

    # Usage

    def meter(self, name: str, *, attempt: int) -> str:
        if name not in self._meters:
            found = self._patiently(
                lambda: list(
                    self._client.v1.billing.meters.list({"status": "active", "limit": 100}).auto_paging_iter()
                )
            )
            self._meters = {meter.event_name: meter.id for meter in found}
        if name not in self._meters:
            made = self._patiently(
                lambda: self._client.v1.billing.meters.create(
                    {
                        "display_name": name,
                        "event_name": name,
                        "event_time_window": "hour",
                        "default_aggregation": {"formula": "sum"},
                        "value_settings": {"event_payload_key": "value"},
                        "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
                    },
                    _named(f"meter:{name}", attempt),
                ),
                changes=True,
            )
            self._meters[name] = made.id
        return self._meters[name]

    def push(
        self, customer: str, meter: str, *, hour: datetime, value: Decimal, identifier: str, attempt: int
    ) -> str:
        # The name of the request begins with the identifier: a report of errors gives it back.
        name = f"{identifier}~{attempt}" if attempt else identifier
        try:
            self._patiently(
                lambda: self._client.v1.billing.meter_events.create(
                    {
                        "event_name": meter,
                        "identifier": identifier,
                        "timestamp": int(hour.timestamp()),
                        "payload": {"stripe_customer_id": customer, "value": f"{value.normalize():f}"},
                    },
                    {"idempotency_key": name},
                ),
                changes=True,
            )
        except CollectorRefused as refusal:
            # The same word again: it was heard the first time.
            if DUPLICATE not in str(refusal):
                raise
        return identifier

    def told(self, customer: str, meter: str, hour: datetime) -> Decimal | None:
        found = self._patiently(
            lambda: self._client.v1.billing.meters.event_summaries.list(
                meter,
                {
                    "customer": customer,
                    "start_time": int(hour.timestamp()),
                    "end_time": int((hour + HOUR).timestamp()),
                    "value_grouping_window": "hour",
                },
            )
        )
        return Decimal(str(found.data[0].aggregated_value)) if found.data else None

    def rejections(self, event_id: str) -> list[tuple[str, str]]:
        """Which of our requests a report of errors is about, and why."""
        event: Any = self._patiently(lambda: self._client.v2.core.events.retrieve(event_id))
        return [
            (sample.request.identifier, kind.code)
            for kind in event.data.reason.error_types
            for sample in kind.sample_errors
        ]

    def _held(self, invoice: Any) -> HeldDocument:
        lines = self._patiently(
            lambda: list(
                self._client.v1.invoices.line_items.list(invoice.id, {"limit": 100}).auto_paging_iter()
            )
        )
        items: dict[str, int] = {}
        for line in lines:
            name = _metadata(line).get(ITEM)
            if name is not None:
                items[name] = items.get(name, 0) + line.amount
        total = sum(line.amount for line in lines)
        return HeldDocument(invoice.id, invoice.status != "draft", total, items)

    def _patiently(self, ask: Callable[[], T], *, changes: bool = False) -> T:
        """Asks again, later and later, while Stripe is busy or silent; what was refused stays refused."""
        for number in range(TRIES):
            try:
                return ask()
            except (stripe.RateLimitError, stripe.APIConnectionError) as error:
                # The name on the request makes a repeat safe, whatever became of the first.
                reason = type(error).__name__
            except stripe.IdempotencyError as error:
                raise OutcomeUnknown(str(error)) from error
            except (stripe.InvalidRequestError, stripe.CardError, stripe.AuthenticationError) as error:
                raise CollectorRefused(str(error)) from error
            except stripe.StripeError as error:
                if changes:
                    raise OutcomeUnknown(str(error)) from error
                reason = type(error).__name__
            log.info("collector_asked_again", reason=reason, number=number + 1)
            sleep(self._pause_s(number))
        raise CollectorUnavailable("Stripe did not answer.")

    def _pause_s(self, number: int) -> float:
        longest = min(self._first_pause_s * 2.0**number, LONGEST_PAUSE_S)
        return longest * random.uniform(0.5, 1.0)  # jitter, nothing secret


def _named(name: str, attempt: int) -> Any:
    return {"idempotency_key": f"escale:{name}:{attempt}"}


def _day(created: int) -> date:
    return datetime.fromtimestamp(created, UTC).date()


def _metadata(thing: Any) -> Mapping[str, str]:
    found = thing.metadata
    return found.to_dict() if found is not None else {}
