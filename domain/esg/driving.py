"""What does a car, van or motorbike emit, and into which scope does each part fall?

What the company owns or controls burns in scope 1, charges in scope 2, and its upstream and grid
losses are category 3, always counted. Anyone else's vehicle is business travel, category 6, where the
published row holds electricity and losses already and upstream is a switch. Moving a car from rental
to company-owned therefore changes the total by exactly its upstream where the switch is off.
"""

from decimal import ROUND_HALF_UP, Decimal

from domain.esg.elements import Car, Contract, Drive, Keeper, Motorbike, Size, Van
from domain.esg.figure import (
    AN_AVERAGE,
    LAND,
    LAND_UPSTREAM,
    MILLIMETRE_IN_KM,
    NOTHING,
    OWNED,
    Caveat,
    ElementFigure,
    FactorMissing,
    Sheet,
    Terms,
    shared,
)
from domain.kernel.emissions import (
    EmissionFactor,
    EmissionPart,
    GhgCategory,
    MarketBasis,
    MarketFigure,
    market_figure,
)

VEHICLE_KM = "vehicle-km"
UK = "GB"
CHARGING, CHARGING_LOSSES = "company_ev_charging_location_based", "cat3_td_losses_ev"
BURNT, BOUGHT = GhgCategory.MOBILE_COMBUSTION, GhgCategory.PURCHASED_ELECTRICITY
UPSTREAM, TRAVEL = GhgCategory.FUEL_AND_ENERGY, GhgCategory.BUSINESS_TRAVEL

KWH_PER_KM = {
    Size.SMALL: Decimal("0.18852"),
    Size.MEDIUM: Decimal("0.19814"),
    Size.LARGE: Decimal("0.21449"),
    Size.AVERAGE: Decimal("0.20656"),
}
# Published for the average plug-in car only.
PHEV_KWH_PER_KM = Decimal("0.06562")


def figure_of_car(car: Car, terms: Terms) -> ElementFigure:
    """The car's share of one occupant."""
    sheet = Sheet.for_(terms, grade=AN_AVERAGE)
    if car.kwh is not None:
        _charge(car, shared(car.kwh, car.occupants), sheet)
        sheet.grade = 2
        return sheet.done()
    assert car.distance_km is not None  # the element has one or the other
    km = shared(car.distance_km, car.occupants)
    if car.fuel.is_charged and car.country != UK:
        _charged_abroad(car, km, sheet)
    elif car.vehicle is Keeper.COMPANY:
        _own_car(car, km, sheet)
    else:
        sheet.put(km, terms.get(LAND, f"car_{car.size}", car.fuel, VEHICLE_KM), TRAVEL)
        sheet.put_upstream(km, [_car_upstream(car, terms)], TRAVEL)
    return sheet.done(car.distance_km)


def figure_of_van(van: Van, terms: Terms) -> ElementFigure:
    """A company van; its upstream is not published in this set."""
    sheet = Sheet.for_(terms, grade=AN_AVERAGE)
    km = shared(van.distance_km, van.occupants)
    sheet.put(km, terms.get(OWNED, "company_van_average", van.fuel, VEHICLE_KM), BURNT)
    sheet.put_upstream(
        km, [terms.find("DESNZ", LAND_UPSTREAM, "van_average", f"{van.fuel}|wtt", VEHICLE_KM)], UPSTREAM
    )
    return sheet.done(van.distance_km)


def figure_of_motorbike(bike: Motorbike, terms: Terms) -> ElementFigure:
    """Like a car that is never charged."""
    sheet = Sheet.for_(terms, grade=AN_AVERAGE)
    km = shared(bike.distance_km, bike.occupants)
    upstream = [terms.find("DESNZ", LAND_UPSTREAM, "motorbike", f"{bike.size}|wtt", VEHICLE_KM)]
    if bike.vehicle is Keeper.COMPANY:
        sheet.put(km, terms.get(OWNED, "company_motorbike", bike.size, VEHICLE_KM), BURNT)
        sheet.put_upstream(km, upstream, UPSTREAM)
    else:
        sheet.put(km, terms.get(LAND, "motorbike", bike.size, VEHICLE_KM), TRAVEL)
        sheet.put_upstream(km, upstream, TRAVEL)
    return sheet.done(bike.distance_km)


