-- Sites, meters, vehicles, activities, and the lines of the carbon ledger they and the journeys enter.

create table read.site (
  tenant_id uuid not null,
  site_id uuid not null,
  code text collate "C" not null,
  name text collate "C" not null,
  country text collate "C" not null,
  department_id uuid,
  cost_centre_id uuid,
  is_open boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, site_id)
);
comment on table read.site is 'One site as it stands; closed ones stay, since lines of the ledger name them.';
comment on column read.site.tenant_id is 'the tenant the row belongs to';
comment on column read.site.site_id is 'the site';
comment on column read.site.code is 'what the company calls it in short; unique among open sites';
comment on column read.site.name is 'what the company calls it';
comment on column read.site.country is 'whose grid feeds it: ISO 3166 code';
comment on column read.site.department_id is 'the department that bears what it emits, unless an activity names another';
comment on column read.site.cost_centre_id is 'the cost centre that bears it';
comment on column read.site.is_open is 'whether something new may be entered for it';
comment on column read.site.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.site.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.site.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.site.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.site.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.meter (
  tenant_id uuid not null,
  meter_id uuid not null,
  site_id uuid not null,
  code text collate "C" not null,
  energy text collate "C" not null,
  is_in_use boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, meter_id)
);
comment on table read.meter is 'One meter as it stands; removed ones stay, since bills name them.';
comment on column read.meter.tenant_id is 'the tenant the row belongs to';
comment on column read.meter.meter_id is 'the meter';
comment on column read.meter.site_id is 'where it measures';
comment on column read.meter.code is 'what its bills call it; unique among meters in use';
comment on column read.meter.energy is 'electricity or heat';
comment on column read.meter.is_in_use is 'whether bills may be entered for it';
comment on column read.meter.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.meter.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.meter.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.meter.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.meter.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.vehicle (
  tenant_id uuid not null,
  vehicle_id uuid not null,
  code text collate "C" not null,
  site_id uuid not null,
  body text collate "C" not null,
  drive text collate "C" not null,
  department_id uuid,
  cost_centre_id uuid,
  is_in_use boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, vehicle_id)
);
comment on table read.vehicle is 'One vehicle as it stands; retired ones stay, since lines of the ledger name them.';
comment on column read.vehicle.tenant_id is 'the tenant the row belongs to';
comment on column read.vehicle.vehicle_id is 'the vehicle';
comment on column read.vehicle.code is 'what the company calls it; unique among vehicles in use';
comment on column read.vehicle.site_id is 'where it belongs; it charges on that country''s grid';
comment on column read.vehicle.body is 'what kind of vehicle it is, as published factors tell them apart';
comment on column read.vehicle.drive is 'what moves it: petrol, diesel, hybrid, cng, lpg, unknown, phev or bev';
comment on column read.vehicle.department_id is 'the department that bears what it emits; null is that of its site';
comment on column read.vehicle.cost_centre_id is 'the cost centre that bears it; null is that of its site';
comment on column read.vehicle.is_in_use is 'whether its use may be entered';
comment on column read.vehicle.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.vehicle.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.vehicle.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.vehicle.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.vehicle.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.activity (
  tenant_id uuid not null,
  activity_id uuid not null,
  kind text collate "C" not null,
  starts_on date not null,
  ends_on date not null,
  details jsonb not null,
  site_id uuid,
  vehicle_id uuid,
  department_id uuid,
  cost_centre_id uuid,
  location_g bigint not null,
  market_g bigint not null,
  is_withdrawn boolean not null,
  evidence jsonb not null,
  external_id text collate "C",
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, activity_id)
);
comment on table read.activity is 'One activity as it stands: a bill, a vehicle''s use, fuel, a leak, commuting or a purchase.';
comment on column read.activity.tenant_id is 'the tenant the row belongs to';
comment on column read.activity.activity_id is 'the activity';
comment on column read.activity.kind is 'what it is: energy_bill, vehicle_use, fuel, refrigerant, commuting or purchase';
comment on column read.activity.starts_on is 'its first day';
comment on column read.activity.ends_on is 'the day after its last one';
comment on column read.activity.details is 'everything that was entered, by kind';
comment on column read.activity.site_id is 'the site it belongs to';
comment on column read.activity.vehicle_id is 'the vehicle that was used';
comment on column read.activity.department_id is 'the department that bears it';
comment on column read.activity.cost_centre_id is 'the cost centre that bears it';
comment on column read.activity.location_g is 'grams CO2e of all its lines, by location; 0 once withdrawn';
comment on column read.activity.market_g is 'grams CO2e of all its lines, by market; 0 once withdrawn';
comment on column read.activity.is_withdrawn is 'whether it was taken back';
comment on column read.activity.evidence is 'SHA-256 of the files that prove it, in the order they were named';
comment on column read.activity.external_id is 'its id in the system it came from; once per company';
comment on column read.activity.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.activity.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.activity.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.activity.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.activity.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.carbon_line (
  tenant_id uuid not null,
  line_id uuid not null,
  entry text collate "C" not null,
  position bigint not null,
  recorded_at timestamptz not null,
  event_id uuid not null,
  event_topic text collate "C" not null,
  stream_id uuid not null,
  replaces uuid,
  reversed_position bigint,
  actual_position bigint,
  occurred_on date not null,
  month date not null,
  scope bigint not null,
  category text collate "C" not null,
  mode text collate "C" not null,
  activity text collate "C" not null,
  variant text collate "C" not null,
  part text collate "C" not null,
  site_id uuid,
  vehicle_id uuid,
  department_id uuid,
  cost_centre_id uuid,
  traveller_id uuid,
  trip_id uuid,
  segment_id uuid,
  route text collate "C",
  quantity numeric not null,
  unit text collate "C" not null,
  factor_id text collate "C" not null,
  factor_value numeric not null,
  factor_source text collate "C" not null,
  factor_publisher text collate "C" not null,
  factor_year bigint not null,
  method text collate "C" not null,
  location_g bigint not null,
  market_g bigint not null,
  market_basis text collate "C",
  market_quantity numeric,
  market_unit text collate "C",
  market_factor_id text collate "C",
  market_factor_value numeric,
  market_factor_source text collate "C",
  market_factor_publisher text collate "C",
  market_factor_year bigint,
  grade bigint not null,
  evidence_sha256 text collate "C",
  primary key (tenant_id, line_id)
);
comment on table read.carbon_line is 'One line of the carbon ledger: one emitting fact, or the taking back of one. Lines are only ever added; the sum over all lines up to a position is what was known there.';
comment on column read.carbon_line.tenant_id is 'the tenant the row belongs to';
comment on column read.carbon_line.line_id is 'the line; it follows from the event and the place in it, so that a replay makes the same one';
comment on column read.carbon_line.entry is 'whether the line is a fact, or a reversal: the same line with the opposite amounts';
comment on column read.carbon_line.position is 'place in the tenant''s log of the event that made the line';
comment on column read.carbon_line.recorded_at is 'when that event was recorded: from then on it was known';
comment on column read.carbon_line.event_id is 'the event that made the line';
comment on column read.carbon_line.event_topic is 'what kind of event it is';
comment on column read.carbon_line.stream_id is 'the stream of that event: the trip, or the activity that was recorded';
comment on column read.carbon_line.replaces is 'the line whose place this one takes: of a reversal the line it takes back, of a correction or a restatement the line that was right before';
comment on column read.carbon_line.reversed_position is 'place of the event that took the line back; null while it stands';
comment on column read.carbon_line.actual_position is 'place of the event by which the estimate became an actual (completion, approved expense) or was one from the start; null while it is an estimate';
comment on column read.carbon_line.occurred_on is 'the day it was emitted on; of a stretch of days, the first one in the month';
comment on column read.carbon_line.month is 'first day of that month';
comment on column read.carbon_line.scope is 'the scope of the GHG Protocol: 1, 2 or 3';
comment on column read.carbon_line.category is 'the category of the GHG Protocol, such as mobile_combustion (scope 1), purchased_electricity (scope 2) or business_travel (scope 3)';
comment on column read.carbon_line.mode is 'what emits, in a word reports group by: flight, hotel, rail, car and the like for journeys; electricity, heat, company_vehicle, fuel, refrigerant, commuting or purchase';
comment on column read.carbon_line.activity is 'the activity of the factor, as published';
comment on column read.carbon_line.variant is 'the variant of the factor, as published, such as cabin or fuel; may be empty';
comment on column read.carbon_line.part is 'which part of a figure: direct, electricity, grid_losses, upstream (well to tank), contrails or estimate';
comment on column read.carbon_line.site_id is 'the site it belongs to';
comment on column read.carbon_line.vehicle_id is 'the company''s vehicle';
comment on column read.carbon_line.department_id is 'the department on whose account it is';
comment on column read.carbon_line.cost_centre_id is 'the cost centre on whose account it is';
comment on column read.carbon_line.traveller_id is 'the member who travels';
comment on column read.carbon_line.trip_id is 'the trip';
comment on column read.carbon_line.segment_id is 'the segment of the trip';
comment on column read.carbon_line.route is 'from where to where, or the city of a stay';
comment on column read.carbon_line.quantity is 'how much was used: kilometres, nights, kilowatt hours, litres, kilograms, euros';
comment on column read.carbon_line.unit is 'what the quantity counts, and the factor is per';
comment on column read.carbon_line.factor_id is 'the publisher''s row of the factor; booked-figure where a figure was booked before lines kept it';
comment on column read.carbon_line.factor_value is 'kilograms CO2e per unit, as it was';
comment on column read.carbon_line.factor_source is 'the publication the factor stands in';
comment on column read.carbon_line.factor_publisher is 'who published it';
comment on column read.carbon_line.factor_year is 'the year of the publication';
comment on column read.carbon_line.method is 'the calculation method that was in force: desnz, ademe-france, icao or tim';
comment on column read.carbon_line.location_g is 'grams CO2e; in scope 2 by the location-based method. Negative on a reversal';
comment on column read.carbon_line.market_g is 'grams CO2e; in scope 2 by the market-based method, elsewhere the same as location_g';
comment on column read.carbon_line.market_basis is 'in scope 2, what the market-based figure rests on: supplier, guarantee_of_origin, residual_mix, or location_fallback where there is no contract; null in other scopes';
comment on column read.carbon_line.market_quantity is 'in scope 2, the quantity the market-based figure is made of: a car''s location figure may be published per kilometre, a contract never is';
comment on column read.carbon_line.market_unit is 'what that quantity counts';
comment on column read.carbon_line.market_factor_id is 'in scope 2, the row or contract of the market-based factor';
comment on column read.carbon_line.market_factor_value is 'in scope 2, kilograms CO2e per unit of the market-based factor, as it was';
comment on column read.carbon_line.market_factor_source is 'in scope 2, where the market-based factor stands';
comment on column read.carbon_line.market_factor_publisher is 'in scope 2, who published it: the supplier, for a contract';
comment on column read.carbon_line.market_factor_year is 'in scope 2, the year of its publication';
comment on column read.carbon_line.grade is 'quality of the data: 1 measured or flight known, 2 places known, 3 only distance or average, 4 only money';
comment on column read.carbon_line.evidence_sha256 is 'digest of the file that proves it';

create index site_newest on read.site (tenant_id, created_position);
create index meter_newest on read.meter (tenant_id, created_position);
create index vehicle_newest on read.vehicle (tenant_id, created_position);
create index activity_newest on read.activity (tenant_id, created_position);
create index activity_day on read.activity (tenant_id, starts_on);
create index carbon_line_day on read.carbon_line (tenant_id, occurred_on, line_id);
create index carbon_line_entered on read.carbon_line (tenant_id, position, line_id);
create index carbon_line_trip on read.carbon_line (tenant_id, trip_id) where trip_id is not null;
create index carbon_line_stream on read.carbon_line (tenant_id, stream_id);

grant select on read.site, read.meter, read.vehicle, read.activity, read.carbon_line
  to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on read.site, read.meter, read.vehicle, read.activity, read.carbon_line
  to escale_projector;
