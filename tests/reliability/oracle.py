"""Does the database agree with what the clients were told? Judged without a line of the product's code.

The journals say what was sent and answered; the log is read with SQL of the oracle's own and its
chain recomputed by the published recipe. Every finding is a sentence with the promise it breaks:

    I1   what was acknowledged is in the log, as acknowledged
    I2   nothing took effect twice
    I3   nothing is in the log that nobody asked for
    I4   the versions of a stream are exactly 1 to n
    I5   what was acknowledged before something else was sent comes before it
    I6   what was refused never happens later
    I10  nothing is held beyond its capacity, and every claim goes back to an event
    I11  nobody is shown another tenant's streams
    I12  the hash chain recomputes to the tip
    RB-07  no client is left without knowing
    RB-12  positions are exactly 1 to n
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import psycopg

from tests.reliability.journal import Answer, Journalled, Sent
from tests.reliability.log import Held, Logged, Row, Tenant, read_tenant

# Published: the actors of processes, and the ids of their commands, derive from it.
PROCESSES = UUID("e5ca1e00-0000-8000-8000-000000000002")
DECLARED = (
    "approval-notices",
    "billing-notices",
    "dunning-relief",
    "erasure",
    "experimenting",
    "exporting",
    "invoice-numbering",
    "collecting",
    "esg-reporting",
    "ledger-restating",
    "member-placement",
    "onboarding",
    "peer-contribution",
    "policy-enforcement",
    "resumption",
    "sql-access",
    "tenant-opening",
    "trip-importing",
    "waitlist-offers",
    "webhook-notices",
)
# Claims whose holder is no stream, and the topic that takes them.
HELD_BY_CONTENT = {
    "expense-external-id": "expense.reported",
    "usage": "usage",
    "usage-correction": "usage",
    "metered": "usage",
}
# What is parked claims its ids in a stream of its own, and fills months from there once it is released.
OF_USES = ("usage.reported.v", "usage-parking.parked.v", "usage-parking.released.v")
MOST_COMMANDS_PER_EVENT = 20
MOST_FINDINGS_SHOWN = 20
UNLIMITED = 2**62


@dataclass(frozen=True)
class Finding:
    """One broken promise, in a sentence."""

    invariant: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.sentence}"


@dataclass
class Verdict:
    """What was judged, and what is wrong with it."""

    findings: list[Finding] = field(default_factory=list)
    events: int = 0
    commands: int = 0
    acknowledged: int = 0
    refused: int = 0
    replays: int = 0

    @property
    def is_green(self) -> bool:
        """Is every promise kept?"""
        return not self.findings

    @property
    def broken(self) -> set[str]:
        """The promises that are not."""
        return {finding.invariant for finding in self.findings}

    def __str__(self) -> str:
        figures = (
            f"{self.events} events; {self.commands} commands: {self.acknowledged} acknowledged,"
            f" {self.refused} refused, {self.replays} answers repeated"
        )
        shown = [str(finding) for finding in self.findings[:MOST_FINDINGS_SHOWN]]
        more = len(self.findings) - len(shown)
        return "\n".join(
            [figures, *(shown or ["every promise is kept"]), *([f"and {more} more"] if more else [])]
        )


def heads(connection: psycopg.Connection[Any], tenants: Iterable[UUID]) -> dict[UUID, int]:
    """Where the logs stand now: what happened before is nobody's in the journal."""
    rows = connection.execute(
        "select tenant_id, position from es.tenant_head where tenant_id = any(%s)", (list(tenants),)
    )
    return dict(rows.fetchall())


def judge(
    connection: psycopg.Connection[Any],
    journal: Journalled,
    *,
    tenants: Iterable[UUID] = (),
    since: Mapping[UUID, int] | None = None,
    processes: Collection[str] = DECLARED,
    capacities: Mapping[str, int] | None = None,
) -> Verdict:
    """Judges every tenant of the journal, and those named; the connection must see all rows.

    `since` are the heads before the first journalled command. `capacities` says how much of a kind
    of claim may be held at once; unless said, 1 of what has a time and any amount of what has none.
    """
    judged = {*tenants, *(sent.tenant_id for sent in journal.commands.values())}
    logs = {tenant_id: read_tenant(connection, tenant_id) for tenant_id in sorted(judged)}
    return judge_logs(logs, journal, since=since or {}, processes=processes, capacities=capacities or {})


