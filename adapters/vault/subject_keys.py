"""Whose key protects a personal field, and is it still there?

One AES-256 key per data subject, wrapped by a key of its tenant. Destroying the subject's
key makes every ciphertext of that person unreadable, in the log and in every copy of it.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection
from threading import Lock
from time import monotonic
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors
from adapters.vault.tenant_key import TenantKey

CACHE_S = 60.0  # at most this long may a process still read a person who was erased elsewhere
CACHE_SIZE = 10_000
NONCE_BYTES = 12

FIND = "select wrapped_key from vault.subject_key where tenant_id = %s and subject_id = %s and version = 1"
CREATE = """
insert into vault.subject_key (tenant_id, subject_id, wrapped_key) values (%s, %s, %s)
on conflict (tenant_id, subject_id, version) do nothing
"""
CREATE_MANY = """
insert into vault.subject_key (tenant_id, subject_id, wrapped_key)
select %s, made.subject_id, made.wrapped_key from unnest(%s::uuid[], %s::bytea[]) as made (subject_id, wrapped_key)
on conflict (tenant_id, subject_id, version) do nothing
"""
FIND_MANY = """
select subject_id, wrapped_key from vault.subject_key
where tenant_id = %s and subject_id = any(%s) and version = 1
"""
DESTROY = """
insert into vault.subject_key (tenant_id, subject_id, wrapped_key, destroyed_at)
values (%s, %s, null, clock_timestamp())
on conflict (tenant_id, subject_id, version)
do update set wrapped_key = null, destroyed_at = coalesce(subject_key.destroyed_at, clock_timestamp())
"""
ENTER = "select set_config('app.tenant_id', %s, true)"


class SubjectKeys:
    """Encrypts, decrypts and forgets, one data subject at a time."""

    def __init__(
        self, pool: ConnectionPool, wrapping_key: TenantKey, clock: Callable[[], float] = monotonic
    ) -> None:
        self._pool = pool
        self._wrapping_key = wrapping_key
        self._clock = clock
        self._lock = Lock()
        self._cache: OrderedDict[tuple[UUID, UUID], tuple[float, bytes | None]] = OrderedDict()

    def encrypt(self, tenant_id: UUID, subject_id: UUID, plaintext: bytes, associated: bytes) -> bytes:
        """Nonce and ciphertext. For an erased subject, a ciphertext that nobody can ever read."""
        key = self._key(tenant_id, subject_id, create=True) or os.urandom(32)
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)

    def decrypt(self, tenant_id: UUID, subject_id: UUID, sealed: bytes, associated: bytes) -> bytes | None:
        """The plaintext; None once the subject's key is gone or the ciphertext was moved or altered."""
        key = self._key(tenant_id, subject_id, create=False)
        if key is None:
            return None
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
        except InvalidTag:
            return None

    def prepare(self, tenant_id: UUID, subject_ids: Collection[UUID]) -> None:
        """Makes the keys of many people in one go, where they are missing; erased ones stay erased."""
        now = self._clock()
        with self._lock:
            known = {one for one in subject_ids if self._cache.get((tenant_id, one), (0.0, None))[0] > now}
        missing = [one for one in subject_ids if one not in known]
        if not missing:
            return
        wrapped = [self._wrap(tenant_id, one, AESGCM.generate_key(256)) for one in missing]
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (str(tenant_id),))
            connection.execute(CREATE_MANY, (tenant_id, missing, wrapped))
            rows = connection.execute(FIND_MANY, (tenant_id, missing)).fetchall()
        for subject_id, kept in rows:
            key = None if kept is None else self._unwrap(tenant_id, subject_id, bytes(kept))
            self._keep(tenant_id, subject_id, now, key)

    def knows(self, tenant_id: UUID, subject_id: UUID) -> bool:
        """Was anything personal of this subject ever kept here, erased by now or not?"""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (str(tenant_id),))
            return connection.execute(FIND, (tenant_id, subject_id)).fetchone() is not None

    def destroy(self, tenant_id: UUID, subject_id: UUID) -> None:
        """Forgets the subject for good. Repeating it is calm."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (str(tenant_id),))
            connection.execute(DESTROY, (tenant_id, subject_id))
        with self._lock:
            self._cache.pop((tenant_id, subject_id), None)

    def forget_cached(self) -> None:
        """Drops every cached key of this process."""
        with self._lock:
            self._cache.clear()

    def _key(self, tenant_id: UUID, subject_id: UUID, *, create: bool) -> bytes | None:
        now = self._clock()
        with self._lock:
            cached = self._cache.get((tenant_id, subject_id))
        if cached is not None and cached[0] > now and not (create and cached[1] is None):
            return cached[1]
        key = self._fetch(tenant_id, subject_id, create=create)
        self._keep(tenant_id, subject_id, now, key)
        return key

    def _keep(self, tenant_id: UUID, subject_id: UUID, now: float, key: bytes | None) -> None:
        with self._lock:
            self._cache[(tenant_id, subject_id)] = (now + CACHE_S, key)
            self._cache.move_to_end((tenant_id, subject_id))
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)

    def _fetch(self, tenant_id: UUID, subject_id: UUID, *, create: bool) -> bytes | None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (str(tenant_id),))
            row = connection.execute(FIND, (tenant_id, subject_id)).fetchone()
            if row is None and create:
                # The key is committed before the first event that needs it.
                wrapped = self._wrap(tenant_id, subject_id, AESGCM.generate_key(256))
                connection.execute(CREATE, (tenant_id, subject_id, wrapped))
                row = connection.execute(FIND, (tenant_id, subject_id)).fetchone()
        if row is None or row[0] is None:
            return None
        return self._unwrap(tenant_id, subject_id, bytes(row[0]))

    def _wrap(self, tenant_id: UUID, subject_id: UUID, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._wrapping_key(tenant_id)).encrypt(nonce, key, subject_id.bytes)

    def _unwrap(self, tenant_id: UUID, subject_id: UUID, wrapped: bytes) -> bytes:
        cipher = AESGCM(self._wrapping_key(tenant_id))
        return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], subject_id.bytes)
