"""How does a reader's language write a day, an amount, a measure?"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from json import loads
from typing import Any, Literal

Language = Literal["en", "fr"]
# Domains whose readers are taken to read French. Nobody can say yet which language they prefer.
FRENCH_DOMAINS = (".fr",)


def language_of(address: str, default: Language) -> Language:
    """The language a recipient is written to in: French at a French address, else the installation's."""
    return "fr" if address.lower().endswith(FRENCH_DOMAINS) else default


@cache
def catalogue(language: Language) -> "Catalogue":
    """The words of a language."""
    text = files("adapters.messaging").joinpath(f"locale/{language}.json").read_text(encoding="utf-8")
    return Catalogue(language, loads(text))


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Words, and how figures are written among them."""

    language: Language
    words: dict[str, Any]

    def say(self, path: str, **values: str | int) -> str:
        """The text at a place of the catalogue, with its gaps filled."""
        found: Any = self.words
        for step in path.split("."):
            found = found[step]
        return str(found).format(**values)

    def day(self, day: date) -> str:
        """2 May 2030."""
        return self.say("date", day=day.day, month=self.words["months"][day.month - 1], year=day.year)

    def instant(self, at: datetime) -> str:
        """2 May 2030, 08:00 UTC."""
        at = at.astimezone(UTC)
        return self.say("instant", date=self.day(at.date()), time=f"{at:%H:%M}")

    def days(self, start: date, end: date) -> str:
        """From one day to another, or just the day."""
        return (
            self.day(start) if start == end else self.say("from_to", start=self.day(start), end=self.day(end))
        )

    def number(self, amount: Decimal) -> str:
        """1,234.50, or as it is written elsewhere."""
        places = {",": self.words["thousands"], ".": self.words["decimal"]}
        return "".join(places.get(each, each) for each in f"{amount:,}")

    def euros(self, cents: int) -> str:
        """An amount in euro cents."""
        return self.say("money", amount=self.number(Decimal(cents).scaleb(-2)))

    def measure(self, text: str, unit: str) -> str:
        """A figure of a broken rule in its unit."""
        match unit:
            case "cabin":
                return str(self.words["cabins"].get(text, text))
            case "stars":
                return self.say("stars", number=text)
            case "EUR":
                return self.say("money", amount=self._figure(text, is_money=True))
            case "days":
                name = "day" if text in ("0", "1", "-1") and self.language == "fr" or text == "1" else "days"
                return self.say("amount", amount=self._figure(text), unit=self.words[name])
            case _:
                return self.say("amount", amount=self._figure(text), unit=unit)

    def period(self, text: str | None) -> str:
        """The worst day or year of a rule, if it has one."""
        try:
            return "" if text is None else self.day(date.fromisoformat(text))
        except ValueError:
            return text or ""

    def _figure(self, text: str, *, is_money: bool = False) -> str:
        try:
            figure = Decimal(text)
        except InvalidOperation:
            return text
        is_whole = figure == figure.to_integral_value()
        return self.number(figure.quantize(Decimal(1)) if is_whole and not is_money else figure)
