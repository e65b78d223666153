"""What does a typical trip look like? Builders with defaults, so that a test shows only what matters."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from domain.kernel.emissions import CarbonFigure, EmissionLine
from domain.kernel.geography import Airport
from domain.kernel.money import Money
from domain.travel.allocation import UNALLOCATED
from domain.travel.approval import ANYONE
from domain.travel.commitments import commitments_of
from domain.travel.itinerary import Cabin, FlightSegment, GroundLeg, GroundMode, HotelStay, Segment
from domain.travel.journey import PlannedSegment, lines_of, totals_of
from domain.travel.policy import PolicyAdopted, PolicyInForce, PolicyRules
from domain.travel.segment_lines import lines_of_figure
from domain.travel.trip_events import (
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentRemoved,
    TripApproved,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripPlanned,
    TripRejected,
    TripSubmitted,
)
from domain.travel.trip_posting import posting_of

TENANT = UUID("00000000-0000-7000-8000-00000000000a")
STREAM = UUID("00000000-0000-7000-8000-000000000001")
TRAVELLER = UUID("00000000-0000-7000-8000-000000000002")
MANAGER = UUID("00000000-0000-7000-8000-000000000003")
POLICY = UUID("00000000-0000-7000-8000-000000000004")
NOW = datetime(2030, 3, 1, 9, 0, tzinfo=UTC)
DEPARTURE = datetime(2030, 5, 2, 8, 0, tzinfo=UTC)

CDG = Airport(
    iata="CDG",
    name="Charles de Gaulle International Airport",
    country="FR",
    latitude=49.0128,
    longitude=2.55,
    time_zone="Europe/Paris",
)
JFK = Airport(
    iata="JFK",
    name="John F Kennedy International Airport",
    country="US",
    latitude=40.6398,
    longitude=-73.7789,
    time_zone="America/New_York",
)


def instant(text: str) -> datetime:
    """`2030-05-02 08:00` in UTC, or with an offset of its own."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def eur(cents: int) -> Money:
    """An amount in euro cents."""
    return Money(amount_minor=cents, currency="EUR")


def a_flight(**facts: Any) -> FlightSegment:
    """CDG to JFK in economy, 400 EUR."""
    defaults: dict[str, Any] = {
        "origin": CDG,
        "destination": JFK,
        "cabin": Cabin.ECONOMY,
        "departs_at": DEPARTURE,
        "price": eur(40_000),
    }
    return FlightSegment(**(defaults | facts))


def a_stay(**facts: Any) -> HotelStay:
    """Three nights in New York, 600 EUR, four stars."""
    defaults: dict[str, Any] = {
        "country": "US",
        "city": "New York",
        "name": "Harbour Inn",
        "stars": Decimal(4),
        "check_in": date(2030, 5, 2),
        "check_out": date(2030, 5, 5),
        "time_zone": "America/New_York",
        "price": eur(60_000),
    }
    return HotelStay(**(defaults | facts))


def a_leg(**facts: Any) -> GroundLeg:
    """By rail from Paris to Lyon, 80 EUR."""
    defaults: dict[str, Any] = {
        "mode": GroundMode.RAIL,
        "origin": "Paris Gare de Lyon",
        "destination": "Lyon Part-Dieu",
        "distance_km": Decimal(427),
        "departs_at": DEPARTURE,
        "time_zone": "Europe/Paris",
        "price": eur(8_000),
    }
    return GroundLeg(**(defaults | facts))


def kg(amount: str, **facts: Any) -> CarbonFigure:
    """A figure of that many kilograms."""
    defaults: dict[str, Any] = {
        "kg": Decimal(amount),
        "factor_id": "21_316_3180_11_1",
        "factor_value": Decimal("0.10916"),
        "factor_unit": "passenger-km",
        "source": "UK DESNZ 2025",
        "year": 2025,
        "grade": 2,
    }
    return CarbonFigure(**(defaults | facts))


def planned(details: Segment, *, carbon: CarbonFigure | None = None, number: int = 1) -> PlannedSegment:
    """The segment as the trip keeps it."""
    return PlannedSegment(
        segment_id=segment_id(number),
        details=details,
        carbon=carbon,
        carbon_missing=None if carbon else "no_factor",
    )


def segment_id(number: int) -> UUID:
    """The id of the n-th segment."""
    return uuid5(STREAM, f"segment:{number}")


