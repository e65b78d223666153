"""Are the sums a company hands over those of its journeys, and is a published cell what was published?"""

from datetime import date
from decimal import Decimal

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.event import DomainEvent
from domain.travel.exchange_day import RatesCorrected, RatesPublished
from domain.travel.itinerary import Cabin
from domain.travel.peer_benchmark import PublishedCell, QuarterPublished
from domain.travel.peer_metrics import PeerMetric, Quartiles
from projections.travel import benchmark_cells, benchmark_trips, exchange_rates
from projections.travel.benchmark_cells import BenchmarkCells
from projections.travel.benchmark_trips import BenchmarkTrips
from projections.travel.exchange_rates import ExchangeRates
from tests.kit.builders import (
    DEPARTURE,
    NOW,
    STREAM,
    TENANT,
    a_flight,
    flight_added,
    kg,
    planned,
    segment_added,
    segment_removed,
    trip_booked,
    trip_cancelled,
)
from tests.kit.projecting import given_events, is_stable, project_into

IN_BUSINESS = segment_added(planned(a_flight(cabin=Cabin.BUSINESS), carbon=kg("100.000"), number=2))
REMOVED = segment_added(planned(a_flight(cabin=Cabin.FIRST), carbon=kg("100.000"), number=3))


class TestATrip:
    def test_is_measured_when_it_is_booked(self) -> None:
        history = given_events(flight_added(), IN_BUSINESS, REMOVED, segment_removed(3), trip_booked())
        row = is_stable(history, BenchmarkTrips())[(STREAM,)]
        assert (row.state, row.starts_on) == ("booked", date(2030, 5, 2))
        assert (row.flights, row.premium_flights) == (2, 1)
        assert row.advance_days == (DEPARTURE.date() - NOW.date()).days
        assert (row.is_judged, row.is_compliant) == (False, False)

    def test_counts_until_it_is_cancelled(self, database_url: str, master_key: bytes, pools: Pools) -> None:
        def figures(*events: DomainEvent) -> tuple[int, int]:
            project_into(database_url, master_key, BenchmarkTrips(), given_events(*events).events)
            with reading(pools.queries, TENANT) as sql:
                counted = benchmark_trips.figures(sql, start=date(2030, 4, 1), end=date(2030, 7, 1))
                outside = benchmark_trips.figures(sql, start=date(2030, 7, 1), end=date(2030, 10, 1))
            assert outside.trips == 0
            return counted.trips, counted.spend_eur_cents

        assert figures(flight_added()) == (0, 0)
        assert figures(flight_added(), trip_booked()) == (1, trip_booked().journey.spend_eur_cents)
        assert figures(flight_added(), trip_booked(), trip_cancelled()) == (0, 0)


def test_a_cell_is_read_as_published(database_url: str, master_key: bytes, pools: Pools) -> None:
    told = Quartiles(lower=Decimal(300), median=Decimal(350), upper=Decimal(400))
    metric = PeerMetric.SPEND_PER_EMPLOYEE
    cell = PublishedCell(sector="62", metric=metric, quartiles=told, members=(STREAM,))
    history = given_events(
        QuarterPublished(
            originator_id=STREAM, originator_version=1, occurred_at=NOW, quarter="2030-Q1", cells=(cell,)
        )
    )
    assert len(is_stable(history, BenchmarkCells())) == 1
    project_into(database_url, master_key, BenchmarkCells(), history.events)
    with reading(pools.queries, TENANT) as sql:
        found = benchmark_cells.find(sql, quarter="2030-Q1", metric=metric, sector="62")
        other = benchmark_cells.find(sql, quarter="2030-Q1", metric=metric, sector="K")
    assert found is not None
    assert (found.lower, found.median, found.upper) == (300, 350, 400)
    assert other is None


def test_a_correction_replaces_the_rate_and_says_when(
    database_url: str, master_key: bytes, pools: Pools
) -> None:
    facts = {"originator_id": STREAM, "occurred_at": NOW, "published_on": NOW.date(), "source": "Test rates"}
    first = RatesPublished(originator_version=1, rates={"USD": Decimal("1.08"), "JPY": Decimal(160)}, **facts)
    corrected = RatesCorrected(originator_version=2, rates={"USD": Decimal("1.09")}, **facts)
    history = given_events(first, corrected)
    rows = is_stable(history, ExchangeRates())
    assert {row.currency: row.corrected_at for row in rows.values()} == {"USD": NOW, "JPY": None}
    project_into(database_url, master_key, ExchangeRates(), history.events)
    with reading(pools.queries, TENANT) as sql:
        dollars = exchange_rates.latest(sql, currency="USD", on=NOW.date())
        assert exchange_rates.latest(sql, currency="USD", on=date(2030, 2, 28)) is None
        assert exchange_rates.latest_day(sql, on=date(2031, 1, 1)) == NOW.date()
    assert dollars is not None
    assert dollars.units_per_eur == Decimal("1.09")
