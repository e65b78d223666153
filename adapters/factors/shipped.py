"""Which published emission factors ship with this version?"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from domain.kernel.emissions import EmissionFactor, GhgScope
from domain.kernel.factor_table import FactorTable, PublishedFactor

TABLE = "data/emission_factors.csv"
# The set the first migration loads, and the year of its one complete publication.
FIRST_SET, FIRST_YEAR = 1, 2025


class ShippedFactors:
    """The EmissionFactors port without a database: the first set, for ever."""

    def in_force(self) -> FactorTable:
        return shipped_table()

    def as_of(self, number: int) -> FactorTable:
        return shipped_table()


@cache
def shipped_table() -> FactorTable:
    """Every shipped row, read once."""
    return FactorTable(FIRST_SET, FIRST_YEAR, (published(row) for row in shipped_rows()))


def published(row: dict[str, str]) -> PublishedFactor:
    """One line of the file."""
    return PublishedFactor(
        factor=EmissionFactor.model_validate(
            {
                "factor_id": row["row_id"],
                "source": row["source"],
                "publisher": row["publisher"],
                "year": int(row["year"]),
                "activity": row["activity"],
                "variant": row["variant"],
                "unit": row["unit"],
                "value": row["kg_co2e_per_unit"],
            }
        ),
        scope=GhgScope(int(row["scope"])),
        category=row["category"],
        verification=row["verification"],
        note=row["note"],
        factor_set=FIRST_SET,
    )


def shipped_rows() -> Iterator[dict[str, str]]:
    """The table as it was published, one dictionary per row."""
    text = files("adapters.factors").joinpath(TABLE).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
