-- Views of the read models that business travel brought or widened. `create or replace` adds columns at the end.

create or replace view analytics.policy_version with (security_invoker = true) as
select tenant_id, policy_id, policy_version, name, max_flight_class, max_hotel_stars,
       max_daily_budget_eur_cents, advance_booking_days, carbon_budget_kg_year,
       requires_approval_above_eur_cents, auto_flag_violations, is_active, created_at, adopted_at,
       replaced_at, version, position, group_id, outcomes, carbon_budget_scope, approval_levels,
       approval_deadline_hours
from read.policy_version;
comment on view analytics.policy_version is 'One version of the policy, in force from `adopted_at` until `replaced_at`, if it is active.';
comment on column analytics.policy_version.group_id is 'The group of travellers the policy is for; null is everyone without a policy of their group.';
comment on column analytics.policy_version.outcomes is 'What each broken rule leads to: allow, warn, require_approval or block.';
comment on column analytics.policy_version.carbon_budget_scope is 'Whose emissions of a year the carbon budget limits: tenant, department, cost_centre or traveller.';
comment on column analytics.policy_version.approval_levels is 'How many approvers have to agree, one after the other.';
comment on column analytics.policy_version.approval_deadline_hours is 'Hours each approver has; null is no limit.';

create or replace view analytics.unit with (security_invoker = true) as
select tenant_id, unit_id, kind, code, name, is_open, version, created_at, updated_at, created_position,
       position
from read.unit;
comment on view analytics.unit is 'One unit as it stands; closed ones stay, since journeys are on their account.';
comment on column analytics.unit.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.unit.unit_id is 'The unit.';
comment on column analytics.unit.kind is 'Department, cost_centre or traveller_group.';
comment on column analytics.unit.code is 'What the company calls it in short; unique among open units of a kind.';
comment on column analytics.unit.name is 'What the company calls it.';
comment on column analytics.unit.is_open is 'Whether something new may be put on its account.';
comment on column analytics.unit.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.unit.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.unit.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.unit.created_position is 'Place of the first fact in the tenant''s log; lists are sorted by it.';
comment on column analytics.unit.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.traveller with (security_invoker = true) as
select tenant_id, member_id, department_id, cost_centre_id, group_id, approver_id, delegate_id,
       delegated_from, delegated_until, version, created_position, position
from read.traveller;
comment on view analytics.traveller is 'One member''s travel profile. Who has none is in no unit and travels with anyone''s consent.';
comment on column analytics.traveller.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.traveller.member_id is 'The member.';
comment on column analytics.traveller.department_id is 'Where they work.';
comment on column analytics.traveller.cost_centre_id is 'Who usually pays for their journeys.';
comment on column analytics.traveller.group_id is 'The group of travellers whose policy judges them; null is everyone''s.';
comment on column analytics.traveller.approver_id is 'The member who is asked first to agree to their journeys; null is anyone who may approve.';
comment on column analytics.traveller.delegate_id is 'The member who decides in their place, from delegated_from until delegated_until.';
comment on column analytics.traveller.delegated_from is 'When the delegate begins to decide.';
comment on column analytics.traveller.delegated_until is 'When the member decides again; no longer included.';
comment on column analytics.traveller.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.traveller.created_position is 'Place of the first fact in the tenant''s log; lists are sorted by it.';
comment on column analytics.traveller.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.budget with (security_invoker = true) as
select tenant_id, year, scope, unit, owner, owner_id, amount, outcome, set_at, position
from read.budget;
comment on view analytics.budget is 'One amount of one year, as it was last set: cents where the unit is EUR, grams where it is kg.';
comment on column analytics.budget.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.budget.year is 'The calendar year of the travel days.';
comment on column analytics.budget.scope is 'Whose budget it is, in one word: tenant, department:<id>.';
comment on column analytics.budget.unit is 'EUR (the amount is in cents) or kg (the amount is in grams).';
comment on column analytics.budget.owner is 'Tenant, department, cost_centre or traveller.';
comment on column analytics.budget.owner_id is 'Which one of them; null for the tenant itself.';
comment on column analytics.budget.amount is 'What is set apart, in cents or grams.';
comment on column analytics.budget.outcome is 'What a journey beyond it leads to: allow, warn, require_approval or block.';
comment on column analytics.budget.set_at is 'When the amount was last set (occurred_at of the event).';
comment on column analytics.budget.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create or replace view analytics.trip with (security_invoker = true) as
select tenant_id, trip_id, traveller_id, purpose, status, segments, destination, departs_at, ends_at,
       spend_eur_cents, carbon_g, segments_without_carbon, verdict, decided_by, reason, version,
       created_at, updated_at, created_position, position, department_id, cost_centre_id, group_id,
       approver_ids, approver_id, approval_level, approval_due_at
