"""What may an operator ask of an installation? Findings, a backup, and its return."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from adapters.embedded.directories import write_atomically
from adapters.event_store.engine import build_engine
from adapters.installation import NotRunning, database_of, redis_of
from adapters.jobs.checking import Difference
from adapters.jobs.feed import Feed
from adapters.jobs.projections import ProjectionRunner
from adapters.operations.administration import administering
from adapters.operations.backup import Manifest, back_up
from adapters.operations.doctor import Finding, Patient, examine
from adapters.operations.restore import Restored, RestoreRefused, checked_manifest, keys_beside, restore
from adapters.operations.standings import InstallationStandings
from adapters.postgres.migrate import migrate
from adapters.postgres.pools import Pools
from adapters.settings import MasterKeyMissing, Settings, master_key_of
from application.catalog import AGGREGATES, EVENTS
from projections.catalog import PROJECTORS


def examined(settings: Settings) -> list[Finding]:
    """What an operator should know about this installation."""
    try:
        database_url, redis_url = database_of(settings), redis_of(settings)
        pools = Pools(database_url, master_key_of(settings), {"dispatcher": 1}).open()
    except (NotRunning, MasterKeyMissing):
        return examine(Patient(settings, None, None, None))
    try:
        standings = InstallationStandings(pools, redis_url)
        return examine(Patient(settings, database_url, redis_url, standings))
    finally:
        pools.close()


def back_up_to(settings: Settings, folder: Path, announce: Callable[[str], None]) -> Manifest:
    """A consistent copy of everything; the installation goes on meanwhile."""
    with administering(settings, announce) as url:
        return back_up(url, master_key_of(settings), folder, announce)


def restore_from(
    settings: Settings,
    folder: Path,
    *,
    keys: Path | None,
    without_keys: bool,
    nothing_lost: bool,
    announce: Callable[[str], None],
) -> Restored:
    """Fills this installation's empty database from a backup, and verifies what came back."""
    kept = settings.data_dir / "secrets" / "master-key"
    if settings.master_key is None and not kept.exists():
        # A key made up now would open nothing, and would lie there to mislead the next start.
        raise RestoreRefused(
            "Set the ESCALE_MASTER_KEY of the installation the backup was taken from; another"
            " ESCALE_MASTER_KEY cannot open it. The embedded default keeps it in secrets/master-key."
        )
    master_key = master_key_of(settings)
    chosen = None if without_keys else keys or keys_beside(folder)
    checked_manifest(folder, master_key)  # before a server is started for it
    with administering(settings, announce) as url:
        if settings.database_url is None and not kept.exists():
            write_atomically(kept, master_key.hex() + "\n", mode=0o600)  # the next start needs the same
        return restore(
            url,
            master_key,
            folder,
            keys=chosen,
            nothing_lost=nothing_lost,
            check=lambda pools, tenant_id: differences_of(pools, master_key, tenant_id),
            announce=announce,
        )


def differences_of(pools: Pools, master_key: bytes, tenant_id: UUID) -> list[Difference]:
    """Where a tenant's read models differ from a replay of its log."""
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=AGGREGATES)
    runner = ProjectionRunner(
        pool=pools.projector,
        rebuild_pool=pools.rebuild,
        feed=Feed(engine.topics, engine.keys),
        projectors=PROJECTORS,
    )
    return list(runner.check(tenant_id))


def migrate_database(settings: Settings, *, citus: bool, announce: Callable[[str], None]) -> None:
    """Brings the named database to the current shape; its URL must be an administrator's."""
    if settings.database_url is None:
        raise NotRunning("DATABASE_URL is not set; name the database to migrate.")
    url = settings.database_url.get_secret_value()
    migrate(url, master_key=master_key_of(settings), citus=citus, announce=announce)
