"""Which prices were offered to one company, what did it answer, and was a deal struck?"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from domain.billing.deal import Months
from domain.billing.price import PlanPrices
from domain.billing.terms import Terms
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Personal
from domain.kernel.refusals import NotFound, RuleBroken
from domain.kernel.text import Line, Title
from domain.kernel.value import Value

# An index kept by claims: what was proposed to the company.
QUOTES, EVERY_QUOTE = "quotes", "all"


class QuoteStatus(StrEnum):
    """Where a quote stands at a moment."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Offer(Value):
    """Prices for one company, what it would subscribe to, and for how many months it would stay."""

    prices: PlanPrices
    terms: Terms
    months: Months | None = None
    valid_until: Instant


class QuoteDrafted(DomainEvent):
    """An account manager wrote an offer; the company does not see it yet."""

    TOPIC: ClassVar[str] = "quote.drafted.v1"

    offer: Offer
    account_manager_id: UUID
    account_manager: Annotated[Line, Personal(subject="account_manager_id")]


class QuoteProposed(DomainEvent):
    """The company may accept it, until its last day."""

    TOPIC: ClassVar[str] = "quote.proposed.v1"


class QuoteCountered(DomainEvent):
    """The company wants something else; the account manager answers with another quote."""

    TOPIC: ClassVar[str] = "quote.countered.v1"

    wish: Title


class QuoteAccepted(DomainEvent):
    """The company took it: its prices apply from now on."""

    TOPIC: ClassVar[str] = "quote.accepted.v1"


class QuoteSuperseded(DomainEvent):
    """Another quote takes its place."""

    TOPIC: ClassVar[str] = "quote.superseded.v1"

    by_quote_id: UUID


class QuoteUnknown(NotFound):
    """This company was made no such offer."""


class QuoteNotOpen(RuleBroken):
    """This offer cannot be answered: it was accepted, answered, replaced or not made yet, or its time is over."""


class QuoteAlreadyOver(RuleBroken):
    """An offer is valid for some time after it was written."""


class OfferUnclear(RuleBroken):
    """An offer names its prices, and terms of the same plan."""


class Quote(Aggregate):
    """One offer.  draft -> proposed -> accepted | countered -> superseded; a proposal nobody answers expires."""

    CATEGORY: ClassVar[str] = "quote"

    offer: Offer
    account_manager_id: UUID
    account_manager: Annotated[Line, Personal(subject="account_manager_id")]
    state: QuoteStatus = QuoteStatus.DRAFT
    wish: Title | None = None
    drafted_at: datetime

    def draft(self, offer: Offer, *, manager_id: UUID, manager: str, at: datetime) -> None:
        """Writes it."""
        if self.version:
            return
        if offer.prices.plan != offer.terms.plan or offer.prices.on_quote or not offer.prices.prices:
            raise OfferUnclear(pointer="/offer")
        if offer.valid_until <= at:
            raise QuoteAlreadyOver(pointer="/offer/valid_until")
        self.record(QuoteDrafted, at=at, offer=offer, account_manager_id=manager_id, account_manager=manager)

    def propose(self, *, at: datetime) -> None:
        """Shows it to the company."""
        if self.state is QuoteStatus.PROPOSED:
            return
        if self.state is not QuoteStatus.DRAFT or at >= self.offer.valid_until:
            raise QuoteNotOpen
        self.record(QuoteProposed, at=at)

    def counter(self, wish: str, *, at: datetime) -> None:
        """Asks for something else."""
        if self.status(at) is not QuoteStatus.PROPOSED:
            raise QuoteNotOpen
        self.record(QuoteCountered, at=at, wish=wish)

    def accept(self, *, at: datetime) -> None:
        """Takes it; doing so again changes nothing."""
        if self.state is QuoteStatus.ACCEPTED:
            return
        if self.status(at) is not QuoteStatus.PROPOSED:
            raise QuoteNotOpen
        self.record(QuoteAccepted, at=at)

    def give_way(self, to: UUID, *, at: datetime) -> None:
        """Leaves its place to another one, unless it was accepted."""
        if self.state is QuoteStatus.ACCEPTED:
            raise QuoteNotOpen
        if self.state is not QuoteStatus.SUPERSEDED:
            self.record(QuoteSuperseded, at=at, by_quote_id=to)

    def status(self, at: datetime) -> QuoteStatus:
        """Where it stands at a moment: nobody has to end what is over."""
        is_open = self.state in (QuoteStatus.DRAFT, QuoteStatus.PROPOSED, QuoteStatus.COUNTERED)
        return QuoteStatus.EXPIRED if is_open and at >= self.offer.valid_until else self.state

    def claims(self, event: Any) -> Claims:
        """A place in the list of what was proposed."""
        match event:
            case QuoteProposed():
                return Claims(
                    taken=(Claim(QUOTES, EVERY_QUOTE, self.id, capacity=UNLIMITED, shape="amount"),)
                )
            case _:
                return NO_CLAIMS

    def evolve(self, event: "QuoteEvent") -> None:
        match event:
            case QuoteDrafted():
                self.offer, self.drafted_at = event.offer, event.occurred_at
                self.account_manager_id = event.account_manager_id
                self.account_manager = event.account_manager
            case QuoteProposed():
                self.state = QuoteStatus.PROPOSED
            case QuoteCountered():
                self.state, self.wish = QuoteStatus.COUNTERED, event.wish
            case QuoteAccepted():
                self.state = QuoteStatus.ACCEPTED
            case QuoteSuperseded():
                self.state = QuoteStatus.SUPERSEDED
            case _:
                assert_never(event)


QuoteEvent = QuoteDrafted | QuoteProposed | QuoteCountered | QuoteAccepted | QuoteSuperseded
