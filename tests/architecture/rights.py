"""Who may do what with which table? The whole answer, as data; the catalogue must agree with it."""

ROLES = (
    "escale_app",
    "escale_projector",
    "escale_dispatcher",
    "escale_vault",
    "escale_auditor",
    "escale_platform_auditor",
    "escale_backup",
    "public",
)
SCHEMAS = ("es", "read", "vault")

# r select, a insert, w update, d delete, D truncate, x references, t trigger, m maintain. Absent: nothing.
# No role but the owner has D, x, t or m on anything; the log has no writer at all but append_events.
READ_MODEL = {"escale_app": "r", "escale_projector": "rawd", "escale_auditor": "r", "escale_backup": "r"}
LOG = {
    "escale_app": "r",
    "escale_projector": "r",
    "escale_auditor": "r",
    "escale_platform_auditor": "r",
    "escale_backup": "r",
}
CLAIMS = {"escale_app": "r", "escale_projector": "r", "escale_backup": "r"}
RIGHTS: dict[str, dict[str, str]] = {
    "es.tenant_head": LOG,
    "es.event": LOG,
    "es.command_log": LOG,
    "es.ledger_seal": {
        "escale_app": "ra",
        "escale_auditor": "r",
        "escale_platform_auditor": "r",
        "escale_backup": "r",
    },
    "es.claim": CLAIMS,
    "es.claim_total": CLAIMS,
    "es.snapshot": {"escale_app": "rad", "escale_projector": "rawd", "escale_backup": "r"},
    "es.checkpoint": {
        "escale_app": "r",
        "escale_projector": "rawd",
        "escale_dispatcher": "r",
        "escale_auditor": "r",
        "escale_platform_auditor": "r",
        "escale_backup": "r",
    },
    "es.parked_event": {
        "escale_app": "r",
        "escale_projector": "rawd",
        "escale_dispatcher": "r",
        "escale_backup": "r",
    },
    "es.outbox": {
        "escale_app": "r",
        "escale_projector": "ra",
        "escale_dispatcher": "r",
        "escale_backup": "r",
    },
    "es.lease": {"escale_dispatcher": "raw", "escale_backup": "r"},
    "vault.subject_key": {"escale_vault": "raw"},
    "read.tenant": READ_MODEL,
    "read.registration": READ_MODEL,
    "read.member": READ_MODEL,
    "read.api_key": READ_MODEL,
    "read.policy_version": READ_MODEL,
    "read.trip": READ_MODEL,
    "read.violation": READ_MODEL,
    "read.travel_spend": READ_MODEL,
    "read.expense": READ_MODEL,
    "read.trip_reconciliation": READ_MODEL,
    "read.exchange_rate": READ_MODEL,
    "read.benchmark_trip": READ_MODEL,
    "read.benchmark_cell": READ_MODEL,
}

# Rights on single columns, beside those above.
COLUMN_RIGHTS: dict[tuple[str, str, str], set[str]] = {
    ("es.tenant_head", "escale_dispatcher", "SELECT"): {
        "tenant_id",
        "position",
        "state",
        "epoch",
        "recorded_at",
    },
    ("es.ledger_seal", "escale_dispatcher", "SELECT"): {
        "tenant_id",
        "from_position",
        "to_position",
        "sealed_at",
    },
    ("es.outbox", "escale_dispatcher", "UPDATE"): {
        *("due_at", "state", "attempts", "lease_until", "lease_token", "last_error", "done_at"),
    },
}

# Who sees the rows of every tenant, for SELECT only, by a policy of its own.
SEES_ALL: dict[str, set[str]] = {
    "es.tenant_head": {"escale_dispatcher", "escale_platform_auditor"},
    "es.event": {"escale_platform_auditor"},
    "es.command_log": {"escale_platform_auditor"},
    "es.ledger_seal": {"escale_dispatcher", "escale_platform_auditor"},
    "es.checkpoint": {"escale_dispatcher", "escale_platform_auditor"},
    "es.parked_event": {"escale_dispatcher"},
    "es.outbox": {"escale_dispatcher"},
}
# Dumps need every row; nobody signs in as it.
BYPASSES_ROWS = {"escale_backup"}
NEVER_SIGN_IN = {"escale_owner", "escale_auditor", "escale_platform_auditor", "escale_backup"}

# Who may call what; functions without a tenant's data may be called by whoever reaches the schema.
APP, READERS = {"escale_app"}, {"escale_app", "escale_projector", "escale_auditor"}
FUNCTIONS: dict[str, set[str]] = {
    "es.append_events": APP,
    "es.open_head": APP,
    "es.find_command": APP,
    "es.amount_taken": APP,
    "es.claim_holder": APP,
    "es.read_stream": READERS,
    "es.read_feed": READERS,
    "es.read_snapshots": {"escale_app", "escale_projector"},
    "es.enter_tenant": set(ROLES),
    "es.simulation_allowed": set(ROLES),
}
# They run as the owner: the only way to write what nobody may write.
DEFINERS = {"es.append_events", "es.open_head"}
