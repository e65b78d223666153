"""Do the published figures follow from an export? Fresh read models in a scratch database say so."""

import json
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from adapters.audit.ledger import Ledger, time_of
from adapters.audit.verifier import FORMAT, Event, event_of, fields_of
from adapters.embedded.services import EmbeddedServices
from adapters.event_store.mapper import Topics
from adapters.jobs.checking import WHOLE_ROW, Difference, differences
from adapters.jobs.checkpoints import ENTER
from adapters.jobs.feed import Feed
from adapters.jobs.rebuilding import ReplayFailed, replay
from adapters.postgres.migrate import migrate
from adapters.postgres.pools import Pools
from adapters.postgres.row_table import RowTable, listed
from adapters.vault.no_keys import NoKeys
from adapters.vault.subject_keys import SubjectKeys
from domain.kernel.personal import personal_fields
from domain.kernel.refusals import RuleBroken
from projections.kernel.projector import Projector
from projections.kernel.row import Row

COPY = """
copy es.event (tenant_id, position, originator_id, originator_version, topic, state, event_id, recorded_at, meta,
               chain_hash) from stdin
"""
STANDING = "select position from es.checkpoint where tenant_id = %s and consumer = %s"
TAKEN_IN_SINCE = """
select tenant_id, position, originator_id, originator_version, topic, state, event_id, recorded_at, meta, chain_hash
from es.event where tenant_id = %s and position > %s order by position
"""
SKIPPED = """
select position from es.parked_event where tenant_id = %s and consumer = %s and skipped_at is not null
"""
PUBLISHED = "select to_jsonb(t) - 'tenant_id' as row from {table} as t where tenant_id = %s order by {keys}"


EMPTY = "delete from {table} where tenant_id = %s"
ATTEMPTS = 10


class ExportUnreadable(RuleBroken):
    """This is no complete export of a log; export it again."""


@dataclass
class Replayed:
    """What a replay found. `followed`: events the log took in since the export; `behind`: projections that could
    not be compared, and why."""

    tenant_id: UUID
    events: int
    followed: int = 0
    rows: int = 0
    is_opened: bool = True
    differences: list[Difference] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


class Replay:
    """Builds read models from an export and holds them against those of the running installation."""

    def __init__(
        self,
        published: Pools,
        topics: Topics,
        keys: SubjectKeys | None,
        projectors: Iterable[Projector[Any]],
    ) -> None:
        self._ledger = Ledger(published.queries)
        self._feed = Feed(topics, keys or NoKeys())  # type: ignore[arg-type]
        self._is_opened = keys is not None
        self._projectors = tuple(projectors)
        # What a person's fields read once their key is gone, in every event that anybody projects.
        personal = {
            (name, marker.erased)
            for projector in self._projectors
            for event in projector.handles
            for name, marker in personal_fields(event).items()
        }
        self._erased = {erased for _, erased in personal if erased is not None}
        self._emptied = {name for name, erased in personal if erased is None}

    def run(self, export: Path, scratch_url: str, master_key: bytes, *, follows: bool = False) -> Replayed:
        """Loads the export into the scratch database, folds every projection, and compares.

        A log that goes on meanwhile shows newer figures than the export has: `follows` reads the rest from the log.
        """
        tenant_id, head = load(export, scratch_url)
        result = Replayed(tenant_id, head, is_opened=self._is_opened)
        scratch = Pools(scratch_url, master_key).open()
        try:
            for projector in self._projectors:
                for _ in range(ATTEMPTS if follows else 1):
                    if follows:
                        result.followed += self._follow(tenant_id, head + result.followed, scratch_url)
                    if self._compare(result, projector, scratch, head + result.followed):
                        break
                else:
                    result.behind.append(f"{projector.name} moved on while it was compared")
        finally:
            scratch.close()
        return result

    def _follow(self, tenant_id: UUID, head: int, scratch_url: str) -> int:
        """Copies what the log took in after a position; how much that was."""
        rows = self._ledger.ask(tenant_id, TAKEN_IN_SINCE, (tenant_id, head))
        if rows:
            with psycopg.connect(scratch_url) as connection:
                with connection.cursor().copy(COPY) as copy:
                    for row in rows:
                        copy.write_row(row)
                connection.execute(
                    "update es.tenant_head set position = %s, chain_hash = %s where tenant_id = %s",
                    (rows[-1][1], rows[-1][-1], tenant_id),
                )
        return len(rows)

    def _standing(self, tenant_id: UUID, consumer: str) -> int:
        standing = self._ledger.ask(tenant_id, STANDING, (tenant_id, consumer))
        return int(standing[0][0]) if standing else 0

    def _compare(self, result: Replayed, projector: Projector[Any], scratch: Pools, head: int) -> bool:
        """False when the published rows moved on while they were compared."""
        tenant_id, consumer = result.tenant_id, f"projection:{projector.name}"
        upto = self._standing(tenant_id, consumer)
        if upto > head:
            result.behind.append(f"{projector.name} shows position {upto}, the export ends at {head}")
            return True
        skipped = {row[0] for row in self._ledger.ask(tenant_id, SKIPPED, (tenant_id, consumer))}
        row: type[Row] = projector.row
        try:
            with scratch.rebuild.connection() as connection, connection.transaction():
                connection.execute(ENTER, (tenant_id,))
                emptying = sql.SQL(EMPTY).format(table=sql.Identifier("read", row.TABLE))
                connection.execute(emptying, (tenant_id,))
                table = RowTable(connection, tenant_id, row)
                replay(
                    connection,
                    self._feed,
                    tenant_id,
                    projector,
                    table,
                    upto=upto,
                    skipped=skipped,
                    progress=None,
                )
        except ReplayFailed as failed:
            result.behind.append(str(failed))
            return True
        published, replayed = (
            self._rows(self._ledger, result, row),
            self._rows(Ledger(scratch.rebuild), result, row),
        )
        if self._standing(tenant_id, consumer) != upto:
            return False
        result.rows += len(published)
        for key in {**published, **replayed}:
            found = differences(projector.name, row, published.get(key), replayed.get(key))
            result.differences += [each for each in found if self._is_opened or not self._is_closed(each)]
        return True

    def _is_closed(self, difference: Difference) -> bool:
        """Without keys, what a person's key protects reads in its erased form, which nobody publishes."""
        if difference.column == WHOLE_ROW:
            return False
        if difference.replayed is None:
            return difference.column in self._emptied
        return any(str(form) in json.dumps(difference.replayed) for form in self._erased)

    def _rows(self, ledger: Ledger, result: Replayed, row: type[Row]) -> dict[str, dict[str, Any]]:
        statement = sql.SQL(PUBLISHED).format(table=sql.Identifier("read", row.TABLE), keys=listed(row.KEY))
        rows = (one["row"] for one in ledger.rows(result.tenant_id, statement, (result.tenant_id,)))
        return {json.dumps([one[column] for column in row.KEY]): one for one in rows}


