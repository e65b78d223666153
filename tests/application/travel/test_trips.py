"""Do the handlers bring policy, people, places and totals to the decision?"""

from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter, ValidationError

from application.kernel.command import Command
from application.kernel.handlers import Handlers
from application.travel import approvals, policies, trips, violations
from application.travel.approvals import ApproveTrip, RejectTrip
from application.travel.conversion import NoExchangeRate
from application.travel.ownership import NotYourTrip, UnknownTraveller
from application.travel.policies import SetPolicy
from application.travel.segments import SameAirport, UnknownAirport
from application.travel.trips import (
    AddFlight,
    AddGround,
    AddHotel,
    BookTrip,
    CancelTrip,
    CompleteTrip,
    PlanTrip,
    RemoveSegment,
    SubmitTrip,
)
from application.travel.violations import FlagViolation
from domain.kernel.refusals import Conflict, NotFound
from domain.travel.policy import default_policy_id
from domain.travel.rule import Rule
from domain.travel.trip import Trip, TripStatus
from domain.travel.trip_events import FlightAdded, HotelAdded, TripBooked, TripCompleted, TripSubmitted
from domain.travel.trip_refusals import CannotApproveOwnTrip
from tests.kit.builders import DEPARTURE, MANAGER, NOW, TENANT, TRAVELLER
from tests.kit.memory import House

HANDLERS: Handlers = {**trips.HANDLERS, **approvals.HANDLERS, **policies.HANDLERS, **violations.HANDLERS}
NOBODY = UUID("00000000-0000-7000-8000-0000000000ff")

FLIGHT: dict[str, Any] = {
    "origin": "CDG",
    "destination": "JFK",
    "cabin": "economy",
    "departs_at": "2030-05-02T08:00:00Z",
    "price": {"amount_minor": 40_000, "currency": "EUR"},
}
STAY: dict[str, Any] = {
    "country": "US",
    "city": "New York",
    "name": "Harbour Inn",
    "stars": 4,
    "check_in": "2030-05-02",
    "check_out": "2030-05-05",
    "time_zone": "America/New_York",
    "price": {"amount_minor": 60_000, "currency": "EUR"},
}
LEG: dict[str, Any] = {
    "mode": "taxi",
    "origin": "Home",
    "destination": "Airport",
    "distance_km": 31.5,
    "departs_at": "2030-05-02T06:00:00Z",
    "time_zone": "Europe/Paris",
    "price": {"amount_minor": 7_000, "currency": "EUR"},
}


def order(kind: type[Command], **facts: Any) -> Any:
    """The command as a door would parse it."""
    return kind.model_validate(facts)


@pytest.fixture
def house() -> House:
    return House(HANDLERS)


def plan(house: House, *segments: dict[str, Any], **how: Any) -> UUID:
    command = order(PlanTrip, traveller_id=str(TRAVELLER), purpose="Client visit", segments=segments)
    return house.execute(command, **how).stream_id


