-- Figures of business travel, added up while events arrive: a dashboard reads months, not trips.

create table read.travel_total (
  tenant_id uuid not null,
  dimension text collate "C" not null,
  value text collate "C" not null,
  month date not null,
  trips_booked bigint not null,
  trips_cancelled bigint not null,
  trips_compliant bigint not null,
  trips_unjudged bigint not null,
  spend_eur_cents bigint not null,
  carbon_g bigint not null,
  violations_warned bigint not null,
  violations_for_approval bigint not null,
  violations_blocked bigint not null,
  position bigint not null,
  primary key (tenant_id, dimension, value, month)
);
create index travel_total_month on read.travel_total (tenant_id, dimension, month);
comment on table read.travel_total is 'Figures of travel by month and by whatever they are asked by. Within one dimension every figure counts exactly once, so the values of a dimension add up to the dimension all.';
comment on column read.travel_total.tenant_id is 'the tenant the row belongs to';
comment on column read.travel_total.dimension is 'all, department, cost_centre, traveller, supplier, route, cost_type or currency; trip is one line per trip';
comment on column read.travel_total.value is 'which one of the dimension; empty is what belongs to none';
comment on column read.travel_total.month is 'first day of a month by the traveller''s clock: that of the days for spend and carbon, that of the first day of the journey for trips and violations';
comment on column read.travel_total.trips_booked is 'trips booked and not cancelled that start in the month';
comment on column read.travel_total.trips_cancelled is 'trips of the month that were cancelled after booking';
comment on column read.travel_total.trips_compliant is 'those of trips_booked that broke no rule when they were booked';
comment on column read.travel_total.trips_unjudged is 'those of trips_booked for which no policy was in force; they count as compliant';
comment on column read.travel_total.spend_eur_cents is 'euro cents of the month''s travel days, at the rates of the booking';
comment on column read.travel_total.carbon_g is 'grams CO2e of the month''s travel days';
comment on column read.travel_total.violations_warned is 'violations the policy warned of when they were found';
comment on column read.travel_total.violations_for_approval is 'violations that asked for approval when they were found';
comment on column read.travel_total.violations_blocked is 'violations that blocked the journey when they were found';
comment on column read.travel_total.position is 'place in the tenant''s log of the latest fact that was added';

-- Trends of violations are asked by when they were found.
create index violation_flagged_at on read.violation (tenant_id, flagged_at);

grant select on read.travel_total to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on read.travel_total to escale_projector;
