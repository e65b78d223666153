"""The public door of appointments: the marketplace, reviews, and when everything is free next."""

from adapters.postgres.migrations.building import (
    distribute,
    execute,
    let_analysts_see,
    let_see_all,
    protect,
    publish,
    run_sql,
)

revision = "0032"
down_revision = "0031"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
READ_TABLES = ("read.market_offer", "read.review")
PUBLISHED = {"read.market_offer": "is_listed", "es.next_free": "is_public"}


def upgrade() -> None:
    run_sql("0032_public_booking.sql")
    for table in (*READ_TABLES, "es.next_free"):
        protect(table, tenant_roles=READERS_AND_WRITER)
    for table, is_published in PUBLISHED.items():
        let_see_all(table, "escale_dispatcher")
        execute(f"create policy published_rows on {table} for select to escale_public using ({is_published})")
    for table in READ_TABLES:
        let_analysts_see(table)
        publish(table.replace("read.", "analytics."))
    distribute((*READ_TABLES, "es.next_free"))
