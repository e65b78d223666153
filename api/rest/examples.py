"""One example per operation, for whoever reads the OpenAPI document. A test holds them against the models."""

from typing import Any

from api.rest import (
    analytics_examples,
    audit_examples,
    dashboard_examples,
    expense_examples,
    experiment_examples,
    import_examples,
    peer_examples,
)

TENANT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001"
OWNER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002"
TRAVELLER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
MANAGER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a004"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
SEGMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a006"
KEY = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a007"
SESSION = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a008"
COMMAND = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a009"
POLICY = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00a"
VIOLATION = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00b"
DEPARTMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00d"
COST_CENTRE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00e"
GROUP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00f"
INVITATION = "esi_2lGn0mq4hH3m4Yy0aX2y1z5b7C9d1E3f5G7h9J1k3L5m7N9p1Q3r5S7t9U1v3W5x7Z9a1_0aB1cD"

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
THEME = {
    "primary_colour": "#1a73e8",
    "secondary_colour": None,
    "accent_colour": None,
    "background_colour": "#ffffff",
    "text_colour": None,
    "logo_url": "https://cdn.example.com/logo.png",
    "favicon_url": None,
    "heading_font": "Inter",
    "body_font": None,
}
TENANT_VIEW = {
    "version": 1,
    "position": 17,
    "id": TENANT,
    "company_name": "Northwind Travel",
    "slug": "northwind",
    "plan": "business",
    "custom_domain": "travel.northwind.example",
    "theme": THEME,
    "modules_enabled": ["carbon", "travel"],
    "sla_level": "0.999",
    "api_quota_daily": 500_000,
    "owner_id": OWNER,
}
INTERVENTION_VIEW = {
    "version": 1,
    "position": 11,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00c",
    "company_id": TENANT,
    "consumer": "projection:trips",
    "parked_position": 7,
    "is_skipped": False,
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
MEMBER_VIEW = {
    "version": 2,
    "position": 21,
    "id": TRAVELLER,
    "email": "camille@northwind.example",
    "display_name": "Camille Durand",
    "roles": ["traveller"],
    "status": "active",
}
KEY_VIEW = {
    "version": 1,
    "position": 23,
    "id": KEY,
    "member_id": OWNER,
    "name": "Booking import",
    "prefix": "esk_2lGn0mq4hH3m4Yy0aX2y1z5b7C9d1E3f5G7h9J1k3L5m",
    "scopes": ["trips:read", "trips:write"],
    "expires_at": "2031-03-01T09:00:00Z",
    "is_revoked": False,
}
TOKENS = {
    "session_id": SESSION,
    "tenant_id": TENANT,
    "member_id": OWNER,
    "token_type": "Bearer",
    "access_token": "eyJhbGciOiJFZDI1NTE5Ii4uLg",
    "expires_in": 900,
    "refresh_token": "eyJhbGciOiJFZDI1NTE5Ii4uLi4",
}


VIOLATION_STREAM = (
    'retry: 1000\n\nevent: violation\ndata: {"id":"5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00b","position":43,'
    '"rule":"max_daily_budget_eur","observed":"400.00","limit":"350.00","unit":"EUR","outcome":"warn"}\nid: 43\n\n'
)


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"data": [item], "next_cursor": None}


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, "position": None}


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

