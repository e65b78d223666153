-- Small functions: one round trip each, one tenant each. Reads run as the caller, under RLS.

create function es.simulation_allowed() returns boolean
language sql immutable as $$ select /*SIMULATION*/false $$;

create function es.enter_tenant(p_tenant uuid) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_context text := current_setting('app.tenant_id', true);
begin
  if coalesce(v_context, '') <> '' and v_context::uuid <> p_tenant then
    raise insufficient_privilege using message = 'another tenant is in context';
  end if;
  perform set_config('app.tenant_id', p_tenant::text, true);
end
$$;

create function es.read_stream(p_tenant uuid, p_stream uuid, p_after bigint, p_upto bigint)
returns table (originator_version bigint, topic text, state bytea, "position" bigint, event_id uuid,
               recorded_at timestamptz, meta text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query
    select e.originator_version, e.topic, e.state, e.position, e.event_id, e.recorded_at, e.meta
    from es.event e
    where e.tenant_id = p_tenant and e.originator_id = p_stream
      and e.originator_version > p_after and e.originator_version <= p_upto
    order by e.originator_version;
end
$$;

create function es.read_feed(p_tenant uuid, p_after bigint, p_upto bigint, p_limit int)
returns table ("position" bigint, originator_id uuid, originator_version bigint, topic text, state bytea,
               event_id uuid, recorded_at timestamptz, meta text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query
    select e.position, e.originator_id, e.originator_version, e.topic, e.state, e.event_id, e.recorded_at, e.meta
    from es.event e
    where e.tenant_id = p_tenant and e.position > p_after and e.position <= p_upto
    order by e.position
    limit p_limit;
end
$$;

-- A stream's snapshots, newest first.
create function es.read_snapshots(p_tenant uuid, p_stream uuid, p_after bigint, p_upto bigint, p_limit bigint)
returns table (originator_version bigint, topic text, state bytea)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query
    select s.originator_version, s.topic, s.state
    from es.snapshot s
    where s.tenant_id = p_tenant and s.originator_id = p_stream
      and s.originator_version > p_after and s.originator_version <= p_upto
    order by s.originator_version desc
    limit p_limit;
end
$$;

-- A tenant's line starts here; repeating it is calm.
create function es.open_head(p_tenant uuid) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform es.enter_tenant(p_tenant);
  insert into es.tenant_head (tenant_id) values (p_tenant) on conflict (tenant_id) do nothing;
  return found;
end
$$;

-- What the log remembers of a command.
create function es.find_command(p_tenant uuid, p_command uuid)
returns table (request_hash bytea, outcome smallint, stream_id uuid, version bigint, last_position bigint, code text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query
    select l.request_hash, l.outcome, l.stream_id, l.version, l.last_position, l.code
    from es.command_log l where l.tenant_id = p_tenant and l.command_id = p_command;
end
$$;

-- Units of a timeless amount taken by everyone but one holder; the total row, never a sum over claims.
create function es.amount_taken(p_tenant uuid, p_kind text, p_key text, p_without uuid) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_total bigint;
  v_own bigint;
  v_expired bigint;
begin
  perform es.enter_tenant(p_tenant);
  -- An expired hold is simply not live, although its row and its share of the total are still there.
  select sum(c.units) into v_expired from es.claim c
    where c.tenant_id = p_tenant and c.kind = p_kind and c.key = p_key
      and c.expires_at <= clock_timestamp() and c.expires_at < 'infinity' and c.holder <> p_without;
  select t.units into v_total from es.claim_total t
    where t.tenant_id = p_tenant and t.kind = p_kind and t.key = p_key;
  select c.units into v_own from es.claim c
    where c.tenant_id = p_tenant and c.kind = p_kind and c.key = p_key
      and c.ends_at = 'infinity' and c.starts_at = '-infinity' and c.holder = p_without;
  return coalesce(v_total, 0) - coalesce(v_own, 0) - coalesce(v_expired, 0);
end
$$;

-- Who holds a unique fact.
create function es.claim_holder(p_tenant uuid, p_kind text, p_key text) returns uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return (select c.holder from es.claim c
    where c.tenant_id = p_tenant and c.kind = p_kind and c.key = p_key
      and c.ends_at = 'infinity' and c.starts_at = '-infinity' and c.expires_at > clock_timestamp() limit 1);
end
$$;
