"""Who may do what? The whole matrix, as data.

One line per operation, named as in the OpenAPI document: the roles that may do it for the
whole tenant, the roles that may do it with their own things only, and the scope an API key
needs besides. What is not listed is not permitted.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from application.kernel.context import Reach
from application.platform import developer_permissions
from application.platform.permission import (
    ADMIN,
    ANALYST,
    APPROVERS,
    AUDITOR,
    EVERYONE,
    FINANCE,
    HEADS,
    MANAGER,
    OWNER,
    PAYERS,
    PLATFORM,
    READERS,
    STAFF,
    TRAVELLERS,
    Permission,
)
from domain.platform.roles import Role, Scope


def _travel(scope: Scope, *, all: frozenset[Role], own: frozenset[Role] = TRAVELLERS) -> Permission:
    return Permission(all=all, own=own, scope=scope)


PERMISSIONS: Mapping[str, Permission] = {
    # Trips: travellers plan their own, heads arrange for anyone, managers approve, the rest reads.
    "plan_trip": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "import_trips": Permission(all=HEADS, scope=Scope.TRIPS_WRITE),
    "get_trip_import": Permission(all=HEADS, scope=Scope.TRIPS_READ),
    "get_trip_import_template": Permission(all=HEADS, scope=Scope.TRIPS_READ),
    "list_trips": _travel(Scope.TRIPS_READ, all=READERS),
    "export_trips": _travel(Scope.TRIPS_READ, all=READERS),
    "get_trip": _travel(Scope.TRIPS_READ, all=READERS),
    "get_trip_history": _travel(Scope.TRIPS_READ, all=READERS),
    "allocate_trip": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "add_flight": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "add_hotel": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "add_ground": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "remove_segment": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "submit_trip": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "approve_trip": _travel(Scope.TRIPS_WRITE, all=APPROVERS, own=frozenset()),
    "reject_trip": _travel(Scope.TRIPS_WRITE, all=APPROVERS, own=frozenset()),
    "book_trip": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "complete_trip": _travel(Scope.TRIPS_WRITE, all=HEADS),
    "cancel_trip": _travel(Scope.TRIPS_WRITE, all=HEADS),
    # Expenses: travellers report their own; whoever approves trips, and finance, decide and reconcile.
    "report_expense": _travel(Scope.TRIPS_WRITE, all=HEADS | {FINANCE}),
    "get_trip_expenses": _travel(Scope.TRIPS_READ, all=READERS),
    "correct_expense": _travel(Scope.TRIPS_WRITE, all=HEADS | {FINANCE}),
    "withdraw_expense": _travel(Scope.TRIPS_WRITE, all=HEADS | {FINANCE}),
    "approve_expense": _travel(Scope.TRIPS_WRITE, all=APPROVERS | {FINANCE}, own=frozenset()),
    "reject_expense": _travel(Scope.TRIPS_WRITE, all=APPROVERS | {FINANCE}, own=frozenset()),
    "reconcile_trip": _travel(Scope.TRIPS_WRITE, all=APPROVERS | {FINANCE}, own=frozenset()),
    "get_trip_reconciliation": _travel(Scope.TRIPS_READ, all=READERS),
    "list_expenses": _travel(Scope.TRIPS_READ, all=READERS),
    # Peers: heads decide whether the company takes part; whoever reads its figures sees the comparison.
    "get_benchmark": Permission(
        all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.ANALYTICS_READ
    ),
    "get_benchmark_membership": Permission(
        all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.ANALYTICS_READ
    ),
    "join_benchmark": Permission(all=HEADS, scope=Scope.TENANT_WRITE),
    "leave_benchmark": Permission(all=HEADS, scope=Scope.TENANT_WRITE),
    # Plans and what they cost: the platform publishes, whoever answers for the money chooses and reads.
    "publish_prices": Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    "list_prices": Permission(all=EVERYONE, scope=Scope.BILLING_READ),
    "get_invoice_preview": Permission(all=PAYERS | {ANALYST, AUDITOR}, scope=Scope.BILLING_READ),
    # Billing a month is arithmetic: whoever asks, the figures are those of the cut.
    "close_month": Permission(all=PAYERS, scope=Scope.BILLING_WRITE),
    "list_invoices": Permission(all=PAYERS | {ANALYST, AUDITOR}, scope=Scope.BILLING_READ),
    "get_invoice": Permission(all=PAYERS | {ANALYST, AUDITOR}, scope=Scope.BILLING_READ),
    # Documents: who they name, and their files. The seller is the platform.
    "get_seller": Permission(all=PAYERS | {ANALYST, AUDITOR, PLATFORM}, scope=Scope.BILLING_READ),
    "declare_seller": Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    "set_invoicing_details": Permission(all=PAYERS, scope=Scope.BILLING_WRITE),
    **dict.fromkeys(
        (
            "get_invoicing_details",
            "download_invoice",
            "list_credit_notes",
            "download_credit_note",
            "get_ledger",
            "list_sla_months",
            "download_ledger",
            *("get_usage", "get_usage_batch", "list_usage_meters", "list_usage_limits"),
            *("get_usage_age_limit", "list_parked_usage"),
        ),
        Permission(all=PAYERS | {ANALYST, AUDITOR}, scope=Scope.BILLING_READ),
    ),
    # Usage: programs report it, under a scope of its own; whoever pays defines what is counted.
    "report_usage": Permission(all=PAYERS, scope=Scope.USAGE_WRITE),
    **dict.fromkeys(
        ("define_usage_meter", "set_usage_limit", "limit_usage_age", "release_parked_usage"),
        Permission(all=PAYERS, scope=Scope.BILLING_WRITE),
    ),
    "list_quotes": Permission(all=PAYERS | {ANALYST, AUDITOR}, scope=Scope.BILLING_READ),
    **dict.fromkeys(
        ("draft_quote", "propose_quote", "switch_feature"),
        Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    ),
    "get_subscription": Permission(all=PAYERS | {ANALYST, AUDITOR}, scope=Scope.BILLING_READ),
    **dict.fromkeys(
        (
            "start_subscription",
            "change_subscription_plan",
            "change_seats",
            "change_add_ons",
            "change_debtor",
            "cancel_subscription",
            "commit_for_a_year",
            "counter_quote",
            "accept_quote",
        ),
        Permission(all=PAYERS, scope=Scope.BILLING_WRITE),
    ),
    # Carbon: whoever travels may know the method and have a journey reckoned; heads choose the method.
    "adopt_carbon_method": Permission(all=HEADS, scope=Scope.TENANT_WRITE),
    **dict.fromkeys(
        ("get_carbon_method", "reckon_trip_carbon", "list_emission_factors", "list_factor_sets"),
        Permission(all=READERS | TRAVELLERS, scope=Scope.TRIPS_READ),
    ),
    # Exchange rates are everybody's.
    "get_exchange_rate": Permission(all=EVERYONE),
    # Policy: everyone who travels may know the rules; heads make them.
    "get_policy": Permission(all=READERS | TRAVELLERS, scope=Scope.POLICIES_READ),
    "set_policy": Permission(all=HEADS, scope=Scope.POLICIES_WRITE),
    "list_policy_versions": Permission(all=READERS | TRAVELLERS, scope=Scope.POLICIES_READ),
    # Units and budgets: whoever travels may know the units; money is for those who answer for it.
    "open_unit": Permission(all=HEADS, scope=Scope.POLICIES_WRITE),
    "rename_unit": Permission(all=HEADS, scope=Scope.POLICIES_WRITE),
    "close_unit": Permission(all=HEADS, scope=Scope.POLICIES_WRITE),
    "list_units": Permission(all=READERS | TRAVELLERS, scope=Scope.POLICIES_READ),
    "get_unit": Permission(all=READERS | TRAVELLERS, scope=Scope.POLICIES_READ),
    "set_budget": Permission(all=HEADS | {FINANCE}, scope=Scope.POLICIES_WRITE),
    "withdraw_budget": Permission(all=HEADS | {FINANCE}, scope=Scope.POLICIES_WRITE),
    "list_budgets": Permission(all=READERS, scope=Scope.POLICIES_READ),
    # Travellers: heads say who belongs where; approvers name who decides in their own place.
    "list_travellers": Permission(all=READERS, scope=Scope.MEMBERS_READ),
    "get_traveller": _travel(Scope.MEMBERS_READ, all=READERS),
    "assign_traveller": Permission(all=HEADS, scope=Scope.MEMBERS_WRITE),
    "delegate_approval": Permission(all=HEADS, own=frozenset({MANAGER}), scope=Scope.MEMBERS_WRITE),
    "end_delegation": Permission(all=HEADS, own=frozenset({MANAGER}), scope=Scope.MEMBERS_WRITE),
    # Approvals: what waits for me; a head may decide out of turn.
    "list_approvals": Permission(all=APPROVERS, scope=Scope.TRIPS_READ),
    "decide_out_of_turn": Permission(all=HEADS, scope=Scope.TRIPS_WRITE),
    # Violations: approvers answer for them; travellers see their own and excuse none.
    "list_violations": _travel(Scope.VIOLATIONS_READ, all=READERS),
    "stream_violations": _travel(Scope.VIOLATIONS_READ, all=READERS),
    "get_violation": _travel(Scope.VIOLATIONS_READ, all=READERS),
    "acknowledge_violation": _travel(Scope.VIOLATIONS_WRITE, all=APPROVERS, own=frozenset()),
    "exempt_violation": _travel(Scope.VIOLATIONS_WRITE, all=APPROVERS, own=frozenset()),
    # Experiments on the past change nothing, and are acts of whoever makes the rules.
    "dry_run_policy": Permission(all=HEADS, scope=Scope.POLICIES_WRITE),
    "cancel_experiment": Permission(all=HEADS, scope=Scope.POLICIES_WRITE),
    "get_experiment": Permission(all=HEADS | {FINANCE, ANALYST}, scope=Scope.POLICIES_READ),
    "list_experiment_differences": Permission(all=HEADS | {FINANCE, ANALYST}, scope=Scope.POLICIES_READ),
    # The carbon ledger: whoever keeps the accounts enters what emits; who may see the whole company reads it.
    **dict.fromkeys(
        (
            *("open_site", "change_site", "close_site", "install_meter", "remove_meter"),
            *("register_vehicle", "change_vehicle", "retire_vehicle"),
            *("record_activity", "correct_activity", "withdraw_activity", "attach_evidence"),
            *("import_activities", "get_activity_import_template", "request_restatement"),
        ),
        Permission(all=HEADS | {FINANCE}, scope=Scope.CARBON_WRITE),
    ),
    **dict.fromkeys(
        (
            *("list_sites", "get_site", "list_meters", "get_meter", "list_vehicles", "get_vehicle"),
            *("list_activities", "get_activity", "get_tenant_carbon", "list_carbon_lines"),
            *("get_carbon_feed", "get_carbon_levers", "get_restatement"),
        ),
        Permission(all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.CARBON_READ),
    ),
    # Reports of emissions: finance and the heads draft, review and publish; the aggregate sees to it that whoever
    # approves is somebody else.
    **dict.fromkeys(
        (
            *("set_carbon_targets", "draft_esg_report", "review_esg_report", "approve_esg_report"),
            *("publish_esg_report", "restate_esg_report"),
        ),
        Permission(all=HEADS | {FINANCE}, scope=Scope.CARBON_WRITE),
    ),
    **dict.fromkeys(
        (
            *("get_carbon_targets", "list_esg_reports", "get_esg_report", "download_esg_report"),
            "get_esg_report_difference",
        ),
        Permission(all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.CARBON_READ),
    ),
    # The facts behind a line are the log's.
    **dict.fromkeys(
        ("trace_carbon_line", "export_carbon_trace"),
        Permission(all=HEADS | {AUDITOR}, scope=Scope.AUDIT_READ),
    ),
    # Tenants: the platform registers and sees them from outside, never what they keep inside.
    "register_tenant": Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    "onboard_company": Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    "list_tenants": Permission(all=frozenset({PLATFORM}), scope=Scope.TENANT_READ),
    "get_tenant": Permission(all=EVERYONE, scope=Scope.TENANT_READ),
    "change_theme": Permission(all=HEADS, scope=Scope.TENANT_WRITE),
    "get_company_profile": Permission(
        all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.TENANT_READ
    ),
    "change_company_profile": Permission(all=HEADS, scope=Scope.TENANT_WRITE),
    "change_modules": Permission(all=HEADS, scope=Scope.TENANT_WRITE),
    # What travel comes to: whoever answers for the money or looks into it.
    **dict.fromkeys(
        (
            "get_tenant_analytics",
            "get_violation_trends",
            "list_budget_trackers",
            "get_reconciliation_totals",
            "get_roi",
            "get_roi_inputs",
            "list_roi_sources",
        ),
        Permission(all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.ANALYTICS_READ),
    ),
    # The tables of a company show everybody's rows: for those who may see the whole company.
    **dict.fromkeys(
        ("list_tables", "query_table", "request_export", "get_export", "download_export"),
        Permission(all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.ANALYTICS_READ),
    ),
    # Consumers that stand still at an event: positions only, and what is decided about them.
    "list_paused_consumers": Permission(all=frozenset({PLATFORM}), scope=Scope.TENANT_READ),
    "retry_parked_event": Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    "skip_parked_event": Permission(all=frozenset({PLATFORM}), scope=Scope.PLATFORM_WRITE),
    "set_roi_inputs": Permission(all=HEADS | {FINANCE}, scope=Scope.TENANT_WRITE),
    # Members.
    "invite_member": Permission(all=STAFF, scope=Scope.MEMBERS_WRITE),
    "import_members": Permission(all=STAFF, scope=Scope.MEMBERS_WRITE),
    "get_member_import": Permission(all=STAFF, scope=Scope.MEMBERS_READ),
    "get_member_import_template": Permission(all=STAFF, scope=Scope.MEMBERS_READ),
    "list_members": Permission(all=STAFF | {MANAGER, AUDITOR}, scope=Scope.MEMBERS_READ),
    "get_member": Permission(all=STAFF | {MANAGER, AUDITOR}, own=EVERYONE, scope=Scope.MEMBERS_READ),
    "change_member_roles": Permission(all=STAFF, scope=Scope.MEMBERS_WRITE),
    "change_member_email": Permission(all=STAFF, scope=Scope.MEMBERS_WRITE),
    "deactivate_member": Permission(all=STAFF, scope=Scope.MEMBERS_WRITE),
    "reactivate_member": Permission(all=STAFF, scope=Scope.MEMBERS_WRITE),
    "erase_member": Permission(all=STAFF, in_person=True),
    "set_password": Permission(all=STAFF, own=EVERYONE, in_person=True),
    # Keys act for the member who issued them; nobody issues one with a key.
    "issue_api_key": Permission(all=STAFF, in_person=True),
    "list_api_keys": Permission(all=STAFF, scope=Scope.KEYS_WRITE),
    **dict.fromkeys(("revoke_api_key", "list_requests"), Permission(all=STAFF, scope=Scope.KEYS_WRITE)),
    # Logins of the database are for people: a head hands them out, and no key does.
    "issue_sql_login": Permission(all=HEADS, in_person=True),
    "list_sql_logins": Permission(all=HEADS | {AUDITOR}, scope=Scope.KEYS_WRITE),
    "revoke_sql_login": Permission(all=HEADS, scope=Scope.KEYS_WRITE),
    # The log: whoever answers for the company, and its auditors. Verifying and sealing change nothing in it.
    **dict.fromkeys(
        (
            "list_audit_events",
            "get_audit_stream",
            "get_audit_state",
            "verify_audit_log",
            "list_audit_seals",
            "seal_audit_log",
            "get_audit_proof",
            "export_audit_log",
        ),
        Permission(all=HEADS | {AUDITOR}, scope=Scope.AUDIT_READ),
    ),
    # Its events for programs; personal fields take the right to the log itself. What can be in it is no secret.
    **dict.fromkeys(
        ("stream_events", "export_events"),
        Permission(all=HEADS | {AUDITOR, ANALYST}, scope=Scope.EVENTS_READ),
    ),
    **dict.fromkeys(("list_audit_keys", "list_event_types", "get_event_type"), Permission(public=True)),
    # What can be booked: heads write the catalogue, whoever works here may read it.
    **dict.fromkeys(
        (
            "open_business",
            "change_business",
            "define_service",
            "change_service",
            "retire_service",
            "hire_practitioner",
            "change_practitioner",
            "let_practitioner_go",
            "add_resource",
            "change_resource",
            "take_resource_out",
            "set_schedule",
        ),
        Permission(all=HEADS, scope=Scope.CATALOGUE_WRITE),
    ),
    **dict.fromkeys(
        (
            "list_businesses",
            "get_business",
            "list_services",
            "get_service",
            "list_practitioners",
            "get_practitioner",
            "list_resources",
            "get_resource",
            "get_schedule",
            "list_slots",
            "list_combined_slots",
            "get_combined_visit",
            "get_slot_reason",
            "list_sessions",
            "get_group_session",
            "get_appointment",
            "get_series",
            "list_waitlist",
            "get_waitlist_entry",
            "list_agenda",
            "get_absence",
            "list_utilisation",
            "list_attendance",
            "get_heat_map",
            "get_booking_quota",
        ),
        Permission(all=READERS, scope=Scope.BOOKINGS_READ),
    ),
    **dict.fromkeys(
        (
            "get_assignment_receipt",
            "get_assignment_proof",
            "get_offer_receipt",
            "get_offer_proof",
        ),
        Permission(all=APPROVERS | {AUDITOR}, scope=Scope.BOOKINGS_READ),
    ),
    "list_revenue": Permission(
        all=frozenset({OWNER, ADMIN, FINANCE, ANALYST, AUDITOR}), scope=Scope.ANALYTICS_READ
    ),
    # Appointments: heads and managers keep the book; only heads set its rules aside or agree to absences.
    **dict.fromkeys(
        (
            "book_appointment",
            "hold_slot",
            "confirm_appointment",
            "reject_appointment",
            "reschedule_appointment",
            "substitute_practitioner",
            "cancel_appointment",
            "record_step",
            "record_deposit",
            "schedule_session",
            "change_session_capacity",
            "cancel_group_session",
            "book_series",
            "move_series",
            "cancel_series",
            "book_combined_visit",
            "cancel_combined_visit",
            "join_waitlist",
            "offer_freed_slot",
            "accept_offer",
            "decline_offer",
            "leave_waitlist",
            "request_absence",
            "cancel_absence",
        ),
        Permission(all=APPROVERS, scope=Scope.BOOKINGS_WRITE),
    ),
    "get_appointment_history": Permission(all=APPROVERS, scope=Scope.BOOKINGS_READ),
    **dict.fromkeys(
        ("override_booking", "approve_absence", "reject_absence", "erase_booking_client"),
        Permission(all=HEADS, scope=Scope.BOOKINGS_WRITE),
    ),
    # The public door: heads decide what is public and whom to keep out, who keeps the book moderates reviews; a
    # client with a login reviews their own visits.
    **dict.fromkeys(
        ("get_booking_page", "list_next_free"), Permission(all=READERS, scope=Scope.BOOKINGS_READ)
    ),
    **dict.fromkeys(
        ("publish_booking_page", "withdraw_booking_page", "block_contact", "unblock_contact"),
        Permission(all=HEADS, scope=Scope.BOOKINGS_WRITE),
    ),
    **dict.fromkeys(
        ("list_blocked_contacts", "list_reviews", "get_review", "get_appointment_links"),
        Permission(all=APPROVERS, scope=Scope.BOOKINGS_READ),
    ),
    **dict.fromkeys(
        ("publish_review", "reject_review"), Permission(all=APPROVERS, scope=Scope.BOOKINGS_WRITE)
    ),
    "write_review": Permission(own=EVERYONE - {PLATFORM}, scope=Scope.BOOKINGS_WRITE),
    **dict.fromkeys(
        (
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
        ),
        Permission(public=True),
    ),
    **developer_permissions.PERMISSIONS,
    # Oneself, and the way of one's own commands.
    "get_me": Permission(all=EVERYONE),
    "get_command": Permission(own=EVERYONE),
    # Each command in a batch is judged by itself.
    "run_batch": Permission(own=EVERYONE),
    "list_deprecations": Permission(all=STAFF, own=EVERYONE),
    "get_position": Permission(all=EVERYONE),
    "accept_invitation": Permission(public=True),
    "sign_up": Permission(public=True),
    "confirm_signup": Permission(public=True),
    "open_session": Permission(public=True),
    "refresh_session": Permission(public=True),
    "revoke_session": Permission(all=STAFF, own=EVERYONE, in_person=True),
}


def reach(operation: str, roles: AbstractSet[str], scopes: AbstractSet[str] | None = None) -> Reach | None:
    """How far the operation reaches for these roles: everything, one's own, or (None) not at all.

    `scopes` are those of an API key; None is a signed-in member.
    """
    permission = PERMISSIONS.get(operation)
    if permission is None:
        return None
    if permission.public:
        return "own"
    if scopes is not None and (permission.in_person or permission.scope not in (None, *scopes)):
        return None
    if not permission.all.isdisjoint(roles):
        return "all"
    return None if permission.own.isdisjoint(roles) else "own"


def permits(operation: str, roles: AbstractSet[str], scopes: AbstractSet[str] | None = None) -> bool:
    """May someone with these roles do this, with a key of these scopes if it is a key?"""
    return reach(operation, roles, scopes) is not None
