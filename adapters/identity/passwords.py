"""How are passwords hashed, slowly, without letting sign-ins starve everything else?"""

import os
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.kernel.refusals import LimitReached


class TooManySignIns(LimitReached):
    """Too many people sign in at this moment; try again in a second."""


class Passwords:
    """Argon2id with the RFC 9106 profile of argon2-cffi: 64 MiB, t=3, p=4, about 100 ms.

    At most `workers` hashes run at once and at most `queue` wait, for `wait_s` at most;
    everyone else is refused at once, so that sign-ins never take all cores and memory.
    """

    def __init__(
        self,
        *,
        hasher: PasswordHasher | None = None,
        workers: int | None = None,
        queue: int | None = None,
        wait_s: float = 2.0,
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        workers = workers or os.cpu_count() or 1
        self._slots = BoundedSemaphore(workers)
        self._room = workers + (workers * 8 if queue is None else queue)
        self._inside = 0
        self._lock = Lock()
        self._wait_s = wait_s
        self._nobody = self._hash_that_matches_nothing()

    def hash(self, password: str) -> str:
        """A salted hash in PHC format."""
        secret = self._bytes(password)
        with self._turn():
            return self._hasher.hash(secret)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Does it match? An unknown account costs the same work as a wrong password."""
        secret = self._bytes(password)
        with self._turn():
            try:
                return self._hasher.verify(password_hash or self._nobody, secret)
            except (VerificationError, InvalidHashError):
                return False

    def needs_rehash(self, password_hash: str) -> bool:
        """Was it made with other parameters than today's?"""
        try:
            return self._hasher.check_needs_rehash(password_hash)
        except InvalidHashError:
            return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._inside >= self._room:
                raise TooManySignIns(retry_after_s=1)
            self._inside += 1
        try:
            if not self._slots.acquire(timeout=self._wait_s):
                raise TooManySignIns(retry_after_s=1)
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._inside -= 1

    def _hash_that_matches_nothing(self) -> str:
        """A hash nobody knows a password for, with today's parameters; made without hashing."""
        hasher = self._hasher
        salt = b64encode(os.urandom(hasher.salt_len)).decode().rstrip("=")
        digest = b64encode(os.urandom(hasher.hash_len)).decode().rstrip("=")
        costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        return f"$argon2id$v=19${costs}${salt}${digest}"

    @staticmethod
    def _bytes(password: str) -> bytes:
        # One spelling per password, whichever keyboard composed its accents; lone surrogates
        # cannot come from a keyboard, and are kept apart rather than refused with a crash.
        return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
