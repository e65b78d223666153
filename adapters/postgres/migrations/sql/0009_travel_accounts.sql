-- On whose account people travel: units, the profiles of travellers, budgets; and what waits for an approver.

create table read.unit (
  tenant_id uuid not null,
  unit_id uuid not null,
  kind text collate "C" not null,
  code text collate "C" not null,
  name text not null,
  is_open boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, unit_id)
);
create index unit_newest on read.unit (tenant_id, created_position);
create index unit_code on read.unit (tenant_id, kind, code);
comment on table read.unit is 'Departments, cost centres and groups of travellers, the closed ones included.';
comment on column read.unit.tenant_id is 'the tenant the row belongs to';
comment on column read.unit.unit_id is 'the unit';
comment on column read.unit.kind is 'department, cost_centre or traveller_group';
comment on column read.unit.code is 'what the company calls it in short; unique among open units of a kind';
comment on column read.unit.name is 'what the company calls it';
comment on column read.unit.is_open is 'whether something new may be put on its account';
comment on column read.unit.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.unit.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.unit.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.unit.created_position is 'place of the first fact in the tenant''s log; lists are sorted by it';
comment on column read.unit.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.traveller (
  tenant_id uuid not null,
  member_id uuid not null,
  department_id uuid,
  cost_centre_id uuid,
  group_id uuid,
  approver_id uuid,
  delegate_id uuid,
  delegated_from timestamptz,
  delegated_until timestamptz,
  version bigint not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, member_id)
);
create index traveller_newest on read.traveller (tenant_id, created_position);
create index traveller_delegate on read.traveller (tenant_id, delegate_id) where delegate_id is not null;
comment on table read.traveller is 'What travel knows of members: their units, their approver, who decides in their place. No row: nothing yet.';
comment on column read.traveller.tenant_id is 'the tenant the row belongs to';
comment on column read.traveller.member_id is 'the member';
comment on column read.traveller.department_id is 'where they work';
comment on column read.traveller.cost_centre_id is 'who usually pays for their journeys';
comment on column read.traveller.group_id is 'the group of travellers whose policy judges them; null is everyone''s';
comment on column read.traveller.approver_id is 'the member who is asked first to agree to their journeys; null is anyone who may approve';
comment on column read.traveller.delegate_id is 'the member who decides in their place, from delegated_from until delegated_until';
comment on column read.traveller.delegated_from is 'when the delegate begins to decide';
comment on column read.traveller.delegated_until is 'when the member decides again; no longer included';
comment on column read.traveller.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.traveller.created_position is 'place of the first fact in the tenant''s log; lists are sorted by it';
comment on column read.traveller.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.budget (
  tenant_id uuid not null,
  year bigint not null,
  scope text collate "C" not null,
  unit text collate "C" not null,
  owner text collate "C" not null,
  owner_id uuid,
  amount bigint not null,
  outcome text collate "C" not null,
  set_at timestamptz not null,
  position bigint not null,
  primary key (tenant_id, year, scope, unit)
);
comment on table read.budget is 'What is set apart for one calendar year, for the company or one part of it; withdrawn budgets have no row.';
comment on column read.budget.tenant_id is 'the tenant the row belongs to';
comment on column read.budget.year is 'the calendar year of the travel days';
comment on column read.budget.scope is 'whose budget it is, in one word: tenant, department:<id>';
comment on column read.budget.unit is 'EUR (the amount is in cents) or kg (the amount is in grams)';
comment on column read.budget.owner is 'tenant, department, cost_centre or traveller';
comment on column read.budget.owner_id is 'which one of them; null for the tenant itself';
comment on column read.budget.amount is 'what is set apart, in cents or grams';
comment on column read.budget.outcome is 'what a journey beyond it leads to: allow, warn, require_approval or block';
comment on column read.budget.set_at is 'when the amount was last set (occurred_at of the event)';
comment on column read.budget.position is 'place of the latest fact in the tenant''s log that changed this row';

grant select on read.unit, read.traveller, read.budget to escale_app, escale_projector, escale_auditor, escale_backup;
grant insert, update, delete on read.unit, read.traveller, read.budget to escale_projector;

create index trip_waiting on read.trip (tenant_id, approver_id, created_position) where status = 'submitted';
create index trip_overdue on read.trip (tenant_id, approval_due_at) where status = 'submitted';
