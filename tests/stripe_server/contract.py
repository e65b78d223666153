"""Which parameters and which answers are Stripe's? Those the installed SDK's own types name, and no others."""

import re
import sys
from typing import Any
from urllib.parse import parse_qsl

from stripe import (
    CreditNote,
    Customer,
    Dispute,
    Event,
    Invoice,
    InvoiceItem,
    InvoiceLineItem,
    InvoicePayment,
    Refund,
)
from stripe._api_version import _ApiVersion
from stripe.billing import Meter, MeterEvent, MeterEventSummary
from stripe.params import (
    CreditNoteCreateParams,
    CreditNoteListParams,
    CustomerCreateParams,
    CustomerListParams,
    CustomerSearchParams,
    DisputeRetrieveParams,
    InvoiceCreateParams,
    InvoiceFinalizeInvoiceParams,
    InvoiceItemCreateParams,
    InvoiceLineItemListParams,
    InvoiceListParams,
    InvoicePaymentListParams,
    InvoicePayParams,
    InvoiceRetrieveParams,
    RefundRetrieveParams,
)
from stripe.params.billing import (
    MeterCreateParams,
    MeterEventCreateParams,
    MeterEventSummaryListParams,
    MeterListParams,
)

# Method and path, with an id as `*`, and the type of what may be sent there.
TAKES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/customers"): CustomerCreateParams,
    ("GET", "/v1/customers"): CustomerListParams,
    ("GET", "/v1/customers/search"): CustomerSearchParams,
    ("POST", "/v1/billing/meters"): MeterCreateParams,
    ("GET", "/v1/billing/meters"): MeterListParams,
    ("GET", "/v1/billing/meters/*/event_summaries"): MeterEventSummaryListParams,
    ("POST", "/v1/billing/meter_events"): MeterEventCreateParams,
    ("POST", "/v1/invoices"): InvoiceCreateParams,
    ("GET", "/v1/invoices"): InvoiceListParams,
    ("GET", "/v1/invoices/*"): InvoiceRetrieveParams,
    ("POST", "/v1/invoices/*/pay"): InvoicePayParams,
    ("POST", "/v1/invoices/*/finalize"): InvoiceFinalizeInvoiceParams,
    ("GET", "/v1/invoices/*/lines"): InvoiceLineItemListParams,
    ("POST", "/v1/invoiceitems"): InvoiceItemCreateParams,
    ("POST", "/v1/credit_notes"): CreditNoteCreateParams,
    ("GET", "/v1/credit_notes"): CreditNoteListParams,
    ("GET", "/v1/invoice_payments"): InvoicePaymentListParams,
    ("GET", "/v1/refunds/*"): RefundRetrieveParams,
    ("GET", "/v1/disputes/*"): DisputeRetrieveParams,
    ("GET", "/v2/core/events/*"): None,
}
ANSWERS: dict[str, Any] = {
    "customer": Customer,
    "billing.meter": Meter,
    "billing.meter_event": MeterEvent,
    "billing.meter_event_summary": MeterEventSummary,
    "invoice": Invoice,
    "invoiceitem": InvoiceItem,
    "line_item": InvoiceLineItem,
    "credit_note": CreditNote,
    "invoice_payment": InvoicePayment,
    "refund": Refund,
    "dispute": Dispute,
    "event": Event,
}
API_VERSION = _ApiVersion.CURRENT
FREE = re.compile(r"Dict\[|UntypedStripeObject")
TYPE_NAME = re.compile(r"\b[A-Z][A-Za-z]*Params[A-Za-z]*\b")


class Unknown(Exception):
    """A parameter no version of the SDK we installed would send."""


def unfolded(text: str) -> dict[str, Any]:
    """Form fields as Stripe nests them: a[b]=1 is {"a": {"b": "1"}}."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *inner = re.findall(r"[^\[\]]+", name)
        place, keys = found, [first, *inner]
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return found


def check(params: dict[str, Any], kind: Any, path: str = "") -> None:
    """Refuses what the SDK's types do not name."""
    known = _fields(kind)
    for name, value in params.items():
        if name not in known:
            raise Unknown(f"{path}{name}")
        declared = known[name]
        if isinstance(value, dict) and not FREE.search(declared):
            inner = [getattr(sys.modules[kind.__module__], each) for each in TYPE_NAME.findall(declared)]
            if not inner:
                raise Unknown(f"{path}{name} takes no fields")
            check(value, inner[0], f"{path}{name}.")


def check_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """Holds an answer against the SDK's class, so that the stand-in cannot drift from it."""
    kind = ANSWERS[answer["object"]]
    known = {name for each in kind.__mro__ for name in getattr(each, "__annotations__", {})}
    unknown = set(answer) - known
    assert not unknown, f"{kind.__name__} has no {sorted(unknown)}"
    return answer


def _fields(kind: Any) -> dict[str, str]:
    return {
        name: str(declared) for each in reversed([kind]) for name, declared in each.__annotations__.items()
    }
