"""What do journeys come to, whichever way they are asked for?"""

from datetime import date
from uuid import UUID, uuid5

from domain.kernel.event import DomainEvent
from domain.travel.allocation import Allocation
from domain.travel.journey import PlannedSegment, lines_of, totals_of
from domain.travel.rule import Outcome, Rule
from domain.travel.verdict import BrokenRule, Verdict
from projections.travel.travel_totals import TotalRow, TravelTotals
from tests.kit.builders import (
    POLICY,
    STREAM,
    TRAVELLER,
    a_flight,
    a_stay,
    eur,
    kg,
    planned,
    trip_booked,
    trip_cancelled,
    trip_planned,
)
from tests.kit.projecting import given_events, is_stable
from tests.projections.test_violations import violation_flagged

MAY, JUNE = date(2030, 5, 1), date(2030, 6, 1)
DEPARTMENT = uuid5(STREAM, "department")
ACCOUNT = Allocation(department_id=DEPARTMENT)
FLIGHT = planned(a_flight(supplier="Air Example"), carbon=kg("100.000"))
STAY_INTO_JUNE = planned(
    a_stay(check_in=date(2030, 5, 30), check_out=date(2030, 6, 2), supplier="Harbour Inn"),
    carbon=kg("10.001"),
    number=2,
)
ITINERARY = (FLIGHT, STAY_INTO_JUNE)
BOOKED = trip_booked(journey=totals_of(ITINERARY), lines=lines_of(ITINERARY), allocation=ACCOUNT)
CANCELLED = trip_cancelled(returned=BOOKED.journey, lines=BOOKED.lines, allocation=ACCOUNT)


def verdict(*broken: BrokenRule) -> Verdict:
    return Verdict(policy_id=POLICY, policy_version=1, broken=broken)


def broken(outcome: Outcome, *, is_exempted: bool = False) -> BrokenRule:
    return BrokenRule(
        rule=Rule.ADVANCE_BOOKING,
        observed="2",
        limit="14",
        unit="days",
        outcome=outcome,
        is_exempted=is_exempted,
    )


def rows_of(*events: DomainEvent) -> dict[tuple[str, str, date], TotalRow]:
    rows = is_stable(given_events(trip_planned(), *events), TravelTotals())
    return {(row.dimension, row.value, row.month): row for row in rows.values()}


def compliant(*rules: BrokenRule) -> tuple[int, int]:
    row = rows_of(BOOKED.model_copy(update={"verdict": verdict(*rules)}))[("all", "", MAY)]
    return row.trips_booked, row.trips_compliant


class TestABooking:
    def test_counts_its_days_in_their_months_and_itself_where_it_starts(self) -> None:
        rows = rows_of(BOOKED)
        may, june = rows[("all", "", MAY)], rows[("all", "", JUNE)]
        assert (may.spend_eur_cents, may.carbon_g, may.trips_booked) == (80_000, 106_668, 1)
        assert (june.spend_eur_cents, june.carbon_g, june.trips_booked) == (20_000, 3_333, 0)

    def test_counts_under_whoever_pays_and_travels(self) -> None:
        rows = rows_of(BOOKED)
        for dimension, value in (
            ("department", str(DEPARTMENT)),
            ("cost_centre", ""),
            ("traveller", str(TRAVELLER)),
        ):
            may, all_of_may = rows[(dimension, value, MAY)], rows[("all", "", MAY)]
            assert may.model_dump(exclude={"dimension", "value"}) == all_of_may.model_dump(
                exclude={"dimension", "value"}
            )

    def test_counts_once_under_its_dearest_segment(self) -> None:
        rows = rows_of(BOOKED)
        hotel, flight = rows[("supplier", "Harbour Inn", MAY)], rows[("supplier", "Air Example", MAY)]
        assert (hotel.trips_booked, flight.trips_booked) == (1, 0)
        assert (hotel.spend_eur_cents, flight.spend_eur_cents) == (40_000, 40_000)

    def test_counts_under_the_first_of_equally_dear_segments(self) -> None:
        stay = planned(a_stay(price=eur(40_000), supplier="Harbour Inn"), number=2)
        itinerary: tuple[PlannedSegment, ...] = (FLIGHT, stay)
        rows = rows_of(trip_booked(journey=totals_of(itinerary), lines=lines_of(itinerary)))
        assert rows[("cost_type", "flight", MAY)].trips_booked == 1
        assert rows[("cost_type", "hotel", MAY)].trips_booked == 0

    def test_complies_unless_a_rule_that_counts_is_broken(self) -> None:
        assert compliant() == (1, 1)
        assert compliant(broken(Outcome.ALLOW)) == (1, 1)
        assert compliant(broken(Outcome.BLOCK, is_exempted=True)) == (1, 1)
        assert compliant(broken(Outcome.WARN)) == (1, 0)
        assert compliant(broken(Outcome.REQUIRE_APPROVAL)) == (1, 0)

    def test_says_when_nobody_judged_it(self) -> None:
        assert rows_of(BOOKED)[("all", "", MAY)].trips_unjudged == 1
        judged = BOOKED.model_copy(update={"verdict": verdict()})
        assert rows_of(judged)[("all", "", MAY)].trips_unjudged == 0


