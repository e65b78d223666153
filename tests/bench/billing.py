"""How fast is use counted once and for ever, and how fast is a month billed?"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import psycopg

from adapters.billing.closing import MonthClosing
from adapters.bootstrap import House, Settings, build
from adapters.clerk import signed
from api.main import create_app
from application.billing.subscriptions import StartSubscription
from application.billing.usage import ReportUsage
from application.kernel.command import Command
from domain.billing.meter import Aggregation
from domain.billing.price import ProductLine
from domain.kernel.period import Period
from projections.billing import usage
from tests.bench.figures import Figure, Sizes, at_least, at_most, interleaved
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.client import TestClient
from tests.kit.house import GENEROUS, Founder
from tests.kit.papers import FRENCH

BATCH, WRITERS = 1_000, 2
# What the best-known open-source biller publishes for one instance on PostgreSQL alone.
PUBLISHED = 10_000.0
BEGIN = datetime(2025, 12, 31, 23, tzinfo=UTC)
NOW = datetime(2026, 2, 2, tzinfo=UTC)
NAMES = count()
BARE_TABLE = """
create table usage (
  tenant_id uuid not null, transaction_id text collate "C" not null, meter text collate "C" not null,
  at timestamptz not null, quantity numeric not null, primary key (tenant_id, transaction_id))
