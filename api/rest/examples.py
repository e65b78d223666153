"""One example per operation, for whoever reads the OpenAPI document. A test holds them against the models."""

from typing import Any

from api.rest import (
    analytics_examples,
    audit_examples,
    billing_examples,
    booking_examples,
    booking_figure_examples,
    carbon_examples,
    dashboard_examples,
    esg_report_examples,
    event_examples,
    expense_examples,
    experiment_examples,
    import_examples,
    ledger_examples,
    peer_examples,
    public_examples,
    travel_examples,
    webhook_examples,
)

TENANT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001"
OWNER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002"
TRAVELLER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
KEY = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a007"
SESSION = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a008"
COMMAND = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a009"
API_KEY = "esk_2lGn0mq4hH3m4Yy0aX2y1z5b7C9d1E3f5G7h9J1k3L5m7N9p1Q3r5S7t9U1v3W5x7Z9a1_0aB1cD"
INVITATION = "esi_2lGn0mq4hH3m4Yy0aX2y1z5b7C9d1E3f5G7h9J1k3L5m7N9p1Q3r5S7t9U1v3W5x7Z9a1_0aB1cD"

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
MEMBER_VIEW = {
    "version": 2,
    "position": 21,
    "id": TRAVELLER,
    "email": "camille@northwind.example",
    "display_name": "Camille Durand",
    "roles": ["traveller"],
    "status": "active",
    "external_id": "hr-0042",
    "given_name": "Camille",
    "family_name": "Durand",
    "employee_number": "42",
    "department_code": "SALES",
    "cost_centre_code": "CC-10",
    "manager_id": OWNER,
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
COMPANY_PROFILE = {
    "version": 1,
    "position": 19,
    "tenant_id": TENANT,
    "sector": {"revision": "2.1", "division": "62", "section_letter": "K"},
    "head_count": 120,
    "annual_revenue": {"amount_minor": 1_250_000_000, "currency": "EUR"},
    "reporting_currency": "EUR",
}


NEW_COMPANY = {
    "company_name": "Northwind Travel",
    "slug": "northwind",
    "email": "owner@northwind.example",
    "name": "Alex Martin",
    "line": "white_label",
    "plan": "starter",
    "trial_days": 14,
    "zone": "Europe/Paris",
    "country": "FR",
    "vat_number": "FR40303265045",
}
ONBOARDED = {
    "tenant_id": TENANT,
    "slug": "northwind",
    "owner_id": "0190a1b2-0000-7000-8000-000000000002",
    "plan": "starter",
    "status": "trial",
    "api_key": API_KEY,
    "invitation_token": INVITATION,
}


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"data": [item], "next_cursor": None}


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, "position": None}


ACCEPTED = {
    "id": COMMAND,
    "outcome": "pending",
    "resource_id": None,
    "version": None,
    "position": None,
    "code": None,
    "operation": "plan_trip",
    "accepted_at": "2030-03-01T09:00:00Z",
}
REQUESTS: dict[str, Any] = {
    "run_batch": {
        "commands": [
            {
                "operation": "cancel_trip",
                "path": {"trip_id": TRIP},
                "body": {"reason": "The meeting moved online."},
                "idempotency_key": "cancel-2030-0042",
                "if_match": 3,
            }
        ]
    },
    **analytics_examples.REQUESTS,
    **import_examples.REQUESTS,
    "sign_up": NEW_COMPANY,
    "confirm_signup": {"token": INVITATION},
    "onboard_company": NEW_COMPANY,
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
    **dashboard_examples.REQUESTS,
    **esg_report_examples.REQUESTS,
    **experiment_examples.REQUESTS,
    **expense_examples.REQUESTS,
    **billing_examples.REQUESTS,
    **booking_examples.REQUESTS,
    **public_examples.REQUESTS,
    **carbon_examples.REQUESTS,
    **ledger_examples.REQUESTS,
    **travel_examples.REQUESTS,
    **webhook_examples.REQUESTS,
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
    "refresh_session": {"refresh_token": "eyJhbGciOiJFZDI1NTE5Ii4uLi4"},
}
ANSWERS: dict[str, Any] = {
    "sign_up": {"signup_id": TENANT, "slug": "northwind", "confirmation_token": None},
    "confirm_signup": ONBOARDED,
    "onboard_company": ONBOARDED,
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
    **esg_report_examples.ANSWERS,
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
        "secret": API_KEY,
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
    "run_batch": {
        "data": [
            {
                "operation": "cancel_trip",
                "status": 404,
                "command_id": None,
                "position": None,
                "location": None,
                "replayed": False,
                "body": None,
                "problem": {
                    "type": "/problems/not_found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no such thing here.",
                    "code": "not_found",
                    "request_id": "0199f5a2-7c1e-7b7e-8a51-0d6c5a3f4b21.0",
                    "instance": "/requests/0199f5a2-7c1e-7b7e-8a51-0d6c5a3f4b21.0",
                    "errors": [],
                },
            }
        ]
    },
    "list_deprecations": {
        "data": [
            {
                "operation": "list_journeys",
                "since": "2030-01-01",
                "sunset": "2031-01-01",
                "instead": "list_trips",
                "why": "Journeys are called trips.",
                "callers": [
                    {
                        "caller_id": KEY,
                        "is_key": True,
                        "member_id": OWNER,
                        "calls": 12,
                        "last_called_at": "2030-03-01T09:00:00Z",
                    }
                ],
            }
        ]
    },
    "get_position": {"position": 42},
    **analytics_examples.ANSWERS,
    **audit_examples.ANSWERS,
    **event_examples.ANSWERS,
    **billing_examples.ANSWERS,
    **import_examples.ANSWERS,
    **experiment_examples.ANSWERS,
    **expense_examples.ANSWERS,
    **carbon_examples.ANSWERS,
    **ledger_examples.ANSWERS,
    **peer_examples.ANSWERS,
    **booking_examples.ANSWERS,
    **booking_figure_examples.ANSWERS,
    **public_examples.ANSWERS,
    **travel_examples.ANSWERS,
    **webhook_examples.ANSWERS,
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
