"""One example per operation about trips, policies and who answers for them, for the OpenAPI document."""

from typing import Any

OWNER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002"
TRAVELLER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
MANAGER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a004"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
SEGMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a006"
COMMAND = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a009"
POLICY = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00a"
VIOLATION = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00b"
DEPARTMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00d"
COST_CENTRE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00e"
GROUP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00f"

EUROS_400 = {"amount_minor": 40_000, "currency": "EUR"}
FLIGHT = {
    "origin": "CDG",
    "destination": "JFK",
    "cabin": "economy",
    "departs_at": "2030-05-02T08:00:00Z",
    "arrives_at": "2030-05-02T16:30:00Z",
    "flight_number": "AF006",
    "price": EUROS_400,
}
HOTEL = {
    "country": "US",
    "city": "New York",
    "name": "Harbour Inn",
    "stars": "4",
    "check_in": "2030-05-02",
    "check_out": "2030-05-05",
    "time_zone": "America/New_York",
    "price": {"amount_minor": 60_000, "currency": "EUR"},
}
GROUND = {
    "mode": "rail",
    "origin": "Paris Gare de Lyon",
    "destination": "Lyon Part-Dieu",
    "distance_km": "427",
    "departs_at": "2030-05-02T08:00:00Z",
    "time_zone": "Europe/Paris",
    "price": {"amount_minor": 8_000, "currency": "EUR"},
}
POLICY_RULES = {
    "name": "Standard",
    "max_flight_class": "premium_economy",
    "max_hotel_stars": 4,
    "max_daily_budget_eur": "350.00",
    "advance_booking_days": 14,
    "carbon_budget_kg_year": "50000.000",
    "requires_approval_above": "1500.00",
    "auto_flag_violations": True,
    "is_active": True,
    "outcomes": {
        "max_flight_class": "require_approval",
        "max_hotel_stars": "warn",
        "max_daily_budget_eur": "warn",
        "advance_booking_days": "allow",
        "carbon_budget_kg_year": "block",
        "requires_approval_above": "require_approval",
    },
    "carbon_budget_scope": "department",
    "approval_levels": 2,
    "approval_deadline_hours": 48,
    "group_id": None,
}
ALLOCATION = {"department_id": DEPARTMENT, "cost_centre_id": COST_CENTRE, "group_id": GROUP}
VERDICT = {
    "policy_id": POLICY,
    "policy_version": 1,
    "broken": [
        {
            "rule": "max_daily_budget_eur",
            "observed": "400.00",
            "limit": "350.00",
            "unit": "EUR",
            "period": "2030-05-02",
            "scope": None,
            "outcome": "warn",
            "is_exempted": False,
        }
    ],
    "not_evaluated": [],
    "requires_approval": True,
    "approval_for": ["requires_approval_above"],
    "is_blocked": False,
    "flagged": True,
}
TRIP_VIEW = {
    "version": 3,
    "position": 42,
    "id": TRIP,
    "traveller_id": TRAVELLER,
    "purpose": "Client visit",
    "status": "submitted",
    "segments": [
        {
            "segment_id": SEGMENT,
            "details": {
                "kind": "flight",
                "origin": {
                    "iata": "CDG",
                    "name": "Charles de Gaulle International Airport",
                    "country": "FR",
                    "latitude": 49.0128,
                    "longitude": 2.55,
                    "time_zone": "Europe/Paris",
                },
                "destination": {
                    "iata": "JFK",
                    "name": "John F Kennedy International Airport",
                    "country": "US",
                    "latitude": 40.6398,
                    "longitude": -73.7789,
                    "time_zone": "America/New_York",
                },
                "cabin": "economy",
                "departs_at": "2030-05-02T08:00:00Z",
                "arrives_at": "2030-05-02T16:30:00Z",
                "flight_number": "AF006",
                "price": EUROS_400,
            },
            "carbon": {
                "kg": "637.121",
                "distance_km": "5836.579000",
                "nights": None,
                "factor_id": "21_316_3180_11_1",
                "factor_value": "0.10916",
                "factor_unit": "passenger-km",
                "source": "UK DESNZ 2025",
                "year": 2025,
                "grade": 1,
                "method": "desnz",
            },
            "carbon_missing": None,
        }
    ],
    "journey": {
        "departs_at": "2030-05-02T08:00:00Z",
        "starts_on": "2030-05-02",
        "ends_on": "2030-05-02",
        "spend_eur_cents": 40_000,
        "spend_by_day": [{"day": "2030-05-02", "eur_cents": 40_000}],
        "carbon_kg": "637.121",
        "carbon_by_year": [{"year": 2030, "grams": 637_121}],
        "segments": 1,
        "segments_without_carbon": 0,
    },
    "verdict": VERDICT,
    "allocation": ALLOCATION,
    "chain": {"approver_ids": [MANAGER, OWNER], "deadline_hours": 48},
    "approval_level": 0,
    "granted_by": [],
    "approver_id": MANAGER,
    "approval_due_at": "2030-03-03T09:05:00Z",
    "approved_by": None,
    "lines": [],
}
TRIP_SUMMARY = {
    "id": TRIP,
    "version": 3,
    "traveller_id": TRAVELLER,
    "purpose": "Client visit",
    "status": "submitted",
    "destination": "JFK",
    "departs_at": "2030-05-02T08:00:00Z",
    "ends_at": "2030-05-02T16:30:00Z",
    "spend_eur_cents": 40_000,
    "carbon_kg": "637.121",
    "segments": 1,
    "segments_without_carbon": 0,
    "broken_rules": ["max_daily_budget_eur"],
    "created_at": "2030-03-01T09:00:00Z",
    "updated_at": "2030-03-01T09:05:00Z",
}
UNIT = {"kind": "cost_centre", "code": "4711", "name": "Field sales"}
UNIT_VIEW = {"version": 1, "position": 12, "id": COST_CENTRE, **UNIT, "is_open": True}
DELEGATION = {
    "delegate_id": OWNER,
    "starts_at": "2030-07-01T00:00:00Z",
    "ends_at": "2030-07-22T00:00:00Z",
}
TRAVELLER_PROFILE = {
    "version": 1,
    "position": 13,
    "member_id": TRAVELLER,
    "allocation": ALLOCATION,
    "approver_id": MANAGER,
    "delegation": None,
}
BUDGET = {
    "year": 2030,
    "owner": "cost_centre",
    "owner_id": COST_CENTRE,
    "unit": "EUR",
    "amount": 2_500_000,
    "outcome": "block",
}
BUDGET_VIEW = {
    "version": 1,
    "position": 14,
    "key": f"cost_centre:{COST_CENTRE}:EUR",
    **BUDGET,
    "taken": 40_000,
    "remaining": 2_460_000,
}
WAITING_TRIP = {**TRIP_SUMMARY, "approver_id": MANAGER, "approval_due_at": "2030-03-03T09:05:00Z"}
VIOLATION_VIEW = {
    "id": VIOLATION,
    "trip_id": TRIP,
    "traveller_id": TRAVELLER,
    "rule": "max_daily_budget_eur",
    "observed": "400.00",
    "limit": "350.00",
    "unit": "EUR",
    "period": "2030-05-02",
    "policy_id": POLICY,
    "policy_version": 1,
    "scope": None,
    "outcome": "warn",
    "stage": "submitted",
    "alert": True,
    "status": "open",
    "decided_by": None,
    "starts_on": "2030-05-02",
    **ALLOCATION,
    "decided_at": None,
    "flagged_at": "2030-03-01T09:05:00Z",
}
VIOLATION_DETAIL = {
    "version": 3,
    "position": 44,
    **{name: value for name, value in VIOLATION_VIEW.items() if not name.startswith("decided")},
    "status": "exempted",
    "acknowledgement": {"by": MANAGER, "at": "2030-03-01T10:00:00Z", "comment": "I have spoken to Camille"},
    "exemption": {
        "by": MANAGER,
        "at": "2030-03-01T11:00:00Z",
        "observed": "400.00",
        "reason": "The trade fair fills every hotel",
    },
}
VIOLATION_STREAM = (
    'retry: 1000\n\nevent: violation\ndata: {"id":"5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00b","position":43,'
    '"rule":"max_daily_budget_eur","observed":"400.00","limit":"350.00","unit":"EUR","outcome":"warn"}\nid: 43\n\n'
)
FACT_VIEW = {
    "version": 1,
    "position": 41,
    "event_id": "5b0c6e0a-8c1f-7d0e-9c55-0b9a54e8a00c",
    "topic": "trip.planned.v1",
    "occurred_at": "2030-04-01T09:00:00Z",
    "recorded_at": "2030-04-01T09:00:00.004211Z",
    "actor_id": TRAVELLER,
    "actor_kind": "member",
    "source": "client",
    "command_id": COMMAND,
    "correlation_id": COMMAND,
    "causation_id": None,
    "facts": {"traveller_id": TRAVELLER, "purpose": "Client visit"},
}


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"data": [item], "next_cursor": None}


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, "position": None}


