"""How does a backup become an installation again, and how is it known that nothing in it was changed?"""

import gzip
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection, sql

from adapters.audit.ledger import Ledger
from adapters.audit.verifier import Verification
from adapters.jobs.checking import Difference
from adapters.operations.backup import (
    CHUNK,
    FORMAT,
    KEYS,
    MANIFEST,
    MAY_READ,
    TABLES,
    VAULT,
    Announce,
    Manifest,
    TableFile,
    digest_of,
    mac_of,
)
from adapters.postgres.migrate import migrate, newest_revision, schema_version
from adapters.postgres.pools import Pools

COPY_IN = "copy {table} ({columns}) from stdin"
IS_FILLED = "select exists (select from {table})"
# What a migration brings along and the backup holds as well: the backup's rows take its place.
REFERENCE = "ref"
CLEAR = "delete from {table}"
# Seconds since 2025, never less than the next number: two restores of one backup are two histories as well.
RAISE_EPOCHS = """
update es.tenant_head
set epoch = greatest(epoch + 1, (extract(epoch from clock_timestamp()) - 1735689600)::int)
"""
# The checkpoints are of the same instant as the log, so they go on with it. What still runs against the
# replaced history holds the old number and moves nothing.
CARRY_CHECKPOINTS = """
update es.checkpoint c set epoch = h.epoch
from es.tenant_head h, unnest(%s::uuid[], %s::int[]) as before (tenant_id, epoch)
where h.tenant_id = c.tenant_id and before.tenant_id = c.tenant_id and c.epoch = before.epoch
"""
# An older copy of the keys must not bring anybody back whose erasure the log knows.
FORGET_ERASED = """
update vault.subject_key k set wrapped_key = null, destroyed_at = clock_timestamp()
from es.event e
where e.topic = 'subject.erased.v1' and e.tenant_id = k.tenant_id and k.wrapped_key is not null
  and k.subject_id = (convert_from(e.state, 'UTF8')::jsonb ->> 'subject_id')::uuid
"""

CheckReadModels = Callable[[Pools, UUID], Sequence[Difference]]


class RestoreRefused(Exception):
    """Nothing was restored."""


@dataclass(frozen=True)
class Restored:
    """What came back, and what is wrong with it: a sentence per finding."""

    tenants: int
    events: int
    epochs_raised: bool
    findings: list[str]


def restore(
    url: str,
    master_key: bytes,
    folder: Path,
    *,
    keys: Path | None,
    nothing_lost: bool,
    check: CheckReadModels,
    announce: Announce = lambda line: None,
) -> Restored:
    """Fills an empty database, in one transaction, then verifies every log and every read model.

    Unless told that nothing was lost, every tenant's epoch rises: what was committed after the
    backup is gone, so cursors and consumers of that history are refused.
    """
    announce("checking the backup")
    manifest = checked_manifest(folder, master_key)
    key_manifest = None if keys is None else checked_manifest(keys, master_key)
    _refuse_mixed_up(folder, manifest, keys, key_manifest)
    _prepare(url, manifest, master_key, announce)
    with psycopg.connect(url, autocommit=True) as connection:
        _refuse_filled(connection)
        with connection.transaction():
            for table in manifest.tables:
                _load(connection, folder, table, announce)
            if keys is not None and key_manifest is not None:
                for table in key_manifest.tables:
                    _load(connection, keys, table, announce)
                connection.execute(FORGET_ERASED)
            if not nothing_lost:
                _raise_epochs(connection, manifest)
        connection.execute("analyze")
    if manifest.revision != newest_revision():
        migrate(url, master_key=master_key, announce=announce)
    return Restored(
        tenants=len(manifest.heads),
        events=manifest.events,
        epochs_raised=not nothing_lost,
        findings=_verify(url, master_key, manifest, check, announce),
    )


def _refuse_mixed_up(
    folder: Path, manifest: Manifest, keys: Path | None, key_manifest: Manifest | None
) -> None:
    """Both folders have a true manifest, whichever was named first."""
    if _holds_keys(manifest):
        raise RestoreRefused(
            f"{folder} holds the keys of a backup; name the backup itself, and it with --keys."
        )
    if key_manifest is not None and not _holds_keys(key_manifest):
        raise RestoreRefused(f"{keys} holds no keys but a whole backup; name its folder {KEYS} with --keys.")


def _holds_keys(manifest: Manifest) -> bool:
    return all(table.table.startswith(f"{VAULT}.") for table in manifest.tables)


def keys_beside(folder: Path) -> Path:
    """Where a backup keeps its keys, unless they were taken elsewhere. Refuses when they are not there."""
    keys = folder / KEYS
    if not (keys / MANIFEST).exists():
        raise RestoreRefused(
            f"{keys} is not there; name the folder with the keys with --keys, or restore --without-keys:"
            " personal fields are then unreadable for ever."
        )
    return keys


