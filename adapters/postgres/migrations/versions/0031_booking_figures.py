"""What the book of appointments comes to, for the doors and for people with SQL."""

from adapters.postgres.migrations.building import distribute, let_analysts_see, protect, publish, run_sql

revision = "0031"
down_revision = "0030"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = ("read.visit_line", "read.bookable_place", "read.offered_hours")


def upgrade() -> None:
    run_sql("0031_booking_figures.sql")
    for table in READ_TABLES:
        protect(table, tenant_roles=READERS_AND_WRITER)
        let_analysts_see(table)
        publish(table.replace("read.", "analytics."))
    distribute(READ_TABLES)
