"""The profile of a company, the directory's words about its members, and why expenses were rejected."""

from adapters.postgres.migrations.building import distribute, let_analysts_see, protect, publish, run_sql

revision = "0016"
down_revision = "0015"

READERS_AND_WRITER = ("escale_app", "escale_projector", "escale_auditor")


def upgrade() -> None:
    run_sql("0016_profiles.sql")
    protect("read.company_profile", tenant_roles=READERS_AND_WRITER)
    distribute(("read.company_profile",))
    let_analysts_see("read.company_profile")
    publish("analytics.company_profile")
