"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from escale_client._generated import models
from escale_client.transport import Answered, Transport

OPERATIONS: dict[str, tuple[str, str]] = {
    "accept_invitation": ("POST", "/api/v1/auth/invitations"),
    "accept_offer": ("POST", "/api/v1/booking/waitlist/{entry_id}/accept"),
    "accept_quote": ("POST", "/api/v1/billing/quotes/{quote_id}/accept"),
    "acknowledge_violation": ("POST", "/api/v1/enterprise/violations/{violation_id}/acknowledge"),
    "add_flight": ("POST", "/api/v1/enterprise/trips/{trip_id}/flights"),
    "add_ground": ("POST", "/api/v1/enterprise/trips/{trip_id}/ground"),
    "add_hotel": ("POST", "/api/v1/enterprise/trips/{trip_id}/hotels"),
    "add_resource": ("POST", "/api/v1/booking/resources"),
    "adopt_carbon_method": ("PUT", "/api/v1/enterprise/carbon/method"),
    "allocate_trip": ("PUT", "/api/v1/enterprise/trips/{trip_id}/allocation"),
    "approve_absence": ("POST", "/api/v1/booking/absences/{absence_id}/approve"),
    "approve_esg_report": ("POST", "/api/v1/enterprise/esg-reports/{report_id}/approve"),
    "approve_expense": ("POST", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}/approve"),
    "approve_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/approve"),
    "assign_traveller": ("PUT", "/api/v1/enterprise/travellers/{member_id}"),
    "attach_evidence": ("POST", "/api/v1/enterprise/carbon/activities/{activity_id}/evidence"),
    "block_contact": ("POST", "/api/v1/booking/blocked-contacts"),
    "book_appointment": ("POST", "/api/v1/booking/appointments"),
    "book_combined_visit": ("POST", "/api/v1/booking/combined-visits"),
    "book_public_visit": ("POST", "/api/v1/public/booking/{slug}/visits"),
    "book_series": ("POST", "/api/v1/booking/series"),
    "book_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/book"),
    "cancel_absence": ("POST", "/api/v1/booking/absences/{absence_id}/cancel"),
    "cancel_appointment": ("POST", "/api/v1/booking/appointments/{appointment_id}/cancel"),
    "cancel_combined_visit": ("POST", "/api/v1/booking/combined-visits/{combined_visit_id}/cancel"),
    "cancel_experiment": ("POST", "/api/v1/enterprise/experiments/{experiment_id}/cancel"),
    "cancel_group_session": ("POST", "/api/v1/booking/sessions/{session_id}/cancel"),
    "cancel_public_visit": ("POST", "/api/v1/public/booking/{slug}/links/{token}/cancel"),
    "cancel_series": ("POST", "/api/v1/booking/series/{series_id}/cancel"),
    "cancel_subscription": ("POST", "/api/v1/billing/subscription/cancel"),
    "cancel_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/cancel"),
    "change_add_ons": ("PUT", "/api/v1/billing/subscription/add-ons"),
    "change_business": ("PUT", "/api/v1/booking/businesses/{business_id}"),
    "change_company_profile": ("PATCH", "/api/v1/enterprise/tenants/{tenant_id}/profile"),
    "change_debtor": ("PUT", "/api/v1/billing/subscription/debtor"),
    "change_member_email": ("POST", "/api/v1/members/{member_id}/email"),
    "change_member_roles": ("POST", "/api/v1/members/{member_id}/roles"),
    "change_modules": ("PUT", "/api/v1/enterprise/tenants/{tenant_id}/modules"),
    "change_practitioner": ("PUT", "/api/v1/booking/practitioners/{practitioner_id}"),
    "change_resource": ("PUT", "/api/v1/booking/resources/{resource_id}"),
    "change_seats": ("PUT", "/api/v1/billing/subscription/seats"),
    "change_service": ("PUT", "/api/v1/booking/services/{service_id}"),
    "change_session_capacity": ("PUT", "/api/v1/booking/sessions/{session_id}/capacity"),
    "change_site": ("PUT", "/api/v1/enterprise/carbon/sites/{site_id}"),
    "change_subscription_plan": ("PUT", "/api/v1/billing/subscription/plan"),
    "change_theme": ("PATCH", "/api/v1/enterprise/tenants/{tenant_id}/theme"),
    "change_vehicle": ("PUT", "/api/v1/enterprise/carbon/vehicles/{vehicle_id}"),
    "change_webhook_endpoint": ("PATCH", "/api/v1/webhooks/endpoints/{endpoint_id}"),
    "close_month": ("POST", "/api/v1/billing/invoices"),
    "close_site": ("POST", "/api/v1/enterprise/carbon/sites/{site_id}/close"),
    "close_unit": ("POST", "/api/v1/enterprise/units/{unit_id}/close"),
    "commit_for_a_year": ("PUT", "/api/v1/billing/subscription/yearly"),
    "complete_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/complete"),
    "confirm_appointment": ("POST", "/api/v1/booking/appointments/{appointment_id}/confirm"),
    "confirm_public_hold": ("POST", "/api/v1/public/booking/{slug}/links/{token}/confirm"),
    "confirm_signup": ("POST", "/api/v1/signup/confirm"),
    "correct_activity": ("PUT", "/api/v1/enterprise/carbon/activities/{activity_id}"),
    "correct_expense": ("PUT", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}"),
    "counter_quote": ("POST", "/api/v1/billing/quotes/{quote_id}/counter"),
    "deactivate_member": ("POST", "/api/v1/members/{member_id}/deactivate"),
    "decide_out_of_turn": ("POST", "/api/v1/enterprise/trips/{trip_id}/decide-out-of-turn"),
    "declare_seller": ("PUT", "/api/v1/billing/seller"),
    "decline_offer": ("POST", "/api/v1/booking/waitlist/{entry_id}/decline"),
    "define_service": ("POST", "/api/v1/booking/services"),
    "define_usage_meter": ("POST", "/api/v1/usage/meters"),
    "delegate_approval": ("PUT", "/api/v1/enterprise/travellers/{member_id}/delegation"),
    "delete_webhook_endpoint": ("DELETE", "/api/v1/webhooks/endpoints/{endpoint_id}"),
    "download_credit_note": ("GET", "/api/v1/billing/credit-notes/{credit_note_id}/document.{format}"),
    "download_esg_report": ("GET", "/api/v1/enterprise/esg-reports/{report_id}/report.{format}"),
    "download_export": ("GET", "/api/v1/analytics/exports/{export_id}/file"),
    "download_invoice": ("GET", "/api/v1/billing/invoices/{invoice_id}/document.{format}"),
    "download_ledger": ("GET", "/api/v1/billing/ledger.csv"),
    "draft_esg_report": ("POST", "/api/v1/enterprise/esg-reports"),
    "draft_quote": ("POST", "/api/v1/enterprise/tenants/{tenant_id}/quotes"),
    "dry_run_policy": ("POST", "/api/v1/enterprise/policies/dry-run"),
    "end_delegation": ("DELETE", "/api/v1/enterprise/travellers/{member_id}/delegation"),
    "erase_booking_client": ("POST", "/api/v1/booking/clients/{client_id}/erase"),
    "erase_member": ("DELETE", "/api/v1/members/{member_id}"),
    "exempt_violation": ("POST", "/api/v1/enterprise/violations/{violation_id}/exempt"),
    "export_audit_log": ("GET", "/api/v1/audit/export"),
    "export_carbon_trace": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/trace"),
    "export_events": ("GET", "/api/v1/events/export"),
    "export_trips": ("GET", "/api/v1/enterprise/trips/export"),
    "get_absence": ("GET", "/api/v1/booking/absences/{absence_id}"),
    "get_activity": ("GET", "/api/v1/enterprise/carbon/activities/{activity_id}"),
    "get_activity_import_template": ("GET", "/api/v1/enterprise/carbon/imports/template"),
    "get_appointment": ("GET", "/api/v1/booking/appointments/{appointment_id}"),
    "get_appointment_history": ("GET", "/api/v1/booking/appointments/{appointment_id}/history"),
    "get_appointment_links": ("GET", "/api/v1/booking/appointments/{appointment_id}/links"),
    "get_assignment_proof": ("GET", "/api/v1/booking/appointments/{appointment_id}/receipt/check"),
    "get_assignment_receipt": ("GET", "/api/v1/booking/appointments/{appointment_id}/receipt"),
    "get_audit_proof": ("GET", "/api/v1/audit/events/{position}/proof"),
    "get_audit_state": ("GET", "/api/v1/audit/streams/{stream_id}/as-of"),
    "get_audit_stream": ("GET", "/api/v1/audit/streams/{stream_id}"),
    "get_benchmark": ("GET", "/api/v1/enterprise/benchmarks"),
    "get_benchmark_membership": ("GET", "/api/v1/enterprise/benchmarks/membership"),
    "get_booking_page": ("GET", "/api/v1/booking/businesses/{business_id}/page"),
    "get_booking_quota": ("GET", "/api/v1/booking/quota"),
    "get_business": ("GET", "/api/v1/booking/businesses/{business_id}"),
    "get_carbon_feed": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/feed"),
    "get_carbon_levers": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/levers"),
    "get_carbon_method": ("GET", "/api/v1/enterprise/carbon/method"),
    "get_carbon_targets": ("GET", "/api/v1/enterprise/carbon/targets"),
    "get_combined_visit": ("GET", "/api/v1/booking/combined-visits/{combined_visit_id}"),
    "get_command": ("GET", "/api/v1/commands/{command_id}"),
    "get_company_profile": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/profile"),
    "get_esg_report": ("GET", "/api/v1/enterprise/esg-reports/{report_id}"),
    "get_esg_report_difference": ("GET", "/api/v1/enterprise/esg-reports/{report_id}/difference"),
    "get_event_type": ("GET", "/api/v1/events/catalogue/{event_type}"),
    "get_exchange_rate": ("GET", "/api/v1/exchange-rates"),
    "get_experiment": ("GET", "/api/v1/enterprise/experiments/{experiment_id}"),
    "get_export": ("GET", "/api/v1/analytics/exports/{export_id}"),
    "get_group_session": ("GET", "/api/v1/booking/sessions/{session_id}"),
    "get_heat_map": ("GET", "/api/v1/booking/heat-map"),
    "get_hook_sample": ("GET", "/api/v1/hooks/samples/{event_type}"),
    "get_invoice": ("GET", "/api/v1/billing/invoices/{invoice_id}"),
    "get_invoice_preview": ("GET", "/api/v1/enterprise/billing"),
    "get_invoicing_details": ("GET", "/api/v1/billing/invoicing-details"),
    "get_ledger": ("GET", "/api/v1/billing/ledger"),
    "get_liveness": ("GET", "/live"),
    "get_me": ("GET", "/api/v1/me"),
    "get_member": ("GET", "/api/v1/members/{member_id}"),
    "get_member_import": ("GET", "/api/v1/members/imports/{import_id}"),
    "get_member_import_template": ("GET", "/api/v1/members/imports/template"),
    "get_meter": ("GET", "/api/v1/enterprise/carbon/meters/{meter_id}"),
    "get_offer_proof": ("GET", "/api/v1/booking/waitlist/{entry_id}/receipt/check"),
    "get_offer_receipt": ("GET", "/api/v1/booking/waitlist/{entry_id}/receipt"),
    "get_policy": ("GET", "/api/v1/enterprise/policies"),
    "get_position": ("GET", "/api/v1/position"),
    "get_practitioner": ("GET", "/api/v1/booking/practitioners/{practitioner_id}"),
    "get_problem": ("GET", "/problems/{code}"),
    "get_public_catalogue": ("GET", "/api/v1/public/booking/{slug}"),
    "get_public_place": ("GET", "/api/v1/public/booking/{slug}/waitlist/{token}"),
    "get_public_visit": ("GET", "/api/v1/public/booking/{slug}/links/{token}"),
    "get_readiness": ("GET", "/ready"),
    "get_reconciliation_totals": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/reconciliations"),
    "get_resource": ("GET", "/api/v1/booking/resources/{resource_id}"),
    "get_restatement": ("GET", "/api/v1/enterprise/carbon/restatements/{restatement_id}"),
    "get_review": ("GET", "/api/v1/booking/reviews/{review_id}"),
    "get_roi": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi"),
    "get_roi_inputs": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi/inputs"),
    "get_schedule": ("GET", "/api/v1/booking/schedules/{subject_kind}/{subject_id}"),
    "get_seller": ("GET", "/api/v1/billing/seller"),
    "get_series": ("GET", "/api/v1/booking/series/{series_id}"),
    "get_service": ("GET", "/api/v1/booking/services/{service_id}"),
    "get_site": ("GET", "/api/v1/enterprise/carbon/sites/{site_id}"),
    "get_slot_reason": ("GET", "/api/v1/booking/slots/reason"),
    "get_subscription": ("GET", "/api/v1/billing/subscription"),
    "get_tenant": ("GET", "/api/v1/enterprise/tenants/{tenant_id}"),
    "get_tenant_analytics": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics"),
    "get_tenant_carbon": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon"),
    "get_traveller": ("GET", "/api/v1/enterprise/travellers/{member_id}"),
    "get_trip": ("GET", "/api/v1/enterprise/trips/{trip_id}"),
    "get_trip_expenses": ("GET", "/api/v1/enterprise/trips/{trip_id}/expenses"),
    "get_trip_history": ("GET", "/api/v1/enterprise/trips/{trip_id}/history"),
    "get_trip_import": ("GET", "/api/v1/enterprise/trips/imports/{import_id}"),
    "get_trip_import_template": ("GET", "/api/v1/enterprise/trips/imports/template"),
    "get_trip_reconciliation": ("GET", "/api/v1/enterprise/trips/{trip_id}/reconciliation"),
    "get_trusted_documents": ("GET", "/api/v1/graphql/documents"),
    "get_unit": ("GET", "/api/v1/enterprise/units/{unit_id}"),
    "get_usage": ("GET", "/api/v1/usage"),
    "get_usage_age_limit": ("GET", "/api/v1/usage/age-limit"),
    "get_usage_batch": ("GET", "/api/v1/usage/events/{batch_id}"),
    "get_vehicle": ("GET", "/api/v1/enterprise/carbon/vehicles/{vehicle_id}"),
    "get_version": ("GET", "/version"),
    "get_violation": ("GET", "/api/v1/enterprise/violations/{violation_id}"),
    "get_violation_trends": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/violations"),
    "get_waitlist_entry": ("GET", "/api/v1/booking/waitlist/{entry_id}"),
    "get_webhook_delivery": ("GET", "/api/v1/webhooks/deliveries/{delivery_id}"),
    "get_webhook_endpoint": ("GET", "/api/v1/webhooks/endpoints/{endpoint_id}"),
    "hire_practitioner": ("POST", "/api/v1/booking/practitioners"),
    "hold_public_slot": ("POST", "/api/v1/public/booking/{slug}/holds"),
    "hold_slot": ("POST", "/api/v1/booking/appointments/holds"),
    "import_activities": ("POST", "/api/v1/enterprise/carbon/imports"),
    "import_members": ("POST", "/api/v1/members/imports"),
    "import_trips": ("POST", "/api/v1/enterprise/trips/imports"),
    "install_meter": ("POST", "/api/v1/enterprise/carbon/meters"),
    "invite_member": ("POST", "/api/v1/members"),
    "issue_api_key": ("POST", "/api/v1/api-keys"),
    "issue_sql_login": ("POST", "/api/v1/enterprise/sql-logins"),
    "join_benchmark": ("PUT", "/api/v1/enterprise/benchmarks/membership"),
    "join_public_waitlist": ("POST", "/api/v1/public/booking/{slug}/waitlist"),
    "join_waitlist": ("POST", "/api/v1/booking/waitlist"),
    "leave_benchmark": ("DELETE", "/api/v1/enterprise/benchmarks/membership"),
    "leave_waitlist": ("POST", "/api/v1/booking/waitlist/{entry_id}/leave"),
    "let_practitioner_go": ("POST", "/api/v1/booking/practitioners/{practitioner_id}/leave"),
    "limit_usage_age": ("PUT", "/api/v1/usage/age-limit"),
    "list_activities": ("GET", "/api/v1/enterprise/carbon/activities"),
    "list_agenda": ("GET", "/api/v1/booking/agenda"),
    "list_api_keys": ("GET", "/api/v1/api-keys"),
    "list_approvals": ("GET", "/api/v1/enterprise/approvals"),
    "list_attendance": ("GET", "/api/v1/booking/attendance"),
    "list_audit_events": ("GET", "/api/v1/audit/events"),
    "list_audit_keys": ("GET", "/api/v1/audit/keys"),
    "list_audit_seals": ("GET", "/api/v1/audit/seals"),
    "list_blocked_contacts": ("GET", "/api/v1/booking/blocked-contacts"),
    "list_budget_trackers": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/budgets"),
    "list_budgets": ("GET", "/api/v1/enterprise/budgets"),
    "list_businesses": ("GET", "/api/v1/booking/businesses"),
    "list_carbon_lines": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/lines"),
    "list_combined_slots": ("GET", "/api/v1/booking/combined-visits/slots"),
    "list_credit_notes": ("GET", "/api/v1/billing/credit-notes"),
    "list_deprecations": ("GET", "/api/v1/deprecations"),
    "list_emission_factors": ("GET", "/api/v1/enterprise/carbon/factors"),
    "list_esg_reports": ("GET", "/api/v1/enterprise/esg-reports"),
    "list_event_types": ("GET", "/api/v1/events/catalogue"),
    "list_expenses": ("GET", "/api/v1/enterprise/expenses"),
    "list_experiment_differences": ("GET", "/api/v1/enterprise/experiments/{experiment_id}/differences"),
    "list_factor_sets": ("GET", "/api/v1/enterprise/carbon/factor-sets"),
    "list_invoices": ("GET", "/api/v1/billing/invoices"),
    "list_members": ("GET", "/api/v1/members"),
    "list_meters": ("GET", "/api/v1/enterprise/carbon/meters"),
    "list_next_free": ("GET", "/api/v1/booking/next-free"),
    "list_parked_usage": ("GET", "/api/v1/usage/parked"),
    "list_paused_consumers": ("GET", "/api/v1/platform/paused-consumers"),
    "list_policy_versions": ("GET", "/api/v1/enterprise/policies/versions"),
    "list_practitioners": ("GET", "/api/v1/booking/practitioners"),
    "list_prices": ("GET", "/api/v1/billing/prices"),
    "list_problems": ("GET", "/problems"),
    "list_public_slots": ("GET", "/api/v1/public/booking/{slug}/slots"),
    "list_quotes": ("GET", "/api/v1/billing/quotes"),
    "list_requests": ("GET", "/api/v1/requests"),
    "list_resources": ("GET", "/api/v1/booking/resources"),
    "list_revenue": ("GET", "/api/v1/booking/revenue"),
    "list_reviews": ("GET", "/api/v1/booking/reviews"),
    "list_roi_sources": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi/sources"),
    "list_services": ("GET", "/api/v1/booking/services"),
    "list_sessions": ("GET", "/api/v1/booking/sessions"),
    "list_sites": ("GET", "/api/v1/enterprise/carbon/sites"),
    "list_sla_months": ("GET", "/api/v1/billing/sla"),
    "list_slots": ("GET", "/api/v1/booking/slots"),
    "list_sql_logins": ("GET", "/api/v1/enterprise/sql-logins"),
    "list_tables": ("GET", "/api/v1/analytics/tables"),
    "list_tenants": ("GET", "/api/v1/enterprise/tenants"),
    "list_travellers": ("GET", "/api/v1/enterprise/travellers"),
    "list_trips": ("GET", "/api/v1/enterprise/trips"),
    "list_units": ("GET", "/api/v1/enterprise/units"),
    "list_usage_limits": ("GET", "/api/v1/usage/limits"),
    "list_usage_meters": ("GET", "/api/v1/usage/meters"),
    "list_utilisation": ("GET", "/api/v1/booking/utilisation"),
    "list_vehicles": ("GET", "/api/v1/enterprise/carbon/vehicles"),
    "list_violations": ("GET", "/api/v1/enterprise/violations"),
    "list_waitlist": ("GET", "/api/v1/booking/waitlist"),
    "list_webhook_deliveries": ("GET", "/api/v1/webhooks/deliveries"),
    "list_webhook_endpoints": ("GET", "/api/v1/webhooks/endpoints"),
    "move_series": ("POST", "/api/v1/booking/series/{series_id}/move"),
    "offer_freed_slot": ("POST", "/api/v1/booking/waitlist/offers"),
    "onboard_company": ("POST", "/api/v1/enterprise/signups"),
    "open_business": ("POST", "/api/v1/booking/businesses"),
    "open_session": ("POST", "/api/v1/auth/sessions"),
    "open_site": ("POST", "/api/v1/enterprise/carbon/sites"),
    "open_unit": ("POST", "/api/v1/enterprise/units"),
    "override_booking": ("POST", "/api/v1/booking/appointments/overrides"),
    "pause_webhook_endpoint": ("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/pause"),
    "plan_trip": ("POST", "/api/v1/enterprise/trips"),
    "propose_quote": ("POST", "/api/v1/enterprise/tenants/{tenant_id}/quotes/{quote_id}/propose"),
    "publish_booking_page": ("PUT", "/api/v1/booking/businesses/{business_id}/page"),
    "publish_esg_report": ("POST", "/api/v1/enterprise/esg-reports/{report_id}/publish"),
    "publish_prices": ("PUT", "/api/v1/billing/prices"),
    "publish_review": ("POST", "/api/v1/booking/reviews/{review_id}/publish"),
    "query_table": ("GET", "/api/v1/analytics/tables/{name}"),
    "reactivate_member": ("POST", "/api/v1/members/{member_id}/reactivate"),
    "reckon_trip_carbon": ("POST", "/api/v2/trips/carbon"),
    "reconcile_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/reconcile"),
    "record_activity": ("POST", "/api/v1/enterprise/carbon/activities"),
    "record_deposit": ("POST", "/api/v1/booking/appointments/{appointment_id}/deposits"),
    "record_step": ("POST", "/api/v1/booking/appointments/{appointment_id}/steps"),
    "refresh_session": ("POST", "/api/v1/auth/sessions/refresh"),
    "register_tenant": ("POST", "/api/v1/enterprise/tenants"),
    "register_vehicle": ("POST", "/api/v1/enterprise/carbon/vehicles"),
    "register_webhook_endpoint": ("POST", "/api/v1/webhooks/endpoints"),
    "reject_absence": ("POST", "/api/v1/booking/absences/{absence_id}/reject"),
    "reject_appointment": ("POST", "/api/v1/booking/appointments/{appointment_id}/reject"),
    "reject_expense": ("POST", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}/reject"),
    "reject_review": ("POST", "/api/v1/booking/reviews/{review_id}/reject"),
    "reject_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/reject"),
    "release_parked_usage": ("POST", "/api/v1/usage/parked/release"),
    "remove_meter": ("POST", "/api/v1/enterprise/carbon/meters/{meter_id}/remove"),
    "remove_segment": ("DELETE", "/api/v1/enterprise/trips/{trip_id}/segments/{segment_id}"),
    "rename_unit": ("PUT", "/api/v1/enterprise/units/{unit_id}/name"),
    "replay_webhook_deliveries": ("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/replay"),
    "replay_webhook_delivery": ("POST", "/api/v1/webhooks/deliveries/{delivery_id}/replay"),
    "reply_to_public_offer": ("POST", "/api/v1/public/booking/{slug}/waitlist/{token}/reply"),
    "report_expense": ("POST", "/api/v1/enterprise/trips/{trip_id}/expenses"),
    "report_usage": ("POST", "/api/v1/usage/events"),
    "request_absence": ("POST", "/api/v1/booking/absences"),
    "request_export": ("POST", "/api/v1/analytics/export"),
    "request_restatement": ("POST", "/api/v1/enterprise/carbon/restatements"),
    "reschedule_appointment": ("POST", "/api/v1/booking/appointments/{appointment_id}/reschedule"),
    "reschedule_public_visit": ("POST", "/api/v1/public/booking/{slug}/links/{token}/reschedule"),
    "restate_esg_report": ("POST", "/api/v1/enterprise/esg-reports/{report_id}/restate"),
    "resume_webhook_endpoint": ("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/resume"),
    "retire_service": ("POST", "/api/v1/booking/services/{service_id}/retire"),
    "retire_vehicle": ("POST", "/api/v1/enterprise/carbon/vehicles/{vehicle_id}/retire"),
    "retry_parked_event": ("POST", "/api/v1/platform/paused-consumers/{company_id}/{consumer}/retry"),
    "review_esg_report": ("POST", "/api/v1/enterprise/esg-reports/{report_id}/review"),
    "review_public_visit": ("POST", "/api/v1/public/booking/{slug}/links/{token}/review"),
    "revoke_api_key": ("DELETE", "/api/v1/api-keys/{key_id}"),
    "revoke_session": ("DELETE", "/api/v1/auth/sessions/{session_id}"),
    "revoke_sql_login": ("DELETE", "/api/v1/enterprise/sql-logins/{login_id}"),
    "rotate_webhook_secret": ("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/secret/rotate"),
    "run_batch": ("POST", "/api/v1/commands/batch"),
    "schedule_session": ("POST", "/api/v1/booking/sessions"),
    "seal_audit_log": ("POST", "/api/v1/audit/seals"),
    "search_marketplace": ("GET", "/api/v1/public/marketplace"),
    "send_test_webhook": ("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/test"),
    "set_budget": ("PUT", "/api/v1/enterprise/budgets"),
    "set_carbon_targets": ("PUT", "/api/v1/enterprise/carbon/targets"),
    "set_invoicing_details": ("PUT", "/api/v1/billing/invoicing-details"),
    "set_password": ("POST", "/api/v1/members/{member_id}/password"),
    "set_policy": ("POST", "/api/v1/enterprise/policies"),
    "set_roi_inputs": ("PUT", "/api/v1/enterprise/tenants/{tenant_id}/roi/inputs"),
    "set_schedule": ("PUT", "/api/v1/booking/schedules/{subject_kind}/{subject_id}"),
    "set_trusted_documents": ("PUT", "/api/v1/graphql/documents"),
    "set_usage_limit": ("PUT", "/api/v1/usage/limits/{meter}"),
    "sign_up": ("POST", "/api/v1/signup"),
    "skip_parked_event": ("POST", "/api/v1/platform/paused-consumers/{company_id}/{consumer}/skip"),
    "start_subscription": ("POST", "/api/v1/billing/subscription"),
    "submit_trip": ("POST", "/api/v1/enterprise/trips/{trip_id}/submit"),
    "subscribe_hook": ("POST", "/api/v1/hooks"),
    "substitute_practitioner": ("POST", "/api/v1/booking/appointments/{appointment_id}/substitute"),
    "switch_feature": ("PUT", "/api/v1/enterprise/tenants/{tenant_id}/features/{feature}"),
    "take_resource_out": ("POST", "/api/v1/booking/resources/{resource_id}/take-out"),
    "trace_carbon_line": ("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/lines/{line_id}"),
    "unblock_contact": ("DELETE", "/api/v1/booking/blocked-contacts/{block_id}"),
    "unsubscribe_hook": ("DELETE", "/api/v1/hooks/{hook_id}"),
    "verify_audit_log": ("POST", "/api/v1/audit/verify"),
    "withdraw_activity": ("POST", "/api/v1/enterprise/carbon/activities/{activity_id}/withdraw"),
    "withdraw_booking_page": ("DELETE", "/api/v1/booking/businesses/{business_id}/page"),
    "withdraw_budget": ("DELETE", "/api/v1/enterprise/budgets/{year}/{key}"),
    "withdraw_expense": ("DELETE", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}"),
    "write_review": ("POST", "/api/v1/booking/appointments/{appointment_id}/review"),
}


