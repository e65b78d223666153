-- The marketplace and its reviews; when everything is free next, as last looked at; and who reads across companies.

do $$
begin
  create role escale_public login;
exception when duplicate_object or unique_violation then null;
end
$$;
grant usage on schema es, read to escale_public;

create table read.market_offer (
  tenant_id uuid not null,
  service_id uuid not null,
  site_id uuid not null,
  business_id uuid not null,
  is_service boolean not null,
  is_published boolean not null,
  is_site_open boolean not null,
  is_active boolean not null,
  is_online boolean not null,
  is_listed boolean not null,
  brand text collate "C" not null,
  sector text collate "C" not null,
  site_name text collate "C" not null,
  address text collate "C" not null,
  country text collate "C" not null,
  zone text collate "C" not null,
  latitude_micro bigint,
  longitude_micro bigint,
  languages text collate "C" not null,
  service_name text collate "C",
  category text collate "C",
  duration_minutes bigint,
  price_minor bigint,
  currency text collate "C",
  rating_sum bigint not null,
  rating_count bigint not null,
  rated_position bigint not null,
  changed_position bigint not null,
  position bigint not null,
  primary key (tenant_id, service_id, site_id)
);
create index market_offer_business on read.market_offer (tenant_id, business_id);
comment on table read.market_offer is 'A service at one site of a business, or (`is_service` false) the site itself.';
comment on column read.market_offer.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column read.market_offer.service_id is 'The service; on the line of a site itself, its business.';
comment on column read.market_offer.site_id is 'The site.';
comment on column read.market_offer.business_id is 'The business that offers it.';
comment on column read.market_offer.is_service is 'Whether the line is a service rather than the site itself.';
comment on column read.market_offer.is_published is 'Whether the business is published in the marketplace.';
comment on column read.market_offer.is_site_open is 'Whether the business still has the site.';
comment on column read.market_offer.is_active is 'Whether the service can be booked at all, by the business or online.';
comment on column read.market_offer.is_online is 'Whether the service can be booked online.';
comment on column read.market_offer.is_listed is 'Whether the marketplace shows the line: all of the above.';
comment on column read.market_offer.brand is 'What the business is called.';
comment on column read.market_offer.sector is 'What the business does, such as medical or beauty.';
comment on column read.market_offer.site_name is 'The name of the site.';
comment on column read.market_offer.address is 'The address of the site.';
comment on column read.market_offer.country is 'ISO 3166-1 code of the country.';
comment on column read.market_offer.zone is 'IANA time zone of the site.';
comment on column read.market_offer.latitude_micro is 'Degrees north in millionths, WGS 84; null is not known.';
comment on column read.market_offer.longitude_micro is 'Degrees east in millionths, WGS 84; null is not known.';
comment on column read.market_offer.languages is 'ISO 639-1 codes of the languages spoken, each between commas.';
comment on column read.market_offer.service_name is 'The name of the service; null is the site itself.';
comment on column read.market_offer.category is 'The category of the service, in the business''s own words.';
comment on column read.market_offer.duration_minutes is 'The first duration offered.';
comment on column read.market_offer.price_minor is 'The price of the first duration, in the smallest unit of the currency.';
comment on column read.market_offer.currency is 'ISO 4217 code of the price.';
comment on column read.market_offer.rating_sum is 'The ratings of the published reviews of the service, added up.';
comment on column read.market_offer.rating_count is 'How many published reviews the service has.';
comment on column read.market_offer.rated_position is 'Place of the latest review in the tenant''s log that these ratings count.';
comment on column read.market_offer.changed_position is 'Place of the latest fact in the tenant''s log that may have changed when it is free.';
comment on column read.market_offer.position is 'Place of the latest fact in the tenant''s log that changed what is offered.';

create view analytics.market_offer with (security_invoker = true) as
select tenant_id, service_id, site_id, business_id, is_service, is_published, is_site_open, is_active,
       is_online, is_listed, brand, sector, site_name, address, country, zone, latitude_micro,
       longitude_micro, languages, service_name, category, duration_minutes, price_minor, currency,
       rating_sum, rating_count, rated_position, changed_position, position
