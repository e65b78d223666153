-- The read models: one table per projector, written from events alone and rebuilt at will.
-- Columns stand in the order of the row class; every key and index starts with tenant_id, and the
-- columns a list is filtered or sorted by have leakproof comparisons, which is what reaches an index under RLS.

create table read.tenant (
  tenant_id uuid not null,
  id uuid not null,
  company_name text not null,
  slug text collate "C" not null,
  plan text collate "C" not null,
  custom_domain text collate "C",
  theme jsonb not null,
  modules_enabled jsonb not null,
  sla_level numeric not null,
  api_quota_daily bigint,
  owner_id uuid not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  position bigint not null,
  primary key (tenant_id, id)
);
comment on table read.tenant is 'The tenant''s own details, in its own partition: at most one row.';
comment on column read.tenant.tenant_id is 'the tenant the row belongs to';
comment on column read.tenant.id is 'the tenant''s id, as the public interface names it';
comment on column read.tenant.company_name is 'name of the company';
comment on column read.tenant.slug is 'the company''s name in addresses; unique on the platform';
comment on column read.tenant.plan is 'starter, business or enterprise_plus';
comment on column read.tenant.custom_domain is 'the company''s own domain name, if it has one';
comment on column read.tenant.theme is 'colours, logo and fonts of the white-label suite';
comment on column read.tenant.modules_enabled is 'names of the modules that are switched on, in alphabetical order';
comment on column read.tenant.sla_level is 'promised share of time the service answers: 0.995, 0.999 or 0.9995';
comment on column read.tenant.api_quota_daily is 'API calls per day; null is unlimited';
comment on column read.tenant.owner_id is 'the member who answers for the tenant since its opening';
comment on column read.tenant.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.tenant.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.tenant.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.tenant.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.registration (
  tenant_id uuid not null,
  registration_id uuid not null,
  company_name text not null,
  slug text collate "C" not null,
  plan text collate "C" not null,
  custom_domain text collate "C",
  theme jsonb not null,
  modules_enabled jsonb not null,
  sla_level numeric not null,
  api_quota_daily bigint,
  owner_id uuid not null,
  owner_email text,
  owner_name text,
  is_completed boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, registration_id)
);
create index registration_newest on read.registration (tenant_id, created_position);
create index registration_slug on read.registration (tenant_id, slug);
create index registration_owner on read.registration (tenant_id, owner_id);
comment on table read.registration is 'Companies the platform registered; rows exist in the platform''s own tenant only.';
comment on column read.registration.tenant_id is 'the tenant the row belongs to';
comment on column read.registration.registration_id is 'the registration, and at the same time the id of the company''s tenant';
comment on column read.registration.company_name is 'name of the company';
comment on column read.registration.slug is 'the company''s name in addresses; unique on the platform';
comment on column read.registration.plan is 'starter, business or enterprise_plus';
comment on column read.registration.custom_domain is 'the company''s own domain name, if it has one';
comment on column read.registration.theme is 'colours, logo and fonts of the white-label suite';
comment on column read.registration.modules_enabled is 'names of the modules that are switched on, in alphabetical order';
comment on column read.registration.sla_level is 'promised share of time the service answers: 0.995, 0.999 or 0.9995';
comment on column read.registration.api_quota_daily is 'API calls per day; null is unlimited';
comment on column read.registration.owner_id is 'the member who answers for the tenant since its opening';
comment on column read.registration.owner_email is 'personal: address of the first owner; null once erased';
comment on column read.registration.owner_name is 'personal: name of the first owner; null once erased';
comment on column read.registration.is_completed is 'whether the company''s tenant is open';
comment on column read.registration.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.registration.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.registration.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.registration.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.registration.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.member (
  tenant_id uuid not null,
  member_id uuid not null,
  email text collate "C" not null,
  display_name text not null,
  roles jsonb not null,
  status text collate "C" not null,
  has_joined boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, member_id)
);
create index member_newest on read.member (tenant_id, created_position);
create index member_status on read.member (tenant_id, status, created_position);
comment on table read.member is 'The people of a tenant. No password, not even as a hash.';
comment on column read.member.tenant_id is 'the tenant the row belongs to';
comment on column read.member.member_id is 'the member';
comment on column read.member.email is 'personal: the address the member signs in with; erased@erased.invalid once erased';
comment on column read.member.display_name is 'personal: the member''s name; [erased] once erased';
comment on column read.member.roles is 'what the member does in the company, in alphabetical order';
comment on column read.member.status is 'invited, active, deactivated or erased';
comment on column read.member.has_joined is 'whether the invitation was accepted by choosing a password';
comment on column read.member.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.member.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.member.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.member.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.member.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.api_key (
  tenant_id uuid not null,
  key_id uuid not null,
  member_id uuid not null,
  name text not null,
  prefix text collate "C" not null,
  scopes jsonb not null,
  expires_at timestamptz not null,
  is_revoked boolean not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, key_id)
);
create index api_key_newest on read.api_key (tenant_id, created_position);
create index api_key_member on read.api_key (tenant_id, member_id, created_position);
comment on table read.api_key is 'Keys of programs that act for a member. No secret, not even as a hash.';
comment on column read.api_key.tenant_id is 'the tenant the row belongs to';
comment on column read.api_key.key_id is 'the key';
comment on column read.api_key.member_id is 'the member the key acts for';
comment on column read.api_key.name is 'what the key is for';
comment on column read.api_key.prefix is 'the part of the key that may be shown again';
comment on column read.api_key.scopes is 'what the key may touch, in alphabetical order';
comment on column read.api_key.expires_at is 'from then on the key opens nothing';
comment on column read.api_key.is_revoked is 'whether the key was revoked before its time';
comment on column read.api_key.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.api_key.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.api_key.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.api_key.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.api_key.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.policy_version (
  tenant_id uuid not null,
  policy_id uuid not null,
  policy_version bigint not null,
  name text not null,
  max_flight_class text collate "C",
  max_hotel_stars bigint,
  max_daily_budget_eur_cents bigint,
  advance_booking_days bigint,
  carbon_budget_kg_year numeric,
  requires_approval_above_eur_cents bigint,
  auto_flag_violations boolean not null,
  is_active boolean not null,
  created_at timestamptz not null,
  adopted_at timestamptz not null,
  replaced_at timestamptz,
  version bigint not null,
  position bigint not null,
  primary key (tenant_id, policy_id, policy_version)
);
create index policy_version_newest on read.policy_version (tenant_id, policy_version);
comment on table read.policy_version is 'The travel policy, version after version; the newest one is in force if it is active.';
comment on column read.policy_version.tenant_id is 'the tenant the row belongs to';
comment on column read.policy_version.policy_id is 'the policy';
comment on column read.policy_version.policy_version is '1 for the first; verdicts name it for ever after';
comment on column read.policy_version.name is 'name of the policy';
comment on column read.policy_version.max_flight_class is 'best cabin allowed: economy, premium_economy, business or first; null does not limit';
comment on column read.policy_version.max_hotel_stars is 'most hotel stars allowed; null does not limit';
comment on column read.policy_version.max_daily_budget_eur_cents is 'most a traveller may spend on one local day, in euro cents; null does not limit';
comment on column read.policy_version.advance_booking_days is 'fewest whole days between booking and departure; null does not limit';
comment on column read.policy_version.carbon_budget_kg_year is 'most the company may emit in a calendar year, in kg CO2e; null does not limit';
comment on column read.policy_version.requires_approval_above_eur_cents is 'a journey that costs more needs approval, in euro cents; null never does';
comment on column read.policy_version.auto_flag_violations is 'whether broken rules raise an alert by themselves';
comment on column read.policy_version.is_active is 'whether journeys are judged by this version';
comment on column read.policy_version.created_at is 'when the first version was adopted';
comment on column read.policy_version.adopted_at is 'when this version was adopted';
comment on column read.policy_version.replaced_at is 'when the next version was adopted; null for the newest';
comment on column read.policy_version.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.policy_version.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.trip (
  tenant_id uuid not null,
  trip_id uuid not null,
  traveller_id uuid not null,
  purpose text not null,
  status text collate "C" not null,
  segments jsonb not null,
  destination text,
  departs_at timestamptz,
  ends_at timestamptz,
  spend_eur_cents bigint not null,
  carbon_g bigint not null,
  segments_without_carbon bigint not null,
  verdict jsonb,
  decided_by uuid,
  reason text,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, trip_id)
);
create index trip_newest on read.trip (tenant_id, created_position);
create index trip_status on read.trip (tenant_id, status, created_position);
create index trip_traveller on read.trip (tenant_id, traveller_id, created_position);
comment on table read.trip is 'Trips and where each one stands.';
comment on column read.trip.tenant_id is 'the tenant the row belongs to';
comment on column read.trip.trip_id is 'the trip';
comment on column read.trip.traveller_id is 'the member who travels';
comment on column read.trip.purpose is 'personal: why the traveller goes; [erased] once the traveller is erased';
comment on column read.trip.status is 'planned, submitted, approved, rejected, booked, completed or cancelled';
comment on column read.trip.segments is 'flights, stays and legs in the order they were added, each with its carbon figure and the factor used';
comment on column read.trip.destination is 'where the journey goes, in short: cities of the hotels, or else airports and places reached';
comment on column read.trip.departs_at is 'first start of the itinerary; null while it is empty';
comment on column read.trip.ends_at is 'last end of the itinerary; null while it is empty';
comment on column read.trip.spend_eur_cents is 'price of the whole itinerary in euro cents';
comment on column read.trip.carbon_g is 'emissions of the whole itinerary in grams CO2e, where figures exist';
comment on column read.trip.segments_without_carbon is 'segments for which no emission factor is published';
comment on column read.trip.verdict is 'what the policy said when the trip was last submitted or booked: policy id and version, broken rules; null without an active policy';
comment on column read.trip.decided_by is 'the member who approved or rejected the trip';
comment on column read.trip.reason is 'personal: comment or reason given with the latest decision or cancellation; [erased] once the traveller is erased';
comment on column read.trip.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.trip.created_at is 'when the first fact happened (occurred_at of the event)';
comment on column read.trip.updated_at is 'when the latest fact happened (occurred_at of the event)';
comment on column read.trip.created_position is 'place of the first fact in the tenant''s log; the order of lists, newest first';
comment on column read.trip.position is 'place of the latest fact in the tenant''s log that changed this row';

