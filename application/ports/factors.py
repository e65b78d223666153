"""How much carbon does a published source count per unit of travel?"""

from typing import Protocol

from domain.kernel.emissions import EmissionFactor
from domain.kernel.haul import Haul
from domain.travel.itinerary import Cabin, GroundMode


class EmissionFactors(Protocol):
    """The factors of one method and year. None: nothing is published for the case."""

    def for_flight(self, haul: Haul, cabin: Cabin | None) -> EmissionFactor | None:
        """Per passenger-km with radiative forcing; cabin None is the average passenger."""
        ...

    def for_hotel(self, country: str) -> EmissionFactor | None:
        """Per room-night in a country (ISO 3166-1 alpha-2)."""
        ...

    def for_ground(self, mode: GroundMode) -> EmissionFactor | None:
        """Per passenger-km; per vehicle-km for a car or motorbike with one occupant."""
        ...
