"""The one place where the house is put together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from adapters.event_store.application import Engine
from adapters.event_store.commands import Commands
from adapters.event_store.engine import build_engine
from adapters.event_store.lookups import ClaimTotals, StoreDirectory
from adapters.event_store.store import TenantStore
from adapters.factors.airports import ShippedAirports
from adapters.factors.shipped import ShippedFactors
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.cursors import Cursors
from adapters.identity.identity import Identity
from adapters.identity.sign_in import Caller, TokenPair, tokens_of
from adapters.identity.tokens import Tokens
from adapters.postgres.pools import Pools
from adapters.postgres.positions import PositionWaiter
from adapters.postgres.scoped_sql import reading
from adapters.redis.rate_limits import Allowance, RateLimits
from adapters.settings import Settings, master_key_of
from application.catalog import AGGREGATES, EVENTS, HANDLERS
from application.kernel.order import Answer, Order
from application.ports.ports import Ports
from application.platform.tenants import OpenTenant
from domain.platform.session import Session
from projections.kernel.sql import Sql

__all__ = ["Allowance", "Caller", "House", "Settings", "TokenPair", "build"]


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
    clock: Callable[[], datetime] = now

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

    def tokens_for(self, tenant_id: UUID, session: Session) -> TokenPair:
        """The tokens of a session as it stands."""
        return tokens_of(session, tenant_id, self.identity.tokens, at=self.clock())

    def close(self) -> None:
        """Gives everything back."""
        self.limits.close()
        self.pools.close()


@dataclass(frozen=True)
class CommandStatus:
    """A command as the log remembers it. `outcome`: 1 applied, 2 nothing to do, 3 refused."""

    outcome: int
    stream_id: UUID | None
    version: int | None
    position: int | None
    code: str | None


def build(
    settings: Settings, *, wake_up: Callable[[UUID], None], database_url: str, redis_url: str
) -> House:
    """Opens pools and clients and connects every part with what it needs."""
    master_key = master_key_of(settings)
    pools = Pools(database_url, master_key).open()
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=AGGREGATES)
    credentials = DerivedCredentials(master_key)
    airports, factors = ShippedAirports(), ShippedFactors()

    def totals(tenant_id: UUID) -> ClaimTotals:
        return ClaimTotals(engine.pool, engine.claim_keys, tenant_id)

    def ports(store: TenantStore) -> Ports:
        return Ports(
            airports=airports,
            credentials=credentials,
            directory=StoreDirectory(store),
            factors=factors,
            totals=totals(store.tenant_id),
        )

    commands = Commands(engine, HANDLERS, ports, on_commit=wake_up, opening=frozenset({OpenTenant}))
    return House(
        settings=settings,
        pools=pools,
        engine=engine,
        commands=commands,
        identity=Identity(Tokens(master_key), credentials, commands.reading, totals),
        cursors=Cursors(master_key),
        limits=RateLimits(redis_url),
        positions=PositionWaiter(pools.dispatcher),
    )

