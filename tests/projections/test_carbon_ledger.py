"""Does the ledger only ever add lines, and say at every position what was known there?"""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from adapters.factors.shipped import shipped_table
from domain.esg.activity import (
    Account,
    ActivityCorrected,
    ActivityRecorded,
    ActivityRestated,
    ActivityWithdrawn,
    EvidenceAttached,
)
from domain.esg.activity_details import Contract, DeclaredFactor, EnergyBill
from domain.esg.footprint import Setting, footprint
from domain.kernel.emissions import CarbonMethod, MarketBasis
from domain.kernel.event import DomainEvent
from domain.kernel.ledger import Posting
from domain.travel.allocation import UNALLOCATED
from domain.travel.expense import ExpenseApproved
from domain.travel.trip_carbon import TripCarbonRestated, trip_carbon_id
from domain.travel.trip_posting import posting_of
from projections.esg.carbon_ledger import CarbonLedger
from projections.esg.carbon_line import CarbonLineRow
from tests.kit.builders import (
    MANAGER,
    NOW,
    STREAM,
    TRAVELLER,
    a_flight,
    figure_lines,
    kg,
    planned,
    segment_id,
    trip_booked,
    trip_cancelled,
    trip_completed,
)
from tests.kit.projecting import given_events, is_stable

SITE, BILL, OTHER = (uuid5(STREAM, name) for name in ("site", "bill", "other bill"))
ACCOUNT = Account(site_id=SITE)
GREEN = Contract(
    basis=MarketBasis.CERTIFICATE,
    factor=DeclaredFactor(
        reference="GO-1", kg_per_unit=Decimal(0), publisher="Vent", source="Registry", year=2025
    ),
)


def entries(kwh: str, *, contract: Contract | None = None, year: int | None = None) -> Posting:
    details = EnergyBill(
        meter_id=SITE, start=date(2025, 3, 15), end=date(2025, 4, 15), kwh=Decimal(kwh), contract=contract
    )
    setting = Setting(shipped_table(), CarbonMethod.DESNZ, country="GB", year=year)
    return Posting(number=1, entries=footprint(details, setting))


def recorded(stream: UUID, posting: Posting) -> ActivityRecorded:
    details = EnergyBill(meter_id=SITE, start=date(2025, 3, 15), end=date(2025, 4, 15), kwh=Decimal(1))
    return ActivityRecorded(
        originator_id=stream,
        originator_version=1,
        occurred_at=NOW,
        details=details,
        account=ACCOUNT,
        posting=posting,
        evidence=(),
        external_id=None,
    )


def corrected(stream: UUID, before: Posting, posting: Posting) -> ActivityCorrected:
    base = recorded(stream, posting).model_dump(exclude={"evidence", "external_id", "posting"})
    number = posting.model_copy(update={"number": before.number + 1})
    return ActivityCorrected(
        **base, posting=number, replaced=before.ref, corrected_by=MANAGER, reason="Read again"
    )


def standing(rows: dict[tuple[object, ...], CarbonLineRow], at: int) -> int:
    """Grams of what stood at a position."""
    return sum(
        row.location_g
        for row in rows.values()
        if row.entry == "fact" and row.position <= at and (row.reversed_position or at + 1) > at
    )


def test_a_correction_reverses_and_enters_anew() -> None:
    first, second = entries("1000"), entries("400")
    history = given_events(recorded(BILL, first), corrected(BILL, first, second))
    rows = is_stable(history, CarbonLedger())
    facts = [row for row in rows.values() if row.entry == "fact" and row.position == 2]
    assert {row.replaces for row in facts} == set(first.ref.line_ids(BILL))
    reversals = [row for row in rows.values() if row.entry == "reversal"]
    assert sum(row.location_g for row in reversals) == -sum(int(one.line.kg * 1000) for one in first.entries)
    for at in (1, 2):
        assert standing(rows, at) == sum(row.location_g for row in rows.values() if row.position <= at)


