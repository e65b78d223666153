"""How many visits are booked per second through the API, against the same booking as a bare transaction?"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import count
from uuid import UUID, uuid4

import psycopg

from adapters.bootstrap import Settings, build
from application.booking.catalogue import DefineService, HirePractitioner, OpenBusiness, SetSchedule
from domain.booking.business import Business, BusinessDraft, SiteDraft
from domain.booking.offer import Price, RoleNeed, ServiceOffer
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.schedule import Pattern, SubjectKind, WeeklyHours
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.wall_time import WEEKDAYS
from domain.platform.roles import Role, Scope
from tests.bench.dashboard import an_api
from tests.bench.figures import Figure, Sizes, at_least, interleaved, percentile
from tests.bench.http import CONNECTIONS, HOST, loaded
from tests.bench.load import KEY, START, STEP
from tests.bench.place import Place, rate
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder

TARGET = 0.5
KEYS = 8  # on one tenant: a key has its own rate limit
AHEAD = timedelta(hours=2)
NIGHTS_OF = timedelta(days=340)  # how far ahead the runs may book
TABLES = """
create table visit (tenant_id uuid, id uuid, who uuid, starts_at timestamptz, ends_at timestamptz, body jsonb,
  primary key (tenant_id, id));
create table busy (tenant_id uuid, who uuid, ends_at timestamptz, starts_at timestamptz, visit_id uuid,
  primary key (tenant_id, who, ends_at, starts_at));
"""
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
CHECK = "select 1 from busy where tenant_id = %s and who = %s and ends_at > %s and starts_at < %s limit 1"
INSERT = """
with made as (insert into visit values (%s, %s, %s, %s, %s, %s))
insert into busy values (%s, %s, %s, %s, %s)
"""


def bookings(place: Place, sizes: Sizes, *, id: str, tenants: int) -> Figure:
    """One figure: 32 clients, each with somebody of their own to book, in so many tenants."""
    turns = count()
    latencies: list[float] = []
    with the_api(place, tenants) as ours, the_bare_table(place, tenants) as theirs:

        def run_ours(seconds: float) -> float:
            per_s, took_ms = ours(seconds, next(turns))
            latencies.extend(took_ms)
            return per_s

        for warm in (run_ours, theirs):
            warm(min(1.0, sizes.http_s))
        latencies.clear()
        medians = interleaved(
            sizes.rounds,
            {"ours": lambda: run_ours(sizes.http_s), "theirs": lambda: theirs(sizes.http_s)},
        )
    where = "one tenant" if tenants == 1 else f"{tenants} tenants"
    spoken = "/".join(f"{percentile(latencies, share):.0f}" for share in (0.5, 0.95, 0.99))
    return at_least(
        id,
        f"visits booked per second by {CONNECTIONS} clients in {where}, over HTTP, against the same booking as a bare"
        f" SQL transaction; ours p50/p95/p99 {spoken} ms",
        medians["ours"],
        medians["theirs"],
        unit="bookings/s",
        target=TARGET,
        method=f"ours: `escale api`, one process, {CONNECTIONS} connections, a new Idempotency-Key and a new start"
        " each, every limit on, no worker running; theirs: as many psycopg connections in threads, an advisory lock per"
        f" person and day, the check for overlaps, two inserts; medians of {sizes.rounds} interleaved runs of"
        f" {sizes.http_s:g} s",
    )


@contextmanager
def the_api(place: Place, tenants: int) -> Iterator[Callable[[float, int], tuple[float, list[float]]]]:
    """The product's API process, and who books whom there."""
    with place.database() as url:
        house = build(
            Settings(master_key=MASTER_KEY.hex()), database_url=url, redis_url=place.services.redis_url
        )
        try:
            founder = Founder(house)
            founder.platform()
            each = CONNECTIONS if tenants == 1 else 1
            wanted = [one for number in range(tenants) for one in a_practice(founder, number, people=each)]
            begin = house.clock().replace(minute=0, second=0, microsecond=0) + AHEAD
        finally:
            house.close()
        requests = [wanted[number::CONNECTIONS] for number in range(CONNECTIONS)]
        with an_api(place, url) as port:

            def load(seconds: float, turn: int) -> tuple[float, list[float]]:
                # Each run begins a month after the one before it: no run finds what another took.
                first = begin + turn * timedelta(days=30)
                assert first < begin + NIGHTS_OF
                return loaded(port, requests, seconds, first.isoformat())

            yield load


