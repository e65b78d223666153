-- What people with SQL see: one view per read model, the log, and how far each of them is. The views run
-- as whoever asks (security_invoker), so row-level security binds analysts and services alike.
-- Columns are a public contract: they are added at the end, and never renamed or removed.

create schema analytics authorization escale_owner;
grant usage on schema analytics to es_analyst, escale_app, escale_auditor;
comment on schema analytics is 'What a company may read of itself in SQL. Start with: select * from analytics.position';

create view analytics.tenant with (security_invoker = true) as
select tenant_id, id, company_name, slug, plan, custom_domain, theme, modules_enabled, sla_level,
       api_quota_daily, owner_id, version, created_at, updated_at, position
from read.tenant;
comment on view analytics.tenant is 'The tenant''s own details, in its own partition: at most one row.';
comment on column analytics.tenant.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.tenant.id is 'The tenant''s id, as the public interface names it.';
comment on column analytics.tenant.company_name is 'Name of the company.';
comment on column analytics.tenant.slug is 'The company''s name in addresses; unique on the platform.';
comment on column analytics.tenant.plan is 'The plan: starter, business or enterprise_plus.';
comment on column analytics.tenant.custom_domain is 'The company''s own domain name, if it has one.';
comment on column analytics.tenant.theme is 'Colours, logo and fonts of the white-label suite.';
comment on column analytics.tenant.modules_enabled is 'Names of the modules that are switched on, in alphabetical order.';
comment on column analytics.tenant.sla_level is 'Promised share of time the service answers: 0.995, 0.999 or 0.9995.';
comment on column analytics.tenant.api_quota_daily is 'API calls per day; null is unlimited.';
comment on column analytics.tenant.owner_id is 'The member who answers for the tenant since its opening.';
comment on column analytics.tenant.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.tenant.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.tenant.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.tenant.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.registration with (security_invoker = true) as
select tenant_id, registration_id, company_name, slug, plan, custom_domain, theme, modules_enabled,
       sla_level, api_quota_daily, owner_id, owner_email, owner_name, is_completed, version,
       created_at, updated_at, created_position, position
from read.registration;
comment on view analytics.registration is 'A company as it was registered; its id is the id of the company''s tenant.';
comment on column analytics.registration.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.registration.registration_id is 'The registration, and at the same time the id of the company''s tenant.';
comment on column analytics.registration.company_name is 'Name of the company.';
comment on column analytics.registration.slug is 'The company''s name in addresses; unique on the platform.';
comment on column analytics.registration.plan is 'The plan: starter, business or enterprise_plus.';
comment on column analytics.registration.custom_domain is 'The company''s own domain name, if it has one.';
comment on column analytics.registration.theme is 'Colours, logo and fonts of the white-label suite.';
comment on column analytics.registration.modules_enabled is 'Names of the modules that are switched on, in alphabetical order.';
comment on column analytics.registration.sla_level is 'Promised share of time the service answers: 0.995, 0.999 or 0.9995.';
comment on column analytics.registration.api_quota_daily is 'API calls per day; null is unlimited.';
comment on column analytics.registration.owner_id is 'The member who answers for the tenant since its opening.';
comment on column analytics.registration.owner_email is 'Personal: address of the first owner; null once erased.';
comment on column analytics.registration.owner_name is 'Personal: name of the first owner; null once erased.';
comment on column analytics.registration.is_completed is 'Whether the company''s tenant is open.';
comment on column analytics.registration.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.registration.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.registration.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.registration.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.registration.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.member with (security_invoker = true) as
select tenant_id, member_id, email, display_name, roles, status, has_joined, version, created_at,
       updated_at, created_position, position
