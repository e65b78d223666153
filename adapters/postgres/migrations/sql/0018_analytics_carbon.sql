-- The same, as people with SQL see them.

create or replace view analytics.site with (security_invoker = true) as
select tenant_id, site_id, code, name, country, department_id, cost_centre_id, is_open, version,
       created_at, updated_at, created_position, position
from read.site;
comment on view analytics.site is 'One site as it stands; closed ones stay, since lines of the ledger name them.';
comment on column analytics.site.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.site.site_id is 'The site.';
comment on column analytics.site.code is 'What the company calls it in short; unique among open sites.';
comment on column analytics.site.name is 'What the company calls it.';
comment on column analytics.site.country is 'Whose grid feeds it: ISO 3166 code.';
comment on column analytics.site.department_id is 'The department that bears what it emits, unless an activity names another.';
comment on column analytics.site.cost_centre_id is 'The cost centre that bears it.';
comment on column analytics.site.is_open is 'Whether something new may be entered for it.';
comment on column analytics.site.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.site.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.site.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.site.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.site.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.meter with (security_invoker = true) as
select tenant_id, meter_id, site_id, code, energy, is_in_use, version, created_at, updated_at,
       created_position, position
from read.meter;
comment on view analytics.meter is 'One meter as it stands; removed ones stay, since bills name them.';
comment on column analytics.meter.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.meter.meter_id is 'The meter.';
comment on column analytics.meter.site_id is 'Where it measures.';
comment on column analytics.meter.code is 'What its bills call it; unique among meters in use.';
comment on column analytics.meter.energy is 'Electricity or heat.';
comment on column analytics.meter.is_in_use is 'Whether bills may be entered for it.';
comment on column analytics.meter.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.meter.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.meter.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.meter.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.meter.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.vehicle with (security_invoker = true) as
select tenant_id, vehicle_id, code, site_id, body, drive, department_id, cost_centre_id, is_in_use,
       version, created_at, updated_at, created_position, position
from read.vehicle;
comment on view analytics.vehicle is 'One vehicle as it stands; retired ones stay, since lines of the ledger name them.';
comment on column analytics.vehicle.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.vehicle.vehicle_id is 'The vehicle.';
comment on column analytics.vehicle.code is 'What the company calls it; unique among vehicles in use.';
comment on column analytics.vehicle.site_id is 'Where it belongs; it charges on that country''s grid.';
comment on column analytics.vehicle.body is 'What kind of vehicle it is, as published factors tell them apart.';
comment on column analytics.vehicle.drive is 'What moves it: petrol, diesel, hybrid, cng, lpg, unknown, phev or bev.';
comment on column analytics.vehicle.department_id is 'The department that bears what it emits; null is that of its site.';
comment on column analytics.vehicle.cost_centre_id is 'The cost centre that bears it; null is that of its site.';
comment on column analytics.vehicle.is_in_use is 'Whether its use may be entered.';
comment on column analytics.vehicle.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.vehicle.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.vehicle.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.vehicle.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.vehicle.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.activity with (security_invoker = true) as
select tenant_id, activity_id, kind, starts_on, ends_on, details, site_id, vehicle_id, department_id,
       cost_centre_id, location_g, market_g, is_withdrawn, evidence, external_id, version, created_at,
       updated_at, created_position, position
from read.activity;
comment on view analytics.activity is 'One activity as it stands: a bill, a vehicle''s use, fuel, a leak, commuting or a purchase.';
comment on column analytics.activity.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.activity.activity_id is 'The activity.';
comment on column analytics.activity.kind is 'What it is: energy_bill, vehicle_use, fuel, refrigerant, commuting or purchase.';
comment on column analytics.activity.starts_on is 'Its first day.';
comment on column analytics.activity.ends_on is 'The day after its last one.';
comment on column analytics.activity.details is 'Everything that was entered, by kind.';
comment on column analytics.activity.site_id is 'The site it belongs to.';
comment on column analytics.activity.vehicle_id is 'The vehicle that was used.';
comment on column analytics.activity.department_id is 'The department that bears it.';
comment on column analytics.activity.cost_centre_id is 'The cost centre that bears it.';
comment on column analytics.activity.location_g is 'Grams CO2e of all its lines, by location; 0 once withdrawn.';
comment on column analytics.activity.market_g is 'Grams CO2e of all its lines, by market; 0 once withdrawn.';
comment on column analytics.activity.is_withdrawn is 'Whether it was taken back.';
comment on column analytics.activity.evidence is 'SHA-256 of the files that prove it, in the order they were named.';
comment on column analytics.activity.external_id is 'Its id in the system it came from; once per company.';
comment on column analytics.activity.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.activity.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.activity.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.activity.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.activity.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.carbon_line with (security_invoker = true) as
select tenant_id, line_id, entry, position, recorded_at, event_id, event_topic, stream_id, replaces,
       reversed_position, actual_position, occurred_on, month, scope, category, mode, activity, variant,
       part, site_id, vehicle_id, department_id, cost_centre_id, traveller_id, trip_id, segment_id,
       route, quantity, unit, factor_id, factor_value, factor_source, factor_publisher, factor_year,
       method, location_g, market_g, market_basis, market_quantity, market_unit, market_factor_id,
       market_factor_value, market_factor_source, market_factor_publisher, market_factor_year, grade,
       evidence_sha256