from read.trip;
comment on view analytics.trip is 'One trip as it stands. The sums are those of its itinerary, in euros at the rate of the booking once it is booked; the verdict is the latest one.';
comment on column analytics.trip.department_id is 'The department on whose account the trip is.';
comment on column analytics.trip.cost_centre_id is 'The cost centre that pays.';
comment on column analytics.trip.group_id is 'The group of travellers whose policy judged the trip last.';
comment on column analytics.trip.approver_ids is 'Who is asked to agree, in order; empty is anyone who may approve.';
comment on column analytics.trip.approver_id is 'Who has to decide next; null is anyone who may approve.';
comment on column analytics.trip.approval_level is 'How many approvers were asked before that one.';
comment on column analytics.trip.approval_due_at is 'When that approver''s time is up; null is no limit.';

create or replace view analytics.violation with (security_invoker = true) as
select tenant_id, violation_id, trip_id, traveller_id, rule, observed, "limit", unit, period, policy_id,
       policy_version, stage, alert, flagged_at, position, scope, outcome, starts_on, department_id,
       cost_centre_id, group_id, status, decided_by, decided_at
from read.violation;
comment on view analytics.violation is 'One broken rule of one trip: what was observed, what is allowed, under which policy version.';
comment on column analytics.violation.scope is 'Whose budget was exceeded, where the rule is one of several.';
comment on column analytics.violation.outcome is 'What the policy makes of it: warn, require_approval or block.';
comment on column analytics.violation.starts_on is 'First local day of the journey; null where it was flagged before that was kept.';
comment on column analytics.violation.department_id is 'The department on whose account the trip is.';
comment on column analytics.violation.cost_centre_id is 'The cost centre that pays.';
comment on column analytics.violation.group_id is 'The group of travellers whose policy was broken.';
comment on column analytics.violation.status is 'Open, acknowledged or exempted.';
comment on column analytics.violation.decided_by is 'The member who acknowledged it or made the exception.';
comment on column analytics.violation.decided_at is 'When it was acknowledged or exempted (occurred_at of the event).';

create or replace view analytics.travel_spend with (security_invoker = true) as
select tenant_id, line_id, month, trip_id, cost_type, state, spend_eur_cents, carbon_g, position,
       traveller_id, department_id, cost_centre_id, group_id, mode, route, supplier, currency
from read.travel_spend;
comment on view analytics.travel_spend is 'One line of the travel ledger: a segment''s share of one month, or one violation. A sum over lines rather than a running total: booking and cancelling set a state, so that the figures never depend on how often an event was seen.';
comment on column analytics.travel_spend.cost_type is 'Flight, hotel, ground, or journey for what belongs to no single segment.';
comment on column analytics.travel_spend.state is 'Planned (does not count), booked, cancelled after booking, or flagged for a violation.';
comment on column analytics.travel_spend.traveller_id is 'The member who travels.';
comment on column analytics.travel_spend.department_id is 'The department on whose account the trip is.';
comment on column analytics.travel_spend.cost_centre_id is 'The cost centre that pays.';
comment on column analytics.travel_spend.group_id is 'The group of travellers the traveller belonged to.';
comment on column analytics.travel_spend.mode is 'Flight, hotel or the way of travelling on the ground.';
comment on column analytics.travel_spend.route is 'From where to where, or the city of a stay.';
comment on column analytics.travel_spend.supplier is 'Who was paid, where it was said.';
comment on column analytics.travel_spend.currency is 'The currency of the price; the amount is in euros at the rate of the booking day.';

create or replace view analytics.travel_total with (security_invoker = true) as
select tenant_id, dimension, value, month, trips_booked, trips_cancelled, trips_compliant,
       trips_unjudged, spend_eur_cents, carbon_g, violations_warned, violations_for_approval,
       violations_blocked, position
