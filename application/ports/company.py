"""What does the company say of itself, as far as other contexts need to know?"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Described:
    """The company by its profile; None is not said. `division` is of NACE revision 2.1: without one the
    company has no sector, or (`has_sector`) one that this revision no longer lists."""

    division: str | None = None
    has_sector: bool = False
    head_count: int | None = None


class Company(Protocol):
    """The profile of one tenant. A look inside a decision is guarded: if the profile changes
    before the append, the decision runs again."""

    def described(self) -> Described:
        """The company as it describes itself now."""
        ...
