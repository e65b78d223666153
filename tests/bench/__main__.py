"""`make bench`: measures everything, prints a table, writes bench-report.json."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from api.terminal.loading import collect_seldom
from tests.bench.alerts import violation_alert_latency
from tests.bench.appends import (
    append_claims,
    append_fresh_database,
    append_hot_tenant,
    append_vs_library,
    append_vs_psycopg,
)
from tests.bench.billing import (
    close_1000_tenants,
    hourly_aggregation_growth,
    usage_ingest_api,
    usage_ingest_store,
)
from tests.bench.bookings import bookings
from tests.bench.carbon import carbon_1000_segments
from tests.bench.catch_up import catchup_vs_runner, worker_memory
from tests.bench.counterfactuals import dry_run_100k, policy_evaluation
from tests.bench.dashboard import dashboard_360
from tests.bench.feeds import sse_memory_1000_clients
from tests.bench.figures import FULL, QUICK, REPORT, Figure, Sizes, write_report
from tests.bench.graphql import graphql_100_trips_vs_rest
from tests.bench.http import http_command_vs_bare
from tests.bench.imports import csv_import_rows_per_second
from tests.bench.ledger import carbon_annual_report, ledger_catch_up
from tests.bench.market import marketplace_next_free
from tests.bench.place import Place, opened_place
from tests.bench.reports import pdf_pages_per_second
from tests.bench.signups import signup_to_first_call
from tests.bench.slots import slot_list
from tests.bench.streams import cost_10k_tenants, load_10k_vs_100
from tests.bench.webhooks import webhook_deliveries_50_endpoints

# One line per figure; a new one is a line here.
FIGURES: dict[str, Callable[[Place, Sizes], Figure]] = {
    "append_vs_library": append_vs_library,
    "append_vs_psycopg": append_vs_psycopg,
    "append_hot_tenant_8": partial(append_hot_tenant, writers=8, target=2.5),
    "append_hot_tenant_32": partial(append_hot_tenant, writers=32, target=4.0),
    "append_claims": append_claims,
    "append_fresh_database": append_fresh_database,
    "load_10k_vs_100": load_10k_vs_100,
    "catchup_vs_runner": catchup_vs_runner,
    "worker_memory": worker_memory,
    "http_command_vs_bare": http_command_vs_bare,
    "graphql_100_trips_vs_rest": graphql_100_trips_vs_rest,
    "cost_10k_tenants": cost_10k_tenants,
    "csv_import_rows_per_second": csv_import_rows_per_second,
    "dashboard_360": dashboard_360,
    "violation_alert_latency": violation_alert_latency,
    "signup_to_first_call": signup_to_first_call,
    "dry_run_100k": dry_run_100k,
    "policy_evaluation": policy_evaluation,
    "pdf_pages_per_second": pdf_pages_per_second,
    "slots_1": partial(slot_list, id="slots_1", pools=(1,)),
    "slots_100": partial(slot_list, id="slots_100", pools=(100,)),
    "slots_team_3_of_30": partial(slot_list, id="slots_team_3_of_30", pools=(30, 30, 30)),
    "bookings_spread": partial(bookings, id="bookings_spread", tenants=100),
    "bookings_one_tenant": partial(bookings, id="bookings_one_tenant", tenants=1),
    "marketplace_next_free": marketplace_next_free,
    "ledger_catch_up": ledger_catch_up,
    "carbon_annual_report": carbon_annual_report,
    "carbon_1000_segments": carbon_1000_segments,
    "usage_ingest_api": usage_ingest_api,
    "usage_ingest_store": usage_ingest_store,
    "close_1000_tenants": close_1000_tenants,
    "hourly_aggregation_growth": hourly_aggregation_growth,
    "sse_memory_1000_clients": sse_memory_1000_clients,
    "webhook_deliveries_50_endpoints": webhook_deliveries_50_endpoints,
}


def main() -> None:
    """Measures what was asked for."""
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that everything runs")
    parser.add_argument("--only", action="append", choices=FIGURES, help="one figure; may be repeated")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else FULL
    collect_seldom()  # as every process of the product, and for both sides of a figure
    console = Console(highlight=False)
    figures = []
    with opened_place() as place:
        for name in asked.only or FIGURES:
            started = perf_counter()
            figure = FIGURES[name](place, sizes)
            figures.append(figure)
            write_report(figures, asked.report)
            console.print(
                f"[dim]{name}: {figure.ratio:g} in {perf_counter() - started:.0f} s, load {os.getloadavg()[0]:.1f}[/]"
            )
    console.print(table_of(figures))
    if asked.quick:
        console.print("Quick sizes show that everything runs; their figures mean nothing.")
    console.print(f"Written to {asked.report}")


def table_of(figures: list[Figure]) -> Table:
    """The figures for a reader in a terminal."""
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    for heading in ("ours", "theirs", "unit", "ratio", "target", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in figures:
        verdict = "[green]holds[/]" if figure.holds else "[red]missed[/]"
        values = (f"{figure.ours:,g}", f"{figure.theirs:,g}", figure.unit, f"{figure.ratio:g}", figure.target)
        table.add_row(figure.id, *values, verdict)
    return table


if __name__ == "__main__":
    main()
