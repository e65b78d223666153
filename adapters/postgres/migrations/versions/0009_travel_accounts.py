"""Departments, cost centres and groups, who belongs to them, and what is set apart for whom."""

from adapters.postgres.migrations.building import distribute, protect, run_sql

revision = "0009"
down_revision = "0008"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = ("read.unit", "read.traveller", "read.budget")


def upgrade() -> None:
    run_sql("0009_travel_accounts.sql")
    for table in READ_TABLES:
        protect(table, tenant_roles=READERS_AND_WRITER)
    distribute(READ_TABLES)
