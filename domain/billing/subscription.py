"""Which plan is a company on, since when, and what for?"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.billing.calendar import Zone
from domain.billing.deal import (
    Deal,
    DealEvent,
    SubscriptionAgreed,
    SubscriptionEndPlanned,
    SubscriptionFeatureSwitched,
    for_a_year,
    monthly_fee,
    months_later,
)
from domain.billing.dunning import (
    MAX_UNPAID,
    USUAL_SCHEDULE,
    Dunning,
    DunningAct,
    DunningEvent,
    DunningSchedule,
    SubscriptionDunned,
    SubscriptionDunningHeld,
    SubscriptionDunningResumed,
    SubscriptionInvoicePaid,
    SubscriptionPastDue,
    SubscriptionPaymentFailed,
    SubscriptionReactivated,
    SubscriptionSuspended,
    dunned,
)
from domain.billing.fitting import (
    Exceeds,
    PlanNotOffered,
    require_currency,
    require_fitting,
    require_offered,
    require_seats,
    sold,
)
from domain.billing.price import BillingModel, Name, PlanPrices, ProductLine, in_force
from domain.billing.stay import (
    MonthsBeginElsewhere,
    ReturnUnpaid,
    StayNotOver,
    Stays,
    SubscriptionReturned,
    TrialOnReturn,
    Unpaid,
)
from domain.billing.terms import Debtor, Terms
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.refusals import Conflict, NotFound, RuleBroken

MAX_CHANGES = 2_000

# Whoever wants to try for longer asks for a quote.
TrialDays = Annotated[int, Field(strict=True, ge=0, le=14)]


class SubscriptionStatus(StrEnum):
    """Where a subscription stands at a moment."""

    TRIAL = "trial"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class SubscriptionStarted(DomainEvent):
    """A company took a plan; until `trial_until` it pays nothing. Months are those of `zone`."""

    TOPIC: ClassVar[str] = "subscription.started.v1"

    line: ProductLine
    zone: Zone
    debtor: Debtor
    terms: Terms
    trial_until: Instant | None


class SubscriptionPlanChanged(DomainEvent):
    """Another plan, or another way of paying for it."""

    TOPIC: ClassVar[str] = "subscription.plan-changed.v1"

    terms: Terms


class SubscriptionSeatsChanged(DomainEvent):
    """More seats, or fewer."""

    TOPIC: ClassVar[str] = "subscription.seats-changed.v1"

    terms: Terms


class SubscriptionAddOnsChanged(DomainEvent):
    """Other add-ons; the whole list."""

    TOPIC: ClassVar[str] = "subscription.add-ons-changed.v1"

    terms: Terms


class DebtorChanged(DomainEvent):
    """Invoices go to somebody else, or to the same company under other particulars."""

    TOPIC: ClassVar[str] = "subscription.debtor-changed.v1"

    debtor: Debtor


class SubscriptionCancelled(DomainEvent):
    """The company left; what was used until then is still billed."""

    TOPIC: ClassVar[str] = "subscription.cancelled.v1"


SubscriptionEvent = (
    SubscriptionStarted
    | SubscriptionPlanChanged
    | SubscriptionSeatsChanged
    | SubscriptionAddOnsChanged
    | DebtorChanged
    | SubscriptionCancelled
    | SubscriptionReturned
    | DunningEvent
    | DealEvent
)


class NotSubscribed(NotFound):
    """This company has no subscription yet."""


class SubscribedAlready(Conflict):
    """This company has a subscription; change its plan instead."""


class SubscriptionOver(RuleBroken):
    """The subscription was cancelled; nothing about it changes any more. Take a plan to come back."""


class CommittedToPlan(RuleBroken):
    """The agreed term is not over: until then there is no cheaper plan. Ask your account manager for a quote."""


class TooMuchUnpaid(RuleBroken):
    """At most 120 invoices are dunned at a time."""


class TooManyChanges(RuleBroken):
    """A subscription changes at most 2 000 times."""


def subscription_id(tenant_id: UUID) -> UUID:
    """The one subscription of a company."""
    return uuid5(tenant_id, "subscription")


class Subscription(Stays, Aggregate):
    """One company's subscription.  trial -> active -> past due -> suspended -> active; any -> cancelled -> active.

    A company that left may come back: then its months go on where they began, and everything else is anew.
    """

    CATEGORY: ClassVar[str] = "subscription"
    SNAPSHOT_VERSION: ClassVar[int] = 2

    zone: Zone
    dunning: Dunning | None = None
    flags: dict[Name, bool] = {}
    account_manager_id: UUID | None = None

    def start(
        self,
        offer: PlanPrices | None,
        terms: Terms,
        *,
        zone: str,
        debtor: Debtor,
        trial_days: int,
        exceeds: Exceeds,
        at: datetime,
    ) -> None:
        """Takes a plan."""
        if self.version:
            raise SubscribedAlready
        plan = sold(offer)
        require_fitting(plan, terms, exceeds)
        self.record(
            SubscriptionStarted,
            at=at,
            line=plan.line,
            zone=zone,
            debtor=debtor,
            terms=terms,
            trial_until=at + timedelta(days=trial_days) if trial_days else None,
        )

    def come_back(
        self,
        offer: PlanPrices | None,
        terms: Terms,
        *,
        versions: Iterable[PlanPrices],
        zone: str | None,
        debtor: Debtor,
        trial_days: int,
        exceeds: Exceeds,
        unpaid: Sequence[Unpaid],
        at: datetime,
    ) -> None:
        """Takes a plan again after having left, at the prices of the day; months stay where they began."""
        if self.cancelled_at is None:
            raise SubscribedAlready
        if at < self.cancelled_at:
            raise StayNotOver.until(self.cancelled_at, self.zone)
        if trial_days:
            raise TrialOnReturn(pointer="/trial_days")
        if zone is not None and zone != self.zone:
            raise MonthsBeginElsewhere(pointer="/zone")
        if unpaid:
            raise ReturnUnpaid.because_of(unpaid)
        self._require_room()
        plan = sold(offer)
        # Both stays may be on one invoice, and what is corrected of the former one is on a later one.
        require_currency(self.offer_at(versions, self.cancelled_at), plan)
        require_fitting(plan, terms, exceeds)
        self.record(SubscriptionReturned, at=at, line=plan.line, debtor=debtor, terms=terms)

    def change_plan(
        self,
        offer: PlanPrices | None,
        *,
        model: BillingModel | None,
        seats: int | None,
        exceeds: Exceeds,
        at: datetime,
    ) -> None:
        """Moves to another plan, larger or smaller; refuses one in which not everything finds room."""
        self._require_running(at)
        plan = sold(offer)
        deal = self.commitment(at)
        if deal is not None and monthly_fee(plan) < monthly_fee(deal.offer):
            raise CommittedToPlan(pointer="/plan", committed_until=deal.committed_until)
        wanted = model or self.terms.model
        terms = Terms(
            plan=plan.plan,
            model=wanted,
            seats=(self.terms.seats if seats is None else seats) if wanted is BillingModel.SEATS else 0,
            add_ons=self.terms.add_ons,
        )
        require_fitting(plan, terms, exceeds)
        if terms != self.terms:
            self.record(SubscriptionPlanChanged, at=at, terms=terms)

    def change_seats(self, seats: int, *, at: datetime) -> None:
        """Has so many seats from now on; a seat counts for every day it was there."""
        self._require_running(at)
        terms = self.terms.model_copy(update={"seats": seats})
        require_seats(terms)
        if terms != self.terms:
            self.record(SubscriptionSeatsChanged, at=at, terms=terms)

    def change_add_ons(self, offer: PlanPrices | None, add_ons: dict[str, int], *, at: datetime) -> None:
        """Has exactly these add-ons from now on."""
        self._require_running(at)
        terms = self.terms.model_copy(update={"add_ons": add_ons})
        require_offered(sold(offer), terms)
        if terms != self.terms:
            self.record(SubscriptionAddOnsChanged, at=at, terms=terms)

    def change_debtor(self, debtor: Debtor, *, at: datetime) -> None:
        """Sends the next invoices to these particulars."""
        if debtor != self.debtor:
            self.record(DebtorChanged, at=at, debtor=debtor)

    def cancel(self, *, at: datetime) -> None:
        """Leaves: at once, or when the agreed term is over."""
        if self.cancelled_at is not None:
            return
        deal = self.commitment(at)
        if deal is not None and deal.committed_until is not None:
            self.record(SubscriptionEndPlanned, at=at, ends_at=deal.committed_until)
        else:
            self.record(SubscriptionCancelled, at=at)

    def agree(
        self,
        offer: PlanPrices,
        terms: Terms,
        *,
        quote_id: UUID | None,
        months: int | None,
        manager_id: UUID | None = None,
        exceeds: Exceeds,
        at: datetime,
    ) -> None:
        """Strikes a deal: these terms at these prices from now on, for so many months at least."""
        self._require_running(at)
        if offer.line is not self.line:
            raise PlanNotOffered
        require_fitting(sold(offer), terms, exceeds)
        if terms != self.terms:
            self.record(SubscriptionPlanChanged, at=at, terms=terms)
        until = None if months is None else months_later(at, months, self.zone)
        deal = Deal(
            quote_id=quote_id, offer=offer, since=max(at, self.timeline[-1].since), committed_until=until
        )
        self.record(SubscriptionAgreed, at=at, deal=deal, account_manager_id=manager_id)

    def commit_for_a_year(self, versions: Iterable[PlanPrices], *, at: datetime) -> None:
        """Stays for twelve months at the yearly price; once a term is running, nothing changes.

        The yearly price is a part of the list's, year after year; what was negotiated stays as it is.
        """
        deal = self.stay.deal(self.terms.plan, at)
        if deal is not None and deal.is_committed(at):
            return
        quote_id = deal.quote_id if deal else None
        if deal is not None and quote_id is not None:
            offer = deal.offer
        else:
            offer = for_a_year(sold(in_force(versions, self.line, self.terms.plan, at)))
        manager_id = self.account_manager_id
        self.agree(offer, self.terms, quote_id=quote_id, months=12, manager_id=manager_id, exceeds={}, at=at)

    def switch_feature(self, feature: str, is_on: bool | None, *, at: datetime) -> None:
        """Gives a feature or withholds it, whatever the plan says; None leaves it to the plan."""
        if self.flags.get(feature) is not is_on:
            self.record(SubscriptionFeatureSwitched, at=at, feature=feature, is_on=is_on)

    def note_failed_payment(
        self,
        invoice_id: UUID,
        *,
        reason: str | None,
        schedule: DunningSchedule = USUAL_SCHEDULE,
        at: datetime,
    ) -> None:
        """A payment of an invoice did not come; the first one begins the dunning."""
        if self.dunning is None:
            self.record(SubscriptionPastDue, at=at, invoice_id=invoice_id, reason=reason, schedule=schedule)
            return
        if invoice_id not in self.dunning.unpaid and len(self.dunning.unpaid) == MAX_UNPAID:
            raise TooMuchUnpaid
        self.record(SubscriptionPaymentFailed, at=at, invoice_id=invoice_id, reason=reason)

    def note_payment(self, invoice_id: UUID, *, at: datetime) -> None:
        """An invoice was paid. With the last unpaid one everything is as before."""
        if self.dunning is None or invoice_id not in self.dunning.unpaid:
            return
        if len(self.dunning.unpaid) > 1:
            self.record(SubscriptionInvoicePaid, at=at, invoice_id=invoice_id)
        else:
            self.record(SubscriptionReactivated, at=at, invoice_id=invoice_id)

    def hold_dunning(self, is_held: bool, *, at: datetime) -> None:
        """Takes no step while a bank decides about a payment, and goes on afterwards."""
        if self.dunning is not None and is_held is (self.dunning.held_since is None):
            self.record(SubscriptionDunningHeld if is_held else SubscriptionDunningResumed, at=at)

    def dun(self, *, at: datetime) -> None:
        """Takes every step whose time has come, each once, in order."""
        if self.dunning is None:
            return
        unpaid = tuple(self.dunning.unpaid)
        for step in self.dunning.due(at):
            kind = SubscriptionSuspended if step.act is DunningAct.SUSPENSION else SubscriptionDunned
            self.record(kind, at=at, invoice_ids=unpaid, step=step)

    def status(self, at: datetime) -> SubscriptionStatus:
        """Where it stands at a moment."""
        if self.cancelled_at is not None and self.cancelled_at <= at:
            return SubscriptionStatus.CANCELLED
        if self.dunning is not None:
            is_suspended = self.dunning.suspended_at is not None and self.dunning.suspended_at <= at
            return SubscriptionStatus.SUSPENDED if is_suspended else SubscriptionStatus.PAST_DUE
        if self.trial_until is not None and at < self.trial_until:
            return SubscriptionStatus.TRIAL
        return SubscriptionStatus.ACTIVE

    def evolve(self, event: SubscriptionEvent) -> None:
        match event:
            case SubscriptionStarted():
                self.line, self.zone, self.debtor = event.line, event.zone, event.debtor
                self.started_at, self.trial_until = event.occurred_at, event.trial_until
                self.agreed(event.occurred_at, event.terms)
            case SubscriptionPlanChanged() | SubscriptionSeatsChanged() | SubscriptionAddOnsChanged():
                self.agreed(event.occurred_at, event.terms)
            case DebtorChanged():
                self.debtor = event.debtor
            case SubscriptionCancelled():
                self.cancelled_at = event.occurred_at
            case (
                SubscriptionPastDue()
                | SubscriptionPaymentFailed()
                | SubscriptionDunned()
                | SubscriptionSuspended()
                | SubscriptionInvoicePaid()
                | SubscriptionReactivated()
                | SubscriptionDunningHeld()
                | SubscriptionDunningResumed()
            ):
                self.dunning = dunned(self.dunning, event)
            case SubscriptionReturned():
                self.keep_for_bills()
                self.line, self.debtor, self.started_at = event.line, event.debtor, event.occurred_at
                self.flags, self.dunning, self.account_manager_id = {}, None, None
                self.agreed(event.occurred_at, event.terms)
            case SubscriptionAgreed():
                self.deals = (*self.deals, event.deal)
                self.account_manager_id = event.account_manager_id
            case SubscriptionEndPlanned():
                self.cancelled_at = event.ends_at
            case SubscriptionFeatureSwitched():
                others = {name: is_on for name, is_on in self.flags.items() if name != event.feature}
                self.flags = others if event.is_on is None else {**others, event.feature: event.is_on}
            case _:
                assert_never(event)

    def _require_running(self, at: datetime) -> None:
        if self.cancelled_at is not None and self.cancelled_at <= at:
            raise SubscriptionOver
        self._require_room()

    def _require_room(self) -> None:
        if sum(len(stay.timeline) for stay in self.stays) >= MAX_CHANGES:
            raise TooManyChanges
