"""What can an auditor ask of a tenant's log? Its events, its past, its proofs, and whether anyone changed it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from adapters.audit.ledger import FeedFilter, FeedPage, Ledger, line_of
from adapters.audit.sealing import NotSealedYet, Sealer, SealsDisagree, line_of_seal
from adapters.audit.verifier import (
    FORMAT,
    NOTHING,
    Finding,
    Report,
    Seal,
    Verification,
    merkle_levels,
    merkle_path,
)
from adapters.event_store.application import Engine, TenantApplication
from adapters.event_store.store import TenantStore, folding
from application.ports.store import AsOf
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound, RuleBroken

SNAPSHOTS = """
select s.originator_id, s.originator_version, s.topic, s.state, e.position
from es.snapshot s
join es.event e on e.tenant_id = s.tenant_id and e.originator_id = s.originator_id
  and e.originator_version = s.originator_version
where s.tenant_id = %s and (s.originator_id, s.originator_version) > (%s, %s)
order by s.originator_id, s.originator_version
limit %s
"""
SNAPSHOT_PAGE = 50
NO_ID = UUID(int=0)
# Fields of an event that name the person it is about, in the order in which they are looked for.
CONCERNED = ("traveller_id", "member_id", "subject_id", "owner_id")


@dataclass(frozen=True)
class Verified:
    """A report, and how many snapshots were compared with a replay."""

    report: Report
    snapshots: int
    inside: int
    outside: int


@dataclass(frozen=True)
class Proof:
    """One event, the seal over it, and the way from one to the other."""

    event: dict[str, Any]
    previous_hash: bytes
    path: list[bytes]
    seal: Seal


class LogDamaged(RuleBroken):
    """An event here cannot be read as it is stored; POST /api/v1/audit/verify names what was changed."""


@contextmanager
def _told_when_damaged() -> Iterator[None]:
    """Whoever damaged the log must not be able to hide behind an error of ours."""
    try:
        yield
    except (MapperDeserialisationError, psycopg.DataError, ValueError, LookupError, TypeError):
        raise LogDamaged from None


class Auditing:
    """The auditor's questions, for any tenant."""

    def __init__(
        self,
        ledger: Ledger,
        sealer: Sealer,
        engine: Engine,
        aggregate_of: Mapping[type[DomainEvent], type[Aggregate]],
    ) -> None:
        self.sealer = sealer
        self._ledger = ledger
        self._engine = engine
        self._aggregate_of = aggregate_of

    # Reading

    def found(self, tenant_id: UUID, wanted: FeedFilter, *, after: int, limit: int) -> FeedPage:
        """One page of the feed, as stored."""
        with _told_when_damaged():
            return self._ledger.found(tenant_id, wanted, after=after, limit=limit)

    def decoded(self, tenant_id: UUID, page: FeedPage) -> list[DomainEvent]:
        """The events of a page."""
        mapper: Any = TenantApplication(self._engine, tenant_id).mapper
        with _told_when_damaged():
            return [mapper.to_domain_event(stored) for stored in page.stored]

    def concerned(self, tenant_id: UUID, streams: Sequence[UUID]) -> dict[UUID, UUID]:
        """Whom each stream is about, as far as its first event says."""
        with _told_when_damaged():
            people = {
                UUID(str(stored.originator_id)): _named(json.loads(stored.state))
                for stored in self._ledger.beginnings(tenant_id, streams)
            }
        return {stream: person for stream, person in people.items() if person is not None}

    def as_of(self, tenant_id: UUID, stream_id: UUID, at: AsOf) -> Aggregate:
        """A stream as it stood, whatever it is a stream of. Refuses NotFound."""
        beginnings = self._ledger.beginnings(tenant_id, [stream_id])
        if not beginnings:
            raise NotFound
        with _told_when_damaged():
            kind = self._aggregate_of[self._engine.topics.event_class(beginnings[0].topic)]
            return TenantStore(TenantApplication(self._engine, tenant_id)).as_of(kind, stream_id, at)

    def head(self, tenant_id: UUID) -> int:
        """The position of the last event."""
        return self._ledger.head(tenant_id).position

    # Proving

    def verify(self, tenant_id: UUID) -> Verified:
        """Recomputes the chain up to its head, compares snapshots with a replay and judges every seal."""
        head = self._ledger.head(tenant_id)
        check = Verification(tenant_id, [self.sealer.public_key])
        for event in self._ledger.events(tenant_id, upto=head.position):
            check.event(event)
        outside = self._outside(tenant_id, check)
        snapshots = self._compare_snapshots(tenant_id, head.position, check.findings)
        inside = {seal.digest(): seal for seal in self.sealer.seals(tenant_id)}
        # The files carry the hashes they seal, so they are the ones to judge by.
        seals = {**inside, **{seal.digest(): seal for seal in outside}}
        if self._ledger.head(tenant_id).position > head.position:
            # The log has grown meanwhile: a younger seal would seem to prove events that were lost.
            seals = {key: seal for key, seal in seals.items() if seal.to_position <= head.position}
        report = check.finish(head.position, head.chain_hash, seals.values())
        gone = [seal for seal in outside if seal.digest() not in inside]
        if gone and not report.findings:
            detail = "a seal that lies outside the database is gone from it"
            report.findings.append(Finding(min(seal.to_position for seal in gone), "seal missing", detail))
        return Verified(report, snapshots, len(inside), len(outside))

    def proof(self, tenant_id: UUID, position: int) -> Proof:
        """That one event is among those a seal covers. Refuses NotFound and NotSealedYet."""
        event = next(self._ledger.events(tenant_id, after=position - 1, upto=position), None)
        if event is None:
            raise NotFound
        seal = self.sealer.covering(tenant_id, position)
        hashes = self._ledger.hashes(tenant_id, seal.from_position, seal.to_position)
        before = self._ledger.hashes(tenant_id, position - 1, position - 1).get(position - 1, NOTHING)
        path = merkle_path(hashes.values(), position - seal.from_position)
        return Proof(line_of(event), before, path, seal)

    def proofs(self, tenant_id: UUID, positions: Sequence[int]) -> Iterator[tuple[int, Proof | None]]:
        """The same for many events, in order: one look at each seal. None: no seal covers the event yet."""
        seal: Seal | None = None
        first: dict[int, bytes] = {}
        levels: list[list[bytes]] = []
        for position in sorted(set(positions)):
            if seal is None or position > seal.to_position:
                try:
                    seal = self.sealer.covering(tenant_id, position)
                except NotSealedYet:
                    yield position, None
                    continue
                first = self._ledger.hashes(tenant_id, seal.from_position - 1, seal.to_position)
                levels = merkle_levels(first[at] for at in range(seal.from_position, seal.to_position + 1))
            event = next(self._ledger.events(tenant_id, after=position - 1, upto=position))
            path = _path_in(levels, position - seal.from_position)
            yield position, Proof(line_of(event), first.get(position - 1, NOTHING), path, seal)

    def export(self, tenant_id: UUID) -> Iterator[str]:
        """The log as lines of JSON, up to where it stands now: a header, the seals, the events, an end."""
        head = self._ledger.head(tenant_id)
        seals = [seal for seal in self.sealer.seals(tenant_id) if seal.to_position <= head.position]
        yield _line(
            {
                "kind": "export",
                "format": FORMAT,
                "tenant_id": str(tenant_id),
                "head": head.position,
                "chain_hash": head.chain_hash.hex(),
                "keys": [self.sealer.public_key.hex()],
            }
        )
        for seal in seals:
            yield _line(line_of_seal(seal))
        events = 0
        for event in self._ledger.events(tenant_id, upto=head.position):
            events += 1
            yield _line(line_of(event))
        yield _line({"kind": "end", "events": events, "seals": len(seals)})

    def _outside(self, tenant_id: UUID, check: Verification) -> list[Seal]:
        try:
            return self.sealer.outside(tenant_id)
        except SealsDisagree as refusal:
            check.find(1, "seals disagree", refusal.detail)
            return []

    def _compare_snapshots(self, tenant_id: UUID, head: int, findings: list[Finding]) -> int:
        """How many snapshots were compared. Those of an older shape are ignored, as everywhere."""
        compared, after = 0, (NO_ID, 0)
        application = TenantApplication(self._engine, tenant_id)
        while rows := self._ledger.ask(tenant_id, SNAPSHOTS, (tenant_id, *after, SNAPSHOT_PAGE)):
            for stream, version, topic, state, position in rows:
                kind = self._engine.topics.snapshot_class(topic)
                if kind is None or position > head:
                    continue
                compared += 1
                if not _is_confirmed(application, kind, StoredEvent(stream, version, topic, bytes(state))):
                    detail = f"the snapshot of stream {stream} at version {version} differs from a replay"
                    findings.append(Finding(position, "snapshot", detail))
            after = rows[-1][:2]
        return compared


def _named(payload: dict[str, Any]) -> UUID | None:
    named = next((payload[name] for name in CONCERNED if payload.get(name)), None)
    return None if named is None else UUID(named)


def _is_confirmed(application: TenantApplication, kind: type[Aggregate], stored: StoredEvent) -> bool:
    mapper: Any = application.mapper
    try:
        kept = mapper.to_domain_event(stored).aggregate
        replayed: Any = application.history.get(kept.id, version=kept.version, projector_func=folding(kind))
    except (MapperDeserialisationError, ValueError, LookupError):
        return False
    return bool(kept == replayed)


def _path_in(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    path = []
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index //= 2
    return path


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