def judge_logs(
    logs: Mapping[UUID, Tenant],
    journal: Journalled,
    *,
    since: Mapping[UUID, int],
    processes: Collection[str] = DECLARED,
    capacities: Mapping[str, int],
) -> Verdict:
    """The same for logs that have been read."""
    alone = [
        check
        for log in logs.values()
        for check in (
            positions_without_gap(log),
            versions_without_gap(log),
            chain_recomputed(log),
            claims_within_capacity(log, capacities),
            claims_of_events(log),
        )
    ]
    compared = [
        told_is_logged(journal, logs),
        nothing_twice(journal, logs),
        no_phantoms(journal, logs, since, processes),
        in_real_time_order(journal),
        refused_stays_refused(journal, logs),
        nobody_left_waiting(journal),
        own_streams_only(journal, logs),
    ]
    return Verdict(
        findings=[finding for check in (*alone, *compared) for finding in check],
        events=sum(len(log.rows) for log in logs.values()),
        commands=len(journal.commands),
        acknowledged=journal.acknowledged,
        refused=journal.refused,
        replays=journal.replays,
    )


# The log alone


def positions_without_gap(log: Tenant) -> Iterator[Finding]:
    """Positions count 1, 2, 3 to the head."""
    for expected, row in enumerate(log.rows, 1):
        if row.position != expected:
            yield Finding("RB-12", f"tenant {log.id} has position {row.position} where {expected} belongs")
            return
    if log.head != len(log.rows):
        yield Finding("RB-12", f"tenant {log.id} has {len(log.rows)} events and its head says {log.head}")


def versions_without_gap(log: Tenant) -> Iterator[Finding]:
    """Versions of each stream count 1, 2, 3 in the order of positions."""
    reached: dict[UUID, int] = defaultdict(int)
    for row in log.rows:
        reached[row.stream_id] += 1
        if row.version != reached[row.stream_id]:
            yield Finding(
                "I4",
                f"stream {row.stream_id} has version {row.version} at position {row.position},"
                f" where {reached[row.stream_id]} belongs",
            )
            return


def chain_recomputed(log: Tenant) -> Iterator[Finding]:
    """Every link follows from the one before and from its event; the tip is the last."""
    link = bytes(32)
    for row in log.rows:
        link = row.link(log.id, link)
        if link != row.chain_hash:
            yield Finding("I12", f"tenant {log.id}: the chain breaks at position {row.position}")
            return
    if log.tip != link:
        yield Finding("I12", f"tenant {log.id}: the tip is not the hash of the last event")


def claims_within_capacity(log: Tenant, capacities: Mapping[str, int]) -> Iterator[Finding]:
    """At no instant do the live claims on one key exceed what there is; a holder never conflicts with itself."""
    claims: dict[tuple[str, str], list[Held]] = defaultdict(list)
    for claim in log.claims:
        claims[claim.kind, claim.key].append(claim)
    for (kind, key), held in claims.items():
        there_is = capacities.get(kind, UNLIMITED if (kind, key) in log.totals else 1)
        # What is held changes for the worse only where some claim begins.
        most = max(_held_at(claim.starts_s, held) for claim in held)
        if most > there_is:
            yield Finding("I10", f"{kind} {key!r} is held {most} times at once, and there is {there_is}")


def _held_at(instant_s: float, claims: Iterable[Held]) -> int:
    """The units held at one instant; of one holder's claims the largest, since it shares with itself."""
    units: dict[UUID, int] = {}
    for claim in claims:
        if claim.starts_s <= instant_s < claim.ends_s:
            units[claim.holder] = max(claim.units, units.get(claim.holder, 0))
    return sum(units.values())


def claims_of_events(log: Tenant) -> Iterator[Finding]:
    """A claim names the place of its event, which its holder recorded; totals are the sum of their claims."""
    at = {row.position: row for row in log.rows}
    recorded = {(row.stream_id, row.recorded_at) for row in log.rows}
    # A claim names the first event of its command; what is parked follows its batch.
    together: dict[datetime, list[Row]] = {}
    for row in log.rows:
        together.setdefault(row.recorded_at, []).append(row)
    for claim in log.claims:
        row = at.get(claim.position)
        if claim.kind in HELD_BY_CONTENT:
            is_recorded = row is not None and any(_takes(one, claim) for one in together[row.recorded_at])
        else:
            is_recorded = row is not None and (claim.holder, row.recorded_at) in recorded
        if not is_recorded:
            yield Finding(
                "I10",
                f"{claim.kind} {claim.key!r} is held by {claim.holder}, which recorded nothing at that place",
            )
    for (kind, key), total in log.totals.items():
        held = sum(claim.units for claim in log.claims if (claim.kind, claim.key) == (kind, key))
        if held != total:
            yield Finding("I10", f"the total of {kind} {key!r} is {total}, and its claims add up to {held}")


