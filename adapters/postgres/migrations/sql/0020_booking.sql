-- The book: visits and classes by whom and what they take.

create table read.agenda_entry (
  tenant_id uuid not null,
  appointment_id uuid not null,
  bookable_id uuid not null,
  is_first boolean not null,
  is_session boolean not null,
  session_id uuid,
  service_id uuid not null,
  site_id uuid not null,
  client_id uuid,
  starts_at timestamptz not null,
  starts_s bigint not null,
  ends_at timestamptz not null,
  status text collate "C" not null,
  hold_until timestamptz,
  price_minor bigint not null,
  currency text collate "C" not null,
  sequence bigint not null,
  version bigint not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, appointment_id, bookable_id)
);
create index agenda_entry_start on read.agenda_entry (tenant_id, starts_s, created_position);
create index agenda_entry_bookable on read.agenda_entry (tenant_id, bookable_id, starts_s, created_position);
create index agenda_entry_site on read.agenda_entry (tenant_id, site_id, starts_s, created_position);
create index agenda_entry_client on read.agenda_entry (tenant_id, client_id, starts_s, created_position);
comment on table read.agenda_entry is 'One visit or class on the agenda of one practitioner or resource that takes part in it.';
comment on column read.agenda_entry.tenant_id is 'the tenant the row belongs to';
comment on column read.agenda_entry.appointment_id is 'the appointment, or the session where it is a class';
comment on column read.agenda_entry.bookable_id is 'the practitioner or resource that takes part';
comment on column read.agenda_entry.is_first is 'whether this is the first line of the visit: the one that counts where bookables do not matter';
comment on column read.agenda_entry.is_session is 'whether it is a class rather than one client''s visit';
comment on column read.agenda_entry.session_id is 'the class the visit is a seat of; null is a visit of its own';
comment on column read.agenda_entry.service_id is 'the service';
comment on column read.agenda_entry.site_id is 'where it takes place, or whose clock it follows';
comment on column read.agenda_entry.client_id is 'the client; null is a class';
comment on column read.agenda_entry.starts_at is 'when the visit begins, without buffers';
comment on column read.agenda_entry.starts_s is 'the same in seconds since 1970; lists are sorted by it';
comment on column read.agenda_entry.ends_at is 'when the visit ends, without buffers';
comment on column read.agenda_entry.status is 'state of a FHIR Appointment: proposed, pending, booked, arrived, checked-in, fulfilled, cancelled, noshow';
comment on column read.agenda_entry.hold_until is 'until when a proposed visit keeps its time; null is for good';
comment on column read.agenda_entry.price_minor is 'the price agreed, in the smallest unit of the currency; on the first line only, else 0';
comment on column read.agenda_entry.currency is 'iSO 4217 code of the price';
comment on column read.agenda_entry.sequence is 'how often the visit was moved or handed over: the SEQUENCE of iCalendar';
comment on column read.agenda_entry.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.agenda_entry.created_position is 'place of the first fact in the tenant''s log';
comment on column read.agenda_entry.position is 'place of the latest fact in the tenant''s log that changed this row';

grant select on read.agenda_entry to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.agenda_entry to escale_projector;

create or replace view analytics.agenda_entry with (security_invoker = true) as
select tenant_id, appointment_id, bookable_id, is_first, is_session, session_id, service_id, site_id,
       client_id, starts_at, starts_s, ends_at, status, hold_until, price_minor, currency, sequence,
       version, created_position, position
from read.agenda_entry;
comment on view analytics.agenda_entry is 'One visit or class on the agenda of one practitioner or resource that takes part in it.';
comment on column analytics.agenda_entry.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.agenda_entry.appointment_id is 'The appointment, or the session where it is a class.';
comment on column analytics.agenda_entry.bookable_id is 'The practitioner or resource that takes part.';
comment on column analytics.agenda_entry.is_first is 'Whether this is the first line of the visit: the one that counts where bookables do not matter.';
comment on column analytics.agenda_entry.is_session is 'Whether it is a class rather than one client''s visit.';
comment on column analytics.agenda_entry.session_id is 'The class the visit is a seat of; null is a visit of its own.';
comment on column analytics.agenda_entry.service_id is 'The service.';
comment on column analytics.agenda_entry.site_id is 'Where it takes place, or whose clock it follows.';
comment on column analytics.agenda_entry.client_id is 'The client; null is a class.';
comment on column analytics.agenda_entry.starts_at is 'When the visit begins, without buffers.';
comment on column analytics.agenda_entry.starts_s is 'The same in seconds since 1970; lists are sorted by it.';
comment on column analytics.agenda_entry.ends_at is 'When the visit ends, without buffers.';
comment on column analytics.agenda_entry.status is 'State of a FHIR Appointment: proposed, pending, booked, arrived, checked-in, fulfilled, cancelled, noshow.';
comment on column analytics.agenda_entry.hold_until is 'Until when a proposed visit keeps its time; null is for good.';
comment on column analytics.agenda_entry.price_minor is 'The price agreed, in the smallest unit of the currency; on the first line only, else 0.';
comment on column analytics.agenda_entry.currency is 'ISO 4217 code of the price.';
comment on column analytics.agenda_entry.sequence is 'How often the visit was moved or handed over: the SEQUENCE of iCalendar.';
comment on column analytics.agenda_entry.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.agenda_entry.created_position is 'Place of the first fact in the tenant''s log.';
comment on column analytics.agenda_entry.position is 'Place of the latest fact in the tenant''s log that changed this row.';

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
  ('agenda_entry', 'projection:agenda')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;
