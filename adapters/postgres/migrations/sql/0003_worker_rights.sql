-- The checker replays a tenant's log into scratch tables of its own session. Nobody else may
-- have temporary tables: people with SQL least of all.
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
  execute format('grant temporary on database %I to escale_projector', current_database());
end
$$;

-- An event an operator chose to do without stays left out in every later replay of that unit.
alter table es.parked_event add column skipped_at timestamptz;
