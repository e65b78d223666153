"""How long does the 360-degree dashboard of a large company take, against a bare read of the same rows?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from itertools import islice
from random import Random
from time import perf_counter
from uuid import UUID, uuid4, uuid5

import psycopg

from adapters.bootstrap import Settings, build
from adapters.event_store.application import TenantApplication
from adapters.event_store.engine import build_engine
from adapters.jobs.feed import Feed
from adapters.jobs.projections import ProjectionRunner
from adapters.postgres.pools import Pools
from application.catalog import AGGREGATES, EVENTS
from domain.kernel.event import DomainEvent
from domain.kernel.ledger import Posting
from domain.kernel.money import Money
from domain.platform.roles import Role, Scope
from domain.travel.allocation import Allocation
from domain.travel.journey import JourneyLine, JourneyTotals, MonthShare
from domain.travel.trip_events import TripBooked
from projections.travel.travel_totals import TravelTotals
from tests.bench.catch_up import PATIENCE_S
from tests.bench.figures import Figure, Sizes, percentile, shown
from tests.bench.http import HOST, free_port, serving
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder

TARGET_MS = 100.0
PARTY = 500
TRAVELLERS, DEPARTMENTS, COST_CENTRES, SUPPLIERS, ROUTES = 2_000, 40, 80, 120, 600
GROUPS = ("department", "cost_centre", "traveller", "supplier", "route", "cost_type", "currency", "month")
PERIOD = (date(2030, 1, 1), date(2031, 1, 1))
BARE = """
select dimension, value, month, trips_booked, spend_eur_cents, carbon_g from read.travel_total
where tenant_id = %s and dimension in ('all', 'cost_type', %s) and month >= %s and month < %s
"""


def dashboard_360(place: Place, sizes: Sizes) -> Figure:
    with place.database() as url:
        tenant_id, key = a_large_company(place, url, sizes.dashboard_trips)
        ours_ms, theirs_ms = measured(place, url, tenant_id, key, sizes.dashboard_reads)
    ours, theirs = percentile(ours_ms, 0.95), percentile(theirs_ms, 0.95)
    by_group = ", ".join(
        f"{group} {percentile(ours_ms[number :: len(GROUPS)], 0.95):.0f}"
        for number, group in enumerate(GROUPS)
    )
    return Figure(
        "dashboard_360",
        f"p95 of the dashboard of a company with {sizes.dashboard_trips:,} trips in a year, at the API, against a bare"
        f" read of the same rows; p95 by group: {by_group} ms",
        shown(ours),
        shown(theirs),
        "ms",
        shown(ours / theirs),
        f"p95 <= {TARGET_MS:g} ms",
        ours <= TARGET_MS,
        f"ours: `escale api`, GET analytics over twelve months with every group_by in turn, one connection, one key,"
        f" {len(ours_ms)} requests; theirs: one psycopg connection as superuser, without row-level security, reading"
        f" the rows of the same dimensions and months into tuples, in turn with ours; {TRAVELLERS:,} travellers,"
        f" {DEPARTMENTS} departments, {COST_CENTRES} cost centres, {SUPPLIERS} suppliers, {ROUTES} routes",
    )


def a_large_company(place: Place, url: str, trips: int) -> tuple[UUID, str]:
    """A company with that many booked trips, its figures added up, and a key to its analytics."""
    house = build(Settings(master_key=MASTER_KEY.hex()), database_url=url, redis_url=place.services.redis_url)
    try:
        founder = Founder(house)
        founder.platform()
        company = founder.company("bench")
        key = founder.person(company.id, "reader", Role.ANALYST, (Scope.ANALYTICS_READ,)).key
    finally:
        house.close()
    pools = Pools(url, MASTER_KEY).open()
    try:
        engine = build_engine(pools, MASTER_KEY, events=EVENTS, aggregates=AGGREGATES)
        application = TenantApplication(engine, company.id)
        booked = bookings(company.id, trips)
        while party := list(islice(booked, PARTY)):
            application.recorder.insert_events([application.mapper.to_stored_event(event) for event in party])
        runner = ProjectionRunner(
            pool=pools.projector,
            rebuild_pool=pools.rebuild,
            feed=Feed(engine.topics, engine.keys),
            projectors=[TravelTotals()],
        )
        if not runner.drain(company.id, budget_s=PATIENCE_S):
            raise RuntimeError("the read model did not catch up")
    finally:
        pools.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze read.travel_total")
    return company.id, key


def bookings(tenant_id: UUID, trips: int) -> Iterator[DomainEvent]:
    """Booked journeys of one year, each with a flight, a stay and a ride, the same on every run."""
    random = Random(360)
    ids = {
        kind: [uuid5(tenant_id, f"{kind}:{number}") for number in range(count)]
        for kind, count in (("traveller", TRAVELLERS), ("department", DEPARTMENTS), ("cost", COST_CENTRES))
    }
    for _ in range(trips):
        starts = date(2030, 1, 1) + timedelta(days=random.randrange(365))
        lines = tuple(line(random, kind, starts.replace(day=1)) for kind in ("flight", "hotel", "ground"))
        spend = sum(share.eur_cents for each in lines for share in each.shares)
        departs_at = datetime(starts.year, starts.month, starts.day, 8, tzinfo=UTC)
        yield TripBooked(
            originator_id=uuid4(),
            originator_version=1,
            occurred_at=departs_at - timedelta(days=20),
            traveller_id=random.choice(ids["traveller"]),
            journey=JourneyTotals(
                departs_at=departs_at,
                starts_on=starts,
                ends_on=starts,
                spend_eur_cents=spend,
                spend_by_day=(),
                carbon_kg=Decimal(100),
                carbon_by_year=(),
                segments=3,
                segments_without_carbon=0,
            ),
            verdict=None,
            allocation=Allocation(
                department_id=random.choice(ids["department"]), cost_centre_id=random.choice(ids["cost"])
            ),
            lines=lines,
            commitments=(),
            posting=Posting(number=1, entries=()),
        )


def line(random: Random, kind: str, month: date) -> JourneyLine:
    """One segment of any supplier and route."""
    cents = random.randrange(5_000, 90_000)
    return JourneyLine(
        segment_id=uuid4(),
        cost_type=kind,
        mode=kind,
        route=f"Route {random.randrange(ROUTES)}",
        supplier=f"Supplier {random.randrange(SUPPLIERS)}",
        price=Money(amount_minor=cents, currency=random.choice(("EUR", "USD", "GBP"))),
        rate=None,
        shares=(MonthShare(month=month, eur_cents=cents, grams=random.randrange(900_000)),),
    )


def measured(
    place: Place, url: str, tenant_id: UUID, key: str, reads: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each request and of each bare read, in turn."""
    ours_ms, theirs_ms = [], []
    with an_api(place, url) as port, psycopg.connect(url) as bare:
        client = HTTPConnection(HOST, port)
        for number in range(reads + len(GROUPS)):
            group = GROUPS[number % len(GROUPS)]
            path = (
                f"/api/v1/enterprise/tenants/{tenant_id}/analytics"
                f"?start={PERIOD[0]}&end={PERIOD[1]}&group_by={group}"
            )
            ours = timed(lambda path=path: asked(client, path, key))  # type: ignore[misc]
            theirs = timed(lambda group=group: bare.execute(BARE, (tenant_id, group, *PERIOD)).fetchall())  # type: ignore[misc]
            if number >= len(GROUPS):
                ours_ms.append(ours)
                theirs_ms.append(theirs)
    return ours_ms, theirs_ms


@contextmanager
def an_api(place: Place, url: str) -> Iterator[int]:
    """The product's API process; its port."""
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "REDIS_URL": place.services.redis_url,
        "ESCALE_MASTER_KEY": MASTER_KEY.hex(),
        "ESCALE_HOST": HOST,
        "ESCALE_PORT": str(port),
    }
    with serving("api.cli", "api", port=port, page="/live", environment=environment):
        yield port


def asked(client: HTTPConnection, path: str, key: str) -> None:
    """One request and its whole answer."""
    client.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    answer = client.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the dashboard was not served: {answer.status} {body[:200]!r}")


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of one act."""
    started = perf_counter()
    act()
    return (perf_counter() - started) * 1_000
