-- What is told to webhook endpoints: one lane per endpoint, one row per event and endpoint, one row per attempt.
-- No body is kept: it is rendered from the event at sending, and at looking.

create table es.webhook_lane (
  tenant_id uuid not null,
  endpoint_id uuid not null,
  last_number bigint not null default 0,        -- of the endpoint's deliveries, in the order of the log
  is_open boolean not null default true,        -- active: neither paused, disabled nor deleted
  next_due_at timestamptz,                      -- when anything is due; null: nothing waits
  blocked_until timestamptz,                    -- the receiver asked for a rest
  failing_since timestamptz,                    -- the first failure after the last success
  failures int not null default 0,              -- in a row
  last_attempt_at timestamptz,
  last_success_at timestamptz,
  lease_until timestamptz,                      -- one courier serves an endpoint at a time
  lease_token bigint not null default 0,
  primary key (tenant_id, endpoint_id)
) with (fillfactor = 50);
create index webhook_lane_due on es.webhook_lane (tenant_id, next_due_at) where is_open and next_due_at is not null;

create table es.webhook_delivery (
  tenant_id uuid not null,
  delivery_id uuid not null,                    -- of endpoint and event, so a repeat is recognised; the webhook-id
  endpoint_id uuid not null,
  number bigint not null,
  event_id uuid not null,
  position bigint not null,                     -- the event the body is rendered from
  topic text collate "C" not null,
  stream_id uuid not null,                      -- deliveries of one stream go out one after the other
  queued_at timestamptz not null,               -- when it was first due, or was replayed
  due_at timestamptz not null,
  state smallint not null default 0 check (state in (0, 1, 2)),  -- 0 waiting, 1 delivered, 2 given up
  round int not null default 0,                 -- attempts since it was queued: the place in the schedule
  attempts int not null default 0,              -- attempts altogether
  replays int not null default 0,
  last_status int,
  last_error text collate "C",
  done_at timestamptz,
  primary key (tenant_id, delivery_id)
) with (fillfactor = 70);
create unique index webhook_delivery_number on es.webhook_delivery (tenant_id, endpoint_id, number);
create index webhook_delivery_position on es.webhook_delivery (tenant_id, endpoint_id, position);
create index webhook_delivery_due on es.webhook_delivery (tenant_id, endpoint_id, due_at) where state = 0;
create index webhook_delivery_stream on es.webhook_delivery (tenant_id, endpoint_id, stream_id, number) where state = 0;
create index webhook_delivery_log on es.webhook_delivery (tenant_id, position, delivery_id);
create index webhook_delivery_done on es.webhook_delivery (tenant_id, done_at) where state <> 0;

create table es.webhook_attempt (
  tenant_id uuid not null,
  delivery_id uuid not null,
  attempt int not null,
  at timestamptz not null,
  duration_ms int not null,
  status int,                                   -- null: no answer came
  error text collate "C",                       -- why it failed; null: it arrived
  answer text collate "C",                      -- the first 2 kB of what came back
  primary key (tenant_id, delivery_id, attempt)
);

grant select on es.webhook_lane, es.webhook_delivery, es.webhook_attempt to escale_app, escale_backup;
-- Who follows the log puts deliveries in line.
grant select, insert, update on es.webhook_lane, es.webhook_delivery to escale_projector;
-- Who sends marks what became of them, and forgets them in the end.
grant select on es.webhook_lane, es.webhook_delivery, es.webhook_attempt to escale_dispatcher;
grant update on es.webhook_lane, es.webhook_delivery to escale_dispatcher;
grant delete on es.webhook_delivery, es.webhook_attempt to escale_dispatcher;
grant insert on es.webhook_attempt to escale_dispatcher;
