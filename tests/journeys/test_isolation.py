"""Whatever one company may do, can another do it to them, or learn of it?"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import psycopg
import pytest
from psycopg import sql
from redis import Redis

from adapters.bootstrap import House
from adapters.jobs.checkpoints import Parked
from adapters.jobs.experiments import EXPERIMENTS
from api.rest import billing_examples, travel_examples
from api.rest.examples import NEW_COMPANY
from api.rest.shelf import operations_in
from application.billing.invoices import CreditInvoice
from application.travel.policy_trials import DryRunPolicy
from application.travel.trip_lines import TEMPLATE as TRIP_TEMPLATE
from domain.billing.issued import CreditCause
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.roles import Role, Scope
from tests.architecture.rights import RIGHTS
from tests.journeys import booking_tour, graphql_tour, public_tour
from tests.kit.house import PASSWORD, SYSTEM, Founder, Person, Place, a_flight, opened_place

ENTERPRISE = "/api/v1/enterprise"
TRIPS = f"{ENTERPRISE}/trips"
HIDDEN = {403, 404}
PAUSED = "projection:trips"
UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# The examples of the OpenAPI document, far enough in the future for a journey of its own.
FLIGHT = {
    **travel_examples.FLIGHT,
    "departs_at": "2090-05-02T08:00:00Z",
    "arrives_at": "2090-05-02T16:30:00Z",
}
HOTEL = {**travel_examples.HOTEL, "check_in": "2090-05-02", "check_out": "2090-05-05"}
NOBODY_PAYS = {"department_id": None, "cost_centre_id": None}
ROI_INPUTS = {
    "effective_from": "2020-01-01",
    "inputs": {"minutes_saved_per_trip": 30, "hourly_cost_eur_cents": 4_500},
}
GROUND = {**travel_examples.GROUND, "departs_at": "2090-05-02T08:00:00Z"}

# Operations on whatever belongs to the caller: the same call means the other company's own things, or is refused
# because it names things unknown there. Their answers must not contain a trace of the first company.
OWN: dict[str, set[int]] = {
    "plan_trip": {404, 409, 422},  # names a traveller of the first company
    "list_trips": {200},
    "export_trips": {200},
    "import_trips": {202},  # names a traveller of the first company, whom nobody knows there
    "get_trip_import_template": {200},
    "import_members": {201},
    "get_member_import_template": {200},
    "list_expenses": {200},
    "get_benchmark": {200},
    "get_benchmark_membership": {200, 404},
    "join_benchmark": {200, 409},  # a company without a profile of its own is asked for one
    "leave_benchmark": {200, 404},
    "list_prices": {200},
    "get_invoice_preview": {200, 404},
    "close_month": {200, 404, 409},
    "list_invoices": {200},
    "get_seller": {200},
    "get_invoicing_details": {200},
    "set_invoicing_details": {200},
    "list_credit_notes": {200},
    "get_ledger": {200},
    "list_sla_months": {200},
    "download_ledger": {200},
    "define_usage_meter": {201},
    "list_usage_meters": {200},
    "report_usage": {200},
    "set_usage_limit": {200, 409},
    "list_usage_limits": {200},
    "get_usage_age_limit": {200},
    "limit_usage_age": {200},
    "list_parked_usage": {200},
    "release_parked_usage": {404},
    "get_usage": {200},
    "get_subscription": {200, 404},
    "list_quotes": {200},
    "commit_for_a_year": {200, 404, 409},
    "start_subscription": {201, 409},
    "change_subscription_plan": {200, 404, 409},
    "change_seats": {200, 404, 409},
    "change_add_ons": {200, 404, 409},
    "change_debtor": {200, 404},
    "cancel_subscription": {200, 404},
    "get_exchange_rate": {200},
    "set_carbon_targets": {200},
    "get_carbon_targets": {200},
    "draft_esg_report": {201, 409},
    "list_esg_reports": {200},
    "adopt_carbon_method": {200},
    "get_carbon_method": {200},
    "reckon_trip_carbon": {200},
    "list_emission_factors": {200},  # published by others, the same for everyone
    "list_factor_sets": {200},
    "open_site": {201, 409},
    "list_sites": {200},
    "install_meter": {422},  # names a site of the first company
    "list_meters": {200},
    "register_vehicle": {422},  # names a site of the first company
    "list_vehicles": {200},
    "record_activity": {422},  # names a site of the first company
    "list_activities": {200},
    "import_activities": {200},  # names a site of the first company by a code nobody has there
    "get_activity_import_template": {200},
    "request_restatement": {202},
    "get_policy": {200, 404},
    "set_policy": {201},
    "list_policy_versions": {200},
    "open_unit": {201, 409},
    "list_units": {200},
    "list_travellers": {200},
    "set_budget": {422},  # names a cost centre of the first company
    "list_budgets": {200},
    "list_approvals": {200},
    "list_violations": {200},
    "stream_violations": {200, 422},  # a position of the first company means nothing here, or something else
    "dry_run_policy": {202},
    "invite_member": {201, 409},
    "list_members": {200},
    "issue_api_key": {201, 403},
    "list_api_keys": {200},
    "list_requests": {200},
    "issue_sql_login": {201, 403},
    "list_sql_logins": {200, 403},
    "register_webhook_endpoint": {201},
    "list_webhook_endpoints": {200},
    "list_webhook_deliveries": {200},
    "subscribe_hook": {201},
    "get_trusted_documents": {200},
    "set_trusted_documents": {200},
    "get_me": {200},
    "get_position": {200},
    "run_batch": {200},  # each command in it is hidden by itself
    "list_deprecations": {200},
    "list_audit_events": {200},
    "verify_audit_log": {200},
    "list_audit_seals": {200},
    "seal_audit_log": {200},
    "get_audit_proof": {200, 404, 409},
    "export_audit_log": {200},
    "stream_events": {400},  # a place in the first company's log
    "export_events": {400},
    "open_business": {201},
    "list_businesses": {200},
    "list_services": {200},
    "list_practitioners": {200},
    "list_resources": {200},
    "list_agenda": {200},
    "list_utilisation": {200},
    "list_attendance": {200},
    "list_revenue": {200},
    "get_booking_quota": {200},
    "block_contact": {201, 409},
    "list_blocked_contacts": {200},
    "list_reviews": {200},
    "list_next_free": {200},
    "list_waitlist": {200},
    "list_tables": {200},
    "query_table": {200},
    "request_export": {202},
}
# Which call made the thing that another one ends.
ENDED = {
    "remove_meter": ("install_meter", "meters"),
    "retire_vehicle": ("register_vehicle", "vehicles"),
    "close_site": ("open_site", "sites"),
}
# Operations without a credential: everyone gets the same answer, about nobody.
ABOUT_NOBODY = {
    "list_audit_keys",
    "get_hook_sample",
    "list_event_types",
    "get_event_type",
    "get_liveness",
    "get_readiness",
    "get_version",
    "list_problems",
    "get_problem",
}
# Operations that the company's slug in the address opens to everybody, and a link to whoever holds it.
BY_ADDRESS = {
    "get_public_catalogue",
    "list_public_slots",
    "book_public_visit",
    "hold_public_slot",
    "get_public_visit",
    "confirm_public_hold",
    "reschedule_public_visit",
    "cancel_public_visit",
    "review_public_visit",
    "join_public_waitlist",
    "get_public_place",
    "reply_to_public_offer",
    "search_marketplace",
}
# Operations whose credential is in the body.
BY_BODY = {
    "sign_up": {202},
    "confirm_signup": {201},
    "accept_invitation": {401},
    "open_session": {401},
    "refresh_session": {200},
}


@dataclass(frozen=True)
class Call:
    """A request that succeeded for the first company; its credential comes with each sending."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""


