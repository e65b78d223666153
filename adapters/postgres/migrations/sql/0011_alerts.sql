-- Violations are decided on and filtered by account; mails are sent once per recipient.

alter table read.violation add column decided_at timestamptz;
create index violation_outcome on read.violation (tenant_id, outcome, position);
create index violation_department on read.violation (tenant_id, department_id, position);
create index violation_cost_centre on read.violation (tenant_id, cost_centre_id, position);
comment on column read.violation.decided_at is 'when it was acknowledged or exempted (occurred_at of the event)';

create table es.mail_delivery (
  tenant_id uuid not null,
  effect_key text collate "C" not null,
  member_id uuid not null,
  outcome text collate "C" not null,    -- sent or refused
  smtp_code integer,                      -- what the mail server said when it refused for good
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, effect_key, member_id)
);
comment on table es.mail_delivery is 'Which member a mail of the outbox has reached, or never will. No address, no text.';
grant select, insert on es.mail_delivery to escale_app;
grant select on es.mail_delivery to escale_backup;
