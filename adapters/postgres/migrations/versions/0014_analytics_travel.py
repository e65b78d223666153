"""What business travel brought, as people with SQL see it."""

from adapters.postgres.migrations.building import let_analysts_see, publish, run_sql

revision = "0014"
down_revision = "0013"

NEW = (
    "unit",
    "traveller",
    "budget",
    "travel_total",
    "expense",
    "trip_reconciliation",
    "exchange_rate",
    "benchmark_trip",
    "benchmark_cell",
)


def upgrade() -> None:
    run_sql("0014_analytics_travel.sql")
    for table in NEW:
        let_analysts_see(f"read.{table}")
        publish(f"analytics.{table}")
