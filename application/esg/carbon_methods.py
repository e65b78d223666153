"""How does a company choose the method its carbon is reckoned by?"""

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.esg.carbon_method import CarbonMethods, carbon_methods_id
from domain.esg.figure import UnknownHotelCountry
from domain.kernel.emissions import CarbonMethod
from domain.kernel.instants import Day


class AdoptCarbonMethod(Command):
    """Reckon travel from a day on by this method. Figures already given stand; for one day the last word counts."""

    method: CarbonMethod
    effective_on: Day
    unknown_hotel_country: UnknownHotelCountry = UnknownHotelCountry.REFUSE


def adopt_carbon_method(command: AdoptCarbonMethod, context: Context) -> Saved:
    methods_id = carbon_methods_id(context.tenant_id)

    def decide() -> tuple[CarbonMethods, ...]:
        methods = context.store.read(CarbonMethods, methods_id) or CarbonMethods.new(methods_id)
        methods.adopt(
            command.method,
            unknown_hotel_country=command.unknown_hotel_country,
            effective_on=command.effective_on,
            at=context.now,
        )
        return (methods,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {AdoptCarbonMethod: adopt_carbon_method}
