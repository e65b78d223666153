"""What does a command cost over HTTP, against an endpoint that does next to nothing?"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep

import psycopg

from adapters.bootstrap import Settings, build
from adapters.embedded.children import die_with_parent
from adapters.installation import answers
from domain.platform.roles import Role, Scope
from tests.bench import bare_api
from tests.bench.figures import Figure, Sizes, at_least, interleaved, percentile
from tests.bench.load import KEY
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder, Person, a_flight

CONNECTIONS = 32
COMPANIES = 8
HOST = "127.0.0.1"
PATH = "/api/v1/enterprise/trips"
SHARES = (0.5, 0.95, 0.99)


def http_command_vs_bare(place: Place, sizes: Sizes) -> Figure:
    latencies: dict[str, list[float]] = {"ours": [], "bare": []}
    with our_api(place) as ours, the_bare_api(place) as bare:

        def run(side: str, load: Callable[[float], tuple[float, list[float]]]) -> float:
            per_s, took_ms = load(sizes.http_s)
            latencies[side] += took_ms
            return per_s

        for load in (ours, bare):
            load(min(1.0, sizes.http_s))
        medians = interleaved(
            sizes.rounds, {"ours": lambda: run("ours", ours), "bare": lambda: run("bare", bare)}
        )
    spoken = {
        side: "/".join(f"{percentile(took_ms, share):.0f}" for share in SHARES)
        for side, took_ms in latencies.items()
    }
    return at_least(
        "http_command_vs_bare",
        f"plan a trip over HTTP, {CONNECTIONS} connections, against a bare endpoint that inserts one row;"
        f" p50/p95/p99 {spoken['ours']} ms against {spoken['bare']} ms",
        medians["ours"],
        medians["bare"],
        unit="requests/s",
        target=0.5,
        method=f"ours: `escale api`, {CONNECTIONS} API keys of {COMPANIES} companies, a trip with one flight, a new"
        " Idempotency-Key each, every limit on, no worker running; theirs: FastAPI, the same body, a psycopg pool of"
        " 8, one insert; both under uvicorn with 24 threads; load by one process on loopback that waits for each"
        f" answer; medians of {sizes.rounds} interleaved runs of {sizes.http_s:g} s",
    )


@contextmanager
def our_api(place: Place) -> Iterator[Callable[[float], tuple[float, list[float]]]]:
    """The product's API process, and people to knock."""
    with place.database() as url:
        house = build(
            Settings(master_key=MASTER_KEY.hex()), database_url=url, redis_url=place.services.redis_url
        )
        try:
            founder = Founder(house)
            founder.platform()
            people = [
                person
                for number in range(COMPANIES)
                for person in company(founder, number, CONNECTIONS // COMPANIES)
            ]
        finally:
            house.close()
        port = free_port()
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": place.services.redis_url,
            "ESCALE_MASTER_KEY": MASTER_KEY.hex(),
            "ESCALE_HOST": HOST,
            "ESCALE_PORT": str(port),
        }
        requests = [request_of(PATH, str(person.id), person.key) for person in people]
        with serving("api.cli", "api", port=port, page="/live", environment=environment):
            yield lambda seconds: loaded(port, requests, seconds)


@contextmanager
def the_bare_api(place: Place) -> Iterator[Callable[[float], tuple[float, list[float]]]]:
    """The bare endpoint in a process of its own."""
    with place.empty_database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(bare_api.TABLE.encode())
        port = free_port()
        environment = {
            "DATABASE_URL": url,
            "BENCH_PORT": str(port),
            "BENCH_THREADS": str(Settings().api_threads),
        }
        requests = [request_of("/trips", str(bare_api.TENANT), "nobody")] * CONNECTIONS
        with serving("tests.bench.bare_api", port=port, page="/live", environment=environment):
            yield lambda seconds: loaded(port, requests, seconds)


def company(founder: Founder, number: int, people: int) -> list[Person]:
    """A company with that many travellers, each with a key."""
    slug = f"bench-{number}"
    tenant_id = founder.company(slug).id
    return [
        founder.person(tenant_id, f"{slug}-{each}", Role.TRAVELLER, (Scope.TRIPS_WRITE,))
        for each in range(people)
    ]


def request_of(path: str, traveller_id: str, key: str) -> str:
    """A whole request, but for its idempotency key."""
    body = json.dumps({"traveller_id": traveller_id, "purpose": "Client visit", "segments": [a_flight()]})
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nIdempotency-Key: {KEY.decode()}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def loaded(
    port: int, requests: Sequence[str | list[str]], seconds: float, starts_at: str | None = None
) -> tuple[float, list[float]]:
    """Requests per second and their latencies, by a generator in a process of its own."""
    job = {"host": HOST, "port": port, "requests": requests, "seconds": seconds, "starts_at": starts_at}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    if set(answer["statuses"]) != {"201"}:
        raise RuntimeError(f"not every request was served: {answer['statuses']}")
    return answer["per_s"], answer["latencies_ms"]


@contextmanager
def serving(
    module: str, *words: str, port: int, page: str, environment: dict[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """A server process that answers, ended on leaving."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        deadline = monotonic() + 90
        while not answers(f"http://{HOST}:{port}{page}"):
            if process.poll() is not None or monotonic() > deadline:
                raise RuntimeError(f"{module} does not answer")
            sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
