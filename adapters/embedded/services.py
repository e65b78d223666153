"""Do PostgreSQL and Redis run for us right now, and how does one reach them?"""

import os
import secrets
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import TracebackType

from adapters.embedded.account import choose_account
from adapters.embedded.binaries import reachable_binaries
from adapters.embedded.children import Child, signals_deferred
from adapters.embedded.directories import (
    DEFAULT_SHARED_ROOT,
    ROOT_VARIABLE,
    choose_places,
    prepare_data_dir,
    write_atomically,
)
from adapters.embedded.lock import DataDirLock
from adapters.embedded.postgres import Postgres
from adapters.embedded.redis_server import RedisServer
from adapters.embedded.refusal import CannotStart
from adapters.embedded.restarts import Restarts

__all__ = ["CannotStart", "EmbeddedServices"]

REDIS_RESTARTS = 5  # per minute


@dataclass
class _Kept:
    """A server of ours, and how it comes back when it ends by itself."""

    child: Child
    clear: Callable[[], None]
    spawn: Callable[[], Child]
    restarts: Restarts
    lack: Callable[[], str | None] = lambda: None
    is_held_back: bool = False


class EmbeddedServices:
    """A private PostgreSQL and Redis, children of this process, on Unix sockets only.

    `database_url` is the superuser's: for migrations, never for the application.
    """

    data_dir: Path
    database_url: str
    redis_url: str
    postgres_dir: Path

    def __init__(self, data_dir: Path, lock: DataDirLock) -> None:
        self.data_dir = data_dir
        self._lock = lock
        self._servers: list[_Kept] = []
        self._announce: Callable[[str], None] = lambda line: None
        self._supervisor_pid = os.getpid()

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        announce: Callable[[str], None] = print,
        user: str | None = None,
        shared_root: Path | None = None,
    ) -> "EmbeddedServices":
        """Start both servers and wait until they answer; call it from the main thread.

        Under root the servers run as `user` (or ESCALE_EMBEDDED_USER, or nobody), and what that user cannot
        reach is placed in `shared_root` (or ESCALE_EMBEDDED_ROOT, or /var/lib/escale).
        """
        _check_surroundings()
        try:
            data_dir = prepare_data_dir(data_dir)
            services = cls(data_dir, DataDirLock.take(data_dir / "escale.lock"))
            services._announce = announce
            try:
                services._bring_up(announce, user, shared_root or _shared_root())
            except BaseException:
                services.stop()
                raise
        except OSError as error:
            raise CannotStart(
                f"The embedded services could not be prepared in {data_dir} ({error}); correct that, "
                "or choose another data directory."
            ) from error
        return services

    def stop(self) -> None:
        """Stop both servers in order and wait for them; the files stay for the next start."""
        # A forked worker carries a copy of this object, and the servers are not its to stop.
        if os.getpid() != self._supervisor_pid:
            return
        while self._servers:
            self._servers[-1].child.end()
            self._servers.pop()
        self._lock.release()

    def dead(self) -> str | None:
        """A sentence about a server that ended by itself, or nothing while all is well."""
        return next((sentence for kept in self._servers if (sentence := _obituary(kept.child))), None)

    def revive(self) -> None:
        """Start again what ended by itself; call it from the main thread, every moment or so.

        Redis holds nothing that cannot be rebuilt and comes back five times a minute, PostgreSQL once, and
        not before its disk has space again. It does not wait until they answer: whoever uses them waits by
        itself. Raises CannotStart when it gives up.
        """
        for kept in self._servers:
            if (sentence := _obituary(kept.child)) and not self._is_held_back(kept, sentence):
                self._start_again(kept, sentence)

    def __enter__(self) -> "EmbeddedServices":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _bring_up(self, announce: Callable[[str], None], user: str | None, shared_root: Path) -> None:
        account = choose_account(user)
        binaries = reachable_binaries(account, shared_root, announce)
        places = choose_places(
            self.data_dir, account, probe=binaries.postgres, shared_root=shared_root, announce=announce
        )
        postgres = Postgres(binaries, places, account, _password(self.data_dir), announce)
        redis = RedisServer(binaries, places, account, announce)
        self.postgres_dir, self.database_url, self.redis_url = places.postgres, postgres.url, redis.url
        postgres.prepare()
        redis.prepare()
        announce("Starting Redis and PostgreSQL")
        cache = self._adopt(redis.prepare, redis.spawn, Restarts(REDIS_RESTARTS))
        database = self._adopt(
            postgres.prepare_again, postgres.spawn, Restarts(1, within_s=inf), postgres.lack
        )
        redis.wait_until_ready(cache)
        postgres.wait_until_ready(database)
        postgres.create_database()

    def _adopt(
        self,
        clear: Callable[[], None],
        spawn: Callable[[], Child],
        restarts: Restarts,
        lack: Callable[[], str | None] = lambda: None,
    ) -> Child:
        with signals_deferred():
            child = spawn()
            self._servers.append(_Kept(child, clear, spawn, restarts, lack))
        return child

    def _is_held_back(self, kept: _Kept, sentence: str) -> bool:
        """A start that must fail is not tried: it would use up what may be tried at all."""
        lack = kept.lack()
        if lack is not None and not kept.is_held_back:
            self._announce(f"{sentence} {lack}")
        kept.is_held_back = lack is not None
        return kept.is_held_back

    def _start_again(self, kept: _Kept, sentence: str) -> None:
        _refuse_another_thread()
        if not kept.restarts.take():
            raise CannotStart(
                f"{sentence} It has been started again as often as is sensible; correct what the last lines "
                f"of its log name, then start again:\n{kept.child.last_words()}"
            )
        self._announce(f"{sentence} Starting it again.")
        try:
            kept.clear()
            with signals_deferred():
                kept.child = kept.spawn()
        except OSError as error:
            raise CannotStart(
                f"{sentence} It cannot be started again ({error}); see that {self.data_dir} is still there."
            ) from error


def _obituary(child: Child) -> str | None:
    code = child.exit_code()
    if code is None:
        return None
    return f"{child.name} (process {child.pid}) ended unexpectedly with {code}; see {child.log}."


def _check_surroundings() -> None:
    if sys.platform != "linux":
        raise CannotStart(
            "The embedded PostgreSQL and Redis are supervised on Linux only; "
            "point DATABASE_URL and REDIS_URL at servers of your own."
        )
    _refuse_another_thread()


def _refuse_another_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        # The kernel ends the servers when the thread that started them ends.
        raise CannotStart(
            "The embedded services can only be started from the main thread, because they end with the "
            "thread that started them; call EmbeddedServices.start there."
        )


def _shared_root() -> Path:
    return Path(os.environ.get(ROOT_VARIABLE) or DEFAULT_SHARED_ROOT)


def _password(data_dir: Path) -> str:
    path = data_dir / "secrets" / "postgres-superuser-password"
    if not path.exists():
        write_atomically(path, secrets.token_urlsafe(32) + "\n", mode=0o600)
    return path.read_text(encoding="utf-8").strip()