class TestACancellation:
    def test_takes_out_all_that_the_booking_added(self) -> None:
        for row in rows_of(BOOKED, CANCELLED).values():
            figures = row.model_dump(exclude={"dimension", "value", "month", "position", "trips_cancelled"})
            assert set(figures.values()) == {0}, (row.dimension, row.value, row.month)

    def test_counts_where_the_trip_had_counted(self) -> None:
        booked = {key for key, row in rows_of(BOOKED).items() if row.trips_booked}
        cancelled = {key for key, row in rows_of(BOOKED, CANCELLED).items() if row.trips_cancelled}
        assert booked == cancelled

    def test_takes_back_a_compliance_only_that_was_counted(self) -> None:
        flagged = BOOKED.model_copy(update={"verdict": verdict(broken(Outcome.WARN))})
        assert rows_of(flagged, CANCELLED)[("all", "", MAY)].trips_compliant == 0

    def test_of_a_trip_never_booked_counts_for_nothing(self) -> None:
        assert rows_of(trip_cancelled()) == {}


class TestAViolation:
    def test_counts_by_the_outcome_it_had_when_found(self) -> None:
        found = [
            violation_flagged(number, outcome=outcome, allocation=ACCOUNT)
            for number, outcome in enumerate(
                (Outcome.WARN, Outcome.WARN, Outcome.REQUIRE_APPROVAL, Outcome.BLOCK)
            )
        ]
        rows = rows_of(*found)
        for key in (("all", "", MAY), ("department", str(DEPARTMENT), MAY), ("supplier", "", MAY)):
            row = rows[key]
            assert (row.violations_warned, row.violations_for_approval, row.violations_blocked) == (2, 1, 1)

    def test_of_what_is_allowed_counts_for_nothing(self) -> None:
        row = rows_of(violation_flagged(outcome=Outcome.ALLOW))[("all", "", MAY)]
        assert (row.violations_warned, row.violations_for_approval, row.violations_blocked) == (0, 0, 0)

    def test_is_of_a_type_of_cost_only_if_its_rule_is(self) -> None:
        rows = rows_of(violation_flagged(1, rule=Rule.FLIGHT_CLASS), violation_flagged(2))
        assert rows[("cost_type", "flight", MAY)].violations_warned == 1
        assert rows[("cost_type", "journey", MAY)].violations_warned == 1

    def test_stays_when_its_trip_is_cancelled(self) -> None:
        rows = rows_of(BOOKED, violation_flagged(), CANCELLED)
        assert rows[("all", "", MAY)].violations_warned == 1


def test_every_dimension_adds_up_to_all() -> None:
    other = UUID("00000000-0000-7000-8000-0000000000aa")
    again = BOOKED.model_copy(update={"originator_id": other, "allocation": Allocation()})
    rows = rows_of(BOOKED, again, violation_flagged(), trip_planned(originator_id=other))
    names = [name for name in TotalRow.model_fields if name.split("_")[0] in ("trips", "spend", "carbon")]
    for dimension in {key[0] for key in rows} - {"trip"}:
        for month in (MAY, JUNE):
            for name in (*names, "violations_warned"):
                parts = [getattr(row, name) for key, row in rows.items() if key[::2] == (dimension, month)]
                assert sum(parts) == getattr(rows[("all", "", month)], name), (dimension, name)
