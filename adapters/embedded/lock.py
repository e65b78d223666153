"""Which supervisor owns this data directory right now?"""

import fcntl
import os
from pathlib import Path

from adapters.embedded.refusal import CannotStart


class DataDirLock:
    """A flock with our pid inside; the kernel drops it when we die, however we die."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> "DataDirLock":
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise CannotStart(
                f"{holder} already runs the embedded services in {path.parent}; "
                "stop it first, or choose another data directory."
            ) from None
        lock = cls(descriptor)
        # A worker forked later inherits the open file, and with it the lock; it would outlive us.
        os.register_at_fork(after_in_child=lock.forget)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return lock

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self.forget()

    def forget(self) -> None:
        """Close our copy; the lock itself stays with whoever else has the file open."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _holder(descriptor: int) -> str:
    pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    return f"Process {pid}" if pid.isdigit() else "Another process"
