-- What clients used: one row per use that counts, never changed.

create table read.usage (
  tenant_id uuid not null,
  transaction_id text collate "C" not null,
  meter text collate "C" not null,
  at timestamptz not null,
  quantity numeric not null,
  subject text collate "C",
  corrects text collate "C",
  batch_id uuid not null,
  number bigint not null,
  reported_at timestamptz not null,
  position bigint not null,
  primary key (tenant_id, transaction_id)
);
create index usage_meter on read.usage (tenant_id, meter, at);
create index usage_position on read.usage (tenant_id, position);
create index usage_corrects on read.usage (tenant_id, corrects) where corrects is not null;
comment on table read.usage is 'One use that counts, unless a later one corrects it.';
comment on column read.usage.tenant_id is 'the tenant the row belongs to';
comment on column read.usage.transaction_id is 'The id its reporter chose; unique in the company, for ever.';
comment on column read.usage.meter is 'What was used.';
comment on column read.usage.at is 'When it was used, as reported.';
comment on column read.usage.quantity is 'How much of it; zero counts for nothing.';
comment on column read.usage.subject is 'Who or what used it, where the meter counts different ones.';
comment on column read.usage.corrects is 'The transaction this one replaces; the one replaced no longer counts.';
comment on column read.usage.batch_id is 'The batch it was reported in.';
comment on column read.usage.number is 'Its place in the batch.';
comment on column read.usage.reported_at is 'When it was reported (occurred_at of the event).';
comment on column read.usage.position is 'Place of the report in the tenant''s log.';

grant select on read.usage to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.usage to escale_projector;

create view analytics.usage with (security_invoker = true) as
select tenant_id, transaction_id, meter, at, quantity, subject, corrects, batch_id, number, reported_at, position from read.usage;
comment on view analytics.usage is 'One use that counts, unless a later one corrects it.';
comment on column analytics.usage.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.usage.transaction_id is 'The id its reporter chose; unique in the company, for ever.';
comment on column analytics.usage.meter is 'What was used.';
comment on column analytics.usage.at is 'When it was used, as reported.';
comment on column analytics.usage.quantity is 'How much of it; zero counts for nothing.';
comment on column analytics.usage.subject is 'Who or what used it, where the meter counts different ones.';
comment on column analytics.usage.corrects is 'The transaction this one replaces; the one replaced no longer counts.';
comment on column analytics.usage.batch_id is 'The batch it was reported in.';
comment on column analytics.usage.number is 'Its place in the batch.';
comment on column analytics.usage.reported_at is 'When it was reported (occurred_at of the event).';
comment on column analytics.usage.position is 'Place of the report in the tenant''s log.';

create or replace view analytics.position with (security_invoker = true) as
select h.tenant_id, v.table_name, coalesce(c.position, 0) as position, h.position as head,
       coalesce(c.status = 'paused', false) as is_paused
from es.tenant_head h
cross join (values
  ('tenant', 'projection:tenants'),
  ('registration', 'projection:registrations'),
  ('member', 'projection:members'),
  ('company_profile', 'projection:company-profiles'),
  ('api_key', 'projection:api-keys'),
  ('sql_login', 'projection:sql-logins'),
  ('policy_version', 'projection:policies'),
  ('unit', 'projection:units'),
  ('traveller', 'projection:travellers'),
  ('budget', 'projection:budgets'),
  ('trip', 'projection:trips'),
  ('violation', 'projection:violations'),
  ('travel_spend', 'projection:travel-spend'),
  ('travel_total', 'projection:travel-totals'),
  ('expense', 'projection:expenses'),
  ('trip_reconciliation', 'projection:reconciliations'),
  ('exchange_rate', 'projection:exchange-rates'),
  ('benchmark_trip', 'projection:benchmark-trips'),
  ('benchmark_cell', 'projection:benchmark-cells'),
  ('site', 'projection:sites'),
  ('meter', 'projection:meters'),
  ('vehicle', 'projection:vehicles'),
  ('activity', 'projection:activities'),
  ('carbon_line', 'projection:carbon-ledger'),
  ('esg_report', 'projection:esg-reports'),
  ('agenda_entry', 'projection:agenda'),
  ('usage', 'projection:usage')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;
