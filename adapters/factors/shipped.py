"""Which published emission factors ship with this version?"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from domain.kernel.emissions import EmissionFactor

TABLE = "data/emission_factors.csv"


@cache
def shipped_factors(publisher: str, year: int) -> tuple[EmissionFactor, ...]:
    """Every row of one publisher and year, read once."""
    return tuple(
        EmissionFactor(
            factor_id=row["row_id"],
            source=row["source"],
            publisher=row["publisher"],
            year=int(row["year"]),
            activity=row["activity"],
            variant=row["variant"],
            unit=row["unit"],
            value=row["kg_co2e_per_unit"],
        )
        for row in shipped_rows()
        if row["publisher"] == publisher and row["year"] == str(year)
    )


def shipped_rows() -> Iterator[dict[str, str]]:
    """The table as it was published, one dictionary per row."""
    text = files("adapters.factors").joinpath(TABLE).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
