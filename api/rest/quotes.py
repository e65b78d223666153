"""Quotes: prices for one company, offered by an account manager, answered by the company."""

from datetime import datetime
from typing import Annotated, Self, TypeVar
from uuid import UUID

from fastapi import Path
from pydantic import Field, StringConstraints

from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from api.rest.subscriptions import SubscriptionView
from application.billing.quotes import (
    AcceptQuote,
    CommitForAYear,
    CounterQuote,
    DraftQuote,
    ProposeQuote,
    SwitchFeature,
)
from application.kernel.command import Command
from application.kernel.context import Actor
from domain.billing.calendar import Zone
from domain.billing.quote import EVERY_QUOTE, QUOTES, Offer, Quote, QuoteStatus, QuoteUnknown
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.terms import Debtor
from domain.kernel.aggregate import Aggregate
from domain.kernel.text import Title
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

A = TypeVar("A", bound=Aggregate)

router = Shelf(tags=["quotes"], route_class=StrictRoute)

COMPANY = "/api/v1/enterprise/tenants/{tenant_id}"
OWN = "/api/v1/billing/quotes"
Feature = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$"), Path()]


class Wish(Command):
    """What the company would rather have."""

    wish: Title


class Acceptance(Command):
    """Who is billed, and where the months begin: for a company that has no subscription yet."""

    debtor: Debtor | None = None
    zone: Zone = "Europe/Paris"


class Switch(Command):
    """On, off, or (null) as the plan says."""

    is_on: bool | None


class QuoteView(Resource):
    """An offer for one company."""

    id: UUID
    status: QuoteStatus
    offer: Offer
    account_manager: str
    wish: str | None = Field(description="what the company would rather have")
    drafted_at: datetime

    @classmethod
    def of(cls, quote: Quote, now: datetime, position: int | None = None) -> Self:
        """The quote as it stands at a moment."""
        return cls(
            version=quote.version,
            position=position,
            id=quote.id,
            status=quote.status(now),
            offer=quote.offer,
            account_manager=quote.account_manager,
            wish=quote.wish,
            drafted_at=quote.drafted_at,
        )


class QuoteList(Listing[QuoteView]):
    """Every offer the company was made."""


class FeatureView(View):
    """A feature of one company."""

    feature: str
    is_on: bool | None = Field(description="null: as the plan says")


@router.post(
    f"{COMPANY}/quotes", operation_id="draft_quote", status_code=201, summary="Write a quote for a company"
)
def draft_quote(tenant_id: UUID, body: DraftQuote, session: SessionDep) -> QuoteView:
    """Prices for this company alone, with the name of who answers for them. It sees them once they are proposed.
    Platform staff only."""
    return _by_staff(tenant_id, body, session)


@router.post(
    f"{COMPANY}/quotes/{{quote_id}}/propose", operation_id="propose_quote", summary="Propose a quote"
)
def propose_quote(tenant_id: UUID, quote_id: UUID, session: SessionDep) -> QuoteView:
    """From now on the company sees it, and may accept it until its last day. Platform staff only."""
    return _by_staff(tenant_id, ProposeQuote(quote_id=quote_id), session)


@router.put(
    f"{COMPANY}/features/{{feature}}", operation_id="switch_feature", summary="Switch a feature for a company"
)
def switch_feature(tenant_id: UUID, feature: Feature, body: Switch, session: SessionDep) -> FeatureView:
    """Gives it or withholds it, whatever the plan says. Platform staff only."""
    session.refuse_if_match()
    command = SwitchFeature(feature=feature, is_on=body.is_on)
    found, _ = _in_company(tenant_id, command, session, Subscription)
    return FeatureView(feature=feature, is_on=found.flags.get(feature))


@router.get(OWN, operation_id="list_quotes", summary="List quotes", dependencies=[AtLeast])
def list_quotes(session: SessionDep) -> QuoteList:
    """Every offer that was proposed to the company, the latest first. Always as new as can be."""
    streams, now = session.house.streams(session.tenant_id), session.house.clock()
    ids = session.house.amounts(session.tenant_id).holders(QUOTES, EVERY_QUOTE)
    quotes = [streams.load(Quote, quote_id) for quote_id in reversed(ids)]
    return QuoteList(data=[QuoteView.of(one, now) for one in quotes], next_cursor=None)


@router.post(f"{OWN}/{{quote_id}}/counter", operation_id="counter_quote", summary="Answer a quote")
def counter_quote(quote_id: UUID, body: Wish, session: SessionDep) -> QuoteView:
    """Asks for something else; the account manager answers with another quote."""
    return _answered(quote_id, CounterQuote(quote_id=quote_id, wish=body.wish), session)


@router.post(f"{OWN}/{{quote_id}}/accept", operation_id="accept_quote", summary="Accept a quote")
def accept_quote(quote_id: UUID, body: Acceptance, session: SessionDep) -> QuoteView:
    """Takes it: its terms and prices apply from this second, and the company stays for the agreed months."""
    command = AcceptQuote(quote_id=quote_id, debtor=body.debtor, zone=body.zone)
    return _answered(quote_id, command, session)


@router.put(
    "/api/v1/billing/subscription/yearly", operation_id="commit_for_a_year", summary="Stay for a year"
)
def commit_for_a_year(session: SessionDep) -> SubscriptionView:
    """Stays for twelve months from now on, at the yearly price; a cancellation takes effect when they are over."""
    found, answer = session.change(CommitForAYear(), Subscription, subscription_id(session.tenant_id))
    return SubscriptionView.of(found, session, answer.saved.position)


def _answered(quote_id: UUID, command: Command, session: Session) -> QuoteView:
    if quote_id not in session.house.amounts(session.tenant_id).holders(QUOTES, EVERY_QUOTE):
        raise QuoteUnknown  # or it was not proposed yet, which the company need not know
    quote, answer = session.change(command, Quote, quote_id)
    return QuoteView.of(quote, session.house.clock(), answer.saved.position)


def _by_staff(tenant_id: UUID, command: Command, session: Session) -> QuoteView:
    session.refuse_if_match()
    quote, position = _in_company(tenant_id, command, session, Quote)
    return QuoteView.of(quote, session.house.clock(), position)


def _in_company(tenant_id: UUID, command: Command, session: Session, kind: type[A]) -> tuple[A, int]:
    """Executes a command of the platform's staff in a company's tenant."""
    session.only_tenant(PLATFORM_TENANT_ID)
    actor = Actor(id=session.caller.member_id, kind="platform_admin")
    order = session.order(command, tenant_id=tenant_id, actor=actor, principal=session.principal)
    answer = session.house.execute(order)
    return session.left(order, answer, kind), answer.saved.position
