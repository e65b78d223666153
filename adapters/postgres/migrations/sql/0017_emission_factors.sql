-- Published emission factors: the same for every tenant, so they have no tenant and no row-level security.
-- Nobody may change or remove a row: a new publication supersedes by inserting, and a figure of last year is
-- computed again from the rows it used.
create schema ref authorization escale_owner;
grant usage on schema ref to escale_app, escale_projector, escale_dispatcher, escale_vault, escale_experimenter,
  escale_auditor, escale_platform_auditor, escale_backup;

create table ref.factor_set (
  number integer primary key,
  title text collate "C" not null,
  file_sha256 text collate "C" not null,
  reference_year integer not null,
  rows_added integer not null,
  rows_superseded integer not null,
  loaded_at timestamptz not null,
  check (number > 0 and reference_year between 2000 and 2199)
);
comment on table ref.factor_set is 'Sets of factors, one after the other; the newest is in force.';
comment on column ref.factor_set.number is '1 for the set this release came with, then one more each time.';
comment on column ref.factor_set.title is 'What the set brings, in a few words.';
comment on column ref.factor_set.file_sha256 is 'Digest of the file it was loaded from.';
comment on column ref.factor_set.reference_year is 'The publication a calculation uses unless it names another.';
comment on column ref.factor_set.rows_added is 'Rows of publications that were not known before.';
comment on column ref.factor_set.rows_superseded is 'Rows that take the place of an older row of the same id.';
comment on column ref.factor_set.loaded_at is 'When it was loaded.';

create table ref.emission_factor (
  factor_set integer not null,
  publisher text collate "C" not null,
  year integer not null,
  factor_id text collate "C" not null,
  source text collate "C" not null,
  scope smallint not null,
  category text collate "C" not null,
  activity text collate "C" not null,
  variant text collate "C" not null,
  unit text collate "C" not null,
  kg_co2e_per_unit numeric not null,
  verification text collate "C" not null,
  note text collate "C" not null,
  primary key (publisher, year, factor_id, factor_set),
  check (kg_co2e_per_unit >= 0 and scope between 1 and 3 and publisher <> '' and factor_id <> '' and source <> '')
);
comment on table ref.emission_factor is 'Published factors, kilograms of CO2e per unit. Of rows with the same publisher, year and id the one of the newest set counts.';
comment on column ref.emission_factor.factor_set is 'The set that brought the row.';
comment on column ref.emission_factor.publisher is 'Who published it.';
comment on column ref.emission_factor.year is 'The year of the publication, or the year it is about.';
comment on column ref.emission_factor.factor_id is 'The id of the row in the publisher''s own file; for publishers without ids a key of source, year, activity, variant and country.';
comment on column ref.emission_factor.source is 'The publication, with its date and licence.';
comment on column ref.emission_factor.scope is 'The scope its publisher files it under.';
comment on column ref.emission_factor.category is 'The chapter its publisher files it under.';
comment on column ref.emission_factor.activity is 'What is done.';
comment on column ref.emission_factor.variant is 'Of what kind, or where.';
comment on column ref.emission_factor.unit is 'One of what.';
comment on column ref.emission_factor.kg_co2e_per_unit is 'Kilograms of CO2e per unit.';
comment on column ref.emission_factor.verification is 'How well the transcription was checked.';
comment on column ref.emission_factor.note is 'What its publisher says about its use.';

alter table ref.factor_set owner to escale_owner;
alter table ref.emission_factor owner to escale_owner;
grant select on ref.factor_set, ref.emission_factor to escale_app, escale_projector, escale_dispatcher, escale_vault,
  escale_experimenter, escale_auditor, escale_platform_auditor, escale_backup;
grant insert on ref.factor_set, ref.emission_factor to escale_app;
