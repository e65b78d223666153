"""Which vehicles does this company own or control?"""

from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.esg.vehicle import (
    Drive,
    VehicleBody,
    VehicleChanged,
    VehicleEvent,
    VehicleRegistered,
    VehicleRetired,
)
from domain.kernel.event import DomainEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class VehicleRow(Row):
    """One vehicle as it stands; retired ones stay, since lines of the ledger name them."""

    TABLE: ClassVar[str] = "vehicle"
    KEY: ClassVar[tuple[str, ...]] = ("vehicle_id",)

    vehicle_id: UUID
    """The vehicle."""
    code: str
    """What the company calls it; unique among vehicles in use."""
    site_id: UUID
    """Where it belongs; it charges on that country's grid."""
    body: VehicleBody
    """What kind of vehicle it is, as published factors tell them apart."""
    drive: Drive
    """What moves it: petrol, diesel, hybrid, cng, lpg, unknown, phev or bev."""
    department_id: UUID | None
    """The department that bears what it emits; null is that of its site."""
    cost_centre_id: UUID | None
    """The cost centre that bears it; null is that of its site."""
    is_in_use: bool
    """Whether its use may be entered."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_at: datetime
    """When the first fact happened (occurred_at of the event)."""
    updated_at: datetime
    """When the latest fact happened (occurred_at of the event)."""
    created_position: int
    """Place of the first fact in the tenant's log; the order of lists, newest first."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class Vehicles(Projector[VehicleRow]):
    """One row per vehicle."""

    name: ClassVar[str] = "vehicles"
    row: ClassVar[type[VehicleRow]] = VehicleRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (VehicleRegistered, VehicleChanged, VehicleRetired)

    def project(self, event: VehicleEvent, rows: Rows[VehicleRow]) -> None:
        match event:
            case VehicleRegistered():
                rows.put(_registered(event))
            case VehicleChanged():
                _change(event, rows, **event.details.model_dump())
            case VehicleRetired():
                _change(event, rows, is_in_use=False)
            case _:
                assert_never(event)


def _registered(event: VehicleRegistered) -> VehicleRow:
    return VehicleRow(
        vehicle_id=event.originator_id,
        **event.details.model_dump(),
        is_in_use=True,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _change(event: DomainEvent, rows: Rows[VehicleRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT = f"""
select {", ".join(VehicleRow.model_fields)} from read.vehicle
where tenant_id = %(tenant_id)s
"""  # noqa: S608 constants of this module
FILTERS = {
    "site_id": "and site_id = %(site_id)s",
    "is_in_use": "and is_in_use = %(is_in_use)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(
    sql: Sql,
    *,
    site_id: UUID | None = None,
    is_in_use: bool | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[VehicleRow]:
    """Vehicles, the latest registered first."""
    limit = min(limit, LIMIT)
    asked = {"site_id": site_id, "is_in_use": is_in_use, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [VehicleRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