REQUESTS: dict[str, Any] = {
    "set_policy": POLICY_RULES,
    "open_unit": UNIT,
    "rename_unit": {"code": "4712", "name": "Field sales, north"},
    "assign_traveller": {**ALLOCATION, "approver_id": MANAGER},
    "delegate_approval": DELEGATION,
    "set_budget": BUDGET,
    "decide_out_of_turn": {"is_approved": True, "reason": "The approver is on leave and the client waits."},
    "plan_trip": {
        "traveller_id": TRAVELLER,
        "purpose": "Client visit",
        "segments": [{"kind": "flight", **FLIGHT}],
    },
    "add_flight": FLIGHT,
    "add_hotel": HOTEL,
    "add_ground": GROUND,
    "allocate_trip": {"department_id": None, "cost_centre_id": None},
    "approve_trip": {"comment": "Have a good journey."},
    "reject_trip": {"reason": "Please take the train."},
    "cancel_trip": {"reason": "The meeting was moved."},
    "acknowledge_violation": {"comment": "I have spoken to Camille"},
    "exempt_violation": {"reason": "The trade fair fills every hotel"},
}
ANSWERS: dict[str, Any] = {
    "set_policy": {"version": 1, "position": 18, "id": POLICY, "policy_version": 1, **POLICY_RULES},
    "get_policy": {"version": 1, "position": None, "id": POLICY, "policy_version": 1, **POLICY_RULES},
    "list_policy_versions": _page(
        {
            "version": 1,
            "position": None,
            "id": POLICY,
            "policy_version": 1,
            **POLICY_RULES,
            "adopted_at": "2030-01-01T09:00:00Z",
            "replaced_at": None,
        }
    ),
    "open_unit": UNIT_VIEW,
    "list_units": _page(_shown(UNIT_VIEW)),
    "get_unit": _shown(UNIT_VIEW),
    "rename_unit": {**UNIT_VIEW, "version": 2, "code": "4712", "name": "Field sales, north"},
    "close_unit": {**UNIT_VIEW, "version": 3, "is_open": False},
    "list_travellers": _page(_shown(TRAVELLER_PROFILE)),
    "get_traveller": _shown(TRAVELLER_PROFILE),
    "assign_traveller": TRAVELLER_PROFILE,
    "delegate_approval": {**TRAVELLER_PROFILE, "version": 2, "delegation": DELEGATION},
    "end_delegation": {**TRAVELLER_PROFILE, "version": 3},
    "set_budget": BUDGET_VIEW,
    "list_budgets": _page(_shown(BUDGET_VIEW)),
    "withdraw_budget": {**BUDGET_VIEW, "version": 2},
    "list_approvals": _page(WAITING_TRIP),
    "list_violations": _page(VIOLATION_VIEW),
    "stream_violations": VIOLATION_STREAM,
    "get_violation": _shown(VIOLATION_DETAIL),
    "acknowledge_violation": VIOLATION_DETAIL,
    "exempt_violation": VIOLATION_DETAIL,
    **dict.fromkeys(
        (
            "plan_trip",
            "add_flight",
            "add_hotel",
            "add_ground",
            "remove_segment",
            "allocate_trip",
            "submit_trip",
            "approve_trip",
            "reject_trip",
            "book_trip",
            "complete_trip",
            "cancel_trip",
            "decide_out_of_turn",
        ),
        TRIP_VIEW,
    ),
    "get_trip": _shown(TRIP_VIEW),
    "get_trip_history": _page(FACT_VIEW),
    "list_trips": _page(TRIP_SUMMARY),
    "export_trips": "trip_id,status,destination,spend_eur_cents,carbon_g\r\n"
    f"{TRIP},booked,New York,103030,1021370\r\n",
}
