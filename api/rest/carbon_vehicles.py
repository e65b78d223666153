"""Vehicles: what a company owns or controls, so that what they burn is its own emission."""

from typing import Self
from uuid import UUID

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.esg.vehicles import ChangeVehicle, RegisterVehicle, RetireVehicle
from application.kernel.command import Command
from domain.esg.vehicle import Drive, Vehicle, VehicleBody, VehicleDetails
from projections.esg import vehicles
from projections.esg.vehicles import VehicleRow

router = Shelf(prefix="/api/v1/enterprise/carbon/vehicles", tags=["carbon-ledger"], route_class=StrictRoute)


class VehicleView(Resource):
    """A vehicle of the company."""

    id: UUID
    code: str
    site_id: UUID
    body: VehicleBody
    drive: Drive
    department_id: UUID | None
    cost_centre_id: UUID | None
    is_in_use: bool

    @classmethod
    def of(cls, vehicle: Vehicle, position: int | None = None) -> Self:
        """The vehicle as it stands."""
        return cls(
            id=vehicle.id,
            version=vehicle.version,
            position=position,
            is_in_use=vehicle.is_in_use,
            **vehicle.details.model_dump(),
        )

    @classmethod
    def of_row(cls, row: VehicleRow) -> Self:
        """The vehicle as its read model has it."""
        facts = row.model_dump(include=set(VehicleDetails.model_fields) | {"is_in_use", "version"})
        return cls(id=row.vehicle_id, **facts)


class VehicleList(Listing[VehicleView]):
    """One page of vehicles."""


class NewVehicle(VehicleDetails, Command):
    """What a vehicle shall be; the whole of it."""


@router.post("", operation_id="register_vehicle", status_code=201, summary="Register a vehicle")
def register_vehicle(body: RegisterVehicle, session: SessionDep) -> VehicleView:
    """Takes a vehicle that the company owns, leases or controls into its fleet."""
    vehicle, answer, _ = session.create(body, Vehicle, location="/api/v1/enterprise/carbon/vehicles/{id}")
    return VehicleView.of(vehicle, answer.saved.position)


@router.get("", operation_id="list_vehicles", summary="List vehicles", dependencies=[caught_up("vehicles")])
def list_vehicles(
    session: SessionDep,
    site_id: UUID | None = None,
    is_in_use: bool | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> VehicleList:
    """Vehicles, the latest registered first."""
    filters = {"site_id": site_id, "is_in_use": is_in_use}
    page = session.page(vehicles.page, VehicleView.of_row, limit=limit, cursor=cursor, filters=filters)
    return VehicleList(data=page.data, next_cursor=page.next_cursor)


@router.get("/{vehicle_id}", operation_id="get_vehicle", summary="Get a vehicle", dependencies=[AtLeast])
def get_vehicle(vehicle_id: UUID, session: SessionDep) -> VehicleView:
    """One vehicle as it stands."""
    return session.show(VehicleView.of(session.stream(Vehicle, vehicle_id)))


@router.put("/{vehicle_id}", operation_id="change_vehicle", summary="Change a vehicle")
def change_vehicle(vehicle_id: UUID, body: NewVehicle, session: SessionDep) -> VehicleView:
    """Says anew what a vehicle is and whose. Lines already in the ledger stay as they are."""
    command = ChangeVehicle(vehicle_id=vehicle_id, **body.model_dump())
    vehicle, answer = session.change(command, Vehicle, vehicle_id)
    return VehicleView.of(vehicle, answer.saved.position)


@router.post("/{vehicle_id}/retire", operation_id="retire_vehicle", summary="Retire a vehicle")
def retire_vehicle(vehicle_id: UUID, session: SessionDep) -> VehicleView:
    """Takes a vehicle out of the fleet; what it emitted stays in the ledger."""
    vehicle, answer = session.change(RetireVehicle(vehicle_id=vehicle_id), Vehicle, vehicle_id)
    return VehicleView.of(vehicle, answer.saved.position)
