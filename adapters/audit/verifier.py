"""Is an export of the log what was recorded? One file, the standard library, no trust in who wrote the export.

Run it by itself: `python verifier.py export.ndjson [--seals DIRECTORY] [--key HEX]`. It verifies an export,
one event's inclusion proof, or the PDF of an ESG report, whose figures it adds up again. Status 0: everything
holds; 1: something was changed; 2: not readable.
The recipe it follows is the section "Audit" of the README.
"""

import argparse
import json
import re
import struct
import sys
import zlib
from base64 import a85decode, b64decode
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from hashlib import sha256, sha512
from pathlib import Path
from typing import IO, Any
from uuid import UUID

FORMAT = "escale-audit/1"
SEAL_PREFIX = b"escale ledger seal v1\0"
NOTHING = bytes(32)
EPOCH_2000 = datetime(2000, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 -- also for Pythons before 3.11
MOST_FINDINGS = 1_000
LONGEST_LINE = 16_777_216  # characters; a longer line is read in pieces, and none of them is readable

HASH, SIGNATURE = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{128}")
ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00")
TEXT = re.compile("(?s).*")
# What stands in a line besides these fields would be covered by no hash and read by somebody all the same.
HEADER_FIELDS = frozenset("kind format tenant_id head chain_hash keys".split())
EVENT_FIELDS = frozenset(
    "kind position event_id stream_id version topic recorded_at meta chain_hash state state_base64".split()
)
SEAL_FIELDS = frozenset(
    "kind tenant_id from_position to_position root chain_tip previous sealed_at key signature leaves".split()
)
PROOF_FIELDS = frozenset("kind event previous_hash path seal".split())
END_FIELDS = frozenset("kind events seals".split())
RANKS = {"seal": 1, "event": 2, "end": 3}


@dataclass(frozen=True)
class Event:
    """One row of the log; `recorded_at` in microseconds since 2000-01-01 UTC."""

    position: int
    event_id: UUID
    stream_id: UUID
    version: int
    recorded_at: int
    topic: str
    state: bytes
    meta: str
    chain_hash: bytes


def event_hash(tenant_id: UUID, previous: bytes, event: Event) -> bytes:
    """What the event's `chain_hash` must be, after the `chain_hash` of the event before (32 zeros at first)."""
    return sha256(
        previous
        + tenant_id.bytes
        + struct.pack(">q", event.position)
        + event.event_id.bytes
        + event.stream_id.bytes
        + struct.pack(">qq", event.version, event.recorded_at)
        + sha256(event.topic.encode()).digest()
        + sha256(event.state).digest()
        + sha256(event.meta.encode()).digest()
    ).digest()


# Reading: one way to write each line, so that whoever reads it sees what the hashes cover


def fields_of(text: str) -> dict[str, Any]:
    """The fields of one JSON object, each standing once. Raises ValueError."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field stands twice")
    return fields


def _refuse(number: str) -> Any:
    raise ValueError(f"{number[:20]} is no whole number")


def _only(line: dict[str, Any], known: Set[str]) -> None:
    if not isinstance(line, dict) or not line.keys() <= known:
        raise ValueError("it has other fields than it should")


def _text(line: dict[str, Any], name: str, form: "re.Pattern[str]" = TEXT) -> str:
    text = line.get(name)
    if not isinstance(text, str) or not form.fullmatch(text):
        raise ValueError(f"{name} is not written as it should be")
    return text


def _hash(line: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(_text(line, name, HASH))


def _id(line: dict[str, Any], name: str) -> UUID:
    return UUID(_text(line, name, ID))


def _number(line: dict[str, Any], name: str, least: int = 1) -> int:
    number = line.get(name)
    if type(number) is not int or not least <= number < 1 << 63:
        raise ValueError(f"{name} is no number from {least} up")
    return number


def event_of(line: dict[str, Any]) -> Event:
    """The event of one line of an export. Raises ValueError where it could be read in two ways."""
    _only(line, EVENT_FIELDS)
    packed = line.get("state_base64")
    if (packed is None) == (line.get("state") is None):
        raise ValueError("its state stands twice or not at all")
    return Event(
        position=_number(line, "position"),
        event_id=_id(line, "event_id"),
        stream_id=_id(line, "stream_id"),
        version=_number(line, "version"),
        recorded_at=microseconds(_text(line, "recorded_at", TIME)),
        topic=_text(line, "topic"),
        state=_text(line, "state").encode() if packed is None else _unpacked(line, "state_base64"),
        meta=_text(line, "meta"),
        chain_hash=_hash(line, "chain_hash"),
    )


def _unpacked(line: dict[str, Any], name: str) -> bytes:
    return b64decode(_text(line, name), validate=True)


def microseconds(text: str) -> int:
    """A time of RFC 3339 as PostgreSQL counts it."""
    return (datetime.fromisoformat(text) - EPOCH_2000) // timedelta(microseconds=1)


# Merkle trees as in RFC 6962: leaves and nodes cannot be taken for each other


def merkle_levels(leaves: Iterable[bytes]) -> list[list[bytes]]:
    """Every level of the tree over the event hashes, from the leaves to the root; an odd node moves up as it is."""
    levels = [[sha256(b"\0" + leaf).digest() for leaf in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [sha256(b"\1" + below[at] + below[at + 1]).digest() for at in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def merkle_path(leaves: Iterable[bytes], index: int) -> list[bytes]:
    """The siblings on the way from one leaf to the root."""
    path = []
    for level in merkle_levels(leaves)[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index //= 2
    return path


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to; None when the path does not fit the tree's size."""
    node, last, siblings = sha256(b"\0" + leaf).digest(), size - 1, list(path)
    if not 0 <= index < size:
        return None
    while last:
        if index % 2 or index < last:
            if not siblings:
                return None
            sibling = siblings.pop(0)
            node = sha256(b"\1" + (sibling + node if index % 2 else node + sibling)).digest()
        index, last = index // 2, last // 2
    return None if siblings else node


@dataclass(frozen=True)
class Seal:
    """A signed statement about the events from one position to another, chained to the seal before."""

    tenant_id: UUID
    from_position: int
    to_position: int
    root: bytes
    chain_tip: bytes
    previous: bytes
    sealed_at: int
    key: bytes
    signature: bytes = b""
    leaves: tuple[bytes, ...] = field(default=(), compare=False)  # only in the files outside the database

    def statement(self) -> bytes:
        """The bytes that are signed."""
        return (
            SEAL_PREFIX
            + self.tenant_id.bytes
            + struct.pack(">qq", self.from_position, self.to_position)
            + self.root
            + self.chain_tip
            + self.previous
            + struct.pack(">q", self.sealed_at)
            + self.key
        )

    @property
    def size(self) -> int:
        """How many events it covers."""
        return self.to_position - self.from_position + 1

    def digest(self) -> bytes:
        """What the next seal names as `previous`."""
        return sha256(self.statement() + self.signature).digest()

    def is_signed(self) -> bool:
        """Does the signature fit the statement and the key it names?"""
        return verify_signature(self.key, self.statement(), self.signature)


def seal_of(line: dict[str, Any]) -> Seal:
    """The seal of one line of an export, or of one file. Raises ValueError where it could be read in two ways."""
    _only(line, SEAL_FIELDS)
    packed = b"" if line.get("leaves") is None else _unpacked(line, "leaves")
    first = _number(line, "from_position")
    return Seal(
        tenant_id=_id(line, "tenant_id"),
        from_position=first,
        to_position=_number(line, "to_position", first),
        root=_hash(line, "root"),
        chain_tip=_hash(line, "chain_tip"),
        previous=_hash(line, "previous"),
        sealed_at=microseconds(_text(line, "sealed_at", TIME)),
        key=_hash(line, "key"),
        signature=bytes.fromhex(_text(line, "signature", SIGNATURE)),
        leaves=tuple(packed[start : start + 32] for start in range(0, len(packed), 32)),
    )


# Ed25519 (RFC 8032), verification only

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _add(one: Point, two: Point) -> Point:
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def verify_signature(key: bytes, message: bytes, signature: bytes) -> bool:
    """Is this the key's signature of the message?"""
    if len(key) != 32 or len(signature) != 64 or BASE is None:
        return False
    public, commitment = _point(key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = _times(scalar, BASE), _add(commitment, _times(challenge, public))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was recorded, and the first position it concerns."""

    position: int
    what: str
    detail: str


@dataclass(frozen=True)
class Report:
    """What a verification saw. Events after `sealed_to` are covered by the chain alone."""

    tenant_id: UUID
    events: int
    head: int
    chain_hash: bytes
    seals: int
    sealed_to: int
    keys: tuple[bytes, ...]
    findings: list[Finding]


class Verification:
    """Takes a tenant's events one by one, in the order in which they are found, and then judges the seals."""

    def __init__(self, tenant_id: UUID, keys: Iterable[bytes] = ()) -> None:
        self.tenant_id = tenant_id
        self.findings: list[Finding] = []
        self._keys = tuple(keys)
        self._hashes: dict[int, bytes] = {}
        self._late: set[int] = set()
        self.last = 0

    def find(self, position: int, what: str, detail: str) -> None:
        """Notes something that is wrong."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(position, what, detail))

    def event(self, event: Event) -> None:
        """Checks one event against its place and the event before."""
        position = event.position
        if position in self._hashes:
            self.find(position, "doubled", "there are two events at this position")
            return
        if position <= self.last:
            self._late.add(position)
        previous = NOTHING if position == 1 else self._hashes.get(position - 1)
        if previous is not None and event_hash(self.tenant_id, previous, event) != event.chain_hash:
            self.find(position, "altered", "the event does not have the hash that was recorded with it")
        self._hashes[position] = event.chain_hash
        self.last = max(self.last, position)

    def finish(self, head: int, chain_hash: bytes, given: Iterable[Seal]) -> Report:
        """Judges what is missing, the end of the log and every seal."""
        seals = sorted(given, key=lambda seal: (seal.from_position, seal.to_position))
        for position in sorted(self._late):
            self.find(position, "out of order", "the event stands after later ones")
        sealed_to = max((seal.to_position for seal in seals), default=0)
        known = {finding.position for finding in self.findings if finding.what == "unreadable"}
        for first, last in self._gaps(max(head, sealed_to, self.last)):
            if not any(first <= position <= last for position in known):
                self.find(first, "missing", _missing(first, last, self.last, sealed_to))
        if self.last > head:
            self.find(head + 1, "beyond the end", f"the log is said to end at {head}")
        if self._hashes.get(head, chain_hash if head else NOTHING) != chain_hash:
            self.find(head, "altered", "the last event does not have the hash that the head of the log names")
        self._judge_seals(seals)
        self.findings.sort(key=lambda finding: finding.position)
        return Report(
            tenant_id=self.tenant_id,
            events=len(self._hashes),
            head=self.last,
            chain_hash=self._hashes.get(self.last, NOTHING),
            seals=len(seals),
            sealed_to=sealed_to,
            keys=tuple(dict.fromkeys(seal.key for seal in seals)),
            findings=self.findings,
        )

    def _gaps(self, upto: int) -> Iterator[tuple[int, int]]:
        before = 0
        for position in sorted((*self._hashes, upto + 1)):
            if position > before + 1:
                yield before + 1, position - 1
            before = max(before, position)

    def _judge_seals(self, seals: Sequence[Seal]) -> None:
        expected, previous = 1, NOTHING
        for seal in seals:
            at = seal.from_position
            if seal.tenant_id != self.tenant_id:
                self.find(at, "foreign seal", "the seal belongs to another tenant")
                continue
            if self._keys and seal.key not in self._keys:
                self.find(at, "foreign key", "the seal is signed with a key that is not trusted")
            elif not seal.is_signed():
                self.find(at, "forged seal", "the seal's signature does not fit")
            if at > expected:
                self.find(expected, "seal missing", f"no seal covers {expected} to {at - 1}")
            elif at < expected:
                self.find(at, "seals disagree", "two seals cover this event")
            elif seal.previous != previous:
                self.find(at, "seals disagree", "the seal does not follow the one before")
            self._judge_range(seal)
            expected, previous = seal.to_position + 1, seal.digest()

    def _judge_range(self, seal: Seal) -> None:
        """The hashes of the sealed range against the root; with the leaves of a file, position by position."""
        positions = range(seal.from_position, seal.to_position + 1)
        fits = len(seal.leaves) == seal.size and merkle_levels(seal.leaves)[-1][0] == seal.root
        if seal.leaves and not fits:
            self.find(seal.from_position, "altered", "the hashes beside the seal do not lead to its root")
        if fits:
            pairs = zip(positions, seal.leaves, strict=True)
            wrong = next((at for at, leaf in pairs if self._hashes.get(at, leaf) != leaf), None)
            if wrong is not None:
                self.find(wrong, "rewritten", f"the seal up to {seal.to_position} names another event here")
        elif all(position in self._hashes for position in positions):
            hashes = [self._hashes[position] for position in positions]
            if not hashes or merkle_levels(hashes)[-1][0] != seal.root or hashes[-1] != seal.chain_tip:
                self.find(
                    seal.from_position,
                    "rewritten",
                    f"events {seal.from_position} to {seal.to_position} are not those that were sealed",
                )


def _missing(first: int, last: int, end: int, sealed_to: int) -> str:
    what = f"event {first} is missing" if first == last else f"events {first} to {last} are missing"
    proof = f"a seal proves them up to {sealed_to}" if sealed_to >= first else "the export announces them"
    return what if first <= end else f"{what} at the end of the log: {proof}"


class Lines:
    """Takes an export line by line: its header, the seals, the events by position, one end, nothing after it."""

    def __init__(self, header: dict[str, Any], keys: Iterable[bytes]) -> None:
        _only(header, HEADER_FIELDS)
        if header.get("kind") != "export" or header.get("format") != FORMAT:
            raise ValueError
        self.head, self.chain_hash = _number(header, "head", 0), _hash(header, "chain_hash")
        self.named_keys = {_hash({"key": key}, "key") for key in header["keys"]}
        self.check = Verification(_id(header, "tenant_id"), keys)
        self.seals: list[Seal] = []
        self._end: dict[str, Any] | None = None
        self._events = self._reached = 0

    def take(self, number: int, line: str) -> None:
        """One line; what is wrong with it is a finding."""
        try:
            record = fields_of(line)
            kind = record.get("kind")
            if kind not in RANKS:
                raise ValueError("it is of no known kind")
            if self._end is not None:
                raise ValueError("it stands after the end")
            if RANKS[kind] < self._reached:
                raise ValueError(f"a line of the kind {kind} stands too late")
            self._reached = RANKS[kind]
            self._take(kind, record)
        except ValueError as error:
            self.check.find(self.check.last + 1, "unreadable", f"line {number} cannot be read: {error}")

    def _take(self, kind: str, record: dict[str, Any]) -> None:
        if kind == "event":
            self.check.event(event_of(record))
            self._events += 1
        elif kind == "seal":
            seal = seal_of(record)
            if self.seals and seal.from_position <= self.seals[-1].from_position:
                raise ValueError("the seal stands after a later one")
            self.seals.append(seal)
        else:
            _only(record, END_FIELDS)
            self._end = {name: _number(record, name, 0) for name in ("events", "seals")}

    def finish(self, outside: Iterable[Seal]) -> Report:
        """Judges the whole, with the seals kept elsewhere; where both have a seal, theirs has the hashes too."""
        check = self.check
        if self._end is None:
            check.find(check.last + 1, "cut off", "the export has no end line")
        foreign = next((seal for seal in self.seals if seal.key not in self.named_keys), None)
        if foreign is not None:
            check.find(foreign.from_position, "foreign key", "the export names another key than its seal")
        seals = {seal.digest(): seal for seal in (*self.seals, *outside)}
        report = check.finish(self.head, self.chain_hash, seals.values())
        counted = {"events": self._events, "seals": len(self.seals)}
        if not report.findings and counted != self._end:
            detail = "the end line counts other events or seals than there are"
            report.findings.append(Finding(check.last, "cut off", detail))
        return report


def verify_lines(
    lines: Iterable[str], outside: Iterable[Seal] | None = None, keys: Iterable[bytes] = ()
) -> Report:
    """Verifies an export, with the seals in it and those kept elsewhere. Raises ValueError when it is none."""
    several, trusted = iter(lines), tuple(keys)
    try:
        export = Lines(fields_of(next(several)), trusted)
    except (StopIteration, KeyError, TypeError, ValueError):
        raise ValueError(f"this is no export in the format {FORMAT}") from None
    for number, line in enumerate(several, 2):
        export.take(number, line)
    # A folder of seals may hold those of every tenant.
    theirs = [seal for seal in outside or () if seal.tenant_id == export.check.tenant_id]
    if outside is not None and not theirs:
        export.check.find(1, "seal missing", "none of the seals kept elsewhere is of this tenant")
    if trusted and not theirs and not export.seals:
        export.check.find(1, "seal missing", "a key is named, and no seal vouches for any event")
    return export.finish(theirs)


def verify_proof(proof: dict[str, Any], keys: Iterable[bytes] = ()) -> list[Finding]:
    """Verifies that one event is among those a seal covers, without seeing any other. Raises ValueError."""
    _only(proof, PROOF_FIELDS)
    event, seal = event_of(proof.get("event", {})), seal_of(proof.get("seal", {}))
    if not isinstance(proof.get("path"), list):
        raise ValueError("the proof has no path")
    trusted, path = tuple(keys), [_hash({"path": each}, "path") for each in proof["path"]]
    findings = []
    if event_hash(seal.tenant_id, _hash(proof, "previous_hash"), event) != event.chain_hash:
        findings.append(Finding(event.position, "altered", "the event does not have its hash"))
    if root_of_path(event.chain_hash, event.position - seal.from_position, seal.size, path) != seal.root:
        findings.append(Finding(event.position, "not included", "the path does not lead to the seal's root"))
    if (trusted and seal.key not in trusted) or not seal.is_signed():
        findings.append(Finding(event.position, "forged seal", "the seal's signature or key does not fit"))
    return findings


def seals_in(path: Path) -> list[Seal]:
    """The seals in a file, or in every file of a directory. Raises ValueError for what is none."""
    return [_seal_in(file) for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]


def _seal_in(file: Path) -> Seal:
    try:
        return seal_of(fields_of(file.read_text("utf-8")))
    except ValueError as error:
        raise ValueError(f"{file} holds no seal: {error}") from None


def told(report: Report) -> Iterator[str]:
    """A report in sentences."""
    yield f"tenant {report.tenant_id}: {report.events} events"
    yield f"chain up to position {report.head}: {report.chain_hash.hex()}"
    yield f"{report.seals} seals, up to position {report.sealed_to}; after that the chain alone vouches"
    for key in report.keys:
        yield f"sealed with key {key.hex()}: compare it with GET /api/v1/audit/keys"
    for finding in report.findings:
        yield f"BROKEN at position {finding.position}: {finding.what}: {finding.detail}"
    yield _verdict(report)


def _verdict(report: Report) -> str:
    if report.findings:
        return "Something was changed."
    if not report.events:
        return "Everything holds, and there is no event in it."
    if report.sealed_to >= report.head:
        return "Everything holds."
    return f"Everything holds. Events {report.sealed_to + 1} to {report.head} have no seal yet."


def told_of_proof(proof: dict[str, Any], findings: Sequence[Finding]) -> Iterator[str]:
    """A proof in sentences."""
    seal, position = seal_of(proof["seal"]), proof["event"]["position"]
    yield f"tenant {seal.tenant_id}, events {seal.from_position} to {seal.to_position}"
    yield f"sealed with key {seal.key.hex()}: compare it with GET /api/v1/audit/keys"
    for finding in findings:
        yield f"BROKEN at position {finding.position}: {finding.detail}"
    if not findings:
        yield f"Event {position} is what was sealed."


# ESG reports (PDF): the attachment is read with zlib, every figure is added up again, and no page may show another

EVIDENCE = "escale-esg-evidence/1"
PUBLISHED = "esg-report.published.v1"
LINE_FIELDS = frozenset(
    "line_id subject occurred_on scope category part activity mode quantity unit factor method location_g market_g "
    "is_estimate grade positions site department route trip_id variant market_factor market_quantity "
    "market_basis".split()
)
TABLES = {
    "scopes": "scope",
    "categories": "category",
    "months": "month",
    "sites": "site",
    "departments": "department",
    "modes": "mode",
    "routes": "route",
}
HALF_WIDTHS = {1: 5, 2: 10, 3: 20, 4: 50}
NAMED_ROUTES = 20
RECALCULATION_SHARE = Decimal("0.05")
LONGEST_TRAIN_HOURS = Decimal(4)
LEVERS = ("rail_instead_of_flight", "economy_instead_of_premium")
NO_MINOR_DIGITS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
THREE_MINOR_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
MOST_OBJECTS = 1_000_000
PDF_OBJECT = re.compile(rb"\s*(\d+) 0 obj\s*")
PDF_STREAM = re.compile(rb"\nstream\r?\n")
PDF_TEXT = re.compile(rb"/(F\d+(?:\+\d+)?) [-\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", re.DOTALL)
PDF_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
AMOUNTS = {
    b"en": re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})*\.\d{3}(?!\d)"),
    b"fr": re.compile(r"(?<![\d.,])\d{1,3}(?:[\u00a0 ]\d{3})*,\d{3}(?!\d)"),
}


class Pdf:
    """A PDF as ReportLab writes it: one table of objects, at the end. Raises ValueError for any other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._bodies: dict[int, tuple[bytes, bytes]] = {}
        place = data.rfind(b"startxref")
        end = re.fullmatch(rb"startxref\s+(\d+)\s+%%EOF\s*", data[place:]) if place >= 0 else None
        if not data.startswith(b"%PDF-") or end is None:
            raise ValueError("it is no PDF, or not a whole one")
        table = data[int(end[1]) : place]
        head = re.match(rb"xref\s+0 (\d+)\s*\n", table)
        if head is None or b"/Prev" in table or int(head[1]) > MOST_OBJECTS:
            raise ValueError("the PDF was changed after it was written, or another program wrote it")
        entries = re.findall(rb"(\d{10}) \d{5} n", table)
        if len(entries) != int(head[1]) - 1:
            raise ValueError("the PDF's table of objects is damaged")
        for number, offset in enumerate(entries, 1):
            self._bodies[number] = self._object(number, int(offset))

    def _object(self, number: int, offset: int) -> tuple[bytes, bytes]:
        begins = PDF_OBJECT.match(self._data, offset)
        if begins is None or int(begins[1]) != number:
            raise ValueError(f"object {number} of the PDF is not where it should be")
        ends = self._data.find(b"endobj", begins.end())
        stream = PDF_STREAM.search(self._data, begins.end(), ends)
        if stream is None:
            return self._data[begins.end() : ends], b""
        body = self._data[begins.end() : stream.start()]
        length = re.search(rb"/Length (\d+)", body)
        if length is None:
            raise ValueError(f"object {number} of the PDF has no length")
        return body, self._data[stream.end() : stream.end() + int(length[1])]

    def attachment(self) -> bytes:
        """The only file inside, unpacked."""
        found = [number for number, (body, _) in self._bodies.items() if b"/Type /EmbeddedFile" in body]
        if len(found) != 1:
            raise ValueError("the PDF carries no evidence, or more than one file")
        return self._unpacked(found[0])

    def language(self) -> bytes:
        """The language the document says it is in."""
        said = [
            match[1]
            for body, _ in self._bodies.values()
            for match in [re.search(rb"/Lang \((..)", body)]
            if match
        ]
        if len(said) != 1 or said[0] not in AMOUNTS:
            raise ValueError("the PDF is in no language of these reports")
        return said[0]

    def pages(self) -> Iterator[str]:
        """What can be read on each page, piece by piece."""
        fonts = self._fonts()
        for body, _ in self._bodies.values():
            contents = re.search(rb"/Contents (\d+) 0 R", body) if b"/Type /Page\n" in body + b"\n" else None
            if contents is not None:
                yield "\n".join(_shown(self._unpacked(int(contents[1])), fonts))

    def _fonts(self) -> dict[bytes, dict[int, str]]:
        found: dict[bytes, dict[int, str]] = {}
        for body, _ in self._bodies.values():
            name = re.search(rb"/Name /(F\d+(?:\+\d+)?)", body)
            letters = re.search(rb"/ToUnicode (\d+) 0 R", body)
            if name is not None and letters is not None:
                pairs = re.findall(rb"<([0-9A-F]{2})> <([0-9A-F]{4,})>", self._unpacked(int(letters[1])))
                found[name[1]] = {int(one, 16): _letters(other) for one, other in pairs}
        return found

    def _unpacked(self, number: int) -> bytes:
        body, stream = self._bodies.get(number, (b"", b""))
        try:
            if b"/ASCII85Decode" in body:
                stream = a85decode(stream.strip().removesuffix(b"~>"))
            return zlib.decompress(stream) if b"/FlateDecode" in body else stream
        except (zlib.error, ValueError):
            raise ValueError(f"object {number} of the PDF cannot be unpacked") from None


def _letters(code: bytes) -> str:
    return bytes.fromhex(code.decode()).decode("utf-16-be", "replace") if len(code) % 4 == 0 else "?"


def _shown(content: bytes, fonts: dict[bytes, dict[int, str]]) -> Iterator[str]:
    letters: dict[int, str] = {}
    for font, text in PDF_TEXT.findall(content):
        if font:
            letters = fonts.get(font, {})
        else:
            yield "".join(letters.get(byte, chr(byte)) for byte in PDF_ESCAPE.sub(_escaped, text))


def _escaped(match: "re.Match[bytes]") -> bytes:
    code = match[1]
    return (
        bytes([int(code, 8) & 255])
        if code.isdigit()
        else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(code, code)
    )


def _decimal(line: dict[str, Any], name: str) -> Decimal:
    return Decimal(_text(line, name, re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")))


def _grams(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _milli(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.001"), ROUND_HALF_UP)


class Recount:
    """Adds up the lines of one period, in the order in which they stand."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = sha256()
        self.total = [0, 0]
        self.tables: dict[str, dict[str, list[int]]] = {name: {} for name in TABLES}
        self.grades: dict[tuple[str, int], list[int]] = {}
        self.estimate = self.by_location = 0
        self.months: dict[str, list[int]] = {}
        self.factors: dict[tuple[str, ...], list[int]] = {}
        self.sources: dict[tuple[str, ...], set[str]] = {}
        self.activities: dict[tuple[str, str], list[Any]] = {}
        self.methods: set[str] = set()
        self.days: list[str] = []  # the first and the last
        self.trips: set[str] = set()
        self.flights: dict[tuple[str, str], list[Any]] = {}
        self.wrong: list[str] = []
        self.names: set[str] = set()

    def line(self, text: str) -> None:
        """One line. Raises ValueError where it cannot be read."""
        self.digest.update(text.encode() + b"\n")
        line = fields_of(text)
        if line.keys() != LINE_FIELDS:
            raise ValueError("a line has other fields than it should")
        self.count += 1
        location, market = line["location_g"], line["market_g"]
        if type(location) is not int or type(market) is not int:
            raise ValueError("a line's grams are no whole numbers")
        self._compute(line, location, market)
        day, mode = _text(line, "occurred_on"), _text(line, "mode")
        line["month"] = day[:7]
        self.days = [min([day, *self.days]), max([day, *self.days])]
        self.methods.add(line["method"])
        route = line["route"] if mode in ("flight", "rail", "ferry") else None
        for table, name in TABLES.items():
            value = route if name == "route" else line[name]
            cell = self.tables[table].setdefault("unassigned" if value in (None, "") else str(value), [0, 0])
            cell[0] += location
            cell[1] += market
        self.total[0] += location
        self.total[1] += market
        month = self.months.setdefault(f"{day[:7]}-01", [0, 0, 0, 0])
        if line["scope"] == 2:
            month[1] += location
            month[2] += market
        else:
            month[0 if line["scope"] == 1 else 3] += location
        grade = self.grades.setdefault((line["category"], line["grade"]), [0, 0])
        grade[0] += location
        grade[1] += market
        self.estimate += location if line["is_estimate"] else 0
        if line["trip_id"] is not None:
            self.trips.add(line["trip_id"])
        self.names.update(str(line[name]) for name in ("site", "department", "route") if line[name])
        self._compare(line, location)

    def _compare(self, line: dict[str, Any], location: int) -> None:
        """What other years and other ways to travel are compared with."""
        factor = line["factor"]
        if factor is None:
            return
        quantity, mode = _decimal(line, "quantity"), line["mode"]
        what = f"{line['activity']}|{line['variant']}|{line['part']}"
        activity = self.activities.setdefault((mode, what), [Decimal(0), 0, set()])
        activity[0] += quantity
        activity[1] += location
        activity[2].add(f"{factor['publisher']} {factor['year']} ({line['method']})")
        if mode != "flight" or line["unit"] != "passenger-km" or line["part"] == "upstream":
            return
        if not line["route"]:
            return
        cabin, _, forcing = line["variant"].partition("|")
        cabin_key = f"{line['activity']}|{cabin or '-'}|{factor['year']}|{forcing or '-'}"
        for lever in zip(LEVERS, (line["route"], cabin_key)):  # noqa: B905 -- also for Pythons before 3.10
            flown = self.flights.setdefault(lever, [0, Decimal(0), 0])
            flown[0] += 1
            flown[1] += quantity
            flown[2] += location

    def _compute(self, line: dict[str, Any], location: int, market: int) -> None:
        """quantity x factor = grams, or a gram beside it where one fact was split over months."""
        quantity, name = _decimal(line, "quantity"), line["line_id"]
        pairs = [("factor", location)]
        if line["scope"] == 2:
            pairs.append(("market_factor", market))
            if line["market_basis"] in (None, "location_fallback"):
                self.by_location += market
            if line["market_factor"] is None and market != location:
                self.wrong.append(f"line {name} has a market-based figure that no factor explains")
        elif market != location:
            self.wrong.append(f"line {name} is not of scope 2 and has two figures")
        for which, grams in pairs:
            factor = line[which]
            if factor is None:
                continue
            if which == "market_factor" and line["market_quantity"] is not None:
                quantity = _decimal(line, "market_quantity")
            if abs(quantity * _decimal(factor, "value") * 1000 - grams) > 1:
                self.wrong.append(f"line {name}: {line['quantity']} x {factor['value']} is not {grams} g")
            row = (
                factor["publisher"],
                str(factor["year"]),
                factor["id"],
                factor["value"],
                line["unit"],
                line["method"],
            )
            self.sources.setdefault((*row, which), set()).add(factor["source"])
            used = self.factors.setdefault((*row, which), [0, 0])
            used[0] += 1
            used[1] += grams

    def uncertainty(self) -> Decimal:
        """The half-width of the total in percent: grades of one category move together."""
        squares = sum(
            (Decimal(HALF_WIDTHS[grade] * cell[0]) ** 2 for (_, grade), cell in sorted(self.grades.items())),
            Decimal(0),
        )
        with localcontext() as context:
            context.prec = 50
            width = squares.sqrt() / abs(self.total[0]) if self.total[0] else Decimal(0)
        return width.quantize(Decimal("0.1"), ROUND_HALF_UP)

    def changes_since(self, before: "Recount") -> dict[str, list[Any]]:
        """By mode: the editions of both years, what the newer factors make of these quantities, and if it matters."""
        effects: dict[str, list[Any]] = {}
        for key, (quantity, grams, editions) in sorted(self.activities.items()):
            old_quantity, old_grams, old_editions = before.activities.get(key, (Decimal(0), 0, editions))
            if editions != old_editions and old_quantity:
                effect = effects.setdefault(key[0], [set(), set(), Decimal(0)])
                effect[0] |= old_editions
                effect[1] |= editions
                effect[2] += grams - quantity * old_grams / old_quantity
        least = RECALCULATION_SHARE * abs(before.total[0])
        return {
            mode: [_listed(olds), _listed(news), _grams(effect), abs(_grams(effect)) >= least]
            for mode, (olds, news, effect) in effects.items()
        }

    def shown(self, table: str) -> dict[str, list[int]]:
        """A table as the report shows it: of routes the largest, and one row for the others."""
        rows = self.tables[table]
        if table != "routes":
            return rows
        named = sorted((key for key in rows if key != "unassigned"), key=lambda key: (-rows[key][0], key))
        shown = {key: rows[key] for key in named[:NAMED_ROUTES]}
        if named[NAMED_ROUTES:]:
            rest = [rows[key] for key in named[NAMED_ROUTES:]]
            shown["others"] = [sum(row[0] for row in rest), sum(row[1] for row in rest)]
        return shown | ({"unassigned": rows["unassigned"]} if "unassigned" in rows else {})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))[:200]


class Evidence:
    """The attachment of a report: its figures, and the lines they must follow from. Raises ValueError."""

    def __init__(self, attachment: bytes) -> None:
        lines = attachment.decode("utf-8").split("\n")
        self.head = fields_of(lines[0])
        _only(self.head, frozenset("kind format tenant_id report_id content proof".split()))
        if self.head.get("kind") != "evidence" or self.head.get("format") != EVIDENCE:
            raise ValueError(f"the attachment is no evidence in the format {EVIDENCE}")
        self.content = json.loads(
            _text(self.head, "content"), object_pairs_hook=_once, parse_constant=_refuse
        )
        self.position = _number(self.content, "position", 0)
        self.recounts = {name: Recount() for name in ("this", "previous", "base")}
        self.findings: list[Finding] = []
        self._expected = iter(
            [*(f'{{"kind":"lines","of":"{name}"}}' for name in self.recounts), '{"kind":"end"}']
        )
        self._take(lines[1:])

    def _take(self, lines: Sequence[str]) -> None:
        following, names = next(self._expected), iter(self.recounts)
        current: Recount | None = None
        for number, text in enumerate(lines, 2):
            if text == following:
                if text == '{"kind":"end"}':
                    if any(lines[number - 1 :]):
                        raise ValueError("something stands after the end of the evidence")
                    return
                current, following = self.recounts[next(names)], next(self._expected)
            elif current is None:
                raise ValueError(f"line {number} of the evidence stands before the first period")
            else:
                current.line(text)
        raise ValueError("the evidence is cut off")

    def find(self, what: str, detail: str) -> None:
        """Notes something that does not add up."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(self.position, what, detail))

    def same(self, name: str, said: Any, found: Any) -> None:
        """A figure of the report against what the lines come to."""
        if said != found:
            self.find("figure", f"{name}: the report says {said}, its lines come to {found}")

    def judge(self, keys: Iterable[bytes]) -> None:
        """Everything but the pages."""
        content, this = self.content, self.recounts["this"]
        self._judge_proof(keys)
        for which, recount in self.recounts.items():
            for detail in recount.wrong:
                self.find("arithmetic", f"{which}: {detail}")
        self.same("lines", content["lines"], this.count)
        self.same("digest of the lines", content["lines_sha256"], this.digest.hexdigest())
        self.same("total", _amount(content["total"]), this.total)
        for table in TABLES:
            self.same(table, {row["key"]: _amount(row) for row in content[table]}, this.shown(table))
        self.same(
            "months by scope",
            {
                row["month"]: [
                    row["scope_1_g"],
                    row["scope_2_location_g"],
                    row["scope_2_market_g"],
                    row["scope_3_g"],
                ]
                for row in content["months_by_scope"]
            },
            this.months,
        )
        self.same("trips", content["trips"], len(this.trips))
        self.same("market-based by location", content["market_by_location_g"], this.by_location)
        quality = content["quality"]
        self.same("estimates", quality["estimate_g"], this.estimate)
        self.same("uncertainty", Decimal(quality["uncertainty_percent"]), this.uncertainty())
        grades: dict[str, list[int]] = {}
        for (_, grade), cell in this.grades.items():
            sums = grades.setdefault(str(grade), [0, 0])
            sums[0] += cell[0]
            sums[1] += cell[1]
        self.same("grades", {row["key"]: _amount(row) for row in quality["grades"]}, grades)
        self.same("methods", content["methods"], sorted(this.methods))
        self._judge_factors()
        self._judge_compared()
        self._judge_intensities()
        self._judge_trajectories()
        self._judge_levers()

    def _judge_proof(self, keys: Iterable[bytes]) -> None:
        proof = self.head["proof"]
        if not isinstance(proof, dict) or not proof:
            self.find("not proven", "no event of the log vouches for the report")
            return
        for finding in verify_proof(proof, keys):
            self.find(finding.what, f"the publication: {finding.detail}")
        event = proof["event"]
        said = json.loads(event.get("state") or "{}")
        if event["topic"] != PUBLISHED or event["stream_id"] != self.head["report_id"]:
            self.find("foreign", "the event is not the publication of this report")
        if proof["seal"]["tenant_id"] != self.head["tenant_id"]:
            self.find("foreign", "the seal belongs to another tenant")
        digest = sha256(self.head["content"].encode()).hexdigest()
        for name, found in (
            ("content_sha256", digest),
            ("lines_sha256", self.content["lines_sha256"]),
            ("lines", self.content["lines"]),
            ("snapshot_position", self.position),
        ):
            if said.get(name) != found:
                self.find("altered", f"{name} is not what was published")

    def _judge_factors(self) -> None:
        said = {
            (
                row["publisher"], str(row["year"]), row["id"], _digits(row["value"]), row["unit"], row["method"],
                "market_factor" if row["is_market"] else "factor",
            ): [row["lines"], row["g"]]
            for row in self.content["factors"]
        }  # fmt: skip
        this = self.recounts["this"]
        found = {(*key[:3], _digits(key[3]), *key[4:]): used for key, used in this.factors.items()}
        self.same("factors", said, found)
        for row in self.content["factors"]:
            if not any(row["source"] in sources for sources in this.sources.values()):
                self.find("figure", f"no line names the source {row['source']} of factor {row['id']}")

    def _judge_compared(self) -> None:
        previous, base, this = self.content["previous"], self.content["base"], self.recounts["this"]
        self._judge_days("this", self.content["start"], self.content["end"])
        is_shared = bool(base and previous and base["year"] == previous["year"])
        for compared, name in ((previous, "previous"), (base, "previous" if is_shared else "base")):
            if compared is None:
                continue
            years = compared["year"] - int(self.content["start"][:4])
            for end in ("start", "end"):
                self.same(f"{end} of {compared['year']}", compared[end], _shifted(self.content[end], years))
            scopes = {row["key"]: _amount(row) for row in compared["scopes"]}
            if compared["is_declared"]:
                sums = [sum(row[at] for row in scopes.values()) for at in (0, 1)]
                self.same(f"total of {compared['year']}", _amount(compared["total"]), sums)
                self.same(f"changes since {compared['year']}", compared["changes"], [])
                continue
            recount = self.recounts[name]
            self._judge_days(name, compared["start"], compared["end"])
            self.same(f"digest of {compared['year']}", compared["lines_sha256"], recount.digest.hexdigest())
            self.same(f"total of {compared['year']}", _amount(compared["total"]), recount.total)
            self.same(f"scopes of {compared['year']}", scopes, recount.tables["scopes"])
            said = {
                row["mode"]: [row["before"], row["after"], row["effect_g"], row["is_recalculation_due"]]
                for row in compared["changes"]
            }
            self.same(f"effects since {compared['year']}", said, this.changes_since(recount))

    def _judge_days(self, name: str, start: str, end: str) -> None:
        days = self.recounts[name].days
        if days and not start <= days[0] <= days[1] < end:
            self.find("figure", f"{name}: lines of {days[0]} to {days[1]} are not of {start} to {end}")

    def _judge_intensities(self) -> None:
        """Head count and revenue are the company's word; what the report divides by them is not."""
        content, this = self.content, self.recounts["this"]
        travel = this.tables["categories"].get("business_travel")
        by: list[tuple[str, Decimal, list[int]]] = []
        if content["head_count"]:
            by.append(("employee", Decimal(content["head_count"]), this.total))
        if this.trips and travel:
            by.append(("trip", Decimal(len(this.trips)), travel))
        if content["annual_revenue"] and content["annual_revenue"]["amount_minor"]:
            revenue = _revenue(content["annual_revenue"]) / 1000 * self._months() / 12
            by.append((f"k{content['annual_revenue']['currency']}", _milli(revenue), this.total))
        found = {
            per: [divisor, *(_milli(Decimal(grams) / 1000 / divisor) for grams in amounts)]
            for per, divisor, amounts in by
            if divisor
        }
        said = {
            row["per"]: [Decimal(row[name]) for name in ("denominator", "location_kg", "market_kg")]
            for row in content["intensity"]
        }
        self.same("intensities", said, found)

    def _judge_trajectories(self) -> None:
        """The target is the company's word; where the company stands, and should stand, follows."""
        content, year = self.content, int(self.content["start"][:4])
        now = {key: row[1] for key, row in self.recounts["this"].tables["scopes"].items()}
        for row in content["trajectories"]:
            name = f"trajectory {row['name']}"
            base = content["base"]
            if row["base_year"] == year:
                then = now
            elif base and base["year"] == row["base_year"]:
                then = {scope["key"]: scope["market_g"] for scope in base["scopes"]}
            else:
                self.find("figure", f"{name}: the report has no figures of {row['base_year']}")
                continue
            scopes = [str(scope) for scope in row.get("scopes", (1, 2, 3))]
            self.same(f"{name}, base", row["base_g"], sum(then.get(scope, 0) for scope in scopes))
            self.same(f"{name}, actual", row["actual_g"], sum(now.get(scope, 0) for scope in scopes))
            passed = max(0, min(year, row["target_year"]) - row["base_year"])
            share = Decimal(row["reduction_percent"]) / 100 * passed / (row["target_year"] - row["base_year"])
            self.same(f"{name}, expected", row["expected_g"], _grams(row["base_g"] * (1 - share)))

    def _judge_levers(self) -> None:
        """Every flight of the route, or of the cabin, by the other factor."""
        seen: set[tuple[str, str]] = set()
        for row in self.content["levers"]:
            name = (row["kind"], row["key"])
            if row["kind"] not in LEVERS or name in seen:
                self.find("figure", f"lever {row['key']}: it is of no known kind, or stands twice")
            seen.add(name)
            said = [row["segments"], Decimal(row["quantity_km"]), row["now_g"]]
            self.same(
                f"lever {row['key']}", said, self.recounts["this"].flights.get(name, [0, Decimal(0), 0])
            )
            then = _grams(Decimal(row["quantity_km"]) * Decimal(row["factor_value"]) * 1000)
            self.same(f"lever {row['key']}, otherwise", row["then_g"], then)
            if row["then_g"] >= row["now_g"]:
                self.find("figure", f"lever {row['key']}: it saves nothing")
            if row["kind"] == LEVERS[0] and Decimal(row["rail_hours"]) >= LONGEST_TRAIN_HOURS:
                self.find(
                    "figure",
                    f"lever {row['key']}: the train takes {row['rail_hours']} h, and four at most count",
                )

    def _months(self) -> int:
        start, end = (str(self.content[name]) for name in ("start", "end"))
        return (int(end[:4]) - int(start[:4])) * 12 + int(end[5:7]) - int(start[5:7])

    def stated(self) -> Iterator[str]:
        """What no line can tell: it is taken as the company, or the house, states it."""
        content = self.content
        yield f"the company's name, {content['cover']['company_name']}, and the names of sites and departments"
        if content["head_count"] is not None:
            yield f"head count: {content['head_count']}"
        if content["annual_revenue"] is not None:
            revenue = content["annual_revenue"]
            yield f"annual revenue: {_revenue(revenue):f} {revenue['currency']}"
        if content["base"] and content["base"]["is_declared"]:
            yield f"the figures of the base year {content['base']['year']}, which no line of this ledger reaches"
        for row in content["trajectories"]:
            scopes = ", ".join(str(scope) for scope in row.get("scopes", (1, 2, 3)))
            yield (
                f"target {row['name']}: {row['reduction_percent']} % less than in {row['base_year']} by "
                f"{row['target_year']}, scopes {scopes}"
            )
        for row in content["levers"]:
            instead = f"{row['factor_value']} kg per passenger-km ({row['factor_id']})"
            train = "" if row["rail_hours"] is None else f"about {row['rail_hours']} h by train, "
            yield f"lever {row['key']}: {train}{instead}"

    def judge_pages(self, pages: Iterable[str], amount: "re.Pattern[str]") -> None:
        """Every amount on a page is one of the report; every total of the report is on a page."""
        allowed, needed = self._amounts()
        seen: set[int] = set()
        for number, page in enumerate(pages, 1):
            for shown in amount.findall(page):
                thousandths = int(re.sub(r"\D", "", shown))
                seen.add(thousandths)
                if thousandths not in allowed and not any(
                    shown in name for name in self.recounts["this"].names
                ):
                    self.find("shown", f"page {number} shows {shown}, which no line adds up to")
        for name, grams in needed:
            if abs(grams) not in seen:
                self.find("not shown", f"no page shows {name}, {Decimal(grams) / 1000} kg")

    def _amounts(self) -> tuple[set[int], list[tuple[str, int]]]:
        content = self.content
        grams: set[int] = set()
        _collect(content, grams)
        compared = [each for each in (content["previous"], content["base"]) if each]
        for each in compared:
            then = {row["key"]: row["market_g"] for row in each["scopes"]}
            now = {row["key"]: row["market_g"] for row in content["scopes"]}
            grams |= {now.get(key, 0) - then.get(key, 0) for key in now.keys() | then.keys()}
            grams.add(sum(now.values()) - sum(then.values()))
            grams |= {0, sum(change["effect_g"] for change in each["changes"])}
        for kind in LEVERS:
            levers = [row for row in content["levers"] if row["kind"] == kind]
            nows, thens = sum(row["now_g"] for row in levers), sum(row["then_g"] for row in levers)
            grams |= {nows, thens, nows - thens, *(row["now_g"] - row["then_g"] for row in levers)}
        # Kilograms to the gram; tonnes to the kilogram, which the largest remainder moves by one, a difference by two.
        allowed = {abs(each) for each in grams}
        allowed |= {abs(each // 1000 + step) for each in grams for step in (-1, 0, 1, 2)}
        exact = [
            row[name] for row in content["intensity"] for name in ("denominator", "location_kg", "market_kg")
        ]
        exact += [row["value"] for row in content["factors"]]
        exact += [row["factor_value"] for row in content["levers"] if row["factor_value"] is not None]
        allowed |= {int(Decimal(each) * 1000) for each in exact if Decimal(each) * 1000 % 1 == 0}
        needed = [("the total", content["total"]["location_g"]), ("the total", content["total"]["market_g"])]
        needed += [
            (f"{table} {row['key']}", row[name])
            for table in TABLES
            for row in content[table]
            for name in ("location_g", "market_g")
        ]
        return allowed, needed


def _collect(part: Any, grams: set[int]) -> None:
    if isinstance(part, dict):
        grams |= {value for name, value in part.items() if name.endswith("_g") or name == "g"}
        for value in part.values():
            _collect(value, grams)
    elif isinstance(part, list):
        for value in part:
            _collect(value, grams)


def _amount(row: dict[str, Any]) -> list[int]:
    return [row["location_g"], row["market_g"]]


def _shifted(day: str, years: int) -> str:
    return f"{int(day[:4]) + years:04}{day[4:]}"


def _revenue(money: dict[str, Any]) -> Decimal:
    currency = money["currency"]
    digits = 0 if currency in NO_MINOR_DIGITS else 3 if currency in THREE_MINOR_DIGITS else 2
    return Decimal(money["amount_minor"]).scaleb(-digits)


def _digits(text: str) -> Decimal:
    return Decimal(text).normalize()


def verify_pdf(data: bytes, keys: Iterable[bytes] = ()) -> Evidence:
    """Adds up a report again from the evidence in its file. Raises ValueError when there is none."""
    try:
        pdf = Pdf(data)
        evidence = Evidence(pdf.attachment())
        evidence.judge(keys)
        evidence.judge_pages(pdf.pages(), AMOUNTS[pdf.language()])
    except (KeyError, TypeError, AttributeError, InvalidOperation, RecursionError) as error:
        raise ValueError(f"the evidence lacks or misstates something: {error!r}") from None
    return evidence


def told_of_pdf(evidence: Evidence) -> Iterator[str]:
    """A report's verification in sentences."""
    this, proof = evidence.recounts["this"], evidence.head["proof"]
    yield f"tenant {evidence.head['tenant_id']}, report {evidence.head['report_id']}"
    yield f"{this.count} ledger lines as known at position {evidence.position}, added up again"
    yield f"total {Decimal(this.total[0]) / 1000} kg location-based, {Decimal(this.total[1]) / 1000} kg market-based"
    if proof:
        yield (
            f"published at position {proof['event']['position']}, sealed with key {proof['seal']['key']}: compare it "
            "with GET /api/v1/audit/keys"
        )
    for sentence in evidence.stated():
        yield f"stated, not computed: {sentence}"
    for finding in evidence.findings:
        yield f"BROKEN: {finding.what}: {finding.detail}"
    yield "Something was changed." if evidence.findings else "Every figure holds."


def main(arguments: Sequence[str] | None = None) -> int:
    """Verifies what the command line names; answers the exit status."""
    parser = argparse.ArgumentParser(
        description="Verify an audit export, an inclusion proof or an ESG report."
    )
    parser.add_argument("file", type=Path, help="the export, a proof, or a report in PDF")
    parser.add_argument("--seals", type=Path, action="append", help="seals kept elsewhere")
    parser.add_argument("--key", action="append", default=[], help="a trusted public key in hexadecimal")
    asked = parser.parse_args(arguments)
    try:
        keys = [_hash({"--key": key}, "--key") for key in asked.key]
        seals = None if asked.seals is None else [seal for path in asked.seals for seal in seals_in(path)]
        if _is_pdf(asked.file):
            evidence = verify_pdf(asked.file.read_bytes(), keys)
            findings, sentences = evidence.findings, list(told_of_pdf(evidence))
            sys.stdout.write("\n".join(sentences) + "\n")
            return 1 if findings else 0
        with asked.file.open(encoding="utf-8", errors="surrogateescape") as lines:
            if (proof := _proof_in(lines)) is not None:
                findings = verify_proof(proof, keys)
                sentences = list(told_of_proof(proof, findings))
            else:
                lines.seek(0)
                report = verify_lines(iter(lambda: lines.readline(LONGEST_LINE), ""), seals, keys)
                findings, sentences = report.findings, list(told(report))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{asked.file} cannot be verified: {error}\n")
        return 2
    sys.stdout.write("\n".join(sentences) + "\n")
    return 1 if findings else 0


def _is_pdf(file: Path) -> bool:
    with file.open("rb") as beginning:
        return beginning.read(5) == b"%PDF-"


def _proof_in(file: IO[str]) -> dict[str, Any] | None:
    """The proof that the file is, on one line or on many."""
    try:
        found = fields_of(file.read(LONGEST_LINE))
    except ValueError:
        return None
    return found if found.get("kind") == "proof" else None


if __name__ == "__main__":
    sys.exit(main())
