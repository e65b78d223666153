"""Which emission factors are published, and which set of them is in force?"""

from typing import Protocol

from domain.kernel.factor_table import FactorTable


class EmissionFactors(Protocol):
    """The platform's factor sets, the same for every tenant."""

    def in_force(self) -> FactorTable:
        """The newest set with all it did not supersede."""
        ...

    def as_of(self, number: int) -> FactorTable:
        """The factors as they were when that set was in force: old figures are computed again by them."""
        ...
