"""What do trains, buses, taxis, ferries and hotel nights emit? All are others' and so category 6."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from domain.esg.elements import Bus, Ferry, Hotel, Rail, RailService, Taxi
from domain.esg.figure import (
    ADEME,
    AN_AVERAGE,
    DESNZ,
    LAND,
    LAND_UPSTREAM,
    NOTHING,
    Caveat,
    ElementFigure,
    FactorMissing,
    Sheet,
    Terms,
    UnknownHotelCountry,
)
from domain.kernel.emissions import CarbonMethod, EmissionFactor, GhgCategory

PASSENGER_KM, ROOM_NIGHT = "passenger-km", "room-night"
TRAVEL = GhgCategory.BUSINESS_TRAVEL
STAY = "cat6_hotel_stay"
LONDON = "UK (London)"

DESNZ_RAIL: Mapping[RailService, str] = {
    RailService.NATIONAL: "national_rail",
    RailService.HIGH_SPEED: "national_rail",
    RailService.INTERCITY: "national_rail",
    RailService.REGIONAL: "national_rail",
    RailService.COMMUTER: "national_rail",
    RailService.INTERNATIONAL: "international_rail",
    RailService.LIGHT_RAIL: "light_rail_and_tram",
    RailService.TRAM: "light_rail_and_tram",
    RailService.UNDERGROUND: "london_underground",
}
ADEME_RAIL: Mapping[RailService, str] = {
    RailService.HIGH_SPEED: "rail_tgv",
    RailService.INTERCITY: "rail_intercites",
    RailService.REGIONAL: "rail_ter",
    RailService.COMMUTER: "rail_rer_transilien",
    RailService.LIGHT_RAIL: "tramway",
    RailService.TRAM: "tramway",
    RailService.UNDERGROUND: "metro",
}
# A French train nobody names is taken for a TGV from here on, for a TER below.
TGV_FROM_KM = Decimal(200)

# The countries with a published hotel factor, by ISO 3166 code; the others have none.
HOTEL_COUNTRIES: Mapping[str, str] = {
    "AE": "United Arab Emirates",
    "AU": "Australia",
    "BE": "Belgium",
    "BR": "Brazil",
    "CA": "Canada",
    "CH": "Switzerland",
    "CL": "Chile",
    "CN": "China",
    "CO": "Colombia",
    "CR": "Costa Rica",
    "DE": "Germany",
    "EG": "Egypt",
    "ES": "Spain",
    "FR": "France",
    "GB": "UK",
    "HK": "Hong Kong, China",
    "ID": "Indonesia",
    "IN": "India",
    "IT": "Italy",
    "JO": "Jordan",
    "JP": "Japan",
    "KR": "Korea",
    "MV": "Maldives",
    "MX": "Mexico",
    "MY": "Malaysia",
    "NL": "Netherlands",
    "OM": "Oman",
    "PH": "Philippines",
    "PT": "Portugal",
    "QA": "Qatar",
    "RU": "Russian Federation",
    "SA": "Saudi Arabia",
    "SG": "Singapore",
    "TH": "Thailand",
    "TR": "Turkey",
    "US": "United States",
    "VN": "Vietnam",
    "ZA": "South Africa",
}
# Whose rows make the European mean: members of the EU, its single market, and the United Kingdom.
EUROPEAN = ("BE", "CH", "DE", "ES", "FR", "GB", "IT", "NL", "PT")
HUNDRED_MILLIGRAMS = Decimal("0.0001")


class HotelCountryUnpublished(FactorMissing):
    """No hotel factor is published for this country; adopt the European mean for such countries, or leave
    the stay out."""


def figure_of_rail(rail: Rail, terms: Terms) -> ElementFigure:
    """By DESNZ; by ADEME within France where that is the method."""
    sheet = Sheet.for_(terms, grade=AN_AVERAGE)
    km = rail.distance_km
    is_french = rail.country == "FR" and rail.service is not RailService.INTERNATIONAL
    if terms.method is CarbonMethod.ADEME_FRANCE and is_french:
        service = rail.service
        if service is RailService.NATIONAL:
            sheet.caveats.add(Caveat.SERVICE_ASSUMED)
            service = RailService.HIGH_SPEED if km >= TGV_FROM_KM else RailService.REGIONAL
        factor = terms.get(
            "cat6_business_travel_land_fr", ADEME_RAIL[service], "use", PASSENGER_KM, publisher=ADEME
        )
        sheet.put(km, factor, TRAVEL)
        sheet.caveats.add(Caveat.UPSTREAM_INCLUDED)
        sheet.upstream_kg = NOTHING
        return sheet.done(km)
    return _published("rail", DESNZ_RAIL[rail.service], km, sheet)


def figure_of_taxi(taxi: Taxi, terms: Terms) -> ElementFigure:
    """Per passenger, or the whole cab."""
    return _published(
        "taxi", taxi.kind, taxi.distance_km, Sheet.for_(terms, grade=AN_AVERAGE), unit=f"{taxi.per}-km"
    )


def figure_of_bus(bus: Bus, terms: Terms) -> ElementFigure:
    """Per passenger."""
    return _published("bus", bus.service, bus.distance_km, Sheet.for_(terms, grade=AN_AVERAGE))


def figure_of_ferry(ferry: Ferry, terms: Terms) -> ElementFigure:
    """Per passenger."""
    sheet = Sheet.for_(terms, grade=AN_AVERAGE)
    km, who = ferry.distance_km, ferry.passenger
    sheet.put(km, terms.get("cat6_business_travel_sea", "ferry", who, PASSENGER_KM), TRAVEL)
    upstream = terms.find(DESNZ, "cat6_business_travel_sea_wtt", "ferry", f"{who}|wtt", PASSENGER_KM)
    sheet.put_upstream(km, [upstream], TRAVEL)
    return sheet.done(km)


def figure_of_hotel(stay: Hotel, terms: Terms) -> ElementFigure:
    """Room-nights by the country's row. Optional within category 6: counted unless switched off."""
    sheet = Sheet.for_(terms, grade=2)
    if not terms.switches.hotels:
        sheet.caveats.add(Caveat.LEFT_OUT)
        return sheet.done()
    sheet.put(Decimal(stay.nights * stay.rooms), _hotel_row(stay, sheet), TRAVEL)
    sheet.caveats.add(Caveat.UPSTREAM_UNPUBLISHED)
    return sheet.done()


