"""Seals: signed statements about the log, chained to each other. The same are kept outside the database."""

from adapters.postgres.migrations.building import distribute, execute, let_see_all, protect

revision = "0004"
down_revision = "0003"

CREATE = """
create table es.ledger_seal (
  tenant_id uuid not null,
  from_position bigint not null,
  to_position bigint not null,
  root bytea not null,                    -- of the Merkle tree over the hashes of these events, as in RFC 6962
  chain_tip bytea not null,               -- the hash of the last of them
  previous bytea not null,                -- SHA-256 of the seal before; 32 zeros for the first
  sealed_at timestamptz not null,
  key bytea not null,                     -- the Ed25519 public key
  signature bytea not null,
  check (from_position <= to_position),
  primary key (tenant_id, from_position)  -- one seal per beginning, so that they cannot fork
);
comment on table es.ledger_seal is 'Signed Merkle roots over the event log.';
grant select, insert on es.ledger_seal to escale_app;
grant select on es.ledger_seal to escale_auditor, escale_platform_auditor, escale_backup;
grant select (tenant_id, from_position, to_position, sealed_at) on es.ledger_seal to escale_dispatcher;
"""


def upgrade() -> None:
    execute(CREATE)
    protect("es.ledger_seal", tenant_roles=("escale_app", "escale_auditor"))
    let_see_all("es.ledger_seal", "escale_dispatcher")
    let_see_all("es.ledger_seal", "escale_platform_auditor")
    distribute(("es.ledger_seal",))
