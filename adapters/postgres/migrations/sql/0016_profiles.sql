-- What a company says of itself; what another directory says of its members; why an expense was rejected.

create table read.company_profile (
  tenant_id uuid not null,
  profile_id uuid not null,
  nace_revision text collate "C",
  nace_section text collate "C",
  nace_division text collate "C",
  head_count bigint,
  annual_revenue_minor bigint,
  annual_revenue_currency text collate "C",
  reporting_currency text collate "C" not null,
  version bigint not null,
  updated_at timestamptz not null,
  position bigint not null,
  primary key (tenant_id, profile_id)
);
comment on table read.company_profile is 'What the company says of itself, in its own partition: at most one row.';
comment on column read.company_profile.tenant_id is 'the tenant the row belongs to';
comment on column read.company_profile.profile_id is 'the profile; a company has one';
comment on column read.company_profile.nace_revision is 'which list the sector is from: 2 or 2.1; null is not said';
comment on column read.company_profile.nace_section is 'letter of the section the company works in; null is not said';
comment on column read.company_profile.nace_division is 'number of the division the company works in; null is not said';
comment on column read.company_profile.head_count is 'how many people work there; null is not said';
comment on column read.company_profile.annual_revenue_minor is 'revenue of a year, in the smallest unit of its currency; null is not said';
comment on column read.company_profile.annual_revenue_currency is 'iSO 4217 code of that currency';
comment on column read.company_profile.reporting_currency is 'iSO 4217 code of the currency the company reports in';
comment on column read.company_profile.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.company_profile.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.company_profile.position is 'place of the latest fact in the tenant''s log that changed this row';

alter table read.member
  add column external_id text collate "C",
  add column given_name text collate "C",
  add column family_name text collate "C",
  add column employee_number text collate "C",
  add column department_code text collate "C",
  add column cost_centre_code text collate "C",
  add column manager_id uuid;
comment on column read.member.external_id is 'personal: the id another directory knows the member by; [erased] once erased';
comment on column read.member.given_name is 'personal: the member''s given name; [erased] once erased';
comment on column read.member.family_name is 'personal: the member''s family name; [erased] once erased';
comment on column read.member.employee_number is 'personal: the number the company gives the member; [erased] once erased';
comment on column read.member.department_code is 'code of the department the member was invited into';
comment on column read.member.cost_centre_code is 'code of the cost centre the member was invited into';
comment on column read.member.manager_id is 'the member who leads them; asked first to agree to their journeys, unless they have an approver';

alter table read.expense add column reason text collate "C";
comment on column read.expense.reason is 'why it was rejected; personal';
comment on column read.traveller.approver_id is 'the member who is asked first to agree to their journeys; null is their manager, or else anyone who may approve';

grant select on read.company_profile to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on read.company_profile to escale_projector;

create or replace view analytics.company_profile with (security_invoker = true) as
select tenant_id, profile_id, nace_revision, nace_section, nace_division, head_count, annual_revenue_minor,
       annual_revenue_currency, reporting_currency, version, updated_at, position
from read.company_profile;
comment on view analytics.company_profile is 'What the company says of itself, in its own partition: at most one row.';
comment on column analytics.company_profile.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.company_profile.profile_id is 'The profile; a company has one.';
comment on column analytics.company_profile.nace_revision is 'Which list the sector is from: 2 or 2.1; null is not said.';
comment on column analytics.company_profile.nace_section is 'Letter of the section the company works in; null is not said.';
comment on column analytics.company_profile.nace_division is 'Number of the division the company works in; null is not said.';
comment on column analytics.company_profile.head_count is 'How many people work there; null is not said.';
comment on column analytics.company_profile.annual_revenue_minor is 'Revenue of a year, in the smallest unit of its currency; null is not said.';
comment on column analytics.company_profile.annual_revenue_currency is 'ISO 4217 code of that currency.';
comment on column analytics.company_profile.reporting_currency is 'ISO 4217 code of the currency the company reports in.';
comment on column analytics.company_profile.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.company_profile.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.company_profile.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.member with (security_invoker = true) as
select tenant_id, member_id, email, display_name, roles, status, has_joined, version, created_at,
       updated_at, created_position, position, external_id, given_name, family_name, employee_number,
       department_code, cost_centre_code, manager_id
from read.member;
comment on column analytics.member.external_id is 'Personal: the id another directory knows the member by; [erased] once erased.';
comment on column analytics.member.given_name is 'Personal: the member''s given name; [erased] once erased.';
comment on column analytics.member.family_name is 'Personal: the member''s family name; [erased] once erased.';
comment on column analytics.member.employee_number is 'Personal: the number the company gives the member; [erased] once erased.';
comment on column analytics.member.department_code is 'Code of the department the member was invited into.';
comment on column analytics.member.cost_centre_code is 'Code of the cost centre the member was invited into.';
comment on column analytics.member.manager_id is 'The member who leads them; asked first to agree to their journeys, unless they have an approver.';

create or replace view analytics.expense with (security_invoker = true) as
select tenant_id, expense_id, trip_id, traveller_id, category, segment_id, day, amount_minor, currency,
       eur_cents, receipt_sha256, external_id, note, status, decided_by, reported_at, created_position,
       position, reason
from read.expense;
comment on column analytics.expense.reason is 'Why it was rejected; personal.';

comment on column analytics.traveller.approver_id is 'The member who is asked first to agree to their journeys; null is their manager, or else anyone who may approve.';

create or replace view analytics.position with (security_invoker = true) as
select h.tenant_id, v.table_name, coalesce(c.position, 0) as position, h.position as head,
       coalesce(c.status = 'paused', false) as is_paused
from es.tenant_head h
cross join (values
  ('tenant', 'projection:tenants'),
  ('registration', 'projection:registrations'),
  ('company_profile', 'projection:company-profiles'),
  ('member', 'projection:members'),
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
  ('benchmark_cell', 'projection:benchmark-cells')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;

grant select on read.company_profile to es_analyst;