"""
BARE_INSERT = """
insert into usage select %s, t, 'sms', m, 1 from unnest(%s::text[], %s::timestamptz[]) as u (t, m)
on conflict do nothing
"""
FILL = """
insert into read.usage (tenant_id, transaction_id, meter, at, quantity, batch_id, number, reported_at, position)
select %s, 't' || n, 'sms', %s + make_interval(secs => (n * 2678399.0 / %s)), 1, gen_random_uuid(), 0, now(), 1
from generate_series(1, %s) as n
"""


def usage_ingest_store(place: Place, sizes: Sizes) -> Figure:
    with house_on(place) as house, place.empty_database() as bare:
        tenants = [subscribed(house) for _ in range(WRITERS)]
        with psycopg.connect(bare, autocommit=True) as connection:
            connection.execute(BARE_TABLE.encode())
        medians = interleaved(
            min(sizes.rounds, 3),
            {
                "ours": lambda: together(sizes, lambda number: reporting(house, tenants[number])),
                "bare": lambda: together(sizes, lambda number: inserting(bare)),
            },
        )
    return at_least(
        "usage_ingest_store",
        f"uses in batches of {BATCH:,} through the handler, against one multi-row INSERT with the same unique key",
        medians["ours"],
        medians["bare"],
        unit="events/s",
        target=0.5,
        method=f"{WRITERS} writers, a company each; ours: parsed, judged one by one, each transaction id a claim for"
        " ever, chained and logged, durable before the answer; theirs: a connection per writer, one INSERT of a"
        f" thousand rows with the primary key (tenant, transaction id); {sizes.usage_batches} batches per writer",
    )


def usage_ingest_api(place: Place, sizes: Sizes) -> Figure:
    with house_on(place) as house:
        company = Founder(house).company("bench")
        execute(house, company.id, StartSubscription(line=ProductLine.CRM, plan="pro", debtor=FRENCH))
        with TestClient(create_app(house, limits=GENEROUS)) as client:

            def send() -> Callable[[], object]:
                def one() -> object:
                    body = {"events": list(batch())}
                    answer = client.post("/api/v1/usage/events", json=body, headers=company.owner.key_headers)
                    assert answer.json()["accepted"] == BATCH, answer.text
                    return answer

                return one

            medians = interleaved(
                min(sizes.rounds, 3), {"ours": lambda: together(sizes, lambda number: send())}
            )
    return at_least(
        "usage_ingest_api",
        f"uses through the REST door in batches of {BATCH:,}, against the figure published for PostgreSQL alone",
        medians["ours"],
        PUBLISHED,
        unit="events/s",
        target=1.0,
        method=f"{WRITERS} clients in the process of the door, so that clients, door and handler share the two cores;"
        " every use de-duplicated for ever and durable before the answer; theirs: 10 000 events a second, published"
        f" by Lago for one instance; {sizes.usage_batches} batches per client",
    )


def close_1000_tenants(place: Place, sizes: Sizes) -> Figure:
    with house_on(place) as house:
        tenants = [subscribed(house) for _ in range(sizes.closings)]
        for tenant_id in tenants:
            execute(house, tenant_id, ReportUsage(events=tuple(batch(3))))
            house.jobs.projections.drain(tenant_id)
        closing = MonthClosing(lambda: tenants, house.commands, house.usage_of, lambda: NOW)
        started = perf_counter()
        billed = [closing.close(tenant_id) for tenant_id in tenants]
        took_s = perf_counter() - started
        assert all(months == ["2026-01"] for months in billed)
    return at_least(
        "close_1000_tenants",
        f"{sizes.closings:,} companies, each with a plan, an add-on and three uses, billed one after the other",
        sizes.closings / took_s,
        1_000 / 60,
        unit="closings/s",
        target=1.0,
        method="one thread of one scheduler; a closing reads the subscription, the meters, the price list and the"
        " usage at a cut, rates, and appends invoice and particulars; theirs is the aim: a thousand in a minute",
    )


def hourly_aggregation_growth(place: Place, sizes: Sizes) -> Figure:
    small, large = sizes.usage_rows // 10, sizes.usage_rows
    with house_on(place) as house, psycopg.connect(house.pools.url, autocommit=True) as connection:
        seconds = {}
        for rows in (small, large):
            tenant_id = subscribed(house)
            connection.execute(FILL, (tenant_id, BEGIN, rows, rows))
            seconds[rows] = median(aggregated_s(house, tenant_id, rows) for _ in range(3))
    return at_most(
        "hourly_aggregation_growth",
        f"a month by the hour, from {small:,} to {large:,} uses",
        seconds[large],
        seconds[small],
        unit="s",
        target=12.0,
        method="the query behind GET /api/v1/usage?window=hour under row-level security, over all uses of the month in"
        " 744 windows of local time, corrections looked up; medians of three; ten times the uses may take twelve times"
        " as long",
    )


# What is measured with


@contextmanager
def house_on(place: Place) -> Iterator[House]:
    """A house on a fresh database."""
    with TemporaryDirectory() as folder, place.database() as url:
        settings = Settings(master_key=MASTER_KEY.hex(), data_dir=Path(folder))
        house = build(settings, database_url=url, redis_url=place.services.redis_url)
        try:
            Founder(house).platform()
            yield house
        finally:
            house.close()


def subscribed(house: House) -> UUID:
    """A company that has nothing but a subscription."""
    tenant_id = uuid4()
    house.open_tenant_head(tenant_id)
    plan = StartSubscription(line=ProductLine.CRM, plan="pro", add_ons={"whatsapp": 1}, debtor=FRENCH)
    execute(house, tenant_id, plan, at=BEGIN)
    return tenant_id


def execute(house: House, tenant_id: UUID, command: Command, *, at: datetime = NOW) -> None:
    house.execute(signed(tenant_id, command, str(uuid4()), at))


def batch(size: int = BATCH) -> Iterator[dict[str, Any]]:
    """Uses nobody has reported."""
    for _ in range(size):
        number = next(NAMES)
        at = BEGIN + timedelta(seconds=number % 2_600_000)
        yield {"transaction_id": f"use-{number}", "meter": "sms", "at": at.isoformat(), "quantity": "1"}


def together(sizes: Sizes, writer: Callable[[int], Callable[[], object]]) -> float:
    """Events per second of all writers."""
    writers = [writer(number) for number in range(WRITERS)]

    def write(one: Callable[[], object]) -> None:
        for _ in range(sizes.usage_batches):
            one()

    started = perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, writers))
    return WRITERS * sizes.usage_batches * BATCH / (perf_counter() - started)


def reporting(house: House, tenant_id: UUID) -> Callable[[], object]:
    return lambda: execute(house, tenant_id, ReportUsage(events=tuple(batch())))


def inserting(url: str) -> Callable[[], object]:
    connection, tenant_id = psycopg.connect(url, autocommit=True), uuid4()

    def one() -> object:
        uses = list(batch())
        names, moments = [use["transaction_id"] for use in uses], [use["at"] for use in uses]
        return connection.execute(BARE_INSERT, (tenant_id, names, moments))

    return one


def aggregated_s(house: House, tenant_id: UUID, rows: int) -> float:
    period = Period(start=BEGIN, end=BEGIN + timedelta(days=31))
    started = perf_counter()
    with house.reading(tenant_id) as sql:
        found = usage.figures(sql, "sms", Aggregation.SUM, period, window="hour", zone="Europe/Paris", at=1)
    took_s = perf_counter() - started
    assert sum(one.value for one in found) == rows
    return took_s
