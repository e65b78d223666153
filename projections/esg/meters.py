"""Which meters measure the energy this company buys?"""

from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.esg.meter import Energy, MeterEvent, MeterInstalled, MeterRemoved
from domain.kernel.event import DomainEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class MeterRow(Row):
    """One meter as it stands; removed ones stay, since bills name them."""

    TABLE: ClassVar[str] = "meter"
    KEY: ClassVar[tuple[str, ...]] = ("meter_id",)

    meter_id: UUID
    """The meter."""
    site_id: UUID
    """Where it measures."""
    code: str
    """What its bills call it; unique among meters in use."""
    energy: Energy
    """Electricity or heat."""
    is_in_use: bool
    """Whether bills may be entered for it."""
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


class Meters(Projector[MeterRow]):
    """One row per meter."""

    name: ClassVar[str] = "meters"
    row: ClassVar[type[MeterRow]] = MeterRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (MeterInstalled, MeterRemoved)

    def project(self, event: MeterEvent, rows: Rows[MeterRow]) -> None:
        match event:
            case MeterInstalled():
                rows.put(_installed(event))
            case MeterRemoved():
                _change(event, rows, is_in_use=False)
            case _:
                assert_never(event)


def _installed(event: MeterInstalled) -> MeterRow:
    return MeterRow(
        meter_id=event.originator_id,
        site_id=event.site_id,
        code=event.code,
        energy=event.energy,
        is_in_use=True,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _change(event: DomainEvent, rows: Rows[MeterRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT = f"""
select {", ".join(MeterRow.model_fields)} from read.meter
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
) -> Page[MeterRow]:
    """Meters, the latest installed first."""
    limit = min(limit, LIMIT)
    asked = {"site_id": site_id, "is_in_use": is_in_use, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [MeterRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
