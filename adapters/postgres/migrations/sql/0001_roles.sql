-- Who may do what. Roles are cluster-wide, so an earlier database may have made them already.
-- Passwords are set by `escale migrate`, never here.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('escale_owner',            'nologin'),            -- owns every object; nobody connects as it
      ('escale_app',              'login'),              -- commands and queries of the API
      ('escale_projector',        'login'),              -- writes read models
      ('escale_dispatcher',       'login'),              -- sees heads, checkpoints and outbox keys of all tenants
      ('escale_vault',            'login'),              -- keys of data subjects
      ('escale_auditor',          'nologin'),            -- reads one tenant's history
      ('escale_platform_auditor', 'nologin'),            -- reads every tenant's history
      ('escale_backup',           'nologin bypassrls')   -- dumps
    ) as roles (name, options)
  loop
    begin
      execute format('create role %I %s', wanted.name, wanted.options);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;

grant escale_owner to current_user;

create schema es authorization escale_owner;
create schema read authorization escale_owner;
create schema vault authorization escale_owner;

revoke all on schema public from public;
grant usage on schema es to escale_app, escale_projector, escale_dispatcher, escale_auditor, escale_platform_auditor, escale_backup;
grant usage on schema read to escale_app, escale_projector, escale_auditor, escale_backup;
grant usage on schema vault to escale_vault;
