-- Exchange rates as published, the comparison with peers, expenses and their reconciliation.

create table read.exchange_rate (
  tenant_id uuid not null,
  currency text collate "C" not null,
  published_on date not null,
  units_per_eur numeric not null,
  source text collate "C" not null,
  corrected_at timestamptz,
  position bigint not null,
  primary key (tenant_id, currency, published_on)
);
create index exchange_rate_day on read.exchange_rate (tenant_id, published_on);
comment on table read.exchange_rate is 'Reference rates of the euro by currency and banking day; rows of the platform''s own tenant only.';
comment on column read.exchange_rate.tenant_id is 'the tenant the row belongs to: the platform';
comment on column read.exchange_rate.currency is 'ISO 4217 code';
comment on column read.exchange_rate.published_on is 'the banking day';
comment on column read.exchange_rate.units_per_eur is 'units of the currency for one euro';
comment on column read.exchange_rate.source is 'who published it';
comment on column read.exchange_rate.corrected_at is 'when the publisher changed it; null is never';
comment on column read.exchange_rate.position is 'place in the tenant''s log of the fact that made the row';

create table read.benchmark_trip (
  tenant_id uuid not null,
  trip_id uuid not null,
  state text collate "C" not null,
  starts_on date,
  segments jsonb not null,
  spend_eur_cents bigint not null,
  carbon_g bigint not null,
  has_carbon boolean not null,
  is_judged boolean not null,
  is_compliant boolean not null,
  advance_days bigint not null,
  flights bigint not null,
  premium_flights bigint not null,
  position bigint not null,
  primary key (tenant_id, trip_id)
);
create index benchmark_trip_day on read.benchmark_trip (tenant_id, state, starts_on);
comment on table read.benchmark_trip is 'Trips as measured for the comparison with peers; they count while they are booked.';
comment on column read.benchmark_trip.tenant_id is 'the tenant the row belongs to';
comment on column read.benchmark_trip.trip_id is 'the trip';
comment on column read.benchmark_trip.state is 'planned (does not count), booked or cancelled';
comment on column read.benchmark_trip.starts_on is 'first local day of the journey; its quarter is where the trip counts. Null before the booking';
comment on column read.benchmark_trip.segments is 'start, time zone and cabin of each segment';
comment on column read.benchmark_trip.spend_eur_cents is 'price at the booking, in euro cents';
comment on column read.benchmark_trip.carbon_g is 'emissions in grams CO2e';
comment on column read.benchmark_trip.has_carbon is 'whether every segment has a carbon figure';
comment on column read.benchmark_trip.is_judged is 'whether a policy was in force at the booking';
comment on column read.benchmark_trip.is_compliant is 'whether it was judged and broke no rule that counts';
comment on column read.benchmark_trip.advance_days is 'local days between booking and departure';
comment on column read.benchmark_trip.flights is 'flights in the itinerary';
comment on column read.benchmark_trip.premium_flights is 'those above economy';
comment on column read.benchmark_trip.position is 'place in the tenant''s log of the fact that booked or cancelled it';

create table read.benchmark_cell (
  tenant_id uuid not null,
  quarter text collate "C" not null,
  metric text collate "C" not null,
  sector text collate "C" not null,
  lower numeric not null,
  median numeric not null,
  upper numeric not null,
  published_at timestamptz not null,
  position bigint not null,
  primary key (tenant_id, quarter, metric, sector)
);
comment on table read.benchmark_cell is 'Published quartiles of peers; rows of the platform''s own tenant only. A cell withheld has no row.';
comment on column read.benchmark_cell.tenant_id is 'the tenant the row belongs to: the platform';
comment on column read.benchmark_cell.quarter is 'quarter of travel, such as 2030-Q1';
comment on column read.benchmark_cell.metric is 'what is compared';
comment on column read.benchmark_cell.sector is 'section or division of NACE 2.1, or all';
comment on column read.benchmark_cell.lower is 'a quarter of the companies lie below, in coarse steps';
comment on column read.benchmark_cell.median is 'half of the companies lie below, in coarse steps';
comment on column read.benchmark_cell.upper is 'three quarters of the companies lie below, in coarse steps';
comment on column read.benchmark_cell.published_at is 'when it was published, for good';
comment on column read.benchmark_cell.position is 'place in the tenant''s log of the publication';

