"""What a list of free slots asks of the log and of the claims, in one round trip each."""

from adapters.postgres.migrations.building import delegate, execute, run_sql

revision = "0033"
down_revision = "0032"

FUNCTIONS = (
    "es.moved_since(uuid, bigint, text[])",
    "es.busy_of(uuid, text[], text[], timestamptz, timestamptz, uuid)",
    "es.amounts_taken(uuid, text[], text[])",
    "es.holders_of(uuid, text, text)",
)


def upgrade() -> None:
    run_sql("0033_booking_slots.sql")
    for signature in FUNCTIONS:
        execute(f"alter function {signature} owner to escale_owner")
        execute(f"revoke all on function {signature} from public")
        execute(f"grant execute on function {signature} to escale_app")
        delegate(signature)