class Tour:
    """One successful call of every operation, in an order in which each can succeed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.calls: dict[str, Call] = {}
        self.founder = Founder(place.house)

    def send(self, call: Call, credential: dict[str, str]) -> httpx2.Response:
        """Sends a call as someone."""
        headers = {**call.headers, **credential}
        if isinstance(call.body, bytes):
            headers["Content-Type"] = "text/csv"
            return self.place.client.request(call.method, call.path, content=call.body, headers=headers)
        return self.place.client.request(call.method, call.path, json=call.body, headers=headers)

    def succeed(
        self, operation: str, request: str, body: Any = None, *, as_: dict[str, str] | None = None
    ) -> Any:
        """Sends a call as the first company, which must succeed, and remembers it."""
        method, _, path = request.partition(" ")
        headers = {} if method == "GET" else {"Idempotency-Key": f"tour {operation}"}
        call = Call(method, path, body, headers)
        answer = self.send(call, self.place.north.owner.headers if as_ is None else as_)
        assert answer.is_success, f"{operation}: {answer.status_code} {answer.text}"
        self.calls[operation] = replace(call, answer=answer.text)
        self.last_command = answer.headers.get("escale-command")
        return answer.json() if answer.headers["content-type"] == "application/json" else answer.text

    def run(self) -> None:
        """Everything the first company does."""
        self.set_rules()
        self.travel()
        booking_tour.book(self)
        public_tour.book(self)
        self.organise()
        self.compare()
        self.subscribe()
        self.manage_people()
        self.sign_in()
        self.register()
        self.tell_others()
        self.place.house_at_rest()
        self.intervene()
        self.look_around()
        self.analyse()
        self.carbon()
        self.report()
        self.audit()
        # Last: whoever has left orders nothing new.
        self.succeed("cancel_subscription", "POST /api/v1/billing/subscription/cancel")

    def set_rules(self) -> None:
        self.succeed(
            "set_policy", f"POST {ENTERPRISE}/policies", {"name": "Strict", "max_daily_budget_eur": "1.00"}
        )
        self.succeed("get_policy", f"GET {ENTERPRISE}/policies")
        self.succeed(
            "change_theme",
            f"PATCH {ENTERPRISE}/tenants/{self.place.north.id}/theme",
            {"primary_colour": "#102030"},
        )

        modules = {"modules_enabled": ["carbon", "travel"]}
        self.succeed("change_modules", f"PUT {ENTERPRISE}/tenants/{self.place.north.id}/modules", modules)
        profile = f"{ENTERPRISE}/tenants/{self.place.north.id}/profile"
        self.succeed(
            "change_company_profile", f"PATCH {profile}", {"head_count": 7, "sector": {"division": "62"}}
        )
        self.succeed("get_company_profile", f"GET {profile}")

    def papers(self, invoice_id: str) -> None:
        billing, admin, house = "/api/v1/billing", self.place.platform.admin.headers, self.place.house
        self.succeed("declare_seller", f"PUT {billing}/seller", billing_examples.SELLER, as_=admin)
        self.succeed("get_seller", f"GET {billing}/seller")
        self.succeed("set_invoicing_details", f"PUT {billing}/invoicing-details", billing_examples.BUYER)
        self.succeed("get_invoicing_details", f"GET {billing}/invoicing-details")
        month = house.clock().strftime("%Y-%m")
        credit = CreditInvoice(
            month=month, net_minor=1, cause=CreditCause.GOODWILL, reason="A cent for the tour"
        )
        self.founder.execute(self.place.north.id, credit)
        for _ in range(2):
            self.place.house_at_rest()
        (note,) = self.succeed("list_credit_notes", f"GET {billing}/credit-notes")["data"]
        self.succeed("download_invoice", f"GET {billing}/invoices/{invoice_id}/document.xml")
        noted = f"{billing}/credit-notes/{note['credit_note_id']}"
        self.succeed("download_credit_note", f"GET {noted}/document.xml")
        self.succeed("get_ledger", f"GET {billing}/ledger")
        self.succeed("list_sla_months", f"GET {billing}/sla")
        self.succeed("download_ledger", f"GET {billing}/ledger.csv")

    def subscribe(self) -> None:
        billing, admin = "/api/v1/billing", self.place.platform.admin.headers
        own = f"{billing}/subscription"
        self.succeed("publish_prices", f"PUT {billing}/prices", billing_examples.PLAN_PRICES, as_=admin)
        assert self.succeed("list_prices", f"GET {billing}/prices")["data"]
        self.succeed("start_subscription", f"POST {own}", billing_examples.SUBSCRIPTION)
        by_seats = {"plan": "pro", "model": "seats", "seats": 2}
        self.succeed("change_subscription_plan", f"PUT {own}/plan", by_seats)
        self.succeed("change_seats", f"PUT {own}/seats", {"seats": 3})
        self.succeed("change_add_ons", f"PUT {own}/add-ons", {"add_ons": {"storage_100_gb": 1}})
        self.succeed("change_debtor", f"PUT {own}/debtor", billing_examples.DEBTOR)
        self.succeed("commit_for_a_year", f"PUT {own}/yearly")
        self.negotiate(f"{ENTERPRISE}/tenants/{self.place.north.id}", admin)
        usage = "/api/v1/usage"
        self.succeed("define_usage_meter", f"POST {usage}/meters", billing_examples.METER)
        self.succeed("list_usage_meters", f"GET {usage}/meters")
        self.succeed("set_usage_limit", f"PUT {usage}/limits/sms", billing_examples.LIMIT)
        self.succeed("list_usage_limits", f"GET {usage}/limits")
        self.succeed("limit_usage_age", f"PUT {usage}/age-limit", {"most_days": 3_650})
        self.succeed("get_usage_age_limit", f"GET {usage}/age-limit")
        aged = {**billing_examples.USE, "transaction_id": "aged", "at": "1999-01-02T00:00:00Z"}
        uses = [*billing_examples.REQUESTS["report_usage"]["events"], aged]
        batch = self.succeed("report_usage", f"POST {usage}/events", {"events": uses})
        assert (batch["accepted"], batch["parked"]) == (1, 1)
        (parked,) = self.succeed("list_parked_usage", f"GET {usage}/parked")["data"]
        release = {"transaction_ids": [parked["transaction_id"]]}
        self.succeed("release_parked_usage", f"POST {usage}/parked/release", release)
        self.succeed("get_usage_batch", f"GET {usage}/events/{batch['id']}")
        self.place.house_at_rest()
        self.succeed("get_usage", f"GET {usage}?meter=sms&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z")
        self.succeed("get_invoice_preview", f"GET {ENTERPRISE}/billing")
        month = self.place.house.clock().strftime("%Y-%m")
        with later(self.place.house, hours=24 * 32):
            # A month ahead a session has run out, and is known only while the process remembers it.
            as_ = self.place.north.owner.key_headers
            issued = self.succeed("close_month", f"POST {billing}/invoices", {"month": month}, as_=as_)
        assert self.succeed("list_invoices", f"GET {billing}/invoices")["data"]
        self.succeed("get_invoice", f"GET {billing}/invoices/{issued['id']}")
        self.papers(issued["id"])
        self.succeed("get_subscription", f"GET {own}")

    def negotiate(self, company: str, admin: dict[str, str]) -> None:
        own = "/api/v1/billing/quotes"
        for answer in ("counter", "accept"):
            # Another one each time, and so another key.
            drafted = self.place.client.post(
                f"{company}/quotes", json=billing_examples.QUOTE, headers=admin
            ).json()["id"]
            self.place.client.post(f"{company}/quotes/{drafted}/propose", headers=admin)
            words = billing_examples.REQUESTS[f"{answer}_quote"]
            self.succeed(f"{answer}_quote", f"POST {own}/{drafted}/{answer}", words)
        drafted = self.succeed("draft_quote", f"POST {company}/quotes", billing_examples.QUOTE, as_=admin)
        self.succeed("propose_quote", f"POST {company}/quotes/{drafted['id']}/propose", as_=admin)
        self.succeed("list_quotes", f"GET {own}")
        self.succeed("switch_feature", f"PUT {company}/features/graphql", {"is_on": True}, as_=admin)

    def organise(self) -> None:
        units, people = f"{ENTERPRISE}/units", f"{ENTERPRISE}/travellers"
        north = self.place.north
        cost_centre = self.succeed("open_unit", f"POST {units}", travel_examples.UNIT)["id"]
        self.succeed("rename_unit", f"PUT {units}/{cost_centre}/name", {"code": "N", "name": "Northern"})
        self.succeed("get_unit", f"GET {units}/{cost_centre}")
        assignment = {"cost_centre_id": cost_centre, "approver_id": str(north.manager.id)}
        self.succeed("assign_traveller", f"PUT {people}/{north.traveller.id}", assignment)
        self.succeed("get_traveller", f"GET {people}/{north.traveller.id}")
        delegation = {**travel_examples.DELEGATION, "delegate_id": str(north.owner.id)}
        self.succeed("delegate_approval", f"PUT {people}/{north.manager.id}/delegation", delegation)
        self.succeed("end_delegation", f"DELETE {people}/{north.manager.id}/delegation")
        budget = {**travel_examples.BUDGET, "owner_id": cost_centre}
        key = self.succeed("set_budget", f"PUT {ENTERPRISE}/budgets", budget)["key"]
        assert self.succeed("list_budgets", f"GET {ENTERPRISE}/budgets?year=2030")["data"]
        self.succeed("withdraw_budget", f"DELETE {ENTERPRISE}/budgets/2030/{key}")
        closed = self.place.client.post(
            units, json={**travel_examples.UNIT, "name": "Northern"}, headers=north.owner.headers
        ).json()["id"]
        self.succeed("close_unit", f"POST {units}/{closed}/close")

    def travel(self) -> None:
        traveller = str(self.place.north.traveller.id)
        soon = (self.place.house.clock() + timedelta(hours=2)).isoformat()
        plan = {
            "traveller_id": traveller,
            "purpose": "Northern secret",
            "segments": [a_flight(departs_at=soon)],
        }
        booked = self.succeed("plan_trip", f"POST {TRIPS}", plan)["id"]
        self.succeed("book_trip", f"POST {TRIPS}/{booked}/book")
        with later(self.place.house, hours=3):
            self.succeed(
                "complete_trip", f"POST {TRIPS}/{booked}/complete", as_=self.place.north.owner.key_headers
            )
        self.account_for(booked)
        trip = self.place.plan(self.place.north)["id"]
        self.succeed("allocate_trip", f"PUT {TRIPS}/{trip}/allocation", NOBODY_PAYS)
        self.succeed("add_flight", f"POST {TRIPS}/{trip}/flights", FLIGHT)
        self.succeed("add_hotel", f"POST {TRIPS}/{trip}/hotels", HOTEL)
        segments = self.succeed("add_ground", f"POST {TRIPS}/{trip}/ground", GROUND)["segments"]
        self.succeed("remove_segment", f"DELETE {TRIPS}/{trip}/segments/{segments[-1]['segment_id']}")
        hasty = self.place.plan(self.place.north)["id"]
        item = {"operation": "cancel_trip", "path": {"trip_id": hasty}, "body": {"reason": "Northern haste"}}
        self.succeed("run_batch", "POST /api/v1/commands/batch", {"commands": [item]})
        self.succeed("list_deprecations", "GET /api/v1/deprecations")
        self.succeed("submit_trip", f"POST {TRIPS}/{trip}/submit")
        self.succeed("get_command", f"GET /api/v1/commands/{self.last_command}")
        self.succeed("approve_trip", f"POST {TRIPS}/{trip}/approve", {"comment": "Go"})
        self.succeed("cancel_trip", f"POST {TRIPS}/{trip}/cancel", {"reason": "Northern weather"})
        refused = self.place.plan(self.place.north)["id"]
        self.place.client.post(f"{TRIPS}/{refused}/submit", headers=self.place.north.owner.headers)
        self.succeed("reject_trip", f"POST {TRIPS}/{refused}/reject", {"reason": "Too far north"})
        ruled = self.place.plan(self.place.north)["id"]
        self.place.client.post(f"{TRIPS}/{ruled}/submit", headers=self.place.north.owner.headers)
        ruling = {"is_approved": False, "reason": "Northern storm"}
        self.succeed("decide_out_of_turn", f"POST {TRIPS}/{ruled}/decide-out-of-turn", ruling)
        waiting = self.place.plan(self.place.north)["id"]
        self.place.client.post(f"{TRIPS}/{waiting}/submit", headers=self.place.north.owner.headers)
        self.succeed("get_trip_import_template", f"GET {TRIPS}/imports/template")
        file = TRIP_TEMPLATE.replace("camille@northwind.example", self.place.north.traveller.email)
        imported = self.succeed(
            "import_trips", f"POST {TRIPS}/imports", file.replace("2030-0", "2090-0").encode()
        )
        assert imported["created"] == 2, imported
        self.succeed("get_trip_import", f"GET {TRIPS}/imports/{imported['id']}")
        self.succeed("get_trip", f"GET {TRIPS}/{trip}")
        self.succeed("get_trip_history", f"GET {TRIPS}/{trip}/history")

    def account_for(self, trip: str) -> None:
        paid_on = (self.place.house.clock() + timedelta(hours=2)).date().isoformat()
        paid = {
            "category": "meals",
            "day": paid_on,
            "price": {"amount_minor": 4_200, "currency": "EUR"},
            "note": "Northern lunch",
        }
        expenses = f"{TRIPS}/{trip}/expenses"
        first = self.succeed("report_expense", f"POST {expenses}", paid)["expenses"][0]["expense_id"]
        self.succeed("correct_expense", f"PUT {expenses}/{first}", {**paid, "category": "other"})
        self.succeed("approve_expense", f"POST {expenses}/{first}/approve")
        answers = [
            self.place.client.post(expenses, json=paid, headers=self.place.north.owner.headers).json()
            for _ in range(2)
        ]
        second, third = (answer["expenses"][-1]["expense_id"] for answer in answers)
        self.succeed("reject_expense", f"POST {expenses}/{second}/reject", {"reason": "Northern mistake"})
        self.succeed("withdraw_expense", f"DELETE {expenses}/{third}")
        self.succeed("reconcile_trip", f"POST {TRIPS}/{trip}/reconcile")
        self.succeed("get_trip_expenses", f"GET {expenses}")
        self.place.house_at_rest()
        self.succeed("get_trip_reconciliation", f"GET {TRIPS}/{trip}/reconciliation")
        assert self.succeed("list_expenses", f"GET {ENTERPRISE}/expenses?limit=1")["next_cursor"]

    def compare(self) -> None:
        benchmarks = f"{ENTERPRISE}/benchmarks"
        self.succeed("join_benchmark", f"PUT {benchmarks}/membership")
        self.succeed("get_benchmark_membership", f"GET {benchmarks}/membership")
        self.succeed("get_benchmark", f"GET {benchmarks}?metric=carbon_per_trip&period=2025-Q1")
        self.succeed("leave_benchmark", f"DELETE {benchmarks}/membership")
        self.succeed("get_exchange_rate", "GET /api/v1/exchange-rates?currency=USD")

    def report(self) -> None:
        scopes = tuple(scope for scope in Scope if scope is not Scope.PLATFORM_WRITE)
        other = self.founder.person(self.place.north.id, "north", Role.ADMIN, scopes).headers
        targets, reports = f"{ENTERPRISE}/carbon/targets", f"{ENTERPRISE}/esg-reports"
        self.succeed("set_carbon_targets", f"PUT {targets}", {"base_year": 2020})
        self.succeed("get_carbon_targets", f"GET {targets}")
        period = {"start": "2024-01-01", "end": "2025-01-01"}
        report = self.succeed("draft_esg_report", f"POST {reports}", period, as_=other)["id"]
        self.succeed("review_esg_report", f"POST {reports}/{report}/review", {}, as_=other)
        self.succeed("approve_esg_report", f"POST {reports}/{report}/approve")
        self.succeed("publish_esg_report", f"POST {reports}/{report}/publish")
        self.succeed("get_esg_report", f"GET {reports}/{report}")
        self.succeed("download_esg_report", f"GET {reports}/{report}/report.csv")
        self.succeed("get_esg_report_difference", f"GET {reports}/{report}/difference")
        self.succeed("restate_esg_report", f"POST {reports}/{report}/restate", {"reason": "Northern reason"})
        self.place.house_at_rest()
        self.succeed("list_esg_reports", f"GET {reports}?limit=1")

    def manage_people(self) -> None:
        invitation = {"email": "camille@shared.example", "display_name": "Camille", "roles": ["traveller"]}
        member = self.succeed("invite_member", "POST /api/v1/members", invitation)["id"]
        one = f"/api/v1/members/{member}"
        self.succeed("get_member_import_template", "GET /api/v1/members/imports/template")
        file = b"userName,displayName\r\nimported@shared.example,Imported\r\n"
        imported = self.succeed("import_members", "POST /api/v1/members/imports", file)
        self.succeed("get_member_import", f"GET /api/v1/members/imports/{imported['id']}")
        self.succeed("get_member", f"GET {one}")
        self.succeed("change_member_roles", f"POST {one}/roles", {"roles": ["manager"]})
        self.succeed("change_member_email", f"POST {one}/email", {"email": "camille@north.example"})
        self.succeed("set_password", f"POST {one}/password", {"password": PASSWORD})
        self.succeed("deactivate_member", f"POST {one}/deactivate")
        self.succeed("reactivate_member", f"POST {one}/reactivate")
        self.succeed("erase_member", f"DELETE {one}")
        asked = {"name": "Import", "scopes": ["trips:read"]}
        key = self.succeed("issue_api_key", "POST /api/v1/api-keys", asked)["api_key"]["id"]
        self.succeed("revoke_api_key", f"DELETE /api/v1/api-keys/{key}")
        logins = f"{ENTERPRISE}/sql-logins"
        login = self.succeed("issue_sql_login", f"POST {logins}", {"name": "Monthly figures"})["sql_login"][
            "id"
        ]
        self.succeed("revoke_sql_login", f"DELETE {logins}/{login}")

    def tell_others(self) -> None:
        """Webhooks: nothing leaves the house here, since nobody carries it."""
        office = "/api/v1/webhooks"
        asked = {"url": "https://hooks.example.com/north", "description": "Hook of the first company"}
        made = self.succeed("register_webhook_endpoint", f"POST {office}/endpoints", asked)
        one = f"{office}/endpoints/{made['endpoint']['id']}"
        self.succeed("get_webhook_endpoint", f"GET {one}")
        self.succeed("change_webhook_endpoint", f"PATCH {one}", {"body": "thin"})
        self.succeed("rotate_webhook_secret", f"POST {one}/secret/rotate", {"overlap_minutes": 5})
        self.succeed("pause_webhook_endpoint", f"POST {one}/pause")
        self.succeed("resume_webhook_endpoint", f"POST {one}/resume")
        self.place.house_at_rest()
        self.succeed("send_test_webhook", f"POST {one}/test")
        self.place.house_at_rest()
        (row,) = self.succeed("list_webhook_deliveries", f"GET {office}/deliveries")["data"]
        self.succeed("get_webhook_delivery", f"GET {office}/deliveries/{row['id']}")
        self.succeed("replay_webhook_delivery", f"POST {office}/deliveries/{row['id']}/replay")
        self.succeed("replay_webhook_deliveries", f"POST {one}/replay", {"first_position": 1})
        self.succeed("list_webhook_endpoints", f"GET {office}/endpoints")
        self.succeed("delete_webhook_endpoint", f"DELETE {one}")
        trusted = {
            "documents": [{"name": "Where it stands", "text": "{ position { position } }"}],
            "is_locked": False,
        }
        self.succeed("set_trusted_documents", "PUT /api/v1/graphql/documents", trusted)
        self.succeed("get_trusted_documents", "GET /api/v1/graphql/documents")
        hook = {"target_url": "https://hooks.example.com/catch", "event_type": "trip.planned.v1"}
        hook_id = self.succeed("subscribe_hook", "POST /api/v1/hooks", hook)["id"]
        self.succeed("get_hook_sample", "GET /api/v1/hooks/samples/trip.planned.v1", as_={})
        self.succeed("unsubscribe_hook", f"DELETE /api/v1/hooks/{hook_id}")

    def sign_in(self) -> None:
        guest = {"email": "guest@north.example", "display_name": "Guest", "roles": ["analyst"]}
        invited = self.place.client.post(
            "/api/v1/members", json=guest, headers=self.place.north.owner.headers
        )
        acceptance = {"token": invited.json()["invitation_token"], "password": PASSWORD}
        self.succeed("accept_invitation", "POST /api/v1/auth/invitations", acceptance, as_={})
        finance = self.someone_with_a_password(self.place.north.id, "north")
        credentials = {"company": "north", "email": finance.email, "password": PASSWORD}
        opened = self.succeed("open_session", "POST /api/v1/auth/sessions", credentials, as_={})
        tokens = {"refresh_token": opened["refresh_token"]}
        self.succeed("refresh_session", "POST /api/v1/auth/sessions/refresh", tokens, as_={})
        self.succeed("revoke_session", f"DELETE /api/v1/auth/sessions/{opened['session_id']}")

    def register(self) -> None:
        admin = self.place.platform.admin.headers
        company = {"company_name": "Eastwind", "slug": "eastwind", "plan": "starter"}
        self.succeed("register_tenant", f"POST {ENTERPRISE}/tenants", company, as_=admin)
        signed_up = self.succeed("sign_up", "POST /api/v1/signup", NEW_COMPANY, as_={})
        confirmation = {"token": signed_up["confirmation_token"]}
        self.succeed("confirm_signup", "POST /api/v1/signup/confirm", confirmation, as_={})
        another = {**NEW_COMPANY, "slug": "another"}
        self.succeed("onboard_company", f"POST {ENTERPRISE}/signups", another, as_=admin)

    def intervene(self) -> None:
        admin = self.place.platform.admin.headers
        paused = "/api/v1/platform/paused-consumers"
        for act in ("retry", "skip"):
            position = self.pause_a_consumer()
            if act == "retry":
                self.succeed("list_paused_consumers", f"GET {paused}", as_=admin)
            one = f"{paused}/{self.place.north.id}/{PAUSED}/{act}"
            told = {"position": position, "reason": "Northern repair"}
            self.succeed(f"{act}_parked_event", f"POST {one}", told, as_=admin)
        self.place.house_at_rest()

    def pause_a_consumer(self) -> int:
        """Parks a consumer of the first company where it stands; the position of the event."""
        standing = self.place.house.jobs.checkpoints.standing(self.place.north.id)
        assert standing is not None
        stands = standing.units[PAUSED].position
        parked = Parked(self.place.north.id, PAUSED, stands, "ValueError in trips.py:1")
        self.place.house.jobs.checkpoints.park(
            parked, expected=stands, position=stands, on_parked=lambda parked: None
        )
        return stands

    def look_around(self) -> None:
        north = self.place.north.id
        self.succeed("list_tenants", f"GET {ENTERPRISE}/tenants", as_=self.place.platform.admin.headers)
        self.succeed("get_tenant", f"GET {ENTERPRISE}/tenants/{north}")
        self.succeed("get_tenant_analytics", f"GET {ENTERPRISE}/tenants/{north}/analytics")
        figures = f"GET {ENTERPRISE}/tenants/{north}/analytics"
        assert self.succeed("get_violation_trends", f"{figures}/violations")["trend"]
        self.succeed("list_budget_trackers", f"{figures}/budgets")
        self.succeed("get_reconciliation_totals", f"{figures}/reconciliations")
        roi = f"{ENTERPRISE}/tenants/{north}/roi"
        self.succeed("set_roi_inputs", f"PUT {roi}/inputs", ROI_INPUTS)
        assert self.succeed("get_roi_inputs", f"GET {roi}/inputs")["data"]
        self.succeed("get_roi", f"GET {roi}")
        assert self.succeed("list_roi_sources", f"GET {roi}/sources")["data"]
        assert self.succeed("list_trips", f"GET {TRIPS}?limit=1")["next_cursor"]
        self.succeed("export_trips", f"GET {TRIPS}/export?format=csv")
        found = self.succeed("list_violations", f"GET {ENTERPRISE}/violations")["data"]
        one = f"{ENTERPRISE}/violations/{found[0]['id']}"
        self.succeed("acknowledge_violation", f"POST {one}/acknowledge", {"comment": "Northern comment"})
        self.succeed("exempt_violation", f"POST {one}/exempt", {"reason": "Northern reason"})
        self.succeed("get_violation", f"GET {one}")
        stream = f"{ENTERPRISE}/violations/stream?last_event_id=0&follow=false"
        assert "event: violation" in self.succeed("stream_violations", f"GET {stream}")
        assert self.succeed("list_violations", f"GET {ENTERPRISE}/violations")["data"]
        self.try_a_policy()
        assert self.succeed("list_members", "GET /api/v1/members")["data"]
        assert self.succeed("list_api_keys", "GET /api/v1/api-keys")["data"]
        self.place.house.trail.flush()
        assert self.succeed("list_requests", "GET /api/v1/requests")["data"]
        assert self.succeed("list_policy_versions", f"GET {ENTERPRISE}/policies/versions")["data"]
        assert self.succeed("list_units", f"GET {ENTERPRISE}/units")["data"]
        assert self.succeed("list_travellers", f"GET {ENTERPRISE}/travellers")["data"]
        assert self.succeed("list_approvals", f"GET {ENTERPRISE}/approvals")["data"]
        assert self.succeed("list_sql_logins", f"GET {ENTERPRISE}/sql-logins")["data"]
        self.succeed("get_me", "GET /api/v1/me")
        self.succeed("get_position", "GET /api/v1/position")
        for operation, path in {
            "get_liveness": "/live",
            "get_readiness": "/ready",
            "get_version": "/version",
            "list_problems": "/problems",
            "get_problem": "/problems/not_found",
        }.items():
            self.succeed(operation, f"GET {path}", as_={})

    def analyse(self) -> None:
        analytics = "/api/v1/analytics"
        assert self.succeed("list_tables", f"GET {analytics}/tables")["data"]
        assert self.succeed("query_table", f"GET {analytics}/tables/trip?columns=trip_id,purpose")["data"]
        export = self.succeed(
            "request_export", f"POST {analytics}/export", {"table": "trip", "format": "csv"}
        )
        self.place.house.jobs.processes.drain(self.place.north.id)
        assert self.place.house.jobs.outbox.dispatch(self.place.north.id)
        self.succeed("get_export", f"GET {analytics}/exports/{export['id']}")
        assert "Northern secret" in self.succeed(
            "download_export", f"GET {analytics}/exports/{export['id']}/file"
        )

    def try_a_policy(self) -> None:
        draft = {"name": "Draft", "outcomes": {"advance_booking_days": "block"}}
        tried = self.succeed("dry_run_policy", f"POST {ENTERPRISE}/policies/dry-run", draft)
        experiment = f"{ENTERPRISE}/experiments/{tried['id']}"
        assert self.succeed("get_experiment", f"GET {experiment}")["summary"]
        assert self.succeed("list_experiment_differences", f"GET {experiment}/differences")["data"]
        # One that nobody has begun: the door answers short pasts at once.
        waiting = self.founder.execute(
            self.place.north.id, DryRunPolicy(name="Waiting", max_daily_budget_eur=Decimal(1))
        )
        self.succeed("cancel_experiment", f"POST {ENTERPRISE}/experiments/{waiting.saved.stream_id}/cancel")

    def carbon(self) -> None:
        self.succeed(
            "adopt_carbon_method",
            f"PUT {ENTERPRISE}/carbon/method",
            {"method": "ademe-france", "effective_on": "2089-01-01"},
        )
        assert self.succeed("get_carbon_method", f"GET {ENTERPRISE}/carbon/method")["adopted"]
        drive = {"mode": "taxi", "distance_km": 12}
        assert self.succeed("reckon_trip_carbon", "POST /api/v2/trips/carbon", {"elements": [drive]})[
            "totals"
        ]
        assert self.succeed("list_emission_factors", f"GET {ENTERPRISE}/carbon/factors?search=taxi")["data"]
        assert self.succeed("list_factor_sets", f"GET {ENTERPRISE}/carbon/factor-sets")["data"]
        self.emit()
        self.look_into_the_ledger()

    def emit(self) -> None:
        carbon = f"{ENTERPRISE}/carbon"
        about = {"code": "NORTH-1", "name": "Yard", "country": "FR"}
        site = self.succeed("open_site", f"POST {carbon}/sites", about)["id"]
        self.succeed("change_site", f"PUT {carbon}/sites/{site}", {**about, "name": "Northern depot"})
        self.succeed("get_site", f"GET {carbon}/sites/{site}")
        wanted = {"site_id": site, "code": "NORTH-M", "energy": "electricity"}
        meter = self.succeed("install_meter", f"POST {carbon}/meters", wanted)["id"]
        self.succeed("get_meter", f"GET {carbon}/meters/{meter}")
        van = {"code": "NORTH-V", "site_id": site, "body": "van_average", "drive": "diesel"}
        vehicle = self.succeed("register_vehicle", f"POST {carbon}/vehicles", van)["id"]
        self.succeed("change_vehicle", f"PUT {carbon}/vehicles/{vehicle}", {**van, "drive": "petrol"})
        self.succeed("get_vehicle", f"GET {carbon}/vehicles/{vehicle}")
        leak = {"kind": "refrigerant", "site_id": site, "day": "2025-05-02", "gas": "R-410A", "kg": "1"}
        made = self.succeed("record_activity", f"POST {carbon}/activities", {"details": leak})["id"]
        one = f"{carbon}/activities/{made}"
        right = {"details": {**leak, "kg": "2"}, "reason": "Northern scales"}
        self.succeed("correct_activity", f"PUT {one}", right)
        self.succeed("attach_evidence", f"POST {one}/evidence", {"sha256": "0" * 64})
        self.succeed("get_activity", f"GET {one}")
        self.succeed("get_activity_import_template", f"GET {carbon}/imports/template")
        file = b"external_id,kind,day,site,gas,kg\r\nN-1,refrigerant,2025-06-02,NORTH-1,R-32,1\r\n"
        assert self.succeed("import_activities", f"POST {carbon}/imports", file)["created"] == 1
        asked = {"start": "2025-01-01", "end": "2026-01-01", "factor_year": 2024, "reason": "Northern year"}
        restated = self.succeed("request_restatement", f"POST {carbon}/restatements", asked)["id"]
        self.succeed("get_restatement", f"GET {carbon}/restatements/{restated}")
        self.place.house_at_rest()
        for name in ("sites", "meters", "vehicles", "activities"):
            assert self.succeed(f"list_{name}", f"GET {carbon}/{name}?limit=1")["data"]

    def look_into_the_ledger(self) -> None:
        ledger, year = f"{ENTERPRISE}/tenants/{self.place.north.id}/carbon", "start=2025-01-01&end=2026-01-01"
        assert self.succeed("get_tenant_carbon", f"GET {ledger}?{year}&group_by=site_id")["scope_1_g"]
        lines = self.succeed("list_carbon_lines", f"GET {ledger}/lines?{year}&limit=1")["data"]
        self.succeed("get_carbon_feed", f"GET {ledger}/feed?limit=1")
        self.succeed("trace_carbon_line", f"GET {ledger}/lines/{lines[0]['line_id']}")
        self.succeed("export_carbon_trace", f"GET {ledger}/trace?{year}")
        self.succeed("get_carbon_levers", f"GET {ledger}/levers?{year}")
        made = json.loads(self.calls["record_activity"].answer)["id"]
        carbon = f"{ENTERPRISE}/carbon"
        self.succeed("withdraw_activity", f"POST {carbon}/activities/{made}/withdraw", {"reason": "Northern"})
        for operation, (created, things) in ENDED.items():
            made = json.loads(self.calls[created].answer)["id"]
            self.succeed(operation, f"POST {carbon}/{things}/{made}/{operation.partition('_')[0]}")

    def audit(self) -> None:
        audit = "/api/v1/audit"
        trip = self.calls["get_trip"].path.rpartition("/")[2]
        self.succeed("seal_audit_log", f"POST {audit}/seals")
        assert self.succeed("verify_audit_log", f"POST {audit}/verify")["verified"]
        assert self.succeed("list_audit_seals", f"GET {audit}/seals")["data"]
        assert self.succeed("list_audit_events", f"GET {audit}/events")["next_cursor"]
        assert self.succeed("get_audit_stream", f"GET {audit}/streams/{trip}")["data"]
        self.succeed("get_audit_state", f"GET {audit}/streams/{trip}/as-of")
        self.succeed("get_audit_proof", f"GET {audit}/events/1/proof")
        self.succeed("export_audit_log", f"GET {audit}/export")
        self.succeed("list_audit_keys", f"GET {audit}/keys", as_={})
        events = "/api/v1/events"
        first = self.succeed("export_events", f"GET {events}/export?to_position=1")
        after = json.loads(first)["cursor"]
        self.succeed("export_events", f"GET {events}/export?personal=true&after={after}")
        told = self.succeed("stream_events", f"GET {events}?personal=true&follow=false&last_event_id={after}")
        assert "Northern" in told
        self.succeed("list_event_types", f"GET {events}/catalogue", as_={})
        self.succeed("get_event_type", f"GET {events}/catalogue/trip.planned.v1", as_={})

    def someone_with_a_password(self, tenant_id: UUID, slug: str) -> Person:
        """A finance person who can sign in."""
        person = self.founder.person(tenant_id, slug, Role.FINANCE, (Scope.TENANT_READ,))
        self.founder.with_password(tenant_id, person)
        return person

    def traces(self) -> set[str]:
        """What would betray the first company: its ids, names and words."""
        ids = {
            one
            for operation, call in self.calls.items()
            if operation != "list_tenants"  # the platform's own view of both companies
            for one in re.findall(
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", call.answer
            )
        }
        ids -= {str(SYSTEM.id), str(EXPERIMENTS)}  # the house itself acts in every company
        return {*ids, str(self.place.north.id), "@north.example", "Northern", "northern"}


@contextmanager
def later(house: House, *, hours: int) -> Iterator[None]:
    """The doors' clock, ahead for a while."""
    clock = house.clock
    house.clock = lambda: clock() + timedelta(hours=hours)
    try:
        yield
    finally:
        house.clock = clock


