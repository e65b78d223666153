"""What operators need: which revision the database stands at, for the roles that report it and that dump."""

from adapters.postgres.migrations.building import execute

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    execute("grant usage on schema public to escale_dispatcher, escale_backup")
    execute("grant select on public.escale_migration to escale_dispatcher, escale_backup")
