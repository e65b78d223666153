"""Who may do what? Every cell of the matrix, in the open: a change shows here or fails."""

import pytest

from application.platform.permissions import PERMISSIONS, permits, reach
from domain.platform.roles import Role, Scope
from tests.kit.every import every

ROLES = "owner admin manager finance traveller auditor analyst platform_admin"

# A: for the whole tenant, o: one's own only, .: not at all; then what an API key needs.
MATRIX = """
plan_trip             A A . . o . . .  trips:write
import_trips          A A . . . . . .  trips:write
get_trip_import       A A . . . . . .  trips:read
get_trip_import_template A A . . . . . . trips:read
list_trips            A A A A o A A .  trips:read
export_trips          A A A A o A A .  trips:read
get_trip              A A A A o A A .  trips:read
get_trip_history      A A A A o A A .  trips:read
allocate_trip         A A . . o . . .  trips:write
add_flight            A A . . o . . .  trips:write
add_hotel             A A . . o . . .  trips:write
add_ground            A A . . o . . .  trips:write
remove_segment        A A . . o . . .  trips:write
submit_trip           A A . . o . . .  trips:write
approve_trip          A A A . . . . .  trips:write
reject_trip           A A A . . . . .  trips:write
book_trip             A A . . o . . .  trips:write
complete_trip         A A . . o . . .  trips:write
cancel_trip           A A . . o . . .  trips:write
report_expense        A A . A o . . .  trips:write
get_trip_expenses     A A A A o A A .  trips:read
correct_expense       A A . A o . . .  trips:write
withdraw_expense      A A . A o . . .  trips:write
approve_expense       A A A A . . . .  trips:write
reject_expense        A A A A . . . .  trips:write
reconcile_trip        A A A A . . . .  trips:write
get_trip_reconciliation  A A A A o A A .  trips:read
list_expenses         A A A A o A A .  trips:read
get_benchmark         A A . A . A A .  analytics:read
get_benchmark_membership  A A . A . A A .  analytics:read
join_benchmark        A A . . . . . .  tenant:write
leave_benchmark       A A . . . . . .  tenant:write
publish_prices        . . . . . . . A  platform:write
list_prices           A A A A A A A A  billing:read
report_usage          A A . A . . . .  usage:write
get_usage_batch       A A . A . A A .  billing:read
define_usage_meter          A A . A . . . .  billing:write
list_usage_meters       A A . A . A A .  billing:read
get_usage             A A . A . A A .  billing:read
list_usage_limits     A A . A . A A .  billing:read
set_usage_limit       A A . A . . . .  billing:write
get_usage_age_limit   A A . A . A A .  billing:read
limit_usage_age       A A . A . . . .  billing:write
list_parked_usage     A A . A . A A .  billing:read
release_parked_usage  A A . A . . . .  billing:write
get_invoice_preview       A A . A . A A .  billing:read
close_month           A A . A . . . .  billing:write
list_invoices         A A . A . A A .  billing:read
get_invoice           A A . A . A A .  billing:read
get_seller            A A . A . A A A  billing:read
declare_seller        . . . . . . . A  platform:write
get_invoicing_details A A . A . A A .  billing:read
set_invoicing_details A A . A . . . .  billing:write
download_invoice      A A . A . A A .  billing:read
list_credit_notes     A A . A . A A .  billing:read
download_credit_note  A A . A . A A .  billing:read
list_sla_months       A A . A . A A .  billing:read
get_ledger            A A . A . A A .  billing:read
download_ledger       A A . A . A A .  billing:read
get_subscription      A A . A . A A .  billing:read
start_subscription    A A . A . . . .  billing:write
change_subscription_plan A A . A . . . . billing:write
change_seats          A A . A . . . .  billing:write
change_add_ons        A A . A . . . .  billing:write
change_debtor         A A . A . . . .  billing:write
cancel_subscription   A A . A . . . .  billing:write
commit_for_a_year     A A . A . . . .  billing:write
list_quotes           A A . A . A A .  billing:read
counter_quote         A A . A . . . .  billing:write
accept_quote          A A . A . . . .  billing:write
draft_quote           . . . . . . . A  platform:write
propose_quote         . . . . . . . A  platform:write
switch_feature        . . . . . . . A  platform:write
get_exchange_rate     A A A A A A A A  any-key
adopt_carbon_method   A A . . . . . .  tenant:write
get_carbon_method     A A A A A A A .  trips:read
reckon_trip_carbon    A A A A A A A .  trips:read
list_emission_factors A A A A A A A .  trips:read
list_factor_sets      A A A A A A A .  trips:read
open_site             A A . A . . . .  carbon:write
change_site           A A . A . . . .  carbon:write
close_site            A A . A . . . .  carbon:write
install_meter         A A . A . . . .  carbon:write
remove_meter          A A . A . . . .  carbon:write
register_vehicle      A A . A . . . .  carbon:write
change_vehicle        A A . A . . . .  carbon:write
retire_vehicle        A A . A . . . .  carbon:write
record_activity       A A . A . . . .  carbon:write
correct_activity      A A . A . . . .  carbon:write
withdraw_activity     A A . A . . . .  carbon:write
attach_evidence       A A . A . . . .  carbon:write
import_activities     A A . A . . . .  carbon:write
get_activity_import_template A A . A . . . .  carbon:write
request_restatement   A A . A . . . .  carbon:write
list_sites            A A . A . A A .  carbon:read
get_site              A A . A . A A .  carbon:read
list_meters           A A . A . A A .  carbon:read
get_meter             A A . A . A A .  carbon:read
list_vehicles         A A . A . A A .  carbon:read
get_vehicle           A A . A . A A .  carbon:read
list_activities       A A . A . A A .  carbon:read
get_activity          A A . A . A A .  carbon:read
get_tenant_carbon     A A . A . A A .  carbon:read
list_carbon_lines     A A . A . A A .  carbon:read
get_carbon_feed       A A . A . A A .  carbon:read
get_carbon_levers     A A . A . A A .  carbon:read
get_restatement       A A . A . A A .  carbon:read
trace_carbon_line     A A . . . A . .  audit:read
export_carbon_trace   A A . . . A . .  audit:read
get_policy            A A A A A A A .  policies:read
set_policy            A A . . . . . .  policies:write
list_policy_versions  A A A A A A A .  policies:read
open_unit             A A . . . . . .  policies:write
rename_unit           A A . . . . . .  policies:write
close_unit            A A . . . . . .  policies:write
list_units            A A A A A A A .  policies:read
get_unit              A A A A A A A .  policies:read
set_budget            A A . A . . . .  policies:write
withdraw_budget       A A . A . . . .  policies:write
list_budgets          A A A A . A A .  policies:read
list_travellers       A A A A . A A .  members:read
get_traveller         A A A A o A A .  members:read
assign_traveller      A A . . . . . .  members:write
delegate_approval     A A o . . . . .  members:write
end_delegation        A A o . . . . .  members:write
list_approvals        A A A . . . . .  trips:read
decide_out_of_turn    A A . . . . . .  trips:write
list_violations       A A A A o A A .  violations:read
stream_violations     A A A A o A A .  violations:read
get_violation         A A A A o A A .  violations:read
acknowledge_violation A A A . . . . .  violations:write
exempt_violation      A A A . . . . .  violations:write
dry_run_policy        A A . . . . . .  policies:write
cancel_experiment     A A . . . . . .  policies:write
get_experiment        A A . A . . A .  policies:read
list_experiment_differences A A . A . . A . policies:read
register_tenant       . . . . . . . A  platform:write
onboard_company       . . . . . . . A  platform:write
list_tenants          . . . . . . . A  tenant:read
get_tenant            A A A A A A A A  tenant:read
change_theme          A A . . . . . .  tenant:write
get_company_profile   A A . A . A A .  tenant:read
change_company_profile A A . . . . . . tenant:write
change_modules        A A . . . . . .  tenant:write
get_tenant_analytics  A A . A . A A .  analytics:read
list_tables           A A . A . A A .  analytics:read
query_table           A A . A . A A .  analytics:read
request_export        A A . A . A A .  analytics:read
get_export            A A . A . A A .  analytics:read
download_export       A A . A . A A .  analytics:read
list_paused_consumers . . . . . . . A  tenant:read
retry_parked_event    . . . . . . . A  platform:write
skip_parked_event     . . . . . . . A  platform:write
get_violation_trends  A A . A . A A .  analytics:read
list_budget_trackers  A A . A . A A .  analytics:read
get_reconciliation_totals A A . A . A A . analytics:read
get_roi               A A . A . A A .  analytics:read
get_roi_inputs        A A . A . A A .  analytics:read
list_roi_sources      A A . A . A A .  analytics:read
set_roi_inputs        A A . A . . . .  tenant:write
set_carbon_targets    A A . A . . . .  carbon:write
draft_esg_report      A A . A . . . .  carbon:write
review_esg_report     A A . A . . . .  carbon:write
approve_esg_report    A A . A . . . .  carbon:write
publish_esg_report    A A . A . . . .  carbon:write
restate_esg_report    A A . A . . . .  carbon:write
get_carbon_targets    A A . A . A A .  carbon:read
list_esg_reports      A A . A . A A .  carbon:read
get_esg_report        A A . A . A A .  carbon:read
download_esg_report   A A . A . A A .  carbon:read
get_esg_report_difference A A . A . A A . carbon:read
invite_member         A A . . . . . A  members:write
import_members        A A . . . . . A  members:write
get_member_import     A A . . . . . A  members:read
get_member_import_template A A . . . . . A  members:read
list_members          A A A . . A . A  members:read
get_member            A A A o o A o A  members:read
change_member_roles   A A . . . . . A  members:write
change_member_email   A A . . . . . A  members:write
deactivate_member     A A . . . . . A  members:write
reactivate_member     A A . . . . . A  members:write
erase_member          A A . . . . . A  in-person
set_password          A A o o o o o A  in-person
issue_api_key         A A . . . . . A  in-person
list_api_keys         A A . . . . . A  keys:write
revoke_api_key        A A . . . . . A  keys:write
list_requests         A A . . . . . A  keys:write
get_trusted_documents A A . . . . . A  keys:write
set_trusted_documents A A . . . . . A  keys:write
register_webhook_endpoint A A . . . . . A webhooks:write
change_webhook_endpoint A A . . . . . A webhooks:write
delete_webhook_endpoint A A . . . . . A webhooks:write
pause_webhook_endpoint A A . . . . . A webhooks:write
resume_webhook_endpoint A A . . . . . A webhooks:write
rotate_webhook_secret A A . . . . . A webhooks:write
send_test_webhook A A . . . . . A webhooks:write
replay_webhook_delivery A A . . . . . A webhooks:write
replay_webhook_deliveries A A . . . . . A webhooks:write
subscribe_hook A A . . . . . A webhooks:write
unsubscribe_hook A A . . . . . A webhooks:write
list_webhook_endpoints A A . . . . . A webhooks:read
get_webhook_endpoint A A . . . . . A webhooks:read
list_webhook_deliveries A A . . . . . A webhooks:read
get_webhook_delivery A A . . . . . A webhooks:read
issue_sql_login       A A . . . . . .  in-person
list_sql_logins       A A . . . A . .  keys:write
revoke_sql_login      A A . . . . . .  keys:write
list_audit_events     A A . . . A . .  audit:read
get_audit_stream      A A . . . A . .  audit:read
get_audit_state       A A . . . A . .  audit:read
verify_audit_log      A A . . . A . .  audit:read
list_audit_seals      A A . . . A . .  audit:read
seal_audit_log        A A . . . A . .  audit:read
get_audit_proof       A A . . . A . .  audit:read
export_audit_log      A A . . . A . .  audit:read
list_audit_keys       o o o o o o o o  public
stream_events         A A . . . A A .  events:read
export_events         A A . . . A A .  events:read
list_event_types      o o o o o o o o  public
get_hook_sample       o o o o o o o o  public
get_event_type        o o o o o o o o  public
open_business         A A . . . . . .  catalogue:write
change_business       A A . . . . . .  catalogue:write
define_service        A A . . . . . .  catalogue:write
change_service        A A . . . . . .  catalogue:write
retire_service        A A . . . . . .  catalogue:write
hire_practitioner     A A . . . . . .  catalogue:write
change_practitioner   A A . . . . . .  catalogue:write
let_practitioner_go   A A . . . . . .  catalogue:write
add_resource          A A . . . . . .  catalogue:write
change_resource       A A . . . . . .  catalogue:write
take_resource_out     A A . . . . . .  catalogue:write
set_schedule          A A . . . . . .  catalogue:write
list_businesses       A A A A . A A .  bookings:read
get_business          A A A A . A A .  bookings:read
list_services         A A A A . A A .  bookings:read
get_service           A A A A . A A .  bookings:read
list_practitioners    A A A A . A A .  bookings:read
get_practitioner      A A A A . A A .  bookings:read
list_resources        A A A A . A A .  bookings:read
get_resource          A A A A . A A .  bookings:read
get_schedule          A A A A . A A .  bookings:read
list_slots            A A A A . A A .  bookings:read
list_combined_slots   A A A A . A A .  bookings:read
get_combined_visit    A A A A . A A .  bookings:read
get_slot_reason       A A A A . A A .  bookings:read
list_sessions         A A A A . A A .  bookings:read
get_group_session     A A A A . A A .  bookings:read
get_appointment       A A A A . A A .  bookings:read
get_series            A A A A . A A .  bookings:read
book_series           A A A . . . . .  bookings:write
move_series           A A A . . . . .  bookings:write
cancel_series         A A A . . . . .  bookings:write
book_combined_visit   A A A . . . . .  bookings:write
cancel_combined_visit A A A . . . . .  bookings:write
list_waitlist         A A A A . A A .  bookings:read
get_waitlist_entry    A A A A . A A .  bookings:read
join_waitlist         A A A . . . . .  bookings:write
offer_freed_slot      A A A . . . . .  bookings:write
accept_offer          A A A . . . . .  bookings:write
decline_offer         A A A . . . . .  bookings:write
leave_waitlist        A A A . . . . .  bookings:write
get_appointment_history A A A . . . . .  bookings:read
list_agenda           A A A A . A A .  bookings:read
get_absence           A A A A . A A .  bookings:read
list_utilisation      A A A A . A A .  bookings:read
list_attendance       A A A A . A A .  bookings:read
get_heat_map          A A A A . A A .  bookings:read
get_booking_quota     A A A A . A A .  bookings:read
list_revenue          A A . A . A A .  analytics:read
get_assignment_receipt A A A . . A . .  bookings:read
get_assignment_proof  A A A . . A . .  bookings:read
get_offer_receipt     A A A . . A . .  bookings:read
get_offer_proof       A A A . . A . .  bookings:read
book_appointment      A A A . . . . .  bookings:write
hold_slot             A A A . . . . .  bookings:write
confirm_appointment   A A A . . . . .  bookings:write
reject_appointment    A A A . . . . .  bookings:write
reschedule_appointment A A A . . . . .  bookings:write
substitute_practitioner A A A . . . . .  bookings:write
cancel_appointment    A A A . . . . .  bookings:write
record_step           A A A . . . . .  bookings:write
record_deposit        A A A . . . . .  bookings:write
schedule_session      A A A . . . . .  bookings:write
change_session_capacity A A A . . . . .  bookings:write
cancel_group_session  A A A . . . . .  bookings:write
request_absence       A A A . . . . .  bookings:write
cancel_absence        A A A . . . . .  bookings:write
override_booking      A A . . . . . .  bookings:write
erase_booking_client  A A . . . . . .  bookings:write
approve_absence       A A . . . . . .  bookings:write
reject_absence        A A . . . . . .  bookings:write
get_booking_page      A A A A . A A .  bookings:read
list_next_free        A A A A . A A .  bookings:read
publish_booking_page  A A . . . . . .  bookings:write
withdraw_booking_page A A . . . . . .  bookings:write
block_contact         A A . . . . . .  bookings:write
unblock_contact       A A . . . . . .  bookings:write
list_blocked_contacts A A A . . . . .  bookings:read
list_reviews          A A A . . . . .  bookings:read
get_review            A A A . . . . .  bookings:read
get_appointment_links A A A . . . . .  bookings:read
publish_review        A A A . . . . .  bookings:write
reject_review         A A A . . . . .  bookings:write
write_review          o o o o o o o .  bookings:write
get_public_catalogue  o o o o o o o o  public
list_public_slots     o o o o o o o o  public
book_public_visit     o o o o o o o o  public
hold_public_slot      o o o o o o o o  public
get_public_visit      o o o o o o o o  public
confirm_public_hold   o o o o o o o o  public
reschedule_public_visit o o o o o o o o  public
cancel_public_visit   o o o o o o o o  public
review_public_visit   o o o o o o o o  public
join_public_waitlist  o o o o o o o o  public
get_public_place      o o o o o o o o  public
reply_to_public_offer o o o o o o o o  public
search_marketplace    o o o o o o o o  public
get_me                A A A A A A A A  any-key
get_command           o o o o o o o o  any-key
run_batch             o o o o o o o o  any-key
list_deprecations     A A o o o o o A  any-key
get_position          A A A A A A A A  any-key
accept_invitation     o o o o o o o o  public
sign_up               o o o o o o o o  public
confirm_signup        o o o o o o o o  public
open_session          o o o o o o o o  public
refresh_session       o o o o o o o o  public
revoke_session        A A o o o o o A  in-person
"""

