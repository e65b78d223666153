"""What does an append cost: against the library, a bare insert, with claims, on a young database?"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from os import urandom
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from uuid_utils.compat import uuid7

from adapters.event_store.appending import canonical
from adapters.event_store.stored import TenantStoredEvent
from application.kernel.context import CommandId
from domain.kernel.claims import Claim, Claims
from tests.bench.figures import Figure, Sizes, at_least, interleaved
from tests.bench.place import Ours, Place, rate

STATE = b'{"purpose":"' + b"x" * 286 + b'"}'
TOPIC = "trip.planned.v1"
WRITERS = 8
HASH = urandom(32)
PROVENANCE = {
    "actor": str(uuid4()),
    "actor_kind": "member",
    "command": str(uuid4()),
    "correlation": str(uuid4()),
    "source": "rest",
}
META = {"occurred_at": "2030-05-02T08:00:00+00:00"}
NOON = datetime(2030, 5, 2, 12, tzinfo=UTC)
BARE_TABLE = """
create table event (
  tenant_id uuid not null, position bigint not null, originator_id uuid not null,
  originator_version bigint not null, topic text collate "C" not null, state bytea not null,
  event_id uuid not null, recorded_at timestamptz not null, meta text collate "C" not null,
  chain_hash bytea not null,
  primary key (tenant_id, position), unique (tenant_id, originator_id, originator_version))
