"""Which lines does an activity enter into the ledger? By published factors, in the scope where it belongs.

Company vehicles and fuels burn in scope 1, their fuel's way to the tank is scope 3 category 3. Bought energy is
scope 2, by location and by market, with the losses of the grid in category 3 where they are published. What one
publisher includes already (Ember's grids are life-cycle figures) is not added again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.esg.activity_details import (
    ActivityDetails,
    Commuting,
    CommutingMode,
    Contract,
    EnergyBill,
    Fuel,
    FuelUse,
    Purchase,
    RefrigerantLeak,
    VehicleUse,
)
from domain.esg.meter import Energy
from domain.esg.stretch import by_month
from domain.esg.vehicle import Drive, VehicleBody, VehicleDetails
from domain.esg.warming_potential import warming_potential
from domain.kernel.emissions import (
    CarbonMethod,
    EmissionFactor,
    EmissionLine,
    EmissionPart,
    GhgCategory,
    MarketBasis,
    MarketFigure,
    line_of,
    market_figure,
)
from domain.kernel.factor_table import FactorKey, FactorTable
from domain.kernel.ledger import LedgerEntry
from domain.kernel.refusals import RuleBroken

MEASURED, DERIVED, AVERAGE, BY_SPEND = 1, 2, 3, 4
HUNDRED = Decimal(100)

OWNED, EV_CHARGING, EV_LOSSES = (
    "owned_or_controlled_vehicles",
    "company_ev_charging_location_based",
    "cat3_td_losses_ev",
)
LAND, LAND_UPSTREAM = "cat6_business_travel_land", "cat3_or_cat6_land_wtt"
# What the official grid factor leaves out, and where the same publisher says it.
BESIDE_GRID: tuple[tuple[str, str, EmissionPart], ...] = (
    ("cat3_td_losses", "grid_electricity_td", EmissionPart.GRID_LOSSES),
    ("cat3_electricity_upstream", "grid_electricity_generation_wtt", EmissionPart.UPSTREAM),
    ("cat3_electricity_upstream", "grid_electricity_td_wtt", EmissionPart.UPSTREAM),
)
FUEL_ROWS: dict[Fuel, str] = {
    Fuel.DIESEL: "fuel_diesel_average_biofuel_blend",
    Fuel.PETROL: "fuel_petrol_average_biofuel_blend",
    Fuel.LPG: "fuel_lpg",
    Fuel.CNG: "fuel_cng",
    Fuel.KEROSENE: "fuel_aviation_turbine_fuel",
}
FUEL_OF: dict[Drive, Fuel] = {
    Drive.PETROL: Fuel.PETROL,
    Drive.HYBRID: Fuel.PETROL,
    Drive.PHEV: Fuel.PETROL,
    Drive.DIESEL: Fuel.DIESEL,
    Drive.LPG: Fuel.LPG,
    Drive.CNG: Fuel.CNG,
}
# Kilowatt hours per kilometre, from the same publisher's charging rows and grid factor.
KWH_PER_KM: dict[Drive, dict[VehicleBody, Decimal]] = {
    Drive.BEV: {
        VehicleBody.CAR_SMALL: Decimal("0.18852"),
        VehicleBody.CAR_MEDIUM: Decimal("0.19814"),
        VehicleBody.CAR_LARGE: Decimal("0.21449"),
        VehicleBody.CAR_AVERAGE: Decimal("0.20656"),
    },
    Drive.PHEV: dict.fromkeys(
        (
            VehicleBody.CAR_SMALL,
            VehicleBody.CAR_MEDIUM,
            VehicleBody.CAR_LARGE,
            VehicleBody.CAR_AVERAGE,
        ),
        Decimal("0.06562"),
    ),
}
COMMUTING_ROWS: dict[CommutingMode, tuple[str, str, str]] = {
    CommutingMode.CAR: ("car_average", "unknown", "vehicle-km"),
    CommutingMode.MOTORBIKE: ("motorbike", "average", "vehicle-km"),
    CommutingMode.BUS: ("bus", "average_local_bus", "passenger-km"),
    CommutingMode.COACH: ("bus", "coach", "passenger-km"),
    CommutingMode.RAIL: ("rail", "national_rail", "passenger-km"),
    CommutingMode.TRAM: ("rail", "light_rail_and_tram", "passenger-km"),
    CommutingMode.FERRY: ("ferry", "foot_passenger", "passenger-km"),
}


class NoFactorPublished(RuleBroken):
    """No emission factor is published for this; enter it in another unit or with a factor of your own."""


class UnknownRefrigerant(RuleBroken):
    """No warming potential is published for this refrigerant."""


@dataclass(frozen=True)
class Setting:
    """What a footprint depends on besides the activity: the factors and method in force, and the place.

    `year` fixes the publication; None is that of each line's own year.
    """

    factors: FactorTable
    method: CarbonMethod
    country: str = "GB"
    energy: Energy = Energy.ELECTRICITY
    vehicle: VehicleDetails | None = None
    year: int | None = None


def footprint(details: ActivityDetails, setting: Setting) -> tuple[LedgerEntry, ...]:
    """The lines, month by month. Refuses with NoFactorPublished, UnknownRefrigerant."""
    return tuple(_entries(details, setting))


def _entries(details: ActivityDetails, setting: Setting) -> Iterator[LedgerEntry]:
    match details:
        case EnergyBill():
            for part in by_month(*details.days, details.kwh):
                weigher = _Weigher(setting, part.first_day)
                mode, lines = setting.energy, weigher.energy(part.quantity, details.contract)
                yield from _entered(part.first_day, mode, lines)
        case VehicleUse():
            quantity = details.km or details.litres or details.kwh or Decimal(0)
            for part in by_month(*details.days, quantity):
                lines = _Weigher(setting, part.first_day).driving(part.quantity, details)
                yield from _entered(part.first_day, "company_vehicle", lines)
        case FuelUse():
            for part in by_month(*details.days, details.quantity):
                lines = _Weigher(setting, part.first_day).burning(part.quantity, details)
                yield from _entered(part.first_day, "fuel", lines)
        case RefrigerantLeak():
            lines = _Weigher(setting, details.day).leaking(details)
            yield from _entered(details.day, "refrigerant", lines)
        case Commuting():
            whole = details.people * details.working_days * details.km_per_day
            for part in by_month(*details.days, whole):
                lines = _Weigher(setting, part.first_day).commuting(part.quantity, details.mode)
                yield from _entered(part.first_day, "commuting", lines, is_estimate=True)
        case Purchase():
            for part in by_month(*details.days, details.spend_eur_cents / HUNDRED):
                lines = _Weigher(setting, part.first_day).bought(part.quantity, details)
                yield from _entered(part.first_day, "purchase", lines, is_estimate=True)


def _entered(
    day: date, mode: str, lines: Iterator[EmissionLine], *, is_estimate: bool = False
) -> Iterator[LedgerEntry]:
    for line in lines:
        yield LedgerEntry(occurred_on=day, mode=mode, line=line, is_estimate=is_estimate)


@dataclass(frozen=True)
class _Weigher:
    """Weighs what falls into one month by the factors of that month's year."""

    setting: Setting
    day: date

    def energy(self, kwh: Decimal, contract: Contract | None) -> Iterator[EmissionLine]:
        """What a meter measured."""
        if self.setting.energy is Energy.ELECTRICITY:
            yield from self._electricity(kwh, contract, grade=MEASURED)
            return
        factor = self._published("purchased_heat", "heat_and_steam", "district_heat_and_steam", "kWh")
        # A network is a local thing: away from its publisher's country the figure is an average.
        grade = MEASURED if self.setting.country == "GB" else AVERAGE
        market = _by_contract(kwh, contract, "purchased_heat")
        yield self._line(
            kwh, factor, GhgCategory.PURCHASED_HEAT, EmissionPart.DIRECT, grade=grade, market=market
        )

    def driving(self, quantity: Decimal, use: VehicleUse) -> Iterator[EmissionLine]:
        """What a company's vehicle burnt and charged."""
        vehicle = self.setting.vehicle
        assert vehicle is not None
        if use.litres is not None:
            yield from self._burnt(quantity, _fuel_of(vehicle.drive), GhgCategory.MOBILE_COMBUSTION)
        elif use.kwh is not None:
            if vehicle.drive not in KWH_PER_KM:
                raise NoFactorPublished(pointer="/details/kwh")
            if not use.is_on_site_bill:
                yield from self._electricity(quantity, None, grade=MEASURED)
        else:
            yield from self._driven(quantity, vehicle, is_charged_here=use.is_on_site_bill)

    def burning(self, quantity: Decimal, use: FuelUse) -> Iterator[EmissionLine]:
        """What a site burnt."""
        if use.factor is None:
            yield from self._burnt(quantity, use.fuel, GhgCategory.STATIONARY_COMBUSTION)
        else:
            yield self._line(
                quantity,
                use.factor.as_factor("fuel", use.unit),
                GhgCategory.STATIONARY_COMBUSTION,
                EmissionPart.DIRECT,
                grade=MEASURED,
            )

    def leaking(self, leak: RefrigerantLeak) -> Iterator[EmissionLine]:
        """What a cooling plant lost, times its warming potential."""
        factor = warming_potential(leak.gas, self._year)
        if factor is None:
            raise UnknownRefrigerant(pointer="/details/gas")
        yield self._line(leak.kg, factor, GhgCategory.FUGITIVE_EMISSIONS, EmissionPart.DIRECT, grade=MEASURED)

    def commuting(self, km: Decimal, mode: CommutingMode) -> Iterator[EmissionLine]:
        """What the way to work came to, as declared."""
        factor = self._published(
            "cat6_business_travel_sea" if mode is CommutingMode.FERRY else LAND, *COMMUTING_ROWS[mode]
        )
        yield self._line(km, factor, GhgCategory.EMPLOYEE_COMMUTING, EmissionPart.ESTIMATE, grade=AVERAGE)

    def bought(self, euros: Decimal, purchase: Purchase) -> Iterator[EmissionLine]:
        """What was bought, by its price."""
        factor = purchase.factor.as_factor(purchase.what, "EUR")
        yield self._line(euros, factor, purchase.category, EmissionPart.ESTIMATE, grade=BY_SPEND)

    def _driven(
        self, km: Decimal, vehicle: VehicleDetails, *, is_charged_here: bool
    ) -> Iterator[EmissionLine]:
        body, drive = vehicle.body.value, vehicle.drive.value
        grade = AVERAGE if vehicle.drive is Drive.UNKNOWN else DERIVED
        variant = "average" if vehicle.body is VehicleBody.MOTORBIKE else drive
        upstream = self._find("DESNZ", LAND_UPSTREAM, body, f"{variant}|wtt", "vehicle-km")
        if vehicle.drive is not Drive.BEV:
            burning = self._published(OWNED, f"company_{body}", variant, "vehicle-km")
            yield self._line(km, burning, GhgCategory.MOBILE_COMBUSTION, EmissionPart.DIRECT, grade=grade)
        if vehicle.drive in KWH_PER_KM and not is_charged_here:
            yield from self._charged(km, vehicle)
        if upstream is not None and self._has_upstream(vehicle.drive, is_charged_here=is_charged_here):
            yield self._line(km, upstream, GhgCategory.FUEL_AND_ENERGY, EmissionPart.UPSTREAM, grade=grade)

    def _has_upstream(self, drive: Drive, *, is_charged_here: bool) -> bool:
        """The rows of what charges hold the upstream of British electricity, so they count in Britain only; a
        battery's comes with the bill it stands on. A plug-in's holds its petrol too, so there it always counts."""
        match drive:
            case Drive.BEV:
                return self._is_british and not is_charged_here
            case Drive.PHEV:
                return self._is_british
            case _:
                return True

    def _charged(self, km: Decimal, vehicle: VehicleDetails) -> Iterator[EmissionLine]:
        body, drive = vehicle.body.value, vehicle.drive.value
        charging = self._find("DESNZ", EV_CHARGING, f"company_{body}", drive, "vehicle-km")
        if self._is_british and charging is not None:
            yield self._line(
                km,
                charging,
                GhgCategory.PURCHASED_ELECTRICITY,
                EmissionPart.ELECTRICITY,
                grade=DERIVED,
            )
            losses = self._find("DESNZ", EV_LOSSES, f"company_{body}", drive, "vehicle-km")
            if losses is not None:
                yield self._line(
                    km, losses, GhgCategory.FUEL_AND_ENERGY, EmissionPart.GRID_LOSSES, grade=DERIVED
                )
            return
        rate = KWH_PER_KM[vehicle.drive].get(vehicle.body)
        if rate is None:
            raise NoFactorPublished(pointer="/details/km")
        yield from self._electricity(km * rate, None, grade=DERIVED)

    def _electricity(self, kwh: Decimal, contract: Contract | None, *, grade: int) -> Iterator[EmissionLine]:
        factor = self.setting.factors.grid(self.setting.country, self._year)
        if factor is None:
            raise NoFactorPublished
        yield self._line(
            kwh,
            factor,
            GhgCategory.PURCHASED_ELECTRICITY,
            EmissionPart.ELECTRICITY,
            grade=grade,
            market=_by_contract(kwh, contract, "grid_electricity"),
        )
        for category, activity, part in BESIDE_GRID:
            beside = self._find(factor.publisher, category, activity, self.setting.country, "kWh")
            if beside is not None:
                yield self._line(kwh, beside, GhgCategory.FUEL_AND_ENERGY, part, grade=grade)

    def _burnt(self, litres: Decimal, fuel: Fuel, category: GhgCategory) -> Iterator[EmissionLine]:
        row = FUEL_ROWS[fuel]
        yield self._line(
            litres,
            self._published("fuels", row, "net", "litre"),
            category,
            EmissionPart.DIRECT,
            grade=MEASURED,
        )
        upstream = self._find("DESNZ", "cat3_fuel_upstream", row, "wtt", "litre")
        if upstream is not None:
            yield self._line(
                litres, upstream, GhgCategory.FUEL_AND_ENERGY, EmissionPart.UPSTREAM, grade=MEASURED
            )

    def _line(
        self,
        quantity: Decimal,
        factor: EmissionFactor,
        category: GhgCategory,
        part: EmissionPart,
        *,
        grade: int,
        market: MarketFigure | None = None,
    ) -> EmissionLine:
        method = self.setting.method
        return line_of(quantity, factor, category, part, method=method, grade=grade, market=market)

    def _published(self, category: str, activity: str, variant: str, unit: str) -> EmissionFactor:
        factor = self._find("DESNZ", category, activity, variant, unit)
        if factor is None:
            raise NoFactorPublished
        return factor

    def _find(
        self, publisher: str, category: str, activity: str, variant: str, unit: str
    ) -> EmissionFactor | None:
        key = FactorKey(publisher, category, activity, variant, unit)
        return self.setting.factors.find(key, self._year)

    @property
    def _year(self) -> int:
        return self.setting.year or self.day.year

    @property
    def _is_british(self) -> bool:
        return self.setting.country == "GB"


def _fuel_of(drive: Drive) -> Fuel:
    if drive not in FUEL_OF:
        raise NoFactorPublished(pointer="/details/litres")
    return FUEL_OF[drive]


def _by_contract(kwh: Decimal, contract: Contract | None, activity: str) -> MarketFigure | None:
    if contract is None:
        return None
    return market_figure(kwh, contract.factor.as_factor(activity, "kWh"), MarketBasis(contract.basis))
