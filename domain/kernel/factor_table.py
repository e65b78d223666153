"""Which published factor applies? All factors in force, found by what they are about and for which year."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from domain.kernel.emissions import EmissionFactor, GhgScope

SUSPECT = "suspect"
GRID = "purchased_electricity_location_based"


@dataclass(frozen=True, slots=True)
class PublishedFactor:
    """A factor with what its publisher files it under, how well it was checked, and the set that brought it."""

    factor: EmissionFactor
    scope: GhgScope
    category: str
    verification: str
    note: str
    factor_set: int


class FactorKey(NamedTuple):
    """What a factor is about. Publishers file one activity under several categories, so it counts."""

    publisher: str
    category: str
    activity: str
    variant: str
    unit: str


class FactorTable:
    """The factors in force. Immutable: a new set is a new table, and figures keep the rows they used."""

    def __init__(self, number: int, reference_year: int, rows: Iterable[PublishedFactor]) -> None:
        self.number = number
        self.reference_year = reference_year
        self.rows = tuple(rows)
        self._found: dict[tuple[FactorKey, int], EmissionFactor | None] = {}

    def find(self, key: FactorKey, year: int) -> EmissionFactor | None:
        """The publication of that year; the latest before it, else the first after it."""
        try:
            return self._found[key, year]
        except KeyError:
            self._found[key, year] = found = self._choose(key, year)
            return found

    def grid(self, country: str, year: int) -> EmissionFactor | None:
        """Per kWh from a country's grid. The official national factor comes before Ember's: their
        boundaries differ, so they are never averaged."""
        official = FactorKey("DESNZ", GRID, "grid_electricity", f"{country} (national factor)", "kWh")
        return self.find(official, year) or self.find(
            FactorKey("Ember", GRID, "grid_electricity", country, "kWh"), year
        )

    def publishes(self, year: int) -> bool:
        """Does any publisher speak of that year?"""
        return year in self._years

    def is_suspect(self, factor: EmissionFactor) -> bool:
        """Was the row loaded although it looks wrong?"""
        return (factor.publisher, factor.year, factor.factor_id) in self._suspects

    @cached_property
    def _years(self) -> frozenset[int]:
        return frozenset(row.factor.year for row in self.rows)

    @cached_property
    def _suspects(self) -> frozenset[tuple[str, int, str]]:
        return frozenset(
            (row.factor.publisher, row.factor.year, row.factor.factor_id)
            for row in self.rows
            if row.verification == SUSPECT
        )

    @cached_property
    def _by_key(self) -> dict[FactorKey, list[EmissionFactor]]:
        found: defaultdict[FactorKey, list[EmissionFactor]] = defaultdict(list)
        # Two releases may speak of one year; the later one, by its row id, stands last and is chosen.
        for row in sorted(self.rows, key=lambda row: (row.factor.year, row.factor.factor_id)):
            one = row.factor
            found[FactorKey(one.publisher, row.category, one.activity, one.variant, one.unit)].append(one)
        return dict(found)

    def _choose(self, key: FactorKey, year: int) -> EmissionFactor | None:
        published = self._by_key.get(key)
        if not published:
            return None
        until = [one for one in published if one.year <= year]
        return until[-1] if until else [one for one in published if one.year == published[0].year][-1]
