"""What does a program that listens cost, when a thousand of them do?"""

import json
import os
import socket
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from uuid import uuid4

from adapters.bootstrap import Settings, build
from domain.platform.roles import Role, Scope
from tests.bench.figures import Figure, Sizes, at_most
from tests.bench.http import HOST, free_port, serving
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Company, Founder, Person

CLIENTS = 1_000
EACH = 25  # streams per key, which is what a key may have
PROMISED_KIB = 128.0
HEARD_WITHIN_S = 60.0


def sse_memory_1000_clients(place: Place, sizes: Sizes) -> Figure:
    clients = CLIENTS if sizes.rounds > 2 else 200
    with place.database() as url, ExitStack() as stack:
        companies = founded(url, place.services.redis_url, clients // (4 * EACH))
        port = free_port()
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": place.services.redis_url,
            "ESCALE_MASTER_KEY": MASTER_KEY.hex(),
            "ESCALE_HOST": HOST,
            "ESCALE_PORT": str(port),
        }
        process = stack.enter_context(
            serving("api.cli", "api", port=port, page="/live", environment=environment)
        )
        keys = [person for company in companies for person in company.people.values()]
        # The first few pay for what all of them share: the poller, the readers, the code itself.
        first = [stack.enter_context(closing(listening(port, keys[0]))) for _ in range(EACH)]
        plan(port, companies[0])
        for each in first:
            heard(each)
        before = resident_kib(process.pid)
        held = [
            stack.enter_context(closing(listening(port, person))) for person in keys[1:] for _ in range(EACH)
        ]
        silent = resident_kib(process.pid)
        for company in companies:
            plan(port, company)
        for each in held:
            heard(each)
        after = resident_kib(process.pid)
    each_kib = (after - before) / len(held)
    return at_most(
        "sse_memory_1000_clients",
        f"resident memory of the API process per held SSE client, {len(held) + EACH:,} at once, each having been told"
        f" an event; {(silent - before) / len(held):.0f} KiB before anything happened",
        each_kib,
        PROMISED_KIB,
        unit="KiB",
        target=1.0,
        method=f"`escale api`; {len(companies)} companies, four keys each, {EACH} streams of every event per key;"
        f" growth of the resident set from {EACH} held clients to all of them, divided by their number",
    )


def resident_kib(pid: int) -> int:
    """How much of a process is in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_024


def founded(url: str, redis_url: str, companies: int) -> list[Company]:
    """Companies of four people who may listen."""
    house = build(Settings(master_key=MASTER_KEY.hex()), database_url=url, redis_url=redis_url)
    try:
        founder = Founder(house)
        founder.platform()
        found = []
        for number in range(companies):
            company = founder.company(f"bench{number}")
            scopes = tuple(scope for scope in Scope if scope is not Scope.PLATFORM_WRITE)
            people = {"owner": company.owner}
            for role in (Role.ADMIN, Role.AUDITOR, Role.ANALYST):
                people[role.value] = founder.person(company.id, company.slug, role, scopes)
            found.append(Company(company.id, company.slug, people))
        return found
    finally:
        house.close()


def listening(port: int, person: Person) -> socket.socket:
    """One held stream, opened and acknowledged; nothing of it is kept here but the socket."""
    connection = socket.create_connection((HOST, port), timeout=HEARD_WITHIN_S)
    connection.sendall(
        f"GET /api/v1/events HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {person.key}\r\n\r\n".encode()
    )
    await_text(connection, b"id: ")
    return connection


def heard(connection: socket.socket) -> None:
    """Waits until the client was told of a trip."""
    await_text(connection, b"trip.planned.v1")


def await_text(connection: socket.socket, text: bytes) -> None:
    """Reads until the text has come."""
    deadline, received = monotonic() + HEARD_WITHIN_S, b""
    while text not in received:
        if monotonic() > deadline:
            raise RuntimeError("the stream is silent")
        more = connection.recv(65_536)
        if not more:
            raise RuntimeError(f"the stream was closed: {received[:200]!r}")
        received = received[-100:] + more


def plan(port: int, company: Company) -> None:
    """Something that happens, and is told to everybody who listens there."""
    owner = company.owner
    client = HTTPConnection(HOST, port, timeout=60)
    body = json.dumps({"traveller_id": str(owner.id), "purpose": "Client visit"})
    headers = {**owner.key_headers, "Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    client.request("POST", "/api/v1/enterprise/trips", body=body, headers=headers)
    answer = client.getresponse()
    content = answer.read()
    client.close()
    if answer.status != 201:
        raise RuntimeError(f"{answer.status}: {content.decode()}")