from read.member;
comment on view analytics.member is 'One member. No password, not even as a hash.';
comment on column analytics.member.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.member.member_id is 'The member.';
comment on column analytics.member.email is 'Personal: the address the member signs in with; erased@erased.invalid once erased.';
comment on column analytics.member.display_name is 'Personal: the member''s name; [erased] once erased.';
comment on column analytics.member.roles is 'What the member does in the company, in alphabetical order.';
comment on column analytics.member.status is 'Where the membership stands: invited, active, deactivated or erased.';
comment on column analytics.member.has_joined is 'Whether the invitation was accepted by choosing a password.';
comment on column analytics.member.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.member.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.member.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.member.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.member.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.api_key with (security_invoker = true) as
select tenant_id, key_id, member_id, name, prefix, scopes, expires_at, is_revoked, version,
       created_at, updated_at, created_position, position
from read.api_key;
comment on view analytics.api_key is 'One key. No secret, not even as a hash.';
comment on column analytics.api_key.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.api_key.key_id is 'The key.';
comment on column analytics.api_key.member_id is 'The member the key acts for.';
comment on column analytics.api_key.name is 'What the key is for.';
comment on column analytics.api_key.prefix is 'The part of the key that may be shown again.';
comment on column analytics.api_key.scopes is 'What the key may touch, in alphabetical order.';
comment on column analytics.api_key.expires_at is 'The end of its life: from then on the key opens nothing.';
comment on column analytics.api_key.is_revoked is 'Whether the key was revoked before its time.';
comment on column analytics.api_key.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.api_key.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.api_key.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.api_key.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.api_key.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.policy_version with (security_invoker = true) as
select tenant_id, policy_id, policy_version, name, max_flight_class, max_hotel_stars,
       max_daily_budget_eur_cents, advance_booking_days, carbon_budget_kg_year,
       requires_approval_above_eur_cents, auto_flag_violations, is_active, created_at, adopted_at,
       replaced_at, version, position
from read.policy_version;
comment on view analytics.policy_version is 'One version of the policy, in force from `adopted_at` until `replaced_at`, if it is active.';
comment on column analytics.policy_version.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.policy_version.policy_id is 'The policy.';
comment on column analytics.policy_version.policy_version is 'Number of the version, 1 for the first; verdicts name it for ever after.';
comment on column analytics.policy_version.name is 'Name of the policy.';
comment on column analytics.policy_version.max_flight_class is 'Best cabin allowed: economy, premium_economy, business or first; null does not limit.';
comment on column analytics.policy_version.max_hotel_stars is 'Most hotel stars allowed; null does not limit.';
comment on column analytics.policy_version.max_daily_budget_eur_cents is 'Most a traveller may spend on one local day, in euro cents; null does not limit.';
comment on column analytics.policy_version.advance_booking_days is 'Fewest whole days between booking and departure; null does not limit.';
comment on column analytics.policy_version.carbon_budget_kg_year is 'Most the company may emit in a calendar year, in kg CO2e; null does not limit.';
comment on column analytics.policy_version.requires_approval_above_eur_cents is 'A journey that costs more needs approval, in euro cents; null never does.';
comment on column analytics.policy_version.auto_flag_violations is 'Whether broken rules raise an alert by themselves.';
comment on column analytics.policy_version.is_active is 'Whether journeys are judged by this version.';
comment on column analytics.policy_version.created_at is 'When the first version was adopted.';
comment on column analytics.policy_version.adopted_at is 'When this version was adopted.';
comment on column analytics.policy_version.replaced_at is 'When the next version was adopted; null for the newest.';
comment on column analytics.policy_version.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.policy_version.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.trip with (security_invoker = true) as
select tenant_id, trip_id, traveller_id, purpose, status, segments, destination, departs_at,
       ends_at, spend_eur_cents, carbon_g, segments_without_carbon, verdict, decided_by, reason,
       version, created_at, updated_at, created_position, position
