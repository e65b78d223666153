"""A company in Paris on invented prices, for tests of what it owes."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.billing.charge import Charge, Fixed, PerUnit
from domain.billing.drafting import draft_of
from domain.billing.invoice import InvoiceBook
from domain.billing.invoice_line import InvoiceLine
from domain.billing.issued import parties_of
from domain.billing.party import NO_DETAILS, SHIPPED_SELLER
from domain.billing.price import BillingModel, PlanPrices, Price, PriceKind, ProductLine
from domain.billing.rating import lines_of, month_to_rate
from domain.billing.subscription import Subscription
from domain.billing.terms import Debtor, Terms
from domain.kernel.period import Period

TENANT = UUID("00000000-0000-7000-8000-00000000000a")
DEBTOR = Debtor(legal_name="Nord Voyages", country="FR", vat_number="FR40303265045")
SHIPPED_ON = datetime(2020, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """A local instant of Paris in winter or summer, written with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def price(code: str, charge: Charge, kind: PriceKind = PriceKind.METER, **more: Any) -> Price:
    """One price; a meter's code is the meter."""
    meter = code if kind is PriceKind.METER else None
    return Price(code=code, title=code.title(), kind=kind, meter=meter, charge=charge, **more)


def fee(amount: str) -> Price:
    """The plan's own price."""
    return price("plan", Fixed(amount=Decimal(amount)), PriceKind.RECURRING)


def per_unit(amount: str) -> PerUnit:
    """So much each."""
    return PerUnit(unit_amount=Decimal(amount))


def plan(name: str, *prices: Price, since: datetime = SHIPPED_ON, **more: Any) -> PlanPrices:
    """A plan of the CRM line."""
    return PlanPrices(
        line=ProductLine.CRM, plan=name, title=name.title(), prices=prices, effective_from=since, **more
    )


def subscribed(
    offer: PlanPrices,
    since: str = "2026-01-01T00:00:00+01:00",
    *,
    seats: int = 0,
    trial_days: int = 0,
    add_ons: dict[str, int] | None = None,
) -> Subscription:
    """On a plan since a moment, by usage unless it has seats."""
    model = BillingModel.SEATS if seats else BillingModel.USAGE
    company = Subscription.new(TENANT)
    company.start(
        offer,
        Terms(plan=offer.plan, model=model, seats=seats, add_ons=add_ons or {}),
        zone="Europe/Paris",
        debtor=DEBTOR,
        trial_days=trial_days,
        exceeds={},
        at=at(since),
    )
    return company


def moved(company: Subscription, offer: PlanPrices, when: str) -> Subscription:
    """To another plan."""
    company.change_plan(offer, model=None, seats=None, exceeds={}, at=at(when))
    return company


Events = list[tuple[str, str, int]]  # meter, instant, quantity


def counted(events: Events) -> Callable[[str, Sequence[Period]], Decimal]:
    """The sum of a meter's events in periods; for `users`, how many different quantities there are."""

    def figure(meter: str, periods: Sequence[Period]) -> Decimal:
        found = [
            number
            for name, when, number in events
            if name == meter and any(period.contains(at(when)) for period in periods)
        ]
        return Decimal(len(set(found)) if meter == "users" else sum(found))

    return figure


def bill(
    company: Subscription, versions: list[PlanPrices], month: str = "2026-01", events: Events | None = None
) -> list[InvoiceLine]:
    """The lines of a month."""
    rated = month_to_rate(company, versions, month)
    return lines_of(rated, counted(events or []), lambda meter: meter != "users", "EUR")


def amounts(lines: list[InvoiceLine]) -> dict[str, int]:
    """What each price comes to, in cents."""
    totals: dict[str, int] = {}
    for line in lines:
        totals[line.code] = totals.get(line.code, 0) + line.amount_minor
    return totals


def closed(
    company: Subscription,
    versions: list[PlanPrices],
    book: InvoiceBook,
    month: str,
    events: Events | None = None,
    *late: str,
    owed: Sequence[InvoiceLine] = (),
) -> InvoiceBook:
    """The book with one month more, billed a day after its end."""
    draft = draft_of(
        company, versions, book, month, figure=counted(events or []),
        is_additive=lambda meter: meter != "users", late_months=late, owed=owed, cut=1,
    )  # fmt: skip
    moment = draft.period.end + timedelta(days=1)
    parties = parties_of(SHIPPED_SELLER, NO_DETAILS, issued_at=moment, zone=company.zone)
    book.close(draft, parties, at=moment)
    return book
