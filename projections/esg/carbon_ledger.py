"""How do the facts of travel and of the company's activities become lines of the carbon ledger?

Lines are only ever added. What a fact takes back gets a reversal, and learns where it was taken back; so the ledger
says at every position of the log what was known there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.esg.activity import (
    Account,
    ActivityCorrected,
    ActivityRecorded,
    ActivityRestated,
    ActivityWithdrawn,
    EvidenceAttached,
)
from domain.kernel.emissions import MarketFigure
from domain.kernel.event import DomainEvent, Recorded
from domain.kernel.ledger import LedgerEntry, Posting, PostingRef
from domain.travel.expense import ExpenseApproved
from domain.travel.trip_carbon import TripCarbonRestated
from domain.travel.trip_events import TripBooked, TripCancelled, TripCompleted
from projections.esg.carbon_line import CarbonLineRow
from projections.kernel.projector import Projector
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql

TripFact = TripBooked | TripCompleted | TripCancelled | TripCarbonRestated | ExpenseApproved
ActivityFact = ActivityRecorded | ActivityCorrected | ActivityRestated | ActivityWithdrawn | EvidenceAttached
LedgerFact = TripFact | ActivityFact


class CarbonLedger(Projector[CarbonLineRow]):
    """Enters, confirms and takes back the lines of the carbon ledger."""

    name: ClassVar[str] = "carbon-ledger"
    row: ClassVar[type[CarbonLineRow]] = CarbonLineRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        TripBooked,
        TripCompleted,
        TripCancelled,
        TripCarbonRestated,
        ExpenseApproved,
        ActivityRecorded,
        ActivityCorrected,
        ActivityRestated,
        ActivityWithdrawn,
        EvidenceAttached,
    )

    def keys(self, event: LedgerFact) -> Iterable[Key]:
        match event:
            case ActivityCorrected() | ActivityRestated() | ActivityWithdrawn():
                return [(one,) for one in event.replaced.line_ids(event.originator_id)]
            case EvidenceAttached():
                return [(one,) for one in event.proves.line_ids(event.originator_id)]
            case _:
                # What is entered anew is not there yet, and what a trip has is found by the trip.
                return ()

    def searches(self, event: LedgerFact) -> Iterable[Search]:
        match event:
            case TripCompleted() | TripCancelled():
                return (("trip_id", event.originator_id),)
            case TripCarbonRestated() | ExpenseApproved(segment_id=UUID()):
                return (("trip_id", event.trip_id),)
            case _:
                return ()

    def project(self, event: LedgerFact, rows: Rows[CarbonLineRow]) -> None:
        match event:
            case TripBooked():
                _enter(event, event.posting, rows, _travelled(event, event.originator_id))
            case TripCompleted():
                _confirm(event, _of_trip(event.originator_id, event, rows), rows)
            case ExpenseApproved():
                if event.segment_id is not None:
                    lines = _of_trip(event.trip_id, event, rows)
                    _confirm(event, [one for one in lines if one.segment_id == event.segment_id], rows)
            case TripCancelled():
                _reverse(event, _of_trip(event.originator_id, event, rows), rows)
            case TripCarbonRestated():
                replaced = _reverse(event, _of_trip(event.trip_id, event, rows), rows)
                _enter(event, event.posting, rows, _travelled(event, event.trip_id), replaced)
            case ActivityRecorded():
                _enter(event, event.posting, rows, _accounted(event.account, event.evidence))
            case ActivityCorrected() | ActivityRestated():
                replaced = _reverse(event, _standing(event.replaced, event, rows), rows)
                evidence = [one.evidence_sha256 for one in replaced if one.evidence_sha256]
                _enter(event, event.posting, rows, _accounted(event.account, evidence), replaced)
            case ActivityWithdrawn():
                _reverse(event, _standing(event.replaced, event, rows), rows)
            case EvidenceAttached():
                for line in _standing(event.proves, event, rows):
                    rows.put(line.model_copy(update={"evidence_sha256": event.sha256}))
            case _:
                assert_never(event)


def _travelled(event: TripBooked | TripCarbonRestated, trip_id: UUID) -> Mapping[str, Any]:
    return {
        "trip_id": trip_id,
        "traveller_id": event.traveller_id,
        "department_id": event.allocation.department_id,
        "cost_centre_id": event.allocation.cost_centre_id,
    }


def _accounted(account: Account, evidence: Iterable[str]) -> Mapping[str, Any]:
    return {**account.model_dump(), "evidence_sha256": next(iter(evidence), None)}


def _of_trip(trip_id: UUID, event: TripFact, rows: Rows[CarbonLineRow]) -> list[CarbonLineRow]:
    """What stood before the event: a second pass finds the lines of later events there already."""
    return [
        one
        for one in rows.where("trip_id", trip_id)
        if one.entry == "fact" and one.reversed_position is None and one.position < event.position
    ]


def _standing(posting: PostingRef, event: ActivityFact, rows: Rows[CarbonLineRow]) -> list[CarbonLineRow]:
    return [rows[(one,)] for one in posting.line_ids(event.originator_id)]


def _enter(
    event: LedgerFact,
    posting: Posting,
    rows: Rows[CarbonLineRow],
    account: Mapping[str, Any],
    replaced: Sequence[CarbonLineRow] = (),
) -> None:
    """Adds the lines of a posting; each names the line whose place it takes, where there was one."""
    before = {_place(line): line for line in replaced}
    # Another method weighs the same segment by another publisher's row.
    before |= {_segment(line): line for line in replaced if line.segment_id}
    account = {**NO_ACCOUNTS, **account}
    ids = posting.ref.line_ids(event.originator_id)
    for line_id, entry in zip(ids, posting.entries, strict=True):
        line = _line(event, entry, line_id, account)
        if before and (earlier := before.get(_place(line)) or before.get(_segment(line))):
            # What has taken place is not an estimate again because it is weighed anew.
            is_actual = line.actual_position is not None or earlier.actual_position is not None
            taking_over = {
                "replaces": earlier.line_id,
                "actual_position": event.position if is_actual else None,
            }
            line = line.model_copy(update=taking_over)
        rows.put(line)


def _reverse(
    event: LedgerFact, lines: Iterable[CarbonLineRow], rows: Rows[CarbonLineRow]
) -> list[CarbonLineRow]:
    """Takes lines back, and says which."""
    taken_back = list(lines)
    for line in taken_back:
        rows.put(line.model_copy(update={"reversed_position": event.position}))
        rows.put(
            line.model_copy(
                update={
                    "line_id": PostingRef.reversal_of(line.line_id),
                    "entry": "reversal",
                    "replaces": line.line_id,
                    "location_g": -line.location_g,
                    "market_g": -line.market_g,
                    **_cause(event),
                }
            )
        )
    return taken_back


def _confirm(event: LedgerFact, lines: Iterable[CarbonLineRow], rows: Rows[CarbonLineRow]) -> None:
    """The estimate turned out to be so; the first fact that says it counts."""
    for line in lines:
        if line.actual_position is None:
            rows.put(line.model_copy(update={"actual_position": event.position}))


def _line(event: LedgerFact, entry: LedgerEntry, line: UUID, account: Mapping[str, Any]) -> CarbonLineRow:
    figure = entry.line
    return CarbonLineRow(
        line_id=line,
        entry="fact",
        replaces=None,
        reversed_position=None,
        actual_position=None if entry.is_estimate else event.position,
        occurred_on=entry.occurred_on,
        month=entry.occurred_on.replace(day=1),
        scope=figure.scope,
        category=figure.category,
        mode=entry.mode,
        activity=figure.factor.activity,
        variant=figure.factor.variant,
        part=figure.part,
        segment_id=entry.segment_id,
        route=entry.route,
        quantity=figure.quantity,
        unit=figure.factor.unit,
        factor_id=figure.factor.factor_id,
        factor_value=figure.factor.value,
        factor_source=figure.factor.source,
        factor_publisher=figure.factor.publisher,
        factor_year=figure.factor.year,
        method=figure.method,
        location_g=int(figure.kg_location * 1000),
        market_g=int(figure.kg_market * 1000),
        grade=figure.grade,
        **_market(figure.market),
        **account,
        **_cause(event),
    )


NO_ACCOUNTS: Mapping[str, Any] = dict.fromkeys(
    (
        "site_id",
        "vehicle_id",
        "department_id",
        "cost_centre_id",
        "traveller_id",
        "trip_id",
        "evidence_sha256",
    )
)


def _market(figure: MarketFigure | None) -> dict[str, Any]:
    factor = figure.factor if figure else None
    return {
        "market_basis": figure.basis if figure else None,
        "market_quantity": figure.quantity if figure else None,
        "market_unit": factor.unit if factor else None,
        "market_factor_id": factor.factor_id if factor else None,
        "market_factor_value": factor.value if factor else None,
        "market_factor_source": factor.source if factor else None,
        "market_factor_publisher": factor.publisher if factor else None,
        "market_factor_year": factor.year if factor else None,
    }


def _cause(event: LedgerFact) -> dict[str, Any]:
    recorded = event.recorded
    assert isinstance(recorded, Recorded)  # only what is in the log is projected
    return {
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "event_id": recorded.event_id,
        "event_topic": event.TOPIC,
        "stream_id": event.originator_id,
    }


def _place(line: CarbonLineRow) -> tuple[Any, ...]:
    """What tells the lines of one posting apart, whatever they are weighed by."""
    return line.month, line.scope, line.category, line.mode, line.part, line.activity, line.segment_id


def _segment(line: CarbonLineRow) -> tuple[Any, ...]:
    """What tells the lines of one journey apart, by whichever method."""
    return line.segment_id, line.month, line.scope, line.category, line.part


LINES_OF_STREAM = f"""
select {", ".join(CarbonLineRow.model_fields)} from read.carbon_line
where tenant_id = %(tenant_id)s and stream_id = %(stream_id)s
order by position, line_id limit %(limit)s
"""  # noqa: S608 constants of this module
FIND_LINE = f"""
select {", ".join(CarbonLineRow.model_fields)} from read.carbon_line
where tenant_id = %(tenant_id)s and line_id = %(line_id)s
"""  # noqa: S608 constants of this module
LINES_OF_SEGMENT = f"""
select {", ".join(CarbonLineRow.model_fields)} from read.carbon_line
where tenant_id = %(tenant_id)s and trip_id = %(trip_id)s and segment_id is not distinct from %(segment_id)s
order by position, line_id limit %(limit)s
"""  # noqa: S608 constants of this module
MOST_OF_STREAM = 2_000


def find(sql: Sql, line: UUID) -> CarbonLineRow | None:
    """The line, or None."""
    row = sql.row(FIND_LINE, line_id=line)
    return None if row is None else CarbonLineRow(**row)


def lines_of_stream(sql: Sql, stream_id: UUID) -> list[CarbonLineRow]:
    """Every line the events of one stream entered, in the order of entry, reversals too."""
    rows = sql.rows(LINES_OF_STREAM, stream_id=stream_id, limit=MOST_OF_STREAM)
    return [CarbonLineRow(**row) for row in rows]


def lineage(sql: Sql, line: CarbonLineRow) -> list[CarbonLineRow]:
    """Every line of the same segment or activity, in the order of entry: what was known before and after."""
    if line.trip_id is None:
        return lines_of_stream(sql, line.stream_id)
    rows = sql.rows(LINES_OF_SEGMENT, trip_id=line.trip_id, segment_id=line.segment_id, limit=MOST_OF_STREAM)
    return [CarbonLineRow(**row) for row in rows]
