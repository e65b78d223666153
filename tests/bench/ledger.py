"""How fast does the carbon ledger catch up, and how long does an annual report over many segments take?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg

from adapters.bootstrap import Settings, build
from adapters.event_store.application import TenantApplication
from adapters.event_store.engine import build_engine
from adapters.factors.shipped import shipped_table
from adapters.jobs.feed import Feed
from adapters.jobs.projections import ProjectionRunner
from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from application.catalog import AGGREGATES, EVENTS
from domain.kernel.emissions import CarbonMethod, EmissionPart, GhgCategory, line_of
from domain.kernel.event import DomainEvent
from domain.kernel.ledger import LedgerEntry, Posting
from domain.travel.allocation import Allocation
from domain.travel.journey import JourneyTotals
from domain.travel.trip_events import TripBooked
from projections.esg import ledger_queries
from projections.esg.carbon_ledger import CarbonLedger
from tests.bench.catch_up import PATIENCE_S
from tests.bench.figures import Figure, Sizes, at_least, at_most, interleaved
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder

SEGMENTS_PER_TRIP = 4
PARTY = 500
YEAR = (date(2030, 1, 1), date(2031, 1, 1))
BARE = """
select scope, category, method, market_basis, sum(location_g)::bigint, sum(market_g)::bigint, count(*)
from read.carbon_line
where tenant_id = %s and occurred_on >= %s and occurred_on < %s and entry = 'fact' and reversed_position is null
group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""


