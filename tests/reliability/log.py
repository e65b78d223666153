"""What stands in the database, read with SQL of our own and hashed by the published recipe?"""

import json
import struct
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg

EPOCH_2000 = datetime(2000, 1, 1, tzinfo=UTC)

EVENTS = """
select position, event_id, originator_id, originator_version, recorded_at, topic, state, meta, chain_hash
from es.event where tenant_id = %s order by position
"""
HEAD = "select position, chain_hash from es.tenant_head where tenant_id = %s"
COMMANDS = """
select command_id, outcome, stream_id, version, first_position, last_position, code
from es.command_log where tenant_id = %s
"""
# As numbers of seconds, because Python's times know no infinity.
CLAIMS = """
select kind, key, holder, units, position,
       extract(epoch from starts_at)::float8, extract(epoch from ends_at)::float8
from es.claim where tenant_id = %s and expires_at > clock_timestamp()
"""
TOTALS = "select kind, key, units from es.claim_total where tenant_id = %s"


@dataclass(frozen=True)
class Row:
    """One event as it is stored."""

    position: int
    event_id: UUID
    stream_id: UUID
    version: int
    recorded_at: datetime
    topic: str
    state: bytes
    meta_text: str
    chain_hash: bytes

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Who, why, under which command."""
        parsed: dict[str, Any] = json.loads(self.meta_text)
        return parsed

    @property
    def command_id(self) -> UUID | None:
        """The command that caused it."""
        return UUID(self.meta["command"]) if "command" in self.meta else None

    @property
    def facts(self) -> dict[str, Any]:
        """What happened, as JSON says it."""
        parsed: dict[str, Any] = json.loads(self.state)
        return parsed

    def link(self, tenant_id: UUID, before: bytes) -> bytes:
        """The chain hash this event should have."""
        microseconds = (self.recorded_at - EPOCH_2000) // timedelta(microseconds=1)
        return sha256(
            before
            + tenant_id.bytes
            + struct.pack(">q", self.position)
            + self.event_id.bytes
            + self.stream_id.bytes
            + struct.pack(">qq", self.version, microseconds)
            + sha256(self.topic.encode()).digest()
            + sha256(self.state).digest()
            + sha256(self.meta_text.encode()).digest()
        ).digest()


@dataclass(frozen=True)
class Logged:
    """One row of the command log. `outcome`: 1 appended, 2 nothing to record, 3 refused."""

    outcome: int
    stream_id: UUID | None
    version: int | None
    first_position: int | None
    last_position: int | None
    code: str | None


@dataclass(frozen=True)
class Held:
    """One live claim; its stretch in seconds."""

    kind: str
    key: str
    holder: UUID
    units: int
    position: int
    starts_s: float
    ends_s: float


@dataclass(frozen=True)
class Tenant:
    """Everything one tenant has in the store."""

    id: UUID
    head: int
    tip: bytes
    rows: list[Row]
    commands: dict[UUID, Logged]
    claims: list[Held]
    totals: dict[tuple[str, str], int]

    @cached_property
    def by_command(self) -> dict[UUID, list[Row]]:
        """The events of each command, by position."""
        caused: dict[UUID, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.command_id is not None:
                caused[row.command_id].append(row)
        return dict(caused)


def read_tenant(connection: psycopg.Connection[Any], tenant_id: UUID) -> Tenant:
    """Reads it all in one snapshot; the connection must see every row."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        head = connection.execute(HEAD, (tenant_id,)).fetchone() or (0, bytes(32))
        rows = [Row(*row) for row in connection.execute(EVENTS, (tenant_id,))]
        commands = {row[0]: Logged(*row[1:]) for row in connection.execute(COMMANDS, (tenant_id,))}
        claims = [Held(*row) for row in connection.execute(CLAIMS, (tenant_id,))]
        totals = {(kind, key): units for kind, key, units in connection.execute(TOTALS, (tenant_id,))}
    return Tenant(tenant_id, head[0], head[1], rows, commands, claims, totals)
