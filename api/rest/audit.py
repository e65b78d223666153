"""What may an auditor see, and how can they be sure of it? The log, its past, its seals, its proofs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from adapters.bootstrap import FeedFilter, Proof, Verified, line_of_seal, verifier
from api.rest.conventions import Listing, View, link_to_next, listing_name
from api.rest.findings import ErrorPlace
from api.rest.history import FactView
from api.rest.problems import RequestInvalid
from api.rest.session import CursorText, Limit, PublicDep, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.ports.store import AsOf
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.refusals import NotFound

router = Shelf(prefix="/api/v1/audit", tags=["audit"], route_class=StrictRoute)

# A hash of a password is nobody's business, although the log has to keep it.
WITHHELD_FIELDS = frozenset({"password_hash"})
WITHHELD = "[withheld]"
MOST_FINDINGS = 100
LARGEST = 2**63 - 1

Topic = Annotated[str | None, Query(pattern=r"^[a-z0-9.-]{1,100}$", description="for example trip.booked.v1")]
Position = Annotated[int | None, Query(ge=0, le=LARGEST)]


class AuditFact(FactView):
    """One event of the log: who, for whom, when, why and under which command."""

    stream_id: UUID
    category: str = Field(description="what the stream is: trip, policy, member")
    for_id: UUID | None = Field(description="the person the stream is about, if it is about one")

    @classmethod
    def about(cls, event: DomainEvent, concerned: Mapping[UUID, UUID]) -> Self:
        """The event, with whom it concerns."""
        fact = FactView.of(event)
        return cls(
            **{**dict(fact), "facts": shown(fact.facts)},
            stream_id=event.originator_id,
            category=event.TOPIC.partition(".")[0],
            for_id=concerned.get(event.originator_id),
        )


class AuditFeed(Listing[AuditFact]):
    """One page of the log. It may be short, or empty, although `next_cursor` says that more follow."""


class StateAsOf(View):
    """A stream as it stood. `basis` says which of the three was asked, `at` what its value was."""

    stream_id: UUID
    category: str
    basis: Literal["position", "known_at", "occurred_at"]
    at: int | datetime = Field(description="the position, or the time, that was asked for")
    version: int = Field(description="the version of the stream that this is")
    state: dict[str, Any]


class SealView(View):
    """A signed statement: these events, and no others, had this Merkle root. Binary values in hexadecimal."""

    kind: Literal["seal"]
    tenant_id: UUID
    from_position: int
    to_position: int
    root: str = Field(description="of the Merkle tree over the events' hashes, as in RFC 6962")
    chain_tip: str = Field(description="the hash of the last of them")
    previous: str = Field(description="SHA-256 of the seal before; zeros for the first")
    sealed_at: str
    key: str = Field(description="the Ed25519 public key; see /api/v1/audit/keys")
    signature: str

    @classmethod
    def of(cls, seal: verifier.Seal) -> Self:
        """The seal without the hashes it covers."""
        line = line_of_seal(seal)
        line.pop("leaves", None)
        return cls(**line)


class SealList(Listing[SealView]):
    """One page of seals."""


class StoredFact(View):
    """One event as it is stored; personal fields are ciphertext."""

    kind: Literal["event"]
    position: int
    event_id: UUID
    stream_id: UUID
    version: int
    topic: str
    recorded_at: str
    meta: str
    chain_hash: str
    state: str | None = None
    state_base64: str | None = Field(None, description="instead of state, where it is no text")


class InclusionProof(View):
    """That one event is among those a seal covers. `escale audit verify` accepts the document as it is."""

    kind: Literal["proof"] = "proof"
    event: StoredFact
    previous_hash: str = Field(description="the chain_hash of the event before; zeros at position 1")
    path: list[str] = Field(description="the siblings from the event's leaf to the root")
    seal: SealView

    @classmethod
    def of(cls, proof: Proof) -> Self:
        """The proof as a document."""
        return cls(
            event=StoredFact(**proof.event),
            previous_hash=proof.previous_hash.hex(),
            path=[each.hex() for each in proof.path],
            seal=SealView.of(proof.seal),
        )


class FindingView(View):
    """Something that is not as it was recorded."""

    position: int
    what: str
    detail: str


class Verification(View):
    """What a verification counted and found."""

    verified: bool
    head: int
    chain_hash: str
    events: int
    snapshots: int = Field(description="compared with a replay")
    seals: int = Field(description="in the database")
    seals_outside: int = Field(description="found outside the database")
    sealed_to: int = Field(description="the last position a seal covers")
    first_broken_position: int | None
    findings: list[FindingView] = Field(description=f"{MOST_FINDINGS} at most, in order")

    @classmethod
    def of(cls, verified: Verified) -> Self:
        """The report, in figures."""
        report = verified.report
        return cls(
            verified=not report.findings,
            head=report.head,
            chain_hash=report.chain_hash.hex(),
            events=report.events,
            snapshots=verified.snapshots,
            seals=verified.inside,
            seals_outside=verified.outside,
            sealed_to=report.sealed_to,
            first_broken_position=min((each.position for each in report.findings), default=None),
            findings=[FindingView(**vars(each)) for each in report.findings[:MOST_FINDINGS]],
        )


class AuditKey(View):
    """A key that signs seals."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str = Field(description="32 bytes in hexadecimal")


