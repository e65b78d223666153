"""What may a company have, and how much of it has it? The one place that other columns ask before they act."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import Forbidden, LimitReached


class PlanLimitReached(LimitReached):
    """Your plan allows no more of this; move to a larger plan, or give some of it up."""


class PlanRequired(Forbidden):
    """Your plan does not include this; move to one that does."""


class Entitlements(Protocol):
    """Limits and what is in use, of one tenant. Look-ups inside a decision are guarded."""

    def of_suite(self, plan: str) -> Mapping[str, int | None] | None:
        """What a plan of the white-label suite allows; None when the suite has no such plan."""
        ...

    def used(self, names: Iterable[str]) -> Mapping[str, int]:
        """How much of each is in use at this moment; what fills up month by month is left out."""
        ...

    def limits(self, *, at: datetime) -> Mapping[str, int | None]:
        """What the company's plan allows of each thing it names; None is unlimited, as is what it does not name."""
        ...

    def require(self, name: str, *, units: int = 1, at: datetime) -> None:
        """Refuses with PlanLimitReached when so many more would be beyond the plan.

        Any name a plan limits: `professionals`; `contacts`, `storage_mb` and whatever else is claimed under its name
        (domain/kernel/entitled.py); of a meter, `sms`, what was reported in the month. What no plan limits is free.
        """
        ...

    def require_feature(self, name: str, *, at: datetime) -> None:
        """Refuses with PlanRequired what neither the plan nor the platform gives the company: `graphql`."""
        ...

    def has_feature(self, name: str) -> bool:
        """The same as a question, for what is shown or left out."""
        ...

    def moved_to(self, plan: str, *, at: datetime) -> Aggregate:
        """The company on that plan of the suite, to be saved together with what moves it there."""
        ...
