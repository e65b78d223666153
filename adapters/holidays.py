"""On which days is a country closed? The calendars of the `holidays` library."""

from datetime import date
from functools import lru_cache

from holidays import country_holidays, list_supported_countries


class ShippedHolidays:
    """The PublicHolidays port; a year is computed once."""

    def knows(self, country: str, subdivision: str | None) -> bool:
        parts = list_supported_countries().get(country)
        return parts is not None and (subdivision is None or subdivision in parts)

    def between(self, country: str, subdivision: str | None, start: date, end: date) -> frozenset[date]:
        years = (_year(country, subdivision, year) for year in range(start.year, end.year + 1))
        return frozenset(day for days in years for day in days if start <= day <= end)


@lru_cache(maxsize=512)
def _year(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(country_holidays(country, subdiv=subdivision, years=year))
