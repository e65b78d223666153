"""The one place where the house is put together."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Event
from uuid import UUID

from adapters.administrators import Appointment, appoint
from adapters.audit import verifier
from adapters.audit.auditing import Auditing, Proof, Verified
from adapters.audit.ledger import FeedFilter, Ledger
from adapters.audit.replaying import Replay, Replayed, scratch_database
from adapters.audit.sealing import Sealer, SealFolder, line_of_seal
from adapters.demo.companies import OpenCompany, Provisioner
from adapters.demo.house import DemoHouse
from adapters.embedded.services import CannotStart
from adapters.event_store.application import Engine, UnsafeSetting
from adapters.event_store.commands import Commands
from adapters.event_store.engine import build_engine
from adapters.event_store.lookups import ClaimTotals, StoreDirectory
from adapters.event_store.store import TenantStore
from adapters.factors.airports import ShippedAirports
from adapters.factors.desnz import DesnzFactors
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.cursors import CursorInvalid, Cursors
from adapters.identity.identity import Identity
from adapters.identity.invitations import InvitationInvalid
from adapters.identity.secrets import derived
from adapters.identity.sign_in import Caller, TokenPair, tokens_of
from adapters.identity.tokens import Tokens
from adapters.installation import (
    Crew,
    NotRunning,
    Prepared,
    database_of,
    prepared,
    redis_of,
    refuse_taken_port,
)
from adapters.jobs.benchmarking import Benchmarking
from adapters.jobs.broker import WakeUps
from adapters.jobs.performers import build_performers
from adapters.jobs.worker import Jobs, build_jobs
from adapters.jobs.worker import run_scheduler as start_scheduler
from adapters.jobs.worker import run_worker as start_worker
from adapters.messaging.messages import LoggedMessages
from adapters.operations.backup import BackupRefused, Manifest
from adapters.operations.doctor import Finding
from adapters.operations.metrics import MEDIA_TYPE as METRICS_TYPE
from adapters.operations.metrics import Metrics, StandingCollector
from adapters.operations.readiness import Limits as ReadyLimits
from adapters.operations.readiness import Readiness
from adapters.operations.restore import Restored, RestoreRefused
from adapters.operations.standings import InstallationStandings
from adapters.operations.starting import UnsafeStart, refuse_unsafe_start
from adapters.operators import back_up_to, examined, restore_from
from adapters.postgres.durability import UnsafeDurability
from adapters.postgres.migrate import migrate
from adapters.postgres.pools import Pools
from adapters.postgres.positions import PositionWaiter
from adapters.postgres.roles import UnsafeConnection
from adapters.postgres.scoped_sql import reading
from adapters.postgres.standing import Epochs, UnitStatus, lag_of, tenants_with_a_line, unit_status
from adapters.rates.publishing import RatePublishing
from adapters.rates.recorded import RecordedRates
from adapters.rates.shipped import ShippedRates
from adapters.redis.rate_limits import Allowance, RateLimits
from adapters.settings import MasterKeyMissing, Settings, master_key_of
from adapters.telemetry import configure
from application.catalog import AGGREGATE_OF, AGGREGATES, EVENTS, HANDLERS, PROCESSES
from application.kernel.order import Answer, Order
from application.platform.tenants import OpenTenant
from application.ports.ports import Ports
from application.ports.rates import ExchangeRates
from domain.kernel.refusals import NotFound, Refusal
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.session import Session
from projections.catalog import PROJECTORS
from projections.kernel.sql import Sql

__all__ = [
    "FeedFilter",
    "Proof",
    "Replayed",
    "Verified",
    "line_of_seal",
    "verifier",
    "Allowance",
    "Appointment",
    "Caller",
    "CommandStatus",
    "Crew",
    "CursorInvalid",
    "DemoHouse",
    "Finding",
    "House",
    "Manifest",
    "InvitationInvalid",
    "OpenCompany",
    "Prepared",
    "Restored",
    "Settings",
    "TokenPair",
    "UnitStatus",
    "back_up_to",
    "build",
    "configure",
    "examined",
    "prepared",
    "refuse_taken_port",
    "restore_from",
]


VERSION = version("escale")
# In production an older exchange rate is refused; a demo without a network may use any.
RATES_MAX_AGE_DAYS = 10


def now() -> datetime:
    """The clock of the doors: the only one, besides the database's."""
    return datetime.now(UTC)


