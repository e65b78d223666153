-- What an experiment on the past finds is kept beside the log, by a role that can write nothing else.
do $$
begin
  create role escale_experimenter login;
exception when duplicate_object or unique_violation then null;
end
$$;

create table es.experiment_difference (
  tenant_id uuid not null,
  experiment_id uuid not null,
  number bigint not null,
  position bigint not null,
  stream_id uuid not null,
  subject text collate "C" not null,
  observed text collate "C",
  "limit" text collate "C",
  before text collate "C" not null,
  after text collate "C" not null,
  primary key (tenant_id, experiment_id, number)
);
comment on table es.experiment_difference is 'Which decisions of the past would have come out otherwise, in the order of the log; found again at will.';
comment on column es.experiment_difference.number is 'counted from one within the experiment';
comment on column es.experiment_difference.position is 'place of the event in the tenant''s log';
comment on column es.experiment_difference.subject is 'what was judged: a rule of the policy';

create table es.experiment_progress (
  tenant_id uuid not null,
  experiment_id uuid not null,
  position bigint not null,
  upto bigint not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, experiment_id)
);
comment on table es.experiment_progress is 'How far an experiment has lived through the past; starts again when its worker died.';

grant usage on schema es to escale_experimenter;
grant select on es.event to escale_experimenter;
grant select, insert, delete on es.experiment_difference to escale_experimenter;
grant select, insert, update on es.experiment_progress to escale_experimenter;
grant select on es.experiment_difference, es.experiment_progress to escale_app, escale_backup;
