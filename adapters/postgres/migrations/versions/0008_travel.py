"""Business travel: accounts, approval chains, outcomes of rules, suppliers and routes."""

from adapters.postgres.migrations.building import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql("0008_travel.sql")
