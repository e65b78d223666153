-- The same, as people with SQL see them.

create or replace view analytics.esg_report with (security_invoker = true) as
select tenant_id, report_id, kind, starts_on, ends_on, status, restates, successor_id, location_g, market_g, snapshot_position, content_sha256, drafted_by, reviewed_by, approved_by, published_by, published_at, version, drafted_at, created_position, position
from read.esg_report;
comment on view analytics.esg_report is 'One report of emissions as it stands; a restated one stays with its figures.';
comment on column analytics.esg_report.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.esg_report.report_id is 'The report.';
comment on column analytics.esg_report.kind is 'Month, year (any twelve months) or period.';
comment on column analytics.esg_report.starts_on is 'First day of the period.';
comment on column analytics.esg_report.ends_on is 'The day after the last one.';
comment on column analytics.esg_report.status is 'Draft, reviewed, approved, published or restated.';
comment on column analytics.esg_report.restates is 'The published report it is to replace.';
comment on column analytics.esg_report.successor_id is 'The report that replaced it.';
comment on column analytics.esg_report.location_g is 'Grams CO2e in all, scope 2 by location, as reviewed last; null before the first review.';
comment on column analytics.esg_report.market_g is 'Grams CO2e in all, scope 2 by market, as reviewed last; null before the first review.';
comment on column analytics.esg_report.snapshot_position is 'Place in the tenant''s log at which the figures were cut; null before the first review.';
comment on column analytics.esg_report.content_sha256 is 'Digest of the figures.';
comment on column analytics.esg_report.drafted_by is 'The member who began it; null for the schedule.';
comment on column analytics.esg_report.reviewed_by is 'The member who reviewed it last.';
comment on column analytics.esg_report.approved_by is 'The member who approved what was reviewed last.';
comment on column analytics.esg_report.published_by is 'The member who published it.';
comment on column analytics.esg_report.published_at is 'When it was published (occurred_at of the event).';
comment on column analytics.esg_report.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.esg_report.drafted_at is 'When it was begun (occurred_at of the event).';
comment on column analytics.esg_report.created_position is 'Place of the draft in the tenant''s log; the order of lists, newest first.';
comment on column analytics.esg_report.position is 'Place of the latest fact about it.';

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
  ('esg_report', 'projection:esg-reports')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;

grant select on read.esg_report to es_analyst;