class TestPlanTrip:
    def test_plans_with_segments_and_figures(self, house: House) -> None:
        trip_id = plan(house, FLIGHT | {"kind": "flight"}, STAY | {"kind": "hotel"}, LEG | {"kind": "ground"})
        trip = house.store.load(Trip, trip_id)
        assert [segment.details.kind for segment in trip.segments] == ["flight", "hotel", "ground"]
        assert all(segment.carbon for segment in trip.segments)

    def test_the_same_order_names_the_same_trip(self, house: House) -> None:
        trip_id = plan(house, key="first")
        assert trip_id == uuid5(TENANT, f"trip:{uuid5(MANAGER, 'first')}")
        with pytest.raises(Conflict):
            plan(house, key="first")

    def test_points_at_an_unknown_airport(self, house: House) -> None:
        with pytest.raises(UnknownAirport) as refused:
            plan(house, STAY | {"kind": "hotel"}, FLIGHT | {"kind": "flight", "destination": "NYC"})
        assert refused.value.facts == {"pointer": "/segments/1/destination"}
        assert house.store.events == []

    def test_points_at_an_unknown_traveller(self, house: House) -> None:
        with pytest.raises(UnknownTraveller) as refused:
            house.execute(order(PlanTrip, traveller_id=str(NOBODY), purpose="Client visit"))
        assert refused.value.facts == {"pointer": "/traveller_id"}

    def test_a_traveller_plans_for_himself_only(self, house: House) -> None:
        plan(house, by=TRAVELLER, reach="own")
        with pytest.raises(NotYourTrip):
            plan(house, by=NOBODY, reach="own")

    def test_points_at_a_currency_without_a_rate(self, house: House) -> None:
        unpublished = STAY | {"kind": "hotel", "price": {"amount_minor": 1, "currency": "XOF"}}
        with pytest.raises(NoExchangeRate) as refused:
            plan(house, FLIGHT | {"kind": "flight"}, unpublished)
        assert refused.value.facts["pointer"] == "/segments/1/price/currency"
        trip_id = str(plan(house))
        with pytest.raises(NoExchangeRate) as refused:
            house.execute(order(AddHotel, trip_id=trip_id, **(STAY | {"price": unpublished["price"]})))
        assert refused.value.facts["pointer"] == "/price/currency"


class TestSegments:
    def test_each_kind_joins_with_its_figure(self, house: House) -> None:
        trip_id = str(plan(house))
        house.execute(order(AddFlight, trip_id=trip_id, **FLIGHT))
        house.execute(order(AddHotel, trip_id=trip_id, **(STAY | {"country": "PL"})))
        house.execute(order(AddGround, trip_id=trip_id, **LEG))
        flight, hotel = house.store.history(UUID(trip_id))[1:3]
        assert isinstance(flight, FlightAdded)
        assert flight.carbon is not None
        assert (flight.carbon.factor_id, str(flight.carbon.kg)) == (
            "flight-international_non_uk",
            "583.366",
        )
        assert isinstance(hotel, HotelAdded)
        assert (hotel.carbon, hotel.carbon_missing) == (None, "no_factor")

    def test_points_at_the_field(self, house: House) -> None:
        trip_id = str(plan(house))
        with pytest.raises(UnknownAirport) as refused:
            house.execute(order(AddFlight, trip_id=trip_id, **(FLIGHT | {"origin": "PAR"})))
        assert refused.value.facts == {"pointer": "/origin"}
        with pytest.raises(SameAirport):
            house.execute(order(AddFlight, trip_id=trip_id, **(FLIGHT | {"origin": "JFK"})))

    def test_the_same_order_adds_one_segment(self, house: House) -> None:
        trip_id = str(plan(house))
        assert house.execute(order(AddFlight, trip_id=trip_id, **FLIGHT), key="one").recorded
        assert not house.execute(order(AddFlight, trip_id=trip_id, **FLIGHT), key="one").recorded

    def test_leaves_again(self, house: House) -> None:
        trip_id = plan(house, FLIGHT | {"kind": "flight"})
        segment_id = house.store.load(Trip, trip_id).segments[0].segment_id
        house.execute(RemoveSegment(trip_id=trip_id, segment_id=segment_id))
        assert house.store.load(Trip, trip_id).segments == ()

    def test_an_unknown_trip_is_not_found(self, house: House) -> None:
        with pytest.raises(NotFound):
            house.execute(order(AddFlight, trip_id=str(NOBODY), **FLIGHT))


