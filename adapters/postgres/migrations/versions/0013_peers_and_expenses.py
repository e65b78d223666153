"""Exchange rates as published, the comparison with peers, expenses and their reconciliation."""

from adapters.postgres.migrations.building import distribute, protect, run_sql

revision = "0013"
down_revision = "0012"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = (
    "read.exchange_rate",
    "read.benchmark_trip",
    "read.benchmark_cell",
    "read.expense",
    "read.trip_reconciliation",
)


def upgrade() -> None:
    run_sql("0013_peers_and_expenses.sql")
    for table in READ_TABLES:
        protect(table, tenant_roles=READERS_AND_WRITER)
    distribute(READ_TABLES)
