"""Who decided on a violation and when; and to whom a mail has gone, so that a repeat reaches nobody twice."""

from adapters.postgres.migrations.building import distribute, protect, run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql("0011_alerts.sql")
    protect("es.mail_delivery", tenant_roles=("escale_app",))
    distribute(("es.mail_delivery",))
