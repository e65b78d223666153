"""How fast is a journey of a thousand segments reckoned?"""

import random
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import asin, cos, radians, sin, sqrt
from time import perf_counter
from typing import Any

from adapters.factors.airports import ShippedAirports
from adapters.factors.shipped import shipped_rows, shipped_table
from application.esg.trip_carbon import TripCarbon, TripCarbonRequest, reckon
from domain.esg.carbon_method import AdoptedMethod
from tests.bench.figures import Figure, Sizes, at_least, interleaved
from tests.bench.place import Place

SEGMENTS = 1_000
CODES = "LHR EDI CDG NCE JFK SFO SIN FRA AMS MAD".split()
GRAM, MILLIMETRE = Decimal("0.001"), Decimal("0.000001")
NIGHTS = {"FR": "France", "US": "United States", "DE": "Germany"}
Factors = dict[tuple[str, str, str], Decimal]


def carbon_1000_segments(place: Place, sizes: Sizes) -> Figure:
    rounds = max(sizes.rounds, 3)
    journey = drawn()
    request = TripCarbonRequest.model_validate({"elements": journey})
    table, airports = shipped_table(), ShippedAirports()
    on, adopted = date(2026, 1, 1), AdoptedMethod()
    factors: Factors = {
        (row["activity"], row["variant"], row["unit"]): Decimal(row["kg_co2e_per_unit"])
        for row in shipped_rows()
        if (row["publisher"], row["year"]) == ("DESNZ", "2025")
    }

    def ours() -> TripCarbon:
        return reckon(request, adopted=adopted, table=table, airports=airports, on=on)

    if ours().totals.kg != plainly(journey, factors, airports)[0]:
        raise RuntimeError("the two do not reckon the same")
    medians = interleaved(
        rounds,
        {
            "ours": lambda: per_second(ours),
            "theirs": lambda: per_second(lambda: plainly(journey, factors, airports)),
        },
    )
    return at_least(
        "carbon_1000_segments",
        "1,000 segments reckoned in one call against a plain loop with the same arithmetic",
        medians["ours"],
        medians["theirs"],
        unit="segments/s",
        target=0.5,
        method="application.esg.trip_carbon.reckon, which answers every line with its factor, grade, scope and"
        " caveats, against a loop over dictionaries with the same great circles, products, roundings and sums;"
        f" medians of {rounds} interleaved runs",
    )


def drawn() -> list[dict[str, Any]]:
    """Flights, trains, hotel nights and taxis, the same every time."""
    die, journey = random.Random(1), []
    for number in range(SEGMENTS):
        match number % 5:
            case 0 | 1:
                origin, destination = die.sample(CODES, 2)
                cabin = die.choice(("economy", "business"))
                one = {"mode": "flight", "origin": origin, "destination": destination, "cabin": cabin}
            case 2:
                one = {"mode": "rail", "distance_km": die.randint(10, 900)}
            case 3:
                one = {"mode": "hotel", "country": die.choice(tuple(NIGHTS)), "nights": die.randint(1, 9)}
            case _:
                one = {"mode": "taxi", "distance_km": die.randint(1, 80)}
        journey.append(one)
    return journey


def plainly(
    journey: list[dict[str, Any]], factors: Factors, airports: ShippedAirports
) -> tuple[Decimal, list[tuple[Decimal, Decimal]]]:
    """The same arithmetic, as one would write it in an afternoon: kilograms and what lies upstream."""
    total, figures = Decimal(0), []
    for one in journey:
        match one["mode"]:
            case "flight":
                origin, destination = airports.find(one["origin"]), airports.find(one["destination"])
                assert origin is not None
                assert destination is not None
                north, south = radians(origin.latitude), radians(destination.latitude)
                inner = sin((south - north) / 2) ** 2
                inner += (
                    cos(north) * cos(south) * sin(radians(destination.longitude - origin.longitude) / 2) ** 2
                )
                quantity = Decimal(2 * 6371.0088 * asin(sqrt(inner))).quantize(MILLIMETRE)
                british = (origin.country == "GB") + (destination.country == "GB")
                haul = (
                    "international_non_uk",
                    "short_haul" if quantity <= 3_700 else "long_haul",
                    "domestic",
                )[british]
                activity, unit, cabin = f"flight_{haul}", "passenger-km", one["cabin"]
                row, before = (activity, f"{cabin}|with_rf", unit), (activity, f"{cabin}|wtt", unit)
                if row not in factors:
                    row, before = (activity, "average|with_rf", unit), (activity, "average|wtt", unit)
            case "rail":
                quantity = Decimal(one["distance_km"])
                row = ("rail", "national_rail", "passenger-km")
                before = ("rail", "national_rail|wtt", "passenger-km")
            case "taxi":
                quantity = Decimal(one["distance_km"])
                row = ("taxi", "regular_taxi", "passenger-km")
                before = ("taxi", "regular_taxi|wtt", "passenger-km")
            case _:
                quantity = Decimal(one["nights"])
                row = before = ("hotel_night", NIGHTS[one["country"]], "room-night")
        kg = (quantity * factors[row]).quantize(GRAM, rounding=ROUND_HALF_UP)
        upstream = (quantity * factors[before]).quantize(GRAM, rounding=ROUND_HALF_UP)
        total += kg
        figures.append((kg, upstream))
    return total, figures


def per_second(act: Callable[[], object], times: int = 5) -> float:
    """Segments in a second."""
    started = perf_counter()
    for _ in range(times):
        act()
    return times * SEGMENTS / (perf_counter() - started)
