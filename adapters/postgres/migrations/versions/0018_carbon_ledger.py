"""The carbon ledger, and the sites, meters, vehicles and activities it is made of."""

from adapters.postgres.migrations.building import distribute, let_analysts_see, protect, publish, run_sql

revision = "0018"
down_revision = "0017"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")
NEW = ("site", "meter", "vehicle", "activity", "carbon_line")


def upgrade() -> None:
    run_sql("0018_carbon_ledger.sql")
    for table in NEW:
        protect(f"read.{table}", tenant_roles=READERS_AND_WRITER)
    distribute(f"read.{table}" for table in NEW)
    run_sql("0018_analytics_carbon.sql")
    for table in NEW:
        let_analysts_see(f"read.{table}")
        publish(f"analytics.{table}")