def test_evidence_and_withdrawal() -> None:
    first = entries("1000")
    facts = {"originator_version": 2, "occurred_at": NOW, "originator_id": BILL}
    proved = EvidenceAttached(sha256="a" * 64, proves=first.ref, **facts)
    gone = ActivityWithdrawn(
        replaced=first.ref, withdrawn_by=MANAGER, reason="Not ours", **facts | {"originator_version": 3}
    )
    rows = is_stable(given_events(recorded(BILL, first), proved, gone), CarbonLedger())
    assert {row.evidence_sha256 for row in rows.values()} == {"a" * 64}
    assert sum(row.location_g for row in rows.values()) == 0


def test_a_trip_is_an_estimate_until_it_is_over() -> None:
    (row,) = is_stable(given_events(trip_booked()), CarbonLedger()).values()
    assert (row.actual_position, row.location_g, row.trip_id) == (None, 100_000, STREAM)
    (row,) = is_stable(given_events(trip_booked(), trip_completed()), CarbonLedger()).values()
    assert row.actual_position == 2
    approved = ExpenseApproved(
        originator_id=uuid5(STREAM, "expenses"),
        originator_version=1,
        occurred_at=NOW,
        traveller_id=TRAVELLER,
        trip_id=STREAM,
        expense_id=uuid5(STREAM, "expense"),
        approved_by=MANAGER,
        segment_id=segment_id(1),
    )
    (row,) = is_stable(given_events(trip_booked(), approved, trip_completed()), CarbonLedger()).values()
    assert row.actual_position == 2, "the first fact that says so counts"
    rows = is_stable(given_events(trip_booked(), trip_cancelled()), CarbonLedger())
    assert sorted(row.location_g for row in rows.values()) == [-100_000, 100_000]


def test_a_restated_trip_stays_an_actual() -> None:
    segment = planned(a_flight(), carbon=kg("140.000"), number=1)
    posting = posting_of(1, [segment], {segment.segment_id: figure_lines(segment)})
    restated = TripCarbonRestated(
        originator_id=trip_carbon_id(STREAM),
        originator_version=1,
        occurred_at=NOW,
        trip_id=STREAM,
        traveller_id=TRAVELLER,
        allocation=UNALLOCATED,
        posting=posting,
        carbon=(),
        restatement_id=uuid5(STREAM, "restatement"),
    )
    rows = is_stable(given_events(trip_booked(), trip_completed(), restated), CarbonLedger())
    (new,) = (row for row in rows.values() if row.entry == "fact" and row.reversed_position is None)
    assert (new.location_g, new.actual_position) == (140_000, 3)
    assert standing(rows, 2) == 100_000, "what was known before stays known"


def test_totals_are_those_of_an_independent_fold() -> None:
    """Scope 2 both ways over a history of bills, by adding up the postings that stand, and nothing else."""
    first, green, again = entries("1000"), entries("700", contract=GREEN), entries("1000", year=2024)
    facts = {"originator_version": 3, "occurred_at": datetime(2030, 1, 2, tzinfo=UTC)}
    restated = ActivityRestated(
        originator_id=BILL,
        posting=again.model_copy(update={"number": 2}),
        replaced=first.ref,
        account=ACCOUNT,
        restatement_id=SITE,
        **facts,
    )
    log: list[DomainEvent] = [recorded(BILL, first), recorded(OTHER, green), restated]
    by_stream: dict[UUID, Posting] = {}
    for event in log:
        by_stream[event.originator_id] = event.posting  # type: ignore[attr-defined]
    expected: defaultdict[tuple[int, str], int] = defaultdict(int)
    for posting in by_stream.values():
        for one in posting.entries:
            expected[one.line.scope, "location"] += int(one.line.kg_location * 1000)
            expected[one.line.scope, "market"] += int(one.line.kg_market * 1000)
    found: defaultdict[tuple[int, str], int] = defaultdict(int)
    for row in is_stable(given_events(*log), CarbonLedger()).values():
        found[row.scope, "location"] += row.location_g
        found[row.scope, "market"] += row.market_g
    assert found == expected
    assert expected[2, "market"] < expected[2, "location"]
