"""Who may do what with which table? The whole answer, as data; the catalogue must agree with it."""

ROLES = (
    "escale_app",
    "escale_projector",
    "escale_dispatcher",
    "escale_vault",
    "escale_experimenter",
    "escale_public",
    "escale_auditor",
    "escale_platform_auditor",
    "escale_backup",
    "es_analyst",
    "public",
)
SCHEMAS = ("es", "read", "vault")

# r select, a insert, w update, d delete, D truncate, x references, t trigger, m maintain. Absent: nothing.
# No role but the owner has D, x, t or m on anything; the log has no writer at all but append_events and append_event.
READ_MODEL = {"escale_app": "r", "escale_projector": "rawd", "escale_auditor": "r", "escale_backup": "r"}
READ_MODEL |= {"es_analyst": "r"}
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
    "es.event": LOG | {"escale_experimenter": "r"},
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
    "es.webhook_lane": {
        "escale_app": "r",
        "escale_projector": "raw",
        "escale_dispatcher": "rw",
        "escale_backup": "r",
    },
    "es.webhook_delivery": {
        "escale_app": "r",
        "escale_projector": "raw",
        "escale_dispatcher": "rwd",
        "escale_backup": "r",
    },
    "es.webhook_attempt": {"escale_app": "r", "escale_dispatcher": "rad", "escale_backup": "r"},
    "es.mail_delivery": {"escale_app": "ra", "escale_backup": "r"},
    "es.deferred_command": {"escale_app": "rawd", "escale_backup": "r"},
    "es.deprecated_call": {"escale_app": "rawd", "escale_backup": "r"},
    "es.lease": {"escale_dispatcher": "raw", "escale_backup": "r"},
    "es.experiment_difference": {
        "escale_app": "r",
        "escale_experimenter": "rad",
        "escale_backup": "r",
    },
    "es.experiment_progress": {
        "escale_app": "r",
        "escale_experimenter": "raw",
        "escale_backup": "r",
    },
    "vault.subject_key": {"escale_vault": "raw"},
    "read.tenant": READ_MODEL,
    "read.registration": READ_MODEL,
    "read.company_profile": READ_MODEL,
    "read.member": READ_MODEL,
    "read.api_key": READ_MODEL,
    "read.sql_login": READ_MODEL,
    "read.policy_version": READ_MODEL,
    "read.unit": READ_MODEL,
    "read.traveller": READ_MODEL,
    "read.budget": READ_MODEL,
    "read.trip": READ_MODEL,
    "read.violation": READ_MODEL,
    "read.travel_spend": READ_MODEL,
    "read.travel_total": READ_MODEL,
    "read.expense": READ_MODEL,
    "read.esg_report": READ_MODEL,
    "read.trip_reconciliation": READ_MODEL,
    "read.exchange_rate": READ_MODEL,
    "read.benchmark_trip": READ_MODEL,
    "read.benchmark_cell": READ_MODEL,
    "read.usage": READ_MODEL,
    "read.site": READ_MODEL,
    "read.meter": READ_MODEL,
    "read.vehicle": READ_MODEL,
    "read.activity": READ_MODEL,
    "read.carbon_line": READ_MODEL,
    "read.agenda_entry": READ_MODEL,
    "read.visit_line": READ_MODEL,
    "read.bookable_place": READ_MODEL,
    "read.offered_hours": READ_MODEL,
    "read.market_offer": READ_MODEL,
    "read.review": READ_MODEL,
    "es.next_free": {
        "escale_app": "r",
        "escale_projector": "rawd",
        "escale_auditor": "r",
        "escale_backup": "r",
    },
}

# Published by others and the same for every tenant: no row-level security, and no way to change a row.
EVERY_SERVICE = dict.fromkeys(
    (
        *("escale_projector", "escale_dispatcher", "escale_vault", "escale_experimenter"),
        *("escale_auditor", "escale_platform_auditor", "escale_backup"),
    ),
    "r",
)
REFERENCE_RIGHTS: dict[str, dict[str, str]] = {
    "ref.factor_set": EVERY_SERVICE | {"escale_app": "ra"},
    "ref.emission_factor": EVERY_SERVICE | {"escale_app": "ra"},
}

