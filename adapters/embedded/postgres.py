"""How does the embedded PostgreSQL come up: initialised once, private, durable, silent about people?"""

import hashlib
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from adapters.embedded.account import Account
from adapters.embedded.binaries import Binaries
from adapters.embedded.children import (
    POLL_S,
    Announce,
    Child,
    Command,
    Farewell,
    end_survivors,
    processes_of,
    signals_deferred,
    tail,
)
from adapters.embedded.directories import Places, sync, write_atomically
from adapters.embedded.refusal import CannotStart
from adapters.postgres.roles import ITERATIONS

MAJOR_VERSION = "18"
SUPERUSER = "escale_superuser"
DATABASE = "escale"
PORT = 5432  # only the name of the socket; no TCP port is opened
HBA = "local all all scram-sha-256\n"
NEWS_EVERY_S = 10.0
# Recovery ends with a checkpoint and a new segment of 16 MiB; without space for them it ends the server again.
RECOVERY_BYTES = 48 * 1_048_576

# SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, which costs a recovery but no data.
# PostgreSQL 18.4 never finishes a fast shutdown asked for while it reinitialises after a backend crash.
FAREWELL = Farewell(((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)))
ORPHANS_FAREWELL = Farewell(((signal.SIGQUIT, 5.0), (signal.SIGKILL, 10.0)))
INITDB_FAREWELL = Farewell(((signal.SIGKILL, 10.0),))

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "scram_iterations": "4096",  # of passwords that others choose
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Personal data must never reach the server log. Errors quote values ("Key (email)=(...) exists"), so
    # they are left to the client; of what remains (LOG, FATAL, PANIC) only the first line is written.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_checkpoints": "off",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class Postgres:
    binaries: Binaries
    places: Places
    account: Account
    password: str
    announce: Announce

    @property
    def url(self) -> str:
        host = quote(str(self.places.run), safe="")
        return f"postgresql://{SUPERUSER}:{quote(self.password)}@/{DATABASE}?host={host}&port={PORT}"

    def prepare(self) -> None:
        """Leave a complete cluster that nobody else is using."""
        self._end_survivors()
        self._clear_leftovers()
        if self._is_initialised():
            self._check_cluster()
        else:
            self._initialise()
        write_atomically(self.places.hba, HBA, mode=0o644)

    def prepare_again(self) -> None:
        """The same for a cluster that has run: should its files be gone, it is not begun anew."""
        self._end_survivors()
        self._clear_leftovers()
        self._check_cluster()

    def lack(self) -> str | None:
        """What must change before a start can succeed, as a sentence; nothing on a healthy disk."""
        for folder in (self.places.postgres, self.places.postgres / "pg_wal"):
            if folder.exists() and shutil.disk_usage(folder).free < RECOVERY_BYTES:
                return f"The disk of {folder} is full; it is started again as soon as there is space."
        return None

    def spawn(self) -> Child:
        return Child.spawn(
            "PostgreSQL",
            self._command(),
            account=self.account,
            log=self.places.log("postgres"),
            farewell=FAREWELL,
        )

    def wait_until_ready(self, child: Child) -> None:
        """Wait for as long as the server lives: recovery after a crash may take minutes."""
        news_s = time.monotonic() + NEWS_EVERY_S
        while not self._answers():
            if child.exit_code() is not None:
                raise CannotStart(
                    f"PostgreSQL ended during its start (exit code {child.exit_code()}); correct what the "
                    f"last lines of {child.log} name, then start again:\n{child.last_words()}"
                )
            if time.monotonic() > news_s:
                self.announce("PostgreSQL is still starting, probably recovering from a crash")
                news_s = time.monotonic() + NEWS_EVERY_S
            time.sleep(POLL_S)

    def create_database(self) -> None:
        with self._connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                return
            connection.execute(f"CREATE DATABASE {DATABASE}")

    def _command(self) -> Command:
        settings = SETTINGS | {
            "hba_file": str(self.places.hba),
            "unix_socket_directories": str(self.places.run),
            "port": str(PORT),
            "cluster_name": self._cluster_name,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries.postgres), "-D", str(self.places.postgres), *options]

    @property
    def _cluster_name(self) -> str:
        # PostgreSQL shows it in the title of every backend, which is how orphans are recognised.
        return f"escale-{hashlib.sha256(os.fsencode(self.places.postgres)).hexdigest()[:16]}"

    # Coming up -------------------------------------------------------------------------------------

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.places.run), port=PORT, user=SUPERUSER, password=self.password, dbname="postgres",
            connect_timeout=10, autocommit=True,
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise CannotStart(
                    f"The password in {self.places.data_dir / 'secrets'} is not the one of the database in "
                    f"{self.places.postgres}; restore the file that belongs to it."
                ) from None
            if "Permission denied" in str(error):
                raise CannotStart(
                    f"This process may not enter {self.places.run}, where PostgreSQL listens as user "
                    f"{self.account.name!r}; start Escale as that user, or as root with its "
                    "usual capabilities."
                ) from None
            return False
        return True

    # The cluster on disk ---------------------------------------------------------------------------

    def _is_initialised(self) -> bool:
        # The directory appears by a rename when it is complete; an empty one may be a prepared mount point.
        return self.places.postgres.is_dir() and any(self.places.postgres.iterdir())

    def _check_cluster(self) -> None:
        directory = self.places.postgres
        if (owner := directory.stat().st_uid) != self.account.uid:
            raise CannotStart(
                f"{directory} belongs to user id {owner}, while PostgreSQL would run as "
                f"{self.account.name!r}; start as the user who created it, or under root name that user "
                "in ESCALE_EMBEDDED_USER."
            )
        try:
            version = (directory / "PG_VERSION").read_text(errors="replace").strip()
        except FileNotFoundError:
            version = "nothing"
        if version != MAJOR_VERSION:
            raise CannotStart(
                f"{directory} was written by PostgreSQL {version}, and this is PostgreSQL {MAJOR_VERSION}; "
                "choose another data directory, or move the data with pg_dump."
            )

    def _initialise(self) -> None:
        """Run initdb aside and move the result into place, so that an interrupted run leaves nothing."""
        self.announce("Initialising the database, once")
        staging = Path(tempfile.mkdtemp(prefix=".initialising-", dir=self.places.base))
        try:
            if not self.account.is_ours:
                os.chown(staging, self.account.uid, self.account.gid, follow_symlinks=False)
            self._run_initdb(staging)
            (staging / "cluster").rename(self.places.postgres)
            sync(self.places.base)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _run_initdb(self, staging: Path) -> None:
        log = self.places.log("initdb")
        command = [
            str(self.binaries.initdb), "-D", str(staging / "cluster"), "-U", SUPERUSER,
            "-A", "scram-sha-256", f"--pwfile={self._password_file(staging)}", "--data-checksums",
            "-c", f"scram_iterations={ITERATIONS}",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        ]  # fmt: skip
        child: Child | None = None
        try:
            with signals_deferred():
                child = Child.spawn(
                    "initdb", command, account=self.account, log=log, farewell=INITDB_FAREWELL
                )
            outcome = child.wait()
        except BaseException:
            if child is not None:
                child.kill_session()
            raise
        if outcome != 0:
            raise CannotStart(
                f"The database could not be initialised in {self.places.base} (initdb ended with {outcome}); "
                f"correct what the last lines of {log} name, then start again:\n{tail(log)}"
            )

    def _password_file(self, staging: Path) -> Path:
        path = staging / "password"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self.password + "\n")
            if not self.account.is_ours:
                os.fchown(descriptor, self.account.uid, self.account.gid)
        return path

    # What an earlier run left ----------------------------------------------------------------------

    def _end_survivors(self) -> None:
        end_survivors(self._postmasters, name="PostgreSQL", farewell=FAREWELL, announce=self.announce)
        # Backends of a killed postmaster hold its shared memory, and PostgreSQL will not start beside them.
        end_survivors(
            self._orphans, name="PostgreSQL backends", farewell=ORPHANS_FAREWELL, announce=self.announce
        )

    def _postmasters(self) -> list[int]:
        directory = str(self.places.postgres)
        return processes_of(
            self.account.uid,
            lambda words: Path(words[0]).name == "postgres" and words[1:3] == ["-D", directory],
        )

    def _orphans(self) -> list[int]:
        title = f"postgres: {self._cluster_name}: "
        return processes_of(self.account.uid, lambda words: words[0].startswith(title))

    def _clear_leftovers(self) -> None:
        for staging in self.places.base.glob(".initialising-*"):
            shutil.rmtree(staging, ignore_errors=True)
        # PostgreSQL trusts the pids in these files. A plain stale one it sees through by itself; a damaged
        # one, or one whose pid now belongs to somebody else, would refuse every start from now on.
        if not _names_a_dead_process(pidfile := self.places.postgres / "postmaster.pid"):
            pidfile.unlink(missing_ok=True)
        for socket in self.places.run.glob(".s.PGSQL.*"):
            socket.unlink(missing_ok=True)


def _names_a_dead_process(pidfile: Path) -> bool:
    try:
        descriptor = os.open(pidfile, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            lines = file.read(4096).decode(errors="replace").split("\n")
    except OSError:
        return False
    is_whole = len(lines) > 7 and lines[0].strip().isdecimal()
    return is_whole and not os.path.exists(f"/proc/{int(lines[0])}")
