"""Where may a door have a journey reckoned, by the method and the factors of whoever asks?"""

from datetime import date

from adapters.event_store.store import TenantStore
from adapters.factors.airports import ShippedAirports, airport_countries
from adapters.factors.recorded import RecordedFactors
from application.esg.trip_carbon import TripCarbon, TripCarbonRequest, reckon
from domain.esg.carbon_method import AdoptedMethod, CarbonMethods, carbon_methods_id
from domain.kernel.factor_table import FactorTable
from domain.kernel.geography import Airport

# Without an airport of their own, and in no table of grids.
WITHOUT_AIRPORT = frozenset({"AD", "LI", "MC", "SM", "VA"})


class CarbonDesk:
    """The carbon engine with the world it needs; it answers and records nothing."""

    def __init__(self, factors: RecordedFactors, airports: ShippedAirports) -> None:
        self.factors = factors
        self._airports = airports

    def reckon(self, streams: TenantStore, request: TripCarbonRequest, today: date) -> TripCarbon:
        """The journey by the method in force on its day. Refuses at the first element that cannot be."""
        on = request.on or today
        table = self.factors.in_force()
        return reckon(
            request,
            adopted=self.method(streams, on),
            table=table,
            airports=self._airports,
            countries=countries_of(table),
            on=on,
        )

    def airport(self, iata: str) -> Airport | None:
        """Where the code is, or None."""
        return self._airports.find(iata)

    def method(self, streams: TenantStore, on: date) -> AdoptedMethod:
        """What the tenant has adopted for that day."""
        known = streams.find(CarbonMethods, carbon_methods_id(streams.tenant_id))
        return known.in_force(on) if known else AdoptedMethod()


def countries_of(table: FactorTable) -> frozenset[str]:
    """Every country we have heard of: with an airport, with a grid, or by name."""
    grids = {row.factor.variant for row in table.rows if row.factor.activity == "grid_electricity"}
    return airport_countries() | frozenset(code for code in grids if len(code) == 2) | WITHOUT_AIRPORT
