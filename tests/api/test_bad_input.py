"""Bad input of every kind, at every operation that takes a body: a 4xx problem with a pointer, nothing written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.rest import billing_examples, examples, webhook_examples
from api.rest.examples import NEW_COMPANY
from api.rest.shelf import operations_in
from tests.kit.clinic import Clinic
from tests.kit.house import Place, a_flight
from tests.kit.pointers import misleading
from tests.kit.public_door import PublicDoor

TRIP = "00000000-0000-7000-8000-00000000dead"
CANARY = "canary-7f3a"

FLIGHT = {name: value for name, value in a_flight().items() if name != "kind"}
HOTEL = {
    "country": "FR",
    "city": "Lyon",
    "name": "Inn",
    "check_in": "2090-05-02",
    "check_out": "2090-05-04",
    "time_zone": "Europe/Paris",
    "price": {"amount_minor": 1, "currency": "EUR"},
}
GROUND = {
    "mode": "rail",
    "origin": "Paris",
    "destination": "Lyon",
    "distance_km": 427,
    "departs_at": "2090-05-02T08:00:00Z",
    "time_zone": "Europe/Paris",
    "price": {"amount_minor": 1, "currency": "EUR"},
}
EXPENSE = {
    "category": "meals",
    "day": "2090-05-02",
    "price": {"amount_minor": 1, "currency": "EUR"},
}
SITE = {"code": "P", "name": "Paris", "country": "FR"}
VEHICLE = {"code": "V", "site_id": "{trip}", "body": "car_average", "drive": "diesel"}
LEAK = {"kind": "refrigerant", "site_id": "{trip}", "day": "2024-05-02", "gas": "R-410A", "kg": "1"}
# (operation, method, path, a body it would accept)
OPERATIONS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("run_batch", "POST", "/commands/batch", {"commands": [{"operation": "cancel_trip"}]}),
    ("register_tenant", "POST", "/enterprise/tenants", {"company_name": "X", "slug": "x", "plan": "starter"}),
    ("onboard_company", "POST", "/enterprise/signups", NEW_COMPANY),
    ("change_theme", "PATCH", "/enterprise/tenants/{north}/theme", {"primary_colour": "#000000"}),
    ("change_modules", "PUT", "/enterprise/tenants/{north}/modules", {"modules_enabled": ["trips"]}),
    ("change_company_profile", "PATCH", "/enterprise/tenants/{north}/profile", {"head_count": 12}),
    ("set_policy", "POST", "/enterprise/policies", {"name": "P", "max_daily_budget_eur": 100}),
    ("publish_prices", "PUT", "/billing/prices", billing_examples.PLAN_PRICES),
    ("start_subscription", "POST", "/billing/subscription", billing_examples.SUBSCRIPTION),
    ("change_subscription_plan", "PUT", "/billing/subscription/plan", {"plan": "pro"}),
    ("change_seats", "PUT", "/billing/subscription/seats", {"seats": 3}),
    ("change_add_ons", "PUT", "/billing/subscription/add-ons", {"add_ons": {"whatsapp": 1}}),
    ("change_debtor", "PUT", "/billing/subscription/debtor", billing_examples.DEBTOR),
    ("cancel_subscription", "POST", "/billing/subscription/cancel", {}),
    ("draft_quote", "POST", "/enterprise/tenants/{north}/quotes", billing_examples.QUOTE),
    ("propose_quote", "POST", "/enterprise/tenants/{north}/quotes/{trip}/propose", {}),
    ("commit_for_a_year", "PUT", "/billing/subscription/yearly", {}),
    ("switch_feature", "PUT", "/enterprise/tenants/{north}/features/graphql", {"is_on": True}),
    ("counter_quote", "POST", "/billing/quotes/{trip}/counter", {"wish": "Less"}),
    ("accept_quote", "POST", "/billing/quotes/{trip}/accept", {"debtor": billing_examples.DEBTOR}),
    ("define_usage_meter", "POST", "/usage/meters", billing_examples.METER),
    ("report_usage", "POST", "/usage/events", {"events": [billing_examples.USE]}),
    ("set_usage_limit", "PUT", "/usage/limits/sms", billing_examples.LIMIT),
    ("limit_usage_age", "PUT", "/usage/age-limit", {"most_days": 90}),
    ("release_parked_usage", "POST", "/usage/parked/release", {"transaction_ids": ["one"]}),
    ("declare_seller", "PUT", "/billing/seller", billing_examples.SELLER),
    ("set_invoicing_details", "PUT", "/billing/invoicing-details", billing_examples.BUYER),
    ("close_month", "POST", "/billing/invoices", {"month": "2026-01"}),
    ("open_unit", "POST", "/enterprise/units", {"kind": "department", "code": "S", "name": "Sales"}),
    ("rename_unit", "PUT", "/enterprise/units/{trip}/name", {"code": "S", "name": "Sales"}),
    ("close_unit", "POST", "/enterprise/units/{trip}/close", {}),
    ("assign_traveller", "PUT", "/enterprise/travellers/{traveller}", {"department_id": None}),
    (
        "delegate_approval",
        "PUT",
        "/enterprise/travellers/{traveller}/delegation",
        {
            "delegate_id": "{traveller}",
            "starts_at": "2090-05-02T08:00:00Z",
            "ends_at": "2090-05-03T08:00:00Z",
        },
    ),
    (
        "set_budget",
        "PUT",
        "/enterprise/budgets",
        {"year": 2090, "owner": "tenant", "unit": "EUR", "amount": 1},
    ),
    (
        "decide_out_of_turn",
        "POST",
        "/enterprise/trips/{trip}/decide-out-of-turn",
        {"is_approved": True, "reason": "X"},
    ),
    (
        "set_roi_inputs",
        "PUT",
        "/enterprise/tenants/{north}/roi/inputs",
        {"effective_from": "2030-01-01", "inputs": {"minutes_saved_per_trip": 30}},
    ),
    ("set_carbon_targets", "PUT", "/enterprise/carbon/targets", {"base_year": 2020}),
    ("draft_esg_report", "POST", "/enterprise/esg-reports", {"start": "2024-01-01", "end": "2025-01-01"}),
    ("review_esg_report", "POST", "/enterprise/esg-reports/{trip}/review", {}),
    ("approve_esg_report", "POST", "/enterprise/esg-reports/{trip}/approve", {}),
    ("publish_esg_report", "POST", "/enterprise/esg-reports/{trip}/publish", {}),
    ("restate_esg_report", "POST", "/enterprise/esg-reports/{trip}/restate", {"reason": "X"}),
    (
        "dry_run_policy",
        "POST",
        "/enterprise/policies/dry-run",
        {"name": "P", "max_daily_budget_eur": 100},
    ),
    ("cancel_experiment", "POST", "/enterprise/experiments/{trip}/cancel", {}),
    (
        "plan_trip",
        "POST",
        "/enterprise/trips",
        {"traveller_id": "{traveller}", "purpose": "X", "segments": [a_flight()]},
    ),
    (
        "allocate_trip",
        "PUT",
        "/enterprise/trips/{trip}/allocation",
        {"department_id": None, "cost_centre_id": None},
    ),
    ("add_flight", "POST", "/enterprise/trips/{trip}/flights", FLIGHT),
    ("add_hotel", "POST", "/enterprise/trips/{trip}/hotels", HOTEL),
    ("add_ground", "POST", "/enterprise/trips/{trip}/ground", GROUND),
    ("approve_trip", "POST", "/enterprise/trips/{trip}/approve", {"comment": "X"}),
    ("reject_trip", "POST", "/enterprise/trips/{trip}/reject", {"reason": "X"}),
    ("cancel_trip", "POST", "/enterprise/trips/{trip}/cancel", {"reason": "X"}),
    ("submit_trip", "POST", "/enterprise/trips/{trip}/submit", {}),
    ("book_trip", "POST", "/enterprise/trips/{trip}/book", {}),
    ("complete_trip", "POST", "/enterprise/trips/{trip}/complete", {}),
    ("acknowledge_violation", "POST", "/enterprise/violations/{trip}/acknowledge", {"comment": "X"}),
    ("exempt_violation", "POST", "/enterprise/violations/{trip}/exempt", {"reason": "X"}),
    (
        "report_expense",
        "POST",
        "/enterprise/trips/{trip}/expenses",
        EXPENSE,
    ),
    ("correct_expense", "PUT", "/enterprise/trips/{trip}/expenses/{trip}", EXPENSE),
    ("approve_expense", "POST", "/enterprise/trips/{trip}/expenses/{trip}/approve", {}),
    ("reject_expense", "POST", "/enterprise/trips/{trip}/expenses/{trip}/reject", {"reason": "X"}),
    ("reconcile_trip", "POST", "/enterprise/trips/{trip}/reconcile", {}),
    (
        "adopt_carbon_method",
        "PUT",
        "/enterprise/carbon/method",
        {"method": "tim", "effective_on": "2090-01-01"},
    ),
    (
        "reckon_trip_carbon",
        "POST",
        "/api/v2/trips/carbon",
        {"elements": [{"mode": "taxi", "distance_km": 12}]},
    ),
    ("open_site", "POST", "/enterprise/carbon/sites", SITE),
    ("change_site", "PUT", "/enterprise/carbon/sites/{trip}", SITE),
    ("close_site", "POST", "/enterprise/carbon/sites/{trip}/close", {}),
    (
        "install_meter",
        "POST",
        "/enterprise/carbon/meters",
        {"site_id": "{trip}", "code": "M", "energy": "heat"},
    ),
    ("remove_meter", "POST", "/enterprise/carbon/meters/{trip}/remove", {}),
    ("register_vehicle", "POST", "/enterprise/carbon/vehicles", VEHICLE),
    ("change_vehicle", "PUT", "/enterprise/carbon/vehicles/{trip}", VEHICLE),
    ("retire_vehicle", "POST", "/enterprise/carbon/vehicles/{trip}/retire", {}),
    ("record_activity", "POST", "/enterprise/carbon/activities", {"external_id": "E-1", "details": LEAK}),
    ("correct_activity", "PUT", "/enterprise/carbon/activities/{trip}", {"reason": "X", "details": LEAK}),
    ("withdraw_activity", "POST", "/enterprise/carbon/activities/{trip}/withdraw", {"reason": "X"}),
    ("attach_evidence", "POST", "/enterprise/carbon/activities/{trip}/evidence", {"sha256": "0" * 64}),
    (
        "request_restatement",
        "POST",
        "/enterprise/carbon/restatements",
        {"start": "2024-01-01", "end": "2025-01-01", "factor_year": 2024, "reason": "X"},
    ),
    ("join_benchmark", "PUT", "/enterprise/benchmarks/membership", {}),
    *(
        (name, method, path, examples.REQUESTS.get(name, {}))
        for name, method, path in (
            ("open_business", "POST", "/booking/businesses"),
            ("change_business", "PUT", "/booking/businesses/{trip}"),
            ("define_service", "POST", "/booking/services"),
            ("change_service", "PUT", "/booking/services/{trip}"),
            ("retire_service", "POST", "/booking/services/{trip}/retire"),
            ("hire_practitioner", "POST", "/booking/practitioners"),
            ("change_practitioner", "PUT", "/booking/practitioners/{trip}"),
            ("let_practitioner_go", "POST", "/booking/practitioners/{trip}/leave"),
            ("add_resource", "POST", "/booking/resources"),
            ("change_resource", "PUT", "/booking/resources/{trip}"),
            ("take_resource_out", "POST", "/booking/resources/{trip}/take-out"),
            ("set_schedule", "PUT", "/booking/schedules/practitioner/{trip}"),
            ("schedule_session", "POST", "/booking/sessions"),
            ("change_session_capacity", "PUT", "/booking/sessions/{trip}/capacity"),
            ("cancel_group_session", "POST", "/booking/sessions/{trip}/cancel"),
            ("book_appointment", "POST", "/booking/appointments"),
            ("hold_slot", "POST", "/booking/appointments/holds"),
            ("override_booking", "POST", "/booking/appointments/overrides"),
            ("confirm_appointment", "POST", "/booking/appointments/{trip}/confirm"),
            ("reject_appointment", "POST", "/booking/appointments/{trip}/reject"),
            ("reschedule_appointment", "POST", "/booking/appointments/{trip}/reschedule"),
            ("substitute_practitioner", "POST", "/booking/appointments/{trip}/substitute"),
            ("cancel_appointment", "POST", "/booking/appointments/{trip}/cancel"),
            ("record_step", "POST", "/booking/appointments/{trip}/steps"),
            ("record_deposit", "POST", "/booking/appointments/{trip}/deposits"),
            ("book_series", "POST", "/booking/series"),
            ("move_series", "POST", "/booking/series/{trip}/move"),
            ("cancel_series", "POST", "/booking/series/{trip}/cancel"),
            ("book_combined_visit", "POST", "/booking/combined-visits"),
            ("cancel_combined_visit", "POST", "/booking/combined-visits/{trip}/cancel"),
            ("erase_booking_client", "POST", "/booking/clients/{trip}/erase"),
            ("join_waitlist", "POST", "/booking/waitlist"),
            ("offer_freed_slot", "POST", "/booking/waitlist/offers"),
            ("accept_offer", "POST", "/booking/waitlist/{trip}/accept"),
            ("decline_offer", "POST", "/booking/waitlist/{trip}/decline"),
            ("leave_waitlist", "POST", "/booking/waitlist/{trip}/leave"),
            ("request_absence", "POST", "/booking/absences"),
            ("approve_absence", "POST", "/booking/absences/{trip}/approve"),
            ("reject_absence", "POST", "/booking/absences/{trip}/reject"),
            ("cancel_absence", "POST", "/booking/absences/{trip}/cancel"),
            ("publish_booking_page", "PUT", "/booking/businesses/{trip}/page"),
            ("block_contact", "POST", "/booking/blocked-contacts"),
            ("write_review", "POST", "/booking/appointments/{trip}/review"),
            ("publish_review", "POST", "/booking/reviews/{trip}/publish"),
            ("reject_review", "POST", "/booking/reviews/{trip}/reject"),
            ("book_public_visit", "POST", "/public/booking/north/visits"),
            ("hold_public_slot", "POST", "/public/booking/north/holds"),
            ("confirm_public_hold", "POST", "/public/booking/north/links/{trip}/confirm"),
            ("reschedule_public_visit", "POST", "/public/booking/north/links/{trip}/reschedule"),
            ("cancel_public_visit", "POST", "/public/booking/north/links/{trip}/cancel"),
            ("review_public_visit", "POST", "/public/booking/north/links/{trip}/review"),
            ("join_public_waitlist", "POST", "/public/booking/north/waitlist"),
            ("reply_to_public_offer", "POST", "/public/booking/north/waitlist/{trip}/reply"),
        )
    ),
    (
        "invite_member",
        "POST",
        "/members",
        {"email": "a@b.example", "display_name": "X", "roles": ["traveller"]},
    ),
    ("change_member_roles", "POST", "/members/{traveller}/roles", {"roles": ["traveller"]}),
    ("change_member_email", "POST", "/members/{traveller}/email", {"email": "new@b.example"}),
    ("deactivate_member", "POST", "/members/{traveller}/deactivate", {}),
    ("reactivate_member", "POST", "/members/{traveller}/reactivate", {}),
    ("set_password", "POST", "/members/{traveller}/password", {"password": "a good long password"}),
    ("issue_api_key", "POST", "/api-keys", {"name": "K", "scopes": ["trips:read"]}),
    *(
        (operation, method, path, webhook_examples.REQUESTS.get(operation, {}))
        for operation, method, path in (
            ("register_webhook_endpoint", "POST", "/webhooks/endpoints"),
            ("change_webhook_endpoint", "PATCH", "/webhooks/endpoints/{trip}"),
            ("pause_webhook_endpoint", "POST", "/webhooks/endpoints/{trip}/pause"),
            ("resume_webhook_endpoint", "POST", "/webhooks/endpoints/{trip}/resume"),
            ("rotate_webhook_secret", "POST", "/webhooks/endpoints/{trip}/secret/rotate"),
            ("send_test_webhook", "POST", "/webhooks/endpoints/{trip}/test"),
            ("replay_webhook_delivery", "POST", "/webhooks/deliveries/{trip}/replay"),
            ("replay_webhook_deliveries", "POST", "/webhooks/endpoints/{trip}/replay"),
            ("subscribe_hook", "POST", "/hooks"),
            ("set_trusted_documents", "PUT", "/graphql/documents"),
        )
    ),
    ("issue_sql_login", "POST", "/enterprise/sql-logins", {"name": "Monthly figures", "valid_days": 7}),
    ("request_export", "POST", "/analytics/export", {"table": "trip", "format": "csv"}),
    (
        "retry_parked_event",
        "POST",
        "/platform/paused-consumers/{north}/projection:trips/retry",
        {"position": 7, "reason": "Mended"},
    ),
    (
        "skip_parked_event",
        "POST",
        "/platform/paused-consumers/{north}/projection:trips/skip",
        {"position": 7, "reason": "Harmless"},
    ),
    ("verify_audit_log", "POST", "/audit/verify", {}),
    ("seal_audit_log", "POST", "/audit/seals", {}),
    ("accept_invitation", "POST", "/auth/invitations", {"token": "x", "password": "a good long password"}),
    ("sign_up", "POST", "/signup", NEW_COMPANY),
    ("confirm_signup", "POST", "/signup/confirm", {"token": "x"}),
    ("open_session", "POST", "/auth/sessions", {"company": "north", "email": "a@b.example", "password": "x"}),
    ("refresh_session", "POST", "/auth/sessions/refresh", {"refresh_token": "x"}),
]
OF_THE_PLATFORM = {
    "draft_quote",
    "onboard_company",
    "propose_quote",
    "declare_seller",
    "publish_prices",
    "register_tenant",
    "retry_parked_event",
    "skip_parked_event",
    "switch_feature",
}
# Their bodies are no JSON; what is wrong with files is tested where files are.
TAKING_FILES = {"import_activities", "import_members", "import_trips"}
BY_NAME = {name: (method, path, body) for name, method, path, body in OPERATIONS}


@pytest.fixture(scope="module")
def trip(place: Place) -> str:
    """A trip that is being planned; and a business that strangers find."""
    assert PublicDoor(Clinic(place, place.north).open()).publish().is_success
    return str(place.plan(place.north)["id"])


def bad_bodies(good: dict[str, Any]) -> Iterator[tuple[str, bytes, str | None]]:
    """(what, body, the pointer the answer must name; None: any)."""
    text = json.dumps(good)
    field = next(iter(good), "extra")
    rest = text[:-1].rstrip()
    glue = ", " if good else ""

    def with_value(raw: str) -> bytes:
        others = {name: value for name, value in good.items() if name != field}
        tail = json.dumps(others)[1:-1]
        return f'{{"{field}": {raw}{", " + tail if tail else ""}}}'.encode()

    at_field = f"/{field}"
    yield "NaN", with_value("NaN"), at_field
    yield "Infinity", with_value("-Infinity"), at_field
    yield "1e999", with_value("1e999"), at_field
    yield "lone surrogate", with_value(f'"{CANARY}\\ud800"'), at_field
    yield "NUL", with_value(f'"{CANARY}\\u0000"'), at_field
    yield "5000 digits", with_value("9" * 5_000), at_field
    yield "31 digits", with_value("-" + "9" * 30), at_field
    yield "deep", with_value("[" * 40 + "]" * 40), None
    yield "very deep", with_value("[" * 100_000 + "]" * 100_000), None
    yield "duplicate key", f'{rest}{glue}"{field}": 1, "{field}": 2}}'.encode(), at_field
    yield "unknown field", f'{rest}{glue}"surplus": "{CANARY}"}}'.encode(), "/surplus" if good else None
    yield "malformed", f'{{"{field}": "{CANARY}"'.encode(), ""
    yield "trailing", text.encode() + b" {}", ""
    yield "array", f'["{CANARY}"]'.encode(), None
    yield "text", f'"{CANARY}"'.encode(), None
    yield "null", b"null", None
    yield "not UTF-8", b'{"\xff": 1}', ""
    yield "UTF-16", text.encode("utf-16"), None
    yield "BOM", b"\xef\xbb\xbf" + text.encode(), ""
    yield "NUL in a name", f'{rest}{glue}"a\\u0000b": 1}}'.encode(), None
    yield "raw NUL", f'{rest}{glue}"a\x00b": 1}}'.encode(), ""
    yield "many values", with_value(json.dumps([0] * 30_000)), None
    if good:
        yield "wrong type", with_value('{"deep": [1, {"er": null}]}'), at_field


class TestEveryOperation:
    @pytest.mark.parametrize("name", list(BY_NAME))
    def test_refuses_bad_bodies_and_writes_nothing(self, place: Place, trip: str, name: str) -> None:
        method, path, good = BY_NAME[name]
        before = place.heads()
        for what, body, pointer in bad_bodies(self._filled(good, place, trip)):
            answer = place.client.request(
                method,
                self._url(path, place, trip),
                content=body,
                headers={**self._headers(place, name), "Content-Type": "application/json"},
            )
            assert is_problem(answer), f"{what}: {answer.status_code} {answer.text}"
            assert answer.status_code == 422, f"{what}: {answer.status_code} {answer.text}"
            errors = answer.json()["errors"]
            assert misleading(errors, body) == [], what
            pointers = [error["pointer"] for error in errors]
            assert pointers, what
            # A value that is an object of its own is wrong somewhere inside.
            inside = pointer and any(one.startswith(f"{pointer}/") for one in pointers)
            assert pointer is None or pointer in pointers or inside, f"{what}: {pointers}"
        assert place.heads() == before

    @pytest.mark.parametrize("name", list(BY_NAME))
    def test_refuses_other_media_types_and_huge_bodies(self, place: Place, trip: str, name: str) -> None:
        method, path, good = BY_NAME[name]
        url, headers = self._url(path, place, trip), self._headers(place, name)
        body = json.dumps(self._filled(good, place, trip)).encode()
        before = place.heads()
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin-1",
            "x",
        ):
            answer = place.client.request(
                method, url, content=body, headers={**headers, "Content-Type": kind}
            )
            assert is_problem(answer)
            assert answer.status_code == 415, kind
        huge = b'{"a": "' + b"x" * 5_000_000 + b'"}'
        as_json = {**headers, "Content-Type": "application/json"}
        stated = place.client.request(method, url, content=huge, headers=as_json)
        chunked = place.client.request(method, url, content=iter([huge[:600_000]] * 8), headers=as_json)
        for answer in (stated, chunked):
            assert is_problem(answer)
            assert answer.status_code == 413
        assert place.heads() == before

    def test_covers_every_operation_with_a_body(self, place: Place) -> None:
        operations = {
            each.operation_id
            for each in operations_in(place.client.app.routes)  # type: ignore[attr-defined]
            if each.methods & {"POST", "PUT", "PATCH"}
        }
        assert operations == set(BY_NAME) | TAKING_FILES

    def _headers(self, place: Place, name: str) -> dict[str, str]:
        return (place.platform.admin if name in OF_THE_PLATFORM else place.north.owner).headers

    def _url(self, path: str, place: Place, trip: str) -> str:
        filled = str(self._filled(path, place, trip))
        return filled if filled.startswith("/api/") else f"/api/v1{filled}"

    def _filled(self, value: Any, place: Place, trip: str) -> Any:
        text = json.dumps(value).replace("{trip}", trip).replace("{north}", str(place.north.id))
        return json.loads(text.replace("{traveller}", str(place.north.traveller.id)))


class TestValues:
    @pytest.mark.parametrize(
        ("operation", "change", "pointer"),
        [
            ("add_flight", {"departs_at": "10000-01-01T00:00:00Z"}, "/departs_at"),
            ("add_flight", {"departs_at": "9999-12-31T23:59:59Z"}, "/departs_at"),
            ("add_flight", {"departs_at": "2090-05-02T08:00:00"}, "/departs_at"),
            ("add_flight", {"departs_at": 10**20}, "/departs_at"),
            ("add_flight", {"departs_at": 1_893_456_000}, "/departs_at"),
            ("add_flight", {"departs_at": "1893456000"}, "/departs_at"),
            ("add_hotel", {"check_in": 1_893_456_000}, "/check_in"),
            ("add_flight", {"origin": "ZZZ"}, "/origin"),
            ("add_flight", {"destination": "LON"}, "/destination"),
            ("add_flight", {"destination": "CDG"}, "/destination"),
            ("add_flight", {"cabin": "steerage"}, "/cabin"),
            ("add_flight", {"arrives_at": "2090-05-02T07:59:59Z"}, "/arrives_at"),
            ("add_flight", {"price": {"amount_minor": 1, "currency": "ZZZ"}}, "/price/currency"),
            ("add_flight", {"price": {"amount_minor": -1, "currency": "EUR"}}, "/price/amount_minor"),
            ("add_flight", {"price": {"amount_minor": 1.5, "currency": "EUR"}}, "/price/amount_minor"),
            ("add_flight", {"price": {"amount_minor": True, "currency": "EUR"}}, "/price/amount_minor"),
            ("add_flight", {"price": {"amount_minor": 10**20, "currency": "EUR"}}, "/price/amount_minor"),
            ("add_flight", {"price": {"amount_minor": 1, "currency": "EUR", "x": 1}}, "/price/x"),
            ("add_hotel", {"check_in": "10000-01-01"}, "/check_in"),
            ("add_hotel", {"check_out": "2090-05-01"}, "/check_out"),
            ("add_hotel", {"time_zone": "Mars/Olympus"}, "/time_zone"),
            ("add_hotel", {"country": "ZZ"}, "/country"),
            ("add_hotel", {"stars": 4.3}, "/stars"),
            ("add_ground", {"distance_km": 0}, "/distance_km"),
            ("add_ground", {"distance_km": 1e300}, "/distance_km"),
            ("add_ground", {"mode": "teleport"}, "/mode"),
            ("plan_trip", {"segments": [a_flight(origin="ZZZ")]}, "/segments/0/origin"),
            ("plan_trip", {"segments": [a_flight(), {**a_flight(), "kind": CANARY}]}, "/segments/1/kind"),
            ("plan_trip", {"segments": [a_flight()] * 41}, "/segments"),
            ("plan_trip", {"traveller_id": CANARY}, "/traveller_id"),
            ("plan_trip", {"traveller_id": TRIP}, "/traveller_id"),
            ("plan_trip", {"purpose": ""}, "/purpose"),
            ("plan_trip", {"department_id": TRIP}, "/department_id"),
            ("plan_trip", {"cost_centre_id": TRIP}, "/cost_centre_id"),
            ("plan_trip", {"purpose": "x" * 201}, "/purpose"),
            ("plan_trip", {"purpose": "a\u0007b"}, "/purpose"),
            ("set_policy", {"max_daily_budget_eur": 10**29}, "/max_daily_budget_eur"),
            ("set_policy", {"max_hotel_stars": "4"}, "/max_hotel_stars"),
            ("set_policy", {"is_active": "yes"}, "/is_active"),
            ("set_policy", {"outcomes": {"max_hotel_stars": "forbid"}}, "/outcomes/max_hotel_stars"),
            ("set_policy", {"approval_levels": 6}, "/approval_levels"),
            ("set_policy", {"group_id": TRIP}, "/group_id"),
            ("start_subscription", {"zone": "Paris"}, "/zone"),
            ("start_subscription", {"zone": "Mars/Olympus"}, "/zone"),
            ("start_subscription", {"seats": 1.5}, "/seats"),
            ("start_subscription", {"add_ons": {"whatsapp": 0}}, "/add_ons/whatsapp"),
            ("start_subscription", {"debtor": {"legal_name": "X", "country": "fr"}}, "/debtor/country"),
            ("set_invoicing_details", {"address": {"street": ""}}, "/address/street"),
            ("set_invoicing_details", {"language": "de"}, "/language"),
            ("define_usage_meter", {"aggregation": "median"}, "/aggregation"),
            ("report_usage", {"events": []}, "/events"),
            ("report_usage", {"events": [billing_examples.USE] * 1_001}, "/events"),
            ("report_usage", {"events": ["one"]}, "/events/0"),
            ("limit_usage_age", {"most_days": 0}, "/most_days"),
            ("release_parked_usage", {"transaction_ids": []}, "/transaction_ids"),
            ("set_usage_limit", {"cap": -1}, "/cap"),
            ("set_usage_limit", {"cap": True}, "/cap"),
            ("set_usage_limit", {"alerts": [{"amount": 1, "percent": 1}]}, "/alerts/0/amount"),
            ("set_usage_limit", {"alerts": [{"percent": 0}]}, "/alerts/0/percent"),
            ("close_month", {"month": "2026-13"}, "/month"),
            ("close_month", {"month": 202601}, "/month"),
            ("open_unit", {"kind": "galaxy"}, "/kind"),
            ("open_unit", {"code": ""}, "/code"),
            ("assign_traveller", {"department_id": TRIP}, "/department_id"),
            ("assign_traveller", {"cost_centre_id": CANARY}, "/cost_centre_id"),
            ("assign_traveller", {"approver_id": TRIP}, "/approver_id"),
            ("delegate_approval", {"ends_at": "2090-05-02T08:00:00Z"}, "/ends_at"),
            ("delegate_approval", {"delegate_id": TRIP}, "/delegate_id"),
            ("set_budget", {"year": 1999}, "/year"),
            ("set_budget", {"amount": -1}, "/amount"),
            ("set_budget", {"amount": 1.5}, "/amount"),
            ("set_budget", {"unit": "USD"}, "/unit"),
            ("set_budget", {"owner": "department"}, "/owner_id"),
            ("set_budget", {"owner_id": TRIP}, "/owner_id"),
            ("set_budget", {"owner": "cost_centre", "owner_id": TRIP}, "/owner_id"),
            ("set_budget", {"owner": "traveller", "owner_id": TRIP}, "/owner_id"),
            ("add_flight", {"price": {"amount_minor": 1, "currency": "AFN"}}, "/price/currency"),
            ("allocate_trip", {"department_id": TRIP}, "/department_id"),
            ("dry_run_policy", {"max_hotel_stars": 6}, "/max_hotel_stars"),
            ("dry_run_policy", {"outcomes": {"max_hotel_stars": "shout"}}, "/outcomes/max_hotel_stars"),
            ("dry_run_policy", {"position": 0}, "/position"),
            ("dry_run_policy", {"position": 10**12}, "/position"),
            ("dry_run_policy", {"position": "7"}, "/position"),
            ("dry_run_policy", {"period": {"start": "2030-01-01T00:00:00Z"}}, "/period/end"),
            (
                "dry_run_policy",
                {"period": {"start": "2030-01-02T00:00:00Z", "end": "2030-01-01T00:00:00Z"}},
                "/period/end",
            ),
            ("dry_run_policy", {"group_id": "00000000-0000-7000-8000-00000000dead"}, "/group_id"),
            ("change_theme", {"logo_url": "javascript:alert(1)"}, "/logo_url"),
            ("draft_esg_report", {"start": "2024-01-01T00:00:00Z", "end": "2025-01-01"}, "/start"),
            ("draft_esg_report", {"end": 20250101}, "/end"),
            ("review_esg_report", {"position": "seven"}, "/position"),
            ("restate_esg_report", {"reason": ""}, "/reason"),
            ("set_carbon_targets", {"base_year": "last"}, "/base_year"),
            ("set_roi_inputs", {"effective_from": "2030-01-02"}, "/effective_from"),
            ("set_roi_inputs", {"effective_from": 1_893_456_000}, "/effective_from"),
            ("set_roi_inputs", {"inputs": {"minutes_saved_per_trip": -1}}, "/inputs/minutes_saved_per_trip"),
            ("set_roi_inputs", {"inputs": {"minutes_saved_per_trip": 1.5}}, "/inputs/minutes_saved_per_trip"),
            (
                "set_roi_inputs",
                {"inputs": {"hourly_cost_eur_cents": 10**30}},
                "/inputs/hourly_cost_eur_cents",
            ),
            (
                "set_roi_inputs",
                {"inputs": {"reference_prices": [{"cost_type": "boat", "route": "A", "eur_cents": 1}]}},
                "/inputs/reference_prices/0/cost_type",
            ),
            ("publish_booking_page", {"origins": ["https://*.example"]}, "/origins/0"),
            ("publish_booking_page", {"origins": ["javascript:alert(1)"]}, "/origins/0"),
            ("publish_booking_page", {"languages": []}, "/languages"),
            ("write_review", {"rating": 6}, "/rating"),
            ("book_public_visit", {"guest": {"name": "X", "email": CANARY}}, "/guest/email"),
            ("book_public_visit", {"guest": {"name": "X"}, "is_public": False}, "/is_public"),
            ("book_public_visit", {"website": "https://spam.example"}, "/website"),
            ("join_public_waitlist", {"window": {"start": "2030-01-02T00:00:00Z"}}, "/window/end"),
            ("reply_to_public_offer", {"reply": "maybe"}, "/reply"),
            ("invite_member", {"email": CANARY}, "/email"),
            ("invite_member", {"roles": []}, "/roles"),
            ("set_password", {"password": "password1"}, "/password"),
        ],
    )
    def test_are_refused_with_a_pointer(
        self, place: Place, trip: str, operation: str, change: dict[str, Any], pointer: str
    ) -> None:
        method, path, good = BY_NAME[operation]
        every = TestEveryOperation()
        before = place.heads()
        answer = place.client.request(
            method,
            "/api/v1" + every._filled(path, place, trip),
            json={**every._filled(good, place, trip), **change},
            headers=place.north.owner.headers,
        )
        assert is_problem(answer)
        assert answer.status_code == 422, answer.text
        assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.text
        assert place.heads() == before

    def test_in_queries_and_paths_are_refused(self, place: Place) -> None:
        for path in (
            "/api/v1/enterprise/trips?limit=0",
            "/api/v1/enterprise/trips?limit=101",
            "/api/v1/enterprise/trips?limit=1e999",
            f"/api/v1/enterprise/trips?limit={'9' * 5000}",
            "/api/v1/enterprise/trips?status=%00",
            f"/api/v1/enterprise/trips?traveller_id={CANARY}%00",
            "/api/v1/enterprise/trips?cursor=%00%00",
            "/api/v1/enterprise/trips?cursor=%ED%A0%80",
            "/api/v1/enterprise/trips?cursor=" + "A" * 2_000,
            "/api/v1/enterprise/trips?min_position=-1",
            f"/api/v1/enterprise/trips?min_position={2**63}",
            "/api/v1/enterprise/trips?surplus=1",
            "/api/v1/enterprise/budgets",
            "/api/v1/enterprise/budgets?year=1999",
            "/api/v1/enterprise/budgets?year=2030&cursor=x",
            "/api/v1/enterprise/units?kind=galaxy",
            "/api/v1/billing/prices?line=galaxy",
            "/api/v1/enterprise/billing?month=January",
            "/api/v1/enterprise/billing?cut=-1",
            "/api/v1/billing/invoices/first",
            "/api/v1/billing/invoices/first/document.pdf",
            "/api/v1/billing/credit-notes/first/document.xml",
            "/api/v1/billing/prices?at=yesterday",
            "/api/v1/usage?meter=sms",
            "/api/v1/usage?meter=sms&from=2026-01-01T00:00:00&to=2026-02-01T00:00:00Z",
            "/api/v1/usage?meter=sms&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
            "/api/v1/usage?meter=sms&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&cut=-1",
            "/api/v1/usage?meter=sms&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&window=week",
            "/api/v1/enterprise/travellers?group_id=everyone",
            "/api/v1/enterprise/policies?at=yesterday",
            "/api/v1/enterprise/approvals?limit=0",
            "/api/v1/enterprise/violations?flagged_from=10000-01-01T00:00:00Z",
            "/api/v1/enterprise/violations?flagged_from=1893456000",
            "/api/v1/enterprise/violations?policy_version=2147483648",
            "/api/v1/enterprise/violations?outcome=forgive",
            "/api/v1/enterprise/violations?department_id=sales",
            "/api/v1/enterprise/violations/stream?last_event_id=-1",
            "/api/v1/enterprise/violations/stream?last_event_id=9223372036854775807",
            "/api/v1/requests?key_id=mine",
            "/api/v1/requests?cursor=x",
            "/api/v1/events?last_event_id=%00",
            "/api/v1/events?type=trip.booked",
            "/api/v1/events?type=trip.unheard-of.v1",
            "/api/v1/events/export?from_position=0",
            "/api/v1/events/export?after=first",
            "/api/v1/events/export?recorded_from=yesterday",
            "/api/v1/public/booking/North",
            "/api/v1/public/booking/%00",
            "/api/v1/public/booking/north/slots?service_id=x&site_id=y",
            f"/api/v1/public/booking/north/links/{'x' * 121}",
            "/api/v1/public/marketplace?latitude=91&longitude=0",
            "/api/v1/public/marketplace?latitude=1",
            "/api/v1/public/marketplace?latitude=nan&longitude=1",
            "/api/v1/public/marketplace?q=%00",
            "/api/v1/public/marketplace?most_minor=1",
            "/api/v1/public/marketplace?sort=luck",
            "/api/v1/enterprise/trips/not-a-uuid",
            "/api/v1/audit/events?topic=%00",
            "/api/v1/audit/events?actor=nobody",
            f"/api/v1/audit/streams/{TRIP}/as-of?position=-1",
            f"/api/v1/audit/streams/{TRIP}/as-of?position=1&known_at=2030-01-01T00:00:00Z",
            f"/api/v1/audit/streams/{TRIP}/as-of?occurred_at=yesterday",
            "/api/v1/audit/events/first/proof",
            "/api/v1/enterprise/trips/%00",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics?start=2030-05-01&end=2030-01-01",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics?start=1901-01-01",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics?start=1893456000",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics?group_by=boss",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics?top=101",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics/violations?step=day",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics/violations?end=1901-01-01",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics/budgets?year=1999",
            f"/api/v1/enterprise/tenants/{place.north.id}/analytics/budgets?cursor=x",
            f"/api/v1/enterprise/tenants/{place.north.id}/roi?start=2030-05-01&end=2030-01-01",
            f"/api/v1/enterprise/tenants/{place.north.id}/roi/sources?limit=0",
        ):
            answer = place.client.get(path, headers=place.north.owner.headers)
            assert is_problem(answer), path
            assert answer.status_code in (400, 414, 422), path
            assert answer.status_code == 414 or answer.json()["errors"], path
            assert answer.status_code != 400 or answer.json()["code"] == "cursor_invalid", path


# Where the code lies on this machine.
HERE = str(Path(__file__).parents[2]).lower()


def is_problem(answer: Any) -> bool:
    """A problem document that repeats nothing of the request and names nothing of the inside."""
    text = answer.text.lower()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    for word in (CANARY, "pydantic", "psycopg", "traceback", "sqlstate", "select ", HERE, ".py"):
        assert word not in text, answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"] == f"/problems/{document['code']}"
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["instance"].endswith(document["request_id"])
    return True
