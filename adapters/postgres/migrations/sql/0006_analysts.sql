-- People with SQL. Their login is named after their tenant, an_<tenant as hex>_<suffix>, which no statement
-- of theirs can change, whereas a setting is typed in a second.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('es_analyst',    'nologin'),             -- the group of all analysts; alone it belongs to no tenant
      ('escale_logins', 'nologin createrole')   -- owns the functions that make and end logins; nobody connects as it
    ) as roles (name, options)
  loop
    begin
      execute format('create role %I %s', wanted.name, wanted.options);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;

grant es_analyst to escale_logins with admin option;
grant escale_logins to current_user;
grant usage on schema es to escale_logins;

-- Large objects belong to nobody's tenant: without these functions none is made, read or filled.
revoke all on function
  lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_open(oid, integer), lo_put(oid, bigint, bytea),
  lo_get(oid), lo_get(oid, bigint, integer), lowrite(integer, bytea), loread(integer, integer), lo_unlink(oid),
  lo_truncate(integer, integer), lo_truncate64(integer, bigint)
  from public;
