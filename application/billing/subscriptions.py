"""How does a company take a plan, change it and leave?

A subscription to the white-label suite and the suite's own plan are one truth: what moves the one
moves the other in the same transaction.
"""

from collections.abc import Callable, Mapping

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.entitlements import Entitlements
from application.ports.store import Saved
from domain.billing.calendar import Zone, local_day
from domain.billing.fitting import require_currency
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.issued import Standing
from domain.billing.price import BillingModel, Name, PlanPrices, ProductLine, exceeded, in_force
from domain.billing.stay import Unpaid
from domain.billing.subscription import NotSubscribed, Subscription, TrialDays, subscription_id
from domain.billing.terms import AddOns, Debtor, Seats, Terms
from domain.kernel.aggregate import Aggregate

SMALLEST_OF_SUITE = "starter"


class StartSubscription(Command):
    """Take a plan, for the first time or again after having left. Months are those of `zone`, and stay those of the
    first time; for the days of a trial, which is for the first time alone, nothing is paid."""

    line: ProductLine
    plan: Name
    model: BillingModel = BillingModel.USAGE
    seats: Seats = 0
    add_ons: AddOns = {}
    zone: Zone = "Europe/Paris"
    debtor: Debtor
    trial_days: TrialDays = 0


class ChangeSubscriptionPlan(Command):
    """Move to another plan of the same line, or to another way of paying; null keeps what is."""

    plan: Name
    model: BillingModel | None = None
    seats: Seats | None = None


class ChangeSeats(Command):
    """Have so many seats from now on."""

    seats: Seats


class ChangeAddOns(Command):
    """Have exactly these add-ons from now on, and so many of each."""

    add_ons: AddOns


class ChangeDebtor(Debtor, Command):
    """Send the next invoices to these particulars."""


class CancelSubscription(Command):
    """Leave, at once; what was used until now is still billed."""


def limits_of(offer: PlanPrices, entitlements: Entitlements) -> Mapping[str, int | None]:
    """What a plan allows: its own limits, and those the suite gives its plans."""
    suite = entitlements.of_suite(offer.plan) if offer.line is ProductLine.WHITE_LABEL else None
    return {**offer.limits, **(suite or {})}


def start_subscription(command: StartSubscription, context: Context) -> Saved:
    stream_id = subscription_id(context.tenant_id)

    def decide() -> tuple[Aggregate, ...]:
        found = context.store.read(Subscription, stream_id) or Subscription.new(stream_id)
        offer = in_force(context.ports.price_lists.versions(), command.line, command.plan, context.now)
        terms = Terms(**command.model_dump(include=set(Terms.model_fields)))
        before = found.line if found.version else None
        take_plan(
            found,
            offer,
            terms,
            context,
            zone=command.zone,
            is_zone_said="zone" in command.model_fields_set,
            debtor=command.debtor,
            trial_days=command.trial_days,
        )
        return with_suite(found, context, before)

    return context.store.save_all(decide)


def take_plan(
    found: Subscription,
    offer: PlanPrices | None,
    terms: Terms,
    context: Context,
    *,
    zone: str,
    is_zone_said: bool,
    debtor: Debtor,
    trial_days: int = 0,
) -> None:
    """Begins a stay: the first one, or another one after the former one is over and paid as far as it is due."""
    if not found.version:
        found.start(
            offer,
            terms,
            zone=zone,
            debtor=debtor,
            trial_days=trial_days,
            exceeds=exceeding(offer, context),
            at=context.now,
        )
        return
    found.come_back(
        offer,
        terms,
        versions=context.ports.price_lists.versions(),
        # Whoever says nothing of months keeps those there were.
        zone=zone if is_zone_said else None,
        debtor=debtor,
        trial_days=trial_days,
        exceeds={**exceeding(offer, context), **_beyond_the_suite(found, offer, context)},
        unpaid=_unpaid(found, context),
        at=context.now,
    )


