"""What may a company have, and how much of it has it? The one place that other columns ask before they act."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Forbidden


class PlanLimitReached(CapacityTaken):
    """Your plan allows no more of this; move to a larger plan, or give some of it up."""


class PlanRequired(Forbidden):
    """Your plan does not include this; move to one that does."""


class Entitlements(Protocol):
    """Limits and what is in use, of one tenant. Look-ups inside a decision are guarded."""

    def of_suite(self, plan: str) -> Mapping[str, int | None] | None:
        """What a plan of the white-label suite allows; None when the suite has no such plan."""
        ...

    def used(self) -> Mapping[str, int]:
        """How much of everything that is counted is in use at this moment."""
        ...

    def limits(self, *, at: datetime) -> Mapping[str, int | None]:
        """What the company's plan allows of each thing it names; None is unlimited, as is what it does not name."""
        ...

    def require(self, name: str, *, at: datetime) -> None:
        """Refuses with PlanLimitReached when one more would be beyond the plan: `professionals`."""
        ...

    def require_feature(self, name: str, *, at: datetime) -> None:
        """Refuses with PlanRequired what neither the plan nor the platform gives the company: `graphql`."""
        ...

    def moved_to(self, plan: str, *, at: datetime) -> Aggregate:
        """The company on that plan of the suite, to be saved together with what moves it there."""
        ...
