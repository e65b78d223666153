-- append_events as before, and beside it: many unique facts of one command are claimed set by set, not one by one.
-- `facts` in a command's extras: [kind, keys, holders] for facts of capacity one, over all time, without an end.
-- It stays the only way into the log: one call, one transaction, one tenant, up to 50 commands.
-- Every command gets an outcome; expected trouble is answered, never raised:
--   appended | settled | replayed | reused | stale | refused | read_only | closed | unknown_tenant
create or replace function es.append_events(
  p_tenant uuid,
  p_commands uuid[],      -- one per command; null when the caller has no command id
  p_hashes bytea[],       -- what the client asked, so that a reused id is noticed
  p_counts int[],         -- events per command
  p_extras jsonb,         -- null, or one object per command: guards, releases, facts, claims, settle
  p_streams uuid[], p_versions bigint[], p_topics text[], p_states bytea[], p_ids uuid[], p_metas text[],
  p_at timestamptz default null)
returns table (outcome text, first_position bigint, last_position bigint, detail jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_context text := current_setting('app.tenant_id', true);
  v_head es.tenant_head%rowtype;
  v_log es.command_log%rowtype;
  v_at timestamptz;
  v_moved boolean := false;
  v_from int := 0;                        -- events of earlier commands in the arrays
  v_extra jsonb;
  v_item jsonb;
  v_refusals jsonb;
  v_hashes bytea[];
  v_units bigint;
  v_total bigint;
  v_starts timestamptz;
  v_ends timestamptz;
  v_expires timestamptz;
  v_holder uuid;
  v_capacity bigint;
  v_version bigint;
  v_keys text[];
  v_holders uuid[];
begin
  if coalesce(v_context, '') <> '' and v_context::uuid <> p_tenant then
    raise insufficient_privilege using message = 'another tenant is in context';
  end if;
  if p_at is not null and not es.simulation_allowed() then
    raise insufficient_privilege using message = 'a virtual clock is allowed in simulation mode only';
  end if;
  perform set_config('app.tenant_id', p_tenant::text, true);

  select * into v_head from es.tenant_head where tenant_id = p_tenant for no key update;
  if not found then
    for i in 1 .. cardinality(p_counts) loop
      outcome := 'unknown_tenant';
      return next;
    end loop;
    return;
  end if;
  -- The clock is read under the lock and never runs behind the tenant's last event.
  v_at := greatest(coalesce(p_at, clock_timestamp()), v_head.recorded_at);

  <<command>>
  for i in 1 .. cardinality(p_counts) loop
    outcome := null; first_position := null; last_position := null; detail := null;
    v_extra := p_extras -> (i - 1);

    if p_commands[i] is not null then
      select * into v_log from es.command_log l where l.tenant_id = p_tenant and l.command_id = p_commands[i];
      if found then
        outcome := case when v_log.request_hash = p_hashes[i] then 'replayed' else 'reused' end;
        first_position := v_log.first_position;
        last_position := v_log.last_position;
        detail := jsonb_build_object('outcome', v_log.outcome, 'code', v_log.code,
                                     'stream', v_log.stream_id, 'version', v_log.version);
        v_from := v_from + p_counts[i];
        return next;
        continue command;
      end if;
    end if;

    if v_head.state <> 0 then
      outcome := case v_head.state when 1 then 'read_only' else 'closed' end;
      v_from := v_from + p_counts[i];
      return next;
      continue command;
    end if;

    for j in v_from + 1 .. v_from + p_counts[i] loop
      if exists (select from es.event e where e.tenant_id = p_tenant
                 and e.originator_id = p_streams[j] and e.originator_version = p_versions[j]) then
        outcome := 'stale';
        exit;
      end if;
    end loop;
    if outcome is null and v_extra is not null then
      for v_item in select * from jsonb_array_elements(v_extra -> 'guards') loop
        if exists (select from es.event e where e.tenant_id = p_tenant
                   and e.originator_id = (v_item ->> 0)::uuid
                   and e.originator_version = (v_item ->> 1)::bigint + 1) then
          outcome := 'stale';
          exit;
        end if;
      end loop;
      -- Amounts the decision read: unchanged, or still below the bound up to which it comes out the same.
      for v_item in select * from jsonb_array_elements(v_extra -> 'totals') loop
        v_total := es.amount_taken(p_tenant, v_item ->> 0, v_item ->> 1, (v_item ->> 2)::uuid);
        if v_total <> (v_item ->> 3)::bigint
           and not coalesce(greatest(v_total, (v_item ->> 3)::bigint) <= (v_item ->> 4)::bigint, false) then
          outcome := 'stale';
          exit;
        end if;
      end loop;
    end if;
    if outcome = 'stale' then
      v_from := v_from + p_counts[i];
      return next;
      continue command;
    end if;

    if v_extra ? 'claims' or v_extra ? 'releases' or v_extra ? 'facts' then
      v_refusals := '[]';
      begin  -- a sub-transaction: refused claims leave nothing behind
        for v_item in select * from jsonb_array_elements(v_extra -> 'releases') loop
          v_holder := (v_item ->> 2)::uuid;
          delete from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 0 and c.key = v_item ->> 1
            and c.ends_at = 'infinity' and c.starts_at = '-infinity' and c.holder = v_holder
            returning c.units into v_units;
          if found then
            update es.claim_total t set units = t.units - v_units
              where t.tenant_id = p_tenant and t.kind = v_item ->> 0 and t.key = v_item ->> 1;
          else
            delete from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 0 and c.key = v_item ->> 1
              and c.holder = v_holder;
          end if;
        end loop;

        for v_item in select * from jsonb_array_elements(v_extra -> 'facts') loop
          v_keys := array(select jsonb_array_elements_text(v_item -> 1));
          v_holders := array(select jsonb_array_elements_text(v_item -> 2))::uuid[];
          select v_refusals || coalesce(jsonb_agg(jsonb_build_object('kind', v_item ->> 0, 'key', w.key,
              'capacity', 1, 'units', 1)), '[]') into v_refusals
            from unnest(v_keys, v_holders) as w (key, holder)
            -- A scalar sub-query is looked up key by key; what EXISTS becomes, a never-analysed table may turn around.
            where (select 1 from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 0
                   and c.key = w.key and c.ends_at > '-infinity' and c.starts_at < 'infinity'
                   and c.holder <> w.holder and c.expires_at > v_at limit 1) is not null;
          insert into es.claim as c (tenant_id, kind, key, starts_at, ends_at, holder, units, expires_at, position)
            select p_tenant, v_item ->> 0, w.key, '-infinity', 'infinity', w.holder, 1, 'infinity', v_head.position + 1
              from unnest(v_keys, v_holders) as w (key, holder)
            on conflict (tenant_id, kind, key, ends_at, starts_at, holder)
            do update set units = excluded.units, expires_at = excluded.expires_at, position = excluded.position;
        end loop;

        for v_item in select * from jsonb_array_elements(v_extra -> 'claims') loop
          v_holder := (v_item ->> 'holder')::uuid;
          v_units := (v_item ->> 'units')::bigint;
          v_capacity := (v_item ->> 'capacity')::bigint;
          v_starts := coalesce((v_item ->> 'starts_at')::timestamptz, '-infinity');
          v_ends := coalesce((v_item ->> 'ends_at')::timestamptz, 'infinity');
          v_expires := coalesce((v_item ->> 'expires_at')::timestamptz, 'infinity');
          if v_units > v_capacity then
            v_refusals := v_refusals || jsonb_build_object('kind', v_item ->> 'kind', 'key', v_item ->> 'key',
              'capacity', v_capacity, 'units', v_units);
            continue;
          end if;

          if v_item ->> 'shape' = 'amount' then
            -- A timeless amount is kept as a running total: summing rows under the lock does not scale.
            with gone as (
              delete from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 'kind'
                and c.key = v_item ->> 'key' and c.expires_at <= v_at and c.expires_at < 'infinity'
                returning c.units)
            select coalesce(sum(units), 0) into v_total from gone;
            if v_total > 0 then
              update es.claim_total t set units = t.units - v_total
                where t.tenant_id = p_tenant and t.kind = v_item ->> 'kind' and t.key = v_item ->> 'key';
            end if;
            delete from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 'kind'
              and c.key = v_item ->> 'key' and c.ends_at = 'infinity' and c.starts_at = '-infinity'
              and c.holder = v_holder returning c.units into v_total;
            v_total := -coalesce(v_total, 0);
            insert into es.claim_total as t (tenant_id, kind, key, units)
              values (p_tenant, v_item ->> 'kind', v_item ->> 'key', v_units)
              on conflict (tenant_id, kind, key) do update set units = t.units + v_total + v_units
              returning t.units into v_total;
            if v_total > v_capacity then
              v_refusals := v_refusals || jsonb_build_object('kind', v_item ->> 'kind', 'key', v_item ->> 'key',
                'taken', v_total - v_units, 'capacity', v_capacity, 'units', v_units);
              continue;
            end if;
          elsif v_capacity = 1 then
            if exists (select from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 'kind'
                       and c.key = v_item ->> 'key' and c.ends_at > v_starts and c.starts_at < v_ends
                       and c.holder <> v_holder and c.expires_at > v_at) then
              v_refusals := v_refusals || jsonb_build_object('kind', v_item ->> 'kind', 'key', v_item ->> 'key',
                'capacity', 1, 'units', v_units);
              continue;
            end if;
          else
            -- A capacity over one needs a sweep: counting overlaps would add claims that never meet.
            select coalesce(max(running), 0) into v_total from (
              select sum(sum(delta)) over (order by instant) as running from (
                select greatest(c.starts_at, v_starts) as instant, c.units as delta
                  from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 'kind'
                  and c.key = v_item ->> 'key' and c.ends_at > v_starts and c.starts_at < v_ends
                  and c.holder <> v_holder and c.expires_at > v_at
                union all
                select c.ends_at, -c.units
                  from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 'kind'
                  and c.key = v_item ->> 'key' and c.ends_at > v_starts and c.starts_at < v_ends
                  and c.holder <> v_holder and c.expires_at > v_at
              ) as steps group by instant
            ) as sweep;
            if v_total + v_units > v_capacity then
              v_refusals := v_refusals || jsonb_build_object('kind', v_item ->> 'kind', 'key', v_item ->> 'key',
                'taken', v_total, 'capacity', v_capacity, 'units', v_units);
              continue;
            end if;
          end if;

          insert into es.claim as c (tenant_id, kind, key, starts_at, ends_at, holder, units, expires_at, position)
            values (p_tenant, v_item ->> 'kind', v_item ->> 'key', v_starts, v_ends, v_holder, v_units, v_expires,
                    v_head.position + 1)
            on conflict (tenant_id, kind, key, ends_at, starts_at, holder)
            do update set units = excluded.units, expires_at = excluded.expires_at, position = excluded.position;
        end loop;
        if v_refusals <> '[]' then
          raise exception using errcode = 'ES001', message = 'claims refused';
        end if;
      exception when sqlstate 'ES001' then
        outcome := 'refused';
        detail := v_refusals;
      end;
      if outcome = 'refused' then
        v_from := v_from + p_counts[i];
        return next;
        continue command;
      end if;
    end if;

    if p_counts[i] > 0 then
      v_hashes := array[]::bytea[];
      for j in v_from + 1 .. v_from + p_counts[i] loop
        v_head.position := v_head.position + 1;
        v_head.chain_hash := sha256(v_head.chain_hash || uuid_send(p_tenant) || int8send(v_head.position)
          || uuid_send(p_ids[j]) || uuid_send(p_streams[j]) || int8send(p_versions[j]) || timestamptz_send(v_at)
          || sha256(convert_to(p_topics[j], 'UTF8')) || sha256(p_states[j]) || sha256(convert_to(p_metas[j], 'UTF8')));
        v_hashes := v_hashes || v_head.chain_hash;
      end loop;
      first_position := v_head.position - p_counts[i] + 1;
      last_position := v_head.position;
      insert into es.event (tenant_id, position, originator_id, originator_version, topic, state, event_id,
                            recorded_at, meta, chain_hash)
        select p_tenant, first_position + n - 1, p_streams[v_from + n], p_versions[v_from + n], p_topics[v_from + n],
               p_states[v_from + n], p_ids[v_from + n], v_at, p_metas[v_from + n], v_hashes[n]
          from generate_series(1, p_counts[i]) as n;
      v_moved := true;
      outcome := 'appended';
    else
      last_position := v_head.position;
      outcome := 'settled';
    end if;

    if p_commands[i] is not null then
      v_item := v_extra -> 'settle';
      if p_counts[i] > 0 then
        -- The first stream named is the one the command is about; its version is its last one here.
        select max(p_versions[j]) into v_version from generate_series(v_from + 1, v_from + p_counts[i]) as j
          where p_streams[j] = p_streams[v_from + 1];
      end if;
      insert into es.command_log (tenant_id, command_id, request_hash, outcome, stream_id, version,
                                  first_position, last_position, code, recorded_at)
        values (p_tenant, p_commands[i], p_hashes[i],
                case when p_counts[i] > 0 then 1 else (v_item ->> 'outcome')::smallint end,
                case when p_counts[i] > 0 then p_streams[v_from + 1] else (v_item ->> 'stream')::uuid end,
                case when p_counts[i] > 0 then v_version else (v_item ->> 'version')::bigint end,
                first_position, last_position, v_item ->> 'code', v_at);
    end if;
    v_from := v_from + p_counts[i];
    return next;
  end loop;

  if v_moved then
    update es.tenant_head set position = v_head.position, chain_hash = v_head.chain_hash, recorded_at = v_at
      where tenant_id = p_tenant;
  end if;
end
$$;

-- Who holds which of these unique facts, in one look; free ones answer null.
create function es.claim_holders(p_tenant uuid, p_kind text, p_keys text[]) returns table (key text, holder uuid)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform es.enter_tenant(p_tenant);
  return query select asked.name, (select c.holder from es.claim c
      where c.tenant_id = p_tenant and c.kind = p_kind and c.key = asked.name
        and c.ends_at = 'infinity' and c.starts_at = '-infinity' and c.expires_at > clock_timestamp() limit 1)
    from unnest(p_keys) as asked (name);
end
$$;
