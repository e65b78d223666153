"""Two reads of the hot path, each in one round trip: a stream with its snapshot, and a tenant's consumers."""

from adapters.postgres.migrations.building import delegate, execute, run_sql

revision = "0015"
down_revision = "0014"

FUNCTIONS = {
    "es.load_stream(uuid, uuid)": "escale_app, escale_projector",
    "es.standing(uuid)": "escale_projector",
}


def upgrade() -> None:
    run_sql("0015_round_trips.sql")
    for signature, roles in FUNCTIONS.items():
        execute(f"alter function {signature} owner to escale_owner")
        execute(f"revoke all on function {signature} from public")
        execute(f"grant execute on function {signature} to {roles}")
        delegate(signature)