def ledger_catch_up(place: Place, sizes: Sizes) -> Figure:
    """Booked segments into the ledger, against copying the same rows of the finished ledger."""
    with place.database() as url, ledger_of(place, url, sizes.ledger_segments // 10) as one:
        taken_s, copied_s = one.drained_s, one.copied_s()
        return at_least(
            "ledger_catch_up",
            f"{one.events:,} bookings of {SEGMENTS_PER_TRIP} segments through the ledger's projector",
            one.events / taken_s,
            one.events / copied_s,
            unit="events/s",
            target=0.02,
            method="ours: one drain of one tenant's log, in one thread, into an empty table, four lines per event;"
            " theirs: INSERT ... SELECT of the finished rows into a table of the same shape and indexes, by the"
            " superuser, so without decoding, folding, checkpoints or row-level security; one run each",
        )


def carbon_annual_report(place: Place, sizes: Sizes) -> Figure:
    """The year by scope, category and month at a position, against a bare aggregate of the same rows."""
    small = sizes.ledger_segments // 10
    with place.database() as url, ledger_of(place, url, small) as few:
        small_s = interleaved(sizes.rounds, {"ours": few.report_s})["ours"]
    with place.database() as url, ledger_of(place, url, sizes.ledger_segments) as many:
        medians = interleaved(sizes.rounds, {"ours": many.report_s, "theirs": many.bare_s})
    growth = medians["ours"] / small_s
    return at_most(
        "carbon_annual_report",
        f"annual figures over {sizes.ledger_segments:,} segments at a position of the log; {growth:.1f} times those of"
        f" {small:,}",
        medians["ours"] * 1000,
        medians["theirs"] * 1000,
        unit="ms",
        target=4.0,
        method="ours: the two queries of GET .../carbon with groups by month, as the app's role under row-level"
        " security, at a fixed position; theirs: one GROUP BY over the same rows as superuser; medians of"
        f" {sizes.rounds} interleaved runs",
    )


class _Ledger:
    def __init__(self, pools: Pools, url: str, tenant_id: UUID, events: int, drained_s: float) -> None:
        self._pools = pools
        self._url = url
        self._tenant_id = tenant_id
        self.events = events
        self.drained_s = drained_s

    def report_s(self) -> float:
        asked: dict[str, Any] = {"start": YEAR[0], "end": YEAR[1]}
        with reading(self._pools.queries, self._tenant_id) as sql:
            at = ledger_queries.ledger_position(sql)
            return _timed(
                lambda: [
                    ledger_queries.totals(
                        sql, by=("scope", "category", "method", "market_basis"), at=at, **asked
                    ),
                    ledger_queries.totals(sql, by=("month",), at=at, **asked),
                ]
            )

    def bare_s(self) -> float:
        with psycopg.connect(self._url) as connection:
            return _timed(lambda: connection.execute(BARE, (self._tenant_id, *YEAR)).fetchall())

    def copied_s(self) -> float:
        with psycopg.connect(self._url) as connection:
            connection.execute("create temp table twin (like read.carbon_line including indexes)")
            return _timed(lambda: connection.execute("insert into twin select * from read.carbon_line"))


@contextmanager
def ledger_of(place: Place, url: str, segments: int) -> Iterator[_Ledger]:
    """A company with that many booked segments in its ledger."""
    house = build(Settings(master_key=MASTER_KEY.hex()), database_url=url, redis_url=place.services.redis_url)
    try:
        founder = Founder(house)
        founder.platform()
        company = founder.company("bench")
    finally:
        house.close()
    pools = Pools(url, MASTER_KEY).open()
    try:
        engine = build_engine(pools, MASTER_KEY, events=EVENTS, aggregates=AGGREGATES)
        application = TenantApplication(engine, company.id)
        trips = segments // SEGMENTS_PER_TRIP
        booked = bookings(company.id, trips)
        while party := list(islice(booked, PARTY)):
            application.recorder.insert_events([application.mapper.to_stored_event(one) for one in party])
        runner = ProjectionRunner(
            pool=pools.projector,
            rebuild_pool=pools.rebuild,
            feed=Feed(engine.topics, engine.keys),
            projectors=[CarbonLedger()],
        )
        drained_s = _timed(lambda: runner.drain(company.id, budget_s=PATIENCE_S))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("analyze read.carbon_line")
        yield _Ledger(pools, url, company.id, trips, drained_s)
    finally:
        pools.close()


def bookings(tenant_id: UUID, trips: int) -> Iterator[DomainEvent]:
    """Booked journeys of one year, four flights each, the same on every run."""
    random, factors = (
        Random(360),
        [
            row.factor
            for row in shipped_table().rows
            if row.category == "cat6_business_travel_air" and row.factor.year == 2025
        ],
    )
    people = [uuid5(tenant_id, f"traveller:{number}") for number in range(2_000)]
    units = [uuid5(tenant_id, f"unit:{number}") for number in range(40)]
    for _ in range(trips):
        starts = YEAR[0] + timedelta(days=random.randrange(365))
        departs_at = datetime(starts.year, starts.month, starts.day, 8, tzinfo=UTC)
        entries = tuple(
            LedgerEntry(
                occurred_on=starts,
                mode="flight",
                line=line_of(
                    Decimal(random.randrange(300_000, 9_000_000)).scaleb(-3),
                    random.choice(factors),
                    GhgCategory.BUSINESS_TRAVEL,
                    EmissionPart.DIRECT,
                    method=CarbonMethod.DESNZ,
                    grade=2,
                ),
                is_estimate=True,
                route=f"CDG-X{random.randrange(600)}",
                segment_id=uuid4(),
            )
            for _ in range(SEGMENTS_PER_TRIP)
        )
        yield TripBooked(
            originator_id=uuid4(),
            originator_version=1,
            occurred_at=departs_at - timedelta(days=20),
            traveller_id=random.choice(people),
            journey=JourneyTotals(
                departs_at=departs_at,
                starts_on=starts,
                ends_on=starts,
                spend_eur_cents=0,
                spend_by_day=(),
                carbon_kg=Decimal(0),
                carbon_by_year=(),
                segments=SEGMENTS_PER_TRIP,
                segments_without_carbon=0,
            ),
            verdict=None,
            allocation=Allocation(department_id=random.choice(units)),
            lines=(),
            commitments=(),
            posting=Posting(number=1, entries=entries),
        )


def _timed(act: Callable[[], Any]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started