LETTERS = {"A": "all", "o": "own", ".": None}
CELLS = {
    (operation, role): LETTERS[letter]
    for operation, *letters, _ in (line.split() for line in MATRIX.strip().splitlines())
    for role, letter in zip(ROLES.split(), letters, strict=True)
}
NEEDS = {line.split()[0]: line.split()[-1] for line in MATRIX.strip().splitlines()}
EVERY_SCOPE = frozenset(Scope)


def test_lists_every_role_and_every_operation() -> None:
    assert set(ROLES.split()) == set(Role), "a role is missing in the matrix of this test"
    assert set(NEEDS) == set(PERMISSIONS), "an operation is missing in the matrix of this test"


@every("operation", PERMISSIONS)
def test_each_line(operation: str) -> None:
    cells = {role: CELLS[operation, role] for role in Role}
    assert {role: reach(operation, {role}) for role in Role} == cells
    allowed = {role for role, cell in cells.items() if cell is not None}
    assert {role for role in Role if permits(operation, {role})} == allowed


@every("operation", PERMISSIONS)
def test_an_api_key_needs_exactly_its_scope(operation: str) -> None:
    enough = {scope for scope in Scope if NEEDS[operation] in (scope, "any-key", "public")}
    assert {scope for scope in Scope if permits(operation, set(Role), {scope})} == enough