@pytest.fixture(scope="module")
def tour(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Tour]:
    """Two companies, after the first one has done everything there is to do."""
    with opened_place(database_url, redis_url, master_key) as place:
        tour = Tour(place)
        tour.run()
        yield tour


@pytest.fixture
def digest(database_url: str, tour: Tour) -> Iterator["Digest"]:
    """The first company's rows, and the platform's, before and after."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Digest(connection, [tour.place.north.id, PLATFORM_TENANT_ID])


DIGEST = sql.SQL(
    "select {name}, count(*), sum(hashtextextended(r::text, 0)::numeric) from {table} as r, asked"
    " where tenant_id = any(asked.tenants)"
)
DIGESTS = sql.SQL("with asked as materialized (select %s::uuid[] as tenants) {}").format(
    sql.SQL(" union all ").join(
        DIGEST.format(name=sql.Literal(table), table=sql.Identifier(*table.split("."))) for table in RIGHTS
    )
)


@dataclass
class Digest:
    """All rows of some tenants, by a hash of their text."""

    connection: psycopg.Connection[Any]
    tenants: list[UUID]
    expected: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.expected = self.now()

    def now(self) -> dict[str, Any]:
        """Count and hash of the tenants' rows of each table, in one question: it is asked over a thousand times."""
        rows = self.connection.execute(DIGESTS, (self.tenants,), prepare=True).fetchall()
        return {table: rest for table, *rest in rows}

    def changes(self) -> list[str]:
        """The tables in which something moved since the last look."""
        now = self.now()
        changed = [table for table in RIGHTS if now[table] != self.expected[table]]
        self.expected = now
        return changed


