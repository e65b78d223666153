"""Examples of subscriptions, usage and invoices."""

from typing import Any

DEBTOR = {"legal_name": "Northwind Travel SAS", "country": "FR", "vat_number": "FR40303265045"}
ADDRESS = {
    "street": "12 avenue des Voyageurs",
    "street_2": None,
    "postcode": "69003",
    "city": "Lyon",
    "country": "FR",
}
SELLER = {
    "legal_name": "Escale Exemple SAS",
    "legal_form": "SAS, capital 10 000 EUR, RCS Paris",
    "address": {**ADDRESS, "street": "1 rue de l'Exemple", "postcode": "75002", "city": "Paris"},
    "registration_number": "732829320",
    "vat_number": "FR44732829320",
    "iban": "FR1420041010050500013M02606",
    "bic": None,
    "payment_days": 30,
}
BUYER = {
    "address": ADDRESS,
    "registration_number": "303265045",
    "order_reference": "PO-4711",
    "language": "fr",
}
PLAN_PRICES = {
    "line": "crm",
    "plan": "pro",
    "title": "Pro",
    "currency": "EUR",
    "effective_from": "2091-01-01T00:00:00Z",
    "on_quote": False,
    "prices": [
        {
            "code": "plan",
            "title": "Plan",
            "kind": "recurring",
            "meter": None,
            "models": ["seats", "usage"],
            "charge": {"model": "fixed", "amount": "159"},
            "included": "0",
            "minimum": None,
            "cap": None,
        },
        {
            "code": "sms",
            "title": "SMS",
            "kind": "meter",
            "meter": "sms",
            "models": ["seats", "usage"],
            "charge": {
                "model": "graduated",
                "tiers": [
                    {"up_to": "1000", "unit_amount": "0.05"},
                    {"up_to": None, "unit_amount": "0.045"},
                ],
            },
            "included": "2000",
            "minimum": None,
            "cap": "500",
        },
    ],
    "limits": {"users": 10},
}
SUBSCRIPTION = {
    "line": "crm",
    "plan": "starter",
    "model": "usage",
    "seats": 0,
    "add_ons": {"whatsapp": 1},
    "zone": "Europe/Paris",
    "debtor": DEBTOR,
    "trial_days": 0,
}
SUBSCRIPTION_VIEW = {
    "version": 1,
    "position": 41,
    "line": "crm",
    "plan": "starter",
    "model": "usage",
    "seats": 0,
    "add_ons": {"whatsapp": 1},
    "zone": "Europe/Paris",
    "debtor": DEBTOR,
    "status": "active",
    "started_at": "2030-05-02T09:00:00Z",
    "trial_until": None,
    "dunning": None,
    "cancelled_at": None,
    "committed_until": None,
    "account_manager_id": None,
    "past_stays": [],
    "features": ["erp", "graphql", "portal"],
    "entitlements": [{"name": "users", "limit": 3, "used": 2}],
}
OFFER = {
    "prices": {**PLAN_PRICES, "effective_from": "2026-01-01T00:00:00Z"},
    "terms": {"plan": "pro", "model": "usage", "seats": 0, "add_ons": {}},
    "months": 24,
    "valid_until": "2091-06-30T22:00:00Z",
}
QUOTE = {"offer": OFFER, "account_manager": "Alex Martin", "supersedes": None}
QUOTE_VIEW = {
    "id": "0190a1b2-0000-7000-8000-0000000000c1",
    "version": 2,
    "position": 43,
    "status": "proposed",
    "offer": OFFER,
    "account_manager": "Alex Martin",
    "wish": None,
    "drafted_at": "2030-05-02T09:00:00Z",
}


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, "position": None}