from read.travel_total;
comment on view analytics.travel_total is 'The figures of one month of one department, supplier, ...; of the dimension `trip`, those of one trip. `position` is that of the latest fact added: an earlier one is in already, however often it is seen.';
comment on column analytics.travel_total.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.travel_total.dimension is 'All, department, cost_centre, traveller, supplier, route, cost_type or currency; trip is one line per trip.';
comment on column analytics.travel_total.value is 'Which one of the dimension; empty is what belongs to none.';
comment on column analytics.travel_total.month is 'First day of a month by the traveller''s clock: that of the days for spend and carbon, that of the first day of the journey for trips and violations.';
comment on column analytics.travel_total.trips_booked is 'Trips booked and not cancelled that start in the month.';
comment on column analytics.travel_total.trips_cancelled is 'Trips of the month that were cancelled after booking.';
comment on column analytics.travel_total.trips_compliant is 'Those of trips_booked that broke no rule when they were booked.';
comment on column analytics.travel_total.trips_unjudged is 'Those of trips_booked for which no policy was in force; they count as compliant.';
comment on column analytics.travel_total.spend_eur_cents is 'Euro cents of the month''s travel days, at the rates of the booking.';
comment on column analytics.travel_total.carbon_g is 'Grams CO2e of the month''s travel days.';
comment on column analytics.travel_total.violations_warned is 'Violations the policy warned of when they were found.';
comment on column analytics.travel_total.violations_for_approval is 'Violations that asked for approval when they were found.';
comment on column analytics.travel_total.violations_blocked is 'Violations that blocked the journey when they were found.';
comment on column analytics.travel_total.position is 'Place in the tenant''s log of the latest fact that was added.';

create or replace view analytics.expense with (security_invoker = true) as
select tenant_id, expense_id, trip_id, traveller_id, category, segment_id, day, amount_minor, currency,
       eur_cents, receipt_sha256, external_id, note, status, decided_by, reported_at, created_position,
       position
from read.expense;
comment on view analytics.expense is 'One expense as it stands; the euros are those of the day it was paid on.';
comment on column analytics.expense.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.expense.expense_id is 'The expense.';
comment on column analytics.expense.trip_id is 'The trip it was paid on.';
comment on column analytics.expense.traveller_id is 'The member who travels.';
comment on column analytics.expense.category is 'Flight, hotel, ground, meals, fees or other.';
comment on column analytics.expense.segment_id is 'The booked segment it was paid for; null is none in particular.';
comment on column analytics.expense.day is 'Local day of the payment.';
comment on column analytics.expense.amount_minor is 'What was paid, in the smallest unit of the currency.';
comment on column analytics.expense.currency is 'ISO 4217 code.';
comment on column analytics.expense.eur_cents is 'The same in euro cents, at the rate of that day.';
comment on column analytics.expense.receipt_sha256 is 'Digest of the receipt''s file.';
comment on column analytics.expense.external_id is 'Its id in the system it came from; once per company.';
comment on column analytics.expense.note is 'The traveller''s words; personal.';
comment on column analytics.expense.status is 'Reported, approved, rejected or withdrawn; the last two do not count.';
comment on column analytics.expense.decided_by is 'The member who approved or rejected it.';
comment on column analytics.expense.reported_at is 'When it was reported (occurred_at of the event).';
comment on column analytics.expense.created_position is 'Place of the report in the tenant''s log; the order of lists, newest first.';
comment on column analytics.expense.position is 'Place of the latest fact about it.';

create or replace view analytics.trip_reconciliation with (security_invoker = true) as
select tenant_id, trip_id, traveller_id, department_id, cost_centre_id, starts_on, is_cancelled, booked,
       expenses, estimate_eur_cents, reported_eur_cents, reconciliation, is_reconciled, reconciled_by,
       reconciled_at, position
from read.trip_reconciliation;
comment on view analytics.trip_reconciliation is 'One booked trip: its estimate, what was reported, and the difference, as of now. `is_reconciled` says whether someone settled it and nothing has changed since.';
comment on column analytics.trip_reconciliation.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.trip_reconciliation.trip_id is 'The trip.';
comment on column analytics.trip_reconciliation.traveller_id is 'The member who travels.';
comment on column analytics.trip_reconciliation.department_id is 'The department on whose account the trip is.';
comment on column analytics.trip_reconciliation.cost_centre_id is 'The cost centre that pays.';
comment on column analytics.trip_reconciliation.starts_on is 'First local day of the journey.';
comment on column analytics.trip_reconciliation.is_cancelled is 'Whether the booking was called off.';
comment on column analytics.trip_reconciliation.booked is 'The lines of the booking.';
comment on column analytics.trip_reconciliation.expenses is 'The expenses that count.';
comment on column analytics.trip_reconciliation.estimate_eur_cents is 'What the trip was booked for, in euro cents.';
comment on column analytics.trip_reconciliation.reported_eur_cents is 'What was reported, in euro cents; never added to the estimate.';
comment on column analytics.trip_reconciliation.reconciliation is 'The two by segment and category, with difference and what is missing.';
comment on column analytics.trip_reconciliation.is_reconciled is 'Whether someone settled it and nothing changed since.';
comment on column analytics.trip_reconciliation.reconciled_by is 'The member who settled it last.';
comment on column analytics.trip_reconciliation.reconciled_at is 'When it was settled last.';
comment on column analytics.trip_reconciliation.position is 'Place in the tenant''s log of the latest fact about it.';

