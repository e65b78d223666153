"""Read models of business travel: figures added up by whatever they are asked by."""

from adapters.postgres.migrations.building import distribute, protect, run_sql

revision = "0010"
down_revision = "0009"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = ("read.travel_total",)


def upgrade() -> None:
    run_sql("0010_travel_models.sql")
    for table in READ_TABLES:
        protect(table, tenant_roles=READERS_AND_WRITER)
    distribute(READ_TABLES)