@dataclass
class House:
    """What the doors may ask for; everything else stays inside."""

    settings: Settings
    pools: Pools
    engine: Engine
    commands: Commands
    identity: Identity
    cursors: Cursors
    limits: RateLimits
    positions: PositionWaiter
    rates: ExchangeRates
    benchmarking: Benchmarking
    jobs: Jobs
    auditing: Auditing
    metrics: Metrics
    readiness: Readiness
    clock: Callable[[], datetime] = now
    metrics_type: str = METRICS_TYPE

    def execute(self, order: Order) -> Answer:
        """Runs an order, or repeats its first answer."""
        return self.commands.execute(order)

    def open_tenant_head(self, tenant_id: UUID) -> None:
        """Starts a tenant's line; repeating it is calm."""
        self.commands.open_head(tenant_id)

    def streams(self, tenant_id: UUID) -> TenantStore:
        """The tenant's streams, for looking only."""
        return self.commands.reading(tenant_id)

    def reading(self, tenant_id: UUID) -> AbstractContextManager[Sql]:
        """A handle on the tenant's read models, for one request."""
        return reading(self.pools.queries, tenant_id)

    def settled(self, tenant_id: UUID, command_id: UUID) -> "CommandStatus | None":
        """What became of a command."""
        with self.pools.queries.connection() as connection:
            row = connection.execute(
                "select outcome, stream_id, version, last_position, code from es.find_command(%s, %s)",
                (tenant_id, command_id),
            ).fetchone()
        return None if row is None else CommandStatus(*row)

    def units(self) -> list[UnitStatus]:
        """Where every consumer of every tenant stands."""
        return unit_status(self.pools.dispatcher)

    def tenants(self, only: UUID | None = None) -> list[UUID]:
        """Every tenant that has a line, or the one asked for."""
        known = tenants_with_a_line(self.pools.dispatcher)
        if only is None:
            return known
        if only not in known:
            raise NotFound("There is no such tenant.")
        return [only]

    def projections(self, name: str = "all") -> list[str]:
        """The names of the projections, or the one asked for."""
        names = [projector.name for projector in PROJECTORS]
        if name == "all":
            return names
        if name not in names:
            raise NotFound(f"There is no such projection; there are {', '.join(names)}.")
        return [name]

    def summary(self) -> "Summary":
        """What the home page may say: in production nothing about anybody's volume."""
        units = self.units()
        lag = lag_of(self.pools.dispatcher)
        shown = self.settings.env == "development"
        return Summary(
            version=VERSION,
            is_current=lag.head == lag.projected,
            paused=sum(unit.status == "paused" for unit in units),
            position=lag.head if shown else None,
            lag=lag.head - lag.projected if shown else None,
            tenants=len({unit.tenant_id for unit in units} - {PLATFORM_TENANT_ID}) if shown else None,
        )

    def tokens_for(self, tenant_id: UUID, session: Session) -> TokenPair:
        """The tokens of a session as it stands."""
        return tokens_of(session, tenant_id, self.identity.tokens, at=self.clock())

    def digest_secret(self, text: str) -> str:
        """What the command log may know of a secret: enough to tell it from another one, and no more.

        Keyed, because a password is guessed from a plain hash in no time.
        """
        key = derived(master_key_of(self.settings), b"secrets-in-requests", 32)
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    def appoint_platform_admin(self, email: str, name: str) -> Appointment:
        """Invites a platform administrator, unless the address is known."""
        return appoint(self.commands, self.identity, email=email, name=name, at=self.clock())

    def close(self) -> None:
        """Gives everything back."""
        self.limits.close()
        self.jobs.wake_ups.close()
        self.pools.close()


@dataclass(frozen=True)
class Summary:
    """The state of the house in a few figures; None where they are nobody's business."""

    version: str
    is_current: bool
    paused: int
    position: int | None
    lag: int | None
    tenants: int | None


@dataclass(frozen=True)
class CommandStatus:
    """A command as the log remembers it. `outcome`: 1 applied, 2 nothing to do, 3 refused."""

    outcome: int
    stream_id: UUID | None
    version: int | None
    position: int | None
    code: str | None


