"""How are a time, a price and a length written in the reader's language?"""

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from json import loads
from typing import Any
from zoneinfo import ZoneInfo

from domain.kernel.money import Money, minor_digits

NARROW = "\u202f"


class Words:
    """The sentences of the booking pages in one language, and its way of writing figures."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.t = sentences(language)

    def day(self, on: date, *, with_year: bool = False) -> str:
        """Tuesday 12 May."""
        pattern: str = self.t["day_year_pattern" if with_year else "day_pattern"]
        written = "1er" if on.day == 1 and self.language == "fr" else str(on.day)
        return pattern.format(
            weekday=self.t["weekdays"][on.weekday()],
            day=written,
            month=self.t["months"][on.month - 1],
            year=on.year,
        )

    def time(self, at: datetime, zone: str) -> str:
        """10:30, by the clock on that wall; with the zone's letters where the clock shows it twice."""
        local = at.astimezone(ZoneInfo(zone))
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return local.strftime("%H:%M %Z" if twice else "%H:%M")

    def when(self, at: datetime, zone: str) -> str:
        """Tuesday 12 May 2026 at 10:30."""
        day = self.day(at.astimezone(ZoneInfo(zone)).date(), with_year=True)
        pattern: str = self.t["when_pattern"]
        return pattern.format(day=day, time=self.time(at, zone))

    def money(self, amount: Money) -> str:
        """€80.00, or 80,00 € in French; no digits after the point where there are none."""
        if not amount.amount_minor:
            return str(self.t["free"])
        digits = minor_digits(amount.currency)
        whole, rest = divmod(amount.amount_minor, 10**digits)
        symbol = {"EUR": "€", "GBP": "£", "USD": "$"}.get(amount.currency, amount.currency)
        grouped = f"{whole:,}"
        small = f"{rest:0{digits}}" if rest else ""
        if self.language == "fr":
            return f"{grouped.replace(',', NARROW)}{',' + small if small else ''}\u00a0{symbol}"
        written = f"{grouped}{'.' + small if small else ''}"
        return f"{symbol}{written}" if len(symbol) == 1 else f"{symbol}\u00a0{written}"

    def length(self, minutes: int) -> str:
        """45 min, 1 h 30."""
        hours, rest = divmod(minutes, 60)
        if not hours:
            return f"{rest}\u00a0{self.t['minutes']}"
        return f"{hours}\u00a0{self.t['hours']}" + (f"\u00a0{rest:02}" if rest else "")

    def sector(self, code: str) -> str:
        """The name of a sector, or its own word where we have none."""
        return str(self.t["sectors"].get(code, code.capitalize()))


@cache
def words_in(language: str) -> Words:
    """The words of one language."""
    return Words(language)


@cache
def sentences(language: str) -> dict[str, Any]:
    """The catalogue of the booking pages."""
    text = files("api.web").joinpath(f"locale/booking.{language}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = loads(text)
    return found


@cache
def refusals(language: str) -> dict[str, str]:
    """The sentences of refusals in that language, by code; English ones are their own."""
    if language == "en":
        return {}
    text = files("api.rest").joinpath(f"locale/problems.{language}.json").read_text(encoding="utf-8")
    found: dict[str, str] = loads(text)["details"]
    return found