def operations(tour: Tour) -> dict[str, tuple[str, str]]:
    """Every operation of the OpenAPI document, with its method and its path."""
    return {
        str(each.operation_id): (next(iter(each.methods)), each.path_format)
        for each in operations_in(tour.place.client.app.routes)  # type: ignore[attr-defined]
    }


def credentials_of(person: Person) -> dict[str, dict[str, str]]:
    """The ways in which one person can ask."""
    return {"signed in": person.headers, "by key": person.key_headers}


class TestEveryOperation:
    def test_has_a_recorded_call(self, tour: Tour) -> None:
        for operation, (method, path) in operations(tour).items():
            assert operation in tour.calls, f"{operation} ({method} {path}): add a successful call to Tour"
            call = tour.calls[operation]
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
            assert call.method == method, operation
            assert re.fullmatch(pattern, call.path.partition("?")[0]), operation
        assert set(tour.calls) == set(operations(tour))

    def test_hides_what_belongs_to_another_company(self, tour: Tour, digest: Digest) -> None:
        wrong, traces = [], tour.traces()
        for operation in sorted(set(tour.calls) - ABOUT_NOBODY - BY_ADDRESS - set(BY_BODY)):
            for way, credential in credentials_of(tour.place.south.owner).items():
                answer = tour.send(tour.calls[operation], credential)
                case = f"{operation} {way}: {answer.status_code}"
                if answer.status_code not in OWN.get(operation, HIDDEN):
                    wrong.append(f"{case} {answer.text}")
                if operation in OWN and (found := {trace for trace in traces if trace in answer.text}):
                    wrong.append(f"{case} betrays {found}")
                if "idempotency-replayed" in answer.headers:
                    wrong.append(f"{case} repeats the answer of another company")
            wrong += [f"{operation} changed {table}" for table in digest.changes()]
        assert wrong == []

    def test_refuses_a_tenant_the_credential_does_not_reach(self, tour: Tour, digest: Digest) -> None:
        wrong = []
        for operation in sorted(set(tour.calls) - ABOUT_NOBODY - BY_ADDRESS - set(BY_BODY)):
            for way, credential in credentials_of(tour.place.south.owner).items():
                named = {**credential, "X-Tenant-ID": str(tour.place.north.id)}
                answer = tour.send(tour.calls[operation], named)
                if answer.status_code not in HIDDEN:
                    wrong.append(f"{operation} {way}: {answer.status_code} {answer.text}")
            wrong += [f"{operation} changed {table}" for table in digest.changes()]
        assert wrong == []

    def test_asks_for_a_credential(self, tour: Tour, digest: Digest) -> None:
        for operation in sorted(set(tour.calls) - ABOUT_NOBODY - BY_ADDRESS - set(BY_BODY)):
            for credential in ({}, {"Authorization": "Bearer nonsense"}):
                assert tour.send(tour.calls[operation], credential).status_code == 401, operation
        assert digest.changes() == []

    def test_about_nobody_is_the_same_for_everyone(self, tour: Tour, digest: Digest) -> None:
        for operation in sorted(ABOUT_NOBODY):
            call = tour.calls[operation]
            assert tour.send(call, tour.place.south.owner.headers).text == call.answer
        assert digest.changes() == []


