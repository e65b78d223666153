"""What happened at a demo company in ninety days? A deterministic list of orders, each at its time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from adapters.demo.companies import OpenCompany
from adapters.demo.emissions import emissions_of
from adapters.demo.orders import DatedOrder, trip_id_of
from adapters.demo.seminar import seminar_of
from application.kernel.command import Command
from application.travel.approvals import ApproveTrip, RejectTrip
from application.travel.segments import InitialFlight, InitialGround, InitialHotel, SegmentRequest
from application.travel.trips import (
    BookTrip,
    CancelTrip,
    CompleteTrip,
    PlanTrip,
    SubmitTrip,
)
from domain.kernel.money import Money
from domain.travel.itinerary import Cabin, GroundMode

DAYS = 90
POLICY_CHANGED_DAYS_AGO = 45


@dataclass(frozen=True)
class Destination:
    """A place people are sent to, with what it costs there."""

    airport: str
    city: str
    country: str
    time_zone: str
    fare_eur: int
    night_eur: int
    is_far: bool = False


DESTINATIONS = (
    Destination("LHR", "London", "GB", "Europe/London", 190, 195),
    Destination("FRA", "Frankfurt", "DE", "Europe/Berlin", 210, 150),
    Destination("MUC", "Munich", "DE", "Europe/Berlin", 220, 155),
    Destination("MAD", "Madrid", "ES", "Europe/Madrid", 180, 130),
    Destination("BCN", "Barcelona", "ES", "Europe/Madrid", 160, 140),
    Destination("MXP", "Milan", "IT", "Europe/Rome", 170, 160),
    Destination("AMS", "Amsterdam", "NL", "Europe/Amsterdam", 200, 180),
    Destination("BRU", "Brussels", "BE", "Europe/Brussels", 150, 140),
    Destination("ZRH", "Zürich", "CH", "Europe/Zurich", 260, 230),
    Destination("NCE", "Nice", "FR", "Europe/Paris", 120, 125),
    Destination("TLS", "Toulouse", "FR", "Europe/Paris", 110, 105),
    Destination("LIS", "Lisbon", "PT", "Europe/Lisbon", 190, 120),
    Destination("JFK", "New York", "US", "America/New_York", 820, 290, is_far=True),
    Destination("SFO", "San Francisco", "US", "America/Los_Angeles", 980, 260, is_far=True),
    Destination("DXB", "Dubai", "AE", "Asia/Dubai", 640, 210, is_far=True),
    Destination("SIN", "Singapore", "SG", "Asia/Singapore", 960, 220, is_far=True),
    Destination("NRT", "Tokyo", "JP", "Asia/Tokyo", 1_050, 200, is_far=True),
)
PURPOSES = (
    "Réunion client",
    "Audit de site",
    "Formation des équipes",
    "Salon professionnel",
    "Comité de pilotage",
    "Mise en service",
    "Négociation fournisseur",
)
REJECTIONS = (
    "Une visioconférence suffit",
    "Budget de l'équipe épuisé ce mois-ci",
    "Merci de grouper avec le déplacement du mois prochain",
    "Le client n'a pas confirmé la date",
)
# What a euro is worth there, roughly, and how many minor units one has: hotels ask for local money.
LOCAL_MONEY = {
    "GB": ("GBP", 0.85, 100),
    "CH": ("CHF", 0.94, 100),
    "US": ("USD", 1.12, 100),
    "SG": ("SGD", 1.45, 100),
    "JP": ("JPY", 172.0, 1),
}
AIRLINES = ("Air Exemple", "Nordwind", "Transalpine")
HOTELS = ("Hôtels Boussole", "Maison Relais")
CABIN_PRICE = {Cabin.ECONOMY: 1.0, Cabin.PREMIUM_ECONOMY: 1.6, Cabin.BUSINESS: 3.4, Cabin.FIRST: 6.0}


def history_of(company: OpenCompany, trips: int, today: date, seed: int = 2025) -> list[DatedOrder]:
    """The company's orders of the last ninety days, oldest first."""
    random = Random(f"{seed}:{company.company.slug}")
    orders = [order for number in range(trips) for order in _trip(company, number, trips, today, random)]
    orders.append(_stricter_policy(company, today))
    besides = (*seminar_of(company, today), *emissions_of(company, today))
    return sorted([*orders, *besides], key=lambda order: (order.at, order.name))


def _stricter_policy(company: OpenCompany, today: date) -> DatedOrder:
    """Half-way, the owner asks for earlier bookings; the verdicts before stand."""
    at = datetime.combine(today - timedelta(days=POLICY_CHANGED_DAYS_AGO), time(10), UTC)
    return DatedOrder(at, "stricter policy", company.company.policy, company.owner_id)


