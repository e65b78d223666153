"""The store: roles, log, claims, checkpoints, outbox, vault and the functions in front of them."""

from adapters.postgres.migrations.building import (
    delegate,
    distribute,
    execute,
    let_see_all,
    partition_events,
    protect,
    run_sql,
)

revision = "0001"
down_revision = None

LOG_READERS = ("escale_app", "escale_projector", "escale_auditor")
STORE_TABLES = {
    "es.tenant_head": LOG_READERS,
    "es.event": LOG_READERS,
    "es.command_log": LOG_READERS,
    "es.claim": ("escale_app", "escale_projector"),
    "es.claim_total": ("escale_app", "escale_projector"),
    "es.snapshot": ("escale_app", "escale_projector"),
    "es.checkpoint": LOG_READERS,
    "es.parked_event": ("escale_app", "escale_projector"),
    "es.outbox": ("escale_app", "escale_projector", "escale_dispatcher"),
    "es.lease": ("escale_dispatcher",),
    "vault.subject_key": ("escale_vault",),
}
FUNCTIONS = {
    (
        "es.append_events(uuid, uuid[], bytea[], int[], jsonb,"
        " uuid[], bigint[], text[], bytea[], uuid[], text[], timestamptz)"
    ): ("escale_app",),
    "es.read_stream(uuid, uuid, bigint, bigint)": ("escale_app", "escale_projector", "escale_auditor"),
    "es.read_feed(uuid, bigint, bigint, int)": ("escale_app", "escale_projector", "escale_auditor"),
    "es.read_snapshots(uuid, uuid, bigint, bigint, bigint)": ("escale_app", "escale_projector"),
    "es.open_head(uuid)": ("escale_app",),
    "es.find_command(uuid, uuid)": ("escale_app",),
    "es.amount_taken(uuid, text, text, uuid)": ("escale_app",),
    "es.claim_holder(uuid, text, text)": ("escale_app",),
}


def upgrade() -> None:
    run_sql("0001_roles.sql")
    run_sql("0001_store.sql")
    partition_events()
    run_sql("0001_functions.sql")
    run_sql("append_events.sql")
    for table, roles in STORE_TABLES.items():
        protect(table, tenant_roles=roles)
    for table in ("es.tenant_head", "es.checkpoint", "es.parked_event", "es.outbox"):
        let_see_all(table, "escale_dispatcher")
    for table in ("es.tenant_head", "es.event", "es.command_log", "es.checkpoint"):
        let_see_all(table, "escale_platform_auditor")
    distribute(STORE_TABLES)
    for signature, roles in FUNCTIONS.items():
        execute(f"alter function {signature} owner to escale_owner")
        execute(f"revoke all on function {signature} from public")
        execute(f"grant execute on function {signature} to {', '.join(roles)}")
        delegate(signature)
    execute("alter function es.enter_tenant(uuid) owner to escale_owner")
    execute("alter function es.simulation_allowed() owner to escale_owner")
