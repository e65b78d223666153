-- What the book of appointments comes to: whose time visits take, what they bring in, and what was on offer.

create table read.visit_line (
  tenant_id uuid not null,
  appointment_id uuid not null,
  bookable_id uuid not null,
  day date not null,
  place bigint not null,
  is_first boolean not null,
  is_first_day boolean not null,
  kind text collate "C" not null,
  is_session boolean not null,
  session_id uuid,
  service_id uuid not null,
  site_id uuid not null,
  zone text collate "C" not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  status text collate "C" not null,
  minutes bigint not null,
  booked_minutes bigint not null,
  currency text collate "C" not null,
  price_minor bigint not null,
  expected_minor bigint not null,
  earned_minor bigint not null,
  asked_at timestamptz not null,
  agreed_at timestamptz,
  lead_minutes bigint not null,
  called_off_by text collate "C",
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, appointment_id, bookable_id, day)
);
create index visit_line_day on read.visit_line (tenant_id, day);
create index visit_line_bookable on read.visit_line (tenant_id, bookable_id, day);
comment on table read.visit_line is 'One day of one visit or class, for one practitioner or resource that takes part in it.';
comment on column read.visit_line.tenant_id is 'the tenant the row belongs to';
comment on column read.visit_line.appointment_id is 'The appointment, or the session where it is a class.';
comment on column read.visit_line.bookable_id is 'The practitioner or resource that takes part.';
comment on column read.visit_line.day is 'The day by the wall clock at the site.';
comment on column read.visit_line.place is 'Place in the team, from 0.';
comment on column read.visit_line.is_first is 'Whether this line stands for the whole visit: the first day of the first member of the team.';
comment on column read.visit_line.is_first_day is 'Whether this line stands for the visit of this practitioner or resource: the day it begins.';
comment on column read.visit_line.kind is 'Practitioner or resource.';
comment on column read.visit_line.is_session is 'Whether it is a class rather than one client''s visit.';
comment on column read.visit_line.session_id is 'The class the visit is a seat of; null is a visit of its own.';
comment on column read.visit_line.service_id is 'The service.';
comment on column read.visit_line.site_id is 'Where it takes place, or whose clock it follows.';
comment on column read.visit_line.zone is 'Time zone of the site.';
comment on column read.visit_line.starts_at is 'When the visit begins, without buffers.';
comment on column read.visit_line.ends_at is 'When the visit ends, without buffers.';
comment on column read.visit_line.status is 'State of a FHIR Appointment: proposed, pending, booked, arrived, checked-in, fulfilled, cancelled, noshow.';
comment on column read.visit_line.minutes is 'Minutes of the visit on this day; 0 for the seat of a class.';
comment on column read.visit_line.booked_minutes is 'The same while the visit takes the time of this practitioner or resource, else 0.';
comment on column read.visit_line.currency is 'ISO 4217 code of the amounts.';
comment on column read.visit_line.price_minor is 'This line''s part of the price agreed, in the smallest unit of the currency; 0 after the first day.';
comment on column read.visit_line.expected_minor is 'The same while the visit is agreed and not yet over, else 0.';
comment on column read.visit_line.earned_minor is 'This line''s part of what was earned: the price of a visit fulfilled, the fee of one missed or called off.';
comment on column read.visit_line.asked_at is 'When the visit was first asked for (occurred_at of the event).';
comment on column read.visit_line.agreed_at is 'When it was agreed; null is not yet, or never.';
comment on column read.visit_line.lead_minutes is 'From asking to the start of the visit as it stands; 0 where it was put in afterwards.';
comment on column read.visit_line.called_off_by is 'Client, staff or automatic; null is not called off.';
comment on column read.visit_line.created_position is 'Place of the first fact in the tenant''s log.';
comment on column read.visit_line.position is 'Place of the latest fact in the tenant''s log that changed this row.';

grant select on read.visit_line to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.visit_line to escale_projector;

