"""Where does each traveller belong, who agrees to their journeys, and who stands in for whom?"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.travel.traveller import ApprovalDelegated, DelegationEnded, TravellerAssigned, TravellerEvent
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

NOT_DELEGATED = {"delegate_id": None, "delegated_from": None, "delegated_until": None}


class TravellerRow(Row):
    """One member's travel profile. Who has none is in no unit and travels with anyone's consent."""

    TABLE: ClassVar[str] = "traveller"
    KEY: ClassVar[tuple[str, ...]] = ("member_id",)

    member_id: UUID
    """The member."""
    department_id: UUID | None
    """Where they work."""
    cost_centre_id: UUID | None
    """Who usually pays for their journeys."""
    group_id: UUID | None
    """The group of travellers whose policy judges them; null is everyone's."""
    approver_id: UUID | None
    """The member who is asked first to agree to their journeys; null is their manager, or else anyone
    who may approve."""
    delegate_id: UUID | None
    """The member who decides in their place, from delegated_from until delegated_until."""
    delegated_from: datetime | None
    """When the delegate begins to decide."""
    delegated_until: datetime | None
    """When the member decides again; no longer included."""
    version: int
    """The version of the stream this row reflects; what an ETag names."""
    created_position: int
    """Place of the first fact in the tenant's log; lists are sorted by it."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class Travellers(Projector[TravellerRow]):
    """One row per member with a profile."""

    name: ClassVar[str] = "travellers"
    row: ClassVar[type[TravellerRow]] = TravellerRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (TravellerAssigned, ApprovalDelegated, DelegationEnded)

    def keys(self, event: TravellerEvent) -> Iterable[Key]:
        return ((event.member_id,),)

    def project(self, event: TravellerEvent, rows: Rows[TravellerRow]) -> None:
        match event:
            case TravellerAssigned():
                _keep(event, rows, approver_id=event.approver_id, **event.allocation.model_dump())
            case ApprovalDelegated():
                _keep(
                    event,
                    rows,
                    delegate_id=event.delegation.delegate_id,
                    delegated_from=event.delegation.starts_at,
                    delegated_until=event.delegation.ends_at,
                )
            case DelegationEnded():
                _keep(event, rows, **NOT_DELEGATED)
            case _:
                assert_never(event)


def _keep(event: TravellerEvent, rows: Rows[TravellerRow], **values: Any) -> None:
    row = rows.get(event.member_id) or _empty(event)
    place = {"version": event.originator_version, "position": event.position}
    rows.put(row.model_copy(update=place | values))


def _empty(event: TravellerEvent) -> TravellerRow:
    return TravellerRow(
        member_id=event.member_id,
        department_id=None,
        cost_centre_id=None,
        group_id=None,
        approver_id=None,
        delegate_id=None,
        delegated_from=None,
        delegated_until=None,
        version=event.originator_version,
        created_position=event.position,
        position=event.position,
    )


SELECT_TRAVELLERS = """
select member_id, department_id, cost_centre_id, group_id, approver_id, delegate_id, delegated_from,
       delegated_until, version, created_position, position
from read.traveller
where tenant_id = %(tenant_id)s
"""
ONE_TRAVELLER = "and member_id = %(member_id)s"
FILTERS = {
    "department_id": "and department_id = %(department_id)s",
    "cost_centre_id": "and cost_centre_id = %(cost_centre_id)s",
    "group_id": "and group_id = %(group_id)s",
    "approver_id": "and approver_id = %(approver_id)s",
    "after": "and created_position < %(after)s",
}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"
STOOD_IN_FOR = """
select member_id
from read.traveller
where tenant_id = %(tenant_id)s and delegate_id = %(member_id)s
  and delegated_from <= %(at)s and delegated_until > %(at)s
order by member_id limit %(limit)s
"""


def find(sql: Sql, member_id: UUID) -> TravellerRow | None:
    """The member's profile, or None."""
    row = sql.row(SELECT_TRAVELLERS + ONE_TRAVELLER, member_id=member_id)
    return None if row is None else TravellerRow(**row)


def stood_in_for(sql: Sql, member_id: UUID, *, at: datetime) -> list[UUID]:
    """In whose place the member decides at that instant."""
    return [row["member_id"] for row in sql.rows(STOOD_IN_FOR, member_id=member_id, at=at, limit=LIMIT)]


def page(
    sql: Sql,
    *,
    department_id: UUID | None = None,
    cost_centre_id: UUID | None = None,
    group_id: UUID | None = None,
    approver_id: UUID | None = None,
    after: Key | None = None,
    limit: int = 50,
) -> Page[TravellerRow]:
    """Profiles, the latest made first."""
    limit = min(limit, LIMIT)
    asked = {
        "department_id": department_id,
        "cost_centre_id": cost_centre_id,
        "group_id": group_id,
        "approver_id": approver_id,
        "after": after[0] if after else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_TRAVELLERS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [TravellerRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
