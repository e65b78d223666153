"""Where may a door have a journey reckoned, by the method and the factors of whoever asks?"""

from datetime import date

from adapters.event_store.store import TenantStore
from adapters.factors.airports import ShippedAirports
from adapters.factors.recorded import RecordedFactors
from application.esg.trip_carbon import TripCarbon, TripCarbonRequest, reckon
from domain.esg.carbon_method import AdoptedMethod, CarbonMethods, carbon_methods_id


class CarbonDesk:
    """The carbon engine with the world it needs; it answers and records nothing."""

    def __init__(self, factors: RecordedFactors, airports: ShippedAirports) -> None:
        self.factors = factors
        self._airports = airports

    def reckon(self, streams: TenantStore, request: TripCarbonRequest, today: date) -> TripCarbon:
        """The journey by the method in force on its day. Refuses at the first element that cannot be."""
        on = request.on or today
        return reckon(
            request,
            adopted=self.method(streams, on),
            table=self.factors.in_force(),
            airports=self._airports,
            on=on,
        )

    def method(self, streams: TenantStore, on: date) -> AdoptedMethod:
        """What the tenant has adopted for that day."""
        known = streams.find(CarbonMethods, carbon_methods_id(streams.tenant_id))
        return known.in_force(on) if known else AdoptedMethod()