create table read.violation (
  tenant_id uuid not null,
  violation_id uuid not null,
  trip_id uuid not null,
  traveller_id uuid not null,
  rule text collate "C" not null,
  observed text collate "C" not null,
  "limit" text collate "C" not null,
  unit text collate "C" not null,
  period text collate "C",
  policy_id uuid not null,
  policy_version bigint not null,
  stage text collate "C" not null,
  alert boolean not null,
  flagged_at timestamptz not null,
  position bigint not null,
  primary key (tenant_id, violation_id)
);
create index violation_newest on read.violation (tenant_id, position);
create index violation_rule on read.violation (tenant_id, rule, position);
create index violation_trip on read.violation (tenant_id, trip_id, position);
create index violation_traveller on read.violation (tenant_id, traveller_id, position);
create index violation_policy on read.violation (tenant_id, policy_version, position);
create index violation_flagged on read.violation (tenant_id, flagged_at);
comment on table read.violation is 'Broken rules of trips that were brought to the company''s attention.';
comment on column read.violation.tenant_id is 'the tenant the row belongs to';
comment on column read.violation.violation_id is 'the finding; the same trip, rule and policy version always have the same';
comment on column read.violation.trip_id is 'the trip that breaks the rule';
comment on column read.violation.traveller_id is 'the member who travels';
comment on column read.violation.rule is 'the broken rule, named as the policy''s field';
comment on column read.violation.observed is 'what the trip shows, in the unit given';
comment on column read.violation."limit" is 'what the policy allows, in the unit given';
comment on column read.violation.unit is 'unit of observed and limit: cabin, stars, EUR, days or kg';
comment on column read.violation.period is 'the worst day or year, for rules that have one';
comment on column read.violation.policy_id is 'the policy that was in force';
comment on column read.violation.policy_version is 'its version at the time';
comment on column read.violation.stage is 'submitted or booked: what the traveller was doing';
comment on column read.violation.alert is 'whether the company wanted to be told';
comment on column read.violation.flagged_at is 'when it was found (occurred_at of the event)';
comment on column read.violation.position is 'place of the finding in the tenant''s log; the order of lists, newest first';

