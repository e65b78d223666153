"""People with SQL: schema `analytics`, the policies that know them by their login, and the logins' making."""

from adapters.postgres.migrations.building import execute, let_analysts_see, publish, run_sql

revision = "0006"
down_revision = "0005"

READ_TABLES = (
    "read.tenant",
    "read.registration",
    "read.member",
    "read.api_key",
    "read.policy_version",
    "read.trip",
    "read.violation",
    "read.travel_spend",
)
VIEWS = tuple(table.replace("read.", "analytics.") for table in READ_TABLES) + (
    "analytics.event",
    "analytics.position",
)
FUNCTIONS = {
    "es.create_analyst(uuid, text, text, timestamptz)": "escale_app",
    "es.drop_analyst(uuid, text)": "escale_app",
    "es.tend_analysts(uuid, interval)": "escale_dispatcher",
    "es.refuse_foreign_login(uuid, text)": "escale_logins",
    "es.end_login(text)": "escale_logins",
}


def upgrade() -> None:
    run_sql("0006_analysts.sql")
    run_sql("0006_analytics.sql")
    for view in VIEWS:
        publish(view)
    for table in (*READ_TABLES, "es.event", "es.tenant_head", "es.checkpoint"):
        let_analysts_see(table)
    run_sql("0006_logins.sql")
    execute("grant create on schema es to escale_logins")
    for signature, role in FUNCTIONS.items():
        execute(f"alter function {signature} owner to escale_logins")
        execute(f"revoke all on function {signature} from public")
        execute(f"grant execute on function {signature} to {role}")
    execute("revoke create on schema es from escale_logins")