def rules(**facts: Any) -> PolicyRules:
    """Rules that limit nothing but what the test names."""
    unlimited: dict[str, Any] = {"name": "Default", "max_hotel_stars": None, "advance_booking_days": None}
    return PolicyRules(**(unlimited | facts))


def policy_in_force(version: int = 1, **facts: Any) -> PolicyInForce:
    """A policy with `rules(**facts)`."""
    return PolicyInForce(policy_id=POLICY, policy_version=version, rules=rules(**facts))


def policy_adopted(**facts: Any) -> PolicyAdopted:
    return PolicyAdopted(**_envelope(), rules=rules(**facts), policy_version=1)


def trip_planned(**facts: Any) -> TripPlanned:
    return TripPlanned(**(_envelope() | {"traveller_id": TRAVELLER, "purpose": "Client visit"} | facts))


def segment_added(segment: PlannedSegment) -> FlightAdded | HotelAdded | GroundLegAdded:
    facts: dict[str, Any] = _envelope() | {
        "traveller_id": TRAVELLER,
        "segment_id": segment.segment_id,
        "carbon": segment.carbon,
        "carbon_missing": segment.carbon_missing,
        "rate": segment.rate,
    }
    match segment.details:
        case FlightSegment() as flight:
            return FlightAdded(flight=flight, **facts)
        case HotelStay() as stay:
            return HotelAdded(stay=stay, **facts)
        case GroundLeg() as leg:
            return GroundLegAdded(leg=leg, **facts)


def flight_added(*, departs: str = "2030-05-02 08:00", number: int = 1) -> FlightAdded:
    """A flight of 100 kg joined the trip."""
    event = segment_added(planned(a_flight(departs_at=instant(departs)), carbon=kg("100.000"), number=number))
    assert isinstance(event, FlightAdded)
    return event


def segment_removed(number: int = 1) -> SegmentRemoved:
    return SegmentRemoved(**_envelope(), traveller_id=TRAVELLER, segment_id=segment_id(number))


def trip_submitted(**facts: Any) -> TripSubmitted:
    asked: dict[str, Any] = {"allocation": UNALLOCATED, "chain": ANYONE, "due_at": None}
    return TripSubmitted(**(_envelope() | _journey() | asked | facts))


def trip_approved() -> TripApproved:
    return TripApproved(**_envelope(), traveller_id=TRAVELLER, approved_by=MANAGER, on_behalf_of=None)


def trip_rejected() -> TripRejected:
    return TripRejected(
        **_envelope(), traveller_id=TRAVELLER, rejected_by=MANAGER, on_behalf_of=None, reason="Too expensive"
    )


def trip_booked(**facts: Any) -> TripBooked:
    """One flight of 400 EUR and 100 kg was booked, on nobody's account; other facts need their own lines."""
    booked = {"allocation": UNALLOCATED, "lines": lines_of(_segments())} | _journey() | facts
    counted = commitments_of(booked["journey"], TRAVELLER, booked["allocation"], {})
    posting = posting_of(1, _segments(), {one.segment_id: figure_lines(one) for one in _segments()})
    return TripBooked(**(_envelope() | {"commitments": counted, "posting": posting} | booked))


def figure_lines(segment: PlannedSegment) -> tuple[EmissionLine, ...]:
    """The lines of a segment's figure, as business travel."""
    return lines_of_figure(segment, lambda figure: None)


def trip_completed() -> TripCompleted:
    return TripCompleted(**_envelope(), traveller_id=TRAVELLER, journey=_journey()["journey"])


def trip_cancelled(**facts: Any) -> TripCancelled:
    defaults: dict[str, Any] = {
        "traveller_id": TRAVELLER,
        "reason": "Illness",
        "returned": None,
        "allocation": UNALLOCATED,
        "lines": (),
    }
    return TripCancelled(**(_envelope() | defaults | facts))


def days_before(departure: datetime, days: int) -> datetime:
    """That many times 24 hours earlier."""
    return departure - timedelta(days=days)


def _journey() -> dict[str, Any]:
    return {"traveller_id": TRAVELLER, "journey": totals_of(_segments()), "verdict": None}


def _segments() -> tuple[PlannedSegment, ...]:
    return (planned(a_flight(), carbon=kg("100.000")),)


def _envelope() -> dict[str, Any]:
    return {"originator_id": STREAM, "originator_version": 1, "occurred_at": NOW}