def _own_car(car: Car, km: Decimal, sheet: Sheet) -> None:
    """A company car; one that is charged, on the British grid, which has rows of its own."""
    terms, activity = sheet.terms, f"company_car_{car.size}"
    sheet.put(km, terms.get(OWNED, activity, car.fuel, VEHICLE_KM), BURNT)
    if car.fuel.is_charged:
        kwh = _kwh(car, km)
        bought = terms.get(CHARGING, activity, car.fuel, VEHICLE_KM)
        sheet.put(km, bought, BOUGHT, EmissionPart.ELECTRICITY, _by_contract(car.contract, kwh, sheet))
        lost = terms.get(CHARGING_LOSSES, activity, car.fuel, VEHICLE_KM)
        sheet.put(km, lost, UPSTREAM, EmissionPart.GRID_LOSSES)
    sheet.put_upstream(km, [_car_upstream(car, terms)], UPSTREAM)


def _charged_abroad(car: Car, km: Decimal, sheet: Sheet) -> None:
    """Kilowatt hours per kilometre times the country's grid; a plug-in burns its fuel besides."""
    if car.fuel is Drive.PHEV:
        burnt = sheet.terms.get(OWNED, f"company_car_{car.size}", car.fuel, VEHICLE_KM)
        sheet.put(km, burnt, BURNT if car.vehicle is Keeper.COMPANY else TRAVEL)
    _charge(car, _kwh(car, km), sheet)


def _charge(car: Car, kwh: Decimal, sheet: Sheet) -> None:
    """Electricity by the grid of the country. Upstream and losses are published for Britain alone; the
    grids of Ember are life-cycle figures, which hold the upstream of generation already."""
    terms = sheet.terms
    grid = terms.table.grid(car.country or UK, terms.year)
    if grid is None:
        raise FactorMissing
    own = car.vehicle is Keeper.COMPANY
    sheet.put(
        kwh,
        grid,
        BOUGHT if own else TRAVEL,
        EmissionPart.ELECTRICITY,
        _by_contract(car.contract, kwh, sheet) if own else None,
    )
    if car.country != UK:
        sheet.caveats |= {Caveat.UPSTREAM_INCLUDED, Caveat.GRID_LOSSES_UNPUBLISHED}
        # A plug-in's petrol has an upstream too, which nobody publishes apart from British electricity.
        if car.fuel is Drive.PHEV:
            sheet.caveats.add(Caveat.UPSTREAM_UNPUBLISHED)
        else:
            sheet.upstream_kg = NOTHING
        return
    losses = terms.get("cat3_td_losses", "grid_electricity_td", UK, "kWh")
    sheet.put(kwh, losses, UPSTREAM if own else TRAVEL, EmissionPart.GRID_LOSSES)
    before = [
        terms.find("DESNZ", "cat3_electricity_upstream", activity, UK, "kWh")
        for activity in ("grid_electricity_generation_wtt", "grid_electricity_td_wtt")
    ]
    sheet.put_upstream(kwh, before, UPSTREAM if own else TRAVEL)


def _by_contract(contract: Contract | None, kwh: Decimal, sheet: Sheet) -> MarketFigure | None:
    """The market-based twin by what was bought; None falls back to the location, visibly."""
    if contract is None:
        sheet.caveats.add(Caveat.LOCATION_FALLBACK)
        return None
    factor = EmissionFactor(
        factor_id=contract.reference,
        source=contract.supplier,
        publisher=contract.supplier,
        year=contract.year,
        activity="electricity_contract",
        variant=contract.basis,
        unit="kWh",
        value=contract.kg_co2e_per_kwh,
    )
    return market_figure(kwh, factor, MarketBasis(contract.basis))


def _car_upstream(car: Car, terms: Terms) -> EmissionFactor | None:
    return terms.find("DESNZ", LAND_UPSTREAM, f"car_{car.size}", f"{car.fuel}|wtt", VEHICLE_KM)


def _kwh(car: Car, km: Decimal) -> Decimal:
    per_km = PHEV_KWH_PER_KM if car.fuel is Drive.PHEV else KWH_PER_KM[car.size]
    return (km * per_km).quantize(MILLIMETRE_IN_KM, rounding=ROUND_HALF_UP)
