"""What may the doors ask of the house? Orders, streams, read models, and how everything stands."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from uuid import UUID, uuid4

from adapters.administrators import OPERATOR, Appointment, appoint
from adapters.analytics.analytics import Analytics
from adapters.analytics.immediate import ImmediateFiles
from adapters.analytics.logins import SqlLogins
from adapters.analytics.prompt import SqlAnswer, SqlPrompt
from adapters.audit.auditing import Auditing
from adapters.billing.counting import CallCounter
from adapters.billing.entitlements import PlatformEntitlements
from adapters.billing.office import BillingOffice
from adapters.billing.recorded_usage import RecordedUsage
from adapters.billing.standings import Standings
from adapters.booking.desk import BookingDesk
from adapters.booking.front import Front
from adapters.booking.marketplace import Marketplace
from adapters.booking.next_free import NextFreeKeeper
from adapters.clerk import signed
from adapters.deferred.performing import DeferredCommands
from adapters.esg.report_files import ReportFiles
from adapters.event_store.application import Engine
from adapters.event_store.booking_past import BookingPast
from adapters.event_store.commands import Commands
from adapters.event_store.lookups import ClaimTotals
from adapters.event_store.store import TenantStore
from adapters.factors.airports import ShippedAirports
from adapters.factors.carbon_desk import CarbonDesk
from adapters.feeds.feed import EventFeed
from adapters.identity.browser import BrowserSessions
from adapters.identity.cursors import Cursors
from adapters.identity.identity import Identity
from adapters.identity.secrets import derived
from adapters.identity.sign_in import TokenPair, tokens_of
from adapters.identity.slugs import slug_of
from adapters.imports.activity_importer import ActivityImporter
from adapters.imports.imports import Imports
from adapters.interventions import Interventions
from adapters.jobs.benchmarking import Benchmarking
from adapters.jobs.experiments import ExperimentRunner, Reached
from adapters.jobs.worker import Jobs
from adapters.ledger.tracing import CarbonTracing
from adapters.live.hub import Hub
from adapters.operations.deprecated_calls import DeprecatedCalls
from adapters.operations.metrics import MEDIA_TYPE as METRICS_TYPE
from adapters.operations.metrics import Metrics
from adapters.operations.monitoring import admits
from adapters.operations.readiness import Readiness
from adapters.postgres.pools import Pools
from adapters.postgres.positions import PositionWaiter
from adapters.postgres.scoped_sql import reading
from adapters.postgres.standing import (
    UnitStatus,
    lag_of,
    tenants_with_a_line,
    unit_status,
)
from adapters.redis.rate_limits import RateLimits
from adapters.redis.request_trail import RequestTrail
from adapters.settings import Settings, master_key_of
from adapters.sinks.office import Sinks
from adapters.webhooks.office import WebhookOffice
from application.billing.collections import ReceiveNotice
from application.billing.invoices import drafted
from application.booking.ground import Ground
from application.kernel.command import Command
from application.kernel.context import CommandId
from application.kernel.order import Answer, Order
from application.ports.carbon_cuts import CarbonCuts
from application.ports.entitlements import Entitlements
from application.ports.price_lists import PriceLists
from application.ports.rates import ExchangeRates
from application.ports.seller import SellerOfRecord
from application.ports.totals import Totals
from application.ports.usage import UsageFigures
from domain.billing.drafting import Drafts
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.meter import Meters, meters_id
from domain.billing.sla import Sla, sla_id
from domain.billing.subscription import NotSubscribed, Subscription, subscription_id
from domain.kernel.refusals import Conflict, NotFound
from domain.platform.api_key import ApiKey
from domain.platform.experiment import Experiment
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.session import Session
from domain.travel.violation import ViolationFlagged
from projections.catalog import PROJECTORS
from projections.kernel.sql import Sql

VERSION = version("escale")


def now() -> datetime:
    """The clock of the doors: the only one, besides the database's."""
    return datetime.now(UTC)