class TestJudgement:
    def test_applies_the_policy_in_force_and_guards_it(self, house: House) -> None:
        house.execute(order(SetPolicy, name="Default", max_daily_budget_eur=399.99))
        trip_id = plan(house, FLIGHT | {"kind": "flight"})
        house.execute(SubmitTrip(trip_id=trip_id))
        event = house.store.events[-1]
        assert isinstance(event, TripSubmitted)
        assert event.verdict is not None
        assert [one.rule for one in event.verdict.broken] == [Rule.DAILY_BUDGET]
        assert default_policy_id(TENANT) in house.store.consulted

    def test_counts_other_booked_trips_and_gives_back_cancelled_ones(self, house: House) -> None:
        house.execute(order(SetPolicy, name="Default", max_daily_budget_eur="400", carbon_budget_kg_year=600))
        first, second, third = (plan(house, FLIGHT | {"kind": "flight"}) for _ in range(3))
        assert book(house, first) == []
        assert book(house, second) == [Rule.DAILY_BUDGET, Rule.CARBON_BUDGET]
        house.execute(CancelTrip(trip_id=first, reason="Illness"))
        house.execute(CancelTrip(trip_id=second, reason="Illness"))
        assert book(house, third) == []

    def test_no_policy_no_verdict(self, house: House) -> None:
        trip_id = plan(house, FLIGHT | {"kind": "flight"})
        house.execute(BookTrip(trip_id=trip_id))
        event = house.store.events[-1]
        assert isinstance(event, TripBooked)
        assert event.verdict is None


class TestApproval:
    def test_goes_all_the_way(self, house: House) -> None:
        house.execute(order(SetPolicy, name="Default", requires_approval_above=100))
        mine: dict[str, Any] = {"by": TRAVELLER, "reach": "own"}
        trip_id = plan(house, FLIGHT | {"kind": "flight"}, **mine)
        house.execute(SubmitTrip(trip_id=trip_id), **mine)
        with pytest.raises(CannotApproveOwnTrip):
            house.execute(ApproveTrip(trip_id=trip_id), **mine)
        house.execute(ApproveTrip(trip_id=trip_id, comment="Go"))
        house.execute(BookTrip(trip_id=trip_id), **mine)
        house.execute(CompleteTrip(trip_id=trip_id), **mine, at=DEPARTURE)
        assert isinstance(house.store.events[-1], TripCompleted)

    def test_a_traveller_decides_nothing_for_others(self, house: House) -> None:
        trip_id = plan(house, FLIGHT | {"kind": "flight"})
        house.execute(SubmitTrip(trip_id=trip_id))
        other: dict[str, Any] = {"by": NOBODY, "reach": "own"}
        for command in (
            ApproveTrip(trip_id=trip_id),
            RejectTrip(trip_id=trip_id, reason="No"),
            BookTrip(trip_id=trip_id),
            CancelTrip(trip_id=trip_id, reason="No"),
        ):
            with pytest.raises(NotYourTrip):
                house.execute(command, **other)
        house.execute(RejectTrip(trip_id=trip_id, reason="No"))
        assert house.store.load(Trip, trip_id).status is TripStatus.REJECTED


class TestSetPolicy:
    def test_adopts_revises_and_keeps_calm(self, house: House) -> None:
        first = house.execute(order(SetPolicy, name="Default", max_flight_class="business"))
        assert (first.stream_id, first.version) == (default_policy_id(TENANT), 1)
        second = house.execute(order(SetPolicy, name="Default", max_flight_class="first"))
        assert second.version == 2
        assert not house.execute(order(SetPolicy, name="Default", max_flight_class="first")).recorded


class TestFlagViolation:
    def test_is_flagged_once(self, house: House) -> None:
        command = order(
            FlagViolation,
            trip_id=str(NOBODY),
            traveller_id=str(TRAVELLER),
            broken={"rule": "max_hotel_stars", "observed": "5", "limit": "4", "unit": "stars"},
            policy_id=str(default_policy_id(TENANT)),
            policy_version=1,
            stage="booked",
            alert=True,
            starts_on="2030-05-02",
            allocation={},
        )
        assert house.execute(command).recorded
        again = house.execute(command)
        assert not again.recorded
        assert again.stream_id == uuid5(NOBODY, "1:max_hotel_stars")