COMPANY_PROFILE = {
    "version": 1,
    "position": 19,
    "tenant_id": TENANT,
    "sector": {"revision": "2.1", "division": "62", "section_letter": "K"},
    "head_count": 120,
    "annual_revenue": {"amount_minor": 1_250_000_000, "currency": "EUR"},
    "reporting_currency": "EUR",
}
REQUESTS: dict[str, Any] = {
    **analytics_examples.REQUESTS,
    **import_examples.REQUESTS,
    "register_tenant": {
        "company_name": "Northwind Travel",
        "slug": "northwind",
        "plan": "business",
        "custom_domain": "travel.northwind.example",
        "modules_enabled": ["carbon", "travel"],
        "owner_email": "owner@northwind.example",
        "owner_name": "Alex Martin",
    },
    "retry_parked_event": {"position": 7, "reason": "The projector was mended in 0.1.1"},
    "skip_parked_event": {"position": 7, "reason": "Nothing is shown of this event"},
    "change_theme": {"primary_colour": "#1a73e8", "logo_url": None},
    "change_modules": {"modules_enabled": ["carbon", "travel"]},
    "change_company_profile": {"sector": {"division": "62"}, "head_count": 120},
    "set_policy": POLICY_RULES,
    "open_unit": UNIT,
    "rename_unit": {"code": "4712", "name": "Field sales, north"},
    "assign_traveller": {**ALLOCATION, "approver_id": MANAGER},
    "delegate_approval": DELEGATION,
    "set_budget": BUDGET,
    "decide_out_of_turn": {"is_approved": True, "reason": "The approver is on leave and the client waits."},
    **dashboard_examples.REQUESTS,
    **experiment_examples.REQUESTS,
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
    **expense_examples.REQUESTS,
    **peer_examples.REQUESTS,
    "invite_member": {
        "email": "camille@northwind.example",
        "display_name": "Camille Durand",
        "roles": ["traveller"],
    },
    "change_member_roles": {"roles": ["manager", "traveller"]},
    "change_member_email": {"email": "camille.durand@northwind.example"},
    "set_password": {"password": "correct horse battery", "current_password": "the one before"},
    "issue_api_key": {"name": "Booking import", "scopes": ["trips:read", "trips:write"]},
    "accept_invitation": {"token": INVITATION, "password": "correct horse battery"},
    "open_session": {
        "company": "northwind",
        "email": "owner@northwind.example",
        "password": "correct horse battery",
    },
    "acknowledge_violation": {"comment": "I have spoken to Camille"},
    "exempt_violation": {"reason": "The trade fair fills every hotel"},
    "refresh_session": {"refresh_token": "eyJhbGciOiJFZDI1NTE5Ii4uLi4"},
}
ANSWERS: dict[str, Any] = {
    "register_tenant": {**TENANT_VIEW, "invitation_token": INVITATION},
    "list_tenants": _page(_shown(TENANT_VIEW)),
    "list_paused_consumers": {
        "data": [
            {
                "company_id": TENANT,
                "consumer": "projection:trips",
                "position": 7,
                "head": 42,
                "error": "ValueError in trips.py:57",
                "parked_at": "2030-03-01T09:05:00Z",
            }
        ]
    },
    "retry_parked_event": INTERVENTION_VIEW,
    "skip_parked_event": {**INTERVENTION_VIEW, "version": 2, "position": 12, "is_skipped": True},
    "get_tenant": _shown(TENANT_VIEW),
    "change_theme": {**TENANT_VIEW, "version": 2},
    "change_modules": {**TENANT_VIEW, "version": 3},
    "change_company_profile": COMPANY_PROFILE,
    "get_company_profile": _shown(COMPANY_PROFILE),
    **dashboard_examples.ANSWERS,
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
    **dict.fromkeys(
        (
            "accept_invitation",
            "change_member_roles",
            "change_member_email",
            "deactivate_member",
            "reactivate_member",
            "erase_member",
            "set_password",
        ),
        MEMBER_VIEW,
    ),
    "invite_member": {**MEMBER_VIEW, "status": "invited", "invitation_token": INVITATION},
    "get_member": _shown(MEMBER_VIEW),
    "list_members": _page(_shown(MEMBER_VIEW)),
    "issue_api_key": {
        "api_key": KEY_VIEW,
        "secret": "esk_2lGn0mq4hH3m4Yy0aX2y1z5b7C9d1E3f5G7h9J1k3L5m7N9p1Q3r5S7t9U1v3W5x7Z9a1_0aB1cD",
    },
    "list_api_keys": _page(_shown(KEY_VIEW)),
    "revoke_api_key": {**KEY_VIEW, "version": 2, "is_revoked": True},
    "open_session": TOKENS,
    "refresh_session": TOKENS,
    "revoke_session": {
        "version": 2,
        "position": 30,
        "id": SESSION,
        "member_id": OWNER,
        "expires_at": "2030-04-01T09:00:00Z",
        "is_revoked": True,
    },
    "get_me": {
        "tenant_id": TENANT,
        "member": _shown(MEMBER_VIEW),
        "session_id": SESSION,
        "api_key_id": None,
        "scopes": None,
    },
    "get_command": {
        "id": COMMAND,
        "outcome": "applied",
        "resource_id": TRIP,
        "version": 3,
        "position": 42,
        "code": None,
    },
    "get_position": {"position": 42},
    **analytics_examples.ANSWERS,
    **audit_examples.ANSWERS,
    **import_examples.ANSWERS,
    **experiment_examples.ANSWERS,
    **expense_examples.ANSWERS,
    **peer_examples.ANSWERS,
    "get_liveness": {"status": "ok"},
    "get_readiness": {
        "status": "ok",
        "checks": [
            {"name": "database", "status": "ok", "detail": "The database answers."},
            {"name": "migrations", "status": "ok", "detail": "The schema is at revision 0005."},
            {"name": "clock", "status": "ok", "detail": "This clock and the database's differ by 0.0 s."},
        ],
    },
    "get_version": {"name": "escale", "version": "0.1.0"},
    "list_problems": {
        "data": [
            {
                "type": "/problems/trip_not_planned",
                "code": "trip_not_planned",
                "title": "Trip not planned",
                "status": 409,
                "detail": "The trip is no longer being planned; its itinerary is fixed.",
            }
        ]
    },
    "get_problem": {
        "type": "/problems/trip_not_planned",
        "code": "trip_not_planned",
        "title": "Trip not planned",
        "status": 409,
        "detail": "The trip is no longer being planned; its itinerary is fixed.",
    },
}
