"""Can this process serve? Each check has a name, a status and a sentence; the answer is kept for a moment."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Literal

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors
from adapters.postgres.migrate import newest_revision

REMEMBERED_S = 0.5  # the page is open to everyone, and must not be a way to keep the database busy
MOST_SKEW_S = 5.0
MIB = 1_048_576

# Paused units are left out: one tenant's poison event must not take the service away from everyone. So are sinks:
# no worker runs them, and somebody's broker that is away is not our service.
STANDING = """
select clock_timestamp(), (select version_num from public.escale_migration),
       coalesce((select max(h.position - c.position) from es.tenant_head h
                 join es.checkpoint c on c.tenant_id = h.tenant_id where c.status = 'running'
                   and c.consumer not like 'sink:%'), 0)
"""

Status = Literal["ok", "failing", "unknown"]


@dataclass(frozen=True)
class Check:
    """One thing that must hold. `unknown`: the database did not answer, so nobody can tell."""

    name: str
    status: Status
    detail: str


@dataclass(frozen=True)
class Limits:
    """How much is still fine."""

    lag_events: int
    free_mib: int
    skew_s: float = MOST_SKEW_S


class Readiness:
    """Runs the checks, at most twice a second."""

    def __init__(
        self,
        pool: ConnectionPool,
        folder: Path,
        limits: Limits,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._folder = folder
        self._limits = limits
        self._clock = clock
        self._lock = Lock()
        self._kept: tuple[float, list[Check]] = (0.0, [])

    def checks(self) -> list[Check]:
        """Every check, the database first. While one caller asks, the others get its last answer."""
        until, kept = self._kept
        # Else everyone who asks while the database hangs would hold a thread, and commands would find none.
        if until > monotonic() or not self._lock.acquire(blocking=not kept):
            return kept
        try:
            if self._kept[0] <= monotonic():
                found = [*self._of_the_database(), self._disk()]
                self._kept = (monotonic() + REMEMBERED_S, found)
            return self._kept[1]
        finally:
            self._lock.release()

    def _of_the_database(self) -> list[Check]:
        before = self._clock()
        try:
            with translated_errors(), self._pool.connection() as connection:
                row = connection.execute(STANDING).fetchone()
        except Exception as error:
            # What went wrong in detail is in the log; strangers read this page.
            failed = Check("database", "failing", f"The database does not answer ({type(error).__name__}).")
            rest = ("migrations", "lag", "clock")
            return [failed, *(Check(name, "unknown", "The database does not answer.") for name in rest)]
        assert row is not None
        between = before + (self._clock() - before) / 2
        return [
            Check("database", "ok", "The database answers."),
            _migrations(row[1]),
            self._lag(int(row[2])),
            self._skew(abs((row[0] - between).total_seconds())),
        ]

    def _lag(self, events: int) -> Check:
        most = self._limits.lag_events
        if events <= most:
            return Check("lag", "ok", f"No consumer is more than {most} events behind.")
        return Check("lag", "failing", f"A consumer is more than {most} events behind; are workers running?")

    def _skew(self, seconds: float) -> Check:
        status: Status = "ok" if seconds <= self._limits.skew_s else "failing"
        return Check("clock", status, f"This clock and the database's differ by {seconds:.1f} s.")

    def _disk(self) -> Check:
        free = free_mib(self._folder)
        if free >= self._limits.free_mib:
            return Check("disk", "ok", f"More than {self._limits.free_mib} MiB are free.")
        return Check("disk", "failing", f"Less than {self._limits.free_mib} MiB are free; make space.")


def free_mib(folder: Path) -> int:
    """What is free where the folder is, or will be."""
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free // MIB


def _migrations(revision: str | None) -> Check:
    wanted = newest_revision()
    if revision == wanted:
        return Check("migrations", "ok", f"The schema is at revision {wanted}.")
    return Check(
        "migrations",
        "failing",
        f"The schema is at revision {revision}, this build needs {wanted}; run `escale migrate`.",
    )
