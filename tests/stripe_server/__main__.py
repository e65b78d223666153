"""`python -m tests.stripe_server PORT SEED`: Stripe's routes on the loopback address, with a bad line.

By the seeded schedule 5 % of the requests are turned away as too many, 2 % fail after they took effect and 2 %
take effect without an answer. A named request that failed answers the same failure for ever, as Stripe's do.
"""

import json
import re
import sys
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from random import Random
from threading import RLock
from time import sleep, time
from typing import Any
from urllib.parse import urlsplit

from tests.stripe_server import returns
from tests.stripe_server.contract import API_VERSION, TAKES, Unknown, check, check_answer, unfolded

HOUR_S, DAY_S = 3_600, 86_400
OLDEST_S, AHEAD_S = 35 * DAY_S, 300
MOST_DIGITS, LONGEST_NAME = 15, 100
# Where the part of a credit note goes that was paid already.
GIVEN_BACK = ("credit_amount", "out_of_band_amount", "refund_amount")


class Wrong(Exception):
    """Refused with 400."""

    def __init__(self, message: str, code: str = "parameter_invalid") -> None:
        super().__init__(message)
        self.code = code


class Declined(Exception):
    """The card says no: 402."""


class Ledger:
    """Everything the stand-in remembers."""

    def __init__(self, seed: int) -> None:
        self.lock = RLock()
        self.random = Random(seed)
        self.rates = {"busy": 0.05, "broken": 0.02, "lost": 0.02, "slow": 0.0}
        self.is_down = False
        self.is_card_good = False
        self.is_lagging = False  # sums come later than what they are made of
        self.clock: float | None = None
        self.numbers = count(1)
        self.things: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self.usage: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.faults = {"busy": 0, "broken": 0, "lost": 0, "slow": 0, "down": 0}
        self.requests: list[str] = []

    def now(self) -> int:
        return int(time() if self.clock is None else self.clock)

    def fault(self) -> str | None:
        if self.is_down:
            self.faults["down"] += 1
            return "down"
        drawn = self.random.random()
        for kind, rate in self.rates.items():
            if drawn < rate:
                self.faults[kind] += 1
                return kind
            drawn -= rate
        return None

    def keep(self, prefix: str, **values: Any) -> dict[str, Any]:
        made = "date" if prefix == "ii" else "created"
        name = f"{prefix}_{next(self.numbers):06}"
        mode = {} if prefix == "re" else {"livemode": False}
        thing = {"id": name, made: self.now(), **mode, **values}
        self.things[name] = thing
        return thing

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [thing for thing in self.things.values() if thing["object"] == kind]

    def get(self, name: str, kind: str) -> dict[str, Any]:
        thing = self.things.get(name)
        if thing is None or thing["object"] != kind:
            raise Wrong(f"No such {kind}: '{name}'", "resource_missing")
        return thing

    def happened(self, kind: str, thing: dict[str, Any]) -> None:
        check_answer(thing)
        told = {
            "id": f"evt_{next(self.numbers):06}", "object": "event", "type": kind, "created": self.now(),
            "data": {"object": dict(thing)}, "livemode": False, "api_version": API_VERSION,
        }  # fmt: skip
        self.events.append(check_answer(told))


