"""How long after a booking does whoever listens know that it breaks a rule?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from adapters.bootstrap import Settings, build
from application.travel.policies import SetPolicy
from tests.bench.figures import Figure, Sizes, at_most, percentile
from tests.bench.http import HOST, free_port, serving
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder, Person, a_flight
from tests.kit.streaming import Follower

ENTERPRISE = "/api/v1/enterprise"
PROMISED_MS = 1_000.0
BOOKINGS_PER_ROUND = 20


def violation_alert_latency(place: Place, sizes: Sizes) -> Figure:
    bookings = sizes.rounds * BOOKINGS_PER_ROUND
    with running(place) as (port, owner, traveller):
        follower = Follower(port, owner.key_headers)
        for warm in range(3):
            booked_until_told(port, follower, owner, traveller, warm + 1)
        took_ms = [
            booked_until_told(port, follower, owner, traveller, number + 4) for number in range(bookings)
        ]
        follower.close()
    if len(set(follower.ids)) != len(follower.ids):
        raise RuntimeError("an alert came twice")
    return at_most(
        "violation_alert_latency",
        f"booking of a violating trip, from POST to the SSE client, p95 of {bookings} against the promised second;"
        f" median {median(took_ms):.0f} ms, longest {max(took_ms):.0f} ms",
        percentile(took_ms, 0.95),
        PROMISED_MS,
        unit="ms",
        target=1.0,
        method="`escale api` and `escale worker`, one client on loopback that books one trip after another, each over a"
        " new connection, and follows the stream; the clock runs from before the POST until the event has been read",
    )


def booked_until_told(port: int, follower: Follower, owner: Person, traveller: Person, count: int) -> float:
    """Milliseconds from the booking's first byte to the alert."""
    plan = {"traveller_id": str(traveller.id), "purpose": "Client visit", "segments": [a_flight()]}
    trip = asked(port, f"{ENTERPRISE}/trips", owner, plan)["id"]
    started = perf_counter()
    asked(port, f"{ENTERPRISE}/trips/{trip}/book", owner, None)
    follower.wait(lambda: len(follower.ids) >= count, within_s=60)
    return (perf_counter() - started) * 1_000


def asked(port: int, path: str, person: Person, body: Any) -> Any:
    """The answer to a command that must succeed."""
    headers = {**person.key_headers, "Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    client = HTTPConnection(HOST, port, timeout=60)
    client.request("POST", path, body=None if body is None else json.dumps(body), headers=headers)
    answer = client.getresponse()
    content = answer.read()
    client.close()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{answer.status}: {content.decode()}")
    return json.loads(content)


@contextmanager
def running(place: Place) -> Iterator[tuple[int, Person, Person]]:
    """An API, a worker and a company with a strict policy."""
    with place.database() as url:
        redis_url = place.services.redis_url
        house = build(Settings(master_key=MASTER_KEY.hex()), database_url=url, redis_url=redis_url)
        try:
            founder = Founder(house)
            founder.platform()
            company = founder.company("bench")
            founder.execute(company.id, SetPolicy(name="Strict", max_daily_budget_eur=1))
        finally:
            house.close()
        port = free_port()
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "ESCALE_MASTER_KEY": MASTER_KEY.hex(),
            "ESCALE_HOST": HOST,
            "ESCALE_PORT": str(port),
        }
        with (
            serving("api.cli", "api", port=port, page="/live", environment=environment),
            # The worker answers no page; the API's says that it had time to start.
            serving("api.cli", "worker", port=port, page="/live", environment=environment),
        ):
            yield port, company.owner, company.traveller