from read.carbon_line;
comment on view analytics.carbon_line is 'One line of the carbon ledger: one emitting fact, or the taking back of one. Lines are only ever added; the sum over all lines up to a position is what was known there.';
comment on column analytics.carbon_line.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.carbon_line.line_id is 'The line; it follows from the event and the place in it, so that a replay makes the same one.';
comment on column analytics.carbon_line.entry is 'Whether the line is a fact, or a reversal: the same line with the opposite amounts.';
comment on column analytics.carbon_line.position is 'Place in the tenant''s log of the event that made the line.';
comment on column analytics.carbon_line.recorded_at is 'When that event was recorded: from then on it was known.';
comment on column analytics.carbon_line.event_id is 'The event that made the line.';
comment on column analytics.carbon_line.event_topic is 'What kind of event it is.';
comment on column analytics.carbon_line.stream_id is 'The stream of that event: the trip, or the activity that was recorded.';
comment on column analytics.carbon_line.replaces is 'The line whose place this one takes: of a reversal the line it takes back, of a correction or a restatement the line that was right before.';
comment on column analytics.carbon_line.reversed_position is 'Place of the event that took the line back; null while it stands.';
comment on column analytics.carbon_line.actual_position is 'Place of the event by which the estimate became an actual (completion, approved expense) or was one from the start; null while it is an estimate.';
comment on column analytics.carbon_line.occurred_on is 'The day it was emitted on; of a stretch of days, the first one in the month.';
comment on column analytics.carbon_line.month is 'First day of that month.';
comment on column analytics.carbon_line.scope is 'The scope of the GHG Protocol: 1, 2 or 3.';
comment on column analytics.carbon_line.category is 'The category of the GHG Protocol, such as mobile_combustion (scope 1), purchased_electricity (scope 2) or business_travel (scope 3).';
comment on column analytics.carbon_line.mode is 'What emits, in a word reports group by: flight, hotel, rail, car and the like for journeys; electricity, heat, company_vehicle, fuel, refrigerant, commuting or purchase.';
comment on column analytics.carbon_line.activity is 'The activity of the factor, as published.';
comment on column analytics.carbon_line.variant is 'The variant of the factor, as published, such as cabin or fuel; may be empty.';
comment on column analytics.carbon_line.part is 'Which part of a figure: direct, electricity, grid_losses, upstream (well to tank), contrails or estimate.';
comment on column analytics.carbon_line.site_id is 'The site it belongs to.';
comment on column analytics.carbon_line.vehicle_id is 'The company''s vehicle.';
comment on column analytics.carbon_line.department_id is 'The department on whose account it is.';
comment on column analytics.carbon_line.cost_centre_id is 'The cost centre on whose account it is.';
comment on column analytics.carbon_line.traveller_id is 'The member who travels.';
comment on column analytics.carbon_line.trip_id is 'The trip.';
comment on column analytics.carbon_line.segment_id is 'The segment of the trip.';
comment on column analytics.carbon_line.route is 'From where to where, or the city of a stay.';
comment on column analytics.carbon_line.quantity is 'How much was used: kilometres, nights, kilowatt hours, litres, kilograms, euros.';
comment on column analytics.carbon_line.unit is 'What the quantity counts, and the factor is per.';
comment on column analytics.carbon_line.factor_id is 'The publisher''s row of the factor; booked-figure where a figure was booked before lines kept it.';
comment on column analytics.carbon_line.factor_value is 'Kilograms CO2e per unit, as it was.';
comment on column analytics.carbon_line.factor_source is 'The publication the factor stands in.';
comment on column analytics.carbon_line.factor_publisher is 'Who published it.';
comment on column analytics.carbon_line.factor_year is 'The year of the publication.';
comment on column analytics.carbon_line.method is 'The calculation method that was in force: desnz, ademe-france, icao or tim.';
comment on column analytics.carbon_line.location_g is 'Grams CO2e; in scope 2 by the location-based method. Negative on a reversal.';
comment on column analytics.carbon_line.market_g is 'Grams CO2e; in scope 2 by the market-based method, elsewhere the same as location_g.';
comment on column analytics.carbon_line.market_basis is 'In scope 2, what the market-based figure rests on: supplier, guarantee_of_origin, residual_mix, or location_fallback where there is no contract; null in other scopes.';
comment on column analytics.carbon_line.market_quantity is 'In scope 2, the quantity the market-based figure is made of: a car''s location figure may be published per kilometre, a contract never is.';
comment on column analytics.carbon_line.market_unit is 'What that quantity counts.';
comment on column analytics.carbon_line.market_factor_id is 'In scope 2, the row or contract of the market-based factor.';
comment on column analytics.carbon_line.market_factor_value is 'In scope 2, kilograms CO2e per unit of the market-based factor, as it was.';
comment on column analytics.carbon_line.market_factor_source is 'In scope 2, where the market-based factor stands.';
comment on column analytics.carbon_line.market_factor_publisher is 'In scope 2, who published it: the supplier, for a contract.';
comment on column analytics.carbon_line.market_factor_year is 'In scope 2, the year of its publication.';
comment on column analytics.carbon_line.grade is 'Quality of the data: 1 measured or flight known, 2 places known, 3 only distance or average, 4 only money.';
comment on column analytics.carbon_line.evidence_sha256 is 'Digest of the file that proves it.';

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
  ('benchmark_cell', 'projection:benchmark-cells'),
  ('site', 'projection:sites'),
  ('meter', 'projection:meters'),
  ('vehicle', 'projection:vehicles'),
  ('activity', 'projection:activities'),
  ('carbon_line', 'projection:carbon-ledger')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;

grant select on read.site, read.meter, read.vehicle, read.activity, read.carbon_line to es_analyst;