"""
BARE_INSERT = "insert into event values (%s, %s, %s, %s, %s, %s, %s, clock_timestamp(), %s, %s)"

Act = Callable[[], object]
ActOf = Callable[[int], Act]


def append_vs_library(place: Place, sizes: Sizes) -> Figure:
    with place.ours() as ours, place.library() as library:
        tenants = [ours.tenant() for _ in range(sizes.tenants)]
        medians = compared(sizes, WRITERS, ours_of(ours, tenants), library_of(library))
    return at_least(
        "append_vs_library",
        "one 300-byte event, 8 writers, 100 tenants, against the library's recorder",
        medians["ours"],
        medians["theirs"],
        unit="appends/s",
        target=2.5,
        method="8 threads of one process; ours: TenantApplicationRecorder.insert_events over the product's pool of"
        " 8, row-level security, hash chain and command log on, the event with 300 bytes of state and the meta a"
        " door writes; theirs: PostgresApplicationRecorder as it comes, with a pool of 5 to 15. It commits under a"
        f" lock on the table, one append at a time, where ours share the flushes of the disk; {spoken(sizes)}",
    )


def append_vs_psycopg(place: Place, sizes: Sizes) -> Figure:
    with place.ours() as ours, bare_table(place) as bare:
        tenants = [ours.tenant() for _ in range(sizes.tenants)]
        medians = compared(sizes, WRITERS, ours_of(ours, tenants), bare)
    return at_least(
        "append_vs_psycopg",
        "the same append against a bare psycopg insert of the same row",
        medians["ours"],
        medians["theirs"],
        unit="appends/s",
        target=0.45,
        method="theirs: one autocommit connection per writer and no pool, a prepared insert of the same ten columns"
        f" into one table with the same two keys, positions counted by the client; {spoken(sizes)}",
    )


def append_hot_tenant(place: Place, sizes: Sizes, *, writers: int, target: float) -> Figure:
    with place.ours() as ours, place.library() as library:
        medians = compared(sizes, writers, ours_of(ours, [ours.tenant()]), library_of(library))
    return at_least(
        f"append_hot_tenant_{writers}",
        f"one tenant, {writers} writers, against the library's recorder",
        medians["ours"],
        medians["theirs"],
        unit="appends/s",
        target=target,
        method=f"{writers} threads of one process, all events of one tenant; pools as they come, ours of 8 and the"
        f" library's of 15 at most; {spoken(sizes)}",
    )


def append_claims(place: Place, sizes: Sizes) -> Figure:
    with place.ours() as ours:
        tenants = [ours.tenant() for _ in range(sizes.tenants)]
        medians = compared(sizes, WRITERS, claiming_of(ours, tenants), ours_of(ours, tenants))
    return at_least(
        "append_claims",
        "3 interval claims, 1 unique claim and 2 guards against the same append without",
        medians["ours"],
        medians["theirs"],
        unit="appends/s",
        target=0.5,
        method="8 writers, 100 tenants, both through our recorder and pool; every writer takes the next hour of three"
        f" resources and a new name, and guards two streams that did not move; {spoken(sizes)}",
    )


def append_fresh_database(place: Place, sizes: Sizes) -> Figure:
    rounds = [young_and_old(place, sizes) for _ in range(min(sizes.rounds, 3))]
    fresh, analysed = (median(side) for side in zip(*rounds, strict=True))
    return at_least(
        "append_fresh_database",
        "appends on a database never analysed against the same database after ANALYZE",
        fresh,
        analysed,
        unit="appends/s",
        target=0.9,
        method="8 writers, 100 tenants, the append with claims and guards; a fresh database per round, measured from"
        f" its first append, analysed, measured again with the same connections; medians of"
        f" {len(rounds)} rounds of {sizes.fresh_s:g} s",
    )


def young_and_old(place: Place, sizes: Sizes) -> tuple[float, float]:
    """The rate from the first append on, and again after ANALYZE."""
    with place.ours() as ours:
        act_of = claiming_of(ours, [ours.tenant() for _ in range(sizes.tenants)])
        young = rate(WRITERS, sizes.fresh_s, act_of)
        ours.as_superuser("analyze")
        return young, rate(WRITERS, sizes.fresh_s, act_of)


def compared(sizes: Sizes, writers: int, ours: ActOf, theirs: ActOf) -> dict[str, float]:
    """Both sides in turn, after a first go of each that fills pools and plan caches."""
    for act_of in (ours, theirs):
        rate(writers, min(1.0, sizes.run_s), act_of)
    return interleaved(
        sizes.rounds,
        {
            "ours": lambda: rate(writers, sizes.run_s, ours),
            "theirs": lambda: rate(writers, sizes.run_s, theirs),
        },
    )


def spoken(sizes: Sizes) -> str:
    return f"medians of {sizes.rounds} interleaved runs of {sizes.run_s:g} s"


def an_event() -> TenantStoredEvent:
    return TenantStoredEvent(uuid4(), 1, TOPIC, STATE, uuid7(), META)


def ours_of(ours: Ours, tenants: list[UUID]) -> ActOf:
    """Appends of each writer, to one tenant after the other."""
    recorders = [ours.application(tenant_id).recorder for tenant_id in tenants]

    def act_of(writer: int) -> Act:
        turn = count(writer * len(recorders) // WRITERS)

        def act() -> None:
            recorder = recorders[next(turn) % len(recorders)]
            recorder.insert_events([an_event()], command=CommandId(uuid7(), HASH), provenance=PROVENANCE)

        return act

    return act_of


def claiming_of(ours: Ours, tenants: list[UUID]) -> ActOf:
    """The same with claims and guards."""
    recorders = [ours.application(tenant_id).recorder for tenant_id in tenants]
    guarded = [an_event() for _ in range(2)]
    for recorder in recorders:
        recorder.insert_events(guarded[:1])
        recorder.insert_events([TenantStoredEvent(guarded[1].originator_id, 1, TOPIC, STATE)])
    guards = {event.originator_id: 1 for event in guarded}
    hours = count()

    def act_of(writer: int) -> Act:
        turn = count(writer * len(recorders) // WRITERS)

        def act() -> None:
            event = an_event()
            recorders[next(turn) % len(recorders)].insert_events(
                [event],
                command=CommandId(uuid7(), HASH),
                provenance=PROVENANCE,
                guards=guards,
                claims=claims_of(UUID(str(event.originator_id)), next(hours), writer),
            )

        return act

    return act_of


def claims_of(holder: UUID, hour: int, writer: int) -> Claims:
    """An hour of three resources, and a name."""
    interval: dict[str, Any] = {
        "starts_at": NOON + timedelta(hours=hour),
        "ends_at": NOON + timedelta(hours=hour + 1),
    }
    hours = (Claim("slot", f"resource-{writer}-{number}", holder, **interval) for number in range(3))
    return Claims(taken=(*hours, Claim("name", str(holder), holder)))


def library_of(recorder: ApplicationRecorder) -> ActOf:
    """Appends through the library's recorder, which knows no tenants."""

    def act() -> None:
        recorder.insert_events([StoredEvent(uuid4(), 1, TOPIC, STATE)])

    return lambda writer: act


@contextmanager
def bare_table(place: Place) -> Iterator[ActOf]:
    """Inserts of the same row and nothing else."""
    positions = count(1)
    meta, tenants = canonical({**PROVENANCE, **META}), [uuid4() for _ in range(100)]
    with ExitStack() as stack:
        url = stack.enter_context(place.empty_database())
        connections = [stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(WRITERS)]
        connections[0].execute(BARE_TABLE.encode())

        def act_of(writer: int) -> Act:
            connection = connections[writer]

            def act() -> None:
                position = next(positions)
                row = (tenants[position % 100], position, uuid4(), 1, TOPIC, STATE, uuid7(), meta, HASH)
                connection.execute(BARE_INSERT, row)

            return act

        yield act_of
