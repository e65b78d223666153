"""Reports of emissions, from draft to restatement."""

from adapters.postgres.migrations.building import distribute, let_analysts_see, protect, publish, run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql("0019_esg_reports.sql")
    protect("read.esg_report", tenant_roles=("escale_app", "escale_projector", "escale_auditor"))
    distribute(("read.esg_report",))
    run_sql("0019_analytics_esg_reports.sql")
    let_analysts_see("read.esg_report")
    publish("analytics.esg_report")
