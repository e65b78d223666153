"""Commands done later, and calls of what will go."""

from adapters.postgres.migrations.building import distribute, let_see_all, protect, run_sql

revision = "0035"
down_revision = "0033"

TABLES = ("es.deferred_command", "es.deprecated_call")


def upgrade() -> None:
    run_sql("0035_deferred_commands.sql")
    for table in TABLES:
        protect(table, tenant_roles=("escale_app",))
    let_see_all("es.deferred_command", "escale_dispatcher")
    distribute(TABLES)
