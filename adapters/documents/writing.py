"""How are numbers, days and words written in each language of a document?"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
LOCALE = Path(__file__).parent / "locale"
SPACE = "\u00a0"
MINUS = "\u2212"


@cache
def catalogue(name: str, language: Language) -> Mapping[str, str]:
    """The words of one kind of document."""
    words: dict[str, str] = json.loads((LOCALE / f"{name}.{language}.json").read_text("utf-8"))
    return words


class Pen:
    """Writes in one language."""

    def __init__(self, document: str, language: Language) -> None:
        self.language = language
        self._words = catalogue(document, language)

    def say(self, key: str, **values: object) -> str:
        """The words under a key."""
        return self._words[key].format(**values) if values else self._words[key]

    def name(self, kind: str, key: str) -> str:
        """The name of a code; a code nobody named is shown as it is."""
        return self._words.get(f"{kind}.{key}", key.replace("_", " "))

    def number(self, value: Decimal | int, digits: int = 0) -> str:
        """With the language's separators; a minus is a minus."""
        amount = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        written = f"{abs(amount):,.{digits}f}"
        if self.language == "fr":
            written = written.replace(",", SPACE).replace(".", ",")
        return f"{MINUS}{written}" if amount < 0 else written

    def exact(self, value: Decimal) -> str:
        """All digits of a number, as they are."""
        text = format(value.normalize(), "f")
        digits = len(text.partition(".")[2])
        return self.number(value, digits)

    def kilograms(self, grams: int) -> str:
        """Kilograms to the gram."""
        return self.number(Decimal(grams) / 1000, 3)

    def tonnes(self, kilograms: int) -> str:
        """Tonnes to the kilogram."""
        return self.number(Decimal(kilograms) / 1000, 3)

    def percent(self, part: Decimal | int, whole: Decimal | int, *, signed: bool = False) -> str:
        """A share, to one digit; a dash of nothing."""
        if not whole:
            return "–"
        share = (Decimal(part) / Decimal(whole) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
        sign = "+" if signed and share > 0 else ""
        return f"{sign}{self.number(share, 1)}{SPACE if self.language == 'fr' else ''}%"

    def day(self, day: date) -> str:
        """A day."""
        month = self._words[f"month.{day.month}"]
        if self.language == "fr":
            return f"{'1er' if day.day == 1 else day.day}{SPACE}{month}{SPACE}{day.year}"
        return f"{day.day}{SPACE}{month}{SPACE}{day.year}"

    def month(self, month: date, *, short: bool = False) -> str:
        """A month of a year."""
        name = self._words[f"month_short.{month.month}" if short else f"month.{month.month}"]
        return name if short else f"{name}{SPACE}{month.year}"
