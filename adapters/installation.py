"""How does one command bring up everything: servers, schema, companies, API, worker and scheduler?"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

from psycopg.conninfo import conninfo_to_dict

from adapters import forks
from adapters.embedded.children import signals_deferred, tail, turn_over
from adapters.embedded.restarts import Restarts
from adapters.embedded.services import CannotStart, EmbeddedServices
from adapters.postgres.migrate import migrate
from adapters.settings import Settings, master_key_of

READY_WITHIN_S = 60.0
GOODBYE_S = 10.0
RESTARTS = 5  # of one process, per minute
ADDRESSES = "addresses"

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """A migrated database and a Redis, ready for the service roles."""

    settings: Settings
    database_url: str  # names the database, not who signs in: every pool adds its own role
    redis_url: str
    services: EmbeddedServices | None

    def environment(self) -> dict[str, str]:
        """What a child process needs to find the same installation."""
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "ESCALE_MASTER_KEY": master_key_of(self.settings).hex(),
            "ESCALE_DATA_DIR": str(self.settings.data_dir),
            "ESCALE_HOST": self.settings.host,
            "ESCALE_PORT": str(self.settings.port),
        }


class NotRunning(Exception):
    """Escale is not running here: start it with `escale up`, or name DATABASE_URL and REDIS_URL."""


@dataclass(frozen=True)
class Addresses:
    """Where a running installation answers."""

    database_url: str
    redis_url: str
    door: str | None = None  # of the API


def running_embedded(settings: Settings) -> Addresses:
    """The embedded servers another process of this data directory has started."""
    kept = settings.data_dir / ADDRESSES
    if not kept.exists():
        raise NotRunning(NotRunning.__doc__)
    return Addresses(*kept.read_text().splitlines())


def database_of(settings: Settings) -> str:
    """The database of a running installation: the named one, or the embedded one."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return running_embedded(settings).database_url


def redis_of(settings: Settings) -> str:
    """The Redis of a running installation."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    return running_embedded(settings).redis_url


def without_credentials(url: str) -> str:
    """The same database, with nobody signed in."""
    where = conninfo_to_dict(url)
    where.pop("user", None)
    where.pop("password", None)
    database = where.pop("dbname", "escale")
    options = "&".join(f"{name}={value}" for name, value in where.items() if value is not None)
    return f"postgresql:///{database}?{options}"


@contextmanager
def prepared(settings: Settings, announce: Announce) -> Iterator[Prepared]:
    """The named PostgreSQL and Redis, or the embedded ones; migrated. Everything stops on leaving."""
    with ExitStack() as stack:
        services: EmbeddedServices | None = None
        if settings.database_url is None or settings.redis_url is None:
            services = stack.enter_context(EmbeddedServices.start(settings.data_dir, announce=announce))
            url, redis_url = services.database_url, services.redis_url
        else:
            url = settings.database_url.get_secret_value()
            redis_url = settings.redis_url.get_secret_value()
        migrate(url, master_key=master_key_of(settings), announce=announce)
        installation = Prepared(settings, without_credentials(url), redis_url, services)
        if services is not None:
            kept = settings.data_dir / ADDRESSES
            door = f"http://{settings.host}:{settings.port}"
            kept.write_text(f"{installation.database_url}\n{redis_url}\n{door}\n")
            stack.callback(kept.unlink, missing_ok=True)
        yield installation


@dataclass
class Member:
    """One process of the crew."""

    words: tuple[str, ...]
    log: Path
    process: ForkServerProcess
    restarts: Restarts

    @property
    def name(self) -> str:
        return self.words[0]


class Crew:
    """The processes that serve: each one a child that ends with us."""

    def __init__(
        self,
        installation: Prepared,
        announce: Announce = lambda line: None,
        *,
        program: str = forks.PROGRAM,
    ) -> None:
        self._installation = installation
        self._program = program
        self._announce = announce
        self._members: list[Member] = []

    def start(self, *words: str) -> None:
        """Starts `escale <words>` beside us; call it from the main thread."""
        log = self._installation.settings.data_dir / "logs" / f"{words[0]}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with signals_deferred():
            self._members.append(Member(words, log, self._spawn(words, log), Restarts(RESTARTS)))

    def _spawn(self, words: tuple[str, ...], log: Path) -> ForkServerProcess:
        turn_over(log)
        return forks.start(
            words, environment=self._installation.environment(), log=log, program=self._program
        )

    def tend(self) -> None:
        """Starts again whoever ended, server or member; raises CannotStart when it happens too often.

        Call it from the main thread: the kernel ends a server with the thread that started it.
        """
        if services := self._installation.services:
            services.revive()
        for member in self._members:
            if (code := member.process.exitcode) is not None:
                self._start_again(member, code)

    def _start_again(self, member: Member, code: int) -> None:
        if not member.restarts.take():
            raise CannotStart(
                f"The {member.name} process ended {RESTARTS + 1} times within a minute, the last time with "
                f"status {code}; correct what the end of {member.log} names, then start again:\n"
                f"{tail(member.log)}"
            )
        self._announce(
            f"The {member.name} process ended unexpectedly with status {code}; see {member.log}."
            " Starting it again."
        )
        with signals_deferred():
            member.process = self._spawn(member.words, member.log)

    def _refuse_a_false_start(self) -> None:
        """Who ends before the house is ready has a reason that a second try will not remove."""
        for member in self._members:
            if (code := member.process.exitcode) is not None:
                raise CannotStart(
                    f"The {member.name} process ended during its start with status {code}; correct what the "
                    f"end of {member.log} names, then start again:\n{tail(member.log)}"
                )

    def stop(self) -> None:
        """Asks everyone to finish what they hold, and ends whoever does not."""
        processes = [member.process for member in self._members]
        for process in processes:
            process.terminate()
        deadline = monotonic() + GOODBYE_S
        for process in processes:
            process.join(timeout=max(0.1, deadline - monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()

    def wait_until_ready(self, url: str, stop: Event) -> None:
        """Returns once the API says it is ready, or when told to stop. Raises CannotStart when it cannot."""
        deadline = monotonic() + READY_WITHIN_S
        while not stop.wait(0.1):
            self._refuse_a_false_start()
            self.tend()
            if answers(url):
                return
            if monotonic() > deadline:
                logs = self._installation.settings.data_dir / "logs"
                raise CannotStart(
                    f"The API did not become ready within {READY_WITHIN_S:.0f} s; see {logs / 'api.log'}."
                )


def refuse_taken_port(host: str, port: int) -> None:
    """Refuses before anything is started when somebody else listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {host} cannot be used ({error.strerror}); choose another with --port."
            ) from None


def answers(url: str) -> bool:
    """Does the page answer with success?"""
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
