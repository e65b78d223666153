"""One example per operation about expenses, for whoever reads the OpenAPI document."""

from typing import Any

TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
TRAVELLER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
MANAGER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a004"
SEGMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a006"
EXPENSE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a010"
RECEIPT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

EXPENSE_FACTS = {
    "category": "flight",
    "segment_id": SEGMENT,
    "day": "2030-05-02",
    "price": {"amount_minor": 42_000, "currency": "EUR"},
    "receipt_sha256": RECEIPT,
    "note": "Checked luggage included",
}
RECONCILIATION = {
    "estimate_eur_cents": 40_000,
    "reported_eur_cents": 42_000,
    "difference_eur_cents": 2_000,
    "difference_percent": "5.0",
    "lines": [
        {
            "segment_id": SEGMENT,
            "category": "flight",
            "estimate_eur_cents": 40_000,
            "reported_eur_cents": 42_000,
            "difference_eur_cents": 2_000,
            "difference_percent": "5.0",
            "is_missing": False,
        }
    ],
    "missing": 0,
}
TRIP_EXPENSES = {
    "version": 1,
    "position": 57,
    "trip_id": TRIP,
    "traveller_id": TRAVELLER,
    "expenses": [
        {
            "expense_id": EXPENSE,
            "bill": {
                **{name: value for name, value in EXPENSE_FACTS.items() if name != "note"},
                "rate": None,
            },
            "eur_cents": 42_000,
            "external_id": "CARD-2030-0001",
            "status": "reported",
        }
    ],
    "is_reconciled": False,
    "reconciliation": None,
}
REQUESTS: dict[str, Any] = {
    "report_expense": {**EXPENSE_FACTS, "external_id": "CARD-2030-0001"},
    "correct_expense": EXPENSE_FACTS,
    "reject_expense": {"reason": "The luggage was not agreed."},
}
ANSWERS: dict[str, Any] = {
    **dict.fromkeys(
        ("report_expense", "correct_expense", "withdraw_expense", "approve_expense", "reject_expense"),
        TRIP_EXPENSES,
    ),
    "get_trip_expenses": {**TRIP_EXPENSES, "position": None},
    "reconcile_trip": {**TRIP_EXPENSES, "is_reconciled": True, "reconciliation": RECONCILIATION},
    "get_trip_reconciliation": {
        "trip_id": TRIP,
        "traveller_id": TRAVELLER,
        "starts_on": "2030-05-02",
        "is_cancelled": False,
        "is_reconciled": True,
        "reconciled_by": MANAGER,
        "reconciled_at": "2030-05-20T09:00:00Z",
        "reconciliation": RECONCILIATION,
    },
    "list_expenses": {
        "data": [
            {
                "id": EXPENSE,
                "trip_id": TRIP,
                "traveller_id": TRAVELLER,
                "category": "flight",
                "segment_id": SEGMENT,
                "day": "2030-05-02",
                "amount_minor": 42_000,
                "currency": "EUR",
                "eur_cents": 42_000,
                "receipt_sha256": RECEIPT,
                "external_id": "CARD-2030-0001",
                "note": "Checked luggage included",
                "status": "reported",
                "decided_by": None,
                "reason": None,
                "reported_at": "2030-05-10T09:00:00Z",
            }
        ],
        "next_cursor": None,
    },
}
