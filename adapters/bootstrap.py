"""The one place where the house is put together."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Event
from uuid import UUID

from adapters.administrators import OPERATOR, Appointment
from adapters.analytics.analytics import Analytics, Asked, ExportProgress, ExportState
from adapters.analytics.dictionary import VIEWS, AnalyticsTable, described
from adapters.analytics.export_files import ExportFiles
from adapters.analytics.exporting import Exporter, ExportSweep
from adapters.analytics.immediate import ImmediateFiles
from adapters.analytics.login_sweep import LoginSweep
from adapters.analytics.logins import SqlLogins
from adapters.analytics.prompt import SqlAnswer
from adapters.analytics.reading import AnalyticsReader
from adapters.analytics.trip_file import file_of_trips
from adapters.audit import verifier
from adapters.audit.auditing import Auditing, Proof, Verified
from adapters.audit.ledger import FeedFilter, Ledger
from adapters.audit.replaying import Replay, Replayed, scratch_database
from adapters.audit.sealing import Sealer, SealFolder, line_of_seal
from adapters.billing.explaining import Explained
from adapters.billing.invoice_files import PaperFormat
from adapters.billing.ledger_file import csv_of as csv_of_ledger
from adapters.billing.office import office_of
from adapters.billing.ports import PlatformPorts
from adapters.booking import front
from adapters.deferred.performing import Answered, Deferred, Door, Postponed, deferred_commands
from adapters.demo.access import CompanyAccess, DemoAccess, demo_access
from adapters.demo.companies import OpenCompany, Provisioner
from adapters.demo.house import DemoHouse
from adapters.demo.practices import OpenPractice
from adapters.esg.cuts import LedgerCuts
from adapters.esg.drafting import EsgDrafting
from adapters.esg.report_files import FileFormat, ReportFiles
from adapters.event_store.catalogue import CatalogueMemory
from adapters.event_store.commands import Commands
from adapters.event_store.engine import build_engine
from adapters.event_store.lookups import ClaimAgenda, ClaimTotals, StoreCompany, StoreDirectory
from adapters.event_store.store import TenantStore
from adapters.factors.airports import ShippedAirports
from adapters.factors.carbon_desk import CarbonDesk
from adapters.factors.recorded import RecordedFactors
from adapters.factors.segment_carbon import TenantSegmentCarbon
from adapters.failpoints import arm_from, failpoint
from adapters.feeds.catalogue import EventKind
from adapters.feeds.feed import EventFeed, Fact, violations_of
from adapters.forks import read_ahead
from adapters.holidays import ShippedHolidays
from adapters.house import CommandStatus, House, NoSuchCompany, now
from adapters.identity.attempts import Attempts, account_named
from adapters.identity.browser import SignedIn
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.cursors import CursorInvalid, Cursors
from adapters.identity.identity import Identity
from adapters.identity.invitations import InvitationInvalid
from adapters.identity.passwords import Passwords
from adapters.identity.sign_in import Caller, TokenPair
from adapters.identity.slugs import slug_of
from adapters.identity.tokens import Tokens
from adapters.imports.activity_importer import ActivityImporter, ActivityOutcome, ActivityResult
from adapters.imports.import_files import ImportFiles
from adapters.imports.imports import Imports
from adapters.imports.trip_importer import TripImporter
from adapters.installation import Crew, Prepared, database_of, prepared, redis_of, refuse_taken_port
from adapters.interventions import Interventions
from adapters.jobs.benchmarking import Benchmarking
from adapters.jobs.broker import WakeUps
from adapters.jobs.checkpoints import Checkpoints
from adapters.jobs.escalations import Escalations
from adapters.jobs.experiments import DifferenceRow, ExperimentBusy, ExperimentRunner
from adapters.jobs.experiments import Progress as ExperimentProgress
from adapters.jobs.feed import Feed
from adapters.jobs.outbox import Performer
from adapters.jobs.performers import build_performers
from adapters.jobs.waitlist_sweep import WaitlistSweep
from adapters.jobs.watching import JobClock
from adapters.jobs.worker import build_jobs
from adapters.jobs.worker import run_scheduler as start_scheduler
from adapters.jobs.worker import run_worker as start_worker
from adapters.ledger.restating import LedgerRestater
from adapters.ledger.tracing import CarbonTracing
from adapters.live.hub import Listener, Pace
from adapters.messaging.choosing import messages_for
from adapters.messaging.messages import Messages
from adapters.operations.backup import Manifest
from adapters.operations.doctor import Finding
from adapters.operations.metrics import Metrics, StandingCollector
from adapters.operations.monitoring import metrics_port
from adapters.operations.readiness import Limits as ReadyLimits
from adapters.operations.readiness import Readiness
from adapters.operations.restore import Restored
from adapters.operations.standings import InstallationStandings
from adapters.operations.starting import refuse_unsafe_start
from adapters.operators import back_up_to, examined, migrate_database, restore_from
from adapters.payments.webhooks import SignatureWrong
from adapters.postgres.pools import Pools
from adapters.postgres.positions import PositionWaiter
from adapters.postgres.scoped_sql import reading
from adapters.postgres.standing import Epochs, PausedUnit, UnitStatus, tenants_with_a_line
from adapters.rates.publishing import RatePublishing
from adapters.rates.recorded import RecordedRates
from adapters.rates.shipped import ShippedRates
from adapters.recurrence import CalendarRules
from adapters.redis.rate_limits import Allowance, RateLimits
from adapters.redis.request_trail import NotedRequest
from adapters.sentences import REFUSALS
from adapters.settings import Settings, master_key_of
from adapters.sinks import office as sinks
from adapters.telemetry import configure
from adapters.vault.no_keys import NoKeys
from adapters.webhooks.deliveries import Attempt, Delivery, DeliveryState, LaneState
from adapters.webhooks.office import WebhookGround, rules_of, webhooks_of
from adapters.webhooks.rendering import Rendered
from application.catalog import AGGREGATE_OF, AGGREGATES, EVENTS, EXPERIMENTS, HANDLERS, PROCESSES
from application.platform.tenants import OpenTenant
from application.ports.ports import Ports
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from projections.catalog import PROJECTORS

__all__ = [
    "front",
    "OPERATOR",
    "ActivityOutcome",
    "ActivityResult",
    "VIEWS",
    "AnalyticsTable",
    "SqlAnswer",
    "described",
    "Allowance",
    "Asked",
    "Attempts",
    "account_named",
    "Attempt",
    "Delivery",
    "DeliveryState",
    "LaneState",
    "Rendered",
    "ExportProgress",
    "ExportState",
    "FileFormat",
    "Appointment",
    "Caller",
    "CommandStatus",
    "CompanyAccess",
    "Crew",
    "CursorInvalid",
    "DemoAccess",
    "DemoHouse",
    "DifferenceRow",
    "EventKind",
    "Fact",
    "Explained",
    "ExperimentBusy",
    "ExperimentProgress",
    "House",
    "NoSuchCompany",
    "InvitationInvalid",
    "NotedRequest",
    "OpenCompany",
    "OpenPractice",
    "PaperFormat",
    "PausedUnit",
    "REFUSALS",
    "Prepared",
    "Restored",
    "Settings",
    "SignedIn",
    "SignatureWrong",
    "TokenPair",
    "UnitStatus",
    "back_up_to",
    "build",
    "configure",
    "csv_of_ledger",
    "demo_access",
    "examined",
    "failpoint",
    "file_of_trips",
    "migrate_database",
    "prepared",
    "read_ahead",
    "refuse_taken_port",
    "sinks",
    "restore_from",
]
__all__ += ["Answered", "Deferred", "Door", "Finding", "Listener", "Manifest", "Pace", "Postponed"]
__all__ += ["FeedFilter", "Proof", "Replayed", "Verified", "ShippedAirports", "line_of_seal", "verifier"]


# In production an older exchange rate is refused; a demo without a network may use any.
RATES_MAX_AGE_DAYS = 10


def build(
    settings: Settings,
    *,
    database_url: str,
    redis_url: str,
    sizes: dict[str, int] | None = None,
    messages: Messages | None = None,
    passwords: Passwords | None = None,
) -> House:
    """Opens pools and clients and connects every part with what it needs."""
    master_key = master_key_of(settings)
    strict = settings.env == "production"
    pools = Pools(database_url, master_key, sizes or {}, refuse_losses=strict).open()
    metrics = Metrics()
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=AGGREGATES, observe=metrics.append)
    credentials = DerivedCredentials(master_key, passwords=passwords)
    wake_ups = WakeUps(redis_url)
    checkpoints = Checkpoints(pools.projector, wake_ups.wake_up)
    airports, factors = ShippedAirports(), RecordedFactors(pools.queries)
    public_holidays, recurrence = ShippedHolidays(), CalendarRules()
    rates = RecordedRates(
        lambda: reading(pools.queries, PLATFORM_TENANT_ID),
        ShippedRates(),
        max_age_days=RATES_MAX_AGE_DAYS if strict else None,
    )
    shelves = CatalogueMemory(engine)
    ground = WebhookGround(master_key, rules_of(settings), frozenset(each.TOPIC for each in EVENTS))

    def totals(tenant_id: UUID) -> ClaimTotals:
        return ClaimTotals(engine.pool, engine.claim_keys, tenant_id)

    def cuts(store: TenantStore) -> LedgerCuts:
        return LedgerCuts(store, pools.queries, factors, airports)

    def ports(store: TenantStore) -> Ports:
        claimed = ClaimTotals(engine.pool, engine.claim_keys, store.tenant_id, store.observe)
        return Ports(
            agenda=ClaimAgenda(engine.pool, store.tenant_id),
            airports=airports,
            carbon=TenantSegmentCarbon(store, factors),
            carbon_cuts=cuts(store),
            catalogue=shelves.of(store.tenant_id),
            credentials=credentials,
            company=StoreCompany(store),
            directory=StoreDirectory(store),
            factors=factors,
            holidays=public_holidays,
            parked=checkpoints,
            rates=rates,
            recurrence=recurrence,
            totals=claimed,
            webhooks=ground,
            **of_platform.of(store, claimed),
        )

    # The commands are made below; no port is asked before.
    of_platform = PlatformPorts(lambda each: commands.reading(each), partial(reading, pools.queries), totals)
    wake_up, opening = wake_ups.wake_up, frozenset({OpenTenant})
    commands = Commands(engine, HANDLERS, ports, wake_up, opening, gate=of_platform.standings)
    queries, dispatcher = pools.queries, pools.dispatcher
    benchmarking = Benchmarking(dispatcher=dispatcher, queries=queries, commands=commands, now=now)
    folder = SealFolder(settings.seal_dir or settings.data_dir / "seals")
    sealer = Sealer(pools.commands, Ledger(pools.queries), folder, master_key, now)
    auditing = Auditing(Ledger(pools.queries), sealer, engine, AGGREGATE_OF)
    exports = ExportFiles(settings.data_dir / "exports")
    reports = ReportFiles(settings.data_dir / "reports", commands.reading, cuts, auditing)
    companies = partial(tenants_with_a_line, pools.dispatcher)
    drafting = EsgDrafting(companies, commands, cuts, now)
    sql_logins = SqlLogins(pools.commands, pools.url)
    login_sweep = LoginSweep(pools.dispatcher, commands, sql_logins, now)
    files = ImportFiles(settings.data_dir / "imports")
    importer = TripImporter(commands, totals, files, now)
    performers: dict[str, Performer] = {
        **build_performers(
            messages=messages or messages_for(settings, pools, commands, now),
            keys=engine.keys,
            snapshot_pool=pools.commands,
            checkpoints=checkpoints,
            close_login=sql_logins.close,
        ),
        "import_trips": importer,
        "make_esg_files": reports.perform,
        "restate_ledger": LedgerRestater(commands, pools.queries, now),
        "make_export": Exporter(pools.exports, commands, exports, now),
    }
    read = partial(reading, pools.queries)
    billing = office_of(settings, commands, read, companies, of_platform.prices, now)
    performers |= billing.performers
    experiments = ExperimentRunner(
        pool=pools.experiments,
        # What people wrote decides nothing, so nobody's key is asked for.
        feed=Feed(engine.topics, NoKeys()),  # type: ignore[arg-type]
        commands=commands,
        kinds=EXPERIMENTS,
        clock=now,
    )
    performers["run_experiment"] = experiments.perform
    public_front = front.Front.built(pools, commands, master_key, now)
    identity = Identity(Tokens(master_key), credentials, commands.reading, totals)
    deferred = deferred_commands(pools, master_key, identity, now, wake_ups.wake_commands, settings)
    actions = [*billing.actions, ExportSweep(commands, exports, now).act, login_sweep.act, drafting.act]
    actions += [WaitlistSweep(pools.dispatcher, engine.pool, commands, now).act, benchmarking.act]
    webhooks = webhooks_of(settings, pools, engine, commands, ground, now)
    actions += [public_front.next_free.act, deferred.act, webhooks.act]
    if settings.ecb_rates_url is not None:
        actions.append(RatePublishing(settings.ecb_rates_url, commands.execute, now).act)
    standings = InstallationStandings(pools, redis_url)
    metrics.registry.register(StandingCollector(standings))
    jobs = build_jobs(
        pools=pools,
        engine=engine,
        commands=commands,
        projectors=PROJECTORS,
        processes=PROCESSES,
        followers=(webhooks.fan_out,),
        aggregate_of=AGGREGATE_OF,
        performers=performers,
        redis_url=redis_url,
        wake_ups=wake_ups,
        seal=sealer.seal,
        actions=actions,
        outbox_lease_s=settings.outbox_lease_s,
        escalations=lambda lease: Escalations(lease, commands, read, now),
        do_deferred=deferred.perform,
    )
    jobs.broker.add_middleware(JobClock(metrics.job))
    limits = ReadyLimits(settings.ready_lag_events, settings.ready_free_mib)
    return House(
        settings=settings,
        pools=pools,
        engine=engine,
        commands=commands,
        identity=identity,
        cursors=Cursors(master_key, Epochs(pools.dispatcher)),
        limits=RateLimits(redis_url),
        positions=PositionWaiter(pools.dispatcher),
        jobs=jobs,
        analytics=Analytics(AnalyticsReader(pools.queries), exports),
        files_at_once=ImmediateFiles(pools.exports, exports, partial(slug_of, commands), now),
        sql_logins=sql_logins,
        live=violations_of(pools, engine, redis_url),
        feed=EventFeed(pools, engine, redis_url),
        rates=rates,
        price_lists=of_platform.prices,
        seller=of_platform.seller,
        standings=of_platform.standings,
        carbon=CarbonDesk(factors, airports),
        benchmarking=benchmarking,
        auditing=auditing,
        reports=reports,
        billing=billing,
        carbon_cuts=lambda tenant_id: cuts(commands.reading(tenant_id)),
        carbon_tracing=CarbonTracing(pools.queries, auditing),
        interventions=Interventions(commands, checkpoints, pools.dispatcher),
        imports=Imports(commands, files, importer),
        activity_imports=ActivityImporter(commands, totals, now),
        experiments=experiments,
        metrics=metrics,
        readiness=Readiness(pools.dispatcher, settings.data_dir, limits),
        front=public_front,
        webhooks=webhooks,
        deferred=deferred,
    )


@contextmanager
def serving(settings: Settings) -> Iterator[House]:
    """The house of a process that serves; refuses to open on unsafe ground."""
    refuse_unsafe_start(settings, database_of(settings))
    arm_from(os.environ)
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


def run_worker(settings: Settings, *, until: Event, door: Callable[[House], Door]) -> None:
    """Takes jobs from the queues until told to stop; deferred commands go through a door of its own."""
    configure()
    with serving(settings) as house, metrics_port(house.metrics, settings, settings.worker_metrics_port):
        house.deferred.door = door(house)
        worker = start_worker(house.jobs, threads=settings.worker_threads)
        house.webhooks.courier.start()
        until.wait()
        house.webhooks.courier.stop()
        worker.stop()


def run_scheduler(settings: Settings, *, until: Event) -> None:
    """Sweeps, while holding the lease, until told to stop."""
    configure()
    with serving(settings) as house, metrics_port(house.metrics, settings, settings.scheduler_metrics_port):
        scheduler = start_scheduler(house.jobs)
        until.wait()
        scheduler.stop()


def replay_export(
    settings: Settings,
    export: Path,
    *,
    scratch_url: str | None,
    with_keys: bool,
    follows: bool,
    announce: Callable[[str], None],
) -> Replayed:
    """Builds read models from an export in a scratch database; what differs from the published figures."""
    master_key = master_key_of(settings)
    with visit(settings) as house, scratch_database(scratch_url, master_key, announce) as url:
        keys = house.engine.keys if with_keys else None
        return Replay(house.pools, house.engine.topics, keys, PROJECTORS).run(
            export, url, master_key, follows=follows
        )


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
