"""The book of appointments, for the doors and for people with SQL."""

from adapters.postgres.migrations.building import distribute, let_analysts_see, protect, publish, run_sql

revision = "0020"
down_revision = "0019"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = ("read.agenda_entry",)


def upgrade() -> None:
    run_sql("0020_booking.sql")
    for table in READ_TABLES:
        protect(table, tenant_roles=READERS_AND_WRITER)
        let_analysts_see(table)
        publish(table.replace("read.", "analytics."))
    distribute(READ_TABLES)
