"""What do this tenant's journeys cost and emit, month by month and by type of cost?"""

from datetime import date
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.event import DomainEvent
from domain.travel.journey import PlannedSegment, totals_of
from domain.travel.rule import Rule
from projections.travel import travel_spend
from projections.travel.travel_spend import SpendFigures, TravelSpend
from tests.kit.builders import (
    STREAM,
    TENANT,
    a_flight,
    a_leg,
    a_stay,
    kg,
    planned,
    segment_added,
    segment_id,
    segment_removed,
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
BOOKED = (trip_planned(), *map(segment_added, ITINERARY), trip_booked(journey=JOURNEY))
CANCELLED = (*BOOKED, trip_cancelled(returned=JOURNEY))


def elsewhere(number: int, *segments: PlannedSegment) -> tuple[DomainEvent, ...]:
    """Another booked trip."""
    trip_id = uuid5(STREAM, f"trip:{number}")
    moved = [
        one.model_copy(update={"segment_id": uuid5(trip_id, str(at))}) for at, one in enumerate(segments)
    ]
    events = (trip_planned(), *map(segment_added, moved), trip_booked(journey=totals_of(moved)))
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

    def test_count_only_once_booked(self) -> None:
        assert set(states(*BOOKED[:-1]).values()) == {"planned"}
        assert set(states(*BOOKED).values()) == {"booked"}
        assert set(states(*CANCELLED).values()) == {"cancelled"}

    def test_go_away_with_their_segment_or_a_journey_never_booked(self) -> None:
        assert states(*BOOKED[:-1], segment_removed(2)) == {(segment_id(1), MAY): "planned"}
        assert states(*BOOKED[:-1], trip_cancelled()) == {}

    def test_put_a_violation_into_the_month_of_departure(self) -> None:
        late = given_events(*BOOKED, violation_flagged(1), violation_flagged(2, rule=Rule.HOTEL_STARS))
        rows = is_stable(late, TravelSpend())
        assert rows[(finding(1), MAY)].cost_type == "journey"
        assert rows[(finding(2), MAY)].cost_type == "hotel"

    def test_leave_a_violation_where_it_was_found(self) -> None:
        earlier = planned(a_leg(), number=3)
        story = (
            trip_planned(),
            segment_added(planned(a_stay(check_in=date(2030, 6, 3), check_out=date(2030, 6, 4)), number=2)),
            violation_flagged(1),
            segment_added(earlier),
            segment_removed(2),
        )
        assert states(*story)[(finding(1), JUNE)] == "flagged"

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
