"""What is wrong with this installation, and what helps? One finding per check, each with a remedy."""

import os
import platform
import socket
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg
import redis
from psycopg.conninfo import make_conninfo

from adapters.audit.sealing import SealFolder
from adapters.jobs.broker import connect
from adapters.operations.readiness import MOST_SKEW_S, free_mib
from adapters.operations.secrets import weak_secrets
from adapters.operations.standings import InstallationStandings
from adapters.postgres.durability import durability_of
from adapters.postgres.migrate import newest_revision
from adapters.postgres.pools import NETWORK
from adapters.postgres.roles import APP, DISPATCHER, UnsafeConnection, refuse_unsafe, role_conninfo
from adapters.settings import MasterKeyMissing, Settings, master_key_of

OLDEST_PYTHON, OLDEST_POSTGRES, NEWEST_POSTGRES = (3, 11), 15, 18
OLDEST_REDIS = (6, 2)
MOST_WAITING_JOBS = 10_000
OVERDUE_S = 300.0
REVISION = "select version_num from public.escale_migration"

Status = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """One check: what was found, and what to do unless all is well."""

    name: str
    status: Status
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Patient:
    """The installation to look at. No URL: nothing runs here."""

    settings: Settings
    database_url: str | None
    redis_url: str | None
    standings: InstallationStandings | None


def examine(patient: Patient) -> list[Finding]:
    """Every finding, the machine first."""
    settings = patient.settings
    findings = [
        *_versions(),
        _port(settings),
        _disk(settings),
        *_permissions(settings.data_dir),
        _root(settings),
        *_secrets(settings),
    ]
    if patient.database_url is None or patient.redis_url is None:
        remedy = "start it with `escale up`, or name DATABASE_URL and REDIS_URL"
        return [*findings, Finding("installation", "failure", "nothing runs here", remedy)]
    findings += _database(settings, patient.database_url)
    findings += _redis(patient.redis_url)
    if patient.standings is not None:
        findings += _work(settings, patient.standings)
    return findings


def _versions() -> Iterator[Finding]:
    found = f"Python {platform.python_version()}"
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    yield Finding("python", "ok" if ok else "failure", found, "" if ok else "install Python 3.11 or newer")


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
            return Finding("port", "ok", f"{where} is free")
        except OSError as error:
            reason = error.strerror or "in use"
    if _is_ours(settings):
        return Finding("port", "ok", f"Escale answers on {where}")
    return Finding("port", "failure", f"{where}: {reason}", "end what listens there, or choose ESCALE_PORT")


