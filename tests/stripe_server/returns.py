"""What Stripe tells of money that did not come, or went back: none of these are routes, they happen there."""

import json
from typing import Any

from stripe import WebhookSignature

# What a dispute takes on its way. Its end is told by `charge.dispute.closed`.
OPEN, ENDED = "needs_response", frozenset({"won", "lost", "warning_closed", "prevented"})


def note_payment(ledger: Any, invoice: dict[str, Any]) -> None:
    """What ties a payment to its invoice: neither a refund nor a dispute names the invoice itself."""
    ledger.keep(
        "inpay", object="invoice_payment", invoice=invoice["id"], amount_paid=invoice["amount_paid"],
        amount_requested=invoice["amount_paid"], currency=invoice["currency"], is_default=True, status="paid",
        payment={"type": "payment_intent", "payment_intent": f"pi_{invoice['id']}"},
    )  # fmt: skip


def payments_of(ledger: Any, payment_intent: str) -> list[dict[str, Any]]:
    """The invoices a payment was for."""
    return [
        one for one in ledger.all("invoice_payment") if one["payment"]["payment_intent"] == payment_intent
    ]


def fail(ledger: Any, invoice: dict[str, Any]) -> dict[str, Any]:
    """A payment of an open invoice fails."""
    invoice["attempted"], invoice["attempt_count"] = True, invoice.get("attempt_count", 0) + 1
    ledger.happened("invoice.payment_failed", invoice)
    return invoice


def refund(ledger: Any, invoice_id: str, amount: int) -> dict[str, Any]:
    """The seller gives a part of a payment back, in the dashboard."""
    made: dict[str, Any] = ledger.keep(
        "re", object="refund", amount=amount, **_paid(ledger, invoice_id), reason=None, status="succeeded",
        metadata={},
    )  # fmt: skip
    ledger.happened("refund.created", made)
    ledger.happened("refund.updated", made)
    return made


def fail_refund(ledger: Any, made: dict[str, Any]) -> dict[str, Any]:
    """The money could not be given back."""
    made["status"], made["failure_reason"] = "failed", "expired_or_canceled_card"
    ledger.happened("refund.failed", made)
    return made


def dispute(ledger: Any, invoice_id: str, amount: int) -> dict[str, Any]:
    """The customer's bank wants a payment back."""
    made: dict[str, Any] = ledger.keep(
        "du", object="dispute", amount=amount, **_paid(ledger, invoice_id), reason="product_not_received",
        status=OPEN, is_charge_refundable=False, metadata={},
    )  # fmt: skip
    ledger.happened("charge.dispute.created", made)
    return made


def decide(ledger: Any, made: dict[str, Any], status: str) -> dict[str, Any]:
    """The bank decides, or the dispute goes one step further."""
    made["status"] = status
    ledger.happened("charge.dispute.closed" if status in ENDED else "charge.dispute.updated", made)
    return made


def letters(ledger: Any, secret: str, kinds: list[str], copies: int) -> list[dict[str, str]]:
    """What was told of these kinds, signed, every one so many times, and in any order."""
    told = [event for event in ledger.events if event.get("type") in kinds] * copies
    ledger.random.shuffle(told)
    bodies = [json.dumps(event) for event in told]
    return [
        {"body": body, "signature": WebhookSignature.generate_signature_header(body, secret)}
        for body in bodies
    ]


def _paid(ledger: Any, invoice_id: str) -> dict[str, Any]:
    payment = next(one for one in ledger.all("invoice_payment") if one["invoice"] == invoice_id)
    intent = payment["payment"]["payment_intent"]
    return {"charge": intent.replace("pi_", "ch_"), "payment_intent": intent, "currency": payment["currency"]}