class NoSuchCompany(Exception):
    """It is not clear which company is meant."""


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
    jobs: Jobs
    live: Hub[ViolationFlagged]
    feed: EventFeed
    rates: ExchangeRates
    price_lists: PriceLists
    seller: SellerOfRecord
    standings: Standings
    carbon: CarbonDesk
    reports: ReportFiles
    billing: BillingOffice
    carbon_cuts: Callable[[UUID], CarbonCuts]
    benchmarking: Benchmarking
    experiments: ExperimentRunner
    auditing: Auditing
    imports: Imports
    activity_imports: ActivityImporter
    carbon_tracing: CarbonTracing
    analytics: Analytics
    files_at_once: ImmediateFiles
    sql_logins: SqlLogins
    interventions: Interventions
    metrics: Metrics
    readiness: Readiness
    front: Front
    webhooks: WebhookOffice
    deferred: DeferredCommands
    clock: Callable[[], datetime] = now
    metrics_type: str = METRICS_TYPE
    _slugs: dict[UUID, str] = field(default_factory=dict)
    calls: CallCounter = field(init=False)
    deprecated_calls: DeprecatedCalls = field(init=False)

    def __post_init__(self) -> None:
        self.calls = CallCounter(self.commands, lambda: self.clock())
        self.deprecated_calls = DeprecatedCalls(self.pools.commands, lambda: self.clock())

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

    def ground(self, tenant_id: UUID) -> Ground:
        """What the tenant's availability is judged on, at this very moment."""
        store = self.streams(tenant_id)
        return Ground(tenant_id, store, self.commands.ports_of(store), self.clock())

    def booking_past(self, tenant_id: UUID) -> BookingPast:
        """The ground of availability as the log had it."""
        store = self.streams(tenant_id)
        return BookingPast(self.engine, tenant_id, self.commands.ports_of(store))

    @property
    def desk(self) -> BookingDesk:
        """The public door of every company's appointments."""
        return BookingDesk(
            tenant_named=self.identity.tenant_named,
            ground=self.ground,
            execute=self.execute,
            links=self.front.links,
        )

    @property
    def marketplace(self) -> Marketplace:
        """The search over what companies published."""
        return self.front.marketplace

    @property
    def next_free(self) -> NextFreeKeeper:
        """Who looks again when everything is free next."""
        return self.front.next_free

    def slug_of(self, tenant_id: UUID) -> str:
        """The name of the tenant in addresses; it never changes."""
        known = self._slugs.get(tenant_id)
        if known is None:
            known = self._slugs[tenant_id] = slug_of(self.commands, tenant_id)
        return known

    def airport_at(self, iata: str) -> tuple[float, float] | None:
        """Where an airport is, in degrees north and east."""
        airport = ShippedAirports().find(iata)
        return None if airport is None else (airport.latitude, airport.longitude)

    @cached_property
    def browsers(self) -> BrowserSessions:
        """People who sign in on a page."""
        return BrowserSessions(self.identity, self.execute, master_key_of(self.settings))

    @cached_property
    def sinks(self) -> Sinks:
        """What carries a company's log to a message broker."""
        return Sinks(self.pools, self.engine)

    @property
    def trail(self) -> RequestTrail:
        """The latest requests of every company."""
        return self.feed.trail

    def names_of_keys(self, tenant_id: UUID, keys: Iterable[UUID]) -> dict[UUID, str]:
        """What these API keys are called."""
        found = self.streams(tenant_id).find_all(dict.fromkeys(keys, ApiKey))
        return {key.id: key.name for key in found.values() if isinstance(key, ApiKey)}

    def amounts(self, tenant_id: UUID) -> Totals:
        """What the tenant's claims hold, at this very moment."""
        return ClaimTotals(self.engine.pool, self.engine.claim_keys, tenant_id)

    def keeps_personal_data_of(self, tenant_id: UUID, subject_id: UUID) -> bool:
        """Is, or was, anything personal of them in the tenant's log?"""
        return self.engine.keys.knows(tenant_id, subject_id)

    def entitlements(self, tenant_id: UUID) -> Entitlements:
        """What the tenant may have and what it has, for showing."""
        return PlatformEntitlements(self.streams(tenant_id), self.amounts(tenant_id), self.price_lists)

    def usage_of(self, tenant_id: UUID) -> UsageFigures:
        """What the tenant used, at a cut of its log."""
        return RecordedUsage(lambda: self.reading(tenant_id))

    def drafts_of(self, tenant_id: UUID, month: str | None = None) -> Drafts:
        """A month as it would be billed now, the next one by default. Refuses NotSubscribed."""
        streams, usage = self.streams(tenant_id), self.usage_of(tenant_id)
        subscription = streams.find(Subscription, subscription_id(tenant_id))
        if subscription is None:
            raise NotSubscribed
        book = streams.find(InvoiceBook, invoices_id(tenant_id)) or InvoiceBook.new(invoices_id(tenant_id))
        return drafted(
            subscription,
            book,
            streams.find(Meters, meters_id(tenant_id)),
            streams.find(Sla, sla_id(tenant_id)),
            month or book.next_month(subscription),
            prices=self.price_lists,
            usage=usage,
            cut=usage.reached(),
        )

    def keep_notice(self, notice: ReceiveNotice) -> None:
        """Keeps a word of the collector once, however many copies of it come."""
        with suppress(Conflict):
            self.execute(signed(PLATFORM_TENANT_ID, notice, notice.external_id, notice.happened_at))

    def settled(self, tenant_id: UUID, command_id: UUID) -> "CommandStatus | None":
        """What became of a command."""
        with self.pools.queries.connection() as connection:
            row = connection.execute(
                "select outcome, stream_id, version, last_position, code from es.find_command(%s, %s)",
                (tenant_id, command_id),
            ).fetchone()
        return None if row is None else CommandStatus(*row)

    def ask_sql(self, tenant_id: UUID, statement: str, *, limit: int) -> SqlAnswer:
        """What an analyst of the tenant is told."""
        return SqlPrompt(self.sql_logins, self.pools.url, self.clock).ask(tenant_id, statement, limit=limit)

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

    def companies(self) -> list[UUID]:
        """Every tenant but the platform's own."""
        return [tenant_id for tenant_id in self.tenants() if tenant_id != PLATFORM_TENANT_ID]

    def projections(self, name: str = "all") -> list[str]:
        """The names of the projections, or the one asked for."""
        names = [projector.name for projector in PROJECTORS]
        if name == "all":
            return names
        if name not in names:
            raise NotFound(f"There is no such projection; there are {', '.join(names)}.")
        return [name]

    def admits_monitor(self, peer: str | None, headers: Mapping[str, str]) -> bool:
        """May whoever asks read the figures?"""
        return admits(self.settings.metrics_token, headers.get("authorization", ""), peer, headers)

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

    def try_out(self, tenant_id: UUID, draft: Command, reached: Reached) -> Experiment:
        """Runs an experiment here and now, on the authority of whoever holds the master key."""
        command_id = CommandId(uuid4(), sha256(draft.model_dump_json().encode()).digest())
        order = Order(tenant_id, draft, OPERATOR, command_id, at=self.clock(), source="system")
        return self.experiments.follow(tenant_id, self.execute(order).saved.stream_id, reached)

    def say_goodbye(self) -> None:
        """Tells everyone who listens to come back to another process."""
        self.live.stop()
        self.feed.hub.stop()

    def close(self) -> None:
        """Gives everything back."""
        self.calls.stop()
        self.say_goodbye()
        self.trail.close()
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
