"""The hash chain of one tenant, recomputed with nothing but the standard library's hashes."""

import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import psycopg

EPOCH_2000 = datetime(2000, 1, 1, tzinfo=UTC)
ROWS = """
select position, event_id, originator_id, originator_version, recorded_at, topic, state, meta, chain_hash
from es.event where tenant_id = %s order by position
"""


def verify_chain(connection: psycopg.Connection, tenant_id: UUID) -> int:  # type: ignore[type-arg]
    """Recomputes every link and the tip; answers how many events there are."""
    rows = connection.execute(ROWS, (tenant_id,)).fetchall()
    link = bytes(32)
    for number, (position, event_id, stream, version, at, topic, state, meta, stored) in enumerate(rows, 1):
        assert position == number
        microseconds = (at - EPOCH_2000) // timedelta(microseconds=1)
        link = sha256(
            link
            + tenant_id.bytes
            + struct.pack(">q", position)
            + event_id.bytes
            + stream.bytes
            + struct.pack(">q", version)
            + struct.pack(">q", microseconds)
            + sha256(topic.encode()).digest()
            + sha256(state).digest()
            + sha256(meta.encode()).digest()
        ).digest()
        assert link == stored, f"the chain breaks at position {position}"
    tip = connection.execute(
        "select position, chain_hash from es.tenant_head where tenant_id = %s", (tenant_id,)
    ).fetchone()
    assert tip == (len(rows), link)
    return len(rows)
