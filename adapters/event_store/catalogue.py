"""How are streams that seldom change kept in memory, and never shown older than the log?

Each look asks the log once what has moved since the last one; what has is read anew. A look that read before
such a move keeps its findings to itself: only what is as new as the tenant's last move is shared.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from adapters.event_store.application import Engine
from adapters.event_store.mapper import TenantMapper
from adapters.event_store.personal_cipher import PersonalCipher
from adapters.event_store.recorders import read_streams
from adapters.event_store.store import folding
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from adapters.vault.no_keys import NoKeys
from application.catalog import BOOKING_CATALOGUE
from domain.kernel.aggregate import Aggregate

TENANTS_AT_HAND = 1_000
STREAMS_PER_TENANT = 20_000
NOTHING_READ = -(2**40)
UNREAD: Any = object()
MOVED = "select position, moved from es.moved_since(%s, %s, %s)"
HOLDERS = "select holder from es.holders_of(%s, %s, %s) as holder"


@dataclass
class Shelf:
    """What is at hand of one tenant. `moves` counts the looks that found something moved."""

    position: int = NOTHING_READ
    moves: int = 0
    streams: dict[UUID, Aggregate | None] = field(default_factory=dict)
    holders: dict[tuple[str, str], tuple[UUID, ...]] = field(default_factory=dict)


class CatalogueMemory:
    """The shelves of every tenant this process serves; the longest unused one goes first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._topics = [topic for event in BOOKING_CATALOGUE for topic in (event.TOPIC, *event.UPCASTS)]
        self._shelves: OrderedDict[UUID, Shelf] = OrderedDict()
        self._lock = Lock()

    def of(self, tenant_id: UUID) -> "TenantCatalogue":
        """The Catalogue port of one tenant."""
        return TenantCatalogue(self, self._engine, tenant_id)

    def looked(self, tenant_id: UUID) -> tuple[Shelf, int]:
        """The tenant's shelf without what has moved, and the count of moves it is good for."""
        with self._lock:
            shelf = self._shelves.setdefault(tenant_id, Shelf())
            self._shelves.move_to_end(tenant_id)
            if len(self._shelves) > TENANTS_AT_HAND:
                self._shelves.popitem(last=False)
            after = shelf.position
        head, moved = self._moved(tenant_id, after)
        with self._lock:
            if moved is None:
                shelf.streams.clear()
            for stream_id in moved or ():
                shelf.streams.pop(stream_id, None)
            if moved is None or moved:
                shelf.holders.clear()
                shelf.moves += 1
            shelf.position = head if moved is None else max(shelf.position, head)
            return shelf, shelf.moves

    def keep(self, shelf: Shelf, moves: int, **found: Mapping[Any, Any]) -> None:
        """Puts back what was read since a look, unless something has moved meanwhile."""
        with self._lock:
            if shelf.moves == moves and len(shelf.streams) < STREAMS_PER_TENANT:
                shelf.streams.update(found.get("streams", {}))
                shelf.holders.update(found.get("holders", {}))

    def _moved(self, tenant_id: UUID, after: int) -> tuple[int, list[UUID] | None]:
        with translated_errors(), borrowed(self._engine.pool) as connection:
            row = connection.execute(MOVED, (tenant_id, after, self._topics)).fetchone()
        assert row is not None
        return int(row[0]), row[1]


class TenantCatalogue:
    """The Catalogue port."""

    def __init__(self, memory: CatalogueMemory, engine: Engine, tenant_id: UUID) -> None:
        self._memory = memory
        self._engine = engine
        self._tenant_id = tenant_id

    def known(self) -> "KnownCatalogue":
        shelf, moves = self._memory.looked(self._tenant_id)
        return KnownCatalogue(self._memory, self._engine, self._tenant_id, shelf, moves)


class KnownCatalogue:
    """One look, and what is read on top of it."""

    def __init__(
        self, memory: CatalogueMemory, engine: Engine, tenant_id: UUID, shelf: Shelf, moves: int
    ) -> None:
        self._memory = memory
        self._engine = engine
        self._tenant_id = tenant_id
        self._shelf = shelf
        self._moves = moves

    def streams(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        # Others may empty the shelf meanwhile: each is taken from it once.
        at_hand = self._shelf.streams.get
        found = {stream_id: at_hand(stream_id, UNREAD) for stream_id in kinds}
        missing = {stream_id: kinds[stream_id] for stream_id, one in found.items() if one is UNREAD}
        if missing:
            read = self._read(missing)
            self._memory.keep(self._shelf, self._moves, streams=read)
            found.update(read)
        return {
            stream_id: one for stream_id, kind in kinds.items() if isinstance(one := found[stream_id], kind)
        }

    def holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        found = self._shelf.holders.get((kind, key))
        if found is None:
            found = self._holders(kind, key)
            self._memory.keep(self._shelf, self._moves, holders={(kind, key): found})
        return found

    def _read(self, kinds: Mapping[UUID, type[Aggregate]]) -> dict[UUID, Aggregate | None]:
        # What people wrote decides nothing, so nobody's key is asked for, and nothing personal stays in memory.
        cipher = PersonalCipher(NoKeys(), self._tenant_id)  # type: ignore[arg-type]
        mapper = TenantMapper(self._tenant_id, self._engine.topics, cipher)
        stored = read_streams(self._engine.pool, self._tenant_id, list(kinds))
        return {
            stream_id: folding(kind)(None, [mapper.to_domain_event(one) for one in stored.get(stream_id, ())])
            for stream_id, kind in kinds.items()
        }

    def _holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        with translated_errors(), borrowed(self._engine.pool) as connection:
            return tuple(row[0] for row in connection.execute(HOLDERS, (self._tenant_id, kind, key)))