def checked_manifest(folder: Path, master_key: bytes) -> Manifest:
    """The manifest, after every file was compared with it. Refuses what was altered."""
    try:
        content = json.loads((folder / MANIFEST).read_text())
        given = str(content.pop("mac"))
    except (OSError, ValueError, KeyError, AttributeError):
        raise RestoreRefused(f"{folder} holds no whole backup: {MANIFEST} is missing or broken.") from None
    if content.get("format") != FORMAT:
        raise RestoreRefused(f"{folder} was written in another format, {content.get('format')}.")
    if not hmac.compare_digest(given, mac_of(content, master_key)):
        raise RestoreRefused(
            f"{folder / MANIFEST} was altered, or belongs to another ESCALE_MASTER_KEY; set the key of the"
            " installation it was taken from (the embedded default keeps it in secrets/master-key)."
        )
    tables = [TableFile(**table) for table in content["tables"]]
    for table in tables:
        path = folder / table.file
        if not path.is_file() or digest_of(path) != table.sha256:
            raise RestoreRefused(f"{path} is missing or was altered; take another backup.")
    heads = [(str(row[0]), int(row[1]), str(row[2]), int(row[3])) for row in content["heads"]]
    return Manifest(content["made_at"], content["revision"], content["server"], tables, heads)


def _prepare(url: str, manifest: Manifest, master_key: bytes, announce: Announce) -> None:
    if manifest.revision > newest_revision():
        raise RestoreRefused(
            f"The backup is of revision {manifest.revision}, and this build knows {newest_revision()};"
            " restore with the release that made it, or a later one."
        )
    present = schema_version(url)
    if present not in (None, manifest.revision):
        raise RestoreRefused(
            f"The database stands at revision {present} and the backup at {manifest.revision};"
            " name an empty database that was never migrated."
        )
    migrate(url, master_key=master_key, announce=announce, to=manifest.revision)


def _refuse_filled(connection: Connection[Any]) -> None:
    allowed = connection.execute(MAY_READ).fetchone()
    if allowed is None or not allowed[0]:
        raise RestoreRefused(
            "Row-level security would keep this login from writing rows; name a superuser, or an"
            " administrator with BYPASSRLS, in DATABASE_URL."
        )
    for schema, name, _ in connection.execute(TABLES).fetchall():
        if schema == REFERENCE:
            continue
        found = connection.execute(sql.SQL(IS_FILLED).format(table=sql.Identifier(schema, name))).fetchone()
        if found is not None and found[0]:
            raise RestoreRefused(f"{schema}.{name} has rows; restore into an empty database only.")


def _load(connection: Connection[Any], folder: Path, table: TableFile, announce: Announce) -> None:
    announce(table.table)
    schema, name = table.table.split(".", 1)
    if schema == REFERENCE:
        connection.execute(sql.SQL(CLEAR).format(table=sql.Identifier(schema, name)))
    statement = sql.SQL(COPY_IN).format(
        table=sql.Identifier(schema, name),
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
    )
    with gzip.open(folder / table.file, "rb") as packed, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            while chunk := packed.read(CHUNK):
                copy.write(chunk)
        if cursor.rowcount != table.rows:
            raise RestoreRefused(f"{table.file} has {cursor.rowcount} rows, and {table.rows} were written.")


def _raise_epochs(connection: Connection[Any], manifest: Manifest) -> None:
    connection.execute(RAISE_EPOCHS)
    tenants = [UUID(tenant) for tenant, *_ in manifest.heads]
    connection.execute(CARRY_CHECKPOINTS, (tenants, [epoch for *_, epoch in manifest.heads]))


def _verify(
    url: str, master_key: bytes, manifest: Manifest, check: CheckReadModels, announce: Announce
) -> list[str]:
    findings: list[str] = []
    pools = Pools(url, master_key).open()
    try:
        ledger = Ledger(pools.queries)
        for tenant, position, chain_hash, _ in manifest.heads:
            announce(f"verifying tenant {tenant}")
            tenant_id = UUID(tenant)
            verification = Verification(tenant_id)
            for event in ledger.events(tenant_id, upto=position):
                verification.event(event)
            report = verification.finish(position, bytes.fromhex(chain_hash), ())
            findings += [
                f"tenant {tenant}, position {finding.position}: {finding.what}: {finding.detail}"
                for finding in report.findings
            ]
            findings += [
                f"tenant {tenant}, read model {each.projection}, row {each.key}: differs from a replay in"
                f" {each.column}"
                for each in check(pools, tenant_id)
            ]
    finally:
        pools.close()
    return findings
