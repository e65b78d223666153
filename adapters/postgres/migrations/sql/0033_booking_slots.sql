-- What a list of free slots asks for, in one round trip each.

-- Which streams of these topics have moved since a position? Null: read all anew, since there are too many events to
-- look through, or since the log is not as long as it was: it was restored.
create function es.moved_since(p_tenant uuid, p_after bigint, p_topics text[])
returns table ("position" bigint, moved uuid[])
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_head bigint;
begin
  perform es.enter_tenant(p_tenant);
  -- The head first: an event that commits in between is found the next time.
  select h.position into v_head from es.tenant_head h where h.tenant_id = p_tenant;
  if coalesce(v_head, 0) not between p_after and p_after + 2000 then
    return query select coalesce(v_head, 0), null::uuid[];
  else
    return query select coalesce(v_head, 0), array(
      select distinct e.originator_id from es.event e
      where e.tenant_id = p_tenant and e.position > p_after and e.position <= v_head and e.topic = any (p_topics));
  end if;
end
$$;

-- When are these taken? One row per key: starts and ends in the binary form of timestamptz, eight bytes each.
create function es.busy_of(p_tenant uuid, p_kinds text[], p_keys text[], p_from timestamptz, p_until timestamptz,
                           p_without uuid)
returns table (key text, starts bytea, ends bytea, units bigint[])
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  -- An expired hold is simply not there, by the clock that also judges the append.
  return query
    select c.key, string_agg(timestamptz_send(c.starts_at), ''::bytea),
      string_agg(timestamptz_send(c.ends_at), ''::bytea),
      case when max(c.units) > 1 then array_agg(c.units) end
    from es.claim c
    where c.tenant_id = p_tenant and c.kind = any (p_kinds) and c.key = any (p_keys)
      and c.ends_at > p_from and c.starts_at < p_until and c.expires_at > clock_timestamp()
      and c.holder is distinct from p_without
    group by c.key;
end
$$;

-- Units taken of many timeless amounts; those of which nothing is taken are left out.
create function es.amounts_taken(p_tenant uuid, p_kinds text[], p_keys text[])
returns table (kind text, key text, units bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query
    select t.kind, t.key, t.units - coalesce((
        select sum(c.units) from es.claim c
        where c.tenant_id = p_tenant and c.kind = t.kind and c.key = t.key
          and c.expires_at <= clock_timestamp() and c.expires_at < 'infinity'), 0)::bigint
    from es.claim_total t
    join unnest(p_kinds, p_keys) as asked (kind, key) on asked.kind = t.kind and asked.key = t.key
    where t.tenant_id = p_tenant;
end
$$;

-- Everyone who holds a part of an amount, whether or not the hold is over by now.
create function es.holders_of(p_tenant uuid, p_kind text, p_key text) returns setof uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query select c.holder from es.claim c
    where c.tenant_id = p_tenant and c.kind = p_kind and c.key = p_key order by c.position, c.holder;
end
$$;