from read.market_offer;
comment on view analytics.market_offer is 'A service at one site of a business, or (`is_service` false) the site itself.';
comment on column analytics.market_offer.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.market_offer.service_id is 'The service; on the line of a site itself, its business.';
comment on column analytics.market_offer.site_id is 'The site.';
comment on column analytics.market_offer.business_id is 'The business that offers it.';
comment on column analytics.market_offer.is_service is 'Whether the line is a service rather than the site itself.';
comment on column analytics.market_offer.is_published is 'Whether the business is published in the marketplace.';
comment on column analytics.market_offer.is_site_open is 'Whether the business still has the site.';
comment on column analytics.market_offer.is_active is 'Whether the service can be booked at all, by the business or online.';
comment on column analytics.market_offer.is_online is 'Whether the service can be booked online.';
comment on column analytics.market_offer.is_listed is 'Whether the marketplace shows the line: all of the above.';
comment on column analytics.market_offer.brand is 'What the business is called.';
comment on column analytics.market_offer.sector is 'What the business does, such as medical or beauty.';
comment on column analytics.market_offer.site_name is 'The name of the site.';
comment on column analytics.market_offer.address is 'The address of the site.';
comment on column analytics.market_offer.country is 'ISO 3166-1 code of the country.';
comment on column analytics.market_offer.zone is 'IANA time zone of the site.';
comment on column analytics.market_offer.latitude_micro is 'Degrees north in millionths, WGS 84; null is not known.';
comment on column analytics.market_offer.longitude_micro is 'Degrees east in millionths, WGS 84; null is not known.';
comment on column analytics.market_offer.languages is 'ISO 639-1 codes of the languages spoken, each between commas.';
comment on column analytics.market_offer.service_name is 'The name of the service; null is the site itself.';
comment on column analytics.market_offer.category is 'The category of the service, in the business''s own words.';
comment on column analytics.market_offer.duration_minutes is 'The first duration offered.';
comment on column analytics.market_offer.price_minor is 'The price of the first duration, in the smallest unit of the currency.';
comment on column analytics.market_offer.currency is 'ISO 4217 code of the price.';
comment on column analytics.market_offer.rating_sum is 'The ratings of the published reviews of the service, added up.';
comment on column analytics.market_offer.rating_count is 'How many published reviews the service has.';
comment on column analytics.market_offer.rated_position is 'Place of the latest review in the tenant''s log that these ratings count.';
comment on column analytics.market_offer.changed_position is 'Place of the latest fact in the tenant''s log that may have changed when it is free.';
comment on column analytics.market_offer.position is 'Place of the latest fact in the tenant''s log that changed what is offered.';

grant select on read.market_offer to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.market_offer to escale_projector;

create table read.review (
  tenant_id uuid not null,
  review_id uuid not null,
  appointment_id uuid not null,
  business_id uuid not null,
  service_id uuid not null,
  client_id uuid not null,
  rating bigint not null,
  status text collate "C" not null,
  written_at timestamptz not null,
  decided_at timestamptz,
  version bigint not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, review_id)
);
create index review_order on read.review (tenant_id, created_position);
comment on table read.review is 'One client''s review of one visit, without its text.';
comment on column read.review.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column read.review.review_id is 'The review.';
comment on column read.review.appointment_id is 'The visit.';
comment on column read.review.business_id is 'The business that was visited.';
comment on column read.review.service_id is 'The service.';
comment on column read.review.client_id is 'Who was there.';
comment on column read.review.rating is 'From one, bad, to five, excellent.';
comment on column read.review.status is 'Where it stands: waiting, published or rejected.';
comment on column read.review.written_at is 'When it was written.';
comment on column read.review.decided_at is 'When a moderator decided last; null is not yet.';
comment on column read.review.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column read.review.created_position is 'Place of the first fact in the tenant''s log.';
comment on column read.review.position is 'Place of the latest fact in the tenant''s log that changed this row.';