create table read.expense (
  tenant_id uuid not null,
  expense_id uuid not null,
  trip_id uuid not null,
  traveller_id uuid not null,
  category text collate "C" not null,
  segment_id uuid,
  day date not null,
  amount_minor bigint not null,
  currency text collate "C" not null,
  eur_cents bigint not null,
  receipt_sha256 text collate "C",
  external_id text collate "C",
  note text collate "C",
  status text collate "C" not null,
  decided_by uuid,
  reported_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, expense_id)
);
create index expense_newest on read.expense (tenant_id, created_position);
create index expense_trip on read.expense (tenant_id, trip_id, created_position);
create index expense_traveller on read.expense (tenant_id, traveller_id, created_position);
create index expense_status on read.expense (tenant_id, status, created_position);
comment on table read.expense is 'What was paid on journeys: the actual, beside the estimate of the booking.';
comment on column read.expense.tenant_id is 'the tenant the row belongs to';
comment on column read.expense.expense_id is 'the expense';
comment on column read.expense.trip_id is 'the trip it was paid on';
comment on column read.expense.traveller_id is 'the member who travels';
comment on column read.expense.category is 'flight, hotel, ground, meals, fees or other';
comment on column read.expense.segment_id is 'the booked segment it was paid for; null is none in particular';
comment on column read.expense.day is 'local day of the payment';
comment on column read.expense.amount_minor is 'what was paid, in the smallest unit of the currency';
comment on column read.expense.currency is 'ISO 4217 code';
comment on column read.expense.eur_cents is 'the same in euro cents, at the rate of that day';
comment on column read.expense.receipt_sha256 is 'digest of the receipt''s file';
comment on column read.expense.external_id is 'its id in the system it came from; once per company';
comment on column read.expense.note is 'the traveller''s words; personal';
comment on column read.expense.status is 'reported, approved, rejected or withdrawn; the last two do not count';
comment on column read.expense.decided_by is 'the member who approved or rejected it';
comment on column read.expense.reported_at is 'when it was reported (occurred_at of the event)';
comment on column read.expense.created_position is 'place of the report in the tenant''s log; the order of lists, newest first';
comment on column read.expense.position is 'place of the latest fact about it';

create table read.trip_reconciliation (
  tenant_id uuid not null,
  trip_id uuid not null,
  traveller_id uuid not null,
  department_id uuid,
  cost_centre_id uuid,
  starts_on date not null,
  is_cancelled boolean not null,
  booked jsonb not null,
  expenses jsonb not null,
  estimate_eur_cents bigint not null,
  reported_eur_cents bigint not null,
  reconciliation jsonb not null,
  is_reconciled boolean not null,
  reconciled_by uuid,
  reconciled_at timestamptz,
  position bigint not null,
  primary key (tenant_id, trip_id)
);
create index trip_reconciliation_day on read.trip_reconciliation (tenant_id, starts_on);
comment on table read.trip_reconciliation is 'Booked trips with estimate and actual side by side.';
comment on column read.trip_reconciliation.tenant_id is 'the tenant the row belongs to';
comment on column read.trip_reconciliation.trip_id is 'the trip';
comment on column read.trip_reconciliation.traveller_id is 'the member who travels';
comment on column read.trip_reconciliation.department_id is 'the department on whose account the trip is';
comment on column read.trip_reconciliation.cost_centre_id is 'the cost centre that pays';
comment on column read.trip_reconciliation.starts_on is 'first local day of the journey';
comment on column read.trip_reconciliation.is_cancelled is 'whether the booking was called off';
comment on column read.trip_reconciliation.booked is 'the lines of the booking';
comment on column read.trip_reconciliation.expenses is 'the expenses that count';
comment on column read.trip_reconciliation.estimate_eur_cents is 'what the trip was booked for, in euro cents';
comment on column read.trip_reconciliation.reported_eur_cents is 'what was reported, in euro cents; never added to the estimate';
comment on column read.trip_reconciliation.reconciliation is 'the two by segment and category, with difference and what is missing';
comment on column read.trip_reconciliation.is_reconciled is 'whether someone settled it and nothing changed since';
comment on column read.trip_reconciliation.reconciled_by is 'the member who settled it last';
comment on column read.trip_reconciliation.reconciled_at is 'when it was settled last';
comment on column read.trip_reconciliation.position is 'place in the tenant''s log of the latest fact about it';

grant select on
  read.exchange_rate, read.benchmark_trip, read.benchmark_cell, read.expense, read.trip_reconciliation
  to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on
  read.exchange_rate, read.benchmark_trip, read.benchmark_cell, read.expense, read.trip_reconciliation
  to escale_projector;
