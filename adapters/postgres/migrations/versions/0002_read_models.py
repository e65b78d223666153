"""The read models of platform and travel: one table per projector, rebuilt from events at will."""

from adapters.postgres.migrations.building import distribute, protect, run_sql

revision = "0002"
down_revision = "0001"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = (
    "read.tenant",
    "read.registration",
    "read.member",
    "read.api_key",
    "read.policy_version",
    "read.trip",
    "read.violation",
    "read.travel_spend",
)


def upgrade() -> None:
    run_sql("0002_read_models.sql")
    for table in READ_TABLES:
        protect(table, tenant_roles=READERS_AND_WRITER)
    distribute(READ_TABLES)