create view analytics.review with (security_invoker = true) as
select tenant_id, review_id, appointment_id, business_id, service_id, client_id, rating, status, written_at,
       decided_at, version, created_position, position
from read.review;
comment on view analytics.review is 'One client''s review of one visit, without its text.';
comment on column analytics.review.tenant_id is 'The tenant the row belongs to; always your own.';
comment on column analytics.review.review_id is 'The review.';
comment on column analytics.review.appointment_id is 'The visit.';
comment on column analytics.review.business_id is 'The business that was visited.';
comment on column analytics.review.service_id is 'The service.';
comment on column analytics.review.client_id is 'Who was there.';
comment on column analytics.review.rating is 'From one, bad, to five, excellent.';
comment on column analytics.review.status is 'Where it stands: waiting, published or rejected.';
comment on column analytics.review.written_at is 'When it was written.';
comment on column analytics.review.decided_at is 'When a moderator decided last; null is not yet.';
comment on column analytics.review.version is 'The version of the stream this row reflects; what an ETag names.';
comment on column analytics.review.created_position is 'Place of the first fact in the tenant''s log.';
comment on column analytics.review.position is 'Place of the latest fact in the tenant''s log that changed this row.';

grant select on read.review to escale_app, escale_auditor, escale_backup, es_analyst;
grant select, insert, update, delete on read.review to escale_projector;

-- Not folded from facts, since it depends on the clock: looked at again by the keeper whenever something stirs.
create table es.next_free (
  tenant_id uuid not null,
  service_id uuid not null,
  site_id uuid not null,
  practitioner_id uuid not null,
  is_public boolean not null,
  starts_at timestamptz,
  good_until timestamptz,
  review_at timestamptz not null,
  computed_at timestamptz not null,
  computed_position bigint not null,
  primary key (tenant_id, service_id, site_id, practitioner_id)
);
comment on table es.next_free is 'The next free start of a service at a site, as last looked at.';
comment on column es.next_free.tenant_id is 'the tenant the row belongs to';
comment on column es.next_free.service_id is 'the service';
comment on column es.next_free.site_id is 'the site';
comment on column es.next_free.practitioner_id is 'with whom; all zeros is anybody';
comment on column es.next_free.is_public is 'whether the marketplace showed the service when it was looked at';
comment on column es.next_free.starts_at is 'the start; null is none within the horizon';
comment on column es.next_free.good_until is 'until when it can be booked, by the notice the service asks for';
comment on column es.next_free.review_at is 'when it is looked at again although nothing stirred';
comment on column es.next_free.computed_at is 'when it was looked at';
comment on column es.next_free.computed_position is 'place in the tenant''s log up to which it was looked at';
grant select on es.next_free to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on es.next_free to escale_projector;

-- The keeper finds what is due among all companies by keys and places alone.
grant usage on schema read to escale_dispatcher;
grant select (tenant_id, service_id, site_id, is_active, is_listed, changed_position) on read.market_offer
  to escale_dispatcher;
grant select (tenant_id, service_id, site_id, practitioner_id, computed_position, review_at) on es.next_free
  to escale_dispatcher;

-- The marketplace sees what was published, of every company, and of the rest nothing at all.
grant select (tenant_id, service_id, site_id, business_id, is_listed, brand, sector, site_name, address, country, zone,
              latitude_micro, longitude_micro, languages, service_name, category, duration_minutes, price_minor,
              currency, rating_sum, rating_count) on read.market_offer to escale_public;
grant select (tenant_id, service_id, site_id, practitioner_id, is_public, starts_at, good_until, computed_at)
  on es.next_free to escale_public;

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
  ('offered_hours', 'projection:offered-hours'),
  ('market_offer', 'projection:market'),
  ('review', 'projection:reviews')
) as v (table_name, consumer)
left join es.checkpoint c on c.tenant_id = h.tenant_id and c.consumer = v.consumer
union all
select h.tenant_id, 'event', h.position, h.position, false from es.tenant_head h;
