"""What does the UK government's set of conversion factors (DESNZ 2025) say per unit of travel?"""

from collections.abc import Mapping
from functools import cache

from adapters.factors.shipped import shipped_factors
from domain.kernel.emissions import EmissionFactor
from domain.kernel.haul import Haul
from domain.travel.itinerary import Cabin, GroundMode

YEAR = 2025

# Activity, variant, unit: a taxi is published per passenger and per vehicle, so the unit counts.
RowKey = tuple[str, str, str]

GROUND: Mapping[GroundMode, RowKey] = {
    GroundMode.RAIL: ("rail", "national_rail", "passenger-km"),
    GroundMode.INTERNATIONAL_RAIL: ("rail", "international_rail", "passenger-km"),
    GroundMode.TRAM: ("rail", "light_rail_and_tram", "passenger-km"),
    GroundMode.BUS: ("bus", "average_local_bus", "passenger-km"),
    GroundMode.COACH: ("bus", "coach", "passenger-km"),
    GroundMode.TAXI: ("taxi", "regular_taxi", "passenger-km"),
    GroundMode.CAR: ("car_average", "unknown", "vehicle-km"),
    GroundMode.MOTORBIKE: ("motorbike", "average", "vehicle-km"),
    GroundMode.FERRY: ("ferry", "foot_passenger", "passenger-km"),
}

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


class DesnzFactors:
    """DESNZ 2025: flights with radiative forcing, hotel nights by country, ground by mode."""

    def for_flight(self, haul: Haul, cabin: Cabin | None) -> EmissionFactor | None:
        """The cabin's factor, or the average passenger's."""
        passenger = cabin.value if cabin else "average"
        return _by_key().get((f"flight_{haul}", f"{passenger}|with_rf", "passenger-km"))

    def for_hotel(self, country: str) -> EmissionFactor | None:
        """The country's factor per room-night, where one is published."""
        return _by_key().get(("hotel_night", HOTEL_COUNTRIES.get(country, ""), "room-night"))

    def for_ground(self, mode: GroundMode) -> EmissionFactor | None:
        """The mode's factor."""
        return _by_key().get(GROUND[mode])


@cache
def _by_key() -> dict[RowKey, EmissionFactor]:
    return {(one.activity, one.variant, one.unit): one for one in shipped_factors("DESNZ", YEAR)}
