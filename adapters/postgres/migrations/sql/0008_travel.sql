-- Business travel grows: accounts, approvals, outcomes. Columns are added at the end, with a value the
-- application of the release before may leave out; raised projector versions rebuild the rows.

alter table read.policy_version
  add column group_id uuid,
  add column outcomes jsonb not null default '{}',
  add column carbon_budget_scope text collate "C" not null default 'tenant',
  add column approval_levels bigint not null default 1,
  add column approval_deadline_hours bigint;
comment on column read.policy_version.group_id is 'the group of travellers the policy is for; null is everyone without a policy of their group';
comment on column read.policy_version.outcomes is 'what each broken rule leads to: allow, warn, require_approval or block';
comment on column read.policy_version.carbon_budget_scope is 'whose emissions of a year the carbon budget limits: tenant, department, cost_centre or traveller';
comment on column read.policy_version.approval_levels is 'how many approvers have to agree, one after the other';
comment on column read.policy_version.approval_deadline_hours is 'hours each approver has; null is no limit';

alter table read.trip
  add column department_id uuid,
  add column cost_centre_id uuid,
  add column group_id uuid,
  add column approver_ids jsonb not null default '[]',
  add column approver_id uuid,
  add column approval_level bigint not null default 0,
  add column approval_due_at timestamptz;
create index trip_approver on read.trip (tenant_id, approver_id, created_position) where approver_id is not null;
comment on column read.trip.department_id is 'the department on whose account the trip is';
comment on column read.trip.cost_centre_id is 'the cost centre that pays';
comment on column read.trip.group_id is 'the group of travellers whose policy judged the trip last';
comment on column read.trip.approver_ids is 'who is asked to agree, in order; empty is anyone who may approve';
comment on column read.trip.approver_id is 'who has to decide next; null is anyone who may approve';
comment on column read.trip.approval_level is 'how many approvers were asked before that one';
comment on column read.trip.approval_due_at is 'when that approver''s time is up; null is no limit';

alter table read.violation
  add column scope text collate "C",
  add column outcome text collate "C" not null default 'warn',
  add column starts_on date,
  add column department_id uuid,
  add column cost_centre_id uuid,
  add column group_id uuid,
  add column status text collate "C" not null default 'open',
  add column decided_by uuid;
create index violation_status on read.violation (tenant_id, status, position);
comment on column read.violation.scope is 'whose budget was exceeded, where the rule is one of several';
comment on column read.violation.outcome is 'what the policy makes of it: warn, require_approval or block';
comment on column read.violation.starts_on is 'first local day of the journey; null where it was flagged before that was kept';
comment on column read.violation.department_id is 'the department on whose account the trip is';
comment on column read.violation.cost_centre_id is 'the cost centre that pays';
comment on column read.violation.group_id is 'the group of travellers whose policy was broken';
comment on column read.violation.status is 'open, acknowledged or exempted';
comment on column read.violation.decided_by is 'the member who acknowledged it or made the exception';

alter table read.travel_spend
  add column traveller_id uuid not null default '00000000-0000-0000-0000-000000000000',
  add column department_id uuid,
  add column cost_centre_id uuid,
  add column group_id uuid,
  add column mode text collate "C",
  add column route text collate "C",
  add column supplier text collate "C",
  add column currency text collate "C";
comment on column read.travel_spend.traveller_id is 'the member who travels';
comment on column read.travel_spend.department_id is 'the department on whose account the trip is';
comment on column read.travel_spend.cost_centre_id is 'the cost centre that pays';
comment on column read.travel_spend.group_id is 'the group of travellers the traveller belonged to';
comment on column read.travel_spend.mode is 'flight, hotel or the way of travelling on the ground';
comment on column read.travel_spend.route is 'from where to where, or the city of a stay';
comment on column read.travel_spend.supplier is 'who was paid, where it was said';
comment on column read.travel_spend.currency is 'the currency of the price; the amount is in euros at the rate of the booking day';
