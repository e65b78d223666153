"""`escale` as processes of their own, forked from one that has read the house: a start costs a tenth of a bare one."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory

from adapters import forks
from api import cli
from api.terminal import frame

GOODBYE_S = 15.0
PATIENCE_S = 120.0
FORK_SERVER = "STARTED_FROM"


class Started:
    """A process, with the manners of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        assert process.pid is not None
        self.pid = process.pid

    @property
    def parent_id(self) -> int:
        """The process it was forked from."""
        return int(Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[1])

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired("escale", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class Told:
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


@contextmanager
def escale(*words: str, log: Path, environment: Mapping[str, str]) -> Iterator[Started]:
    """`escale <words>` until the block ends; it writes into the log."""
    started = Started(forks.start(words, environment=environment, log=log))
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(timeout=GOODBYE_S)
        except TimeoutExpired:
            started.kill()
            started.wait()


def supervising(*words: str, log: Path, environment: Mapping[str, str]) -> Started:
    """`escale up` or `escale demo`: what it starts is forked where it was forked itself, so nobody reads the house."""
    forks.read_ahead()
    address = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
    around = {"COLUMNS": "80", **environment, FORK_SERVER: address}
    return Started(forks.start(words, environment=around, log=log, program=__name__))


def told(*words: str, **environment: str) -> Told:
    """`escale <words>` to its end, on a wide terminal and the embedded servers."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        around = {**kept, "COLUMNS": "240", **environment}
        process = forks.start(words, environment=around, log=output, errors=errors, program=__name__)
        started = Started(process)
        code = started.wait(timeout=PATIENCE_S)
        return Told(code, output.read_text(), errors.read_text())


def main() -> None:
    """The command line, on the terminal that the surroundings describe now and not at the time of reading."""
    for each in (frame.console, frame.errors):
        each.width = int(os.environ["COLUMNS"])
    if address := os.environ.pop(FORK_SERVER, None):
        _start_from(address)
    cli.main()


def _start_from(address: str) -> None:
    # Python 3.11 forgets the address of the server it comes from, and would start another.
    server = forkserver._forkserver  # type: ignore[attr-defined]
    server._forkserver_address = address
    server.ensure_running = forkserver.ensure_running = lambda: None
    multiprocessing.current_process().daemon = False
