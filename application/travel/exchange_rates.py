"""How does the house keep the reference rates a central bank publishes?"""

from datetime import date

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_platform
from domain.kernel.text import Title
from domain.travel.exchange_day import DayRates, ExchangeDay, exchange_day_id


class PublishRates(Command):
    """Keep the rates of one banking day; the same rates again are nothing new, others are a correction."""

    published_on: date
    rates: DayRates
    source: Title


def publish_rates(command: PublishRates, context: Context) -> Saved:
    require_platform(context)
    stream_id = exchange_day_id(context.tenant_id, command.published_on)

    def decide() -> tuple[ExchangeDay, ...]:
        day = context.store.read(ExchangeDay, stream_id) or ExchangeDay.new(stream_id)
        day.publish(command.rates, published_on=command.published_on, source=command.source, at=context.now)
        return (day,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {PublishRates: publish_rates}
