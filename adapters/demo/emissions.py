"""What do the demo's companies emit besides travelling? Two sites, six vehicles, a leak, commuting and purchases.

One site buys green electricity, so that scope 2 by market is lower than by location; the other takes what the grid
gives, so that neither is zero.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from adapters.demo.companies import OpenCompany, demo_order_id
from adapters.demo.orders import DatedOrder
from application.esg.activities import RecordActivity
from application.esg.sites import InstallMeter, OpenSite
from application.esg.vehicles import RegisterVehicle
from application.kernel.command import Command
from domain.esg.activity_details import (
    ActivityDetails,
    Commuting,
    CommutingMode,
    Contract,
    DeclaredFactor,
    EnergyBill,
    Fuel,
    FuelUse,
    Purchase,
    RefrigerantLeak,
    VehicleUse,
)
from domain.esg.meter import Energy
from domain.esg.vehicle import Drive, VehicleBody
from domain.kernel.emissions import MarketBasis

MONTHS = 3
# Code, name, kilowatt hours of electricity a month.
SITES = (("SIEGE", "Siège", 9_800), ("ATELIER", "Atelier", 14_300))
GREEN = "SIEGE"
HEATED = ("ATELIER", 6_400)
FLEET = (
    ("V1", VehicleBody.CAR_MEDIUM, Drive.DIESEL, 1_900),
    ("V2", VehicleBody.CAR_MEDIUM, Drive.PETROL, 1_250),
    ("V3", VehicleBody.CAR_SMALL, Drive.HYBRID, 980),
    ("V4", VehicleBody.VAN, Drive.DIESEL, 1_640),
    ("V5", VehicleBody.CAR_LARGE, Drive.DIESEL, 1_420),
    ("V6", VehicleBody.CAR_AVERAGE, Drive.BEV, 1_130),
)
# The ratio is the company's own, worked out with its auditors: the house ships none.
BY_SPEND = DeclaredFactor(
    reference="ratio-services",
    kg_per_unit=Decimal("0.11"),
    publisher="Cabinet Exemple",
    source="Ratios monétaires établis avec le commissaire aux comptes",
    year=2025,
)


def emissions_of(company: OpenCompany, today: date) -> Iterator[DatedOrder]:
    """The last whole months, entered as they came in."""
    book = _Book(company)
    months = list(months_of(today))
    began = _at(months[0][1])
    for code, name, _ in SITES:
        yield book.order(f"site {code}", OpenSite(code=code, name=name, country="FR"), began)
    # Sites first: what stands there names them.
    opened = began + timedelta(minutes=10)
    for code, _, _ in SITES:
        meter = InstallMeter(site_id=book.site(code), code=f"PDL-{code}", energy=Energy.ELECTRICITY)
        yield book.order(f"meter {code}", meter, opened)
    heat = InstallMeter(site_id=book.site(HEATED[0]), code=f"CHALEUR-{HEATED[0]}", energy=Energy.HEAT)
    yield book.order("meter heat", heat, opened)
    for code, body, drive, _ in FLEET:
        vehicle = RegisterVehicle(code=code, site_id=book.site(SITES[0][0]), body=body, drive=drive)
        yield book.order(f"vehicle {code}", vehicle, opened)
    for start, end in months:
        for name, details in _of_month(book, start, end):
            at = _at(end) + timedelta(hours=1)
            yield book.order(f"{name} {start:%Y-%m}", RecordActivity(details=details), at)
    start, end = months[-1]
    leak = RefrigerantLeak(
        site_id=book.site("SIEGE"), day=start + timedelta(days=11), gas="R-410A", kg=Decimal("1.4")
    )
    yield book.order("leak", RecordActivity(details=leak), _at(end))
    generator = FuelUse(
        start=start, end=end, site_id=book.site("ATELIER"), fuel=Fuel.DIESEL, quantity=Decimal(180)
    )
    yield book.order("generator", RecordActivity(details=generator), _at(end))


class _Book:
    """Names the orders, and knows the ids their handlers give."""

    def __init__(self, company: OpenCompany) -> None:
        self.company = company

    def order(self, name: str, command: Command, at: datetime) -> DatedOrder:
        return DatedOrder(at, f"carbon {name}", command, self.company.owner_id)

    def site(self, code: str) -> UUID:
        return self._made("site", f"carbon site {code}")

    def meter(self, name: str) -> UUID:
        return self._made("meter", f"carbon meter {name}")

    def vehicle(self, code: str) -> UUID:
        return self._made("vehicle", f"carbon vehicle {code}")

    def _made(self, kind: str, name: str) -> UUID:
        tenant_id = self.company.tenant_id
        return uuid5(tenant_id, f"{kind}:{demo_order_id(tenant_id, name)}")


def _of_month(book: _Book, start: date, end: date) -> Iterator[tuple[str, ActivityDetails]]:
    for code, _, kwh in SITES:
        contract = _green(start.year) if code == GREEN else None
        meter = book.meter(code)
        yield (
            f"bill {code}",
            EnergyBill(start=start, end=end, meter_id=meter, kwh=Decimal(kwh), contract=contract),
        )
    warm = book.meter("heat")
    yield "bill heat", EnergyBill(start=start, end=end, meter_id=warm, kwh=Decimal(HEATED[1]))
    for code, _, _, km in FLEET:
        yield f"use {code}", VehicleUse(start=start, end=end, vehicle_id=book.vehicle(code), km=Decimal(km))
    yield (
        "commuting",
        Commuting(
            start=start,
            end=end,
            site_id=book.site("SIEGE"),
            mode=CommutingMode.RAIL,
            people=len(book.company.traveller_ids),
            working_days=19,
            km_per_day=Decimal(34),
        ),
    )
    yield (
        "services",
        Purchase(
            start=start,
            end=end,
            what="Conseil et honoraires",
            spend_eur_cents=1_850_000,
            factor=BY_SPEND,
            site_id=book.site("SIEGE"),
        ),
    )


def _green(year: int) -> Contract:
    factor = DeclaredFactor(
        reference=f"GO-{year}",
        kg_per_unit=Decimal(0),
        publisher="Vent du Nord",
        source=f"Garanties d'origine annulées {year}",
        year=year,
    )
    return Contract(basis=MarketBasis.CERTIFICATE, factor=factor)


def months_of(today: date) -> Iterator[tuple[date, date]]:
    """The last whole months, the oldest first."""
    first = today.replace(day=1)
    for back in range(MONTHS, 0, -1):
        number = first.year * 12 + first.month - 1 - back
        start = date(number // 12, number % 12 + 1, 1)
        yield start, date((number + 1) // 12, (number + 1) % 12 + 1, 1)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
