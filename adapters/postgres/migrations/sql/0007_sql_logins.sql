create table read.sql_login (
  tenant_id uuid not null,
  login_id uuid not null,
  member_id uuid not null,
  name text not null,
  user_name text collate "C" not null,
  state text collate "C" not null,
  expires_at timestamptz not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, login_id)
);
create index sql_login_newest on read.sql_login (tenant_id, created_position);
create index sql_login_member on read.sql_login (tenant_id, member_id, created_position);
comment on table read.sql_login is 'Logins of people who read the company''s tables in SQL. A password is kept nowhere.';
comment on column read.sql_login.tenant_id is 'the tenant the row belongs to';
comment on column read.sql_login.login_id is 'the login';
comment on column read.sql_login.member_id is 'the member whose login it is';
comment on column read.sql_login.name is 'what the login is for';
comment on column read.sql_login.user_name is 'the name one signs in with; the company is part of it';
comment on column read.sql_login.state is 'where the login stands: issued, revoked before its time, or expired';
comment on column read.sql_login.expires_at is 'from then on the login opens nothing';
comment on column read.sql_login.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.sql_login.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.sql_login.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.sql_login.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.sql_login.position is 'place of the latest fact in the tenant''s log that changed this row';

grant select on read.sql_login to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.sql_login to escale_projector;
-- The scheduler compares the logins of all companies with those the server knows.
grant usage on schema read to escale_dispatcher;
grant select (tenant_id, login_id, user_name, state, expires_at, created_at) on read.sql_login to escale_dispatcher;

create view analytics.sql_login with (security_invoker = true) as
select tenant_id, login_id, member_id, name, user_name, state, expires_at, version, created_at, updated_at,
       created_position, position
from read.sql_login;
comment on view analytics.sql_login is 'One login for reading these tables in SQL. Its password is kept nowhere.';
comment on column analytics.sql_login.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.sql_login.login_id is 'The login.';
comment on column analytics.sql_login.member_id is 'The member whose login it is.';
comment on column analytics.sql_login.name is 'What the login is for.';
comment on column analytics.sql_login.user_name is 'The name one signs in with; the company is part of it.';
comment on column analytics.sql_login.state is 'Where the login stands: issued, revoked before its time, or expired.';
comment on column analytics.sql_login.expires_at is 'The end of its life: from then on the login opens nothing.';
comment on column analytics.sql_login.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.sql_login.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.sql_login.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.sql_login.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.sql_login.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.position with (security_invoker = true) as
select h.tenant_id, v.table_name, coalesce(c.position, 0) as position, h.position as head,
       coalesce(c.status = 'paused', false) as is_paused
from es.tenant_head h
cross join (values
  ('tenant', 'projection:tenants'),
  ('registration', 'projection:registrations'),
  ('member', 'projection:members'),
  ('api_key', 'projection:api-keys'),
  ('sql_login', 'projection:sql-logins'),
  ('policy_version', 'projection:policies'),
  ('trip', 'projection:trips'),
  ('violation', 'projection:violations'),
  ('travel_spend', 'projection:travel-spend')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;