class TestGraphql:
    """The same operations asked in GraphQL: the generated twins of every recorded call."""

    def test_shows_each_of_us_what_rest_shows_us(self, tour: Tour) -> None:
        """L08: both doors agree for each resource, tenant and role, refusals included."""
        people = {
            "owner": tour.place.north.owner,
            "traveller": tour.place.north.traveller,
            "other company": tour.place.south.owner,
        }
        wrong = graphql_tour.disagreements(tour, operations(tour), people)
        assert wrong == []

    def test_hides_what_belongs_to_another_company(self, tour: Tour, digest: Digest) -> None:
        """SEC-16: the first company's mutations, repeated with the other one's credential."""
        allowed = {name: OWN.get(name, HIDDEN) for name in tour.calls}
        skipped = ABOUT_NOBODY | BY_ADDRESS | set(BY_BODY)
        wrong = graphql_tour.leaks(tour, operations(tour), allowed, skipped)
        assert wrong == []
        assert digest.changes() == []


class TestPublicDoors:
    def test_of_another_company_know_nothing_of_this_one(self, tour: Tour, digest: Digest) -> None:
        """The same call with the other company's slug: its ids, links and texts are unknown there."""
        traces = tour.traces()
        for operation in sorted(BY_ADDRESS - {"search_marketplace"}):
            call = tour.calls[operation]
            foreign = replace(call, path=call.path.replace("/booking/north", "/booking/south"), headers={})
            answer = tour.send(foreign, {})
            assert answer.status_code == 404, f"{operation}: {answer.status_code} {answer.text}"
            assert not {trace for trace in traces if trace in answer.text}, operation
        assert digest.changes() == []

    def test_show_nothing_that_was_withdrawn(self, tour: Tour, digest: Digest) -> None:
        tour.place.house_at_rest()
        before = tour.calls["search_marketplace"]
        assert "Northern care" in before.answer
        assert tour.send(before, {}).json() == {"data": []}
        for operation in (
            "get_public_catalogue",
            "list_public_slots",
            "book_public_visit",
            "hold_public_slot",
        ):
            assert tour.send(replace(tour.calls[operation], headers={}), {}).status_code == 404, operation