def _takes(row: Row, claim: Held) -> bool:
    """Is the claim in what the event says? An expense is named; of a use the batch is hashed into the holder."""
    topics = OF_USES if HELD_BY_CONTENT[claim.kind] == "usage" else (f"{HELD_BY_CONTENT[claim.kind]}.v",)
    if not row.topic.startswith(topics):
        return False
    if claim.kind == "expense-external-id":
        return (row.facts.get("expense_id"), row.facts.get("external_id")) == (str(claim.holder), claim.key)
    if claim.kind == "metered":
        return any(
            f"{one['meter']}:{one['month']}" == claim.key
            and (claim.holder, claim.units) in _metered(row, one)
            for one in row.facts.get("metered", ())
        )
    named = "transaction_id" if claim.kind == "usage" else "corrects"
    batch_id = UUID(row.facts.get("batch_id") or str(row.stream_id))
    is_of_batch = claim.holder.bytes[10:] == sha256(batch_id.bytes).digest()[:6]
    uses = row.facts.get("parked") or row.facts["counted"]
    return is_of_batch and any(use.get(named) == claim.key for use in uses)


def _metered(row: Row, told: Any) -> Iterator[tuple[UUID, int]]:
    """Who holds what of a month: the batch its sum, or each subject one."""
    if not told["subjects"]:
        is_released = "batch_id" in row.facts
        yield uuid5(row.stream_id, str(row.version)) if is_released else row.stream_id, told["units"]
    for subject in told["subjects"]:
        text = f"{told['meter']}:{told['month']}:{subject}"
        yield UUID(bytes=sha256(text.encode()).digest()[:16]), 1_000_000


# The log against the journals


def told_is_logged(journal: Journalled, logs: Mapping[UUID, Tenant]) -> Iterator[Finding]:
    """Every acknowledged command is in the log, at the version and position its client was told."""
    for sent in journal.commands.values():
        log = logs[sent.tenant_id]
        for answer in sent.answers:
            if answer.verdict == "ok" and (wrong := _contradiction(sent, answer, log)):
                yield Finding("I1", f"{_named(sent)} was acknowledged {wrong}")


def _contradiction(sent: Sent, answer: Answer, log: Tenant) -> str | None:
    rows = log.by_command.get(sent.command_id, [])
    if not answer.changed:
        return "as already so, and it has events" if rows else None
    if not rows:
        return "and has no event"
    place = next(
        (row for row in rows if (row.stream_id, row.version) == (answer.aggregate_id, answer.version)), None
    )
    if place is None:
        return f"at version {answer.version} of {answer.aggregate_id}, and its event is elsewhere"
    if answer.position is not None and answer.position not in {row.position for row in rows}:
        return f"at position {answer.position}, and its events are elsewhere"
    return None


def nothing_twice(journal: Journalled, logs: Mapping[UUID, Tenant]) -> Iterator[Finding]:
    """One command is one append, in one tenant; one wish of a client is one command."""
    homes: dict[UUID, set[UUID]] = defaultdict(set)
    for log in logs.values():
        for command_id, rows in log.by_command.items():
            homes[command_id].add(log.id)
            entry = log.commands.get(command_id)
            if not _is_one_append(rows, entry):
                places = ", ".join(str(row.position) for row in rows)
                yield Finding("I2", f"command {command_id} took effect more than once, at positions {places}")
    for command_id, tenants in homes.items():
        if len(tenants) > 1:
            yield Finding("I2", f"command {command_id} took effect in {len(tenants)} tenants")
    for (tenant_id, key), wished in _by_wish(journal).items():
        applied = [sent for sent in wished if sent.command_id in logs[tenant_id].by_command]
        if len(applied) > 1:
            yield Finding(
                "I2", f"the one wish {key!r} took effect {len(applied)} times, under as many command ids"
            )


def _is_one_append(rows: list[Row], entry: Logged | None) -> bool:
    """Events of one append stand side by side and are exactly those the command log names."""
    first, last = rows[0].position, rows[-1].position
    side_by_side = last - first + 1 == len(rows) and len({row.recorded_at for row in rows}) == 1
    return side_by_side and (entry is None or (entry.first_position, entry.last_position) == (first, last))


