"""What is one stay of a company, from the plan it took until it left, and when may it come back?

Events, refusals and rules of a part of the subscription's stream: a company that had left takes a plan again, and a
new stay begins. What was agreed before ended with the former stay, which can still be billed to the second.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, NamedTuple, Self

from pydantic import BaseModel

from domain.billing.calendar import local_day
from domain.billing.deal import Deal, deal_for
from domain.billing.price import PlanPrices, ProductLine, in_force
from domain.billing.terms import Debtor, Terms, TermsSince
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.money import minor_digits
from domain.kernel.period import Period
from domain.kernel.refusals import RuleBroken
from domain.kernel.value import Value


class SubscriptionReturned(DomainEvent):
    """A company that had left took a plan again. Months stay those of its first stay; there is no second trial."""

    TOPIC: ClassVar[str] = "subscription.returned.v1"

    line: ProductLine
    debtor: Debtor
    terms: Terms


class StayNotOver(RuleBroken):
    """The company leaves at the end of its agreed term; from then on it can subscribe again."""

    NAMES_NOBODY: ClassVar[bool] = True
    PATTERN: ClassVar[str] = (
        "The company leaves at the end of its agreed term, on {day}; from then on it can subscribe again."
    )

    @classmethod
    def until(cls, ends_at: datetime, zone: str) -> Self:
        """The refusal that names the day."""
        day = local_day(ends_at, zone).isoformat()
        return cls(cls.PATTERN.format(day=day), pattern=cls.PATTERN, places={"day": day})


class TrialOnReturn(RuleBroken):
    """A trial is for those who come for the first time; whoever returns pays from the first day."""


class MonthsBeginElsewhere(RuleBroken):
    """Months stay where they began; whoever returns keeps the time zone of the invoices before."""


class Unpaid(NamedTuple):
    """An invoice whose time to pay is over: its number, or its month, and what is left of it."""

    name: str
    balance_minor: int
    currency: str

    def __str__(self) -> str:
        left = Decimal(self.balance_minor).scaleb(-minor_digits(self.currency))
        return f"{self.name} ({left} {self.currency})"


class ReturnUnpaid(RuleBroken):
    """An invoice of the former stay is overdue; once it is paid, the company can subscribe again."""

    NAMES_NOBODY: ClassVar[bool] = True
    PATTERN: ClassVar[str] = "Overdue and to be paid before the company subscribes again: {invoices}."

    @classmethod
    def because_of(cls, unpaid: Sequence[Unpaid]) -> Self:
        """The refusal that names the invoices, and what is left of each."""
        names = ", ".join(map(str, unpaid))
        return cls(cls.PATTERN.format(invoices=names), pattern=cls.PATTERN, places={"invoices": names})


class Stay(Value):
    """What a company had from the day it came until the day it left, if it has left."""

    line: ProductLine
    debtor: Debtor
    timeline: tuple[TermsSince, ...]
    started_at: Instant
    trial_until: Instant | None
    ended_at: Instant | None
    deals: tuple[Deal, ...]

    @property
    def terms(self) -> Terms:
        """What was subscribed to last."""
        return self.timeline[-1].terms

    def touches(self, period: Period) -> bool:
        """Was the company there at any moment of a period?"""
        return self.started_at < period.end and (self.ended_at is None or period.start < self.ended_at)

    def paid_part(self, period: Period) -> Period | None:
        """The part of a period that is paid for: neither before the trial's end nor after the company has left."""
        start = max(period.start, self.trial_until or self.started_at)
        end = period.end if self.ended_at is None else min(period.end, self.ended_at)
        return Period(start=start, end=end) if start < end else None

    def offer_at(
        self, versions: Iterable[PlanPrices], at: datetime, plan: str | None = None
    ) -> PlanPrices | None:
        """The prices of a plan at a moment, of its own by default: those agreed on, else those of the list."""
        wanted = plan or self.terms.plan
        deal = self.deal(wanted, at)
        return in_force(versions, self.line, wanted, at) if deal is None else deal.offer

    def deal(self, plan: str, at: datetime) -> Deal | None:
        """The deal in force for a plan at a moment. Leaving the plan ends it, unless its term still runs on return."""
        deal = deal_for(self.deals, plan, at)
        if deal is None:
            return None
        is_away = False
        for one in self.timeline:
            if not deal.since < one.since <= at:
                continue
            if one.terms.plan != plan:
                is_away = True
            elif is_away and not deal.is_committed(one.since):
                return None
            else:
                is_away = False
        return None if is_away and not deal.is_committed(at) else deal

    def commitment(self, at: datetime) -> Deal | None:
        """The last deal struck, while its term runs: it binds on every plan."""
        struck = [deal for deal in self.deals if deal.since <= at]
        return struck[-1] if struck and struck[-1].is_committed(at) else None


