"""Experiments on a company's own past: a role that reads the log and writes nothing but what it found."""

from adapters.postgres.migrations.building import distribute, execute, protect, run_sql

revision = "0012"
down_revision = "0011"

FEED = "es.read_feed(uuid, bigint, bigint, int)"
LOG_READERS = ("escale_owner", "escale_app", "escale_projector", "escale_auditor", "escale_experimenter")
SCRATCH = ("es.experiment_difference", "es.experiment_progress")


def upgrade() -> None:
    run_sql("0012_experiments.sql")
    execute(f"alter policy tenant_rows on es.event to {', '.join(LOG_READERS)}")
    execute(f"grant execute on function {FEED} to escale_experimenter")
    for table in SCRATCH:
        protect(table, tenant_roles=("escale_app", "escale_experimenter"))
    distribute(SCRATCH)