class TestCredentialsInTheBody:
    def test_do_not_open_another_company(self, tour: Tour, digest: Digest) -> None:
        clerk = tour.someone_with_a_password(tour.place.south.id, "south")
        call = tour.calls["open_session"]
        for stranger in (
            {**call.body, "password": "the password of the south"},
            {**call.body, "email": clerk.email},
            {**call.body, "company": "south"},
        ):
            answer = tour.send(replace(call, body=stranger), tour.place.south.owner.headers)
            assert answer.status_code in BY_BODY["open_session"], answer.text
        assert digest.changes() == []

    def test_of_an_invitation_open_nothing_twice(self, tour: Tour, digest: Digest) -> None:
        call = tour.calls["accept_invitation"]
        stolen = replace(call, headers={}, body={**call.body, "password": "another password"})
        answer = tour.send(stolen, tour.place.south.owner.headers)
        assert answer.status_code in BY_BODY["accept_invitation"], answer.text
        assert digest.changes() == []

    def test_refresh_their_own_session_only(self, tour: Tour, digest: Digest) -> None:
        place = tour.place
        clerk = tour.founder.person(place.south.id, "south", Role.AUDITOR, (Scope.TENANT_READ,))
        tour.founder.with_password(place.south.id, clerk)
        signed_in = place.client.post(
            "/api/v1/auth/sessions", json={"company": "south", "email": clerk.email, "password": PASSWORD}
        )
        tokens = {"refresh_token": signed_in.json()["refresh_token"]}
        answer = tour.send(replace(tour.calls["refresh_session"], body=tokens), place.north.owner.headers)
        assert answer.status_code in BY_BODY["refresh_session"], answer.text
        assert answer.json()["tenant_id"] == str(place.south.id)
        assert "idempotency-replayed" not in answer.headers
        assert digest.changes() == []


