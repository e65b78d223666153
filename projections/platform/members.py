"""Who belongs to this tenant, in which roles?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.personal import ERASED_TEXT
from domain.kernel.refusals import NotFound
from domain.platform.member import (
    ERASED_EMAIL,
    MemberDeactivated,
    MemberEmailChanged,
    MemberErased,
    MemberEvent,
    MemberInvited,
    MemberJoined,
    MemberPasswordRehashed,
    MemberPasswordSet,
    MemberReactivated,
    MemberRolesChanged,
    MemberStatus,
)
from domain.platform.roles import Role
from domain.platform.subject import SubjectErased
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql

FORGOTTEN = {"email": ERASED_EMAIL, "display_name": ERASED_TEXT}
# What another directory may have said besides.
PERSONAL = ("external_id", "given_name", "family_name", "employee_number")


class MemberRow(Row):
    """One member. No password, not even as a hash."""

    TABLE: ClassVar[str] = "member"
    KEY: ClassVar[tuple[str, ...]] = ("member_id",)

    member_id: UUID
    """The member."""
    email: str
    """Personal: the address the member signs in with; erased@erased.invalid once erased."""
    display_name: str
    """Personal: the member's name; [erased] once erased."""
    roles: tuple[Role, ...]
    """What the member does in the company, in alphabetical order."""
    status: MemberStatus
    """Where the membership stands: invited, active, deactivated or erased."""
    has_joined: bool
    """Whether the invitation was accepted by choosing a password."""
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
    external_id: str | None
    """Personal: the id another directory knows the member by; [erased] once erased."""
    given_name: str | None
    """Personal: the member's given name; [erased] once erased."""
    family_name: str | None
    """Personal: the member's family name; [erased] once erased."""
    employee_number: str | None
    """Personal: the number the company gives the member; [erased] once erased."""
    department_code: str | None
    """Code of the department the member was invited into."""
    cost_centre_code: str | None
    """Code of the cost centre the member was invited into."""
    manager_id: UUID | None
    """The member who leads them; asked first to agree to their journeys, unless they have an approver."""


class Members(Projector[MemberRow]):
    """One row per member, kept without name and address after an erasure."""

    name: ClassVar[str] = "members"
    version: ClassVar[int] = 2
    row: ClassVar[type[MemberRow]] = MemberRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        MemberInvited,
        MemberJoined,
        MemberPasswordSet,
        MemberPasswordRehashed,
        MemberEmailChanged,
        MemberRolesChanged,
        MemberDeactivated,
        MemberReactivated,
        MemberErased,
        SubjectErased,
    )

    def keys(self, event: DomainEvent) -> Iterable[Key]:
        return ((event.subject_id if isinstance(event, SubjectErased) else event.originator_id,),)

    def project(self, event: MemberEvent | SubjectErased, rows: Rows[MemberRow]) -> None:
        match event:
            case MemberInvited():
                rows.put(_invited(event))
            case MemberJoined():
                _change(event, rows, has_joined=True, status=MemberStatus.ACTIVE)
            case MemberPasswordSet() | MemberPasswordRehashed():
                _change(event, rows)
            case MemberEmailChanged():
                # An address that arrives after the erasure would read as erased in a replay.
                is_erased = rows[(event.originator_id,)].email == ERASED_EMAIL
                _change(event, rows, email=ERASED_EMAIL if is_erased else event.email)
            case MemberRolesChanged():
                _change(event, rows, roles=event.roles)
            case MemberDeactivated():
                _change(event, rows, status=MemberStatus.DEACTIVATED)
            case MemberReactivated():
                has_joined = rows[(event.originator_id,)].has_joined
                _change(event, rows, status=MemberStatus.ACTIVE if has_joined else MemberStatus.INVITED)
            case MemberErased():
                _change(event, rows, status=MemberStatus.ERASED, **_forgotten(rows[(event.originator_id,)]))
            case SubjectErased():
                if (known := rows.get(event.subject_id)) is not None:
                    rows.change(event.subject_id, **_forgotten(known))
            case _:
                assert_never(event)


def _forgotten(row: MemberRow) -> dict[str, str | None]:
    # As a replay reads it: what was never said stays unsaid.
    return {**FORGOTTEN, **{name: getattr(row, name) and ERASED_TEXT for name in PERSONAL}}


def _invited(event: MemberInvited) -> MemberRow:
    return MemberRow(
        member_id=event.originator_id,
        email=event.email,
        display_name=event.display_name,
        roles=event.roles,
        status=MemberStatus.INVITED,
        has_joined=False,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
        department_code=event.department_code,
        cost_centre_code=event.cost_centre_code,
        manager_id=event.manager_id,
        **{name: getattr(event, name) for name in PERSONAL},
    )


def _change(event: MemberEvent, rows: Rows[MemberRow], **values: Any) -> None:
    rows.change(
        event.originator_id,
        version=event.originator_version,
        updated_at=event.occurred_at,
        position=event.position,
        **values,
    )


SELECT_MEMBERS = """
select member_id, email, display_name, roles, status, has_joined, version, created_at, updated_at,
       created_position, position, external_id, given_name, family_name, employee_number,
       department_code, cost_centre_code, manager_id
from read.member
where tenant_id = %(tenant_id)s
"""
ONE_MEMBER = "and member_id = %(member_id)s"
THESE_MEMBERS = "and member_id = any(%(member_ids)s)"
FILTERS = {"status": "and status = %(status)s", "after": "and created_position < %(after)s"}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def find(sql: Sql, member_id: UUID) -> MemberRow | None:
    """The member, or None."""
    row = sql.row(SELECT_MEMBERS + ONE_MEMBER, member_id=member_id)
    return None if row is None else MemberRow(**row)


def of(sql: Sql, member_ids: Sequence[UUID]) -> list[MemberRow]:
    """These members, as far as they are known."""
    rows = sql.rows(SELECT_MEMBERS + THESE_MEMBERS, member_ids=list(member_ids))
    return [MemberRow(**row) for row in rows]


def get(sql: Sql, member_id: UUID) -> MemberRow:
    """The member. Refuses with NotFound."""
    member = find(sql, member_id)
    if member is None:
        raise NotFound
    return member


def page(
    sql: Sql, *, status: MemberStatus | None = None, after: Key | None = None, limit: int = 50
) -> Page[MemberRow]:
    """Members, the latest invited first."""
    limit = min(limit, LIMIT)
    asked = {"status": status, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_MEMBERS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [MemberRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
