"""Which departments, cost centres and groups of travellers does this company have?"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.travel.unit import UnitClosed, UnitEvent, UnitKind, UnitOpened, UnitRenamed
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class UnitRow(Row):
    """One unit as it stands; closed ones stay, since journeys are on their account."""

    TABLE: ClassVar[str] = "unit"
    KEY: ClassVar[tuple[str, ...]] = ("unit_id",)

    unit_id: UUID
    """The unit."""
    kind: UnitKind
    """Department, cost_centre or traveller_group."""
    code: str
    """What the company calls it in short; unique among open units of a kind."""
    name: str
    """What the company calls it."""
    is_open: bool
    """Whether something new may be put on its account."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_at: datetime
    """When the first fact happened (occurred_at of the event)."""
    updated_at: datetime
    """When the latest fact happened (occurred_at of the event)."""
    created_position: int
    """Place of the first fact in the tenant's log; lists are sorted by it."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class Units(Projector[UnitRow]):
    """One row per unit."""

    name: ClassVar[str] = "units"
    row: ClassVar[type[UnitRow]] = UnitRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (UnitOpened, UnitRenamed, UnitClosed)

    def project(self, event: UnitEvent, rows: Rows[UnitRow]) -> None:
        match event:
            case UnitOpened():
                rows.put(_opened(event))
            case UnitRenamed():
                _change(event, rows, code=event.code, name=event.name)
            case UnitClosed():
                _change(event, rows, is_open=False)
            case _:
                assert_never(event)


def _opened(event: UnitOpened) -> UnitRow:
    return UnitRow(
        unit_id=event.originator_id,
        kind=event.kind,
        code=event.code,
        name=event.name,
        is_open=True,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _change(event: UnitEvent, rows: Rows[UnitRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT_UNITS = """
select unit_id, kind, code, name, is_open, version, created_at, updated_at, created_position, position
from read.unit
where tenant_id = %(tenant_id)s
"""
ONE_UNIT = "and unit_id = %(unit_id)s"
FILTERS = {
    "kind": "and kind = %(kind)s",
    "is_open": "and is_open = %(is_open)s",
    "after": "and created_position < %(after)s",
}
UNIT_NAMES = """
select unit_id, name from read.unit where tenant_id = %(tenant_id)s and unit_id = any(%(unit_ids)s)
"""
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def find(sql: Sql, unit_id: UUID) -> UnitRow | None:
    """The unit, or None."""
    row = sql.row(SELECT_UNITS + ONE_UNIT, unit_id=unit_id)
    return None if row is None else UnitRow(**row)


def names(sql: Sql, unit_ids: Collection[UUID]) -> dict[UUID, str]:
    """What the company calls these units now; closed ones too."""
    if not unit_ids:
        return {}
    return {row["unit_id"]: row["name"] for row in sql.rows(UNIT_NAMES, unit_ids=list(unit_ids))}


def page(
    sql: Sql,
    *,
    kind: UnitKind | None = None,
    is_open: bool | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[UnitRow]:
    """Units, the latest opened first."""
    limit = min(limit, LIMIT)
    asked = {"kind": kind, "is_open": is_open, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_UNITS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [UnitRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