def load(export: Path, scratch_url: str) -> tuple[UUID, int]:
    """Copies an export's events into an empty log; answers whose it is and how far it goes."""
    try:
        with export.open(encoding="utf-8") as lines, psycopg.connect(scratch_url) as connection:
            header = fields_of(next(lines))
            if header["format"] != FORMAT:
                raise ExportUnreadable
            tenant_id, head = UUID(header["tenant_id"]), 0
            connection.execute("set timezone = 'UTC'")
            with connection.cursor().copy(COPY) as copy:
                for event in _events(lines):
                    copy.write_row(_row(tenant_id, event))
                    head += 1
                    if event.position != head:
                        raise ExportUnreadable
            connection.execute(
                "insert into es.tenant_head (tenant_id, position, chain_hash) values (%s, %s, %s)",
                (tenant_id, head, bytes.fromhex(header["chain_hash"])),
            )
    except (OSError, StopIteration, ValueError, KeyError, TypeError, psycopg.DataError):
        raise ExportUnreadable from None
    return tenant_id, head


def _events(lines: Iterable[str]) -> Iterator[Event]:
    for line in lines:
        record = fields_of(line)
        if record["kind"] == "event":
            yield event_of(record)


def _row(tenant_id: UUID, event: Event) -> tuple[Any, ...]:
    return (
        tenant_id,
        event.position,
        event.stream_id,
        event.version,
        event.topic,
        event.state,
        event.event_id,
        time_of(event.recorded_at),
        event.meta,
        event.chain_hash,
    )


@contextmanager
def scratch_database(
    server_url: str | None, master_key: bytes, announce: Callable[[str], None]
) -> Iterator[str]:
    """An empty, migrated database: on a server of one's own for a superuser, or on embedded PostgreSQL."""
    name = f"escale_replay_{secrets.token_hex(6)}"
    with ExitStack() as stack:
        if server_url is None:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="escale-replay-", ignore_cleanup_errors=True)
            )
            Path(folder).chmod(0o755)
            server_url = stack.enter_context(
                EmbeddedServices.start(Path(folder), announce=announce)
            ).database_url
        server = stack.enter_context(psycopg.connect(server_url, autocommit=True))
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        stack.callback(
            server.execute, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )
        parts = {key: str(value) for key, value in conninfo_to_dict(server_url).items() if value is not None}
        host, port = parts.get("host", ""), parts.get("port", "5432")
        who = f"{parts.get('user', '')}:{parts.get('password', '')}"
        url = f"postgresql://{who}@/{name}?host={host}&port={port}"
        migrate(url, master_key=master_key, announce=announce)
        yield url
