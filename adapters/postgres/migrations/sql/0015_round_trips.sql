-- What was two or four round trips is one: a stream as it is loaded, and where a tenant's consumers stand.

-- A stream from its newest snapshot on, the snapshot first and without a position.
create function es.load_stream(p_tenant uuid, p_stream uuid)
returns table (originator_version bigint, topic text, state bytea, "position" bigint, event_id uuid,
               recorded_at timestamptz, meta text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_after bigint := -1;
begin
  perform es.enter_tenant(p_tenant);
  select s.originator_version, s.topic, s.state
  into originator_version, topic, state
  from es.snapshot s
  where s.tenant_id = p_tenant and s.originator_id = p_stream
  order by s.originator_version desc
  limit 1;
  if found then
    v_after := originator_version;
    return next;
  end if;
  return query
    select e.originator_version, e.topic, e.state, e.position, e.event_id, e.recorded_at, e.meta
    from es.event e
    where e.tenant_id = p_tenant and e.originator_id = p_stream and e.originator_version > v_after
    order by e.originator_version;
end
$$;

-- A tenant's head, and every consumer's place; one row without a consumer while nobody follows.
create function es.standing(p_tenant uuid)
returns table ("position" bigint, epoch int, consumer text, version int, consumer_epoch int,
               consumer_position bigint, status text, last_error text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query
    select h.position, h.epoch, c.consumer, c.version, c.epoch, c.position, c.status, c.last_error
    from es.tenant_head h
    left join es.checkpoint c on c.tenant_id = h.tenant_id and c.tenant_id = p_tenant
    where h.tenant_id = p_tenant;
end
$$;
