"""An append starts fewer statements, and the common one has a short way of its own."""

from adapters.postgres.migrations.building import delegate, execute, run_sql

revision = "0040"
down_revision = "0037"

ONE = "es.append_event(uuid, uuid, bytea, uuid, bigint, text, bytea, uuid, text, uuid[], bigint[], jsonb)"


def upgrade() -> None:
    run_sql("0040_append.sql")
    execute(f"alter function {ONE} owner to escale_owner")
    execute(f"revoke all on function {ONE} from public")
    execute(f"grant execute on function {ONE} to escale_app")
    delegate(ONE)