def _published(
    activity: str, variant: str, km: Decimal, sheet: Sheet, *, unit: str = PASSENGER_KM
) -> ElementFigure:
    terms = sheet.terms
    sheet.put(km, terms.get(LAND, activity, variant, unit), TRAVEL)
    sheet.put_upstream(km, [terms.find(DESNZ, LAND_UPSTREAM, activity, f"{variant}|wtt", unit)], TRAVEL)
    return sheet.done(km)


def _hotel_row(stay: Hotel, sheet: Sheet) -> EmissionFactor:
    terms = sheet.terms
    if stay.country == "GB" and stay.city is not None and stay.city.casefold() == "london":
        return terms.get(STAY, "hotel_night", LONDON, ROOM_NIGHT)
    name = HOTEL_COUNTRIES.get(stay.country)
    factor = terms.find(DESNZ, STAY, "hotel_night", name, ROOM_NIGHT) if name else None
    if factor is not None:
        return factor
    if terms.unknown_hotel_country is UnknownHotelCountry.REFUSE:
        raise HotelCountryUnpublished
    sheet.caveats.add(Caveat.EUROPEAN_MEAN)
    sheet.grade = AN_AVERAGE
    return _european_mean(terms)


def _european_mean(terms: Terms) -> EmissionFactor:
    """The mean of the published European rows, by a key of its own: no publisher has such a row."""
    rows = [terms.get(STAY, "hotel_night", HOTEL_COUNTRIES[country], ROOM_NIGHT) for country in EUROPEAN]
    mean = sum((row.value for row in rows), Decimal(0)) / len(rows)
    year = max(row.year for row in rows)
    return rows[0].model_copy(
        update={
            "factor_id": f"desnz:{year}:hotel-night:european-mean",
            "variant": "European mean",
            "year": year,
            "value": mean.quantize(HUNDRED_MILLIGRAMS, rounding=ROUND_HALF_UP),
        }
    )
