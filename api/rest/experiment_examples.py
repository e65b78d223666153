"""One example per operation on experiments."""

from typing import Any

EXPERIMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00d"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"

EXPERIMENT_VIEW = {
    "version": 2,
    "position": None,
    "id": EXPERIMENT,
    "kind": "travel-policy",
    "status": "completed",
    "draft": {
        "group_id": None,
        "rules": {
            "name": "Stricter",
            "max_flight_class": "economy",
            "max_hotel_stars": 4,
            "max_daily_budget_eur_cents": 30_000,
            "advance_booking_days": 14,
            "carbon_budget_kg_year": None,
            "requires_approval_above_eur_cents": None,
            "auto_flag_violations": True,
            "is_active": True,
            "outcomes": {
                "max_flight_class": "block",
                "max_hotel_stars": "warn",
                "max_daily_budget_eur": "require_approval",
                "advance_booking_days": "warn",
                "carbon_budget_kg_year": "warn",
                "requires_approval_above": "require_approval",
            },
            "carbon_budget_scope": "tenant",
            "approval_levels": 1,
            "approval_deadline_hours": None,
        },
    },
    "period": None,
    "forked_at": 4_211,
    "progress": {"position": 4_211, "upto": 4_211},
    "differences": 61,
    "summary": {
        "decisions": 540,
        "differing_decisions": 58,
        "trips": 310,
        "violations": [
            {"rule": "max_flight_class", "then": 2, "now": 11},
            {"rule": "max_daily_budget_eur", "then": 20, "now": 47},
        ],
        "flagged_trips": {"then": 22, "now": 55},
        "newly_flagged_trips": 33,
        "no_longer_flagged_trips": 0,
        "refused_trips": {"then": 0, "now": 11},
        "approval_trips": {"then": 4, "now": 45},
        "not_evaluated_trips": 7,
        "not_spent_eur": "9120.50",
        "not_emitted_kg": "14210.118",
    },
    "failure": None,
}

REQUESTS: dict[str, Any] = {
    "dry_run_policy": {
        "name": "Stricter",
        "max_flight_class": "economy",
        "max_daily_budget_eur": "300.00",
        "outcomes": {"max_flight_class": "block", "max_daily_budget_eur": "require_approval"},
    },
}
ANSWERS: dict[str, Any] = {
    "dry_run_policy": {**EXPERIMENT_VIEW, "position": 4_212},
    "get_experiment": EXPERIMENT_VIEW,
    "list_experiment_differences": {
        "data": [
            {
                "event_position": 118,
                "trip_id": TRIP,
                "rule": "max_flight_class",
                "observed": "premium_economy",
                "limit": "economy",
                "before": "kept",
                "after": "block",
            }
        ],
        "next_cursor": None,
    },
    "cancel_experiment": {
        **EXPERIMENT_VIEW,
        "position": 4_230,
        "status": "cancelled",
        "forked_at": None,
        "progress": {"position": 2_000, "upto": 4_211},
        "differences": 0,
        "summary": None,
    },
}