create or replace view analytics.exchange_rate with (security_invoker = true) as
select tenant_id, currency, published_on, units_per_eur, source, corrected_at, position
from read.exchange_rate;
comment on view analytics.exchange_rate is 'The rate of one currency on one banking day; kept in the platform''s own tenant.';
comment on column analytics.exchange_rate.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.exchange_rate.currency is 'ISO 4217 code.';
comment on column analytics.exchange_rate.published_on is 'The banking day.';
comment on column analytics.exchange_rate.units_per_eur is 'Units of the currency for one euro.';
comment on column analytics.exchange_rate.source is 'Who published it.';
comment on column analytics.exchange_rate.corrected_at is 'When the publisher changed it; null is never.';
comment on column analytics.exchange_rate.position is 'Place in the tenant''s log of the fact that made the row.';

create or replace view analytics.benchmark_trip with (security_invoker = true) as
select tenant_id, trip_id, state, starts_on, segments, spend_eur_cents, carbon_g, has_carbon, is_judged,
       is_compliant, advance_days, flights, premium_flights, position
from read.benchmark_trip;
comment on view analytics.benchmark_trip is 'One trip, measured when it was booked. `starts_on` says in which quarter it counts.';
comment on column analytics.benchmark_trip.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.benchmark_trip.trip_id is 'The trip.';
comment on column analytics.benchmark_trip.state is 'Planned (does not count), booked or cancelled.';
comment on column analytics.benchmark_trip.starts_on is 'First local day of the journey; its quarter is where the trip counts. Null before the booking.';
comment on column analytics.benchmark_trip.segments is 'Start, time zone and cabin of each segment.';
comment on column analytics.benchmark_trip.spend_eur_cents is 'Price at the booking, in euro cents.';
comment on column analytics.benchmark_trip.carbon_g is 'Emissions in grams CO2e.';
comment on column analytics.benchmark_trip.has_carbon is 'Whether every segment has a carbon figure.';
comment on column analytics.benchmark_trip.is_judged is 'Whether a policy was in force at the booking.';
comment on column analytics.benchmark_trip.is_compliant is 'Whether it was judged and broke no rule that counts.';
comment on column analytics.benchmark_trip.advance_days is 'Local days between booking and departure.';
comment on column analytics.benchmark_trip.flights is 'Flights in the itinerary.';
comment on column analytics.benchmark_trip.premium_flights is 'Those above economy.';
comment on column analytics.benchmark_trip.position is 'Place in the tenant''s log of the fact that booked or cancelled it.';

create or replace view analytics.benchmark_cell with (security_invoker = true) as
select tenant_id, quarter, metric, sector, lower, median, upper, published_at, position
from read.benchmark_cell;
comment on view analytics.benchmark_cell is 'The quartiles of one sector for one metric of one quarter; a cell withheld has no row.';
comment on column analytics.benchmark_cell.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.benchmark_cell.quarter is 'Quarter of travel, such as 2030-Q1.';
comment on column analytics.benchmark_cell.metric is 'What is compared.';
comment on column analytics.benchmark_cell.sector is 'Section or division of NACE 2.1, or all.';
comment on column analytics.benchmark_cell.lower is 'A quarter of the companies lie below, in coarse steps.';
comment on column analytics.benchmark_cell.median is 'Half of the companies lie below, in coarse steps.';
comment on column analytics.benchmark_cell.upper is 'Three quarters of the companies lie below, in coarse steps.';
comment on column analytics.benchmark_cell.published_at is 'When it was published, for good.';
comment on column analytics.benchmark_cell.position is 'Place in the tenant''s log of the publication.';

create or replace view analytics.position with (security_invoker = true) as
select h.tenant_id, v.table_name, coalesce(c.position, 0) as position, h.position as head,
       coalesce(c.status = 'paused', false) as is_paused
from es.tenant_head h
cross join (values
  ('tenant', 'projection:tenants'),
  ('registration', 'projection:registrations'),
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

grant select on read.unit, read.traveller, read.budget, read.travel_total, read.expense,
  read.trip_reconciliation, read.exchange_rate, read.benchmark_trip, read.benchmark_cell to
  es_analyst;
