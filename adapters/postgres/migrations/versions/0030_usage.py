"""What clients report having used, and how people with SQL see it."""

from adapters.postgres.migrations.building import distribute, let_analysts_see, protect, publish, run_sql

revision = "0030"
down_revision = "0020"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")


def upgrade() -> None:
    run_sql("0030_usage.sql")
    protect("read.usage", tenant_roles=READERS_AND_WRITER)
    distribute(("read.usage",))
    let_analysts_see("read.usage")
    publish("analytics.usage")
