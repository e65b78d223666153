"""By which rates is a journey converted into euros?"""

from collections.abc import Iterable

from application.kernel.context import Context
from domain.kernel.refusals import Malformed
from domain.travel.exchange import ExchangeRate, Rates
from domain.travel.journey import PlannedSegment


class NoExchangeRate(Malformed):
    """No exchange rate against the euro is published for this currency; give the price in another one."""


def rate_for(currency: str, context: Context, *, pointer: str) -> ExchangeRate | None:
    """Today's rate of the currency; None for the euro itself. Refuses with NoExchangeRate."""
    if currency == "EUR":
        return None
    rate = context.ports.rates.find(currency, context.now.date())
    if rate is None:
        raise NoExchangeRate(pointer=pointer)
    return rate


def rates_of_the_day(segments: Iterable[PlannedSegment], context: Context) -> Rates:
    """Today's rates of every currency in the itinerary. Where none is published today any more,
    the segment keeps the rate it was planned with."""
    currencies = {segment.details.price.currency for segment in segments} - {"EUR"}
    found = {currency: context.ports.rates.find(currency, context.now.date()) for currency in currencies}
    return {currency: rate for currency, rate in found.items() if rate is not None}
