"""Do sites, meters and vehicles keep their codes, their closing and what no publisher knows?"""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from pydantic import ValidationError

from adapters.factors.shipped import shipped_table
from domain.esg.activity_details import VehicleUse
from domain.esg.footprint import Setting, footprint
from domain.esg.meter import Energy, Meter, MeterIsRemoved
from domain.esg.site import Site, SiteDetails, SiteIsClosed
from domain.esg.vehicle import Drive, Vehicle, VehicleBody, VehicleDetails, VehicleIsRetired
from domain.kernel.aggregate import Aggregate
from domain.kernel.emissions import CarbonMethod, EmissionPart
from tests.kit.builders import NOW, STREAM

SITE, METER, VEHICLE = (uuid5(STREAM, name) for name in ("site", "meter", "vehicle"))
PARIS = SiteDetails(code="PAR", name="Paris", country="FR")


def a_car(drive: Drive = Drive.DIESEL, code: str = "C3", *, at: UUID = SITE) -> VehicleDetails:
    return VehicleDetails(code=code, site_id=at, body=VehicleBody.CAR_AVERAGE, drive=drive)


def told(thing: Aggregate) -> tuple[list[str], list[str], list[str]]:
    """The facts, and the codes they take and give back, by folding them anew one by one."""
    again = type(thing).new(thing.id)
    facts, taken, released = [], [], []
    for event in thing.collect_events():
        claims = again.claims(event)
        facts.append(type(event).__name__)
        taken += [str(claim.key) for claim in claims.taken]
        released += [str(release.key) for release in claims.released]
        again.apply(event)
    return facts, taken, released


def test_a_site_holds_its_code_until_it_is_closed() -> None:
    site = Site.new(SITE)
    site.open(PARIS, at=NOW)
    site.open(PARIS, at=NOW)
    site.change(PARIS, at=NOW)
    site.change(PARIS.model_copy(update={"name": "Paris 9"}), at=NOW)
    site.change(PARIS.model_copy(update={"code": "PAR-9"}), at=NOW)
    site.close(at=NOW)
    site.close(at=NOW)
    facts, taken, released = told(site)
    assert facts == ["SiteOpened", "SiteChanged", "SiteChanged", "SiteClosed"]
    assert taken == released == ["PAR", "PAR-9"], "a new name takes no code"
    with pytest.raises(SiteIsClosed):
        site.change(PARIS, at=NOW)


def test_a_meter_holds_its_code_until_it_is_removed() -> None:
    meter = Meter.new(METER)
    meter.install(site_id=SITE, code="PDL-1", energy=Energy.HEAT, at=NOW)
    meter.require_in_use()
    meter.remove(at=NOW)
    meter.remove(at=NOW)
    assert told(meter) == (["MeterInstalled", "MeterRemoved"], ["PDL-1"], ["PDL-1"])
    with pytest.raises(MeterIsRemoved):
        meter.require_in_use()


def test_a_vehicle_holds_its_code_until_it_is_retired() -> None:
    car = Vehicle.new(VEHICLE)
    car.register(a_car(), at=NOW)
    car.change(a_car(Drive.PETROL), at=NOW)
    car.change(a_car(Drive.PETROL, "C4"), at=NOW)
    car.retire(at=NOW)
    car.retire(at=NOW)
    facts, taken, released = told(car)
    assert facts == ["VehicleRegistered", "VehicleChanged", "VehicleChanged", "VehicleRetired"]
    assert taken == released == ["C3", "C4"]
    with pytest.raises(VehicleIsRetired):
        car.change(a_car(), at=NOW)


@pytest.mark.parametrize(
    ("body", "drive"),
    [
        (VehicleBody.MOTORBIKE, Drive.DIESEL),
        (VehicleBody.VAN, Drive.HYBRID),
        (VehicleBody.CAR_SMALL, Drive.CNG),
        (VehicleBody.CAR_SMALL, Drive.LPG),
    ],
)
def test_a_vehicle_nobody_publishes_is_refused(body: VehicleBody, drive: Drive) -> None:
    with pytest.raises(ValidationError):
        VehicleDetails(code="X", site_id=SITE, body=body, drive=drive)


def parts(drive: Drive, country: str, *, is_on_site_bill: bool) -> set[EmissionPart]:
    use = VehicleUse(
        vehicle_id=VEHICLE,
        start=date(2025, 6, 1),
        end=date(2025, 7, 1),
        km=Decimal(1000),
        is_on_site_bill=is_on_site_bill,
    )
    setting = Setting(shipped_table(), CarbonMethod.DESNZ, country=country, vehicle=a_car(drive))
    return {entry.line.part for entry in footprint(use, setting)}


def test_a_battery_car_on_the_bill_of_a_site_is_counted_there_alone() -> None:
    """In Britain the bill's lines hold generation, losses and upstream; the car's kilometres add none of them."""
    assert parts(Drive.BEV, "GB", is_on_site_bill=True) == set()
    assert parts(Drive.BEV, "FR", is_on_site_bill=True) == set()
    assert parts(Drive.BEV, "GB", is_on_site_bill=False) == {
        EmissionPart.ELECTRICITY,
        EmissionPart.GRID_LOSSES,
        EmissionPart.UPSTREAM,
    }
    assert EmissionPart.DIRECT in parts(Drive.PHEV, "GB", is_on_site_bill=True), "its petrol burns still"


def test_a_plug_in_charged_abroad_has_no_british_upstream() -> None:
    """As in the carbon engine: the published row holds British electricity beside the petrol."""
    assert EmissionPart.UPSTREAM in parts(Drive.PHEV, "GB", is_on_site_bill=False)
    assert EmissionPart.UPSTREAM not in parts(Drive.PHEV, "FR", is_on_site_bill=False)
    assert EmissionPart.UPSTREAM in parts(Drive.HYBRID, "FR", is_on_site_bill=False)
