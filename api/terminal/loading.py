"""How is the house read from disk? Quietly when interrupted, and without looking for garbage meanwhile."""

import gc
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
OBJECTS_BETWEEN_LOOKS = 50_000


@contextmanager
def loading() -> Iterator[None]:
    """For a second or two of imports, before anything is started."""
    with quietly_interruptible(), without_collecting():
        yield


@contextmanager
def without_collecting() -> Iterator[None]:
    """What is read stays for good: looking through it again and again is a quarter of a start."""
    gc.disable()
    try:
        yield
    finally:
        collect_seldom()
        gc.enable()


def collect_seldom() -> None:
    """What was read is not looked through again, which spares a server the longest of its pauses.

    What a page of events or an answer is made of lives for moments and holds no circles: looking for them
    every few hundred objects is a tenth of reading the log.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 10, 10)


@contextmanager
def quietly_interruptible() -> Iterator[None]:
    """Ctrl-C ends at once, without a traceback."""
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
