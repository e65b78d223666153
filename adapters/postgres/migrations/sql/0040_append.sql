-- The two ways into the log. What a statement costs here is its start, not its work: so there are few of them, a
-- condition with a sub-query stands alone (it would be a statement each time), and a set is judged as one.

-- append_events as before, and beside it `sole` in a command's extras: places for one, each named once in it.
-- One call, one transaction, one tenant, up to 50 commands.
-- Every command gets an outcome; expected trouble is answered, never raised:
--   appended | settled | replayed | reused | stale | refused | read_only | closed | unknown_tenant
create or replace function es.append_events(
  p_tenant uuid,
  p_commands uuid[],      -- one per command; null when the caller has no command id
  p_hashes bytea[],       -- what the client asked, so that a reused id is noticed
  p_counts int[],         -- events per command
  p_extras jsonb,         -- null, or one object per command: guards, totals, releases, facts, sole, claims, settle
  p_streams uuid[], p_versions bigint[], p_topics text[], p_states bytea[], p_ids uuid[], p_metas text[],
  p_at timestamptz default null)
returns table (outcome text, first_position bigint, last_position bigint, detail jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_context text := current_setting('app.tenant_id', true);
  v_position bigint;                      -- the head's columns, one by one: a row's fields cost more
  v_tip bytea;
  v_at timestamptz;
  v_state smallint;
  v_log es.command_log%rowtype;
  v_command uuid;
  v_stream uuid;
  v_version bigint;
  v_outcome smallint;
  v_code text;
  v_kind text;
  v_key text;
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
  v_keys text[];
  v_holders uuid[];
begin
  if coalesce(v_context, '') <> '' and v_context::uuid <> p_tenant then
    raise insufficient_privilege using message = 'another tenant is in context';
  end if;
  if p_at is not null and not es.simulation_allowed() then
    raise insufficient_privilege using message = 'a virtual clock is allowed in simulation mode only';
  end if;
  v_context := set_config('app.tenant_id', p_tenant::text, true);

  select h.position, h.chain_hash, h.recorded_at, h.state into v_position, v_tip, v_at, v_state
    from es.tenant_head h where h.tenant_id = p_tenant for no key update;
  if not found then
    for i in 1 .. cardinality(p_counts) loop
      outcome := 'unknown_tenant';
      return next;
    end loop;
    return;
  end if;
  -- The clock is read under the lock and never runs behind the tenant's last event.
  v_at := greatest(coalesce(p_at, clock_timestamp()), v_at);

  <<command>>
  for i in 1 .. cardinality(p_counts) loop
    outcome := null; first_position := null; last_position := null; detail := null;
    v_extra := p_extras -> (i - 1);

    v_command := p_commands[i];
    v_stream := p_streams[v_from + 1];    -- the first one named is the one the command is about
    v_version := p_versions[v_from + 1];

    if v_command is not null then
      select * into v_log from es.command_log l where l.tenant_id = p_tenant and l.command_id = v_command;
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

    if v_state <> 0 then
      outcome := case v_state when 1 then 'read_only' else 'closed' end;
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
    if outcome is null and v_extra ? 'guards' then
      -- A scalar sub-query is looked up key by key; what EXISTS becomes, a never-analysed table may turn around.
      if exists (select from jsonb_array_elements(v_extra -> 'guards') as g
                 where (select 1 from es.event e where e.tenant_id = p_tenant and e.originator_id = (g ->> 0)::uuid
                        and e.originator_version = (g ->> 1)::bigint + 1) is not null) then
        outcome := 'stale';
      end if;
    end if;
    if outcome is null and v_extra ? 'totals' then
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

    if v_extra ?| '{claims,sole,releases,facts}' then
      v_refusals := '[]';
      begin  -- a sub-transaction: refused claims leave nothing behind
        if v_extra ? 'releases' then
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
        end if;

        if v_extra ? 'facts' then
          for v_item in select * from jsonb_array_elements(v_extra -> 'facts') loop
            v_keys := array(select jsonb_array_elements_text(v_item -> 1));
            v_holders := array(select jsonb_array_elements_text(v_item -> 2))::uuid[];
            select v_refusals || coalesce(jsonb_agg(jsonb_build_object('kind', v_item ->> 0, 'key', w.key,
                'capacity', 1, 'units', 1)), '[]') into v_refusals
              from unnest(v_keys, v_holders) as w (key, holder)
              where (select 1 from es.claim c where c.tenant_id = p_tenant and c.kind = v_item ->> 0
                     and c.key = w.key and c.ends_at > '-infinity' and c.starts_at < 'infinity'
                     and c.holder <> w.holder and c.expires_at > v_at limit 1) is not null;
            insert into es.claim as c (tenant_id, kind, key, starts_at, ends_at, holder, units, expires_at, position)
              select p_tenant, v_item ->> 0, w.key, '-infinity', 'infinity', w.holder, 1, 'infinity', v_position + 1
                from unnest(v_keys, v_holders) as w (key, holder)
              on conflict (tenant_id, kind, key, ends_at, starts_at, holder)
              do update set units = excluded.units, expires_at = excluded.expires_at, position = excluded.position;
          end loop;
        end if;

        if v_extra ? 'sole' then
          select v_refusals || coalesce(jsonb_agg(jsonb_build_object('kind', w.kind, 'key', w.key,
              'capacity', 1, 'units', 1)), '[]') into v_refusals
            from jsonb_to_recordset(v_extra -> 'sole')
              as w (kind text, key text, holder uuid, starts_at timestamptz, ends_at timestamptz)
            where (select 1 from es.claim c where c.tenant_id = p_tenant and c.kind = w.kind and c.key = w.key
                   and c.ends_at > coalesce(w.starts_at, '-infinity') and c.starts_at < coalesce(w.ends_at, 'infinity')
                   and c.holder <> w.holder and c.expires_at > v_at limit 1) is not null;
          insert into es.claim as c (tenant_id, kind, key, starts_at, ends_at, holder, units, expires_at, position)
            select p_tenant, w.kind, w.key, coalesce(w.starts_at, '-infinity'), coalesce(w.ends_at, 'infinity'),
                   w.holder, 1, coalesce(w.expires_at, 'infinity'), v_position + 1
              from jsonb_to_recordset(v_extra -> 'sole') as w (kind text, key text, holder uuid,
                starts_at timestamptz, ends_at timestamptz, expires_at timestamptz)
            on conflict (tenant_id, kind, key, ends_at, starts_at, holder)
            do update set units = excluded.units, expires_at = excluded.expires_at, position = excluded.position;
        end if;

        if v_extra ? 'claims' then
          for v_item in select * from jsonb_array_elements(v_extra -> 'claims') loop
            v_kind := v_item ->> 'kind';
            v_key := v_item ->> 'key';
            v_holder := (v_item ->> 'holder')::uuid;
            v_units := (v_item ->> 'units')::bigint;
            v_capacity := (v_item ->> 'capacity')::bigint;
            v_starts := coalesce((v_item ->> 'starts_at')::timestamptz, '-infinity');
            v_ends := coalesce((v_item ->> 'ends_at')::timestamptz, 'infinity');
            v_expires := coalesce((v_item ->> 'expires_at')::timestamptz, 'infinity');
            if v_units > v_capacity then
              v_refusals := v_refusals || jsonb_build_object('kind', v_kind, 'key', v_key,
                'capacity', v_capacity, 'units', v_units);
              continue;
            end if;

            if v_item ->> 'shape' = 'amount' then
              -- A timeless amount is kept as a running total: summing rows under the lock does not scale.
              with gone as (
                delete from es.claim c where c.tenant_id = p_tenant and c.kind = v_kind
                  and c.key = v_key and c.expires_at <= v_at and c.expires_at < 'infinity'
                  returning c.units)
              select coalesce(sum(units), 0) into v_total from gone;
              if v_total > 0 then
                update es.claim_total t set units = t.units - v_total
                  where t.tenant_id = p_tenant and t.kind = v_kind and t.key = v_key;
              end if;
              delete from es.claim c where c.tenant_id = p_tenant and c.kind = v_kind
                and c.key = v_key and c.ends_at = 'infinity' and c.starts_at = '-infinity'
                and c.holder = v_holder returning c.units into v_total;
              v_total := -coalesce(v_total, 0);
              insert into es.claim_total as t (tenant_id, kind, key, units)
                values (p_tenant, v_kind, v_key, v_units)
                on conflict (tenant_id, kind, key) do update set units = t.units + v_total + v_units
                returning t.units into v_total;
              if v_total > v_capacity then
                v_refusals := v_refusals || jsonb_build_object('kind', v_kind, 'key', v_key,
                  'taken', v_total - v_units, 'capacity', v_capacity, 'units', v_units);
                continue;
              end if;
            elsif v_capacity = 1 then
              if exists (select from es.claim c where c.tenant_id = p_tenant and c.kind = v_kind
                         and c.key = v_key and c.ends_at > v_starts and c.starts_at < v_ends
                         and c.holder <> v_holder and c.expires_at > v_at) then
                v_refusals := v_refusals || jsonb_build_object('kind', v_kind, 'key', v_key,
                  'capacity', 1, 'units', v_units);
                continue;
              end if;
            else
              -- A capacity over one needs a sweep: counting overlaps would add claims that never meet.
              select coalesce(max(running), 0) into v_total from (
                select sum(sum(delta)) over (order by instant) as running from (
                  select greatest(c.starts_at, v_starts) as instant, c.units as delta
                    from es.claim c where c.tenant_id = p_tenant and c.kind = v_kind
                    and c.key = v_key and c.ends_at > v_starts and c.starts_at < v_ends
                    and c.holder <> v_holder and c.expires_at > v_at
                  union all
                  select c.ends_at, -c.units
                    from es.claim c where c.tenant_id = p_tenant and c.kind = v_kind
                    and c.key = v_key and c.ends_at > v_starts and c.starts_at < v_ends
                    and c.holder <> v_holder and c.expires_at > v_at
                ) as steps group by instant
              ) as sweep;
              if v_total + v_units > v_capacity then
                v_refusals := v_refusals || jsonb_build_object('kind', v_kind, 'key', v_key,
                  'taken', v_total, 'capacity', v_capacity, 'units', v_units);
                continue;
              end if;
            end if;

            insert into es.claim as c (tenant_id, kind, key, starts_at, ends_at, holder, units, expires_at, position)
              values (p_tenant, v_kind, v_key, v_starts, v_ends, v_holder, v_units, v_expires,
                      v_position + 1)
              on conflict (tenant_id, kind, key, ends_at, starts_at, holder)
              do update set units = excluded.units, expires_at = excluded.expires_at, position = excluded.position;
          end loop;
        end if;
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
        v_position := v_position + 1;
        v_tip := sha256(v_tip || uuid_send(p_tenant) || int8send(v_position)
          || uuid_send(p_ids[j]) || uuid_send(p_streams[j]) || int8send(p_versions[j]) || timestamptz_send(v_at)
          || sha256(convert_to(p_topics[j], 'UTF8')) || sha256(p_states[j]) || sha256(convert_to(p_metas[j], 'UTF8')));
        v_hashes := v_hashes || v_tip;
      end loop;
      first_position := v_position - p_counts[i] + 1;
      last_position := v_position;
      if p_counts[i] = 1 then
        insert into es.event (tenant_id, position, originator_id, originator_version, topic, state, event_id,
                              recorded_at, meta, chain_hash)
          values (p_tenant, v_position, v_stream, v_version, p_topics[v_from + 1], p_states[v_from + 1],
                  p_ids[v_from + 1], v_at, p_metas[v_from + 1], v_tip);
      else
        insert into es.event (tenant_id, position, originator_id, originator_version, topic, state, event_id,
                              recorded_at, meta, chain_hash)
          select p_tenant, first_position + n - 1, p_streams[v_from + n], p_versions[v_from + n],
                 p_topics[v_from + n], p_states[v_from + n], p_ids[v_from + n], v_at, p_metas[v_from + n], v_hashes[n]
            from generate_series(1, p_counts[i]) as n;
      end if;
      v_moved := true;
      outcome := 'appended';
    else
      last_position := v_position;
      outcome := 'settled';
    end if;

    if v_command is not null then
      v_outcome := 1;
      v_code := null;
      if p_counts[i] = 0 then
        v_item := v_extra -> 'settle';
        v_outcome := v_item ->> 'outcome';
        v_stream := v_item ->> 'stream';
        v_version := v_item ->> 'version';
        v_code := v_item ->> 'code';
      elsif p_counts[i] > 1 then
        -- Its version is its last one here.
        select max(p_versions[j]) into v_version from generate_series(v_from + 1, v_from + p_counts[i]) as j
          where p_streams[j] = p_streams[v_from + 1];
      end if;
      insert into es.command_log (tenant_id, command_id, request_hash, outcome, stream_id, version,
                                  first_position, last_position, code, recorded_at)
        values (p_tenant, v_command, p_hashes[i], v_outcome, v_stream, v_version, first_position, last_position,
                v_code, v_at);
    end if;
    v_from := v_from + p_counts[i];
    return next;
  end loop;

  if v_moved then
    update es.tenant_head set position = v_position, chain_hash = v_tip, recorded_at = v_at
      where tenant_id = p_tenant;
  end if;
end
$$;

-- The short way, for one command with one event that takes places for one at most: its position, or null if anything is amiss; then
-- nothing has happened, and append_events says what it is. It hopes: the head is locked and moved at once, and the
-- keys of the log and of the command log notice a stale version and a known command.
create function es.append_event(
  p_tenant uuid, p_command uuid, p_hash bytea, p_stream uuid, p_version bigint, p_topic text, p_state bytea,
  p_id uuid, p_meta text,
  p_guards uuid[] default null, p_guard_versions bigint[] default null, p_sole jsonb default null) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_context text := current_setting('app.tenant_id', true);
  v_at timestamptz := clock_timestamp();
  v_position bigint;
  v_tip bytea;
begin
  if coalesce(v_context, '') <> '' and v_context::uuid <> p_tenant then
    raise insufficient_privilege using message = 'another tenant is in context';
  end if;
  v_context := set_config('app.tenant_id', p_tenant::text, true);

  -- Whoever waits here reckons again from what the holder of the head left: position, time and chain follow it.
  update es.tenant_head as h set position = h.position + 1, recorded_at = greatest(v_at, h.recorded_at),
      chain_hash = sha256(h.chain_hash || uuid_send(p_tenant) || int8send(h.position + 1)
        || uuid_send(p_id) || uuid_send(p_stream) || int8send(p_version)
        || timestamptz_send(greatest(v_at, h.recorded_at))
        || sha256(convert_to(p_topic, 'UTF8')) || sha256(p_state) || sha256(convert_to(p_meta, 'UTF8')))
    where h.tenant_id = p_tenant and h.state = 0
    returning h.position, h.chain_hash, h.recorded_at into v_position, v_tip, v_at;
  if not found then
    return null;
  end if;
  if p_guards is not null then
    if exists (select from unnest(p_guards, p_guard_versions) as g (stream, version)
               where (select 1 from es.event e where e.tenant_id = p_tenant and e.originator_id = g.stream
                      and e.originator_version = g.version + 1) is not null) then
      raise exception using errcode = 'ES002', message = 'a guard moved';
    end if;
  end if;
  if p_sole is not null then
    if exists (select from jsonb_to_recordset(p_sole)
                 as w (kind text, key text, holder uuid, starts_at timestamptz, ends_at timestamptz)
               where (select 1 from es.claim c where c.tenant_id = p_tenant and c.kind = w.kind and c.key = w.key
                      and c.ends_at > coalesce(w.starts_at, '-infinity') and c.starts_at < coalesce(w.ends_at, 'infinity')
                      and c.holder <> w.holder and c.expires_at > v_at limit 1) is not null) then
      raise exception using errcode = 'ES002', message = 'a place is taken';
    end if;
    insert into es.claim as c (tenant_id, kind, key, starts_at, ends_at, holder, units, expires_at, position)
      select p_tenant, w.kind, w.key, coalesce(w.starts_at, '-infinity'), coalesce(w.ends_at, 'infinity'),
             w.holder, 1, coalesce(w.expires_at, 'infinity'), v_position
        from jsonb_to_recordset(p_sole) as w (kind text, key text, holder uuid,
          starts_at timestamptz, ends_at timestamptz, expires_at timestamptz)
      on conflict (tenant_id, kind, key, ends_at, starts_at, holder)
      do update set units = excluded.units, expires_at = excluded.expires_at, position = excluded.position;
  end if;
  insert into es.event (tenant_id, position, originator_id, originator_version, topic, state, event_id,
                        recorded_at, meta, chain_hash)
    values (p_tenant, v_position, p_stream, p_version, p_topic, p_state, p_id, v_at, p_meta, v_tip);
  if p_command is not null then
    insert into es.command_log (tenant_id, command_id, request_hash, outcome, stream_id, version,
                                first_position, last_position, code, recorded_at)
      values (p_tenant, p_command, p_hash, 1, p_stream, p_version, v_position, v_position, null, v_at);
  end if;
  return v_position;
exception when unique_violation or sqlstate 'ES002' then
  return null;
end
$$;