def create_customer(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    return ledger.keep("cus", object="customer", name=params.get("name"), metadata=params.get("metadata", {}))


def search_customers(ledger: Ledger, params: dict[str, Any]) -> list[dict[str, Any]]:
    name, value = re.fullmatch(r"metadata\['(\w+)'\]:'([^']+)'", params["query"]).groups()  # type: ignore[union-attr]
    found = [one for one in ledger.all("customer") if one["metadata"].get(name) == value]
    # Stripe: no search after a write, it finds what is a minute old.
    return [] if ledger.is_lagging else found


def create_meter(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    formula = params["default_aggregation"]["formula"]
    if formula not in ("sum", "count", "last"):
        raise Wrong("formula")
    if any(meter["event_name"] == params["event_name"] for meter in ledger.all("billing.meter")):
        raise Wrong("A meter with this event_name is active")
    return ledger.keep(
        "mtr", object="billing.meter", display_name=params["display_name"], event_name=params["event_name"],
        event_time_window=params.get("event_time_window"), default_aggregation={"formula": formula},
        status="active", updated=ledger.now(), status_transitions={"deactivated_at": None},
        customer_mapping=params.get("customer_mapping"), value_settings=params.get("value_settings"),
    )  # fmt: skip


def create_meter_event(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    identifier, at = params["identifier"], int(params.get("timestamp", ledger.now()))
    if max(len(identifier), len(params["event_name"])) > LONGEST_NAME:
        raise Wrong("longer than 100 characters")
    if identifier in ledger.usage:
        raise Wrong(f"An event already exists with identifier {identifier}.", "duplicate_meter_event")
    if at < ledger.now() - OLDEST_S:
        raise Wrong("The timestamp is too far in the past.", "timestamp_too_far_in_past")
    if at > ledger.now() + AHEAD_S:
        raise Wrong("The timestamp is in the future.", "timestamp_in_future")
    value = Decimal(params["payload"]["value"])
    if len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        raise Wrong("meter_event_value_too_many_digits")
    ledger.usage[identifier] = {
        "meter": params["event_name"], "customer": params["payload"]["stripe_customer_id"],
        "at": at, "value": value, "order": next(ledger.numbers),
    }  # fmt: skip
    return {
        "object": "billing.meter_event", "created": ledger.now(), "event_name": params["event_name"],
        "identifier": identifier, "livemode": False, "payload": params["payload"], "timestamp": at,
    }  # fmt: skip


def summaries(ledger: Ledger, meter_id: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    meter, start, end = (
        ledger.get(meter_id, "billing.meter"),
        int(params["start_time"]),
        int(params["end_time"]),
    )
    if start % HOUR_S or end % HOUR_S:
        raise Wrong("Summaries by hour need bounds on the hour.")
    latest: dict[int, dict[str, Any]] = {}
    for event in () if ledger.is_lagging else ledger.usage.values():
        if (event["meter"], event["customer"]) == (meter["event_name"], params["customer"]):
            hour = event["at"] // HOUR_S * HOUR_S
            # In a window of hours the newest event of the hour replaces the others.
            if start <= hour < end and event["order"] > latest.get(hour, {"order": 0})["order"]:
                latest[hour] = event
    return [
        {
            "id": f"mes_{hour}", "object": "billing.meter_event_summary", "livemode": False, "meter": meter_id,
            "aggregated_value": float(event["value"]), "start_time": hour, "end_time": hour + HOUR_S,
        }
        for hour, event in sorted(latest.items())
    ]  # fmt: skip


def create_invoice(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    ledger.get(params["customer"], "customer")
    if any(one["number"] == params.get("number") for one in ledger.all("invoice") if params.get("number")):
        raise Wrong("This number is taken.")
    return ledger.keep(
        "in", object="invoice", customer=params["customer"], number=params.get("number"), status="draft",
        currency=params["currency"], total=0, amount_due=0, amount_paid=0, amount_remaining=0,
        metadata=params.get("metadata", {}), due_date=int(params["due_date"]),
        collection_method=params["collection_method"],
    )  # fmt: skip


def create_item(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    invoice = ledger.get(params["invoice"], "invoice")
    if invoice["status"] != "draft":
        raise Wrong("This invoice is not open for items any more.", "invoice_not_editable")
    item = ledger.keep(
        "ii", object="invoiceitem", customer=params["customer"], invoice=params["invoice"],
        amount=int(params["amount"]), currency=params["currency"], description=params.get("description"),
        metadata=params.get("metadata", {}),
    )  # fmt: skip
    invoice["total"] = invoice["amount_due"] = sum(one["amount"] for one in _items(ledger, invoice["id"]))
    invoice["amount_remaining"] = invoice["total"]
    return item


def _items(ledger: Ledger, invoice_id: str) -> list[dict[str, Any]]:
    return [one for one in ledger.all("invoiceitem") if one["invoice"] == invoice_id]


def invoice_lines(ledger: Ledger, invoice_id: str) -> list[dict[str, Any]]:
    ledger.get(invoice_id, "invoice")
    return [
        {
            "id": f"il_{item['id']}", "object": "line_item", "amount": item["amount"], "currency": item["currency"],
            "description": item["description"], "metadata": item["metadata"], "invoice": invoice_id,
            "livemode": False,
        }
        for item in _items(ledger, invoice_id)
    ]  # fmt: skip


def finalize(ledger: Ledger, invoice_id: str) -> dict[str, Any]:
    invoice = ledger.get(invoice_id, "invoice")
    if invoice["status"] != "draft":
        raise Wrong("This invoice is already finalized.", "invoice_already_finalized")
    invoice["status"] = "open"
    ledger.happened("invoice.finalized", invoice)
    return invoice


def create_credit_note(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    invoice, amount = ledger.get(params["invoice"], "invoice"), int(params["amount"])
    if invoice["status"] == "draft":
        raise Wrong("A draft takes no credit note.")
    taken = sum(one["total"] for one in ledger.all("credit_note") if one["invoice"] == invoice["id"])
    if taken + amount > invoice["total"]:
        raise Wrong("The credit notes come to more than the invoice.")
    owed = min(amount, invoice["amount_remaining"])
    if amount - owed != sum(int(params.get(name, 0)) for name in GIVEN_BACK):
        raise Wrong("Refunds, customer balance and what is outside of Stripe must equal post_payment_amount.")
    invoice["amount_remaining"] -= owed
    invoice["amount_due"] -= owed
    return ledger.keep(
        "cn", object="credit_note", invoice=invoice["id"], total=amount, amount=amount, memo=params.get("memo"),
        metadata=params.get("metadata", {}), currency=invoice["currency"], customer=invoice["customer"],
    )  # fmt: skip


def charge(ledger: Ledger, invoice_id: str) -> dict[str, Any]:
    invoice = ledger.get(invoice_id, "invoice")
    if invoice["status"] == "paid":
        raise Wrong("Invoice is already paid", "invoice_already_paid")
    if invoice["status"] != "open":
        raise Wrong("Only an open invoice is paid.", "invoice_not_open")
    if not ledger.is_card_good:
        returns.fail(ledger, invoice)
        raise Declined("Your card was declined.")
    return pay(ledger, invoice_id)


def pay(ledger: Ledger, invoice_id: str) -> dict[str, Any]:
    """Not a route of Stripe: a customer pays what is open."""
    invoice = ledger.get(invoice_id, "invoice")
    invoice["status"], invoice["amount_paid"] = "paid", invoice["amount_remaining"]
    invoice["amount_remaining"] = 0
    returns.note_payment(ledger, invoice)
    ledger.happened("invoice.paid", invoice)
    return invoice


def reject(ledger: Ledger, identifier: str, code: str) -> dict[str, Any]:
    """Not a route of Stripe: a usage event it took is thrown away, and a thin event tells so."""
    event = ledger.usage.pop(identifier)
    made = {
        "id": f"evt_{next(ledger.numbers):06}", "object": "v2.core.event", "created": "2026-01-01T00:00:00.000Z",
        "type": "v1.billing.meter.error_report_triggered", "livemode": False,
        "related_object": {"id": event["meter"], "type": "billing.meter", "url": "/v1/billing/meters"},
    }  # fmt: skip
    ledger.events.append(made)
    error = {
        "code": code,
        "error_count": 1,
        "sample_errors": [{"error_message": code, "request": {"identifier": identifier}}],
    }
    ledger.things[made["id"]] = {
        **made,
        "data": {
            "developer_message_summary": code,
            "reason": {"error_count": 1, "error_types": [error]},
            "validation_start": made["created"],
            "validation_end": made["created"],
        },
    }
    return made


def answer(ledger: Ledger, method: str, path: str, params: dict[str, Any]) -> Any:
    """What a request comes to."""
    parts = path.strip("/").split("/")
    match method, parts:
        case "POST", ["v1", "customers"]:
            return create_customer(ledger, params)
        case "GET", ["v1", "customers"]:
            since = int(params["created"]["gte"])
            return [one for one in ledger.all("customer") if one["created"] >= since]
        case "GET", ["v1", "customers", "search"]:
            return search_customers(ledger, params)
        case "POST", ["v1", "billing", "meters"]:
            return create_meter(ledger, params)
        case "GET", ["v1", "billing", "meters"]:
            return ledger.all("billing.meter")
        case "GET", ["v1", "billing", "meters", meter, "event_summaries"]:
            return summaries(ledger, meter, params)
        case "POST", ["v1", "billing", "meter_events"]:
            return create_meter_event(ledger, params)
        case "POST", ["v1", "invoices"]:
            return create_invoice(ledger, params)
        case "GET", ["v1", "invoices"]:
            return [one for one in ledger.all("invoice") if one["customer"] == params["customer"]]
        case "GET", ["v1", "invoices", invoice]:
            return ledger.get(invoice, "invoice")
        case "POST", ["v1", "invoices", invoice, "pay"]:
            return charge(ledger, invoice)
        case "POST", ["v1", "invoices", invoice, "finalize"]:
            return finalize(ledger, invoice)
        case "GET", ["v1", "invoices", invoice, "lines"]:
            return invoice_lines(ledger, invoice)
        case "POST", ["v1", "invoiceitems"]:
            return create_item(ledger, params)
        case "POST", ["v1", "credit_notes"]:
            return create_credit_note(ledger, params)
        case "GET", ["v1", "credit_notes"]:
            return [one for one in ledger.all("credit_note") if one["invoice"] == params["invoice"]]
        case "GET", ["v1", "invoice_payments"]:
            return returns.payments_of(ledger, params["payment"]["payment_intent"])
        case "GET", ["v1", "refunds", refund]:
            return ledger.get(refund, "refund")
        case "GET", ["v1", "disputes", dispute]:
            return ledger.get(dispute, "dispute")
        case "GET", ["v2", "core", "events", event]:
            return ledger.things[event]
    raise Wrong(f"Unrecognized request URL ({method}: {path})", "url_invalid")


def pattern_of(path: str) -> str:
    """The path with ids left out."""
    return re.sub(r"/(cus|mtr|in|ii|cn|evt|re|du)_[^/]+", "/*", path)


class Door(BaseHTTPRequestHandler):
    """One request of the SDK, or of the test."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # one packet per answer: two would wait for each other
    ledger: Ledger

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._serve("GET", url.path, url.query)

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._serve("POST", urlsplit(self.path).path, text)

    def _serve(self, method: str, path: str, text: str) -> None:
        ledger = self.ledger
        if path.startswith("/_"):
            with ledger.lock:
                self._say(200, self._control(path, json.loads(text or "{}")))
            return
        with ledger.lock:
            ledger.requests.append(f"{method} {pattern_of(path)}")
            fault = ledger.fault()
            if fault == "down":
                self.close_connection = True
                return
            if fault == "busy":
                self._fail(429, "Too many requests", "rate_limit")
                return
            status, body = self._named(method, path, text, fault)
        if fault == "lost":
            self.close_connection = True
            return
        if fault == "slow":
            sleep(1.5)
        self._say(status, body)

    def _named(self, method: str, path: str, text: str, fault: str | None) -> tuple[int, dict[str, Any]]:
        """The first answer to a named request is its answer for ever, failures included."""
        name = self.headers.get("Idempotency-Key") if method == "POST" else None
        if name is not None and name in self.ledger.answers:
            asked, status, body = self.ledger.answers[name]
            if asked != path + text:
                message = "Keys for idempotent requests can only be used with the same parameters."
                return 400, {"error": {"type": "idempotency_error", "message": message}}
            return status, body
        status, body = self._done(method, path, text)
        if fault == "broken" and method == "POST":
            status, body = 500, {"error": {"type": "api_error", "message": "after the fact"}}
        if name is not None:
            self.ledger.answers[name] = (path + text, status, body)
        return status, body

    def _done(self, method: str, path: str, text: str) -> tuple[int, dict[str, Any]]:
        params, kind = unfolded(text), TAKES.get((method, pattern_of(path)))
        try:
            if kind is not None:
                check(params, kind)
            found = answer(self.ledger, method, path, params)
        except Unknown as unknown:
            return 400, _error(f"Received unknown parameter: {unknown}", "parameter_unknown")
        except Declined as declined:
            error = {"type": "card_error", "message": str(declined), "code": "card_declined"}
            return 402, {"error": error}
        except (Wrong, KeyError) as wrong:
            return 400, _error(str(wrong), getattr(wrong, "code", "parameter_missing"))
        if isinstance(found, list):
            listed = [check_answer(dict(one)) for one in found]
            what = "search_result" if path.endswith("/search") else "list"
            return 200, {"object": what, "data": listed, "has_more": False, "url": path}
        return 200, dict(found) if found["object"] == "v2.core.event" else check_answer(dict(found))

    def _control(self, path: str, wish: dict[str, Any]) -> Any:
        ledger = self.ledger
        match path:
            case "/_set":
                for name, value in wish.items():
                    setattr(ledger, name, value)
                return {}
            case "/_state":
                return {
                    "things": list(ledger.things.values()), "events": ledger.events, "faults": ledger.faults,
                    "requests": ledger.requests, "usage": len(ledger.usage),
                    "identifiers": list(ledger.usage),
                }  # fmt: skip
            case "/_pay":
                return pay(ledger, wish["invoice"])
            case "/_reject":
                return reject(ledger, wish["identifier"], wish["code"])
            case "/_fail":
                return returns.fail(ledger, ledger.get(wish["invoice"], "invoice"))
            case "/_refund":
                return returns.refund(ledger, wish["invoice"], wish["amount"])
            case "/_refund_failed":
                return returns.fail_refund(ledger, ledger.get(wish["refund"], "refund"))
            case "/_dispute":
                return returns.dispute(ledger, wish["invoice"], wish["amount"])
            case "/_decide":
                return returns.decide(ledger, ledger.get(wish["dispute"], "dispute"), wish["status"])
            case "/_letters":
                return returns.letters(ledger, **wish)
        return {}

    def _fail(self, status: int, message: str, code: str) -> None:
        self._say(status, _error(message, code))

    def _say(self, status: int, body: Any) -> None:
        text = json.dumps(body, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _error(message: str, code: str) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "message": message, "code": code}}


def main() -> None:
    Door.ledger = Ledger(int(sys.argv[2]))
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door)
    server.daemon_threads = True
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
