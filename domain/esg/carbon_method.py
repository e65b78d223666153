"""By which method does a company reckon its carbon, and from which day on?"""

from datetime import date, datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.esg.figure import UnknownHotelCountry
from domain.kernel.aggregate import Aggregate
from domain.kernel.emissions import CarbonMethod
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Day
from domain.kernel.value import Value


class AdoptedMethod(Value):
    """A method from a day on; null is the house's own default, which nobody adopted."""

    method: CarbonMethod = CarbonMethod.DESNZ
    unknown_hotel_country: UnknownHotelCountry = UnknownHotelCountry.REFUSE
    effective_on: Day | None = None


class CarbonMethodAdopted(DomainEvent):
    """The company chose how its carbon is reckoned for travel from a day on; figures already given stand."""

    TOPIC: ClassVar[str] = "carbon-method.adopted.v1"

    method: CarbonMethod
    unknown_hotel_country: UnknownHotelCountry
    effective_on: Day


def carbon_methods_id(tenant_id: UUID) -> UUID:
    """The one stream of a company's methods."""
    return uuid5(tenant_id, "carbon-methods")


class CarbonMethods(Aggregate):
    """Every method a company has adopted, by the day it takes effect; for one day the last word counts."""

    CATEGORY: ClassVar[str] = "carbon-method"

    adopted: tuple[AdoptedMethod, ...] = ()

    def adopt(
        self,
        method: CarbonMethod,
        *,
        unknown_hotel_country: UnknownHotelCountry,
        effective_on: date,
        at: datetime,
    ) -> None:
        """Takes effect on that day, until a method with a later day does."""
        wanted = AdoptedMethod(
            method=method, unknown_hotel_country=unknown_hotel_country, effective_on=effective_on
        )
        if wanted in self.adopted:
            return
        self.record(CarbonMethodAdopted, at=at, **wanted.model_dump())

    def in_force(self, on: date) -> AdoptedMethod:
        """The method of a day; before the first one, the house's default."""
        return method_in_force(self.adopted, on)

    def evolve(self, event: CarbonMethodAdopted) -> None:
        match event:
            case CarbonMethodAdopted():
                chosen = AdoptedMethod(
                    method=event.method,
                    unknown_hotel_country=event.unknown_hotel_country,
                    effective_on=event.effective_on,
                )
                others = (one for one in self.adopted if one.effective_on != event.effective_on)
                self.adopted = tuple(sorted((*others, chosen), key=_day))
            case _:
                assert_never(event)


def method_in_force(adopted: tuple[AdoptedMethod, ...], on: date) -> AdoptedMethod:
    """The last one that takes effect on that day or before it."""
    return next((one for one in reversed(adopted) if _day(one) <= on), AdoptedMethod())


def _day(one: AdoptedMethod) -> date:
    return one.effective_on or date.min
