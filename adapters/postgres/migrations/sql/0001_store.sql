-- The log, what guards it, and who has read how far. Every key starts with tenant_id.

create table es.tenant_head (
  tenant_id uuid primary key,
  position bigint not null default 0,
  chain_hash bytea not null default decode(repeat('00', 32), 'hex'),
  recorded_at timestamptz not null default '-infinity',
  state smallint not null default 0 check (state in (0, 1, 2)),   -- 0 open, 1 read-only, 2 closed
  epoch int not null default 1                                    -- raised after a restore that lost commits
) with (fillfactor = 20);

create table es.event (
  tenant_id uuid not null,
  position bigint not null,
  originator_id uuid not null,
  originator_version bigint not null,
  topic text collate "C" not null,
  state bytea not null,                   -- the exact bytes the chain covers; personal fields are ciphertext
  event_id uuid not null,
  recorded_at timestamptz not null,
  meta text collate "C" not null,         -- canonical JSON: who, when, why, under which command
  chain_hash bytea not null,
  primary key (tenant_id, position),
  unique (tenant_id, originator_id, originator_version)
) /*PARTITION*/;

create table es.command_log (
  tenant_id uuid not null,
  command_id uuid not null,
  request_hash bytea not null,
  outcome smallint not null check (outcome in (1, 2, 3)),         -- 1 appended, 2 nothing to record, 3 refused
  stream_id uuid,
  version bigint,
  first_position bigint,
  last_position bigint,
  code text collate "C",
  recorded_at timestamptz not null,
  primary key (tenant_id, command_id)
);

create table es.claim (
  tenant_id uuid not null,
  kind text collate "C" not null,
  key text collate "C" not null,
  starts_at timestamptz not null default '-infinity',
  ends_at timestamptz not null default 'infinity',
  holder uuid not null,
  units bigint not null default 1 check (units > 0),
  expires_at timestamptz not null default 'infinity',
  position bigint not null,
  check (starts_at < ends_at),
  primary key (tenant_id, kind, key, ends_at, starts_at, holder)  -- ends_at first: the past costs nothing
);
create index claim_expiring on es.claim (tenant_id, kind, key, expires_at) where expires_at < 'infinity';

create table es.claim_total (
  tenant_id uuid not null,
  kind text collate "C" not null,
  key text collate "C" not null,
  units bigint not null check (units >= 0),
  primary key (tenant_id, kind, key)
) with (fillfactor = 50);

create table es.snapshot (
  tenant_id uuid not null,
  originator_id uuid not null,
  originator_version bigint not null,
  topic text collate "C" not null,
  state bytea not null,
  meta text collate "C" not null,
  taken_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, originator_id, originator_version)
);

create table es.checkpoint (
  tenant_id uuid not null,
  consumer text collate "C" not null,     -- projection:trips, process:policy-enforcement
  version int not null default 1,
  epoch int not null default 1,
  position bigint not null default 0,
  status text collate "C" not null default 'running' check (status in ('running', 'paused')),
  attempts int not null default 0,
  last_error text,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, consumer)
) with (fillfactor = 50);

create table es.parked_event (
  tenant_id uuid not null,
  consumer text collate "C" not null,
  position bigint not null,
  error text not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, consumer, position)
);

create table es.outbox (
  tenant_id uuid not null,
  effect_key text collate "C" not null,   -- process:event id:n, so a repeat is recognised
  kind text collate "C" not null,
  position bigint not null,               -- the event the text is rendered from, at sending
  due_at timestamptz not null default clock_timestamp(),
  state smallint not null default 0 check (state in (0, 1, 2)),   -- 0 due, 1 done, 2 given up
  attempts int not null default 0,
  lease_until timestamptz,
  lease_token bigint not null default 0,  -- a dispatcher that slept past its lease cannot mark
  last_error text,
  done_at timestamptz,
  primary key (tenant_id, effect_key)
);
create index outbox_due on es.outbox (tenant_id, due_at) where state = 0;

create table es.lease (
  tenant_id uuid not null,                -- the platform's own tenant
  name text collate "C" not null,
  token bigint not null default 0,        -- the fence: grows with every new holder
  holder uuid,
  held_until timestamptz not null default '-infinity',
  primary key (tenant_id, name)
);

-- Keys of data subjects: another schema, role and pool, and outside the event backup.
create table vault.subject_key (
  tenant_id uuid not null,
  subject_id uuid not null,
  version int not null default 1,
  wrapped_key bytea,                      -- null once destroyed
  created_at timestamptz not null default clock_timestamp(),
  destroyed_at timestamptz,
  primary key (tenant_id, subject_id, version),
  check ((wrapped_key is null) = (destroyed_at is not null))
);

grant select on es.tenant_head, es.event, es.command_log, es.claim, es.claim_total, es.snapshot, es.checkpoint,
  es.parked_event, es.outbox to escale_app;
grant select on es.tenant_head, es.event, es.command_log, es.claim, es.claim_total to escale_projector;
grant insert, delete on es.snapshot to escale_app;  -- never the truth, so never history
grant select, insert, update, delete on es.snapshot, es.checkpoint, es.parked_event to escale_projector;
grant select, insert on es.outbox to escale_projector;
grant select (tenant_id, position, state, epoch, recorded_at) on es.tenant_head to escale_dispatcher;
grant select on es.checkpoint, es.parked_event to escale_dispatcher;
grant select on es.outbox to escale_dispatcher;
grant update (due_at, state, attempts, lease_until, lease_token, last_error, done_at) on es.outbox to escale_dispatcher;
grant select, insert, update on es.lease to escale_dispatcher;
grant select, insert, update on vault.subject_key to escale_vault;
grant select on es.tenant_head, es.event, es.command_log, es.checkpoint to escale_auditor, escale_platform_auditor;
grant select on all tables in schema es to escale_backup;
