"""A thousand transaction ids are looked up, and claimed, in one statement each."""

from adapters.postgres.migrations.building import delegate, execute, run_sql

revision = "0037"
down_revision = "0036"

HOLDERS = "es.claim_holders(uuid, text, text[])"


def upgrade() -> None:
    run_sql("0037_usage_claims.sql")
    execute(f"alter function {HOLDERS} owner to escale_owner")
    execute(f"revoke all on function {HOLDERS} from public")
    execute(f"grant execute on function {HOLDERS} to escale_app")
    delegate(HOLDERS)
