-- A login for one tenant. Takes the verifier PostgreSQL would store, so no password reaches the server.
create function es.create_analyst(p_tenant uuid, p_login text, p_verifier text, p_until timestamptz) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform es.refuse_foreign_login(p_tenant, p_login);
  if p_verifier !~ '^SCRAM-SHA-256\$\d{4,7}:[A-Za-z0-9+/=]{20,40}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$' then
    raise invalid_parameter_value using message = 'not a SCRAM-SHA-256 verifier';
  end if;
  if p_until > clock_timestamp() + interval '91 days' or not isfinite(p_until) then
    raise invalid_parameter_value using message = 'a login ends within 90 days';
  end if;
  execute format(
    'create role %I login nosuperuser nocreatedb nocreaterole noreplication inherit connection limit 3'
    ' password %L valid until %L in role es_analyst', p_login, p_verifier, p_until);
  -- As its member this role may end the login's sessions, and end the login.
  execute format('grant %I to escale_logins', p_login);
  execute format('alter role %I set default_transaction_read_only = on', p_login);
  execute format('alter role %I set statement_timeout = ''30s''', p_login);
  execute format('alter role %I set lock_timeout = ''2s''', p_login);
  execute format('alter role %I set idle_in_transaction_session_timeout = ''60s''', p_login);
  execute format('alter role %I set idle_session_timeout = ''10min''', p_login);
  execute format('alter role %I set search_path = analytics', p_login);
  execute format('alter role %I set timezone = ''UTC''', p_login);
end
$$;

-- Ends a login and whatever it is doing; one that is gone is gone.
create function es.drop_analyst(p_tenant uuid, p_login text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform es.refuse_foreign_login(p_tenant, p_login);
  return es.end_login(p_login);
end
$$;

create function es.refuse_foreign_login(p_tenant uuid, p_login text) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform es.enter_tenant(p_tenant);
  if p_login !~ ('^an_' || replace(p_tenant::text, '-', '') || '_[0-9a-z]{1,24}$') then
    raise insufficient_privilege using message = 'the login is not named after the tenant';
  end if;
end
$$;

create function es.end_login(p_login text) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select 1 from pg_roles where rolname = p_login) then
    return false;
  end if;
  execute format('alter role %I nologin password null', p_login);
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = p_login;
  execute format('drop owned by %I', p_login);
  begin
    execute format('drop role %I', p_login);
  exception when dependent_objects_still_exist then
    -- They left something in another database of the server, out of our reach: the name stays, and opens nothing.
    null;
  end;
  return true;
end
$$;

-- An analyst can lift the limits of their own session, so somebody else enforces them: whoever calls this
-- every second ends statements that take too long, transactions idle for a minute, sessions idle for ten, and
-- logins whose time is over. The platform's tenant is asked for, since all tenants are looked at.
create function es.tend_analysts(p_tenant uuid, p_longest interval) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ended integer := 0;
  v_login record;
begin
  perform es.enter_tenant(p_tenant);
  for v_login in
    select rolname from pg_roles
    where rolname ~ '^an_[0-9a-f]{32}_[0-9a-z]{1,24}$' and rolcanlogin and rolvaliduntil <= clock_timestamp()
      and pg_has_role('escale_logins', oid, 'member')
  loop
    if es.end_login(v_login.rolname) then
      v_ended := v_ended + 1;
    end if;
  end loop;
  return v_ended + (
    select count(pg_terminate_backend(pid))
    from pg_stat_activity
    where usename ~ '^an_[0-9a-f]{32}_[0-9a-z]{1,24}$' and pg_has_role('escale_logins', usesysid, 'usage') and (
      (state in ('active', 'fastpath function call') and clock_timestamp() - query_start > p_longest)
      or (state like 'idle in transaction%' and clock_timestamp() - state_change > interval '60 s')
      or (state = 'idle' and clock_timestamp() - state_change > interval '10 min')
    ));
end
$$;
