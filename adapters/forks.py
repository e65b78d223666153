"""How do processes of the house start in a blink? Forked from one that has read the house once.

The standard library's fork server is that process: it runs no thread of ours, opens nothing, and ends with the
supervisor that started it, as its children do with it.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Thread

from setproctitle import setproctitle

from adapters.embedded.children import die_with

# Names, because the doors are above us.
PROGRAM = "api.cli"
READ_BEFOREHAND = "api.nursery"

_context = multiprocessing.get_context("forkserver")


def read_ahead() -> None:
    """Lets the house be read while the caller does something else; otherwise the first start waits for it."""
    _context.set_forkserver_preload([READ_BEFOREHAND])
    forkserver.ensure_running()


def start(
    words: tuple[str, ...],
    *,
    environment: Mapping[str, str],
    log: Path,
    errors: Path | None = None,
    program: str = PROGRAM,
) -> ForkServerProcess:
    """`escale <words>` in a session of its own, told to stop when we end; it writes on at the end of the log."""
    _context.set_forkserver_preload([READ_BEFOREHAND])
    process = _context.Process(
        target=_live, args=(program, words, dict(environment), str(log), str(errors or log)), daemon=True
    )
    process.start()
    return process


def _live(program: str, words: tuple[str, ...], environment: dict[str, str], log: str, errors: str) -> None:
    os.setsid()
    die_with(os.getppid(), signal.SIGTERM, ctypes.CDLL(None).prctl)  # with the fork server
    Thread(target=_end_with_the_supervisor, name="supervisor", daemon=True).start()
    setproctitle(" ".join(("escale", *words)))
    for stream, path in ((1, log), (2, errors)):
        output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, stream)
        os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["escale", *words]
    import_module(program).main()


def _end_with_the_supervisor() -> None:
    # The fork server goes on while a child of it lives, so its end cannot tell us of the supervisor's.
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)
