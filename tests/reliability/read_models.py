"""Do read models hold what the log says? Folded here from the stored bytes, without the product's projectors."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg

from tests.reliability.log import Row, Tenant
from tests.reliability.oracle import Finding

LEDGERS = "select ledger_id, total from read.test_ledger where tenant_id = %s"
COUNTS = "select topic, events from read.test_count where tenant_id = %s"
TRIPS = "select trip_id, version, position, jsonb_array_length(segments) from read.trip where tenant_id = %s"

# What a fact of a trip does to the number of its segments.
SEGMENTS = {
    "trip.flight-added.v2": 1,
    "trip.hotel-added.v2": 1,
    "trip.ground-leg-added.v2": 1,
    "trip.segment-removed.v1": -1,
}


def ledgers_equal_log(connection: psycopg.Connection[Any], log: Tenant) -> Iterator[Finding]:
    """Every test ledger with its total, every topic with its count."""
    totals: dict[UUID, int] = defaultdict(int)
    for row in _of(log, "test-ledger.opened.v1", "test-ledger.amount-added.v1"):
        totals[row.stream_id] += row.facts.get("amount", 0)
    counts = Counter(row.topic for row in _of(log, "test-ledger.opened.v1", "test-ledger.amount-added.v1"))
    yield from _differences("test_ledger", dict(connection.execute(LEDGERS, (log.id,)).fetchall()), totals)
    yield from _differences("test_count", dict(connection.execute(COUNTS, (log.id,)).fetchall()), counts)


def trips_equal_log(connection: psycopg.Connection[Any], log: Tenant) -> Iterator[Finding]:
    """Every trip with its version, the place of its last event and the number of its segments."""
    expected: dict[UUID, tuple[int, int, int]] = {}
    for row in log.rows:
        if row.topic.startswith("trip."):
            segments = expected.get(row.stream_id, (0, 0, 0))[2] + SEGMENTS.get(row.topic, 0)
            expected[row.stream_id] = row.version, row.position, segments
    published = {key: tuple(rest) for key, *rest in connection.execute(TRIPS, (log.id,))}
    yield from _differences("trip", published, expected)


def _of(log: Tenant, *topics: str) -> Iterator[Row]:
    return (row for row in log.rows if row.topic in topics)


def _differences(name: str, published: Mapping[Any, Any], expected: Mapping[Any, Any]) -> Iterator[Finding]:
    for key in sorted({*published, *expected}, key=str):
        if published.get(key) != expected.get(key):
            yield Finding(
                "I7", f"{name} {key} says {published.get(key)}, and the log says {expected.get(key)}"
            )
