"""How do commands reach the log in one round trip: alone by the short way, or as a party?"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from eventsourcing.persistence import OperationalError
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from adapters.event_store.outcomes import Outcome
from adapters.event_store.stored import TenantStoredEvent
from adapters.failpoints import failpoint
from adapters.postgres.array_text import integers, octets, texts, uuids
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from adapters.vault.tenant_key import TenantKey
from application.kernel.context import CommandId
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, PersonalKey, Release

APPEND = """
select outcome, first_position, last_position, detail::text
from es.append_events(%s, %s::uuid[], %s::bytea[], %s::int[], %s::jsonb,
                      %s::uuid[], %s::bigint[], %s::text[], %s::bytea[], %s::uuid[], %s::text[])
"""
# One event: plain values, and for an answer the position, or null if anything is amiss.
APPEND_ONE = "select es.append_event(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[], %s::bigint[], %s::jsonb)"
# `json.dumps` with options makes an encoder for every text.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
ATTEMPTS = 3
MANY = 16

# Somebody may watch a call: told how many commands leave, then what became of each.
Observe = Callable[[int], AbstractContextManager[Callable[[Sequence[Outcome]], None]]]


@contextmanager
def _unobserved() -> Iterator[Callable[[Sequence[Outcome]], None]]:
    yield lambda outcomes: None


@dataclass(frozen=True)
class ObservedTotal:
    """An amount a decision read, without its own holder's part. The decision stands while the amount
    is the same or, up to `same_up_to`, whatever it is."""

    kind: str
    key: str
    without: UUID
    units: int
    same_up_to: int | None = None


@dataclass(frozen=True)
class AppendRequest:
    """One command as the append sees it. `settle` logs a command that appends nothing."""

    events: Sequence[TenantStoredEvent]
    command: CommandId | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[UUID, int] = field(default_factory=dict)
    totals: Sequence[ObservedTotal] = ()
    claims: Claims = NO_CLAIMS
    settle: Mapping[str, Any] | None = None


class Appender:
    """Sends append requests of one tenant as one call, through a pool of the app role."""

    def __init__(
        self, pool: ConnectionPool, claim_key: "ClaimKeys", observe: Observe = lambda commands: _unobserved()
    ) -> None:
        self._pool = pool
        self._claim_keys = claim_key
        self._observe = observe

    def __call__(self, tenant_id: UUID, requests: Sequence[AppendRequest]) -> list[Outcome]:
        with self._observe(len(requests)) as outcomes:
            answered = self._send(tenant_id, requests)
            outcomes(answered)
        return answered

    def _send(self, tenant_id: UUID, requests: Sequence[AppendRequest]) -> list[Outcome]:
        short = self.one_event(tenant_id, requests)
        parameters: tuple[Any, ...] | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                failpoint("cmd.before_begin")
                with translated_errors(), borrowed(self._pool) as connection:
                    position = short and connection.execute(APPEND_ONE, short).fetchall()[0][0]
                    if position:
                        outcomes = [Outcome("appended", position, position, None)]
                    else:
                        parameters = parameters or self._parameters(tenant_id, requests)
                        rows = connection.execute(APPEND, parameters).fetchall()
                        outcomes = [_outcome(*row) for row in rows]
                failpoint("cmd.after_insert")
                if attempt > 1:
                    outcomes = self._recognise_own(tenant_id, requests, outcomes)
                return outcomes
            except OperationalError:
                # The commit may have happened although its answer was lost: the same ids go again.
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def one_event(self, tenant_id: UUID, requests: Sequence[AppendRequest]) -> tuple[Any, ...] | None:
        """The parameters of the short way, if these requests can take it."""
        if len(requests) != 1 or len((request := requests[0]).events) != 1:
            return None
        if request.totals or request.settle or request.claims.released:
            return None
        sole: str | None = None
        if request.claims.taken:
            taken, others = _named_once(request.claims.taken)
            if others or len(taken) >= MANY:
                return None
            sole = json.dumps([self._claim(tenant_id, claim) for claim in taken])
        (event,), command, guards = request.events, request.command, request.guards
        return (
            tenant_id,
            command and command.id,
            command and command.request_hash,
            event.originator_id,
            event.originator_version,
            event.topic,
            event.state,
            event.event_id,
            canonical({**request.provenance, **event.meta}),
            uuids(guards) if guards else None,
            integers(guards.values()) if guards else None,
            sole,
        )

    def _parameters(self, tenant_id: UUID, requests: Sequence[AppendRequest]) -> tuple[Any, ...]:
        commands = [request.command for request in requests]
        events = [event for request in requests for event in request.events]
        extras = [self._extra(tenant_id, request) for request in requests]
        return (
            tenant_id,
            uuids(command.id if command else None for command in commands),
            octets(command.request_hash if command else None for command in commands),
            integers(len(request.events) for request in requests),
            Jsonb(extras) if any(extras) else None,
            uuids(event.originator_id for event in events),
            integers(event.originator_version for event in events),
            texts(event.topic for event in events),
            octets(event.state for event in events),
            uuids(event.event_id for event in events),
            texts(
                canonical({**request.provenance, **event.meta})
                for request in requests
                for event in request.events
            ),
        )

    def _extra(self, tenant_id: UUID, request: AppendRequest) -> dict[str, Any] | None:
        extra: dict[str, Any] = {}
        if request.guards:
            extra["guards"] = [[str(stream), version] for stream, version in request.guards.items()]
        if request.totals:
            extra["totals"] = [
                [total.kind, total.key, str(total.without), total.units, total.same_up_to]
                for total in request.totals
            ]
        if request.claims.released:
            extra["releases"] = [self._release(tenant_id, release) for release in request.claims.released]
        facts, others = _many_facts(request.claims.taken)
        sole, others = _named_once(others)
        if facts:
            extra["facts"] = [
                [kind, [key for key, _ in pairs], [str(holder) for _, holder in pairs]]
                for kind, pairs in facts.items()
            ]
        if sole:
            extra["sole"] = [self._claim(tenant_id, claim) for claim in sole]
        if others:
            extra["claims"] = [self._claim(tenant_id, claim) for claim in others]
        if request.settle:
            extra["settle"] = dict(request.settle)
        return extra or None

    def _release(self, tenant_id: UUID, release: Release) -> list[str]:
        return [
            release.kind,
            self._claim_keys.text(tenant_id, release.kind, release.key),
            str(release.holder),
        ]

    def _claim(self, tenant_id: UUID, claim: Claim) -> dict[str, Any]:
        values: dict[str, Any] = {
            "kind": claim.kind,
            "key": self._claim_keys.text(tenant_id, claim.kind, claim.key),
            "holder": str(claim.holder),
            "units": claim.units,
            "capacity": claim.capacity,
            "shape": claim.shape,
        }
        for name in ("starts_at", "ends_at", "expires_at"):
            instant = getattr(claim, name)
            if instant is not None:
                values[name] = instant.isoformat()
        return values

    def _recognise_own(
        self, tenant_id: UUID, requests: Sequence[AppendRequest], outcomes: list[Outcome]
    ) -> list[Outcome]:
        """After a lost acknowledgement, finds the events of the earlier try by their ids."""
        return [
            self._own_positions(tenant_id, request) or outcome
            if outcome.name in ("stale", "replayed") and request.events
            else outcome
            for request, outcome in zip(requests, outcomes, strict=True)
        ]

    def _own_positions(self, tenant_id: UUID, request: AppendRequest) -> Outcome | None:
        first = request.events[0]
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(
                "select position, event_id from es.read_stream(%s, %s, %s, %s)",
                (tenant_id, first.originator_id, first.originator_version - 1, first.originator_version),
            ).fetchall()
        if [event_id for _, event_id in rows] != [first.event_id]:
            return None
        position = rows[0][0]
        return Outcome("appended", position, position + len(request.events) - 1, None)


def _many_facts(
    taken: Sequence[Claim],
) -> tuple[dict[str, list[tuple[str, UUID]]], Sequence[Claim]]:
    """Unique facts, by kind, where one command takes so many that they are worth a statement of their own.

    Kinds that name a key twice, or a person, stay with the others, which are judged one by one.
    """
    if len(taken) < MANY:
        return {}, taken
    facts: dict[str, dict[str, UUID]] = {}
    others, spoilt = [], set()
    for claim in taken:
        if claim.kind in spoilt or not _is_fact(claim):
            others.append(claim)
        elif claim.key in (known := facts.setdefault(claim.kind, {})):
            spoilt.add(claim.kind)
        else:
            known[str(claim.key)] = claim.holder
    if spoilt:
        return {}, taken
    return {kind: list(pairs.items()) for kind, pairs in facts.items()}, others


def _named_once(claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Places for one whose key the command names once, which are judged together; and the others."""
    named = Counter((claim.kind, claim.key) for claim in claims)
    sole: list[Claim] = []
    others: list[Claim] = []
    for claim in claims:
        alone = named[claim.kind, claim.key] == 1 and claim.shape == "interval"
        (sole if alone and claim.capacity == claim.units == 1 else others).append(claim)
    return sole, others


def _is_fact(claim: Claim) -> bool:
    return (
        claim.shape == "interval"
        and claim.capacity == 1
        and claim.starts_at is None
        and claim.ends_at is None
        and claim.expires_at is None
        and isinstance(claim.key, str)
    )


class ClaimKeys:
    """Writes claim keys; those that name a person as an HMAC under the tenant's key."""

    def __init__(self, tenant_key: TenantKey) -> None:
        self._tenant_key = tenant_key

    def text(self, tenant_id: UUID, kind: str, key: str | PersonalKey) -> str:
        """The key as the claim table holds it."""
        if isinstance(key, str):
            return key
        secret = self._tenant_key(tenant_id)
        return hmac.new(secret, f"{kind}:{key.value}".encode(), hashlib.sha256).hexdigest()


def _outcome(name: str, first: int | None, last: int | None, detail: str | None) -> Outcome:
    # The driver would build a JSON loader for every answer, and hardly one has a detail.
    return Outcome(name, first, last, None if detail is None else json.loads(detail))


def canonical(meta: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the bytes the chain covers."""
    return _CANONICAL.encode(meta)
