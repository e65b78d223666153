"""How are server processes started, watched and ended so that none outlives its supervisor?"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from adapters.embedded.account import Account
from adapters.embedded.refusal import CannotStart

PR_SET_PDEATHSIG = 1
POLL_S = 0.05
LOG_TAIL_LINES = 12
LOG_TURNOVER_BYTES = 10_000_000
# Nothing of our environment reaches the servers: PGDATA, PGPORT or LD_PRELOAD would change what they do.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

Command = list[str]
Announce = Callable[[str], None]


@dataclass(frozen=True)
class Farewell:
    """Which signals to send, in order, and how long each is given."""

    steps: Sequence[tuple[signal.Signals, float]]

    @property
    def first(self) -> signal.Signals:
        return self.steps[0][0]


class Child:
    """One server process, in a session of its own so that Ctrl-C reaches only its supervisor."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, farewell: Farewell) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._farewell = farewell

    @classmethod
    def spawn(
        cls, name: str, command: Command, *, account: Account, log: Path, farewell: Farewell
    ) -> "Child":
        turn_over(log)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        output = os.open(log, flags, 0o600)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=ENVIRONMENT,
                umask=0o077,
                start_new_session=True,
                preexec_fn=die_with_parent(farewell.first),
                **account.identity,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotStart(
                f"{name} could not be started as user {account.name!r} ({error}); check that {command[0]} "
                "may be executed by that user and that this process may change its user id."
            ) from error
        finally:
            os.close(output)
        return cls(name, process, log, farewell)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        return self._process.poll()

    def wait(self) -> int:
        return self._process.wait()

    def end(self) -> None:
        for number, patience_s in self._farewell.steps:
            if self._process.poll() is not None:
                return
            self._process.send_signal(number)
            try:
                self._process.wait(timeout=patience_s)
            except subprocess.TimeoutExpired:
                continue

    def kill_session(self) -> None:
        """End the process and whatever it started, when nothing of their work is worth keeping."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def last_words(self) -> str:
        return tail(self.log)


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What the forked child does before exec: ask the kernel for a signal when we are gone.

    The kernel means the *thread* that forked; hence `EmbeddedServices.start` insists on the main thread.
    Popen has changed the user id by now, which matters because changing it clears the request.
    """
    prctl = ctypes.CDLL(None).prctl  # found before the fork, where that is safe
    return partial(die_with, os.getpid(), number, prctl)


def die_with(parent: int, number: signal.Signals, prctl: Callable[..., int]) -> None:
    """Asks the kernel for a signal when the parent is gone."""
    prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before we had asked; no signal would come


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Hold Ctrl-C back for an instant, so that no child is forked without being remembered."""
    received: list[tuple[int, FrameType | None]] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    callables = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in callables:
        signal.signal(number, lambda number, frame: received.append((number, frame)))
    try:
        yield
    finally:
        for number, handler in callables.items():
            signal.signal(number, handler)
    for arrived, frame in received:
        callables[signal.Signals(arrived)](arrived, frame)


def end_survivors(
    find: Callable[[], list[int]], *, name: str, farewell: Farewell, announce: Announce
) -> None:
    """End servers which an earlier, killed supervisor left behind, and wait until they are gone."""
    if not (pids := find()):
        return
    announce(f"Stopping {name} left behind by an earlier run (process {', '.join(map(str, pids))})")
    for number, patience_s in farewell.steps:
        for pid in find():
            _signal(pid, number)
        if _gone_within(find, patience_s):
            return
    raise CannotStart(
        f"{name} of an earlier run still holds the data directory (process "
        f"{', '.join(map(str, find()))}) and does not end; end it yourself, then start again."
    )


def processes_of(uid: int, matches: Callable[[list[str]], bool]) -> list[int]:
    """The processes of one user whose command line matches; a pid alone may have been reused."""
    return [
        pid
        for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
        if pid != os.getpid() and _owner(pid) == uid and matches(_command_line(pid))
    ]


def tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-LOG_TAIL_LINES:]) or "(the log is empty)"


def turn_over(log: Path) -> None:
    try:
        if log.lstat().st_size > LOG_TURNOVER_BYTES:
            log.replace(log.with_name(log.name + ".1"))
    except FileNotFoundError:
        return


def _owner(pid: int) -> int | None:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def _command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape").split("\0")
    except OSError:
        return [""]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _gone_within(find: Callable[[], list[int]], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while find():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
