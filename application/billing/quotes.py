"""How do an account manager and a company come to terms?

Quotes lie in the company's own tenant: the platform's staff writes and proposes them there, the company answers.
Accepting one strikes the deal in the same transaction, and takes the plan for a company that had none, or had left.
"""

from collections.abc import Callable
from uuid import UUID, uuid5

from application.billing.subscriptions import exceeding, take_plan, with_suite
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.calendar import Zone
from domain.billing.fitting import require_currency
from domain.billing.price import Name
from domain.billing.quote import Offer, Quote, QuoteUnknown
from domain.billing.subscription import NotSubscribed, Subscription, SubscriptionStatus, subscription_id
from domain.billing.terms import Debtor
from domain.kernel.aggregate import Aggregate
from domain.kernel.text import Line, Title


class DraftQuote(Command):
    """Write an offer for a company, in place of another one if that is named. By the platform's staff."""

    offer: Offer
    account_manager: Line
    supersedes: UUID | None = None


class ProposeQuote(Command):
    """Show an offer to the company. By the platform's staff."""

    quote_id: UUID


class CounterQuote(Command):
    """Ask for something else."""

    quote_id: UUID
    wish: Title


class AcceptQuote(Command):
    """Take an offer. A company without a subscription says besides who is billed, and where its months begin; one
    that had left may name another debtor."""

    quote_id: UUID
    debtor: Debtor | None = None
    zone: Zone = "Europe/Paris"


class CommitForAYear(Command):
    """Stay for twelve months, at the yearly price."""


class SwitchFeature(Command):
    """Give a company a feature, or withhold it; null leaves it to its plan. By the platform's staff."""

    feature: Name
    is_on: bool | None


def quote_id_for(tenant_id: UUID, command_id: UUID) -> UUID:
    """The id of the quote a command writes; a repeat gives the same."""
    return uuid5(tenant_id, f"quote:{command_id}")


def draft_quote(command: DraftQuote, context: Context) -> Saved:
    quote_id = quote_id_for(context.tenant_id, context.command.id)

    def draft() -> tuple[Quote, ...]:
        quote = context.store.read(Quote, quote_id) or Quote.new(quote_id)
        quote.draft(
            command.offer, manager_id=context.actor.id, manager=command.account_manager, at=context.now
        )
        if command.supersedes is None:
            return (quote,)
        before = _quote(command.supersedes, context)
        before.give_way(quote_id, at=context.now)
        return (quote, before)

    return context.store.save_all(draft)


def propose_quote(command: ProposeQuote, context: Context) -> Saved:
    return _changed(command.quote_id, context, lambda quote: quote.propose(at=context.now))


def counter_quote(command: CounterQuote, context: Context) -> Saved:
    return _changed(command.quote_id, context, lambda quote: quote.counter(command.wish, at=context.now))


def accept_quote(command: AcceptQuote, context: Context) -> Saved:
    stream_id = subscription_id(context.tenant_id)

    def accept() -> tuple[Aggregate, ...]:
        quote = _quote(command.quote_id, context)
        quote.accept(at=context.now)
        if not quote.has_pending_events:
            return (quote,)
        offer = quote.offer
        found = context.store.read(Subscription, stream_id) or Subscription.new(stream_id)
        before = found.line if found.version else None
        if not found.version or found.status(context.now) is SubscriptionStatus.CANCELLED:
            debtor = command.debtor or (found.debtor if found.version else None)
            if debtor is None:
                raise NotSubscribed(pointer="/debtor")
            take_plan(
                found,
                offer.prices,
                offer.terms,
                context,
                zone=command.zone,
                is_zone_said="zone" in command.model_fields_set,
                debtor=debtor,
            )
        require_currency(found.offer_at(context.ports.price_lists.versions(), context.now), offer.prices)
        found.agree(
            offer.prices,
            offer.terms,
            quote_id=quote.id,
            months=offer.months,
            manager_id=quote.account_manager_id,
            exceeds=exceeding(offer.prices, context),
            at=context.now,
        )
        return (quote, *with_suite(found, context, before))

    return context.store.save_all(accept)


def commit_for_a_year(command: CommitForAYear, context: Context) -> Saved:
    def commit() -> tuple[Subscription, ...]:
        found = _subscription(context)
        found.commit_for_a_year(context.ports.price_lists.versions(), at=context.now)
        return (found,)

    return context.store.save_all(commit)


def switch_feature(command: SwitchFeature, context: Context) -> Saved:
    def switch() -> tuple[Subscription, ...]:
        found = _subscription(context)
        found.switch_feature(command.feature, command.is_on, at=context.now)
        return (found,)

    return context.store.save_all(switch)


def _changed(quote_id: UUID, context: Context, change: Callable[[Quote], None]) -> Saved:
    def decide() -> tuple[Quote, ...]:
        quote = _quote(quote_id, context)
        change(quote)
        return (quote,)

    return context.store.save_all(decide)


def _quote(quote_id: UUID, context: Context) -> Quote:
    found = context.store.read(Quote, quote_id)
    if found is None:
        raise QuoteUnknown
    return found


def _subscription(context: Context) -> Subscription:
    found = context.store.read(Subscription, subscription_id(context.tenant_id))
    if found is None:
        raise NotSubscribed
    return found


HANDLERS: Handlers = {
    DraftQuote: draft_quote,
    ProposeQuote: propose_quote,
    CounterQuote: counter_quote,
    AcceptQuote: accept_quote,
    CommitForAYear: commit_for_a_year,
    SwitchFeature: switch_feature,
}