class TestBadInput:
    @pytest.mark.parametrize(
        "change",
        [
            {"stars": "NaN"},
            {"stars": float("inf")},
            {"stars": True},
            {"stars": 4.3},
            {"stars": "1e999999999"},
            {"stars": "1e-999999999"},
            {"name": "nul\x00"},
            {"name": " "},
            {"name": "x" * 201},
            {"country": "usa"},
            {"check_in": "+10000-01-01"},
            {"check_in": 1_893_456_000},
            {"check_in": "1893456000"},
            {"check_in": "2030-05-02T00:00:00Z"},
            {"check_in": "2030-05-05"},
            {"check_out": "2031-05-05"},
            {"time_zone": "Mars/Olympus"},
            {"time_zone": "../../etc/passwd"},
            {"time_zone": "localtime"},
            {"price": {"amount_minor": 1.5, "currency": "EUR"}},
            {"price": {"amount_minor": 10**5000, "currency": "EUR"}},
            {"price": {"amount_minor": -1, "currency": "EUR"}},
            {"price": {"amount_minor": 1, "currency": "XXX"}},
            {"price": {"amount_minor": True, "currency": "EUR"}},
            {"surprise": 1},
            {"trip_id": 12},
        ],
    )
    def test_is_refused_before_anything_happens(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            order(AddHotel, **({"trip_id": str(NOBODY)} | STAY | change))

    @pytest.mark.parametrize("name", ["lone \ud800 surrogate", "\x7f"])
    def test_text_no_database_can_store(self, name: str) -> None:
        with pytest.raises(ValidationError):
            order(AddHotel, **({"trip_id": str(NOBODY)} | STAY | {"name": name}))

    @pytest.mark.parametrize(
        "change",
        [
            {"departs_at": "2030-05-02T08:00:00"},
            {"departs_at": 1_893_456_000},
            {"departs_at": 1_893_456_000.0},
            {"departs_at": "1893456000"},
            {"departs_at": "2030-05-02"},
            {"departs_at": "9999-12-31T23:59:59-12:00"},
            {"departs_at": "2199-12-31T23:59:59-12:00"},
            {"departs_at": "1900-01-01T00:00:00+12:00"},
            {"arrives_at": "2030-05-02T08:00:00Z"},
            {"cabin": "cargo"},
            {"origin": "cdg"},
            {"flight_number": "AF 007"},
        ],
    )
    def test_flights_too(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            order(AddFlight, **({"trip_id": str(NOBODY)} | FLIGHT | change))

    @pytest.mark.parametrize("distance", [0, -1, 20_001, "Infinity", True, "1e400", 10**400])
    def test_distances_too(self, distance: Any) -> None:
        with pytest.raises(ValidationError):
            order(AddGround, **({"trip_id": str(NOBODY)} | LEG | {"distance_km": distance}))

    @pytest.mark.parametrize(
        "change",
        [
            {"max_daily_budget_eur": 1.001},
            {"max_daily_budget_eur": "NaN"},
            {"max_daily_budget_eur": False},
            {"max_hotel_stars": 4.5},
            {"max_hotel_stars": "4"},
            {"advance_booking_days": -1},
            {"auto_flag_violations": 1},
            {"carbon_budget_kg_year": True},
        ],
    )
    def test_policies_too(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            order(SetPolicy, **({"name": "Default"} | change))

    def test_forty_one_segments(self) -> None:
        with pytest.raises(ValidationError):
            order(
                PlanTrip,
                traveller_id=str(TRAVELLER),
                purpose="Client visit",
                segments=[FLIGHT | {"kind": "flight"}] * 41,
            )

    @pytest.mark.parametrize("kind", list(HANDLERS))
    def test_every_command_describes_itself_to_clients(self, kind: type[Command]) -> None:
        schema = TypeAdapter(kind).json_schema()
        assert schema["additionalProperties"] is False
        assert schema["description"]


def book(house: House, trip_id: UUID) -> list[Rule]:
    """The rules a booking was found to break."""
    house.execute(BookTrip(trip_id=trip_id), at=NOW)
    event = house.store.events[-1]
    assert isinstance(event, TripBooked)
    assert event.verdict is not None
    return [one.rule for one in event.verdict.broken]
