"""Who can prove later what the log was now? A signed seal, in the database and outside of it.

The database alone cannot defend itself: whoever rewrites the log can recompute the chain. The signing key is
derived from the master key, which no database role knows, and every seal is also written to a directory, once.
"""

import json
import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from adapters.audit.ledger import Ledger, ticks, time_of
from adapters.audit.verifier import NOTHING, Seal, fields_of, merkle_levels, seal_of
from adapters.identity.secrets import derived
from domain.kernel.refusals import NotFound, RuleBroken

MOST_EVENTS = 50_000  # one seal covers

SEALS = """
select tenant_id, from_position, to_position, root, chain_tip, previous, sealed_at, key, signature
from es.ledger_seal where tenant_id = %s and from_position > %s order by from_position limit %s
"""
LATEST = """
select tenant_id, from_position, to_position, root, chain_tip, previous, sealed_at, key, signature
from es.ledger_seal where tenant_id = %s order by from_position desc limit 1
"""
COVERING = """
select tenant_id, from_position, to_position, root, chain_tip, previous, sealed_at, key, signature
from es.ledger_seal where tenant_id = %s and from_position <= %s and to_position >= %s
order by from_position desc limit 1
"""
# One seal per beginning: of two sealers the slower one finds that it is done.
KEEP = """
insert into es.ledger_seal
  (tenant_id, from_position, to_position, root, chain_tip, previous, sealed_at, key, signature)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (tenant_id, from_position) do nothing returning 1
"""


class SealsDisagree(RuleBroken):
    """Seals outside the database are not those inside; verify the log before sealing it again."""


class NotSealedYet(RuleBroken):
    """No seal covers this event yet; the next one is made within the hour, or on demand."""