def _is_ours(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    try:
        with urlopen(f"http://{host}:{settings.port}/version", timeout=2) as answer:
            return b'"escale"' in answer.read(1_000)
    except (HTTPError, URLError, OSError):
        return False


def _disk(settings: Settings) -> Finding:
    free = free_mib(settings.data_dir)
    found = f"{free} MiB free for {settings.data_dir}"
    if free < settings.ready_free_mib:
        return Finding("disk", "failure", found, "make space; PostgreSQL refuses writes on a full disk")
    if free < 4 * settings.ready_free_mib:
        return Finding("disk", "warning", found, "make space soon; writing stops on a full disk")
    return Finding("disk", "ok", found)


def _permissions(data_dir: Path) -> Iterator[Finding]:
    if not data_dir.exists():
        yield Finding("data directory", "ok", f"{data_dir} does not exist yet")
        return
    mode, owner = stat.S_IMODE(data_dir.stat().st_mode), data_dir.stat().st_uid
    if owner != os.geteuid():
        remedy = f"start as its owner, or `chown` {data_dir}"
        yield Finding("data directory", "failure", f"{data_dir} belongs to user id {owner}", remedy)
    elif mode & 0o066:
        remedy = f"`chmod go-rw {data_dir}`"
        yield Finding("data directory", "failure", f"others may read {data_dir} ({mode:04o})", remedy)
    else:
        yield Finding("data directory", "ok", f"{data_dir} is private ({mode:04o})")
    kept = data_dir / "secrets"
    open_ones = [
        path.name
        for path in ([kept, *kept.iterdir()] if kept.is_dir() and os.access(kept, os.R_OK) else [])
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_ones:
        remedy = f"`chmod -R go-rwx {kept}`, and replace what others may have read"
        yield Finding("secrets directory", "failure", f"others may read {', '.join(open_ones)}", remedy)
    elif kept.is_dir():
        yield Finding("secrets directory", "ok", f"{kept} is private")


def _root(settings: Settings) -> Finding:
    if os.geteuid() != 0:
        return Finding("root", "ok", "runs as an ordinary user")
    status: Status = "failure" if settings.env == "production" else "warning"
    return Finding("root", status, "runs as root", "run Escale as an ordinary user; the image does")


def _secrets(settings: Settings) -> Iterator[Finding]:
    weak = list(weak_secrets(settings))
    status: Status = "failure" if settings.env == "production" else "warning"
    for sentence in weak:
        found, _, remedy = sentence.partition("; ")
        yield Finding("secrets", status, found, remedy or found)
    if not weak:
        yield Finding("secrets", "ok", "none is short, known or used twice")


def _database(settings: Settings, url: str) -> Iterator[Finding]:
    try:
        master_key = master_key_of(settings)
    except MasterKeyMissing:
        return
    try:
        with _signed_in(url, APP, master_key) as connection:
            yield _postgres_version(connection)
            yield from _durability(connection)
            yield _rights(connection)
            yield _clock(connection)
        with _signed_in(url, DISPATCHER, master_key) as connection:
            yield _migrations(connection)
    except psycopg.Error as error:
        remedy = "check DATABASE_URL and ESCALE_MASTER_KEY, then run `escale migrate` as the administrator"
        yield Finding("database", "failure", f"signing in failed ({type(error).__name__})", remedy)


def _signed_in(url: str, role: str, master_key: bytes) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(make_conninfo(role_conninfo(url, role, master_key), **NETWORK), autocommit=True)


def _postgres_version(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    major = connection.info.server_version // 10_000
    found = f"PostgreSQL {major}"
    if OLDEST_POSTGRES <= major <= NEWEST_POSTGRES:
        return Finding("postgresql", "ok", found)
    status: Status = "failure" if major < OLDEST_POSTGRES else "warning"
    return Finding("postgresql", status, found, "use PostgreSQL 15 to 18")


def _durability(connection: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[Finding]:
    found = durability_of(connection)
    losses = dict(found.losses())
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        value = getattr(found, name)
        remedy = f"set {name} = on in postgresql.conf and reload: a crash would lose acknowledged commands"
        lost = name in losses
        yield Finding(name, "failure" if lost else "ok", f"{name} = {value}", remedy if lost else "")
    ok = found.data_checksums == "on"
    remedy = "stop the server and run `pg_checksums --enable`, so that a rotten page is noticed"
    yield Finding(
        "data checksums",
        "ok" if ok else "warning",
        f"data_checksums = {found.data_checksums}",
        "" if ok else remedy,
    )


def _rights(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    try:
        refuse_unsafe(connection)
    except UnsafeConnection as unsafe:
        return Finding(
            "rights", "failure", str(unsafe), "take the extra rights away and run `escale migrate`"
        )
    return Finding("rights", "ok", "services are bound by row-level security")


def _clock(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    before = datetime.now(UTC)
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    skew = abs((row[0] - (before + (datetime.now(UTC) - before) / 2)).total_seconds())
    found = f"{skew:.1f} s beside the database's clock"
    if skew <= MOST_SKEW_S:
        return Finding("clock", "ok", found)
    return Finding("clock", "failure", found, "synchronise both machines' clocks, for example with chrony")


def _migrations(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    row = connection.execute(REVISION).fetchone()
    found, wanted = (row[0] if row else "none"), newest_revision()
    if found == wanted:
        return Finding("migrations", "ok", f"at revision {found}")
    return Finding("migrations", "failure", f"at {found}, this build needs {wanted}", "run `escale migrate`")


def _redis(url: str) -> Iterator[Finding]:
    client = connect(url, timeout_s=2)
    try:
        found: dict[str, Any] = {**client.info("server"), **client.info("persistence")}
        policy = str(client.config_get("maxmemory-policy").get("maxmemory-policy", "unknown"))
    except (redis.RedisError, OSError) as error:
        remedy = "start it and check REDIS_URL; commands are accepted meanwhile, work waits for the sweep"
        yield Finding("redis", "failure", f"does not answer ({type(error).__name__})", remedy)
        return
    finally:
        client.close()
    text = str(found["redis_version"])
    ok = tuple(int(part) for part in text.split(".")[:2]) >= OLDEST_REDIS
    yield Finding("redis", "ok" if ok else "failure", f"Redis {text}", "" if ok else "use Redis 6.2 or newer")
    keeps = bool(int(found.get("aof_enabled", 0))) and found.get("aof_last_write_status", "ok") == "ok"
    remedy = "start Redis with `--appendonly yes --appendfsync everysec`; queued jobs then survive a restart"
    yield Finding(
        "redis durability",
        "ok" if keeps else "warning",
        "the append-only file is on" if keeps else "the append-only file is off or failing",
        "" if keeps else remedy,
    )
    if policy not in ("noeviction", "unknown"):
        remedy = "set maxmemory-policy to noeviction; otherwise Redis drops jobs when it is full"
        yield Finding("redis memory", "warning", f"maxmemory-policy is {policy}", remedy)


def _work(settings: Settings, standings: InstallationStandings) -> Iterator[Finding]:
    checks = (("lag", _lag), ("parked", _parked), ("outbox", _outbox), ("queue", _queue), ("seals", _seals))
    for name, read in checks:
        try:
            yield read(settings, standings)
        except Exception as error:
            found = f"cannot be read ({type(error).__name__})"
            yield Finding(name, "failure", found, "mend what is named above, then ask again")


def _lag(settings: Settings, standings: InstallationStandings) -> Finding:
    worst = max((each.worst for each in standings.lags()), default=0)
    found = f"the slowest consumer is {worst} events behind"
    if worst <= settings.ready_lag_events:
        return Finding("lag", "ok", found)
    return Finding("lag", "failure", found, "start more `escale worker` processes, or look into their log")


def _parked(settings: Settings, standings: InstallationStandings) -> Finding:
    stuck = [each for each in standings.lags() if each.paused or each.parked]
    if not stuck:
        return Finding("parked", "ok", "no consumer is paused")
    named = ", ".join(f"{each.consumer} ({each.paused} tenants)" for each in stuck)
    remedy = "see `escale projections paused` for the event, mend its cause, then `escale projections retry`, or `skip`"
    return Finding("parked", "failure", f"paused: {named}", remedy)


def _outbox(settings: Settings, standings: InstallationStandings) -> Finding:
    standing = standings.outbox()
    found = f"{standing.waiting} effects wait, the oldest for {standing.age_s:.0f} s; {standing.given_up} given up"
    if standing.given_up or standing.age_s > OVERDUE_S:
        return Finding(
            "outbox", "warning", found, "see last_error in es.outbox; mend the receiver and revive them"
        )
    return Finding("outbox", "ok", found)


def _queue(settings: Settings, standings: InstallationStandings) -> Finding:
    waiting = {queue: jobs for queue, jobs in standings.queues().items() if not queue.endswith(".dead")}
    found = f"{sum(waiting.values())} jobs wait"
    if sum(waiting.values()) <= MOST_WAITING_JOBS:
        return Finding("queue", "ok", found)
    return Finding("queue", "warning", found, "start more `escale worker` processes")


def _seals(settings: Settings, standings: InstallationStandings) -> Finding:
    folder = settings.seal_dir or settings.data_dir / "seals"
    outside, inside = SealFolder(folder).reaches(), standings.sealed()
    ahead = {tenant: reach for tenant, reach in outside.items() if reach > inside.get(tenant, 0)}
    if not ahead:
        return Finding("seals", "ok", f"no seal in {folder} reaches further than the database")
    tenant = min(ahead)
    found = (
        f"{len(ahead)} tenants have seals outside of events the database has lost: those of {tenant} reach"
        f" position {ahead[tenant]}, the database's {inside.get(tenant, 0)}; no new seal is made"
    )
    remedy = (
        "`escale audit verify` an export with --seals to see what is gone; if a restore explains it, move the"
        f" files with a higher number from {folder / str(tenant)} to where you keep evidence"
    )
    return Finding("seals", "failure", found, remedy)