def no_phantoms(
    journal: Journalled, logs: Mapping[UUID, Tenant], since: Mapping[UUID, int], processes: Collection[str]
) -> Iterator[Finding]:
    """Every event was asked for by a journalled client or by a process that declared itself."""
    events = {row.event_id for log in logs.values() for row in log.rows}
    for log in logs.values():
        for command_id, rows in log.by_command.items():
            new = [row for row in rows if row.position > since.get(log.id, 0)]
            if new and command_id not in journal.commands and not _is_step_of(new[0], processes, events):
                yield Finding(
                    "I3", f"position {new[0].position} of tenant {log.id} was asked for by nobody we know"
                )
        for row in log.rows:
            if row.command_id is None and row.position > since.get(log.id, 0):
                yield Finding("I3", f"position {row.position} of tenant {log.id} names no command")


def _is_step_of(row: Row, processes: Collection[str], events: Collection[UUID]) -> bool:
    """The command id of a process is made of its name, the event it follows and a number."""
    cause = row.meta.get("causation")
    if cause is None or UUID(cause) not in events:
        return False
    return any(
        row.command_id == uuid5(uuid5(PROCESSES, name), f"{cause}:{number}")
        for name in processes
        for number in range(MOST_COMMANDS_PER_EVENT)
    )


def in_real_time_order(journal: Journalled) -> Iterator[Finding]:
    """Within a stream: told before the other was sent, so the lower version. Versions order all, no search."""
    streams: dict[tuple[UUID, UUID], list[Done]] = defaultdict(list)
    for sent in journal.commands.values():
        told = sent.first_ok
        if told is not None and told.aggregate_id is not None and told.version is not None:
            streams[sent.tenant_id, told.aggregate_id].append(
                Done((told.version, not told.changed), sent, told)
            )
    for (_, stream_id), done in streams.items():
        yield from _out_of_order(stream_id, sorted(done, key=lambda each: each.place))


@dataclass(frozen=True)
class Done:
    """An acknowledged command at its place in its stream; one that found nothing to do follows what it saw."""

    place: tuple[int, bool]
    sent: Sent
    told: Answer


def _out_of_order(stream_id: UUID, done: list[Done]) -> Iterator[Finding]:
    first_above: Done | None = None  # of all that stand higher, the one that was acknowledged first
    for place, group in groupby(reversed(done), key=lambda each: each.place):
        here = list(group)
        version, was_idle = place
        if len(here) > 1 and not was_idle:
            names = " and ".join(_named(each.sent) for each in here)
            yield Finding("I2", f"{names} were all told version {version} of {stream_id}")
        for each in here:
            if first_above is not None and first_above.told.at_ns < each.sent.sent_ns[0]:
                yield Finding(
                    "I5",
                    f"{_named(each.sent)} got version {version} of {stream_id}, although it was sent after"
                    f" version {first_above.place[0]} had been acknowledged",
                )
        first_above = min([*here, *([first_above] if first_above else [])], key=lambda each: each.told.at_ns)


def refused_stays_refused(journal: Journalled, logs: Mapping[UUID, Tenant]) -> Iterator[Finding]:
    """Whoever was told no last finds nothing of it in the log."""
    for sent in journal.commands.values():
        last = sent.last
        if last is None or last.verdict != "refused":
            continue
        if sent.command_id in logs[sent.tenant_id].by_command:
            yield Finding("I6", f"{_named(sent)} was refused as {last.code}, and it is in the log")
        if sent.first_ok is not None:
            yield Finding("I6", f"{_named(sent)} was acknowledged, and then refused as {last.code}")


def nobody_left_waiting(journal: Journalled) -> Iterator[Finding]:
    """Every client knows in the end, by asking again under the same key and the same id."""
    for sent in journal.unknown:
        yield Finding("RB-07", f"the client of {_named(sent)} still does not know what became of it")
    for (_, key), wished in _by_wish(journal).items():
        if len(wished) > 1:
            yield Finding("RB-07", f"the one wish {key!r} was sent under {len(wished)} command ids")


def own_streams_only(journal: Journalled, logs: Mapping[UUID, Tenant]) -> Iterator[Finding]:
    """What a tenant was shown is its own."""
    owners = {row.stream_id: log.id for log in logs.values() for row in log.rows}
    for tenant_id, stream_id in journal.seen:
        if owners.get(stream_id, tenant_id) != tenant_id:
            yield Finding(
                "I11", f"tenant {tenant_id} was shown stream {stream_id} of tenant {owners[stream_id]}"
            )


def _by_wish(journal: Journalled) -> dict[tuple[UUID, str], list[Sent]]:
    wishes: dict[tuple[UUID, str], list[Sent]] = defaultdict(list)
    for sent in journal.commands.values():
        wishes[sent.tenant_id, sent.key].append(sent)
    return wishes


def _named(sent: Sent) -> str:
    return f"{sent.operation} {sent.command_id} (seed {sent.seed})"
