"""Which site, meter, vehicle or unit does an order name? Everything is read inside the decision and guarded."""

from uuid import UUID

from application.kernel.context import Context
from domain.esg.meter import Meter
from domain.esg.site import Site
from domain.esg.vehicle import Vehicle
from domain.kernel.refusals import Malformed


class UnknownSite(Malformed):
    """This company has no site with this id."""


class UnknownMeter(Malformed):
    """This company has no meter with this id."""


class UnknownVehicle(Malformed):
    """This company has no vehicle with this id."""


class UnknownAccount(Malformed):
    """This company has no open department or cost centre with this id."""


def site_of(site_id: UUID, context: Context, *, pointer: str = "/site_id", is_past: bool = False) -> Site:
    """The open site, or one that was. Refuses with UnknownSite, SiteIsClosed."""
    site = context.store.read(Site, site_id)
    if site is None:
        raise UnknownSite(pointer=pointer)
    if not is_past:
        site.require_open()
    return site


def meter_of(meter_id: UUID, context: Context, *, pointer: str, is_past: bool = False) -> Meter:
    """The meter in use. Refuses with UnknownMeter, MeterIsRemoved."""
    meter = context.store.read(Meter, meter_id)
    if meter is None:
        raise UnknownMeter(pointer=pointer)
    if not is_past:
        meter.require_in_use()
    return meter


def vehicle_of(vehicle_id: UUID, context: Context, *, pointer: str, is_past: bool = False) -> Vehicle:
    """The vehicle in use. Refuses with UnknownVehicle, VehicleIsRetired."""
    vehicle = context.store.read(Vehicle, vehicle_id)
    if vehicle is None:
        raise UnknownVehicle(pointer=pointer)
    if not is_past:
        vehicle.require_in_use()
    return vehicle


def require_accounts(
    context: Context, *, department_id: UUID | None, cost_centre_id: UUID | None, pointer: str = ""
) -> None:
    """Refuses with UnknownAccount what is closed, of another kind, or another company's."""
    for kind, unit_id in (("department", department_id), ("cost_centre", cost_centre_id)):
        unit = None if unit_id is None else context.ports.directory.unit(unit_id)
        if unit_id is not None and (unit is None or not unit.is_open or unit.kind != kind):
            raise UnknownAccount(pointer=f"{pointer}/{kind}_id")
