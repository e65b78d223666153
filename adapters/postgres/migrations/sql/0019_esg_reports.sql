-- Reports of emissions: how far each is, and what it comes to.

create table read.esg_report (
  tenant_id uuid not null,
  report_id uuid not null,
  kind text collate "C" not null,
  starts_on date not null,
  ends_on date not null,
  status text collate "C" not null,
  restates uuid,
  successor_id uuid,
  location_g bigint,
  market_g bigint,
  snapshot_position bigint,
  content_sha256 text collate "C",
  drafted_by uuid,
  reviewed_by uuid,
  approved_by uuid,
  published_by uuid,
  published_at timestamptz,
  version bigint not null,
  drafted_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  primary key (tenant_id, report_id)
);
create index esg_report_newest on read.esg_report (tenant_id, created_position);
comment on table read.esg_report is 'One report of emissions as it stands; a restated one stays with its figures';
comment on column read.esg_report.tenant_id is 'the tenant the row belongs to';
comment on column read.esg_report.report_id is 'the report';
comment on column read.esg_report.kind is 'month, year (any twelve months) or period';
comment on column read.esg_report.starts_on is 'first day of the period';
comment on column read.esg_report.ends_on is 'the day after the last one';
comment on column read.esg_report.status is 'draft, reviewed, approved, published or restated';
comment on column read.esg_report.restates is 'the published report it is to replace';
comment on column read.esg_report.successor_id is 'the report that replaced it';
comment on column read.esg_report.location_g is 'grams CO2e in all, scope 2 by location, as reviewed last; null before the first review';
comment on column read.esg_report.market_g is 'grams CO2e in all, scope 2 by market, as reviewed last; null before the first review';
comment on column read.esg_report.snapshot_position is 'place in the tenant''s log at which the figures were cut; null before the first review';
comment on column read.esg_report.content_sha256 is 'digest of the figures';
comment on column read.esg_report.drafted_by is 'the member who began it; null for the schedule';
comment on column read.esg_report.reviewed_by is 'the member who reviewed it last';
comment on column read.esg_report.approved_by is 'the member who approved what was reviewed last';
comment on column read.esg_report.published_by is 'the member who published it';
comment on column read.esg_report.published_at is 'when it was published (occurred_at of the event)';
comment on column read.esg_report.version is 'the version of the stream this row reflects; what an ETag names';
comment on column read.esg_report.drafted_at is 'when it was begun (occurred_at of the event)';
comment on column read.esg_report.created_position is 'place of the draft in the tenant''s log; the order of lists, newest first';
comment on column read.esg_report.position is 'place of the latest fact about it';

grant select on read.esg_report to escale_app, escale_auditor, escale_backup;
grant select, insert, update, delete on read.esg_report to escale_projector;