from read.trip;
comment on view analytics.trip is 'One trip as it stands. The sums are those of its itinerary; the verdict is the latest one.';
comment on column analytics.trip.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.trip.trip_id is 'The trip.';
comment on column analytics.trip.traveller_id is 'The member who travels.';
comment on column analytics.trip.purpose is 'Personal: why the traveller goes; [erased] once the traveller is erased.';
comment on column analytics.trip.status is 'Where the trip stands: planned, submitted, approved, rejected, booked, completed or cancelled.';
comment on column analytics.trip.segments is 'Flights, stays and legs in the order they were added, each with its carbon figure and the factor used.';
comment on column analytics.trip.destination is 'Where the journey goes, in short: cities of the hotels, or else airports and places reached.';
comment on column analytics.trip.departs_at is 'First start of the itinerary; null while it is empty.';
comment on column analytics.trip.ends_at is 'Last end of the itinerary; null while it is empty.';
comment on column analytics.trip.spend_eur_cents is 'Price of the whole itinerary in euro cents.';
comment on column analytics.trip.carbon_g is 'Emissions of the whole itinerary in grams CO2e, where figures exist.';
comment on column analytics.trip.segments_without_carbon is 'Segments for which no emission factor is published.';
comment on column analytics.trip.verdict is 'What the policy said when the trip was last submitted or booked: policy id and version, broken rules; null without an active policy.';
comment on column analytics.trip.decided_by is 'The member who approved or rejected the trip.';
comment on column analytics.trip.reason is 'Personal: comment or reason given with the latest decision or cancellation; [erased] once the traveller is erased.';
comment on column analytics.trip.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.trip.created_at is 'When the first fact happened (occurred_at of the event).';
comment on column analytics.trip.updated_at is 'When the latest fact happened (occurred_at of the event).';
comment on column analytics.trip.created_position is 'Place of the first fact in the tenant''s log; the order of lists, newest first.';
comment on column analytics.trip.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.violation with (security_invoker = true) as
select tenant_id, violation_id, trip_id, traveller_id, rule, observed, "limit", unit, period,
       policy_id, policy_version, stage, alert, flagged_at, position
from read.violation;
comment on view analytics.violation is 'One broken rule of one trip: what was observed, what is allowed, under which policy version.';
comment on column analytics.violation.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.violation.violation_id is 'The finding; the same trip, rule and policy version always have the same.';
comment on column analytics.violation.trip_id is 'The trip that breaks the rule.';
comment on column analytics.violation.traveller_id is 'The member who travels.';
comment on column analytics.violation.rule is 'The broken rule, named as the policy''s field.';
comment on column analytics.violation.observed is 'What the trip shows, in the unit given.';
comment on column analytics.violation."limit" is 'What the policy allows, in the unit given.';
comment on column analytics.violation.unit is 'Unit of observed and limit: cabin, stars, EUR, days or kg.';
comment on column analytics.violation.period is 'The worst day or year, for rules that have one.';
comment on column analytics.violation.policy_id is 'The policy that was in force.';
comment on column analytics.violation.policy_version is 'Its version at the time.';
comment on column analytics.violation.stage is 'What the traveller was doing: submitted or booked.';
comment on column analytics.violation.alert is 'Whether the company wanted to be told.';
comment on column analytics.violation.flagged_at is 'When it was found (occurred_at of the event).';
comment on column analytics.violation.position is 'Place of the finding in the tenant''s log; the order of lists, newest first.';

create view analytics.travel_spend with (security_invoker = true) as
select tenant_id, line_id, month, trip_id, cost_type, state, spend_eur_cents, carbon_g, position
from read.travel_spend;
comment on view analytics.travel_spend is 'One line of the travel ledger: a segment''s share of one month, or one violation. A sum over lines rather than a running total: booking and cancelling set a state, so that the figures never depend on how often an event was seen.';
comment on column analytics.travel_spend.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.travel_spend.line_id is 'The segment, or the violation.';
comment on column analytics.travel_spend.month is 'First day of the month of travel, by the traveller''s clock.';
comment on column analytics.travel_spend.trip_id is 'The trip.';
comment on column analytics.travel_spend.cost_type is 'What was bought: flight, hotel, ground, or journey for what belongs to no single segment.';
comment on column analytics.travel_spend.state is 'Whether the line counts: planned (does not count), booked, cancelled after booking, or flagged for a violation.';
comment on column analytics.travel_spend.spend_eur_cents is 'The month''s share of the price in euro cents; 0 for a violation.';
comment on column analytics.travel_spend.carbon_g is 'The month''s share of the emissions in grams CO2e; 0 for a violation.';
comment on column analytics.travel_spend.position is 'Place in the tenant''s log of the fact that made the line.';

