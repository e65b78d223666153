"""How does the platform publish its prices?"""

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.fitting import PlanNotOffered
from domain.billing.price import PlanPrices, ProductLine
from domain.billing.price_list import PriceList, price_list_id


class PublishPrices(PlanPrices, Command):
    """Publish a plan's prices, in force from a day ahead or later. In the platform's tenant."""


def publish_prices(command: PublishPrices, context: Context) -> Saved:
    list_id = price_list_id(context.tenant_id)
    plan_prices = PlanPrices.model_validate(command.model_dump())

    def decide() -> tuple[PriceList, ...]:
        if (
            command.line is ProductLine.WHITE_LABEL
            and context.ports.entitlements.of_suite(command.plan) is None
        ):
            raise PlanNotOffered(pointer="/plan")
        price_list = context.store.read(PriceList, list_id) or PriceList.new(list_id)
        price_list.publish(plan_prices, at=context.now)
        return (price_list,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {PublishPrices: publish_prices}