class TestTheTenantOfARequest:
    """It comes from the credential; anything else may only repeat it."""

    def test_is_not_taken_from_host_query_or_body(self, tour: Tour, digest: Digest) -> None:
        place = tour.place
        north = str(place.north.id)
        own = {"traveller_id": str(place.south.traveller.id), "purpose": "Ours"}
        headers = place.south.owner.headers
        answers = [
            place.client.post(TRIPS, json={**own, "tenant_id": north}, headers=headers),
            place.client.post(f"{TRIPS}?tenant_id={north}", json=own, headers=headers),
            place.client.post(TRIPS, json=own, headers={**headers, "Host": "north.example"}),
            place.client.post(TRIPS, json=own, headers={**headers, "X-Forwarded-Host": "north.example"}),
            place.client.get(f"{TRIPS}?tenant_id={north}", headers=headers),
        ]
        assert all(answer.status_code < 500 for answer in answers), answers
        assert "Northern" not in " ".join(answer.text for answer in answers)
        assert digest.changes() == []

    def test_may_be_repeated_and_nothing_else(self, tour: Tour) -> None:
        place = tour.place
        for company in (place.north, place.south):
            for named, status in ((company.id, 200), (PLATFORM_TENANT_ID, 404), ("nonsense", 400)):
                headers = {**company.owner.headers, "X-Tenant-ID": str(named)}
                assert place.client.get("/api/v1/me", headers=headers).status_code == status


