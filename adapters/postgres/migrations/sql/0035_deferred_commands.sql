-- Commands that were accepted to be done later, and who still calls an operation that will go.

create table es.deferred_command (
  tenant_id uuid not null,
  command_id uuid not null,
  member_id uuid not null,
  operation text collate "C" not null,
  request_hash bytea not null,
  request bytea,
  status bigint,
  answer bytea,
  accepted_at timestamptz not null,
  due_at timestamptz not null,
  attempts bigint not null default 0,
  lease_until timestamptz,
  lease_token bigint not null default 0,
  done_at timestamptz,
  primary key (tenant_id, command_id)
);
create index deferred_command_due on es.deferred_command (tenant_id, due_at) where done_at is null;
comment on table es.deferred_command is 'A command that was answered 202: what was asked (encrypted, erased when done), and what was answered (encrypted, deleted a day later).';
grant select, insert, update, delete on es.deferred_command to escale_app;
grant select on es.deferred_command to escale_backup;
grant select (tenant_id, due_at, lease_until, done_at) on es.deferred_command to escale_dispatcher;

create table es.deprecated_call (
  tenant_id uuid not null,
  operation text collate "C" not null,
  caller_id uuid not null,
  member_id uuid not null,
  is_key boolean not null,
  calls bigint not null,
  last_called_at timestamptz not null,
  primary key (tenant_id, operation, caller_id)
);
comment on table es.deprecated_call is 'Which key or member of a company called an operation that will go, how often, and when last.';
grant select, insert, update, delete on es.deprecated_call to escale_app;
grant select on es.deprecated_call to escale_backup;