@contextmanager
def the_bare_table(place: Place, tenants: int) -> Iterator[Callable[[float], float]]:
    """The same booking in plain SQL, by as many clients."""
    with place.empty_database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TABLES.encode())
        companies = [uuid4() for _ in range(tenants)]
        turns = [count() for _ in range(CONNECTIONS)]
        people = [uuid4() for _ in range(CONNECTIONS)]
        base = datetime.now(UTC)
        body = json.dumps({"service": str(uuid4()), "name": "Noor Client", "email": "noor@example.com"})
        links = [psycopg.connect(url, autocommit=True) for _ in range(CONNECTIONS)]

        def act_of(number: int) -> Callable[[], object]:
            link, who = links[number], people[number]

            def act() -> None:
                turn = next(turns[number])
                tenant_id = companies[(number + turn * CONNECTIONS) % tenants]
                start = base + turn * STEP
                a_bare_booking(link, tenant_id, who, start, body)

            return act

        try:
            yield lambda seconds: rate(CONNECTIONS, seconds, act_of)
        finally:
            for link in links:
                link.close()


def a_bare_booking(
    link: "psycopg.Connection[tuple[object, ...]]", tenant_id: UUID, who: UUID, start: datetime, body: str
) -> None:
    """Ordered locks, check, insert."""
    end = start + STEP
    with link.transaction():
        for day in sorted({start.date(), end.date()}):
            link.execute(LOCK, (f"{tenant_id}:{who}:{day}",))
        if link.execute(CHECK, (tenant_id, who, start, end)).fetchone():
            raise RuntimeError("a start was taken twice")
        visit_id = uuid4()
        link.execute(
            INSERT, (tenant_id, visit_id, who, start, end, body, tenant_id, who, end, start, visit_id)
        )


def a_practice(founder: Founder, number: int, *, people: int) -> list[str]:
    """A tenant with so many people who work day and night; a request to book each of them."""
    company = founder.company(f"practice-{number}")
    keys = [
        founder.person(company.id, f"practice-{number}-{each}", Role.OWNER, (Scope.BOOKINGS_WRITE,)).key
        for each in range(min(people, KEYS))
    ]
    site = SiteDraft(name="Bench", address="1 Bench Street", country="FR", zone="UTC")
    draft = BusinessDraft(name="Bench", brand="Bench", sector="medical", sites=(site,))
    business_id = founder.execute(company.id, OpenBusiness(draft=draft)).saved.stream_id
    profile = founder.house.streams(company.id).load(Business, business_id).profile
    assert profile is not None
    site_id = profile.sites[0].id
    offer = ServiceOffer(
        name="Bench",
        business_id=business_id,
        site_ids=(site_id,),
        durations_minutes=(5,),
        step_minutes=5,
        horizon_days=400,
        price=Price(currency="EUR", amount_minor=1),
        roles=(RoleNeed(skill="doctor"),),
    )
    service_id = founder.execute(company.id, DefineService(offer=offer)).saved.stream_id
    week = tuple(WeeklyHours(day=day, opens=time(), closes=time()) for day in WEEKDAYS)
    terms = ScheduleTerms(zone="UTC", patterns=(Pattern(hours=week),))
    found = []
    for each in range(people):
        hired = HirePractitioner(
            name="Someone", terms=PractitionerTerms(skills=("doctor",), site_ids=(site_id,))
        )
        who = founder.execute(company.id, hired).saved.stream_id
        schedule = SetSchedule(subject_kind=SubjectKind.PRACTITIONER, subject_id=who, terms=terms)
        founder.execute(company.id, schedule)
        found.append(request_of(keys[each % len(keys)], service_id, site_id, who))
    return found


def request_of(key: str, service_id: UUID, site_id: UUID, who: UUID) -> str:
    """A whole request, but for its idempotency key and its start."""
    body = json.dumps(
        {
            "service_id": str(service_id),
            "site_id": str(site_id),
            "starts_at": START.decode(),
            "bookable_ids": [str(who)],
            "client": {"name": "Noor Client", "email": "noor@example.com"},
        }
    )
    return (
        f"POST /api/v1/booking/appointments HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nIdempotency-Key: {KEY.decode()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