create view analytics.visit_line with (security_invoker = true) as
select tenant_id, appointment_id, bookable_id, day, place, is_first, is_first_day, kind, is_session, session_id, service_id, site_id, zone, starts_at, ends_at, status, minutes, booked_minutes, currency, price_minor, expected_minor, earned_minor, asked_at, agreed_at, lead_minutes, called_off_by, created_position, position from read.visit_line;
comment on view analytics.visit_line is 'One day of one visit or class, for one practitioner or resource that takes part in it.';
comment on column analytics.visit_line.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.visit_line.appointment_id is 'The appointment, or the session where it is a class.';
comment on column analytics.visit_line.bookable_id is 'The practitioner or resource that takes part.';
comment on column analytics.visit_line.day is 'The day by the wall clock at the site.';
comment on column analytics.visit_line.place is 'Place in the team, from 0.';
comment on column analytics.visit_line.is_first is 'Whether this line stands for the whole visit: the first day of the first member of the team.';
comment on column analytics.visit_line.is_first_day is 'Whether this line stands for the visit of this practitioner or resource: the day it begins.';
comment on column analytics.visit_line.kind is 'Practitioner or resource.';
comment on column analytics.visit_line.is_session is 'Whether it is a class rather than one client''s visit.';
comment on column analytics.visit_line.session_id is 'The class the visit is a seat of; null is a visit of its own.';
comment on column analytics.visit_line.service_id is 'The service.';
comment on column analytics.visit_line.site_id is 'Where it takes place, or whose clock it follows.';
comment on column analytics.visit_line.zone is 'Time zone of the site.';
comment on column analytics.visit_line.starts_at is 'When the visit begins, without buffers.';
comment on column analytics.visit_line.ends_at is 'When the visit ends, without buffers.';
comment on column analytics.visit_line.status is 'State of a FHIR Appointment: proposed, pending, booked, arrived, checked-in, fulfilled, cancelled, noshow.';
comment on column analytics.visit_line.minutes is 'Minutes of the visit on this day; 0 for the seat of a class.';
comment on column analytics.visit_line.booked_minutes is 'The same while the visit takes the time of this practitioner or resource, else 0.';
comment on column analytics.visit_line.currency is 'ISO 4217 code of the amounts.';
comment on column analytics.visit_line.price_minor is 'This line''s part of the price agreed, in the smallest unit of the currency; 0 after the first day.';
comment on column analytics.visit_line.expected_minor is 'The same while the visit is agreed and not yet over, else 0.';
comment on column analytics.visit_line.earned_minor is 'This line''s part of what was earned: the price of a visit fulfilled, the fee of one missed or called off.';
comment on column analytics.visit_line.asked_at is 'When the visit was first asked for (occurred_at of the event).';
comment on column analytics.visit_line.agreed_at is 'When it was agreed; null is not yet, or never.';
comment on column analytics.visit_line.lead_minutes is 'From asking to the start of the visit as it stands; 0 where it was put in afterwards.';
comment on column analytics.visit_line.called_off_by is 'Client, staff or automatic; null is not called off.';
comment on column analytics.visit_line.created_position is 'Place of the first fact in the tenant''s log.';
comment on column analytics.visit_line.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create table read.bookable_place (
  tenant_id uuid not null,
  bookable_id uuid not null,
  site_id uuid not null,
  since_position bigint not null,
  stream_id uuid not null,
  kind text collate "C" not null,
  capacity bigint not null,
  zone text collate "C",
  since timestamptz not null,
  until timestamptz,
  position bigint not null,
  primary key (tenant_id, bookable_id, site_id, since_position)
);
create index bookable_place_stream on read.bookable_place (tenant_id, stream_id);
comment on table read.bookable_place is 'One stretch of time in which a practitioner or resource could be booked at a site; or the site itself.';
comment on column read.bookable_place.tenant_id is 'the tenant the row belongs to';
comment on column read.bookable_place.bookable_id is 'The practitioner or resource; the site itself where the row is one of a site.';
comment on column read.bookable_place.site_id is 'The site.';
comment on column read.bookable_place.since_position is 'Place in the tenant''s log of the fact with which it began.';
comment on column read.bookable_place.stream_id is 'The practitioner, the resource, or the business the site belongs to.';
comment on column read.bookable_place.kind is 'Practitioner, resource or site.';
comment on column read.bookable_place.capacity is 'How many visits it serves at once; 1 for people and sites.';
comment on column read.bookable_place.zone is 'Time zone of a site; null for people and resources.';
comment on column read.bookable_place.since is 'From when on (occurred_at of the event).';
comment on column read.bookable_place.until is 'Until when; null is still so.';
comment on column read.bookable_place.position is 'Place of the latest fact in the tenant''s log that changed this row.';

grant select on read.bookable_place to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.bookable_place to escale_projector;

