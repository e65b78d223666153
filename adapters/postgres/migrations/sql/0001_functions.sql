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
