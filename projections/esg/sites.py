"""Where does this company work?"""

from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.esg.site import SiteChanged, SiteClosed, SiteEvent, SiteOpened
from domain.kernel.event import DomainEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class SiteRow(Row):
    """One site as it stands; closed ones stay, since lines of the ledger name them."""

    TABLE: ClassVar[str] = "site"
    KEY: ClassVar[tuple[str, ...]] = ("site_id",)

    site_id: UUID
    """The site."""
    code: str
    """What the company calls it in short; unique among open sites."""
    name: str
    """What the company calls it."""
    country: str
    """Whose grid feeds it: ISO 3166 code."""
    department_id: UUID | None
    """The department that bears what it emits, unless an activity names another."""
    cost_centre_id: UUID | None
    """The cost centre that bears it."""
    is_open: bool
    """Whether something new may be entered for it."""
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


class Sites(Projector[SiteRow]):
    """One row per site."""

    name: ClassVar[str] = "sites"
    row: ClassVar[type[SiteRow]] = SiteRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (SiteOpened, SiteChanged, SiteClosed)

    def project(self, event: SiteEvent, rows: Rows[SiteRow]) -> None:
        match event:
            case SiteOpened():
                rows.put(_opened(event))
            case SiteChanged():
                _change(event, rows, **event.details.model_dump())
            case SiteClosed():
                _change(event, rows, is_open=False)
            case _:
                assert_never(event)


def _opened(event: SiteOpened) -> SiteRow:
    return SiteRow(
        site_id=event.originator_id,
        **event.details.model_dump(),
        is_open=True,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _change(event: DomainEvent, rows: Rows[SiteRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT = f"""
select {", ".join(SiteRow.model_fields)} from read.site
where tenant_id = %(tenant_id)s
"""  # noqa: S608 constants of this module
FILTERS = {
    "is_open": "and is_open = %(is_open)s",
    "country": "and country = %(country)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(
    sql: Sql,
    *,
    is_open: bool | None = None,
    country: str | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[SiteRow]:
    """Sites, the latest opened first."""
    limit = min(limit, LIMIT)
    asked = {"is_open": is_open, "country": country, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [SiteRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