def build(
    settings: Settings, *, database_url: str, redis_url: str, sizes: dict[str, int] | None = None
) -> House:
    """Opens pools and clients and connects every part with what it needs."""
    master_key = master_key_of(settings)
    strict = settings.env == "production"
    pools = Pools(database_url, master_key, sizes or {}, refuse_losses=strict).open()
    metrics = Metrics()
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=AGGREGATES, observe=metrics.append)
    credentials = DerivedCredentials(master_key)
    wake_ups = WakeUps(redis_url)
    airports, factors = ShippedAirports(), DesnzFactors()
    rates = RecordedRates(
        lambda: reading(pools.queries, PLATFORM_TENANT_ID),
        ShippedRates(),
        max_age_days=RATES_MAX_AGE_DAYS if strict else None,
    )

    def totals(tenant_id: UUID) -> ClaimTotals:
        return ClaimTotals(engine.pool, engine.claim_keys, tenant_id)

    def ports(store: TenantStore) -> Ports:
        return Ports(
            airports=airports,
            credentials=credentials,
            directory=StoreDirectory(store),
            factors=factors,
            rates=rates,
            totals=ClaimTotals(engine.pool, engine.claim_keys, store.tenant_id, store.observe),
        )

    commands = Commands(engine, HANDLERS, ports, on_commit=wake_ups.wake_up, opening=frozenset({OpenTenant}))
    benchmarking = Benchmarking(
        dispatcher=pools.dispatcher, queries=pools.queries, commands=commands, now=now
    )
    actions = [benchmarking.act]
    if settings.ecb_rates_url is not None:
        actions.append(RatePublishing(settings.ecb_rates_url, commands.execute, now).act)
    folder = SealFolder(settings.seal_dir or settings.data_dir / "seals")
    sealer = Sealer(pools.commands, Ledger(pools.queries), folder, master_key, now)
    performers = build_performers(messages=LoggedMessages(), keys=engine.keys, snapshot_pool=pools.commands)
    standings = InstallationStandings(pools, redis_url)
    metrics.registry.register(StandingCollector(standings))
    limits = ReadyLimits(settings.ready_lag_events, settings.ready_free_mib)
    return House(
        settings=settings,
        pools=pools,
        engine=engine,
        commands=commands,
        identity=Identity(Tokens(master_key), credentials, commands.reading, totals),
        cursors=Cursors(master_key, Epochs(pools.dispatcher)),
        limits=RateLimits(redis_url),
        positions=PositionWaiter(pools.dispatcher),
        rates=rates,
        benchmarking=benchmarking,
        jobs=build_jobs(
            pools=pools,
            engine=engine,
            commands=commands,
            projectors=PROJECTORS,
            processes=PROCESSES,
            aggregate_of=AGGREGATE_OF,
            performers=performers,
            redis_url=redis_url,
            wake_ups=wake_ups,
            seal=sealer.seal,
            actions=actions,
        ),
        auditing=Auditing(Ledger(pools.queries), sealer, engine, AGGREGATE_OF),
        metrics=metrics,
        readiness=Readiness(pools.dispatcher, settings.data_dir, limits),
    )


@contextmanager
def serving(settings: Settings) -> Iterator[House]:
    """The house of a process that serves; refuses to open on unsafe ground."""
    refuse_unsafe_start(settings, database_of(settings))
    with visit(settings) as house:
        yield house


@contextmanager
def visit(settings: Settings, *, sizes: dict[str, int] | None = None) -> Iterator[House]:
    """The house of a running installation, for as long as the caller needs it."""
    house = build(settings, database_url=database_of(settings), redis_url=redis_of(settings), sizes=sizes)
    try:
        yield house
    finally:
        house.close()


def run_worker(settings: Settings, *, until: Event) -> None:
    """Takes jobs from the queues until told to stop."""
    configure()
    with serving(settings) as house:
        worker = start_worker(house.jobs, threads=settings.worker_threads)
        until.wait()
        worker.stop()


def run_scheduler(settings: Settings, *, until: Event) -> None:
    """Sweeps, while holding the lease, until told to stop."""
    configure()
    with serving(settings) as house:
        scheduler = start_scheduler(house.jobs)
        until.wait()
        scheduler.stop()


def migrate_database(settings: Settings, *, citus: bool, announce: Callable[[str], None]) -> None:
    """Brings the named database to the current shape; its URL must be an administrator's."""
    if settings.database_url is None:
        raise NotRunning("DATABASE_URL is not set; name the database to migrate.")
    url = settings.database_url.get_secret_value()
    migrate(url, master_key=master_key_of(settings), citus=citus, announce=announce)


def replay_export(
    settings: Settings,
    export: Path,
    *,
    scratch_url: str | None,
    with_keys: bool,
    announce: Callable[[str], None],
) -> Replayed:
    """Builds read models from an export in a scratch database; what differs from the published figures."""
    master_key = master_key_of(settings)
    with visit(settings) as house, scratch_database(scratch_url, master_key, announce) as url:
        keys = house.engine.keys if with_keys else None
        return Replay(house.pools, house.engine.topics, keys, PROJECTORS).run(export, url, master_key)


@contextmanager
def demo_house(installation: Prepared, max_daily_budget_eur: Decimal) -> Iterator[DemoHouse]:
    """The demo on a prepared installation."""
    with visiting(installation) as house:
        provisioner = Provisioner(
            house.commands, house.identity.credentials, master_key_of(installation.settings), house.clock
        )
        yield DemoHouse(provisioner, house.pools, max_daily_budget_eur)


@contextmanager
def visiting(installation: Prepared) -> Iterator[House]:
    """The house of an installation this process has prepared."""
    house = build(
        installation.settings, database_url=installation.database_url, redis_url=installation.redis_url
    )
    try:
        yield house
    finally:
        house.close()


# What is shown as a sentence instead of a traceback.
REFUSALS = (
    BackupRefused,
    CannotStart,
    MasterKeyMissing,
    NotRunning,
    RestoreRefused,
    UnsafeConnection,
    UnsafeDurability,
    UnsafeSetting,
    UnsafeStart,
    Refusal,
)
