"""How does a copy of everything leave the database: consistent, checked, and keys of people apart?

One transaction reads every table as of one instant, one file per table. The keys of data
subjects are read afterwards, so that every event's key is among them and nobody's who was
erased meanwhile; they lie in a folder of their own, to be kept elsewhere and for a short time.
"""

import gzip
import hmac
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import Connection, sql

from adapters.identity.secrets import derived

FORMAT = "escale-backup/1"
MANIFEST = "manifest.json"
KEYS = "keys"
KEYS_NOTE = "READ-ME-FIRST.txt"
KEYS_KEPT_DAYS = 30
VAULT = "vault"
CHUNK = 1 << 20

# Every table of ours, wherever a later revision puts it; partitions are read through their parents.
TABLES = """
select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.relkind in ('r', 'p') and not c.relispartition
  and n.nspname !~ '^(pg_|information_schema$|citus|columnar|public$)'
group by n.nspname, c.relname
order by n.nspname, c.relname
"""
HEADS = "select tenant_id, position, encode(chain_hash, 'hex'), epoch from es.tenant_head order by tenant_id"
NOW = "select clock_timestamp(), current_setting('server_version')"
REVISION = "select version_num from public.escale_migration"
MAY_READ = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
COPY_OUT = "copy (select {columns} from {table}) to stdout"
NOTE = """These are the keys of people. Without them, their fields in the backup beside are unreadable.

Keep this folder apart from the backup, and destroy it and every copy by {until}:
an old copy brings the key of someone back who has been erased since.
`escale restore` takes a younger copy with --keys.
"""

Announce = Callable[[str], None]


class BackupRefused(Exception):
    """The backup cannot be made."""


@dataclass(frozen=True)
class TableFile:
    """One table in one file. `rows` as PostgreSQL counted them."""

    table: str
    columns: list[str]
    rows: int
    file: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What belongs to a backup, and where every tenant's log stood at its instant."""

    made_at: str
    revision: str
    server: str
    tables: list[TableFile]
    heads: list[tuple[str, int, str, int]]

    @property
    def events(self) -> int:
        """Events of all tenants."""
        return sum(position for _, position, _, _ in self.heads)


def back_up(url: str, master_key: bytes, folder: Path, announce: Announce = lambda line: None) -> Manifest:
    """Writes a new folder; its manifest comes last, so that an interrupted backup is none."""
    _new_folder(folder)
    with psycopg.connect(url, autocommit=True) as connection:
        _may_read(connection)
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            made_at, server = _row(connection, NOW)
            revision = str(_row(connection, REVISION)[0])
            tables = [
                _dump(connection, folder, schema, name, columns, announce)
                for schema, name, columns in connection.execute(TABLES).fetchall()
                if schema != VAULT
            ]
            heads = [(str(row[0]), *row[1:]) for row in connection.execute(HEADS).fetchall()]
        manifest = Manifest(made_at.isoformat(), revision, server, tables, heads)
        _dump_keys(connection, folder / KEYS, manifest, made_at, master_key, announce)
    write_manifest(folder, manifest, master_key)
    return manifest


def _dump_keys(
    connection: Connection[Any],
    folder: Path,
    of: Manifest,
    made_at: datetime,
    master_key: bytes,
    announce: Announce,
) -> None:
    _new_folder(folder)
    with connection.transaction():
        tables = [
            _dump(connection, folder, schema, name, columns, announce)
            for schema, name, columns in connection.execute(TABLES).fetchall()
            if schema == VAULT
        ]
    until = (made_at + timedelta(days=KEYS_KEPT_DAYS)).date()
    (folder / KEYS_NOTE).write_text(NOTE.format(until=until.isoformat()))
    write_manifest(folder, Manifest(of.made_at, of.revision, of.server, tables, []), master_key)


def _dump(
    connection: Connection[Any], folder: Path, schema: str, name: str, columns: list[str], announce: Announce
) -> TableFile:
    announce(f"{schema}.{name}")
    file = f"{schema}.{name}.copy.gz"
    statement = sql.SQL(COPY_OUT).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier(schema, name)
    )
    with _private(folder / file) as raw, connection.cursor() as cursor:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, mtime=0) as packed:
            with cursor.copy(statement) as copy:
                for data in copy:
                    packed.write(data)
        raw.flush()
        os.fsync(raw.fileno())
        rows = cursor.rowcount
    return TableFile(f"{schema}.{name}", columns, rows, file, digest_of(folder / file))


def write_manifest(folder: Path, manifest: Manifest, master_key: bytes) -> None:
    """The manifest under a MAC of the master key: it also tells which key belongs to the backup."""
    content = {
        "format": FORMAT,
        "escale": version("escale"),
        "made_at": manifest.made_at,
        "revision": manifest.revision,
        "server": manifest.server,
        "tables": [vars(table) for table in manifest.tables],
        "heads": manifest.heads,
    }
    signed = {**content, "mac": mac_of(content, master_key)}
    with _private(folder / MANIFEST) as file:
        file.write(json.dumps(signed, indent=1).encode())
        file.flush()
        os.fsync(file.fileno())


def mac_of(content: dict[str, Any], master_key: bytes) -> str:
    """What nobody without the master key can write."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(derived(master_key, b"backup manifest", 32), canonical, sha256).hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        for chunk in _chunks(file):
            digest.update(chunk)
    return digest.hexdigest()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _new_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} exists and is not empty; name a new folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)  # also where it lay there empty, for everyone


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")


def _may_read(connection: Connection[Any]) -> None:
    if not _row(connection, MAY_READ)[0]:
        raise BackupRefused(
            "Row-level security would hide rows from this login; name an administrator in DATABASE_URL,"
            " a superuser or one with BYPASSRLS, as for `escale migrate`."
        )


def _row(connection: Connection[Any], statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return tuple(row)
