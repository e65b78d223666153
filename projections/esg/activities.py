"""What has this company entered that emits, besides its journeys?"""

from datetime import date, datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.esg.activity import (
    ActivityCorrected,
    ActivityEvent,
    ActivityRecorded,
    ActivityRestated,
    ActivityWithdrawn,
    EvidenceAttached,
)
from domain.esg.activity_details import ActivityDetails, ActivityKind
from domain.kernel.event import DomainEvent
from domain.kernel.ledger import Posting
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class ActivityRow(Row):
    """One activity as it stands: a bill, a vehicle's use, fuel, a leak, commuting or a purchase."""

    TABLE: ClassVar[str] = "activity"
    KEY: ClassVar[tuple[str, ...]] = ("activity_id",)

    activity_id: UUID
    """The activity."""
    kind: ActivityKind
    """What it is: energy_bill, vehicle_use, fuel, refrigerant, commuting or purchase."""
    starts_on: date
    """Its first day."""
    ends_on: date
    """The day after its last one."""
    details: ActivityDetails
    """Everything that was entered, by kind."""
    site_id: UUID | None
    """The site it belongs to."""
    vehicle_id: UUID | None
    """The vehicle that was used."""
    department_id: UUID | None
    """The department that bears it."""
    cost_centre_id: UUID | None
    """The cost centre that bears it."""
    location_g: int
    """Grams CO2e of all its lines, by location; 0 once withdrawn."""
    market_g: int
    """Grams CO2e of all its lines, by market; 0 once withdrawn."""
    is_withdrawn: bool
    """Whether it was taken back."""
    evidence: tuple[str, ...]
    """SHA-256 of the files that prove it, in the order they were named."""
    external_id: str | None
    """Its id in the system it came from; once per company."""
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


class Activities(Projector[ActivityRow]):
    """One row per activity."""

    name: ClassVar[str] = "activities"
    row: ClassVar[type[ActivityRow]] = ActivityRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        ActivityRecorded,
        ActivityCorrected,
        ActivityRestated,
        ActivityWithdrawn,
        EvidenceAttached,
    )

    def project(self, event: ActivityEvent, rows: Rows[ActivityRow]) -> None:
        match event:
            case ActivityRecorded():
                rows.put(_recorded(event))
            case ActivityCorrected():
                what = _what(event.details) | event.account.model_dump() | _grams(event.posting)
                _change(event, rows, **what)
            case ActivityRestated():
                _change(event, rows, **_grams(event.posting))
            case ActivityWithdrawn():
                _change(event, rows, is_withdrawn=True, location_g=0, market_g=0)
            case EvidenceAttached():
                known = rows[(event.originator_id,)].evidence
                _change(event, rows, evidence=tuple(dict.fromkeys((*known, event.sha256))))
            case _:
                assert_never(event)


def _recorded(event: ActivityRecorded) -> ActivityRow:
    return ActivityRow(
        activity_id=event.originator_id,
        **_what(event.details),
        **event.account.model_dump(),
        **_grams(event.posting),
        is_withdrawn=False,
        evidence=event.evidence,
        external_id=event.external_id,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


def _what(details: ActivityDetails) -> dict[str, Any]:
    start, end = details.days
    return {"kind": details.kind, "starts_on": start, "ends_on": end, "details": details}


def _grams(posting: Posting) -> dict[str, int]:
    lines = [entry.line for entry in posting.entries]
    return {
        "location_g": sum(int(line.kg_location * 1000) for line in lines),
        "market_g": sum(int(line.kg_market * 1000) for line in lines),
    }


def _change(event: DomainEvent, rows: Rows[ActivityRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT = f"""
select {", ".join(ActivityRow.model_fields)} from read.activity
where tenant_id = %(tenant_id)s
"""  # noqa: S608 constants of this module
FILTERS = {
    "kind": "and kind = %(kind)s",
    "site_id": "and site_id = %(site_id)s",
    "vehicle_id": "and vehicle_id = %(vehicle_id)s",
    "is_withdrawn": "and is_withdrawn = %(is_withdrawn)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def page(
    sql: Sql,
    *,
    kind: ActivityKind | None = None,
    site_id: UUID | None = None,
    vehicle_id: UUID | None = None,
    is_withdrawn: bool | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[ActivityRow]:
    """Activities, the latest entered first."""
    limit = min(limit, LIMIT)
    asked = {
        "kind": kind,
        "site_id": site_id,
        "vehicle_id": vehicle_id,
        "is_withdrawn": is_withdrawn,
        "after": after[0] if after else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [ActivityRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