def _beyond_the_suite(
    found: Subscription, offer: PlanPrices | None, context: Context
) -> Mapping[str, Mapping[str, int]]:
    """What is in use of the suite beyond its smallest plan, for whoever comes back to another product line."""
    if offer is None or not _leaves_suite(found.line, offer.line):
        return {}
    return _exceeding(context.ports.entitlements.of_suite(SMALLEST_OF_SUITE) or {}, context)


def _leaves_suite(before: ProductLine | None, line: ProductLine) -> bool:
    return before is ProductLine.WHITE_LABEL and line is not before


def _unpaid(found: Subscription, context: Context) -> list[Unpaid]:
    """What is overdue today, and what the collector could not get, as far as it is still open."""
    book = context.store.read(InvoiceBook, invoices_id(context.tenant_id))
    invoices = {} if book is None else book.invoices
    today = local_day(context.now, found.zone)
    dunned = found.dunning.unpaid if found.dunning else {}
    return [
        Unpaid(one.number or one.draft.month, one.balance_minor, one.draft.currency)
        for one in invoices.values()
        if one.balance_minor > 0 and (one.invoice_id in dunned or one.standing(today) is Standing.OVERDUE)
    ]


def change_subscription_plan(command: ChangeSubscriptionPlan, context: Context) -> Saved:
    def change(found: Subscription) -> None:
        versions = context.ports.price_lists.versions()
        offer = found.offer_at(versions, context.now, command.plan)
        require_currency(found.offer_at(versions, context.now), offer)
        found.change_plan(
            offer,
            model=command.model,
            seats=command.seats,
            exceeds=exceeding(offer, context),
            at=context.now,
        )

    return _change(context, change)


def change_seats(command: ChangeSeats, context: Context) -> Saved:
    return _change(context, lambda found: found.change_seats(command.seats, at=context.now))


def change_add_ons(command: ChangeAddOns, context: Context) -> Saved:
    def change(found: Subscription) -> None:
        offer = found.offer_at(context.ports.price_lists.versions(), context.now)
        found.change_add_ons(offer, command.add_ons, at=context.now)

    return _change(context, change)


def change_debtor(command: ChangeDebtor, context: Context) -> Saved:
    debtor = Debtor.model_validate(command.model_dump())
    return _change(context, lambda found: found.change_debtor(debtor, at=context.now))


def cancel_subscription(command: CancelSubscription, context: Context) -> Saved:
    return _change(context, lambda found: found.cancel(at=context.now))


def _change(context: Context, change: Callable[[Subscription], None]) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        found = context.store.read(Subscription, subscription_id(context.tenant_id))
        if found is None:
            raise NotSubscribed
        change(found)
        return with_suite(found, context)

    return context.store.save_all(decide)


def with_suite(
    found: Subscription, context: Context, before: ProductLine | None = None
) -> tuple[Aggregate, ...]:
    """The subscription, and beside it the suite's own plan if that is what it is about, or was about `before`.

    Whoever comes back to another product line falls back to the smallest plan of the suite: nobody has the others
    for the price of something else.
    """
    if not found.has_pending_events:
        return (found,)
    if found.line is ProductLine.WHITE_LABEL:
        plan = found.terms.plan
    elif _leaves_suite(before, found.line):
        plan = SMALLEST_OF_SUITE
    else:
        return (found,)
    return (found, context.ports.entitlements.moved_to(plan, at=context.now))


def exceeding(offer: PlanPrices | None, context: Context) -> Mapping[str, Mapping[str, int]]:
    """What is in use beyond what the plan allows."""
    if offer is None:
        return {}
    return _exceeding(limits_of(offer, context.ports.entitlements), context)


def _exceeding(limits: Mapping[str, int | None], context: Context) -> Mapping[str, Mapping[str, int]]:
    limited = [name for name, limit in limits.items() if limit is not None]
    return exceeded(limits, context.ports.entitlements.used(limited))


HANDLERS: Handlers = {
    StartSubscription: start_subscription,
    ChangeSubscriptionPlan: change_subscription_plan,
    ChangeSeats: change_seats,
    ChangeAddOns: change_add_ons,
    ChangeDebtor: change_debtor,
    CancelSubscription: cancel_subscription,
}
