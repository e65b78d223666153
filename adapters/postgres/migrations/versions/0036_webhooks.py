"""What is told to webhook endpoints, and what became of it."""

from adapters.postgres.migrations.building import distribute, let_see_all, protect, run_sql

revision = "0036"
down_revision = "0035"

READ_BY = "escale_app"
QUEUES = ("es.webhook_lane", "es.webhook_delivery")
ATTEMPTS = "es.webhook_attempt"


def upgrade() -> None:
    run_sql("0036_webhooks.sql")
    for table in QUEUES:
        protect(table, tenant_roles=(READ_BY, "escale_projector", "escale_dispatcher"))
    protect(ATTEMPTS, tenant_roles=(READ_BY, "escale_dispatcher"))
    # Couriers look for lanes with something due across tenants; whose deliveries they are is read tenant by tenant.
    let_see_all("es.webhook_lane", "escale_dispatcher")
    distribute((*QUEUES, ATTEMPTS))
