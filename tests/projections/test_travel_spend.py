"""What do this tenant's journeys cost and emit, month by month and by type of cost?"""

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from domain.travel.allocation import Allocation
from domain.travel.exchange import ExchangeRate
from domain.travel.journey import PlannedSegment, lines_of, totals_of
from domain.travel.rule import Rule
from domain.travel.trip_events import TripBooked, TripCancelled
from projections.travel import travel_spend
from projections.travel.travel_spend import SpendFigures, TravelSpend
from tests.kit.builders import (
    STREAM,
    TENANT,
    TRAVELLER,
    a_flight,
    a_stay,
    kg,
    planned,
    segment_added,
    segment_id,
    trip_booked,
    trip_cancelled,
    trip_planned,
)
from tests.kit.projecting import given_events, is_stable, project_into
from tests.projections.test_violations import finding, violation_flagged

MAY, JUNE = date(2030, 5, 1), date(2030, 6, 1)
STAY_INTO_JUNE = planned(
    a_stay(check_in=date(2030, 5, 30), check_out=date(2030, 6, 2)), carbon=kg("10.001"), number=2
)
FLIGHT = planned(a_flight(), carbon=kg("100.000"))
ITINERARY = (FLIGHT, STAY_INTO_JUNE)
JOURNEY = totals_of(ITINERARY)


def booked(*segments: PlannedSegment, **facts: Any) -> TripBooked:
    """These segments were booked, each a line of its own."""
    return trip_booked(journey=totals_of(segments), lines=lines_of(segments), **facts)


def cancelled(*segments: PlannedSegment) -> TripCancelled:
    """And called off again."""
    return trip_cancelled(returned=totals_of(segments), lines=lines_of(segments))


BOOKED = (trip_planned(), *map(segment_added, ITINERARY), booked(*ITINERARY))
CANCELLED = (*BOOKED, cancelled(*ITINERARY))


def elsewhere(number: int, *segments: PlannedSegment) -> tuple[DomainEvent, ...]:
    """Another booked trip."""
    trip_id = uuid5(STREAM, f"trip:{number}")
    moved = [
        one.model_copy(update={"segment_id": uuid5(trip_id, str(at))}) for at, one in enumerate(segments)
    ]
    events = (trip_planned(), *map(segment_added, moved), booked(*moved))
    return tuple(event.model_copy(update={"originator_id": trip_id}) for event in events)


def states(*events: DomainEvent) -> dict[tuple[UUID, date], str]:
    rows = is_stable(given_events(*events), TravelSpend())
    return {(row.line_id, row.month): row.state for row in rows.values()}


class TestTheLines:
    def test_share_a_stay_across_the_turn_of_the_month_without_losing_a_cent(self) -> None:
        rows = is_stable(given_events(*BOOKED), TravelSpend())
        stay = segment_id(2)
        assert (rows[(stay, MAY)].spend_eur_cents, rows[(stay, JUNE)].spend_eur_cents) == (40_000, 20_000)
        assert (rows[(stay, MAY)].carbon_g, rows[(stay, JUNE)].carbon_g) == (6_668, 3_333)

    def test_agree_with_the_totals_the_budgets_are_judged_by(self) -> None:
        rows = is_stable(given_events(*BOOKED), TravelSpend()).values()
        assert sum(row.spend_eur_cents for row in rows) == JOURNEY.spend_eur_cents
        assert sum(row.carbon_g for row in rows) == sum(year.grams for year in JOURNEY.carbon_by_year)

    def test_begin_with_the_booking(self) -> None:
        assert states(*BOOKED[:-1]) == {}
        assert set(states(*BOOKED).values()) == {"booked"}
        assert set(states(*CANCELLED).values()) == {"cancelled"}

    def test_leave_no_trace_of_a_journey_never_booked(self) -> None:
        assert states(*BOOKED[:-1], trip_cancelled()) == {}

    def test_name_account_supplier_route_and_currency(self) -> None:
        rate = ExchangeRate(
            currency="USD", units_per_eur=2, published_on=date(2030, 3, 1), source="Test rates"
        )
        flight = planned(
            a_flight(supplier="Blue Air", price=Money(amount_minor=60_000, currency="USD"))
        ).model_copy(update={"rate": rate})
        account = Allocation(department_id=uuid5(STREAM, "sales"), cost_centre_id=uuid5(STREAM, "4711"))
        rows = is_stable(given_events(trip_planned(), booked(flight, allocation=account)), TravelSpend())
        row = rows[(segment_id(1), MAY)]
        assert (row.supplier, row.route, row.mode) == ("Blue Air", "CDG-JFK", "flight")
        assert (row.currency, row.spend_eur_cents) == ("USD", 30_000)
        assert (row.traveller_id, row.department_id) == (TRAVELLER, account.department_id)
        assert (row.cost_centre_id, row.group_id) == (account.cost_centre_id, None)

    def test_put_a_violation_into_the_month_of_departure(self) -> None:
        late = given_events(
            *BOOKED,
            violation_flagged(1),
            violation_flagged(2, rule=Rule.HOTEL_STARS, starts_on=date(2030, 6, 30)),
        )
        rows = is_stable(late, TravelSpend())
        assert rows[(finding(1), MAY)].cost_type == "journey"
        assert rows[(finding(2), JUNE)].cost_type == "hotel"

    def test_put_a_violation_whose_departure_was_not_kept_into_the_month_it_was_found(self) -> None:
        rows = is_stable(given_events(violation_flagged(1, starts_on=None)), TravelSpend())
        assert list(rows) == [(finding(1), date(2030, 3, 1))]

    def test_keep_a_violation_of_a_cancelled_trip(self) -> None:
        assert states(*BOOKED, violation_flagged(1), trip_cancelled())[(finding(1), MAY)] == "flagged"


def test_queries_add_up_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    history = given_events(
        *CANCELLED,
        *elsewhere(1, FLIGHT, STAY_INTO_JUNE),
        *elsewhere(2, FLIGHT),
        *elsewhere(3, FLIGHT)[:-1],
        violation_flagged(1),
    )
    project_into(database_url, master_key, TravelSpend(), history.events)
    period = {"start": date(2030, 1, 1), "end": date(2031, 1, 1)}
    with reading(pools.queries, TENANT) as sql:
        assert travel_spend.total(sql, **period) == SpendFigures(
            trips_booked=2, trips_cancelled=1, spend_eur_cents=140_000, carbon_g=210_001, violations=1
        )
        assert travel_spend.by_month(sql, **period) == [
            SpendFigures(
                month=MAY,
                trips_booked=2,
                trips_cancelled=1,
                spend_eur_cents=120_000,
                carbon_g=206_668,
                violations=1,
            ),
            SpendFigures(
                month=JUNE,
                trips_booked=1,
                trips_cancelled=1,
                spend_eur_cents=20_000,
                carbon_g=3_333,
                violations=0,
            ),
        ]
        by_type = travel_spend.by_month_and_type(sql, **period)
        assert [(one.month, one.cost_type, one.trips_booked, one.violations) for one in by_type] == [
            (MAY, "flight", 2, 0),
            (MAY, "hotel", 1, 0),
            (MAY, "journey", 0, 1),
            (JUNE, "hotel", 1, 0),
        ]
        assert travel_spend.total(sql, start=JUNE, end=date(2030, 7, 1)).spend_eur_cents == 20_000
    with reading(pools.queries, STREAM) as sql:
        assert travel_spend.total(sql, **period).trips_booked == 0
        assert travel_spend.by_month(sql, **period) == []
