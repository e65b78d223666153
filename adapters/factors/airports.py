"""Where is an airport, according to the airport data shipped with this version?"""

from functools import cache, lru_cache

import airportsdata

from domain.kernel.geography import Airport


class ShippedAirports:
    """The pinned `airportsdata` package. Metropolitan codes (PAR, LON, NYC) name no airport."""

    @staticmethod
    def read() -> None:
        """Reads the data now; otherwise whoever asks first waits for it."""
        _airports()

    def find(self, iata: str) -> Airport | None:
        """The airport with that code, or None."""
        return _airport(iata)


@lru_cache(maxsize=4_096)
def _airport(iata: str) -> Airport | None:
    entry = _airports().get(iata)
    if entry is None:
        return None
    return Airport(
        iata=entry["iata"],
        name=entry["name"],
        country=entry["country"],
        latitude=entry["lat"],
        longitude=entry["lon"],
        time_zone=entry["tz"],
    )


@cache
def _airports() -> dict[str, airportsdata.Airport]:
    return airportsdata.load("IATA")
