"""On what ground did availability stand at a position of the log? Streams and claims folded from the events alone.

No read model and no claim table is asked: what a receipt says is held against the log itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.store import folding
from adapters.postgres.errors import translated_errors
from application.booking.ground import Ground
from application.catalog import AGGREGATE_OF
from application.ports.agenda import Held
from application.ports.ports import Ports
from application.ports.store import AsOf
from domain.booking.appointment_events import AppointmentRequested, SlotHeld
from domain.booking.practitioner import PRACTITIONER_AT
from domain.booking.resource import RESOURCE_AT
from domain.booking.spans import Occupancy
from domain.booking.visit import Visit
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import Claim
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound

A = TypeVar("A", bound=Aggregate)

# Who and what can be booked, and who waits: read whole. Visits are those that name somebody of the site.
CATALOGUE = ("business", "service", "practitioner", "resource", "schedule", "waitlist")
VISITS = ("appointment", "group-session")
MOST_NAMED = 300
STREAMS = """
select distinct originator_id from es.event
where tenant_id = %s and position <= %s and split_part(topic, '.', 1) = any(%s)
"""
NAMING = STREAMS + " and convert_from(state, 'UTF8') ~ %s"
COMMAND_BEGAN = """
select min(position) from es.event
where tenant_id = %s and position between %s and %s and meta::jsonb ->> 'command' = %s
"""
EARLIER = """
select distinct originator_id from es.event
where tenant_id = %s and position >= %s and position < %s and split_part(topic, '.', 1) = %s
"""
# A command leaves a few hundred events at most: a series of 53 visits leaves 107.
LONGEST_COMMAND = 400
# Between the look of a decision and its append others may have got in; no decision looks longer than this.
MOST_BETWEEN = 60


@dataclass(frozen=True)
class Moment:
    """The streams and claims of one position. Implements AggregateStore for looking, Totals and Agenda."""

    tenant_id: UUID
    events: Mapping[UUID, Sequence[DomainEvent]]
    at: datetime
    position: int
    held_by: dict[tuple[str, str], dict[UUID, list[Claim]]] = field(default_factory=dict)

    def find_all(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        """The streams as they stood."""
        found = {stream: self._fold(kind, stream) for stream, kind in kinds.items()}
        return {stream: one for stream, one in found.items() if one is not None}

    def read(self, kind: type[A], aggregate_id: UUID) -> A | None:
        """One stream as it stood."""
        return self._fold(kind, aggregate_id)

    def load(self, kind: type[A], aggregate_id: UUID) -> A:
        """One stream that must have been there."""
        found = self._fold(kind, aggregate_id)
        if found is None:
            raise NotFound
        return found

    def as_of(self, kind: type[A], aggregate_id: UUID, at: AsOf) -> A:
        """The past of the past is not asked for."""
        return self.load(kind, aggregate_id)

    def rely_on(self, aggregate_id: UUID, version: int) -> None:
        """Nothing is appended, so nothing needs a guard."""

    def held(
        self, kinds: Sequence[str], keys: Sequence[str], *, start: datetime, end: datetime
    ) -> Sequence[Held]:
        """The live claims over these intervals."""
        found = [
            Held(kind, key, claim.holder, claim.units, claim.starts_at, claim.ends_at)
            for kind in kinds
            for key in dict.fromkeys(keys)
            for claim in self._live(kind, key)
            if claim.starts_at and claim.ends_at and claim.ends_at > start and claim.starts_at < end
        ]
        return sorted(found, key=lambda one: (one.starts_at, one.holder))

    def busy(
        self,
        kinds: Sequence[str],
        keys: Sequence[str],
        *,
        start: datetime,
        end: datetime,
        without: UUID | None = None,
    ) -> Mapping[str, Occupancy]:
        """The same by key, without those of one holder."""
        taken: dict[str, list[tuple[datetime, datetime, int]]] = {}
        for one in self.held(kinds, keys, start=start, end=end):
            if one.holder != without:
                taken.setdefault(one.key, []).append((one.starts_at, one.ends_at, one.units))
        return {key: Occupancy(spans) for key, spans in taken.items()}

    def known(self) -> "Moment":
        """The catalogue of that moment is the moment itself."""
        return self

    def streams(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        """Streams of the catalogue as they stood."""
        return self.find_all(kinds)

    def of(self, kind: str, key: str, *, without: UUID, same_up_to: int | None = None) -> int:
        """Units taken of an amount."""
        return sum(claim.units for claim in self._live(kind, key) if claim.holder != without)

    def taken(self, amounts: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Units taken of several amounts."""
        return {(kind, key): sum(one.units for one in self._live(kind, key)) for kind, key in amounts}

    def holder(self, kind: str, key: str, *, personal: bool = False) -> UUID | None:
        """Who held a unique fact."""
        return next((claim.holder for claim in self._live(kind, key)), None)

    def holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        """Everyone who held a part, in the order of taking."""
        return tuple(self.held_by.get((kind, key), {}))

    def holders_of(self, kind: str, keys: Sequence[str], *, personal: bool = False) -> Mapping[str, UUID]:
        """Who held which of these unique facts."""
        found = {key: self.holder(kind, key) for key in keys}
        return {key: holder for key, holder in found.items() if holder is not None}

    def _live(self, kind: str, key: str) -> Iterator[Claim]:
        for claims in self.held_by.get((kind, key), {}).values():
            yield from (one for one in claims if one.expires_at is None or one.expires_at > self.at)

    def _fold(self, kind: type[A], stream: UUID) -> A | None:
        found: A | None = folding(kind)(None, self.events.get(stream, ()))
        return found


