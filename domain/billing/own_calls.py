"""In which minutes did a company's own calls fail, whatever the prober saw? By a published rule."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from pydantic import BaseModel, ConfigDict

from domain.billing.uptime import Disruption, Health
from domain.kernel.period import Period

MINUTE = timedelta(minutes=1)


class FailureRule(BaseModel):
    """When a minute counts as down for one company: enough calls, and enough of them failed.

    A call is one that was accepted, or that the house failed. What the house refused for what was in it counts
    neither way, and neither does 504: the caller chose how long to wait for which position of its log.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    least_calls: int
    least_failed: Fraction

    def is_down(self, *, accepted: Decimal, failed: Decimal) -> bool:
        """Was a minute with so many calls down?"""
        calls = accepted + failed
        return calls >= self.least_calls and Fraction(failed) >= self.least_failed * Fraction(calls)


# Published, as the schedule of credits is. A new rule is a new version at the end; none ever changes.
RULES: tuple[FailureRule, ...] = (FailureRule(version=1, least_calls=10, least_failed=Fraction(1, 2)),)
RULE = RULES[-1]


class FailedMinute(BaseModel):
    """A minute that was down for one company."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    calls: int
    failed: int

    @property
    def disruption(self) -> Disruption:
        """As what it counts beside probes and incidents."""
        return Disruption(period=Period(start=self.start, end=self.start + MINUTE), health=Health.DOWN)


def failed_minutes(
    accepted: Mapping[datetime, Decimal], failed: Mapping[datetime, Decimal], rule: FailureRule = RULE
) -> list[FailedMinute]:
    """The minutes that were down, from the calls of each."""
    return [
        FailedMinute(start=minute, calls=int(accepted.get(minute, 0) + failures), failed=int(failures))
        for minute, failures in sorted(failed.items())
        if rule.is_down(accepted=accepted.get(minute, Decimal(0)), failed=failures)
    ]


def rule_of(version: int) -> FailureRule:
    """A rule that was published."""
    return next(rule for rule in RULES if rule.version == version)