class Stays(BaseModel):
    """What a subscription knows of its stays: the one that goes on, or went on last, and those `past`."""

    line: ProductLine
    debtor: Debtor
    timeline: tuple[TermsSince, ...] = ()
    started_at: datetime
    trial_until: Instant | None = None
    cancelled_at: datetime | None = None
    deals: tuple[Deal, ...] = ()
    past: tuple[Stay, ...] = ()

    @property
    def terms(self) -> Terms:
        """What is subscribed to now."""
        return self.timeline[-1].terms

    @property
    def stay(self) -> Stay:
        """The stay that goes on, or went on last."""
        return Stay.model_construct(
            line=self.line,
            debtor=self.debtor,
            timeline=self.timeline,
            started_at=self.started_at,
            trial_until=self.trial_until,
            ended_at=self.cancelled_at,
            deals=self.deals,
        )

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Every stay, the first one first."""
        return (*self.past, self.stay)

    def offer_at(
        self, versions: Iterable[PlanPrices], at: datetime, plan: str | None = None
    ) -> PlanPrices | None:
        """The prices of a plan at a moment, of its own by default: those agreed on, else those of the list."""
        return self.stay.offer_at(versions, at, plan)

    def commitment(self, at: datetime) -> Deal | None:
        """The last deal struck, while its term runs: it binds on every plan."""
        return self.stay.commitment(at)

    def is_there(self, at: datetime) -> bool:
        """Is the moment one of a stay?"""
        return any(
            stay.started_at <= at and (stay.ended_at is None or at < stay.ended_at) for stay in self.stays
        )

    def last_in(self, period: Period) -> Stay | None:
        """The last stay that touches a period."""
        return next((stay for stay in reversed(self.stays) if stay.touches(period)), None)

    def was_away(self, period: Period) -> bool:
        """Had the company left before a period, and come back only after it?"""
        began, returned = self.stays[0].started_at, self.started_at
        return began < period.start < returned and self.last_in(period) is None

    def promised_in(self, period: Period) -> tuple[Stay, ...]:
        """The stays whose service is held against a promise in a period: those of the suite, if the last one is."""
        last = self.last_in(period)
        if last is None or last.line is not ProductLine.WHITE_LABEL:
            return ()
        return tuple(stay for stay in self.stays if stay.line is last.line and stay.touches(period))

    def debtor_of(self, period: Period) -> Debtor:
        """Who is billed for a month: whom the last stay that had begun by its end named last."""
        begun = [stay.debtor for stay in self.stays if stay.started_at < period.end]
        return begun[-1] if begun else self.debtor

    def keep_for_bills(self) -> None:
        """Puts the stay that is over with those past; its deals end with it."""
        self.past = self.stays
        self.timeline, self.deals = (), ()
        self.trial_until = self.cancelled_at = None

    def agreed(self, at: datetime, terms: Terms) -> None:
        """These terms apply from now on."""
        # A clock that stood still or fell back must not reorder what the log has in order.
        since = max(at, self.timeline[-1].since) if self.timeline else at
        self.timeline = (*self.timeline, TermsSince(since=since, terms=terms))