def _trip(company: OpenCompany, number: int, trips: int, today: date, random: Random) -> Iterator[DatedOrder]:
    traveller = random.choice(company.traveller_ids)
    planned_at = _office_hour(today - timedelta(days=DAYS) + timedelta(days=DAYS * number / trips), random)
    departs_on = planned_at.date() + timedelta(days=random.choice((2, 4, 6, 9, 12, 15, 21, 30)))
    segments, returns_on = _itinerary(company, departs_on, random)
    name = f"trip {number}"
    trip_id = trip_id_of(company.tenant_id, name)

    def order(step: str, command: Command, at: datetime, actor: UUID, needs: str | None = None) -> DatedOrder:
        return DatedOrder(at, f"{name}{step}", command, actor, needs)

    plan = PlanTrip(traveller_id=traveller, purpose=random.choice(PURPOSES), segments=segments)
    yield order("", plan, planned_at, traveller)
    fate = random.random()
    if fate < 0.06:
        return  # planned and forgotten
    submitted_at = planned_at + timedelta(minutes=random.randint(5, 90))
    yield order(" submit", SubmitTrip(trip_id=trip_id), submitted_at, traveller, name)
    if fate < 0.10:
        return  # still waiting for a manager
    approved_at = submitted_at + timedelta(minutes=random.randint(10, 600))
    waiting = f"{name} submit"
    if fate < 0.14:  # the manager says no at first
        reject = RejectTrip(trip_id=trip_id, reason=REJECTIONS[number % len(REJECTIONS)])
        yield order(" reject", reject, approved_at, company.manager_id, waiting)
        if fate < 0.125:
            return  # the traveller stays at home
        again_at = approved_at + timedelta(minutes=random.randint(20, 300))
        yield order(" resubmit", SubmitTrip(trip_id=trip_id), again_at, traveller, f"{name} reject")
        approved_at, waiting = again_at + timedelta(minutes=random.randint(10, 300)), f"{name} resubmit"
    yield order(" approve", ApproveTrip(trip_id=trip_id), approved_at, company.manager_id, waiting)
    booked_at = approved_at + timedelta(minutes=random.randint(5, 120))
    yield order(" book", BookTrip(trip_id=trip_id), booked_at, traveller, f"{name} approve")
    now = datetime.combine(today, time(0), UTC)
    if fate > 0.95:
        cancelled_at = booked_at + timedelta(hours=random.randint(1, 20))
        cancel = CancelTrip(trip_id=trip_id, reason="Réunion reportée")
        yield order(" cancel", cancel, cancelled_at, traveller, f"{name} book")
        return
    completed_at = datetime.combine(returns_on + timedelta(days=1), time(9), UTC)
    if completed_at < now:
        yield order(" complete", CompleteTrip(trip_id=trip_id), completed_at, traveller, f"{name} book")


def _itinerary(
    company: OpenCompany, departs_on: date, random: Random
) -> tuple[tuple[SegmentRequest, ...], date]:
    place = random.choices(DESTINATIONS, weights=[1 if each.is_far else 4 for each in DESTINATIONS])[0]
    nights = random.choice((1, 1, 2, 2, 3)) if not place.is_far else random.choice((3, 4, 5))
    cabin = _cabin(place, random)
    returns_on = departs_on + timedelta(days=nights)
    fare = Money(
        amount_minor=round(place.fare_eur * CABIN_PRICE[cabin] * random.uniform(80, 130)), currency="EUR"
    )

    def flight(origin: str, destination: str, day: date, hour: int) -> InitialFlight:
        departs_at = datetime.combine(day, time(hour, random.choice((0, 15, 30, 45))), UTC)
        return InitialFlight(
            kind="flight",
            origin=origin,
            destination=destination,
            cabin=cabin,
            departs_at=departs_at,
            flight_number=f"XE{random.randint(100, 999)}",
            supplier=AIRLINES[len(place.city) % len(AIRLINES)],
            price=fare,
        )

    home = company.company.home
    stay = InitialHotel(
        kind="hotel",
        country=place.country,
        city=place.city,
        name=f"Hôtel {random.choice(('du Port', 'Central', 'des Arts', 'Bellevue', 'de la Gare'))}",
        stars=random.choice((None, Decimal(3), Decimal(3), Decimal(4), Decimal(4), Decimal(4), Decimal(5))),
        check_in=departs_on,
        check_out=returns_on,
        time_zone=place.time_zone,
        supplier=HOTELS[nights % len(HOTELS)],
        price=_local(place.country, place.night_eur * nights * random.uniform(0.8, 1.5)),
    )
    taxi = InitialGround(
        kind="ground",
        mode=GroundMode.TAXI,
        origin=f"{place.city} airport",
        destination=place.city,
        distance_km=random.randint(12, 45),
        departs_at=datetime.combine(departs_on, time(18), UTC),
        time_zone=place.time_zone,
        price=_euros(random.uniform(30, 80)),
    )
    segments: list[Any] = [flight(home, place.airport, departs_on, random.randint(6, 10)), stay, taxi]
    segments.append(flight(place.airport, home, returns_on, random.randint(15, 20)))
    return tuple(segments), returns_on


def _cabin(place: Destination, random: Random) -> Cabin:
    if place.is_far:
        return random.choices(
            (Cabin.ECONOMY, Cabin.PREMIUM_ECONOMY, Cabin.BUSINESS, Cabin.FIRST), weights=(40, 35, 22, 3)
        )[0]
    return random.choices((Cabin.ECONOMY, Cabin.BUSINESS), weights=(93, 7))[0]


def _office_hour(day: date, random: Random) -> datetime:
    return datetime.combine(day, time(random.randint(8, 17), random.randint(0, 59)), UTC)


def _euros(amount: float) -> Money:
    return Money(amount_minor=round(amount * 100), currency="EUR")


def _local(country: str, euros: float) -> Money:
    currency, worth, minor = LOCAL_MONEY.get(country, ("EUR", 1.0, 100))
    return Money(amount_minor=round(euros * worth * minor), currency=currency)