class TestCursors:
    def test_belong_to_their_company_and_their_list(self, tour: Tour) -> None:
        place = tour.place
        cursor = place.client.get(f"{TRIPS}?limit=1", headers=place.north.owner.headers).json()["next_cursor"]
        assert place.client.get(f"{TRIPS}?cursor={cursor}", headers=place.north.owner.headers).is_success
        for path, person in (
            (TRIPS, place.south.owner),
            ("/api/v1/members", place.north.owner),
            (f"{ENTERPRISE}/violations", place.north.owner),
        ):
            answer = place.client.get(f"{path}?cursor={cursor}", headers=person.headers)
            assert answer.status_code in (400, 422), answer.text
            assert answer.json()["code"] == "cursor_invalid"

    def test_cannot_be_made_up(self, tour: Tour) -> None:
        place = tour.place
        cursor = place.client.get(f"{TRIPS}?limit=1", headers=place.north.owner.headers).json()["next_cursor"]
        other = "B" if cursor[0] == "A" else "A"
        for forged in (cursor[:-2], cursor[::-1], f"{other}{cursor[1:]}", "WyIxIl0", "1"):
            answer = place.client.get(f"{TRIPS}?cursor={forged}", headers=place.north.owner.headers)
            assert answer.status_code in (400, 422), forged


class TestPositions:
    def test_tell_nothing_about_the_volume_of_others(self, tour: Tour, digest: Digest) -> None:
        """Every company counts its own changes from one."""
        place = tour.place
        headers = place.south.owner.headers
        before = place.client.get("/api/v1/position", headers=headers).json()["position"]
        theme = f"{ENTERPRISE}/tenants/{place.north.id}/theme"
        look = {"primary_colour": "#112233"}
        assert place.client.patch(theme, json=look, headers=place.north.owner.headers).is_success
        assert place.client.get("/api/v1/position", headers=headers).json()["position"] == before
        assert "es.event" in digest.changes()  # the digest does notice


class TestRedis:
    def test_names_the_tenant_first(self, tour: Tour, redis_url: str) -> None:
        """Whatever is kept about somebody is kept under their tenant."""
        place = tour.place
        place.client.get("/api/v1/me", headers=place.south.owner.headers)
        place.client.get("/api/v1/me", headers=place.south.owner.key_headers)
        with Redis.from_url(redis_url, decode_responses=True) as redis:
            named = [UUID_TEXT.findall(key) for key in redis.scan_iter()]
        with psycopg.connect(place.house.pools.url) as connection:
            tenants = {str(row[0]) for row in connection.execute("select tenant_id from es.tenant_head")}
        keys = place.client.get("/api/v1/api-keys", headers=place.south.owner.headers).json()["data"]
        south = {str(place.south.id), str(place.south.owner.id), *(key["id"] for key in keys)}
        own = [ids for ids in named if south & set(ids)]
        assert len(own) >= 2
        assert [ids for ids in own if ids[0] not in tenants] == []