class BookingPast:
    """Reads what a decision could have read."""

    def __init__(self, engine: Engine, tenant_id: UUID, ports: Ports) -> None:
        self._application = TenantApplication(engine, tenant_id)
        self._pool = engine.pool
        self._tenant_id = tenant_id
        self._ports = ports

    def grounds(self, decision: DomainEvent, *, site_id: UUID) -> Iterator[tuple[int, Ground]]:
        """The ground before the decision's command, and before that of every event that may have come between."""
        recorded = decision.recorded
        assert recorded is not None
        before = self._began(decision) - 1
        log = self._log(before, site_id)
        at = before
        while at >= max(before - MOST_BETWEEN, 0):
            moment = self._moment(log, at, recorded.recorded_at)
            ports: Any = {"agenda": moment, "totals": moment, "catalogue": moment}
            store: Any = moment
            yield at, Ground(self._tenant_id, store, replace(self._ports, **ports), decision.occurred_at)
            # What else was different then is only where something that counts happened.
            at = max((event.position for event in log if event.position <= at), default=0) - 1

    def earlier(self, decision: DomainEvent) -> list[Visit]:
        """The visits that the same command agreed to before this one."""
        began = self._began(decision)
        rows = self._rows(EARLIER, self._tenant_id, began, decision.position, "appointment")
        events = self._events(rows, decision.position - 1)
        return [
            event.visit
            for event in events
            if event.position >= began and isinstance(event, SlotHeld | AppointmentRequested)
        ]

    def _began(self, decision: DomainEvent) -> int:
        recorded = decision.recorded
        if recorded is None or recorded.command_id is None:
            return decision.position
        rows = self._rows(
            COMMAND_BEGAN,
            self._tenant_id,
            decision.position - LONGEST_COMMAND,
            decision.position,
            str(recorded.command_id),
        )
        return int(rows[0][0] or decision.position)

    def _log(self, until: int, site_id: UUID) -> list[DomainEvent]:
        """Everything that counts, in order."""
        catalogue = self._events(self._rows(STREAMS, self._tenant_id, until, list(CATALOGUE)), until)
        there = self._moment(catalogue, until, datetime.max)
        named = (
            *there.holders(PRACTITIONER_AT, str(site_id)),
            *there.holders(RESOURCE_AT, str(site_id)),
        )
        if not named:
            return catalogue
        if len(named) > MOST_NAMED:
            visits = self._rows(STREAMS, self._tenant_id, until, list(VISITS))
        else:
            pattern = "|".join(re.escape(str(one)) for one in named)
            visits = self._rows(NAMING, self._tenant_id, until, list(VISITS), pattern)
        return sorted([*catalogue, *self._events(visits, until)], key=lambda event: event.position)

    def _events(self, rows: Sequence[Sequence[Any]], until: int) -> list[DomainEvent]:
        streams = self._application.events_of_streams([stream for (stream,) in rows])
        events = [event for stream in streams.values() for event in stream if event.position <= until]
        return sorted(events, key=lambda event: event.position)

    def _moment(self, log: Sequence[DomainEvent], position: int, at: datetime) -> Moment:
        """Folds events and claims up to a position."""
        streams: dict[UUID, list[DomainEvent]] = {}
        folded: dict[UUID, Aggregate] = {}
        moment = Moment(self._tenant_id, streams, at, position)
        for event in log:
            if event.position > position:
                break
            stream = event.originator_id
            one = folded.get(stream) or AGGREGATE_OF[type(event)].new(stream)
            folded[stream] = one
            claims = one.claims(event)
            for release in claims.released:
                moment.held_by.get((release.kind, str(release.key)), {}).pop(release.holder, None)
            taken: dict[tuple[str, str], list[Claim]] = {}
            for claim in claims.taken:
                taken.setdefault((claim.kind, str(claim.key)), []).append(claim)
            for place, mine in taken.items():
                holders = moment.held_by.setdefault(place, {})
                holders.pop(stream, None)  # who takes again stands last, as in the claims themselves
                holders[stream] = mine
            one.apply(event)
            streams.setdefault(stream, []).append(event)
        return moment

    def _rows(self, statement: str, *parameters: Any) -> Sequence[Sequence[Any]]:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            return connection.execute(statement, parameters).fetchall()