@every("operation", PERMISSIONS)
def test_a_key_never_reaches_further_than_its_member(operation: str) -> None:
    for role in Role:
        assert reach(operation, {role}, EVERY_SCOPE) in (None, CELLS[operation, role])
    if NEEDS[operation] == "in-person":
        assert not permits(operation, set(Role), EVERY_SCOPE)


def test_several_roles_reach_as_far_as_the_furthest() -> None:
    assert reach("list_trips", {Role.TRAVELLER, Role.FINANCE}) == "all"
    assert reach("plan_trip", {Role.TRAVELLER, Role.FINANCE}) == "own"


@pytest.mark.parametrize(
    ("operation", "roles"),
    [("drop_tables", {"owner"}), ("plan_trip", {"superuser"}), ("plan_trip", set()), ("", {"owner"})],
)
def test_what_is_not_listed_is_not_permitted(operation: str, roles: set[str]) -> None:
    assert not permits(operation, roles)


def test_the_platform_sees_tenants_from_outside_only() -> None:
    travel = {name for name in PERMISSIONS if "trip" in name or "violation" in name or "segment" in name}
    assert travel
    assert not any(permits(operation, {Role.PLATFORM_ADMIN}) for operation in travel)


def test_auditors_and_analysts_change_nothing_but_themselves() -> None:
    # Verifying and sealing say what the log is; they change nothing that anybody recorded.
    # An export records that somebody read, and nothing else.
    reads = (
        "list_", "get_", "query_", "stream_", "export_", "request_export", "download_", "verify_", "seal_",
        "reckon_",  # a journey is reckoned and not recorded
        "trace_",
    )  # fmt: skip
    for operation in PERMISSIONS:
        if not operation.startswith(reads) and not PERMISSIONS[operation].public:
            assert reach(operation, {Role.AUDITOR, Role.ANALYST}) in (None, "own")
