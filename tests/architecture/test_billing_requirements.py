"""Does every lesson of billing have a test that names it, and does the table know which?

The lessons are those of travel-billing.md section 9 that issue 7 asks for: L1 to L33, L43 and L44.
"""

import ast
import re
from functools import cache

import pytest

from tests.architecture.tree import ROOT

ASKED_FOR = (*(f"L{number}" for number in range(1, 34)), "L43", "L44")
MONTHS, USAGE, INVOICES, STRIPE = (
    "journeys/test_three_months.py",
    "api/test_usage.py",
    "api/test_invoices.py",
    "api/test_stripe.py",
)
LIVES = "domain/billing/test_lives.py"
RATING, UPTIME, PAPER = (
    "domain/billing/test_rating.py",
    "domain/billing/test_uptime.py",
    "adapters/documents/test_invoice_paper.py",
)
CLOSING, PLANS, SIGNING = (
    "adapters/billing/test_closing.py",
    "api/test_subscriptions.py",
    "api/test_signups.py",
)
CREDITS = "domain/billing/test_sla_credits.py"
COUNTED, QUOTAS = "api/test_counted_usage.py", "adapters/redis/test_rate_limits.py"
BROKER, WORKER, KILLED = (
    "adapters/jobs/test_broker.py",
    "adapters/jobs/test_worker.py",
    "journeys/test_graceful_stop.py",
)
# Which tests show it; the first is the one to read.
TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "L1": (
        (MONTHS, "test_l1_invoices_agree_with_the_exported_log_to_the_cent"),
        (MONTHS, "test_l1_read_models_agree_with_the_exported_log"),
        (MONTHS, "test_l1_l14_l27_stripe_agrees_to_the_cent_line_by_line"),
        (MONTHS, "test_l1_a_fault_of_one_cent_turns_the_oracle_red"),
        (LIVES, "test_l1_l6_l12_every_invoice_of_any_life_agrees_with_the_oracle"),
    ),
    "L2": (
        (USAGE, "test_l2_in_one_batch_across_batches_and_forty_days_later"),
        (USAGE, "test_l2_by_twenty_clients_at_once"),
    ),
    "L3": (
        (USAGE, "test_l3_other_content_under_the_same_id_is_a_conflict"),
        (USAGE, "test_l3_two_companies_may_use_the_same_id"),
    ),
    "L4": ((USAGE, "test_l4_another_time_is_no_other_content"),),
    "L5": (
        (USAGE, "test_l5_and_l8_a_bad_use_never_loses_the_others"),
        (USAGE, "test_l5_a_thousand_at_once_and_no_more"),
    ),
    "L6": (
        (INVOICES, "test_l6_in_time_is_in_its_month_and_later_a_correction_on_the_next"),
        (INVOICES, "test_l6_older_than_thirty_five_days_is_still_billed"),
        (INVOICES, "test_l6_under_another_vat_it_has_a_document_of_its_own"),
        (INVOICES, "test_l6_too_old_by_the_companys_rule_is_parked_and_billed_once_released"),
    ),
    "L7": ((RATING, "test_l7_the_order_of_arrival_does_not_matter"),),
    "L8": ((USAGE, "test_l5_and_l8_a_bad_use_never_loses_the_others"),),
    "L9": ((USAGE, "TestCorrections"),),
    "L10": ((RATING, "test_l10_distinct_users_are_counted_over_the_whole_month"),),
    "L11": (
        (RATING, "test_l11_a_to_b_to_a_adds_up"),
        (RATING, "test_l11_returning_to_a_plan_that_was_left_brings_no_old_deal_back"),
    ),
    "L12": (
        (RATING, "TestProration"),
        (INVOICES, "test_l12_l17_l22_bills_both_stays_of_a_month_and_what_comes_late_of_the_former"),
    ),
    "L13": ((RATING, "TestRounding"),),
    "L14": (
        (STRIPE, "test_l14_stripe_holds_our_amounts_and_a_repeat_sends_nothing"),
        (RATING, "test_l14_a_unit_price_below_a_cent_is_never_rounded_itself"),
        (PAPER, "test_l13_l14_says_the_amount_of_each_line_and_a_price_only_where_it_multiplies_to_it"),
    ),
    "L15": (
        (CLOSING, "test_l15_at_half_past_eleven_and_half_past_midnight_utc_there_is_one_invoice"),
        (CLOSING, "test_l15_twice_and_in_parallel_there_is_one_invoice_per_month"),
        (INVOICES, "test_l15_is_billed_once_by_twenty_at_once_around_midnight"),
    ),
    "L16": ((CLOSING, "test_l16_two_hundred_closings_at_once_get_numbers_without_a_gap_and_nobody_waits"),),
    "L17": ((INVOICES, "test_l17_l18_is_billed_as_previewed_and_the_preview_writes_nothing"),),
    "L18": ((INVOICES, "test_l17_l18_is_billed_as_previewed_and_the_preview_writes_nothing"),),
    "L19": ((RATING, "test_l19_rounding_then_cap_and_a_true_up_to_the_minimum"),),
    "L20": ((RATING, "test_l20_a_late_upgrade_grants_no_second_allowance"),),
    "L21": ((USAGE, "test_l21_what_came_before_a_meter_is_not_counted_by_its_creation"),),
    "L22": (
        (CLOSING, "test_l22_a_company_that_left_is_billed_its_last_month_and_no_empty_ones"),
        (PLANS, "test_l22_whoever_left_reads_and_orders_nothing_new"),
        (INVOICES, "test_l22_ends_with_the_subscription"),
        (INVOICES, "test_l12_l17_l22_bills_both_stays_of_a_month_and_what_comes_late_of_the_former"),
    ),
    "L23": ((INVOICES, "test_l23_never_exceed_the_invoice_and_tax_is_in_proportion"),),
    "L24": (
        (UPTIME, "test_l24_the_last_second_that_keeps_the_promise_is_no_breach"),
        (CLOSING, "test_l24_a_breach_is_given_back_on_the_next_invoice_and_comes_out_the_same_again"),
        (CLOSING, "test_l24_when_a_real_api_stops_the_prober_notices_and_the_next_invoice_gives_back"),
        (CLOSING, "test_l24_only_the_company_whose_own_calls_failed_is_given_back"),
        (CREDITS, "test_l24_by_hand_nothing_is_given_twice_and_nothing_beyond_the_schedule"),
    ),
    "L25": ((RATING, "TestSeats"),),
    "L26": (
        (STRIPE, "test_l26_hours_are_pushed_under_names_that_never_change_and_read_back"),
        (STRIPE, "test_l26_what_lags_is_looked_at_again_and_what_drifted_is_told_and_pushed_anew"),
    ),
    "L27": (
        (STRIPE, "test_l27_a_bad_line_loses_nothing_and_doubles_nothing"),
        (STRIPE, "test_l27_while_it_is_down_the_state_is_unknown_and_afterwards_everything_is_caught_up"),
        (STRIPE, "TestDunning"),
    ),
    "L28": ((STRIPE, "test_l28_usage_that_stripe_threw_away_is_told_at_our_door"),),
    "L29": (
        (STRIPE, "TestWhatItSays"),
        (STRIPE, "test_l29_a_failed_payment_counts_once_and_after_the_money_came_not_at_all"),
        (STRIPE, "test_l29_what_went_back_or_is_disputed_is_a_dated_fact_whatever_was_told_first"),
    ),
    "L30": ((STRIPE, "test_l30_nothing_calls_stripe_inside_a_transaction"),),
    "L31": ((BROKER, "test_l31_an_urgent_job_does_not_wait_behind_fifty_thousand"),),
    "L32": ((WORKER, "test_l32_a_thousand_commits_of_one_tenant_make_few_jobs"),),
    "L33": (
        (STRIPE, "test_l33_a_job_delivered_three_times_at_once_ends_in_one_invoice"),
        (PLANS, "test_l33_a_step_is_taken_once_however_many_schedulers_there_are"),
        (COUNTED, "test_l33_are_written_once_when_the_answer_is_lost"),
        (SIGNING, "test_l33_is_finished_after_the_door_died_behind_any_step"),
        (KILLED, "test_l33_an_api_killed_behind_each_step_of_a_sign_up_leaves_one_company"),
        (KILLED, "test_l33_a_worker_killed_after_each_command_of_a_sign_up_leaves_one_company"),
    ),
    "L43": (
        (QUOTAS, "test_l43_exactly_n_pass_under_eight_processes"),
        (QUOTAS, "test_l43_a_new_day_begins_at_midnight_where_the_company_lives"),
        (QUOTAS, "test_l43_after_a_loss_of_redis_the_day_begins_anew"),
    ),
    "L44": (
        (PLANS, "test_l44_is_not_left_for_a_plan_too_small"),
        (PLANS, "test_l44_professionals_fit_the_plan_also_when_hired_at_once"),
    ),
}


@cache
def texts_in(name: str) -> dict[str, str]:
    """The classes and functions of a module of tests, with the texts that may name a lesson."""
    return {
        node.name: f"{node.name} {ast.get_docstring(node) or ''}"
        for node in ast.walk(ast.parse((ROOT / "tests" / name).read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name.lower().startswith("test")
    }


def test_the_table_has_every_lesson() -> None:
    assert set(TABLE) == set(ASKED_FOR)


@pytest.mark.parametrize("lesson", ASKED_FOR)
def test_is_named_by_its_tests(lesson: str) -> None:
    for module, test in TABLE[lesson]:
        known = texts_in(module)
        assert test in known, f"{module} has no {test}"
        assert re.search(rf"(?<![a-z0-9]){lesson}(?!\d)", known[test], re.IGNORECASE), (
            f"{module}::{test} does not name {lesson}"
        )