METER = {"code": "pages", "title": "Pages printed", "aggregation": "sum"}
USE = {
    "transaction_id": "print-2030-05-02-000017",
    "meter": "sms",
    "at": "2026-01-02T09:00:00+01:00",
    "quantity": "12",
}
BATCH_VIEW = {
    "version": 1,
    "position": 57,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0b1",
    "accepted": 1,
    "duplicate": 0,
    "conflict": 0,
    "rejected": 1,
    "parked": 0,
    "outcomes": [
        {
            "number": 0,
            "transaction_id": "print-2030-05-02-000017",
            "status": "accepted",
            "reason": None,
            "field": None,
        },
        {
            "number": 1,
            "transaction_id": "print-2030-05-02-000018",
            "status": "rejected",
            "reason": "meter_unknown",
            "field": "meter",
        },
    ],
}
SMS_PRICE = {
    "code": "sms",
    "title": "SMS",
    "kind": "meter",
    "meter": "sms",
    "models": ["seats", "usage"],
    "charge": {"model": "per_unit", "unit_amount": "0.05"},
    "included": "2000",
    "minimum": None,
    "cap": None,
}
DRAFT = {
    "month": "2030-05",
    "period": {"start": "2030-04-30T22:00:00Z", "end": "2030-05-31T22:00:00Z"},
    "cut": 57,
    "currency": "EUR",
    "debtor": DEBTOR,
    "lines": [
        {
            "kind": "charge",
            "month": "2030-05",
            "plan": "pro",
            "code": "sms",
            "title": "SMS",
            "price": SMS_PRICE,
            "periods": [{"start": "2030-04-30T22:00:00Z", "end": "2030-05-31T22:00:00Z"}],
            "quantity": "2137",
            "included": "2000",
            "is_capped": False,
            "amount_minor": 685,
        }
    ],
    "net_minor": 685,
    "tax": {"category": "standard", "percent": "20", "amount_minor": 137},
    "total_minor": 822,
}
CREDIT_NOTE = {
    "credit_note_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0c2",
    "number": "A2030-000001",
    "cause": "goodwill",
    "reason": "A day without SMS",
    "net_minor": 100,
    "tax_minor": 20,
    "total_minor": 120,
    "issued_at": "2030-06-03T08:00:00Z",
}
INVOICE_VIEW = {
    "version": 1,
    "position": 61,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0c1",
    "number": None,
    "issued_at": "2030-06-01T00:00:00Z",
    "invoice": DRAFT,
    "due_on": "2030-07-01",
    "standing": "open",
    "parties": {"seller": SELLER, "buyer": BUYER, "issued_on": "2030-06-01", "due_on": "2030-07-01"},
    "credit_notes": [],
    "payments": [],
    "refunds": [],
    "disputes": [],
    "balance_minor": 822,
}
NUMBERED = {
    **INVOICE_VIEW,
    "version": 4,
    "position": None,
    "number": "F2030-000042",
    "standing": "partly_paid",
    "credit_notes": [CREDIT_NOTE],
    "payments": [
        {
            "payment_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0d1",
            "amount_minor": 200,
            "method": "bank_transfer",
            "received_on": "2030-06-12",
            "reference": "bank-2030-06-12-0042",
        }
    ],
    "balance_minor": 502,
}
ENTRY = {
    "on": "2030-06-01",
    "kind": "invoice",
    "number": "F2030-000042",
    "month": "2030-05",
    "about": None,
    "due_on": "2030-07-01",
    "currency": "EUR",
    "net_minor": 685,
    "tax_minor": 137,
    "total_minor": 822,
    "balance_minor": 822,
}
LIMIT = {"alerts": [{"amount": None, "percent": 80}, {"amount": "3000", "percent": None}], "cap": "5000"}
LIMIT_VIEW = {
    "meter": "sms",
    "month": "2030-05",
    "counted": "1612",
    "alerts": [
        {"amount": None, "percent": 80, "threshold": "1600", "raised_at": "2030-05-19T14:03:11Z"},
        {"amount": "3000", "percent": None, "threshold": "3000", "raised_at": None},
    ],
    "cap": "5000",
    "plan_cap": None,
    "cap_reached_at": None,
}
REQUESTS: dict[str, Any] = {
    "set_usage_limit": LIMIT,
    "limit_usage_age": {"most_days": 90},
    "release_parked_usage": {"transaction_ids": ["print-2029-11-02-000017"]},
    "declare_seller": SELLER,
    "set_invoicing_details": BUYER,
    "close_month": {"month": "2030-05"},
    "draft_quote": QUOTE,
    "counter_quote": {"wish": "Three years at the price of two"},
    "accept_quote": {"debtor": DEBTOR, "zone": "Europe/Paris"},
    "switch_feature": {"is_on": True},
    "define_usage_meter": METER,
    "report_usage": {"events": [USE, {**USE, "transaction_id": "print-2030-05-02-000018", "meter": "faxes"}]},
    "publish_prices": PLAN_PRICES,
    "start_subscription": SUBSCRIPTION,
    "change_subscription_plan": {"plan": "pro", "model": None, "seats": None},
    "change_seats": {"seats": 12},
    "change_add_ons": {"add_ons": {"whatsapp": 2}},
    "change_debtor": DEBTOR,
}
ANSWERS: dict[str, Any] = {
    "get_usage_age_limit": {"version": 2, "position": None, "most_days": 90},
    "limit_usage_age": {"version": 2, "position": 59, "most_days": 90},
    "list_parked_usage": {
        "data": [
            {
                "transaction_id": "print-2029-11-02-000017",
                "meter": "sms",
                "at": "2029-11-02T09:00:00Z",
                "quantity": "3",
                "subject": None,
                "corrects": None,
                "batch_id": "01960f5e-7c1a-7000-8000-0000000000b7",
                "number": 0,
                "reported_at": "2030-05-02T09:00:00Z",
            }
        ],
        "next_cursor": None,
    },
    "release_parked_usage": {"version": 2, "position": 61, "released": 1, "waiting": 0},
    "list_usage_limits": {"data": [LIMIT_VIEW], "next_cursor": None},
    "set_usage_limit": {"version": 1, "position": 58, "limit": LIMIT_VIEW},
    "draft_quote": {**QUOTE_VIEW, "version": 1, "status": "draft"},
    "propose_quote": QUOTE_VIEW,
    "list_quotes": {"data": [_shown(QUOTE_VIEW)], "next_cursor": None},
    "counter_quote": {
        **QUOTE_VIEW,
        "version": 3,
        "status": "countered",
        "wish": "Three years at the price of two",
    },
    "accept_quote": {**QUOTE_VIEW, "version": 3, "status": "accepted"},
    "commit_for_a_year": {**SUBSCRIPTION_VIEW, "version": 2, "committed_until": "2031-05-02T09:00:00Z"},
    "switch_feature": {"feature": "graphql", "is_on": True},
    "get_invoice_preview": {
        "as_of": "2030-05-20T09:00:00Z",
        "complete_until": "2030-05-20T08:59:58Z",
        "late_months": [],
        "unbilled_at_collector": [],
        "failed_payments": [
            {
                "document_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a0c1",
                "notice": "evt_1PqXYZ2eZvKYlo2C",
                "failed_at": "2030-05-19T14:03:11Z",
            }
        ],
        "unread_reports": False,
        "invoice": DRAFT,
    },
    "get_seller": {"version": 0, "position": None, "seller": SELLER},
    "declare_seller": {"version": 1, "position": 41, "seller": SELLER},
    "get_invoicing_details": {"version": 1, "position": None, "buyer": BUYER},
    "set_invoicing_details": {"version": 1, "position": 41, "buyer": BUYER},
    "list_credit_notes": {
        "data": [
            {
                **CREDIT_NOTE,
                "invoice_id": INVOICE_VIEW["id"],
                "invoice_number": "F2030-000042",
                "month": "2030-05",
                "currency": "EUR",
            }
        ],
        "next_cursor": None,
    },
    "download_invoice": '<?xml version="1.0"?><rsm:CrossIndustryInvoice>...</rsm:CrossIndustryInvoice>',
    "download_credit_note": '<?xml version="1.0"?><rsm:CrossIndustryInvoice>...</rsm:CrossIndustryInvoice>',
    "download_ledger": (
        "on,kind,number,month,about,due_on,currency,net,tax,total,balance\r\n"
        "2030-06-01,invoice,F2030-000042,2030-05,,2030-07-01,EUR,6.85,1.37,8.22,8.22\r\n"
    ),
    "list_sla_months": {
        "data": [
            {
                "month": "2030-05",
                "is_final": True,
                "promised_percent": "99.90",
                "available_percent": "98.9247",
                "down_s": "28800",
                "down_by_prober_s": "28500",
                "down_by_own_calls_s": "420",
                "failure_rule": 1,
                "degraded_s": "0",
                "unknown_s": "120",
                "excused_s": "0",
                "credit_percent": 25,
                "credit_minor": 200_000,
                "currency": "EUR",
            }
        ],
        "next_cursor": None,
    },
    "get_ledger": {"data": [ENTRY], "next_cursor": None},
    "close_month": INVOICE_VIEW,
    "list_invoices": {"data": [NUMBERED], "next_cursor": None},
    "get_invoice": NUMBERED,
    "list_usage_meters": {"data": [{**METER, "is_counted_here": False}], "next_cursor": None},
    "define_usage_meter": {"version": 1, "position": 56, "meter": {**METER, "is_counted_here": False}},
    "report_usage": BATCH_VIEW,
    "get_usage_batch": _shown(BATCH_VIEW),
    "get_usage": {
        "meter": "sms",
        "aggregation": "sum",
        "window": "day",
        "zone": "Europe/Paris",
        "cut": 57,
        "complete_until": "2030-05-02T09:00:03Z",
        "data": [{"start": "2026-01-01T23:00:00Z", "value": "12"}],
    },
    "list_prices": {"data": [PLAN_PRICES], "next_cursor": None},
    "publish_prices": {"version": 1, "position": 41, "prices": PLAN_PRICES},
    "get_subscription": _shown(SUBSCRIPTION_VIEW),
    "start_subscription": {
        **SUBSCRIPTION_VIEW,
        "version": 3,
        "past_stays": [
            {
                "line": "crm",
                "plan": "pro",
                "debtor": DEBTOR,
                "started_at": "2029-11-02T09:00:00Z",
                "ended_at": "2030-03-20T17:00:00Z",
            }
        ],
    },
    "change_subscription_plan": {**SUBSCRIPTION_VIEW, "version": 2, "plan": "pro"},
    "change_seats": {**SUBSCRIPTION_VIEW, "version": 2, "model": "seats", "seats": 12},
    "change_add_ons": {**SUBSCRIPTION_VIEW, "version": 2, "add_ons": {"whatsapp": 2}},
    "change_debtor": {**SUBSCRIPTION_VIEW, "version": 2},
    "cancel_subscription": {
        **SUBSCRIPTION_VIEW,
        "version": 2,
        "status": "cancelled",
        "cancelled_at": "2030-06-02T09:00:00Z",
    },
}
