"""Examples of what a company's travel comes to; part of `examples`."""

from typing import Any

TENANT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001"
TRAVELLER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"

FIGURES = {
    "trips_booked": 12,
    "trips_cancelled": 1,
    "trips_compliant": 9,
    "trips_unjudged": 0,
    "compliance": "0.7500",
    "spend_eur_cents": 1_204_500,
    "carbon_g": 8_420_120,
    "violations": 3,
    "violations_by_outcome": {"warn": 2, "require_approval": 1, "block": 0},
}
TREND_LINE = {
    "starts_on": "2030-05-01",
    "rule": "advance_booking_days",
    "outcome": "warn",
    "status": "open",
    "violations": 3,
}
OFFENDERS = {
    "traveller_id": None,
    "department_id": None,
    "cost_centre_id": None,
    "rule": None,
    "name": None,
    "violations": 3,
    "trips": 2,
    "blocked": 0,
    "exempted": 1,
    "open": 2,
}
BUDGET_TRACKER = {
    "key": "tenant:EUR",
    "owner": "tenant",
    "owner_id": None,
    "owner_name": None,
    "unit": "EUR",
    "outcome": "warn",
    "amount": 5_000_000,
    "taken": 2_450_000,
    "remaining": 2_550_000,
    "by_month": [400_000, 420_000, 500_000, 510_000, 620_000, 0, 0, 0, 0, 0, 0, 0],
    "forecast": {
        "method": "run_rate",
        "expected": 5_880_000,
        "low": 5_417_000,
        "high": 6_343_000,
        "by_month": [400_000, 420_000, 500_000, 510_000, 620_000, *[490_000] * 7],
    },
    "exceeded_on": "2030-11-07",
}
ROI_INPUTS = {
    "hourly_cost_eur_cents": 4_500,
    "minutes_saved_per_trip": 40,
    "minutes_saved_per_approval": 10,
    "violations_per_100_trips_before": 30,
    "violation_cost_eur_cents": 6_000,
    "platform_cost_eur_cents_per_month": 20_000,
    "reference_prices": [{"cost_type": "flight", "route": "CDG-JFK", "eur_cents": 62_000}],
}
DATED_INPUTS = {"effective_from": "2030-01-01", "inputs": ROI_INPUTS}
ROI_INPUTS_VIEW = {"version": 1, "position": 57, "data": [DATED_INPUTS]}

REQUESTS: dict[str, Any] = {
    "set_roi_inputs": {"effective_from": "2030-01-01", "inputs": ROI_INPUTS},
}
ANSWERS: dict[str, Any] = {
    "get_tenant_analytics": {
        "tenant_id": TENANT,
        "start": "2030-01-01",
        "end": "2030-07-01",
        "position": 4_211,
        "group_by": "supplier",
        "rank_by": "spend",
        "total": {**FIGURES, "month": None, "cost_type": None},
        "by_month": [{**FIGURES, "month": "2030-05-01", "cost_type": None}],
        "by_month_and_type": [{**FIGURES, "month": "2030-05-01", "cost_type": "flight"}],
        "lines": [{**FIGURES, "value": "Air Example", "name": None, "is_others": False}],
    },
    "get_violation_trends": {
        "tenant_id": TENANT,
        "start": "2030-01-01",
        "end": "2030-07-01",
        "step": "month",
        "trend": [TREND_LINE],
        "travellers": [{**OFFENDERS, "traveller_id": TRAVELLER}],
        "departments": [OFFENDERS],
        "cost_centres": [OFFENDERS],
        "rules": [{**OFFENDERS, "rule": "advance_booking_days"}],
    },
    "list_budget_trackers": {"data": [BUDGET_TRACKER], "next_cursor": None, "year": 2030, "position": 4_211},
    "get_reconciliation_totals": {
        "tenant_id": TENANT,
        "start": "2030-01-01",
        "end": "2030-07-01",
        "trips": 12,
        "trips_reconciled": 9,
        "estimate_eur_cents": 1_204_500,
        "reported_eur_cents": 1_187_420,
    },
    "set_roi_inputs": ROI_INPUTS_VIEW,
    "get_roi_inputs": {**ROI_INPUTS_VIEW, "position": None},
    "get_roi": {
        "tenant_id": TENANT,
        "start": "2030-05-01",
        "end": "2030-06-01",
        "inputs": [DATED_INPUTS],
        "formula": "roi-1",
        "benefit_eur_cents": 81_750,
        "cost_eur_cents": 20_000,
        "roi": "3.0875",
        "parts": [
            {"component": "time_saved", "eur_cents": 36_000, "needs": []},
            {"component": "approval_time", "eur_cents": 2_250, "needs": []},
            {"component": "violations_avoided", "eur_cents": 3_600, "needs": []},
            {"component": "negotiated_rates", "eur_cents": 39_900, "needs": []},
        ],
        "sensitivity": [
            {
                "input": "hourly_cost_eur_cents",
                "benefit_at_minus_10_percent": 77_925,
                "benefit_at_plus_10_percent": 85_575,
            }
        ],
        "trips": 12,
        "trips_without_inputs": 0,
        "segments_without_reference_price": 19,
    },
    "list_roi_sources": {
        "data": [
            {
                "component": "time_saved",
                "position": 42,
                "trip_id": TRIP,
                "violation_id": None,
                "month": "2030-05-01",
                "eur_cents": 3_000,
            }
        ],
        "next_cursor": None,
    },
}
