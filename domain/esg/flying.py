"""What does a flight emit, by each of the four methods?

The great circle is used as it is: the routing uplift of 8 % is already inside the DESNZ factors, and
TIM says the same of its own. Only ICAO's calculator adds kilometres. Neither ICAO's fuel tables nor
TIM's burn per aircraft are public data: where the airline does not say what was burnt, fuel is
estimated from the CO2 part of the DESNZ row, which the two published rows of a cabin give away,
since radiative forcing multiplies that part, and nothing else, by 1.7.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.esg.elements import CabinClass, Flight
from domain.esg.figure import ADEME as ADEME_PUBLISHER
from domain.esg.figure import (
    AN_AVERAGE,
    DESNZ,
    GOOGLE,
    ICAO,
    NOTHING,
    Caveat,
    ElementFigure,
    FactorMissing,
    Sheet,
    Terms,
)
from domain.kernel.emissions import GRAM, CarbonMethod, EmissionFactor, GhgCategory
from domain.kernel.factor_table import FactorKey
from domain.kernel.haul import Haul

AIR, AIR_UPSTREAM, AIR_FR = (
    "cat6_business_travel_air",
    "cat6_business_travel_air_wtt",
    "cat6_business_travel_air_fr",
)
PASSENGER_KM = "passenger-km"
ADEME_UNTIL_KM = Decimal(1_000)
TRAVEL = GhgCategory.BUSINESS_TRAVEL

FORCING_ON_CO2 = Decimal("0.7")
ROUTING_UPLIFT = Decimal("1.08")
CO2_PER_KG_FUEL = Decimal("3.16")
# Kilometres ICAO's calculator adds: below 550, up to 5 500, and beyond.
ICAO_SHORT_KM, ICAO_MEDIUM_KM = Decimal(550), Decimal(5_500)
ICAO_ADDED_KM = (Decimal(50), Decimal(100), Decimal(125))


@dataclass(frozen=True, slots=True)
class Flown:
    """How far a flight is and of which class; `is_assumed` where nobody said whether it touches the UK."""

    distance_km: Decimal
    haul: Haul
    is_assumed: bool = False


def figure_of_flight(flight: Flight, flown: Flown, terms: Terms) -> ElementFigure:
    """The flight by the method in force."""
    sheet = Sheet.for_(terms, grade=_grade(flight))
    if flown.is_assumed:
        sheet.caveats.add(Caveat.HAUL_ASSUMED)
    match terms.method:
        case CarbonMethod.ICAO:
            _by_icao(flight, flown, sheet)
        case CarbonMethod.TIM:
            _by_tim(flight, flown, sheet)
        case CarbonMethod.ADEME_FRANCE if flown.haul is Haul.NON_UK and flown.distance_km < ADEME_UNTIL_KM:
            _by_ademe(flight, flown, sheet)
        case CarbonMethod.DESNZ | CarbonMethod.ADEME_FRANCE:
            _by_desnz(flight, flown, sheet)
    return sheet.done(flown.distance_km)


def _grade(flight: Flight) -> int:
    if flight.distance_km is not None or flight.cabin is None:
        return AN_AVERAGE
    return 1 if flight.flight_number and flight.departs_on else 2


def _by_desnz(flight: Flight, flown: Flown, sheet: Sheet) -> None:
    forcing = "with_rf" if sheet.terms.switches.radiative_forcing else "without_rf"
    factor = _cabin_row(flight.cabin, flown.haul, forcing, sheet)
    sheet.put(flown.distance_km, factor, TRAVEL)
    upstream = _row(flight.cabin, flown.haul, "wtt", sheet.terms) or _row(
        None, flown.haul, "wtt", sheet.terms
    )
    sheet.put_upstream(flown.distance_km, [upstream], TRAVEL)


def _by_ademe(flight: Flight, flown: Flown, sheet: Sheet) -> None:
    """Fuel from the well to the wheel, and contrails; ADEME does not tell cabins apart."""
    terms, km = sheet.terms, flown.distance_km
    if flight.cabin is not None:
        sheet.caveats.add(Caveat.AVERAGE_CABIN)
    sheet.grade = AN_AVERAGE
    activity = "flight_short_haul_under_1000km"
    factor = terms.get(AIR_FR, activity, "fuel", PASSENGER_KM, publisher=ADEME_PUBLISHER)
    if terms.switches.radiative_forcing:
        contrails = terms.get(AIR_FR, activity, "contrails_only", PASSENGER_KM, publisher=ADEME_PUBLISHER)
        factor = _together(factor, contrails)
        sheet.caveats.add(Caveat.SUM_OF_ROWS)
    sheet.put(km, factor, TRAVEL)
    sheet.caveats.add(Caveat.UPSTREAM_INCLUDED)
    sheet.upstream_kg = NOTHING


def _together(fuel: EmissionFactor, contrails: EmissionFactor) -> EmissionFactor:
    """Both rows as one factor, whose id names them both: rounded once, the figure is exact to the gram."""
    part = contrails.factor_id.rpartition(":")[2]
    return fuel.model_copy(
        update={
            "factor_id": f"{fuel.factor_id}|{part}",
            "variant": f"{fuel.variant}|{contrails.variant}",
            "value": fuel.value + contrails.value,
        }
    )


def _by_icao(flight: Flight, flown: Flown, sheet: Sheet) -> None:
    """CO2 of the fuel and nothing else, over the corrected distance."""
    # The uplift inside the DESNZ row is taken out, since ICAO adds its own kilometres.
    fuel = _fuel_kg(flight, flown.haul, icao_km(flown.distance_km) / ROUTING_UPLIFT, sheet)
    sheet.put(fuel, _jet_fuel("co2_only", ICAO, sheet.terms), TRAVEL)
    sheet.caveats |= {Caveat.NO_FORCING_IN_METHOD, Caveat.UPSTREAM_UNPUBLISHED}


def _by_tim(flight: Flight, flown: Flown, sheet: Sheet) -> None:
    """Fuel times the heating value of ISO 14083, from the tank; from the well to the tank apart."""
    fuel = _fuel_kg(flight, flown.haul, flown.distance_km, sheet)
    sheet.put(fuel, _jet_fuel("ttw", GOOGLE, sheet.terms), TRAVEL)
    sheet.put_upstream(fuel, [_jet_fuel("wtt", GOOGLE, sheet.terms)], TRAVEL)
    sheet.caveats.add(Caveat.NO_FORCING_IN_METHOD)


def icao_km(great_circle_km: Decimal) -> Decimal:
    """What ICAO's calculator takes a great circle for."""
    short, medium, long = ICAO_ADDED_KM
    if great_circle_km < ICAO_SHORT_KM:
        return great_circle_km + short
    return great_circle_km + (medium if great_circle_km <= ICAO_MEDIUM_KM else long)