create view analytics.event with (security_invoker = true) as
select tenant_id, position, event_id, topic, originator_id as stream_id, originator_version as stream_version,
       (meta::jsonb ->> 'occurred_at')::timestamptz as occurred_at, recorded_at,
       (meta::jsonb ->> 'actor')::uuid as actor_id,
       coalesce(meta::jsonb ->> 'actor_kind', 'system') as actor_kind,
       (meta::jsonb ->> 'command')::uuid as command_id,
       (meta::jsonb ->> 'correlation')::uuid as correlation_id,
       (meta::jsonb ->> 'causation')::uuid as causation_id,
       coalesce(meta::jsonb ->> 'source', 'system') as source,
       convert_from(state, 'UTF8')::jsonb - '{password_hash, secret_hash}'::text[] as payload
from es.event;
comment on view analytics.event is 'The log itself: every fact, in the order of its position. What names a person is ciphertext.';
comment on column analytics.event.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.event.position is 'Place in the tenant''s log, 1 for the first; without gaps.';
comment on column analytics.event.event_id is 'The event.';
comment on column analytics.event.topic is 'What happened, with the version of its shape: trip.planned.v1.';
comment on column analytics.event.stream_id is 'Whom it happened to: the id of the trip, the member, the policy.';
comment on column analytics.event.stream_version is 'Place in the stream, 1 for the first.';
comment on column analytics.event.occurred_at is 'When it happened.';
comment on column analytics.event.recorded_at is 'When it was written down, by the server''s clock.';
comment on column analytics.event.actor_id is 'Who did it; null for the house itself.';
comment on column analytics.event.actor_kind is 'What the actor is: member, api_key, process, import or system.';
comment on column analytics.event.command_id is 'The command it answers; null without one.';
comment on column analytics.event.correlation_id is 'The conversation it belongs to; null without one.';
comment on column analytics.event.causation_id is 'The event that caused it; null without one.';
comment on column analytics.event.source is 'Where it came from: client, process, import or system.';
comment on column analytics.event.payload is 'The fact''s own fields. Personal ones are ciphertext, as stored; what opens a door is left out.';

create view analytics.position with (security_invoker = true) as
select h.tenant_id, v.table_name, coalesce(c.position, 0) as position, h.position as head,
       coalesce(c.status = 'paused', false) as is_paused
from es.tenant_head h
cross join (values
  ('tenant', 'projection:tenants'),
  ('registration', 'projection:registrations'),
  ('member', 'projection:members'),
  ('api_key', 'projection:api-keys'),
  ('policy_version', 'projection:policies'),
  ('trip', 'projection:trips'),
  ('violation', 'projection:violations'),
  ('travel_spend', 'projection:travel-spend')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;
comment on view analytics.position is 'How far each table is: what it shows includes every event up to its position.';
comment on column analytics.position.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.position.table_name is 'The table of this schema.';
comment on column analytics.position.position is 'Place in the tenant''s log up to which the table includes every event.';
comment on column analytics.position.head is 'Place of the latest event in the tenant''s log.';
comment on column analytics.position.is_paused is 'Whether the table waits for an operator and falls behind.';

-- What the views need, and nothing else: no schema but analytics can be named by an analyst.
grant select on read.tenant, read.registration, read.member, read.api_key,
  read.policy_version, read.trip, read.violation, read.travel_spend to es_analyst;
grant select (tenant_id, position, originator_id, originator_version, topic, state, event_id, recorded_at, meta)
  on es.event to es_analyst;
grant select (tenant_id, position) on es.tenant_head to es_analyst;
grant select (tenant_id, consumer, position, status) on es.checkpoint to es_analyst;
