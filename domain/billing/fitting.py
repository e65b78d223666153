"""Does what is wanted fit a plan that is sold?"""

from collections.abc import Mapping

from domain.billing.price import BillingModel, PlanPrices
from domain.billing.terms import Terms
from domain.kernel.refusals import RuleBroken

# What is in use beyond a plan's limits: by name, the limit and what is used.
Exceeds = Mapping[str, Mapping[str, int]]


class PlanNotOffered(RuleBroken):
    """There is no such plan in this product line."""


class PlanOnQuote(RuleBroken):
    """This plan has no list price; it is agreed on with an account manager."""


class PlanTooSmall(RuleBroken):
    """More is in use than this plan allows; the list says what."""


class AddOnNotOffered(RuleBroken):
    """The plan does not offer this add-on."""


class CurrencyFixed(RuleBroken):
    """A subscription is billed in one currency for good, and so is a plan; these prices are in another one."""


class SeatsMissing(RuleBroken):
    """A subscription by seats has at least one, and one by usage has none."""


def sold(offer: PlanPrices | None) -> PlanPrices:
    """The plan, if it has a price."""
    if offer is None:
        raise PlanNotOffered(pointer="/plan")
    if offer.on_quote:
        raise PlanOnQuote(pointer="/plan")
    return offer


def require_fitting(plan: PlanPrices, terms: Terms, exceeds: Exceeds) -> None:
    """Refuses terms that the plan does not allow, with the list of what exceeds it."""
    require_seats(terms)
    require_offered(plan, terms)
    if exceeds:
        raise PlanTooSmall(pointer="/plan", exceeds=exceeds)


def require_currency(before: PlanPrices | None, offer: PlanPrices | None) -> None:
    """Refuses prices in another currency than those before: two of them never add up on one invoice."""
    if before is not None and offer is not None and before.currency != offer.currency:
        raise CurrencyFixed


def require_seats(terms: Terms) -> None:
    """Refuses a number of seats that does not go with the way of paying."""
    if (terms.model is BillingModel.SEATS) != (terms.seats > 0):
        raise SeatsMissing(pointer="/seats")


def require_offered(plan: PlanPrices, terms: Terms) -> None:
    """Refuses add-ons that the plan does not have."""
    unknown = sorted(set(terms.add_ons) - plan.add_ons())
    if unknown:
        raise AddOnNotOffered(pointer="/add_ons", add_ons=unknown)