def _fuel_kg(flight: Flight, haul: Haul, km: Decimal, sheet: Sheet) -> Decimal:
    if flight.fuel_kg is not None:
        return flight.fuel_kg
    sheet.caveats.add(Caveat.FUEL_ESTIMATED)
    forced = _cabin_row(flight.cabin, haul, "with_rf", sheet)
    sheet.grade = AN_AVERAGE
    forced, plain = _twins(forced, sheet.terms)
    co2_per_km = (forced.value - plain.value) / FORCING_ON_CO2
    return (km * co2_per_km / CO2_PER_KG_FUEL).quantize(GRAM, rounding=ROUND_HALF_UP)


def _twins(forced: EmissionFactor, terms: Terms) -> tuple[EmissionFactor, EmissionFactor]:
    """The row with and without forcing, of one and the same publication."""
    key = FactorKey(DESNZ, AIR, forced.activity, forced.variant, PASSENGER_KM)
    without = key._replace(variant=forced.variant.replace("with_rf", "without_rf"))
    plain = terms.table.find(without, forced.year)
    if plain is None:
        raise FactorMissing
    return terms.table.find(key, plain.year) or forced, plain


def _cabin_row(cabin: CabinClass | None, haul: Haul, forcing: str, sheet: Sheet) -> EmissionFactor:
    """The cabin's row, or the average passenger's at a lower grade; a factor is never invented."""
    own = _row(cabin, haul, forcing, sheet.terms) if cabin else None
    if own is not None:
        return own
    if cabin is not None:
        sheet.caveats.add(Caveat.AVERAGE_CABIN)
    sheet.grade = AN_AVERAGE
    average = _row(None, haul, forcing, sheet.terms)
    if average is None:
        raise FactorMissing
    return average


def _row(cabin: CabinClass | None, haul: Haul, variant: str, terms: Terms) -> EmissionFactor | None:
    return terms.find(
        DESNZ,
        AIR_UPSTREAM if variant == "wtt" else AIR,
        f"flight_{haul}",
        f"{cabin or 'average'}|{variant}",
        PASSENGER_KM,
    )


def _jet_fuel(variant: str, publisher: str, terms: Terms) -> EmissionFactor:
    return terms.get("jet_fuel_constant", "jet_a1", variant, "kg fuel", publisher=publisher)
