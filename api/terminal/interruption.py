"""What does Ctrl-C do while the house is still being read from disk? It ends it, in one line."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130


@contextmanager
def quietly_interruptible() -> Iterator[None]:
    """For a second of imports, before anything is started: Ctrl-C ends at once, without a traceback."""
    before = signal.getsignal(signal.SIGINT)
    # Somebody who ignores or handles the signal already has their reasons; threads may not choose.
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _end_at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_at_once(number: int, frame: object) -> None:
    # An exception would be lost or printed wherever an import runs a destructor or a callback.
    os.write(2, b"Interrupted; nothing was started.\n")
    os._exit(INTERRUPTED)
