"""What workers need beyond the store: scratch tables for the checker, and a mark on skipped events."""

from adapters.postgres.migrations.building import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql("0003_worker_rights.sql")
