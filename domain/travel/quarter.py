"""Which three months are compared?"""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.value import Value

RIPENS_AFTER_MONTHS = 3


def known_quarter(text: str) -> str:
    """Refuses what is not one of the four quarters of a year this century or the next."""
    if not 2000 <= int(text[:4]) < 2200:
        raise ValueError("must be a quarter between 2000 and 2199, such as 2030-Q1")
    return text


QuarterCode = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-Q[1-4]$"), AfterValidator(known_quarter), Impersonal()
]


class Quarter(Value):
    """A calendar quarter: start <= day < end."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter the day lies in."""
        return cls(year=day.year, number=(day.month + 2) // 3)

    @classmethod
    def named(cls, code: str) -> Self:
        """The quarter of that code: `2030-Q1`."""
        return cls(year=int(code[:4]), number=int(code[-1]))

    @property
    def code(self) -> str:
        """`2030-Q1`; codes sort by time."""
        return f"{self.year}-Q{self.number}"

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The first day of the next one."""
        return self.after(1).start

    @property
    def ripe_on(self) -> date:
        """The first day on which its figures are old enough to be shown."""
        return self.after(1 + RIPENS_AFTER_MONTHS // 3).start

    def after(self, quarters: int) -> Self:
        """So many quarters later; negative is before."""
        count = 4 * self.year + self.number - 1 + quarters
        return type(self)(year=count // 4, number=count % 4 + 1)
