"""Who has a SQL login: the read model, its view, and what the scheduler compares with the server."""

from adapters.postgres.migrations.building import (
    distribute,
    let_analysts_see,
    let_see_all,
    protect,
    publish,
    run_sql,
)

revision = "0007"
down_revision = "0006"

TABLE = "read.sql_login"
READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")


def upgrade() -> None:
    run_sql("0007_sql_logins.sql")
    protect(TABLE, tenant_roles=READERS_AND_WRITER)
    let_see_all(TABLE, "escale_dispatcher")
    let_analysts_see(TABLE)
    publish("analytics.sql_login")
    distribute((TABLE,))