# Rights on single columns, beside those above.
COLUMN_RIGHTS: dict[tuple[str, str, str], set[str]] = {
    ("read.sql_login", "escale_dispatcher", "SELECT"): {
        "tenant_id",
        "login_id",
        "user_name",
        "state",
        "expires_at",
        "created_at",
    },
    ("es.deferred_command", "escale_dispatcher", "SELECT"): {"tenant_id", "due_at", "lease_until", "done_at"},
    ("es.tenant_head", "escale_dispatcher", "SELECT"): {
        "tenant_id",
        "position",
        "state",
        "epoch",
        "recorded_at",
    },
    ("read.market_offer", "escale_dispatcher", "SELECT"): {
        *("tenant_id", "service_id", "site_id", "is_active", "is_listed", "changed_position"),
    },
    ("es.next_free", "escale_dispatcher", "SELECT"): {
        *("tenant_id", "service_id", "site_id", "practitioner_id", "computed_position", "review_at"),
    },
    ("read.market_offer", "escale_public", "SELECT"): {
        *("tenant_id", "service_id", "site_id", "business_id", "is_listed", "brand", "sector", "site_name"),
        *("address", "country", "zone", "latitude_micro", "longitude_micro", "languages", "service_name"),
        *("category", "duration_minutes", "price_minor", "currency", "rating_sum", "rating_count"),
    },
    ("es.next_free", "escale_public", "SELECT"): {
        *("tenant_id", "service_id", "site_id", "practitioner_id", "is_public", "starts_at", "good_until"),
        "computed_at",
    },
    ("es.tenant_head", "es_analyst", "SELECT"): {"tenant_id", "position"},
    ("es.checkpoint", "es_analyst", "SELECT"): {"tenant_id", "consumer", "position", "status"},
    ("es.event", "es_analyst", "SELECT"): {
        *("tenant_id", "position", "originator_id", "originator_version", "topic", "state", "event_id"),
        *("recorded_at", "meta"),
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
    "es.webhook_lane": {"escale_dispatcher"},
    "es.outbox": {"escale_dispatcher"},
    "es.deferred_command": {"escale_dispatcher"},
    "read.sql_login": {"escale_dispatcher"},
    # The public reads across companies what they published, by a policy that says so.
    "read.market_offer": {"escale_dispatcher", "escale_public"},
    "es.next_free": {"escale_dispatcher", "escale_public"},
}
# What the marketplace sees of every tenant: the rows that their own column calls published.
PUBLISHED: dict[str, str] = {"read.market_offer": "is_listed", "es.next_free": "is_public"}
# Dumps need every row; nobody signs in as it.
BYPASSES_ROWS = {"escale_backup"}
NEVER_SIGN_IN = {
    *(
        "escale_owner",
        "escale_auditor",
        "escale_platform_auditor",
        "escale_backup",
        "escale_logins",
        "es_analyst",
    ),
}
# Makes and ends the logins of analysts, and is a member of their group alone, in which it sees no rows: it is
# named after no tenant. Nobody signs in as it.
MAKES_LOGINS = {"escale_logins"}
# Who reads the views of schema analytics; analysts reach no other schema.
VIEW_READERS = {"escale_app", "escale_auditor", "es_analyst"}

# Who may call what; functions without a tenant's data may be called by whoever reaches the schema.
APP, READERS = {"escale_app"}, {"escale_app", "escale_projector", "escale_auditor"}
FUNCTIONS: dict[str, set[str]] = {
    "es.append_events": APP,
    "es.append_event": APP,
    "es.open_head": APP,
    "es.find_command": APP,
    "es.amount_taken": APP,
    "es.claim_holder": APP,
    "es.claim_holders": APP,
    "es.moved_since": APP,
    "es.busy_of": APP,
    "es.amounts_taken": APP,
    "es.holders_of": APP,
    "es.read_stream": READERS,
    "es.read_feed": READERS | {"escale_experimenter"},
    "es.read_snapshots": {"escale_app", "escale_projector"},
    "es.load_stream": {"escale_app", "escale_projector"},
    "es.standing": {"escale_projector"},
    "es.enter_tenant": set(ROLES),
    "es.simulation_allowed": set(ROLES),
    "es.create_analyst": APP,
    "es.drop_analyst": APP,
    "es.tend_analysts": {"escale_dispatcher"},
    "es.refuse_foreign_login": set(),
    "es.end_login": set(),
}
# They run as the owner: the only way to write what nobody may write.
DEFINERS = {"es.append_events", "es.append_event", "es.open_head"}
# They run as the maker of logins: roles belong to the server, not to a tenant's node.
LOGIN_DEFINERS = {"es.create_analyst", "es.drop_analyst", "es.tend_analysts"}
LOGIN_FUNCTIONS = LOGIN_DEFINERS | {"es.refuse_foreign_login", "es.end_login"}