class Operations(Transport):
    """Every operation of the API, by its operationId."""

    def accept_invitation(self, body: models.ApiRestInvitationsAcceptance, *, idempotency_key: str | None = None) -> Answered[models.MemberView]:
        return self.send("POST", "/api/v1/auth/invitations", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def accept_offer(self, entry_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WaitlistView]:
        return self.send("POST", "/api/v1/booking/waitlist/{entry_id}/accept", {"entry_id": entry_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def accept_quote(self, quote_id: str, body: models.ApiRestQuotesAcceptance, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.QuoteView]:
        return self.send("POST", "/api/v1/billing/quotes/{quote_id}/accept", {"quote_id": quote_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def acknowledge_violation(self, violation_id: str, body: models.Comment, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ViolationDetail]:
        return self.send("POST", "/api/v1/enterprise/violations/{violation_id}/acknowledge", {"violation_id": violation_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def add_flight(self, trip_id: str, body: models.FlightRequest, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/flights", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def add_ground(self, trip_id: str, body: models.GroundRequest, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/ground", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def add_hotel(self, trip_id: str, body: models.HotelRequest, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/hotels", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def add_resource(self, body: models.ResourceTerms, *, idempotency_key: str | None = None) -> Answered[models.ResourceView]:
        return self.send("POST", "/api/v1/booking/resources", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def adopt_carbon_method(self, body: models.AdoptCarbonMethod, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.CarbonMethodView]:
        return self.send("PUT", "/api/v1/enterprise/carbon/method", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def allocate_trip(self, trip_id: str, body: models.Account, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("PUT", "/api/v1/enterprise/trips/{trip_id}/allocation", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def approve_absence(self, absence_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AbsenceView]:
        return self.send("POST", "/api/v1/booking/absences/{absence_id}/approve", {"absence_id": absence_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def approve_esg_report(self, report_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReportView]:
        return self.send("POST", "/api/v1/enterprise/esg-reports/{report_id}/approve", {"report_id": report_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def approve_expense(self, trip_id: str, expense_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}/approve", {"trip_id": trip_id, "expense_id": expense_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def approve_trip(self, trip_id: str, body: models.Decision | None | None = None, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/approve", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def assign_traveller(self, member_id: str, body: models.AssignmentInput, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TravellerView]:
        return self.send("PUT", "/api/v1/enterprise/travellers/{member_id}", {"member_id": member_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def attach_evidence(self, activity_id: str, body: models.NewEvidence, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ActivityView]:
        return self.send("POST", "/api/v1/enterprise/carbon/activities/{activity_id}/evidence", {"activity_id": activity_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def block_contact(self, body: models.BlockContact, *, idempotency_key: str | None = None) -> Answered[models.ContactBlockView]:
        return self.send("POST", "/api/v1/booking/blocked-contacts", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def book_appointment(self, body: models.BookAppointment, *, idempotency_key: str | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def book_combined_visit(self, body: models.BookCombinedVisit, *, idempotency_key: str | None = None) -> Answered[models.CombinedVisitView]:
        return self.send("POST", "/api/v1/booking/combined-visits", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def book_public_visit(self, slug: str, body: models.GuestBooking, *, idempotency_key: str | None = None) -> Answered[models.PublicVisitView]:
        return self.send("POST", "/api/v1/public/booking/{slug}/visits", {"slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def book_series(self, body: models.BookSeries, *, idempotency_key: str | None = None) -> Answered[models.SeriesView]:
        return self.send("POST", "/api/v1/booking/series", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def book_trip(self, trip_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/book", {"trip_id": trip_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def cancel_absence(self, absence_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AbsenceView]:
        return self.send("POST", "/api/v1/booking/absences/{absence_id}/cancel", {"absence_id": absence_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def cancel_appointment(self, appointment_id: str, body: models.Cancellation, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/cancel", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def cancel_combined_visit(self, combined_visit_id: str, body: models.CallingOff, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.CombinedVisitView]:
        return self.send("POST", "/api/v1/booking/combined-visits/{combined_visit_id}/cancel", {"combined_visit_id": combined_visit_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def cancel_experiment(self, experiment_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ExperimentView]:
        return self.send("POST", "/api/v1/enterprise/experiments/{experiment_id}/cancel", {"experiment_id": experiment_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def cancel_group_session(self, session_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.GroupSessionView]:
        return self.send("POST", "/api/v1/booking/sessions/{session_id}/cancel", {"session_id": session_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def cancel_public_visit(self, token: str, slug: str, body: models.OwnCancellation, *, idempotency_key: str | None = None) -> Answered[models.PublicVisitView]:
        return self.send("POST", "/api/v1/public/booking/{slug}/links/{token}/cancel", {"token": token, "slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def cancel_series(self, series_id: str, body: models.Ending, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SeriesView]:
        return self.send("POST", "/api/v1/booking/series/{series_id}/cancel", {"series_id": series_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def cancel_subscription(self, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("POST", "/api/v1/billing/subscription/cancel", {}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def cancel_trip(self, trip_id: str, body: models.ApiRestTripsReason, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/cancel", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_add_ons(self, body: models.ChangeAddOns, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("PUT", "/api/v1/billing/subscription/add-ons", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_business(self, business_id: str, body: models.BusinessDraft, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.BusinessView]:
        return self.send("PUT", "/api/v1/booking/businesses/{business_id}", {"business_id": business_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_company_profile(self, tenant_id: str, body: models.ChangeCompanyProfile, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.CompanyProfileView]:
        return self.send("PATCH", "/api/v1/enterprise/tenants/{tenant_id}/profile", {"tenant_id": tenant_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_debtor(self, body: models.ChangeDebtor, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("PUT", "/api/v1/billing/subscription/debtor", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_member_email(self, member_id: str, body: models.NewEmail, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MemberView]:
        return self.send("POST", "/api/v1/members/{member_id}/email", {"member_id": member_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_member_roles(self, member_id: str, body: models.NewRoles, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MemberView]:
        return self.send("POST", "/api/v1/members/{member_id}/roles", {"member_id": member_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_modules(self, tenant_id: str, body: models.ChangeModules, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TenantView]:
        return self.send("PUT", "/api/v1/enterprise/tenants/{tenant_id}/modules", {"tenant_id": tenant_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_practitioner(self, practitioner_id: str, body: models.PractitionerBody, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.PractitionerView]:
        return self.send("PUT", "/api/v1/booking/practitioners/{practitioner_id}", {"practitioner_id": practitioner_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_resource(self, resource_id: str, body: models.ResourceTerms, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ResourceView]:
        return self.send("PUT", "/api/v1/booking/resources/{resource_id}", {"resource_id": resource_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_seats(self, body: models.ChangeSeats, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("PUT", "/api/v1/billing/subscription/seats", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_service(self, service_id: str, body: models.ServiceOffer, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ServiceView]:
        return self.send("PUT", "/api/v1/booking/services/{service_id}", {"service_id": service_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_session_capacity(self, session_id: str, body: models.NewCapacity, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.GroupSessionView]:
        return self.send("PUT", "/api/v1/booking/sessions/{session_id}/capacity", {"session_id": session_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_site(self, site_id: str, body: models.NewSite, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SiteView]:
        return self.send("PUT", "/api/v1/enterprise/carbon/sites/{site_id}", {"site_id": site_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_subscription_plan(self, body: models.ChangeSubscriptionPlan, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("PUT", "/api/v1/billing/subscription/plan", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_theme(self, tenant_id: str, body: models.Theme, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TenantView]:
        return self.send("PATCH", "/api/v1/enterprise/tenants/{tenant_id}/theme", {"tenant_id": tenant_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_vehicle(self, vehicle_id: str, body: models.NewVehicle, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.VehicleView]:
        return self.send("PUT", "/api/v1/enterprise/carbon/vehicles/{vehicle_id}", {"vehicle_id": vehicle_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def change_webhook_endpoint(self, endpoint_id: str, body: models.EndpointChange, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WebhookEndpointView]:
        return self.send("PATCH", "/api/v1/webhooks/endpoints/{endpoint_id}", {"endpoint_id": endpoint_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def close_month(self, body: models.CloseMonth, *, idempotency_key: str | None = None) -> Answered[models.InvoiceView]:
        return self.send("POST", "/api/v1/billing/invoices", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def close_site(self, site_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SiteView]:
        return self.send("POST", "/api/v1/enterprise/carbon/sites/{site_id}/close", {"site_id": site_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def close_unit(self, unit_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.UnitView]:
        return self.send("POST", "/api/v1/enterprise/units/{unit_id}/close", {"unit_id": unit_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def commit_for_a_year(self, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("PUT", "/api/v1/billing/subscription/yearly", {}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def complete_trip(self, trip_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/complete", {"trip_id": trip_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def confirm_appointment(self, appointment_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/confirm", {"appointment_id": appointment_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def confirm_public_hold(self, token: str, slug: str, *, idempotency_key: str | None = None) -> Answered[models.PublicVisitView]:
        return self.send("POST", "/api/v1/public/booking/{slug}/links/{token}/confirm", {"token": token, "slug": slug}, {}, idempotency_key=idempotency_key)

    def confirm_signup(self, body: models.ApiRestSignupsConfirmation, *, idempotency_key: str | None = None) -> Answered[models.Onboarded]:
        return self.send("POST", "/api/v1/signup/confirm", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def correct_activity(self, activity_id: str, body: models.Correction, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ActivityView]:
        return self.send("PUT", "/api/v1/enterprise/carbon/activities/{activity_id}", {"activity_id": activity_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def correct_expense(self, trip_id: str, expense_id: str, body: models.ExpenseFacts, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("PUT", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}", {"trip_id": trip_id, "expense_id": expense_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def counter_quote(self, quote_id: str, body: models.Wish, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.QuoteView]:
        return self.send("POST", "/api/v1/billing/quotes/{quote_id}/counter", {"quote_id": quote_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def deactivate_member(self, member_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MemberView]:
        return self.send("POST", "/api/v1/members/{member_id}/deactivate", {"member_id": member_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def decide_out_of_turn(self, trip_id: str, body: models.Ruling, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/decide-out-of-turn", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def declare_seller(self, body: models.DeclareSeller, *, idempotency_key: str | None = None) -> Answered[models.SellerView]:
        return self.send("PUT", "/api/v1/billing/seller", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def decline_offer(self, entry_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WaitlistView]:
        return self.send("POST", "/api/v1/booking/waitlist/{entry_id}/decline", {"entry_id": entry_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def define_service(self, body: models.ServiceOffer, *, idempotency_key: str | None = None) -> Answered[models.ServiceView]:
        return self.send("POST", "/api/v1/booking/services", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def define_usage_meter(self, body: models.DefineMeter, *, idempotency_key: str | None = None) -> Answered[models.DefinedMeter]:
        return self.send("POST", "/api/v1/usage/meters", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def delegate_approval(self, member_id: str, body: models.NewDelegation, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TravellerView]:
        return self.send("PUT", "/api/v1/enterprise/travellers/{member_id}/delegation", {"member_id": member_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def delete_webhook_endpoint(self, endpoint_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WebhookEndpointView]:
        return self.send("DELETE", "/api/v1/webhooks/endpoints/{endpoint_id}", {"endpoint_id": endpoint_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def download_credit_note(self, credit_note_id: str, format: Literal['pdf', 'xml'], *, lang: Literal['en', 'fr'] | None = None) -> Answered[bytes]:
        return self.send("GET", "/api/v1/billing/credit-notes/{credit_note_id}/document.{format}", {"credit_note_id": credit_note_id, "format": format}, {"lang": lang})

    def download_esg_report(self, report_id: str, format: Literal['pdf', 'csv', 'xlsx'], *, lang: str | None = None) -> Answered[bytes]:
        return self.send("GET", "/api/v1/enterprise/esg-reports/{report_id}/report.{format}", {"report_id": report_id, "format": format}, {"lang": lang})

    def download_export(self, export_id: str) -> Answered[str]:
        return self.send("GET", "/api/v1/analytics/exports/{export_id}/file", {"export_id": export_id}, {})

    def download_invoice(self, invoice_id: str, format: Literal['pdf', 'xml'], *, lang: Literal['en', 'fr'] | None = None) -> Answered[bytes]:
        return self.send("GET", "/api/v1/billing/invoices/{invoice_id}/document.{format}", {"invoice_id": invoice_id, "format": format}, {"lang": lang})

    def download_ledger(self) -> Answered[bytes]:
        return self.send("GET", "/api/v1/billing/ledger.csv", {}, {})

    def draft_esg_report(self, body: models.DraftEsgReport, *, idempotency_key: str | None = None) -> Answered[models.ReportView]:
        return self.send("POST", "/api/v1/enterprise/esg-reports", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def draft_quote(self, tenant_id: str, body: models.DraftQuote, *, idempotency_key: str | None = None) -> Answered[models.QuoteView]:
        return self.send("POST", "/api/v1/enterprise/tenants/{tenant_id}/quotes", {"tenant_id": tenant_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def dry_run_policy(self, body: models.DryRunPolicy, *, idempotency_key: str | None = None) -> Answered[models.ExperimentView]:
        return self.send("POST", "/api/v1/enterprise/policies/dry-run", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def end_delegation(self, member_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TravellerView]:
        return self.send("DELETE", "/api/v1/enterprise/travellers/{member_id}/delegation", {"member_id": member_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def erase_booking_client(self, client_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ErasedClientView]:
        return self.send("POST", "/api/v1/booking/clients/{client_id}/erase", {"client_id": client_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def erase_member(self, member_id: str, *, idempotency_key: str | None = None) -> Answered[models.MemberView]:
        return self.send("DELETE", "/api/v1/members/{member_id}", {"member_id": member_id}, {}, idempotency_key=idempotency_key)

    def exempt_violation(self, violation_id: str, body: models.ExemptionReason, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ViolationDetail]:
        return self.send("POST", "/api/v1/enterprise/violations/{violation_id}/exempt", {"violation_id": violation_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def export_audit_log(self) -> Answered[str]:
        return self.send("GET", "/api/v1/audit/export", {}, {})

    def export_carbon_trace(self, tenant_id: str, *, start: str | None = None, end: str | None = None, scope: int | None = None, category: models.GhgCategory | None = None, site_id: str | None = None, trip_id: str | None = None, known_on: str | None = None, position: int | None = None, min_position: int | None = None) -> Answered[str]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/trace", {"tenant_id": tenant_id}, {"start": start, "end": end, "scope": scope, "category": category, "site_id": site_id, "trip_id": trip_id, "known_on": known_on, "position": position, "min_position": min_position}, reads=True)

    def export_events(self, *, type: Sequence[str] | None = None, after: str | None = None, from_position: int | None = None, to_position: int | None = None, recorded_from: str | None = None, recorded_until: str | None = None, personal: bool | None = None) -> Answered[str]:
        return self.send("GET", "/api/v1/events/export", {}, {"type": type, "after": after, "from_position": from_position, "to_position": to_position, "recorded_from": recorded_from, "recorded_until": recorded_until, "personal": personal})

    def export_trips(self, *, format: Literal['csv', 'xlsx'] | None = None, status: models.TripStatus | None = None, traveller_id: str | None = None, min_position: int | None = None) -> Answered[bytes]:
        return self.send("GET", "/api/v1/enterprise/trips/export", {}, {"format": format, "status": status, "traveller_id": traveller_id, "min_position": min_position}, reads=True)

    def get_absence(self, absence_id: str, *, min_position: int | None = None) -> Answered[models.AbsenceView]:
        return self.send("GET", "/api/v1/booking/absences/{absence_id}", {"absence_id": absence_id}, {"min_position": min_position}, reads=True)

    def get_activity(self, activity_id: str, *, min_position: int | None = None) -> Answered[models.ActivityView]:
        return self.send("GET", "/api/v1/enterprise/carbon/activities/{activity_id}", {"activity_id": activity_id}, {"min_position": min_position}, reads=True)

    def get_activity_import_template(self) -> Answered[bytes]:
        return self.send("GET", "/api/v1/enterprise/carbon/imports/template", {}, {})

    def get_appointment(self, appointment_id: str, *, min_position: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("GET", "/api/v1/booking/appointments/{appointment_id}", {"appointment_id": appointment_id}, {"min_position": min_position}, reads=True)

    def get_appointment_history(self, appointment_id: str, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.FactList]:
        return self.send("GET", "/api/v1/booking/appointments/{appointment_id}/history", {"appointment_id": appointment_id}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_get_appointment_history(self, appointment_id: str, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.FactView]:
        return self.pages("GET", "/api/v1/booking/appointments/{appointment_id}/history", {"appointment_id": appointment_id}, {"limit": limit, "min_position": min_position}, reads=True)

    def get_appointment_links(self, appointment_id: str, *, min_position: int | None = None) -> Answered[models.VisitLinks]:
        return self.send("GET", "/api/v1/booking/appointments/{appointment_id}/links", {"appointment_id": appointment_id}, {"min_position": min_position}, reads=True)

    def get_assignment_proof(self, appointment_id: str, *, min_position: int | None = None) -> Answered[models.ReceiptCheck]:
        return self.send("GET", "/api/v1/booking/appointments/{appointment_id}/receipt/check", {"appointment_id": appointment_id}, {"min_position": min_position}, reads=True)

    def get_assignment_receipt(self, appointment_id: str, *, for_: Literal['clinic', 'client'] | None = None, min_position: int | None = None) -> Answered[models.AssignmentReceipt]:
        return self.send("GET", "/api/v1/booking/appointments/{appointment_id}/receipt", {"appointment_id": appointment_id}, {"for": for_, "min_position": min_position}, reads=True)

    def get_audit_proof(self, position: int) -> Answered[models.InclusionProof]:
        return self.send("GET", "/api/v1/audit/events/{position}/proof", {"position": position}, {})

    def get_audit_state(self, stream_id: str, *, position: int | None = None, known_at: str | None = None, occurred_at: str | None = None) -> Answered[models.StateAsOf]:
        return self.send("GET", "/api/v1/audit/streams/{stream_id}/as-of", {"stream_id": stream_id}, {"position": position, "known_at": known_at, "occurred_at": occurred_at})

    def get_audit_stream(self, stream_id: str, *, limit: int | None = None, cursor: str | None = None) -> Answered[models.AuditFeed]:
        return self.send("GET", "/api/v1/audit/streams/{stream_id}", {"stream_id": stream_id}, {"limit": limit, "cursor": cursor})

    def every_get_audit_stream(self, stream_id: str, *, limit: int | None = None) -> Iterator[models.AuditFact]:
        return self.pages("GET", "/api/v1/audit/streams/{stream_id}", {"stream_id": stream_id}, {"limit": limit})

    def get_benchmark(self, *, metric: models.PeerMetric, period: str, sector: str | None = None, min_position: int | None = None) -> Answered[models.BenchmarkView]:
        return self.send("GET", "/api/v1/enterprise/benchmarks", {}, {"metric": metric, "period": period, "sector": sector, "min_position": min_position}, reads=True)

    def get_benchmark_membership(self, *, min_position: int | None = None) -> Answered[models.MembershipView]:
        return self.send("GET", "/api/v1/enterprise/benchmarks/membership", {}, {"min_position": min_position}, reads=True)

    def get_booking_page(self, business_id: str, *, min_position: int | None = None) -> Answered[models.BookingPageView]:
        return self.send("GET", "/api/v1/booking/businesses/{business_id}/page", {"business_id": business_id}, {"min_position": min_position}, reads=True)

    def get_booking_quota(self, *, month: str | None = None, min_position: int | None = None) -> Answered[models.BookingQuota]:
        return self.send("GET", "/api/v1/booking/quota", {}, {"month": month, "min_position": min_position}, reads=True)

    def get_business(self, business_id: str, *, min_position: int | None = None) -> Answered[models.BusinessView]:
        return self.send("GET", "/api/v1/booking/businesses/{business_id}", {"business_id": business_id}, {"min_position": min_position}, reads=True)

    def get_carbon_feed(self, tenant_id: str, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.CarbonLines]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/feed", {"tenant_id": tenant_id}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_get_carbon_feed(self, tenant_id: str, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.CarbonLineView]:
        return self.pages("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/feed", {"tenant_id": tenant_id}, {"limit": limit, "min_position": min_position}, reads=True)

    def get_carbon_levers(self, tenant_id: str, *, start: str | None = None, end: str | None = None, min_position: int | None = None) -> Answered[models.Levers]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/levers", {"tenant_id": tenant_id}, {"start": start, "end": end, "min_position": min_position}, reads=True)

    def get_carbon_method(self, *, on: str | None = None, min_position: int | None = None) -> Answered[models.CarbonMethodView]:
        return self.send("GET", "/api/v1/enterprise/carbon/method", {}, {"on": on, "min_position": min_position}, reads=True)

    def get_carbon_targets(self, *, min_position: int | None = None) -> Answered[models.CarbonTargetsView]:
        return self.send("GET", "/api/v1/enterprise/carbon/targets", {}, {"min_position": min_position}, reads=True)

    def get_combined_visit(self, combined_visit_id: str, *, min_position: int | None = None) -> Answered[models.CombinedVisitView]:
        return self.send("GET", "/api/v1/booking/combined-visits/{combined_visit_id}", {"combined_visit_id": combined_visit_id}, {"min_position": min_position}, reads=True)

    def get_command(self, command_id: str) -> Answered[models.CommandView]:
        return self.send("GET", "/api/v1/commands/{command_id}", {"command_id": command_id}, {})

    def get_company_profile(self, tenant_id: str, *, min_position: int | None = None) -> Answered[models.CompanyProfileView]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/profile", {"tenant_id": tenant_id}, {"min_position": min_position}, reads=True)

    def get_esg_report(self, report_id: str, *, min_position: int | None = None) -> Answered[models.ReportView]:
        return self.send("GET", "/api/v1/enterprise/esg-reports/{report_id}", {"report_id": report_id}, {"min_position": min_position}, reads=True)

    def get_esg_report_difference(self, report_id: str, *, to_report: str | None = None, to_position: int | None = None, limit: int | None = None) -> Answered[models.ApiRestEsgReportsDifferenceView]:
        return self.send("GET", "/api/v1/enterprise/esg-reports/{report_id}/difference", {"report_id": report_id}, {"to_report": to_report, "to_position": to_position, "limit": limit})

    def get_event_type(self, event_type: str) -> Answered[models.EventTypeView]:
        return self.send("GET", "/api/v1/events/catalogue/{event_type}", {"event_type": event_type}, {})

    def get_exchange_rate(self, *, currency: str, on: str | None = None) -> Answered[models.ExchangeRateView]:
        return self.send("GET", "/api/v1/exchange-rates", {}, {"currency": currency, "on": on})

    def get_experiment(self, experiment_id: str, *, min_position: int | None = None) -> Answered[models.ExperimentView]:
        return self.send("GET", "/api/v1/enterprise/experiments/{experiment_id}", {"experiment_id": experiment_id}, {"min_position": min_position}, reads=True)

    def get_export(self, export_id: str) -> Answered[models.ExportView]:
        return self.send("GET", "/api/v1/analytics/exports/{export_id}", {"export_id": export_id}, {})

    def get_group_session(self, session_id: str, *, min_position: int | None = None) -> Answered[models.GroupSessionView]:
        return self.send("GET", "/api/v1/booking/sessions/{session_id}", {"session_id": session_id}, {"min_position": min_position}, reads=True)

    def get_heat_map(self, *, site_id: str, since: str | None = None, until: str | None = None, min_position: int | None = None) -> Answered[models.HeatMap]:
        return self.send("GET", "/api/v1/booking/heat-map", {}, {"site_id": site_id, "since": since, "until": until, "min_position": min_position}, reads=True)

    def get_hook_sample(self, event_type: str) -> Answered[models.HookSamples]:
        return self.send("GET", "/api/v1/hooks/samples/{event_type}", {"event_type": event_type}, {})

    def get_invoice(self, invoice_id: str, *, min_position: int | None = None) -> Answered[models.InvoiceView]:
        return self.send("GET", "/api/v1/billing/invoices/{invoice_id}", {"invoice_id": invoice_id}, {"min_position": min_position}, reads=True)

    def get_invoice_preview(self, *, month: str | None = None, cut: int | None = None, min_position: int | None = None) -> Answered[models.PreviewView]:
        return self.send("GET", "/api/v1/enterprise/billing", {}, {"month": month, "cut": cut, "min_position": min_position}, reads=True)

    def get_invoicing_details(self, *, min_position: int | None = None) -> Answered[models.InvoicingDetailsView]:
        return self.send("GET", "/api/v1/billing/invoicing-details", {}, {"min_position": min_position}, reads=True)

    def get_ledger(self, *, min_position: int | None = None) -> Answered[models.LedgerList]:
        return self.send("GET", "/api/v1/billing/ledger", {}, {"min_position": min_position}, reads=True)

    def get_liveness(self) -> Answered[models.Health]:
        return self.send("GET", "/live", {}, {})

    def get_me(self, *, min_position: int | None = None) -> Answered[models.Me]:
        return self.send("GET", "/api/v1/me", {}, {"min_position": min_position}, reads=True)

    def get_member(self, member_id: str, *, min_position: int | None = None) -> Answered[models.MemberView]:
        return self.send("GET", "/api/v1/members/{member_id}", {"member_id": member_id}, {"min_position": min_position}, reads=True)

    def get_member_import(self, import_id: str, *, min_position: int | None = None) -> Answered[models.MemberImportView]:
        return self.send("GET", "/api/v1/members/imports/{import_id}", {"import_id": import_id}, {"min_position": min_position}, reads=True)

    def get_member_import_template(self) -> Answered[bytes]:
        return self.send("GET", "/api/v1/members/imports/template", {}, {})

    def get_meter(self, meter_id: str, *, min_position: int | None = None) -> Answered[models.MeterView]:
        return self.send("GET", "/api/v1/enterprise/carbon/meters/{meter_id}", {"meter_id": meter_id}, {"min_position": min_position}, reads=True)

    def get_offer_proof(self, entry_id: str, *, min_position: int | None = None) -> Answered[models.ReceiptCheck]:
        return self.send("GET", "/api/v1/booking/waitlist/{entry_id}/receipt/check", {"entry_id": entry_id}, {"min_position": min_position}, reads=True)

    def get_offer_receipt(self, entry_id: str, *, for_: Literal['clinic', 'client'] | None = None, min_position: int | None = None) -> Answered[models.Offers]:
        return self.send("GET", "/api/v1/booking/waitlist/{entry_id}/receipt", {"entry_id": entry_id}, {"for": for_, "min_position": min_position}, reads=True)

    def get_policy(self, *, group_id: str | None = None, at: str | None = None, min_position: int | None = None) -> Answered[models.PolicyView]:
        return self.send("GET", "/api/v1/enterprise/policies", {}, {"group_id": group_id, "at": at, "min_position": min_position}, reads=True)

    def get_position(self) -> Answered[models.ApiRestCommandsPosition]:
        return self.send("GET", "/api/v1/position", {}, {})

    def get_practitioner(self, practitioner_id: str, *, min_position: int | None = None) -> Answered[models.PractitionerView]:
        return self.send("GET", "/api/v1/booking/practitioners/{practitioner_id}", {"practitioner_id": practitioner_id}, {"min_position": min_position}, reads=True)

    def get_problem(self, code: str) -> Answered[models.ProblemKind]:
        return self.send("GET", "/problems/{code}", {"code": code}, {})

    def get_public_catalogue(self, slug: str) -> Answered[models.PublicCatalogue]:
        return self.send("GET", "/api/v1/public/booking/{slug}", {"slug": slug}, {})

    def get_public_place(self, token: str, slug: str) -> Answered[models.PublicPlace]:
        return self.send("GET", "/api/v1/public/booking/{slug}/waitlist/{token}", {"token": token, "slug": slug}, {})

    def get_public_visit(self, token: str, slug: str) -> Answered[models.PublicVisitView]:
        return self.send("GET", "/api/v1/public/booking/{slug}/links/{token}", {"token": token, "slug": slug}, {})

    def get_readiness(self) -> Answered[models.Ready]:
        return self.send("GET", "/ready", {}, {})

    def get_reconciliation_totals(self, tenant_id: str, *, start: str | None = None, end: str | None = None, min_position: int | None = None) -> Answered[models.ReconciliationTotals]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/reconciliations", {"tenant_id": tenant_id}, {"start": start, "end": end, "min_position": min_position}, reads=True)

    def get_resource(self, resource_id: str, *, min_position: int | None = None) -> Answered[models.ResourceView]:
        return self.send("GET", "/api/v1/booking/resources/{resource_id}", {"resource_id": resource_id}, {"min_position": min_position}, reads=True)

    def get_restatement(self, restatement_id: str, *, min_position: int | None = None) -> Answered[models.RestatementView]:
        return self.send("GET", "/api/v1/enterprise/carbon/restatements/{restatement_id}", {"restatement_id": restatement_id}, {"min_position": min_position}, reads=True)

    def get_review(self, review_id: str, *, min_position: int | None = None) -> Answered[models.ReviewView]:
        return self.send("GET", "/api/v1/booking/reviews/{review_id}", {"review_id": review_id}, {"min_position": min_position}, reads=True)

    def get_roi(self, tenant_id: str, *, start: str | None = None, end: str | None = None, min_position: int | None = None) -> Answered[models.RoiView]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi", {"tenant_id": tenant_id}, {"start": start, "end": end, "min_position": min_position}, reads=True)

    def get_roi_inputs(self, tenant_id: str, *, min_position: int | None = None) -> Answered[models.RoiInputsView]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi/inputs", {"tenant_id": tenant_id}, {"min_position": min_position}, reads=True)

    def get_schedule(self, subject_kind: models.SubjectKind, subject_id: str, *, min_position: int | None = None) -> Answered[models.ScheduleView]:
        return self.send("GET", "/api/v1/booking/schedules/{subject_kind}/{subject_id}", {"subject_kind": subject_kind, "subject_id": subject_id}, {"min_position": min_position}, reads=True)

    def get_seller(self, *, min_position: int | None = None) -> Answered[models.SellerView]:
        return self.send("GET", "/api/v1/billing/seller", {}, {"min_position": min_position}, reads=True)

    def get_series(self, series_id: str, *, min_position: int | None = None) -> Answered[models.SeriesView]:
        return self.send("GET", "/api/v1/booking/series/{series_id}", {"series_id": series_id}, {"min_position": min_position}, reads=True)

    def get_service(self, service_id: str, *, min_position: int | None = None) -> Answered[models.ServiceView]:
        return self.send("GET", "/api/v1/booking/services/{service_id}", {"service_id": service_id}, {"min_position": min_position}, reads=True)

    def get_site(self, site_id: str, *, min_position: int | None = None) -> Answered[models.SiteView]:
        return self.send("GET", "/api/v1/enterprise/carbon/sites/{site_id}", {"site_id": site_id}, {"min_position": min_position}, reads=True)

    def get_slot_reason(self, *, service_id: str, site_id: str, starts_at: str, duration_minutes: int | None = None, mode: models.Mode | None = None, bookable_id: Sequence[str] | None = None, client_id: str | None = None, min_position: int | None = None) -> Answered[models.SlotReason]:
        return self.send("GET", "/api/v1/booking/slots/reason", {}, {"service_id": service_id, "site_id": site_id, "starts_at": starts_at, "duration_minutes": duration_minutes, "mode": mode, "bookable_id": bookable_id, "client_id": client_id, "min_position": min_position}, reads=True)

    def get_subscription(self, *, min_position: int | None = None) -> Answered[models.SubscriptionView]:
        return self.send("GET", "/api/v1/billing/subscription", {}, {"min_position": min_position}, reads=True)

    def get_tenant(self, tenant_id: str, *, min_position: int | None = None) -> Answered[models.TenantView]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}", {"tenant_id": tenant_id}, {"min_position": min_position}, reads=True)

    def get_tenant_analytics(self, tenant_id: str, *, start: str | None = None, end: str | None = None, group_by: Literal['month', 'department', 'cost_centre', 'traveller', 'supplier', 'route', 'cost_type', 'currency'] | None = None, rank_by: Literal['spend', 'carbon', 'trips', 'violations'] | None = None, top: int | None = None, min_position: int | None = None) -> Answered[models.Analytics]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics", {"tenant_id": tenant_id}, {"start": start, "end": end, "group_by": group_by, "rank_by": rank_by, "top": top, "min_position": min_position}, reads=True)

    def get_tenant_carbon(self, tenant_id: str, *, start: str | None = None, end: str | None = None, scope: int | None = None, method: Literal['location', 'market'] | None = None, group_by: Literal['month', 'site_id', 'department_id', 'cost_centre_id', 'vehicle_id', 'mode', 'route', 'trip_id', 'grade'] | None = None, known_on: str | None = None, position: int | None = None, format: Literal['json', 'csv'] | None = None, min_position: int | None = None) -> Answered[models.CarbonReport]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon", {"tenant_id": tenant_id}, {"start": start, "end": end, "scope": scope, "method": method, "group_by": group_by, "known_on": known_on, "position": position, "format": format, "min_position": min_position}, reads=True)

    def get_traveller(self, member_id: str, *, min_position: int | None = None) -> Answered[models.TravellerView]:
        return self.send("GET", "/api/v1/enterprise/travellers/{member_id}", {"member_id": member_id}, {"min_position": min_position}, reads=True)

    def get_trip(self, trip_id: str, *, min_position: int | None = None) -> Answered[models.TripView]:
        return self.send("GET", "/api/v1/enterprise/trips/{trip_id}", {"trip_id": trip_id}, {"min_position": min_position}, reads=True)

    def get_trip_expenses(self, trip_id: str, *, min_position: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("GET", "/api/v1/enterprise/trips/{trip_id}/expenses", {"trip_id": trip_id}, {"min_position": min_position}, reads=True)

    def get_trip_history(self, trip_id: str, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.TripHistory]:
        return self.send("GET", "/api/v1/enterprise/trips/{trip_id}/history", {"trip_id": trip_id}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_get_trip_history(self, trip_id: str, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.FactView]:
        return self.pages("GET", "/api/v1/enterprise/trips/{trip_id}/history", {"trip_id": trip_id}, {"limit": limit, "min_position": min_position}, reads=True)

    def get_trip_import(self, import_id: str, *, after: int | None = None, limit: int | None = None, min_position: int | None = None) -> Answered[models.TripImportView]:
        return self.send("GET", "/api/v1/enterprise/trips/imports/{import_id}", {"import_id": import_id}, {"after": after, "limit": limit, "min_position": min_position}, reads=True)

    def get_trip_import_template(self) -> Answered[bytes]:
        return self.send("GET", "/api/v1/enterprise/trips/imports/template", {}, {})

    def get_trip_reconciliation(self, trip_id: str, *, min_position: int | None = None) -> Answered[models.TripReconciliation]:
        return self.send("GET", "/api/v1/enterprise/trips/{trip_id}/reconciliation", {"trip_id": trip_id}, {"min_position": min_position}, reads=True)

    def get_trusted_documents(self, *, min_position: int | None = None) -> Answered[models.TrustedDocumentsView]:
        return self.send("GET", "/api/v1/graphql/documents", {}, {"min_position": min_position}, reads=True)

    def get_unit(self, unit_id: str, *, min_position: int | None = None) -> Answered[models.UnitView]:
        return self.send("GET", "/api/v1/enterprise/units/{unit_id}", {"unit_id": unit_id}, {"min_position": min_position}, reads=True)

    def get_usage(self, *, meter: str, from_: str, to: str, window: Literal['hour', 'day', 'month'] | None = None, cut: int | None = None, min_position: int | None = None) -> Answered[models.UsageView]:
        return self.send("GET", "/api/v1/usage", {}, {"meter": meter, "from": from_, "to": to, "window": window, "cut": cut, "min_position": min_position}, reads=True)

    def get_usage_age_limit(self, *, min_position: int | None = None) -> Answered[models.UsageAgeLimitView]:
        return self.send("GET", "/api/v1/usage/age-limit", {}, {"min_position": min_position}, reads=True)

    def get_usage_batch(self, batch_id: str, *, min_position: int | None = None) -> Answered[models.UsageBatchView]:
        return self.send("GET", "/api/v1/usage/events/{batch_id}", {"batch_id": batch_id}, {"min_position": min_position}, reads=True)

    def get_vehicle(self, vehicle_id: str, *, min_position: int | None = None) -> Answered[models.VehicleView]:
        return self.send("GET", "/api/v1/enterprise/carbon/vehicles/{vehicle_id}", {"vehicle_id": vehicle_id}, {"min_position": min_position}, reads=True)

    def get_version(self) -> Answered[models.Version]:
        return self.send("GET", "/version", {}, {})

    def get_violation(self, violation_id: str, *, min_position: int | None = None) -> Answered[models.ViolationDetail]:
        return self.send("GET", "/api/v1/enterprise/violations/{violation_id}", {"violation_id": violation_id}, {"min_position": min_position}, reads=True)

    def get_violation_trends(self, tenant_id: str, *, start: str | None = None, end: str | None = None, step: Literal['week', 'month'] | None = None, top: int | None = None, min_position: int | None = None) -> Answered[models.ViolationTrends]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/violations", {"tenant_id": tenant_id}, {"start": start, "end": end, "step": step, "top": top, "min_position": min_position}, reads=True)

    def get_waitlist_entry(self, entry_id: str, *, min_position: int | None = None) -> Answered[models.WaitlistView]:
        return self.send("GET", "/api/v1/booking/waitlist/{entry_id}", {"entry_id": entry_id}, {"min_position": min_position}, reads=True)

    def get_webhook_delivery(self, delivery_id: str, *, min_position: int | None = None) -> Answered[models.WebhookDeliveryDetails]:
        return self.send("GET", "/api/v1/webhooks/deliveries/{delivery_id}", {"delivery_id": delivery_id}, {"min_position": min_position}, reads=True)

    def get_webhook_endpoint(self, endpoint_id: str, *, min_position: int | None = None) -> Answered[models.WebhookEndpointView]:
        return self.send("GET", "/api/v1/webhooks/endpoints/{endpoint_id}", {"endpoint_id": endpoint_id}, {"min_position": min_position}, reads=True)

    def hire_practitioner(self, body: models.PractitionerBody, *, idempotency_key: str | None = None) -> Answered[models.PractitionerView]:
        return self.send("POST", "/api/v1/booking/practitioners", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def hold_public_slot(self, slug: str, body: models.GuestBooking, *, idempotency_key: str | None = None) -> Answered[models.PublicVisitView]:
        return self.send("POST", "/api/v1/public/booking/{slug}/holds", {"slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def hold_slot(self, body: models.HoldSlot, *, idempotency_key: str | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/holds", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def import_activities(self, body: bytes | str, *, idempotency_key: str | None = None) -> Answered[models.ActivityImportView]:
        return self.send("POST", "/api/v1/enterprise/carbon/imports", {}, {}, body=body, media='text/csv', idempotency_key=idempotency_key)

    def import_members(self, body: bytes | str, *, idempotency_key: str | None = None) -> Answered[models.MemberImportView]:
        return self.send("POST", "/api/v1/members/imports", {}, {}, body=body, media='text/csv', idempotency_key=idempotency_key)

    def import_trips(self, body: bytes | str, *, idempotency_key: str | None = None) -> Answered[models.TripImportView]:
        return self.send("POST", "/api/v1/enterprise/trips/imports", {}, {}, body=body, media='text/csv', idempotency_key=idempotency_key)

    def install_meter(self, body: models.InstallMeter, *, idempotency_key: str | None = None) -> Answered[models.MeterView]:
        return self.send("POST", "/api/v1/enterprise/carbon/meters", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def invite_member(self, body: models.InviteMember, *, idempotency_key: str | None = None) -> Answered[models.InvitedMember]:
        return self.send("POST", "/api/v1/members", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def issue_api_key(self, body: models.IssueApiKey, *, idempotency_key: str | None = None) -> Answered[models.IssuedApiKey]:
        return self.send("POST", "/api/v1/api-keys", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def issue_sql_login(self, body: models.IssueSqlLogin, *, idempotency_key: str | None = None) -> Answered[models.IssuedSqlLogin]:
        return self.send("POST", "/api/v1/enterprise/sql-logins", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def join_benchmark(self, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MembershipView]:
        return self.send("PUT", "/api/v1/enterprise/benchmarks/membership", {}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def join_public_waitlist(self, slug: str, body: models.GuestWaiting, *, idempotency_key: str | None = None) -> Answered[models.PublicPlace]:
        return self.send("POST", "/api/v1/public/booking/{slug}/waitlist", {"slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def join_waitlist(self, body: models.JoinWaitlist, *, idempotency_key: str | None = None) -> Answered[models.WaitlistView]:
        return self.send("POST", "/api/v1/booking/waitlist", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def leave_benchmark(self, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MembershipView]:
        return self.send("DELETE", "/api/v1/enterprise/benchmarks/membership", {}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def leave_waitlist(self, entry_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WaitlistView]:
        return self.send("POST", "/api/v1/booking/waitlist/{entry_id}/leave", {"entry_id": entry_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def let_practitioner_go(self, practitioner_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.PractitionerView]:
        return self.send("POST", "/api/v1/booking/practitioners/{practitioner_id}/leave", {"practitioner_id": practitioner_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def limit_usage_age(self, body: models.LimitUsageAge, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.UsageAgeLimitView]:
        return self.send("PUT", "/api/v1/usage/age-limit", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def list_activities(self, *, kind: Literal['energy_bill', 'vehicle_use', 'fuel', 'refrigerant', 'commuting', 'purchase'] | None = None, site_id: str | None = None, vehicle_id: str | None = None, is_withdrawn: bool | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ActivityList]:
        return self.send("GET", "/api/v1/enterprise/carbon/activities", {}, {"kind": kind, "site_id": site_id, "vehicle_id": vehicle_id, "is_withdrawn": is_withdrawn, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_activities(self, *, kind: Literal['energy_bill', 'vehicle_use', 'fuel', 'refrigerant', 'commuting', 'purchase'] | None = None, site_id: str | None = None, vehicle_id: str | None = None, is_withdrawn: bool | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ActivitySummary]:
        return self.pages("GET", "/api/v1/enterprise/carbon/activities", {}, {"kind": kind, "site_id": site_id, "vehicle_id": vehicle_id, "is_withdrawn": is_withdrawn, "limit": limit, "min_position": min_position}, reads=True)

    def list_agenda(self, *, bookable_id: str | None = None, site_id: str | None = None, client_id: str | None = None, service_id: str | None = None, status: models.Status | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.AgendaPage]:
        return self.send("GET", "/api/v1/booking/agenda", {}, {"bookable_id": bookable_id, "site_id": site_id, "client_id": client_id, "service_id": service_id, "status": status, "since": since, "until": until, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_agenda(self, *, bookable_id: str | None = None, site_id: str | None = None, client_id: str | None = None, service_id: str | None = None, status: models.Status | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.AppointmentSummary]:
        return self.pages("GET", "/api/v1/booking/agenda", {}, {"bookable_id": bookable_id, "site_id": site_id, "client_id": client_id, "service_id": service_id, "status": status, "since": since, "until": until, "limit": limit, "min_position": min_position}, reads=True)

    def list_api_keys(self, *, member_id: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ApiKeyList]:
        return self.send("GET", "/api/v1/api-keys", {}, {"member_id": member_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_api_keys(self, *, member_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ApiKeyView]:
        return self.pages("GET", "/api/v1/api-keys", {}, {"member_id": member_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_approvals(self, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.WaitingTrips]:
        return self.send("GET", "/api/v1/enterprise/approvals", {}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_approvals(self, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.WaitingTrip]:
        return self.pages("GET", "/api/v1/enterprise/approvals", {}, {"limit": limit, "min_position": min_position}, reads=True)

    def list_attendance(self, *, by: Literal['service', 'practitioner', 'site', 'day', 'month'] | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.AttendancePage]:
        return self.send("GET", "/api/v1/booking/attendance", {}, {"by": by, "since": since, "until": until, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_attendance(self, *, by: Literal['service', 'practitioner', 'site', 'day', 'month'] | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.AttendanceLine]:
        return self.pages("GET", "/api/v1/booking/attendance", {}, {"by": by, "since": since, "until": until, "limit": limit, "min_position": min_position}, reads=True)

    def list_audit_events(self, *, topic: str | None = None, stream: str | None = None, actor: str | None = None, command: str | None = None, recorded_from: str | None = None, recorded_until: str | None = None, occurred_from: str | None = None, occurred_until: str | None = None, limit: int | None = None, cursor: str | None = None) -> Answered[models.AuditFeed]:
        return self.send("GET", "/api/v1/audit/events", {}, {"topic": topic, "stream": stream, "actor": actor, "command": command, "recorded_from": recorded_from, "recorded_until": recorded_until, "occurred_from": occurred_from, "occurred_until": occurred_until, "limit": limit, "cursor": cursor})

    def every_audit_events(self, *, topic: str | None = None, stream: str | None = None, actor: str | None = None, command: str | None = None, recorded_from: str | None = None, recorded_until: str | None = None, occurred_from: str | None = None, occurred_until: str | None = None, limit: int | None = None) -> Iterator[models.AuditFact]:
        return self.pages("GET", "/api/v1/audit/events", {}, {"topic": topic, "stream": stream, "actor": actor, "command": command, "recorded_from": recorded_from, "recorded_until": recorded_until, "occurred_from": occurred_from, "occurred_until": occurred_until, "limit": limit})

    def list_audit_keys(self) -> Answered[models.AuditKeys]:
        return self.send("GET", "/api/v1/audit/keys", {}, {})

    def list_audit_seals(self, *, limit: int | None = None, cursor: str | None = None) -> Answered[models.SealList]:
        return self.send("GET", "/api/v1/audit/seals", {}, {"limit": limit, "cursor": cursor})

    def every_audit_seals(self, *, limit: int | None = None) -> Iterator[models.SealView]:
        return self.pages("GET", "/api/v1/audit/seals", {}, {"limit": limit})

    def list_blocked_contacts(self, *, min_position: int | None = None) -> Answered[models.ContactBlockList]:
        return self.send("GET", "/api/v1/booking/blocked-contacts", {}, {"min_position": min_position}, reads=True)

    def list_budget_trackers(self, tenant_id: str, *, year: int | None = None, owner: Literal['tenant', 'department', 'cost_centre', 'traveller'] | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.BudgetTrackers]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/budgets", {"tenant_id": tenant_id}, {"year": year, "owner": owner, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_budget_trackers(self, tenant_id: str, *, year: int | None = None, owner: Literal['tenant', 'department', 'cost_centre', 'traveller'] | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.BudgetTracker]:
        return self.pages("GET", "/api/v1/enterprise/tenants/{tenant_id}/analytics/budgets", {"tenant_id": tenant_id}, {"year": year, "owner": owner, "limit": limit, "min_position": min_position}, reads=True)

    def list_budgets(self, *, year: int, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.BudgetList]:
        return self.send("GET", "/api/v1/enterprise/budgets", {}, {"year": year, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_budgets(self, *, year: int, limit: int | None = None, min_position: int | None = None) -> Iterator[models.BudgetView]:
        return self.pages("GET", "/api/v1/enterprise/budgets", {}, {"year": year, "limit": limit, "min_position": min_position}, reads=True)

    def list_businesses(self, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.BusinessList]:
        return self.send("GET", "/api/v1/booking/businesses", {}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_businesses(self, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.BusinessView]:
        return self.pages("GET", "/api/v1/booking/businesses", {}, {"limit": limit, "min_position": min_position}, reads=True)

    def list_carbon_lines(self, tenant_id: str, *, start: str | None = None, end: str | None = None, scope: int | None = None, category: models.GhgCategory | None = None, site_id: str | None = None, trip_id: str | None = None, vehicle_id: str | None = None, department_id: str | None = None, known_on: str | None = None, position: int | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.CarbonLines]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/lines", {"tenant_id": tenant_id}, {"start": start, "end": end, "scope": scope, "category": category, "site_id": site_id, "trip_id": trip_id, "vehicle_id": vehicle_id, "department_id": department_id, "known_on": known_on, "position": position, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_carbon_lines(self, tenant_id: str, *, start: str | None = None, end: str | None = None, scope: int | None = None, category: models.GhgCategory | None = None, site_id: str | None = None, trip_id: str | None = None, vehicle_id: str | None = None, department_id: str | None = None, known_on: str | None = None, position: int | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.CarbonLineView]:
        return self.pages("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/lines", {"tenant_id": tenant_id}, {"start": start, "end": end, "scope": scope, "category": category, "site_id": site_id, "trip_id": trip_id, "vehicle_id": vehicle_id, "department_id": department_id, "known_on": known_on, "position": position, "limit": limit, "min_position": min_position}, reads=True)

    def list_combined_slots(self, *, site_id: str, service_id: Sequence[str], since: str | None = None, until: str | None = None, handover_minutes: int | None = None, client_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Answered[models.SlotList]:
        return self.send("GET", "/api/v1/booking/combined-visits/slots", {}, {"site_id": site_id, "service_id": service_id, "since": since, "until": until, "handover_minutes": handover_minutes, "client_id": client_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_credit_notes(self, *, min_position: int | None = None) -> Answered[models.CreditNoteList]:
        return self.send("GET", "/api/v1/billing/credit-notes", {}, {"min_position": min_position}, reads=True)

    def list_deprecations(self) -> Answered[models.DeprecationList]:
        return self.send("GET", "/api/v1/deprecations", {}, {})

    def list_emission_factors(self, *, search: str | None = None, publisher: str | None = None, year: int | None = None, factor_set: int | None = None, limit: int | None = None, cursor: str | None = None) -> Answered[models.FactorList]:
        return self.send("GET", "/api/v1/enterprise/carbon/factors", {}, {"search": search, "publisher": publisher, "year": year, "factor_set": factor_set, "limit": limit, "cursor": cursor})

    def every_emission_factors(self, *, search: str | None = None, publisher: str | None = None, year: int | None = None, factor_set: int | None = None, limit: int | None = None) -> Iterator[models.FactorView]:
        return self.pages("GET", "/api/v1/enterprise/carbon/factors", {}, {"search": search, "publisher": publisher, "year": year, "factor_set": factor_set, "limit": limit})

    def list_esg_reports(self, *, status: models.ReportStatus | None = None, kind: Literal['month', 'year', 'period'] | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ReportList]:
        return self.send("GET", "/api/v1/enterprise/esg-reports", {}, {"status": status, "kind": kind, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_esg_reports(self, *, status: models.ReportStatus | None = None, kind: Literal['month', 'year', 'period'] | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ReportSummary]:
        return self.pages("GET", "/api/v1/enterprise/esg-reports", {}, {"status": status, "kind": kind, "limit": limit, "min_position": min_position}, reads=True)

    def list_event_types(self, *, column: str | None = None) -> Answered[models.EventTypes]:
        return self.send("GET", "/api/v1/events/catalogue", {}, {"column": column})

    def list_expenses(self, *, trip_id: str | None = None, traveller_id: str | None = None, status: models.ExpenseStatus | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ExpenseListing]:
        return self.send("GET", "/api/v1/enterprise/expenses", {}, {"trip_id": trip_id, "traveller_id": traveller_id, "status": status, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_expenses(self, *, trip_id: str | None = None, traveller_id: str | None = None, status: models.ExpenseStatus | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ExpenseView]:
        return self.pages("GET", "/api/v1/enterprise/expenses", {}, {"trip_id": trip_id, "traveller_id": traveller_id, "status": status, "limit": limit, "min_position": min_position}, reads=True)

    def list_experiment_differences(self, experiment_id: str, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.DifferenceList]:
        return self.send("GET", "/api/v1/enterprise/experiments/{experiment_id}/differences", {"experiment_id": experiment_id}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_experiment_differences(self, experiment_id: str, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ApiRestExperimentsDifferenceView]:
        return self.pages("GET", "/api/v1/enterprise/experiments/{experiment_id}/differences", {"experiment_id": experiment_id}, {"limit": limit, "min_position": min_position}, reads=True)

    def list_factor_sets(self) -> Answered[models.FactorSetList]:
        return self.send("GET", "/api/v1/enterprise/carbon/factor-sets", {}, {})

    def list_invoices(self, *, min_position: int | None = None) -> Answered[models.InvoiceList]:
        return self.send("GET", "/api/v1/billing/invoices", {}, {"min_position": min_position}, reads=True)

    def list_members(self, *, status: models.MemberStatus | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.MemberList]:
        return self.send("GET", "/api/v1/members", {}, {"status": status, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_members(self, *, status: models.MemberStatus | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.MemberView]:
        return self.pages("GET", "/api/v1/members", {}, {"status": status, "limit": limit, "min_position": min_position}, reads=True)

    def list_meters(self, *, site_id: str | None = None, is_in_use: bool | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.MeterList]:
        return self.send("GET", "/api/v1/enterprise/carbon/meters", {}, {"site_id": site_id, "is_in_use": is_in_use, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_meters(self, *, site_id: str | None = None, is_in_use: bool | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.MeterView]:
        return self.pages("GET", "/api/v1/enterprise/carbon/meters", {}, {"site_id": site_id, "is_in_use": is_in_use, "limit": limit, "min_position": min_position}, reads=True)

    def list_next_free(self, *, service_id: str | None = None, site_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Answered[models.NextFreeList]:
        return self.send("GET", "/api/v1/booking/next-free", {}, {"service_id": service_id, "site_id": site_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_parked_usage(self, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ParkedUseList]:
        return self.send("GET", "/api/v1/usage/parked", {}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_parked_usage(self, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ParkedUseView]:
        return self.pages("GET", "/api/v1/usage/parked", {}, {"limit": limit, "min_position": min_position}, reads=True)

    def list_paused_consumers(self) -> Answered[models.PausedConsumers]:
        return self.send("GET", "/api/v1/platform/paused-consumers", {}, {})

    def list_policy_versions(self, *, group_id: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.PolicyVersions]:
        return self.send("GET", "/api/v1/enterprise/policies/versions", {}, {"group_id": group_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_policy_versions(self, *, group_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.PolicyVersion]:
        return self.pages("GET", "/api/v1/enterprise/policies/versions", {}, {"group_id": group_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_practitioners(self, *, site_id: str, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.PractitionerList]:
        return self.send("GET", "/api/v1/booking/practitioners", {}, {"site_id": site_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_practitioners(self, *, site_id: str, limit: int | None = None, min_position: int | None = None) -> Iterator[models.PractitionerView]:
        return self.pages("GET", "/api/v1/booking/practitioners", {}, {"site_id": site_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_prices(self, *, line: models.ProductLine | None = None, at: str | None = None, min_position: int | None = None) -> Answered[models.PriceListing]:
        return self.send("GET", "/api/v1/billing/prices", {}, {"line": line, "at": at, "min_position": min_position}, reads=True)

    def list_problems(self) -> Answered[models.ProblemCatalogue]:
        return self.send("GET", "/problems", {}, {})

    def list_public_slots(self, slug: str, *, service_id: str, site_id: str, since: str | None = None, until: str | None = None, duration_minutes: int | None = None, mode: models.Mode | None = None, practitioner_id: str | None = None, limit: int | None = None) -> Answered[models.PublicStarts]:
        return self.send("GET", "/api/v1/public/booking/{slug}/slots", {"slug": slug}, {"service_id": service_id, "site_id": site_id, "since": since, "until": until, "duration_minutes": duration_minutes, "mode": mode, "practitioner_id": practitioner_id, "limit": limit})

    def list_quotes(self, *, min_position: int | None = None) -> Answered[models.QuoteList]:
        return self.send("GET", "/api/v1/billing/quotes", {}, {"min_position": min_position}, reads=True)

    def list_requests(self, *, refused: bool | None = None, key_id: str | None = None, limit: int | None = None, cursor: str | None = None) -> Answered[models.RequestList]:
        return self.send("GET", "/api/v1/requests", {}, {"refused": refused, "key_id": key_id, "limit": limit, "cursor": cursor})

    def every_requests(self, *, refused: bool | None = None, key_id: str | None = None, limit: int | None = None) -> Iterator[models.RequestView]:
        return self.pages("GET", "/api/v1/requests", {}, {"refused": refused, "key_id": key_id, "limit": limit})

    def list_resources(self, *, site_id: str, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ResourceList]:
        return self.send("GET", "/api/v1/booking/resources", {}, {"site_id": site_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_resources(self, *, site_id: str, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ResourceView]:
        return self.pages("GET", "/api/v1/booking/resources", {}, {"site_id": site_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_revenue(self, *, by: Literal['service', 'practitioner', 'site', 'day', 'month'] | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.RevenuePage]:
        return self.send("GET", "/api/v1/booking/revenue", {}, {"by": by, "since": since, "until": until, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_revenue(self, *, by: Literal['service', 'practitioner', 'site', 'day', 'month'] | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.RevenueLine]:
        return self.pages("GET", "/api/v1/booking/revenue", {}, {"by": by, "since": since, "until": until, "limit": limit, "min_position": min_position}, reads=True)

    def list_reviews(self, *, status: models.ReviewStatus | None = None, business_id: str | None = None, service_id: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ReviewPage]:
        return self.send("GET", "/api/v1/booking/reviews", {}, {"status": status, "business_id": business_id, "service_id": service_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_reviews(self, *, status: models.ReviewStatus | None = None, business_id: str | None = None, service_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ReviewSummary]:
        return self.pages("GET", "/api/v1/booking/reviews", {}, {"status": status, "business_id": business_id, "service_id": service_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_roi_sources(self, tenant_id: str, *, start: str | None = None, end: str | None = None, component: Literal['time_saved', 'approval_time', 'violations_avoided', 'negotiated_rates'] | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.RoiSources]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi/sources", {"tenant_id": tenant_id}, {"start": start, "end": end, "component": component, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_roi_sources(self, tenant_id: str, *, start: str | None = None, end: str | None = None, component: Literal['time_saved', 'approval_time', 'violations_avoided', 'negotiated_rates'] | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.Source]:
        return self.pages("GET", "/api/v1/enterprise/tenants/{tenant_id}/roi/sources", {"tenant_id": tenant_id}, {"start": start, "end": end, "component": component, "limit": limit, "min_position": min_position}, reads=True)

    def list_services(self, *, business_id: str, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ServiceList]:
        return self.send("GET", "/api/v1/booking/services", {}, {"business_id": business_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_services(self, *, business_id: str, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ServiceView]:
        return self.pages("GET", "/api/v1/booking/services", {}, {"business_id": business_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_sessions(self, *, service_id: str, site_id: str, since: str | None = None, until: str | None = None, limit: int | None = None, min_position: int | None = None) -> Answered[models.GroupSessionList]:
        return self.send("GET", "/api/v1/booking/sessions", {}, {"service_id": service_id, "site_id": site_id, "since": since, "until": until, "limit": limit, "min_position": min_position}, reads=True)

    def list_sites(self, *, is_open: bool | None = None, country: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.SiteList]:
        return self.send("GET", "/api/v1/enterprise/carbon/sites", {}, {"is_open": is_open, "country": country, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_sites(self, *, is_open: bool | None = None, country: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.SiteView]:
        return self.pages("GET", "/api/v1/enterprise/carbon/sites", {}, {"is_open": is_open, "country": country, "limit": limit, "min_position": min_position}, reads=True)

    def list_sla_months(self, *, min_position: int | None = None) -> Answered[models.SlaListing]:
        return self.send("GET", "/api/v1/billing/sla", {}, {"min_position": min_position}, reads=True)

    def list_slots(self, *, service_id: str, site_id: str, since: str | None = None, until: str | None = None, duration_minutes: int | None = None, mode: models.Mode | None = None, bookable_id: Sequence[str] | None = None, client_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Answered[models.SlotList]:
        return self.send("GET", "/api/v1/booking/slots", {}, {"service_id": service_id, "site_id": site_id, "since": since, "until": until, "duration_minutes": duration_minutes, "mode": mode, "bookable_id": bookable_id, "client_id": client_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_sql_logins(self, *, member_id: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.SqlLoginList]:
        return self.send("GET", "/api/v1/enterprise/sql-logins", {}, {"member_id": member_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_sql_logins(self, *, member_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.SqlLoginView]:
        return self.pages("GET", "/api/v1/enterprise/sql-logins", {}, {"member_id": member_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_tables(self) -> Answered[models.TableList]:
        return self.send("GET", "/api/v1/analytics/tables", {}, {})

    def list_tenants(self, *, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.TenantList]:
        return self.send("GET", "/api/v1/enterprise/tenants", {}, {"limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_tenants(self, *, limit: int | None = None, min_position: int | None = None) -> Iterator[models.TenantView]:
        return self.pages("GET", "/api/v1/enterprise/tenants", {}, {"limit": limit, "min_position": min_position}, reads=True)

    def list_travellers(self, *, department_id: str | None = None, cost_centre_id: str | None = None, group_id: str | None = None, approver_id: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.TravellerList]:
        return self.send("GET", "/api/v1/enterprise/travellers", {}, {"department_id": department_id, "cost_centre_id": cost_centre_id, "group_id": group_id, "approver_id": approver_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_travellers(self, *, department_id: str | None = None, cost_centre_id: str | None = None, group_id: str | None = None, approver_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.TravellerView]:
        return self.pages("GET", "/api/v1/enterprise/travellers", {}, {"department_id": department_id, "cost_centre_id": cost_centre_id, "group_id": group_id, "approver_id": approver_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_trips(self, *, status: models.TripStatus | None = None, traveller_id: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.TripList]:
        return self.send("GET", "/api/v1/enterprise/trips", {}, {"status": status, "traveller_id": traveller_id, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_trips(self, *, status: models.TripStatus | None = None, traveller_id: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.TripSummary]:
        return self.pages("GET", "/api/v1/enterprise/trips", {}, {"status": status, "traveller_id": traveller_id, "limit": limit, "min_position": min_position}, reads=True)

    def list_units(self, *, kind: models.UnitKind | None = None, is_open: bool | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.UnitList]:
        return self.send("GET", "/api/v1/enterprise/units", {}, {"kind": kind, "is_open": is_open, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_units(self, *, kind: models.UnitKind | None = None, is_open: bool | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.UnitView]:
        return self.pages("GET", "/api/v1/enterprise/units", {}, {"kind": kind, "is_open": is_open, "limit": limit, "min_position": min_position}, reads=True)

    def list_usage_limits(self, *, min_position: int | None = None) -> Answered[models.UsageLimitList]:
        return self.send("GET", "/api/v1/usage/limits", {}, {"min_position": min_position}, reads=True)

    def list_usage_meters(self, *, min_position: int | None = None) -> Answered[models.UsageMeterList]:
        return self.send("GET", "/api/v1/usage/meters", {}, {"min_position": min_position}, reads=True)

    def list_utilisation(self, *, of: Literal['practitioner', 'resource', 'site'] | None = None, subject_id: str | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.UtilisationPage]:
        return self.send("GET", "/api/v1/booking/utilisation", {}, {"of": of, "subject_id": subject_id, "since": since, "until": until, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_utilisation(self, *, of: Literal['practitioner', 'resource', 'site'] | None = None, subject_id: str | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.UseOfDay]:
        return self.pages("GET", "/api/v1/booking/utilisation", {}, {"of": of, "subject_id": subject_id, "since": since, "until": until, "limit": limit, "min_position": min_position}, reads=True)

    def list_vehicles(self, *, site_id: str | None = None, is_in_use: bool | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.VehicleList]:
        return self.send("GET", "/api/v1/enterprise/carbon/vehicles", {}, {"site_id": site_id, "is_in_use": is_in_use, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_vehicles(self, *, site_id: str | None = None, is_in_use: bool | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.VehicleView]:
        return self.pages("GET", "/api/v1/enterprise/carbon/vehicles", {}, {"site_id": site_id, "is_in_use": is_in_use, "limit": limit, "min_position": min_position}, reads=True)

    def list_violations(self, *, rule: models.RuleInput | None = None, outcome: models.Outcome | None = None, status: models.ViolationStatus | None = None, trip_id: str | None = None, traveller_id: str | None = None, department_id: str | None = None, cost_centre_id: str | None = None, policy_version: int | None = None, flagged_from: str | None = None, flagged_until: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.ViolationList]:
        return self.send("GET", "/api/v1/enterprise/violations", {}, {"rule": rule, "outcome": outcome, "status": status, "trip_id": trip_id, "traveller_id": traveller_id, "department_id": department_id, "cost_centre_id": cost_centre_id, "policy_version": policy_version, "flagged_from": flagged_from, "flagged_until": flagged_until, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_violations(self, *, rule: models.RuleInput | None = None, outcome: models.Outcome | None = None, status: models.ViolationStatus | None = None, trip_id: str | None = None, traveller_id: str | None = None, department_id: str | None = None, cost_centre_id: str | None = None, policy_version: int | None = None, flagged_from: str | None = None, flagged_until: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.ViolationView]:
        return self.pages("GET", "/api/v1/enterprise/violations", {}, {"rule": rule, "outcome": outcome, "status": status, "trip_id": trip_id, "traveller_id": traveller_id, "department_id": department_id, "cost_centre_id": cost_centre_id, "policy_version": policy_version, "flagged_from": flagged_from, "flagged_until": flagged_until, "limit": limit, "min_position": min_position}, reads=True)

    def list_waitlist(self, *, service_id: str, min_position: int | None = None) -> Answered[models.Queue]:
        return self.send("GET", "/api/v1/booking/waitlist", {}, {"service_id": service_id, "min_position": min_position}, reads=True)

    def list_webhook_deliveries(self, *, endpoint_id: str | None = None, state: Literal['waiting', 'delivered', 'given_up'] | None = None, event_type: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.WebhookDeliveryList]:
        return self.send("GET", "/api/v1/webhooks/deliveries", {}, {"endpoint_id": endpoint_id, "state": state, "event_type": event_type, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_webhook_deliveries(self, *, endpoint_id: str | None = None, state: Literal['waiting', 'delivered', 'given_up'] | None = None, event_type: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[models.WebhookDeliveryView]:
        return self.pages("GET", "/api/v1/webhooks/deliveries", {}, {"endpoint_id": endpoint_id, "state": state, "event_type": event_type, "limit": limit, "min_position": min_position}, reads=True)

    def list_webhook_endpoints(self, *, min_position: int | None = None) -> Answered[models.WebhookEndpointList]:
        return self.send("GET", "/api/v1/webhooks/endpoints", {}, {"min_position": min_position}, reads=True)

    def move_series(self, series_id: str, body: models.NewClock, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SeriesView]:
        return self.send("POST", "/api/v1/booking/series/{series_id}/move", {"series_id": series_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def offer_freed_slot(self, body: models.OfferFreedSlot, *, idempotency_key: str | None = None) -> Answered[models.Offered]:
        return self.send("POST", "/api/v1/booking/waitlist/offers", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def onboard_company(self, body: models.NewCompany, *, idempotency_key: str | None = None) -> Answered[models.Onboarded]:
        return self.send("POST", "/api/v1/enterprise/signups", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def open_business(self, body: models.BusinessDraft, *, idempotency_key: str | None = None) -> Answered[models.BusinessView]:
        return self.send("POST", "/api/v1/booking/businesses", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def open_session(self, body: models.Credentials, *, idempotency_key: str | None = None) -> Answered[models.Tokens]:
        return self.send("POST", "/api/v1/auth/sessions", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def open_site(self, body: models.OpenSite, *, idempotency_key: str | None = None) -> Answered[models.SiteView]:
        return self.send("POST", "/api/v1/enterprise/carbon/sites", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def open_unit(self, body: models.OpenUnit, *, idempotency_key: str | None = None) -> Answered[models.UnitView]:
        return self.send("POST", "/api/v1/enterprise/units", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def override_booking(self, body: models.OverrideBooking, *, idempotency_key: str | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/overrides", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def pause_webhook_endpoint(self, endpoint_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WebhookEndpointView]:
        return self.send("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/pause", {"endpoint_id": endpoint_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def plan_trip(self, body: models.PlanTrip, *, idempotency_key: str | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def propose_quote(self, tenant_id: str, quote_id: str, *, idempotency_key: str | None = None) -> Answered[models.QuoteView]:
        return self.send("POST", "/api/v1/enterprise/tenants/{tenant_id}/quotes/{quote_id}/propose", {"tenant_id": tenant_id, "quote_id": quote_id}, {}, idempotency_key=idempotency_key)

    def publish_booking_page(self, business_id: str, body: models.PageTerms, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.BookingPageView]:
        return self.send("PUT", "/api/v1/booking/businesses/{business_id}/page", {"business_id": business_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def publish_esg_report(self, report_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReportView]:
        return self.send("POST", "/api/v1/enterprise/esg-reports/{report_id}/publish", {"report_id": report_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def publish_prices(self, body: models.PublishPrices, *, idempotency_key: str | None = None) -> Answered[models.PublishedPrices]:
        return self.send("PUT", "/api/v1/billing/prices", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def publish_review(self, review_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReviewView]:
        return self.send("POST", "/api/v1/booking/reviews/{review_id}/publish", {"review_id": review_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def query_table(self, name: str, *, columns: str | None = None, filter: Sequence[str] | None = None, group_by: str | None = None, sum: str | None = None, avg: str | None = None, min: str | None = None, max: str | None = None, count: bool | None = None, order: str | None = None, zone: str | None = None, limit: int | None = None, cursor: str | None = None, min_position: int | None = None) -> Answered[models.TableRows]:
        return self.send("GET", "/api/v1/analytics/tables/{name}", {"name": name}, {"columns": columns, "filter": filter, "group_by": group_by, "sum": sum, "avg": avg, "min": min, "max": max, "count": count, "order": order, "zone": zone, "limit": limit, "cursor": cursor, "min_position": min_position}, reads=True)

    def every_query_table(self, name: str, *, columns: str | None = None, filter: Sequence[str] | None = None, group_by: str | None = None, sum: str | None = None, avg: str | None = None, min: str | None = None, max: str | None = None, count: bool | None = None, order: str | None = None, zone: str | None = None, limit: int | None = None, min_position: int | None = None) -> Iterator[Mapping[str, Any]]:
        return self.pages("GET", "/api/v1/analytics/tables/{name}", {"name": name}, {"columns": columns, "filter": filter, "group_by": group_by, "sum": sum, "avg": avg, "min": min, "max": max, "count": count, "order": order, "zone": zone, "limit": limit, "min_position": min_position}, reads=True)

    def reactivate_member(self, member_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MemberView]:
        return self.send("POST", "/api/v1/members/{member_id}/reactivate", {"member_id": member_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def reckon_trip_carbon(self, body: models.TripCarbonRequest, *, idempotency_key: str | None = None) -> Answered[models.TripCarbonView]:
        return self.send("POST", "/api/v2/trips/carbon", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def reconcile_trip(self, trip_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/reconcile", {"trip_id": trip_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def record_activity(self, body: models.RecordActivity, *, idempotency_key: str | None = None) -> Answered[models.ActivityView]:
        return self.send("POST", "/api/v1/enterprise/carbon/activities", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def record_deposit(self, appointment_id: str, body: models.PaymentInput, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/deposits", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def record_step(self, appointment_id: str, body: models.Progress, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/steps", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def refresh_session(self, body: models.RefreshToken, *, idempotency_key: str | None = None) -> Answered[models.Tokens]:
        return self.send("POST", "/api/v1/auth/sessions/refresh", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def register_tenant(self, body: models.RegisterTenant, *, idempotency_key: str | None = None) -> Answered[models.RegisteredTenant]:
        return self.send("POST", "/api/v1/enterprise/tenants", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def register_vehicle(self, body: models.RegisterVehicle, *, idempotency_key: str | None = None) -> Answered[models.VehicleView]:
        return self.send("POST", "/api/v1/enterprise/carbon/vehicles", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def register_webhook_endpoint(self, body: models.RegisterWebhookEndpoint, *, idempotency_key: str | None = None) -> Answered[models.WebhookEndpointWithSecret]:
        return self.send("POST", "/api/v1/webhooks/endpoints", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def reject_absence(self, absence_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AbsenceView]:
        return self.send("POST", "/api/v1/booking/absences/{absence_id}/reject", {"absence_id": absence_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def reject_appointment(self, appointment_id: str, body: models.ApiRestBookingAppointmentsReason, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/reject", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def reject_expense(self, trip_id: str, expense_id: str, body: models.Refusal, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}/reject", {"trip_id": trip_id, "expense_id": expense_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def reject_review(self, review_id: str, body: models.RejectionInput, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReviewView]:
        return self.send("POST", "/api/v1/booking/reviews/{review_id}/reject", {"review_id": review_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def reject_trip(self, trip_id: str, body: models.ApiRestTripsReason, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/reject", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def release_parked_usage(self, body: models.ReleaseParkedUsage, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReleasedUsage]:
        return self.send("POST", "/api/v1/usage/parked/release", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def remove_meter(self, meter_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MeterView]:
        return self.send("POST", "/api/v1/enterprise/carbon/meters/{meter_id}/remove", {"meter_id": meter_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def remove_segment(self, trip_id: str, segment_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("DELETE", "/api/v1/enterprise/trips/{trip_id}/segments/{segment_id}", {"trip_id": trip_id, "segment_id": segment_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def rename_unit(self, unit_id: str, body: models.NewName, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.UnitView]:
        return self.send("PUT", "/api/v1/enterprise/units/{unit_id}/name", {"unit_id": unit_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def replay_webhook_deliveries(self, endpoint_id: str, body: models.Replay, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReplayAnswer]:
        return self.send("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/replay", {"endpoint_id": endpoint_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def replay_webhook_delivery(self, delivery_id: str, *, idempotency_key: str | None = None) -> Answered[models.ReplayAnswer]:
        return self.send("POST", "/api/v1/webhooks/deliveries/{delivery_id}/replay", {"delivery_id": delivery_id}, {}, idempotency_key=idempotency_key)

    def reply_to_public_offer(self, token: str, slug: str, body: models.OwnReply, *, idempotency_key: str | None = None) -> Answered[models.PublicPlace]:
        return self.send("POST", "/api/v1/public/booking/{slug}/waitlist/{token}/reply", {"token": token, "slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def report_expense(self, trip_id: str, body: models.NewExpense, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/expenses", {"trip_id": trip_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def report_usage(self, body: models.ReportUsage, *, idempotency_key: str | None = None) -> Answered[models.UsageBatchView]:
        return self.send("POST", "/api/v1/usage/events", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def request_absence(self, body: models.RequestAbsence, *, idempotency_key: str | None = None) -> Answered[models.AbsenceView]:
        return self.send("POST", "/api/v1/booking/absences", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def request_export(self, body: models.RequestedExport, *, idempotency_key: str | None = None) -> Answered[models.ExportView]:
        return self.send("POST", "/api/v1/analytics/export", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def request_restatement(self, body: models.RequestRestatement, *, idempotency_key: str | None = None) -> Answered[models.RestatementView]:
        return self.send("POST", "/api/v1/enterprise/carbon/restatements", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def reschedule_appointment(self, appointment_id: str, body: models.Move, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/reschedule", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def reschedule_public_visit(self, token: str, slug: str, body: models.OwnMove, *, idempotency_key: str | None = None) -> Answered[models.PublicVisitView]:
        return self.send("POST", "/api/v1/public/booking/{slug}/links/{token}/reschedule", {"token": token, "slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def restate_esg_report(self, report_id: str, body: models.Restatement, *, idempotency_key: str | None = None) -> Answered[models.ReportView]:
        return self.send("POST", "/api/v1/enterprise/esg-reports/{report_id}/restate", {"report_id": report_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def resume_webhook_endpoint(self, endpoint_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WebhookEndpointView]:
        return self.send("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/resume", {"endpoint_id": endpoint_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def retire_service(self, service_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ServiceView]:
        return self.send("POST", "/api/v1/booking/services/{service_id}/retire", {"service_id": service_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def retire_vehicle(self, vehicle_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.VehicleView]:
        return self.send("POST", "/api/v1/enterprise/carbon/vehicles/{vehicle_id}/retire", {"vehicle_id": vehicle_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def retry_parked_event(self, company_id: str, consumer: str, body: models.Judgement, *, idempotency_key: str | None = None) -> Answered[models.InterventionView]:
        return self.send("POST", "/api/v1/platform/paused-consumers/{company_id}/{consumer}/retry", {"company_id": company_id, "consumer": consumer}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def review_esg_report(self, report_id: str, body: models.Review | None | None = None, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ReportView]:
        return self.send("POST", "/api/v1/enterprise/esg-reports/{report_id}/review", {"report_id": report_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def review_public_visit(self, token: str, slug: str, body: models.OwnOpinion, *, idempotency_key: str | None = None) -> Answered[models.PublicReview]:
        return self.send("POST", "/api/v1/public/booking/{slug}/links/{token}/review", {"token": token, "slug": slug}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def revoke_api_key(self, key_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ApiKeyView]:
        return self.send("DELETE", "/api/v1/api-keys/{key_id}", {"key_id": key_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def revoke_session(self, session_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SessionView]:
        return self.send("DELETE", "/api/v1/auth/sessions/{session_id}", {"session_id": session_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def revoke_sql_login(self, login_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.SqlLoginView]:
        return self.send("DELETE", "/api/v1/enterprise/sql-logins/{login_id}", {"login_id": login_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def rotate_webhook_secret(self, endpoint_id: str, body: models.SecretRotation, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WebhookEndpointWithSecret]:
        return self.send("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/secret/rotate", {"endpoint_id": endpoint_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def run_batch(self, body: models.RunBatch, *, idempotency_key: str | None = None) -> Answered[models.BatchResults]:
        return self.send("POST", "/api/v1/commands/batch", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def schedule_session(self, body: models.ScheduleSession, *, idempotency_key: str | None = None) -> Answered[models.GroupSessionView]:
        return self.send("POST", "/api/v1/booking/sessions", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def seal_audit_log(self, *, idempotency_key: str | None = None) -> Answered[models.SealView]:
        return self.send("POST", "/api/v1/audit/seals", {}, {}, idempotency_key=idempotency_key)

    def search_marketplace(self, *, q: str | None = None, sector: str | None = None, country: str | None = None, language: str | None = None, currency: str | None = None, most_minor: int | None = None, free_before: str | None = None, latitude: float | None = None, longitude: float | None = None, within_m: int | None = None, sort: models.Sort | None = None, limit: int | None = None) -> Answered[models.MarketOffers]:
        return self.send("GET", "/api/v1/public/marketplace", {}, {"q": q, "sector": sector, "country": country, "language": language, "currency": currency, "most_minor": most_minor, "free_before": free_before, "latitude": latitude, "longitude": longitude, "within_m": within_m, "sort": sort, "limit": limit})

    def send_test_webhook(self, endpoint_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.WebhookEndpointView]:
        return self.send("POST", "/api/v1/webhooks/endpoints/{endpoint_id}/test", {"endpoint_id": endpoint_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def set_budget(self, body: models.SetBudget, *, idempotency_key: str | None = None) -> Answered[models.BudgetView]:
        return self.send("PUT", "/api/v1/enterprise/budgets", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def set_carbon_targets(self, body: models.SetCarbonTargets, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.CarbonTargetsView]:
        return self.send("PUT", "/api/v1/enterprise/carbon/targets", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def set_invoicing_details(self, body: models.SetInvoicingDetails, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.InvoicingDetailsView]:
        return self.send("PUT", "/api/v1/billing/invoicing-details", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def set_password(self, member_id: str, body: models.NewPassword, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.MemberView]:
        return self.send("POST", "/api/v1/members/{member_id}/password", {"member_id": member_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def set_policy(self, body: models.SetPolicy, *, idempotency_key: str | None = None) -> Answered[models.PolicyView]:
        return self.send("POST", "/api/v1/enterprise/policies", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def set_roi_inputs(self, tenant_id: str, body: models.SetRoiInputs, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.RoiInputsView]:
        return self.send("PUT", "/api/v1/enterprise/tenants/{tenant_id}/roi/inputs", {"tenant_id": tenant_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def set_schedule(self, subject_kind: models.SubjectKind, subject_id: str, body: models.DomainBookingScheduleTerms, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ScheduleView]:
        return self.send("PUT", "/api/v1/booking/schedules/{subject_kind}/{subject_id}", {"subject_kind": subject_kind, "subject_id": subject_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def set_trusted_documents(self, body: models.SetTrustedDocuments, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TrustedDocumentsView]:
        return self.send("PUT", "/api/v1/graphql/documents", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def set_usage_limit(self, meter: str, body: models.MeterLimit, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.UsageLimitResource]:
        return self.send("PUT", "/api/v1/usage/limits/{meter}", {"meter": meter}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def sign_up(self, body: models.NewCompany, *, idempotency_key: str | None = None) -> Answered[models.SignupView]:
        return self.send("POST", "/api/v1/signup", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def skip_parked_event(self, company_id: str, consumer: str, body: models.Judgement, *, idempotency_key: str | None = None) -> Answered[models.InterventionView]:
        return self.send("POST", "/api/v1/platform/paused-consumers/{company_id}/{consumer}/skip", {"company_id": company_id, "consumer": consumer}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def start_subscription(self, body: models.StartSubscription, *, idempotency_key: str | None = None) -> Answered[models.SubscriptionView]:
        return self.send("POST", "/api/v1/billing/subscription", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def submit_trip(self, trip_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripView]:
        return self.send("POST", "/api/v1/enterprise/trips/{trip_id}/submit", {"trip_id": trip_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def subscribe_hook(self, body: models.SubscribeHook, *, idempotency_key: str | None = None) -> Answered[models.NewHookView]:
        return self.send("POST", "/api/v1/hooks", {}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def substitute_practitioner(self, appointment_id: str, body: models.Substitution, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.AppointmentView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/substitute", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def switch_feature(self, tenant_id: str, feature: str, body: models.Switch, *, idempotency_key: str | None = None) -> Answered[models.FeatureView]:
        return self.send("PUT", "/api/v1/enterprise/tenants/{tenant_id}/features/{feature}", {"tenant_id": tenant_id, "feature": feature}, {}, body=body, media='application/json', idempotency_key=idempotency_key)

    def take_resource_out(self, resource_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ResourceView]:
        return self.send("POST", "/api/v1/booking/resources/{resource_id}/take-out", {"resource_id": resource_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def trace_carbon_line(self, tenant_id: str, line_id: str, *, min_position: int | None = None) -> Answered[models.CarbonTrace]:
        return self.send("GET", "/api/v1/enterprise/tenants/{tenant_id}/carbon/lines/{line_id}", {"tenant_id": tenant_id, "line_id": line_id}, {"min_position": min_position}, reads=True)

    def unblock_contact(self, block_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ContactBlockView]:
        return self.send("DELETE", "/api/v1/booking/blocked-contacts/{block_id}", {"block_id": block_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def unsubscribe_hook(self, hook_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.HookView]:
        return self.send("DELETE", "/api/v1/hooks/{hook_id}", {"hook_id": hook_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def verify_audit_log(self, *, idempotency_key: str | None = None) -> Answered[models.Verification]:
        return self.send("POST", "/api/v1/audit/verify", {}, {}, idempotency_key=idempotency_key)

    def withdraw_activity(self, activity_id: str, body: models.Withdrawal, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.ActivityView]:
        return self.send("POST", "/api/v1/enterprise/carbon/activities/{activity_id}/withdraw", {"activity_id": activity_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key, if_match=if_match)

    def withdraw_booking_page(self, business_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.BookingPageView]:
        return self.send("DELETE", "/api/v1/booking/businesses/{business_id}/page", {"business_id": business_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def withdraw_budget(self, year: int, key: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.BudgetView]:
        return self.send("DELETE", "/api/v1/enterprise/budgets/{year}/{key}", {"year": year, "key": key}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def withdraw_expense(self, trip_id: str, expense_id: str, *, idempotency_key: str | None = None, if_match: int | None = None) -> Answered[models.TripExpenses]:
        return self.send("DELETE", "/api/v1/enterprise/trips/{trip_id}/expenses/{expense_id}", {"trip_id": trip_id, "expense_id": expense_id}, {}, idempotency_key=idempotency_key, if_match=if_match)

    def write_review(self, appointment_id: str, body: models.Opinion, *, idempotency_key: str | None = None) -> Answered[models.ReviewView]:
        return self.send("POST", "/api/v1/booking/appointments/{appointment_id}/review", {"appointment_id": appointment_id}, {}, body=body, media='application/json', idempotency_key=idempotency_key)