create view analytics.bookable_place with (security_invoker = true) as
select tenant_id, bookable_id, site_id, since_position, stream_id, kind, capacity, zone, since, until, position from read.bookable_place;
comment on view analytics.bookable_place is 'One stretch of time in which a practitioner or resource could be booked at a site; or the site itself.';
comment on column analytics.bookable_place.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.bookable_place.bookable_id is 'The practitioner or resource; the site itself where the row is one of a site.';
comment on column analytics.bookable_place.site_id is 'The site.';
comment on column analytics.bookable_place.since_position is 'Place in the tenant''s log of the fact with which it began.';
comment on column analytics.bookable_place.stream_id is 'The practitioner, the resource, or the business the site belongs to.';
comment on column analytics.bookable_place.kind is 'Practitioner, resource or site.';
comment on column analytics.bookable_place.capacity is 'How many visits it serves at once; 1 for people and sites.';
comment on column analytics.bookable_place.zone is 'Time zone of a site; null for people and resources.';
comment on column analytics.bookable_place.since is 'From when on (occurred_at of the event).';
comment on column analytics.bookable_place.until is 'Until when; null is still so.';
comment on column analytics.bookable_place.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create table read.offered_hours (
  tenant_id uuid not null,
  entry_id uuid not null,
  number bigint not null,
  schedule_id uuid not null,
  subject_kind text collate "C" not null,
  subject_id uuid not null,
  is_absence boolean not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  terms jsonb,
  position bigint not null,
  primary key (tenant_id, entry_id, number)
);
create index offered_hours_schedule on read.offered_hours (tenant_id, schedule_id);
create index offered_hours_subject on read.offered_hours (tenant_id, subject_id, starts_at);
comment on table read.offered_hours is 'The hours of a practitioner, resource, service or site while they were in force; or an absence.';
comment on column read.offered_hours.tenant_id is 'the tenant the row belongs to';
comment on column read.offered_hours.entry_id is 'The schedule, or the absence.';
comment on column read.offered_hours.number is 'Version of the schedule; 0 is an absence.';
comment on column read.offered_hours.schedule_id is 'The schedule it belongs to.';
comment on column read.offered_hours.subject_kind is 'Practitioner, resource, service or site.';
comment on column read.offered_hours.subject_id is 'Whose hours they are.';
comment on column read.offered_hours.is_absence is 'Whether it is an absence rather than hours.';
comment on column read.offered_hours.starts_at is 'When the hours were set, or the absence begins.';
comment on column read.offered_hours.ends_at is 'When other hours replaced them, or the absence ends; null is still so.';
comment on column read.offered_hours.terms is 'The hours: wall-time rules with their zone, exceptions by date, public holidays; null is an absence.';
comment on column read.offered_hours.position is 'Place of the latest fact in the tenant''s log that changed this row.';

grant select on read.offered_hours to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.offered_hours to escale_projector;

create view analytics.offered_hours with (security_invoker = true) as
select tenant_id, entry_id, number, schedule_id, subject_kind, subject_id, is_absence, starts_at, ends_at, terms, position from read.offered_hours;
comment on view analytics.offered_hours is 'The hours of a practitioner, resource, service or site while they were in force; or an absence.';
comment on column analytics.offered_hours.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.offered_hours.entry_id is 'The schedule, or the absence.';
comment on column analytics.offered_hours.number is 'Version of the schedule; 0 is an absence.';
comment on column analytics.offered_hours.schedule_id is 'The schedule it belongs to.';
comment on column analytics.offered_hours.subject_kind is 'Practitioner, resource, service or site.';
comment on column analytics.offered_hours.subject_id is 'Whose hours they are.';
comment on column analytics.offered_hours.is_absence is 'Whether it is an absence rather than hours.';
comment on column analytics.offered_hours.starts_at is 'When the hours were set, or the absence begins.';
comment on column analytics.offered_hours.ends_at is 'When other hours replaced them, or the absence ends; null is still so.';
comment on column analytics.offered_hours.terms is 'The hours: wall-time rules with their zone, exceptions by date, public holidays; null is an absence.';
comment on column analytics.offered_hours.position is 'Place of the latest fact in the tenant''s log that changed this row.';

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
  ('usage', 'projection:usage'),
  ('visit_line', 'projection:visit-lines'),
  ('bookable_place', 'projection:bookable-places'),
  ('offered_hours', 'projection:offered-hours')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;