class AuditKeys(View):
    """The keys that sign seals."""

    data: list[AuditKey]


class Lines(StreamingResponse):
    """One JSON document per line."""

    media_type = "application/x-ndjson"


@router.get("/events", operation_id="list_audit_events", summary="Read the log")
def list_audit_events(
    session: SessionDep,
    topic: Topic = None,
    stream: UUID | None = None,
    actor: UUID | None = None,
    command: UUID | None = None,
    recorded_from: Instant | None = None,
    recorded_until: Instant | None = None,
    occurred_from: Instant | None = None,
    occurred_until: Instant | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> AuditFeed:
    """Every event of the company in the order of its position, oldest first. `until` is exclusive."""
    wanted = FeedFilter(
        topic, stream, actor, command, recorded_from, recorded_until, occurred_from, occurred_until
    )
    return AuditFeed(**vars(_feed(session, wanted, vars(wanted), limit=limit, cursor=cursor)))


@router.get("/streams/{stream_id}", operation_id="get_audit_stream", summary="Read one stream")
def get_audit_stream(
    stream_id: UUID, session: SessionDep, limit: Limit = 50, cursor: CursorText = None
) -> AuditFeed:
    """Every event of one stream, oldest first: who, for whom, when, why and under which command."""
    wanted = FeedFilter(stream=stream_id)
    page = _feed(session, wanted, {"stream": stream_id}, limit=limit, cursor=cursor)
    if not page.data and cursor is None:
        raise NotFound
    return AuditFeed(**vars(page))


@router.get("/streams/{stream_id}/as-of", operation_id="get_audit_state", summary="See a stream as it stood")
def get_audit_state(
    stream_id: UUID,
    session: SessionDep,
    position: Position = None,
    known_at: Annotated[Instant | None, Query(description="what the log knew at this time")] = None,
    occurred_at: Annotated[Instant | None, Query(description="what was true at this time")] = None,
) -> StateAsOf:
    """The state after the events up to one point; name one of the three, or none for the latest position."""
    given = {"position": position, "known_at": known_at, "occurred_at": occurred_at}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        detail = "Name only one of position, known_at and occurred_at."
        raise RequestInvalid(errors=[ErrorPlace(pointer=f"/{named[1]}", detail=detail, location="query")])
    auditing = session.house.auditing
    if not named:
        named, given["position"] = ["position"], auditing.head(session.tenant_id)
    aggregate = auditing.as_of(session.tenant_id, stream_id, AsOf(**given))  # type: ignore[arg-type]
    return StateAsOf(
        stream_id=stream_id,
        category=aggregate.CATEGORY,
        basis=named[0],
        at=given[named[0]],
        version=aggregate.version,
        state=shown(aggregate.model_dump(mode="json", exclude={"id", "version"})),
    )


@router.post("/verify", operation_id="verify_audit_log", summary="Verify the log")
def verify_audit_log(session: SessionDep) -> Verification:
    """Recomputes the whole chain, compares snapshots with a replay and judges every seal, inside and outside."""
    session.refuse_if_match()
    return Verification.of(session.house.auditing.verify(session.tenant_id))


@router.get("/seals", operation_id="list_audit_seals", summary="List seals")
def list_audit_seals(session: SessionDep, limit: Limit = 50, cursor: CursorText = None) -> SealList:
    """The seals of the company's log, oldest first."""
    after = _after(session, {}, cursor)
    seals = session.house.auditing.sealer.seals(session.tenant_id, after=after, limit=limit + 1)
    more = seals[limit - 1].from_position if len(seals) > limit else None
    data = [SealView.of(seal) for seal in seals[:limit]]
    return SealList(data=data, next_cursor=_following(session, {}, more))


@router.post("/seals", operation_id="seal_audit_log", summary="Seal the log now")
def seal_audit_log(session: SessionDep) -> SealView:
    """Signs everything that is not sealed yet. Without new events, answers the latest seal."""
    session.refuse_if_match()
    return SealView.of(session.house.auditing.sealer.seal(session.tenant_id))


@router.get("/events/{position}/proof", operation_id="get_audit_proof", summary="Prove one event")
def get_audit_proof(position: int, session: SessionDep) -> InclusionProof:
    """Proves that one event is among those a seal covers, without showing any other event."""
    if not 0 < position <= LARGEST:
        raise NotFound
    return InclusionProof.of(session.house.auditing.proof(session.tenant_id, position))


@router.get("/export", operation_id="export_audit_log", summary="Export the log", response_class=Lines)
def export_audit_log(session: SessionDep) -> Lines:
    """The whole log with its seals, one JSON document per line, as stored: personal fields stay ciphertext."""
    headers = {"Content-Disposition": f'attachment; filename="audit-{session.tenant_id}.ndjson"'}
    return Lines(session.house.auditing.export(session.tenant_id), headers=headers)


@router.get("/keys", operation_id="list_audit_keys", summary="Get the keys of seals")
def list_audit_keys(door: PublicDep) -> AuditKeys:
    """The public keys that verify seals. Keep them where nobody who could change the log can change them."""
    return AuditKeys(data=[AuditKey(public_key=door.house.auditing.sealer.public_key.hex())])


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, without those that are withheld from everyone."""
    return {
        name: WITHHELD if name in WITHHELD_FIELDS and value is not None else value
        for name, value in values.items()
    }


def _feed(
    session: Session, wanted: FeedFilter, filters: Mapping[str, Any], *, limit: int, cursor: str | None
) -> Listing[AuditFact]:
    auditing = session.house.auditing
    page = auditing.found(session.tenant_id, wanted, after=_after(session, filters, cursor), limit=limit)
    events = auditing.decoded(session.tenant_id, page)
    concerned = auditing.concerned(session.tenant_id, [event.originator_id for event in events])
    return Listing(
        data=[AuditFact.about(event, concerned) for event in events],
        next_cursor=_following(session, filters, page.next_after),
    )


def _after(session: Session, filters: Mapping[str, Any], cursor: str | None) -> int:
    if cursor is None:
        return 0
    return int(session.house.cursors.read(session.tenant_id, _name(session, filters), cursor)[0])


def _following(session: Session, filters: Mapping[str, Any], after: int | None) -> str | None:
    if after is None:
        return None
    cursor = session.house.cursors.write(session.tenant_id, _name(session, filters), (after,))
    link_to_next(session.request, cursor)
    return cursor


def _name(session: Session, filters: Mapping[str, Any]) -> str:
    return listing_name(session.operation, filters)
