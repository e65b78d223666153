"""How does a company say which vehicles it owns or controls?"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid5

from application.esg.places import require_accounts, site_of
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.esg.vehicle import VEHICLE_CODE, Vehicle, VehicleCodeTaken, VehicleDetails
from domain.kernel.refusals import CapacityTaken


class RegisterVehicle(VehicleDetails, Command):
    """Take a vehicle into the fleet."""


class ChangeVehicle(VehicleDetails, Command):
    """Say anew what a vehicle is and whose; the whole of it."""

    vehicle_id: UUID


class RetireVehicle(Command):
    """Take a vehicle out of the fleet; what it emitted stays in the ledger."""

    vehicle_id: UUID


def register_vehicle(command: RegisterVehicle, context: Context) -> Saved:
    vehicle_id = uuid5(context.tenant_id, f"vehicle:{context.command.id}")

    def create() -> Vehicle:
        _require_places(command, context)
        vehicle = Vehicle.new(vehicle_id)
        vehicle.register(_details(command), at=context.now)
        return vehicle

    with _code_is_unique():
        return context.store.add(create)


def change_vehicle(command: ChangeVehicle, context: Context) -> Saved:
    def decide(vehicle: Vehicle) -> None:
        _require_places(command, context)
        vehicle.change(_details(command), at=context.now)

    with _code_is_unique():
        return context.store.change(Vehicle, command.vehicle_id, decide)


def retire_vehicle(command: RetireVehicle, context: Context) -> Saved:
    return context.store.change(Vehicle, command.vehicle_id, lambda vehicle: vehicle.retire(at=context.now))


def _details(command: RegisterVehicle | ChangeVehicle) -> VehicleDetails:
    return VehicleDetails(**command.model_dump(include=set(VehicleDetails.model_fields)))


def _require_places(command: RegisterVehicle | ChangeVehicle, context: Context) -> None:
    site_of(command.site_id, context)
    require_accounts(context, department_id=command.department_id, cost_centre_id=command.cost_centre_id)


@contextmanager
def _code_is_unique() -> Iterator[None]:
    try:
        yield
    except CapacityTaken as refusal:
        if VEHICLE_CODE in refusal.kinds():
            raise VehicleCodeTaken(pointer="/code") from refusal
        raise


HANDLERS: Handlers = {
    RegisterVehicle: register_vehicle,
    ChangeVehicle: change_vehicle,
    RetireVehicle: retire_vehicle,
}