create table read.travel_spend (
  tenant_id uuid not null,
  line_id uuid not null,
  month date not null,
  trip_id uuid not null,
  cost_type text collate "C" not null,
  state text collate "C" not null,
  spend_eur_cents bigint not null,
  carbon_g bigint not null,
  position bigint not null,
  primary key (tenant_id, line_id, month)
);
create index travel_spend_month on read.travel_spend (tenant_id, month, cost_type);
create index travel_spend_trip on read.travel_spend (tenant_id, trip_id);
comment on table read.travel_spend is 'Ledger of travel: one line per segment and month of travel, and one per violation. Figures are sums of lines.';
comment on column read.travel_spend.tenant_id is 'the tenant the row belongs to';
comment on column read.travel_spend.line_id is 'the segment, or the violation';
comment on column read.travel_spend.month is 'first day of the month of travel, by the traveller''s clock';
comment on column read.travel_spend.trip_id is 'the trip';
comment on column read.travel_spend.cost_type is 'flight, hotel, ground, or journey for what belongs to no single segment';
comment on column read.travel_spend.state is 'planned (does not count), booked, cancelled after booking, or flagged for a violation';
comment on column read.travel_spend.spend_eur_cents is 'the month''s share of the price in euro cents; 0 for a violation';
comment on column read.travel_spend.carbon_g is 'the month''s share of the emissions in grams CO2e; 0 for a violation';
comment on column read.travel_spend.position is 'place in the tenant''s log of the fact that made the line';

grant select on
  read.tenant, read.registration, read.member, read.api_key,
  read.policy_version, read.trip, read.violation, read.travel_spend
  to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on
  read.tenant, read.registration, read.member, read.api_key,
  read.policy_version, read.trip, read.violation, read.travel_spend
  to escale_projector;