class SealFolder:
    """The seals outside the database: one file each, written once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self, tenant_id: UUID) -> list[Seal]:
        """Every seal of the tenant, in no order."""
        return [self._read(path) for path in (self._folder / str(tenant_id)).glob("*.json")]

    def last_position(self, tenant_id: UUID | str) -> int:
        """How far the files reach."""
        names = (path.stem for path in (self._folder / str(tenant_id)).glob("*.json"))
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def reaches(self) -> dict[UUID, int]:
        """How far the files of each tenant reach."""
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        return {UUID(each.name): self.last_position(each.name) for each in folders if _is_id(each.name)}

    def keep(self, seal: Seal) -> None:
        """Writes the file, on disk before it returns. Refuses SealsDisagree where another seal stands."""
        final = self._folder / str(seal.tenant_id) / f"{seal.to_position}.json"
        if not final.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            self._write_once(final, (json.dumps(line_of_seal(seal), indent=1) + "\n").encode())
        if self._read(final).digest() != seal.digest():
            raise SealsDisagree

    def has(self, seal: Seal) -> bool:
        """Is there a file for it?"""
        return (self._folder / str(seal.tenant_id) / f"{seal.to_position}.json").exists()

    def _read(self, path: Path) -> Seal:
        try:
            return seal_of(fields_of(path.read_text()))
        except ValueError:
            raise SealsDisagree(f"The seal file {path.name} cannot be read.") from None

    def _write_once(self, final: Path, content: bytes) -> None:
        draft = final.with_name(f".{final.name}.{uuid4().hex}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, final)  # unlike a rename, never replaces what is there
            except FileExistsError:
                return
        finally:
            draft.unlink()
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Sealer:
    """Makes, keeps and finds seals."""

    def __init__(
        self,
        pool: ConnectionPool,
        ledger: Ledger,
        folder: SealFolder,
        master_key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._ledger = ledger
        self._folder = folder
        self._clock = clock
        self._key = Ed25519PrivateKey.from_private_bytes(derived(master_key, b"ledger-seal:ed25519:v1", 32))
        self.public_key: bytes = self._key.public_key().public_bytes_raw()

    def seal(self, tenant_id: UUID) -> Seal:
        """Seals what is not sealed yet and answers the latest seal. Repeating it without new events is calm.

        Refuses NotFound while there is nothing to seal, SealsDisagree when the files outside say otherwise.
        """
        # The files first: a seal has its row before it has its file, so these rows can all be found.
        reached = self._folder.last_position(tenant_id)
        latest = self.latest(tenant_id)
        if reached > (latest.to_position if latest else 0):
            raise SealsDisagree
        self._publish_missing(tenant_id, latest)
        head = self._ledger.head(tenant_id)
        while latest is None or latest.to_position < head.position:
            if head.position == 0:
                raise NotFound("Nothing has happened yet; there is nothing to seal.")
            following = self._next(tenant_id, latest, head.position)
            self._keep(following)
            latest = self.latest(tenant_id)
            if latest is not None and latest.digest() == following.digest():
                latest = following  # with its leaves, for the file
            if latest is not None:
                self._folder.keep(self.with_leaves(latest))
        return latest

    def seals(self, tenant_id: UUID, *, after: int = 0, limit: int = 1_000_000) -> list[Seal]:
        """The seals in the database, oldest first, those that begin after a position."""
        return [_seal(row) for row in self._ledger.ask(tenant_id, SEALS, (tenant_id, after, limit))]

    def latest(self, tenant_id: UUID) -> Seal | None:
        """The newest seal."""
        return next((_seal(row) for row in self._ledger.ask(tenant_id, LATEST, (tenant_id,))), None)

    def covering(self, tenant_id: UUID, position: int) -> Seal:
        """The seal over one event. Refuses NotSealedYet."""
        rows = self._ledger.ask(tenant_id, COVERING, (tenant_id, position, position))
        if not rows:
            raise NotSealedYet
        return _seal(rows[0])

    def outside(self, tenant_id: UUID) -> list[Seal]:
        """The seals in the directory."""
        return self._folder.all(tenant_id)

    def with_leaves(self, seal: Seal) -> Seal:
        """The seal with the hashes it covers, so that a later difference can be named by its position."""
        hashes = self._ledger.hashes(seal.tenant_id, seal.from_position, seal.to_position)
        leaves = tuple(hashes.values())
        return replace(seal, leaves=leaves if root_of(leaves) == seal.root else ())

    def _next(self, tenant_id: UUID, latest: Seal | None, head: int) -> Seal:
        first = 1 if latest is None else latest.to_position + 1
        last = min(head, first + MOST_EVENTS - 1)
        hashes = self._ledger.hashes(tenant_id, first, last)
        if list(hashes) != list(range(first, last + 1)):
            raise SealsDisagree("The log has a hole; verify it before sealing it.")
        seal = Seal(
            tenant_id=tenant_id,
            from_position=first,
            to_position=last,
            root=root_of(tuple(hashes.values())),
            chain_tip=hashes[last],
            previous=NOTHING if latest is None else latest.digest(),
            sealed_at=ticks(self._clock()),
            key=self.public_key,
            leaves=tuple(hashes.values()),
        )
        return replace(seal, signature=self._key.sign(seal.statement()))

    def _keep(self, seal: Seal) -> None:
        values = (seal.from_position, seal.to_position, seal.root, seal.chain_tip, seal.previous)
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (seal.tenant_id,))
            signed = (time_of(seal.sealed_at), seal.key, seal.signature)
            connection.execute(KEEP, (seal.tenant_id, *values, *signed))

    def _publish_missing(self, tenant_id: UUID, latest: Seal | None) -> None:
        """Writes files that a crash, or another machine, left unwritten."""
        if latest is not None and not self._folder.has(latest):
            for seal in self.seals(tenant_id):
                if not self._folder.has(seal):
                    self._folder.keep(self.with_leaves(seal))
        elif latest is not None:
            self._folder.keep(latest)


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def line_of_seal(seal: Seal) -> dict[str, Any]:
    """The seal as a line of an export, a file or an answer."""
    line: dict[str, Any] = {
        "kind": "seal",
        "tenant_id": str(seal.tenant_id),
        "from_position": seal.from_position,
        "to_position": seal.to_position,
        "root": seal.root.hex(),
        "chain_tip": seal.chain_tip.hex(),
        "previous": seal.previous.hex(),
        "sealed_at": time_of(seal.sealed_at).isoformat(timespec="microseconds"),
        "key": seal.key.hex(),
        "signature": seal.signature.hex(),
    }
    if seal.leaves:
        line["leaves"] = b64encode(b"".join(seal.leaves)).decode()
    return line


def root_of(hashes: tuple[bytes, ...]) -> bytes:
    """The Merkle root over event hashes."""
    return merkle_levels(hashes)[-1][0] if hashes else NOTHING


def _seal(row: tuple[Any, ...]) -> Seal:
    tenant_id, first, last, root, tip, previous, sealed_at, key, signature = row
    parts = (bytes(root), bytes(tip), bytes(previous))
    return Seal(tenant_id, first, last, *parts, ticks(sealed_at), bytes(key), bytes(signature))
