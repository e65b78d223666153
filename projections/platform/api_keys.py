"""Which programs may act in this tenant, how far and until when?"""

from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound
from domain.platform.api_key import ApiKeyEvent, ApiKeyIssued, ApiKeyRevoked
from domain.platform.roles import Scope
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class ApiKeyRow(Row):
    """One key. No secret, not even as a hash."""

    TABLE: ClassVar[str] = "api_key"
    KEY: ClassVar[tuple[str, ...]] = ("key_id",)

    key_id: UUID
    """The key."""
    member_id: UUID
    """The member the key acts for."""
    name: str
    """What the key is for."""
    prefix: str
    """The part of the key that may be shown again."""
    scopes: tuple[Scope, ...]
    """What the key may touch, in alphabetical order."""
    expires_at: datetime
    """The end of its life: from then on the key opens nothing."""
    is_revoked: bool
    """Whether the key was revoked before its time."""
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


class ApiKeys(Projector[ApiKeyRow]):
    """One row per key; an expired one stays listed."""

    name: ClassVar[str] = "api-keys"
    row: ClassVar[type[ApiKeyRow]] = ApiKeyRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (ApiKeyIssued, ApiKeyRevoked)

    def project(self, event: ApiKeyEvent, rows: Rows[ApiKeyRow]) -> None:
        match event:
            case ApiKeyIssued():
                rows.put(_issued(event))
            case ApiKeyRevoked():
                rows.change(
                    event.originator_id,
                    is_revoked=True,
                    version=event.originator_version,
                    updated_at=event.occurred_at,
                    position=event.position,
                )
            case _:
                assert_never(event)


def _issued(event: ApiKeyIssued) -> ApiKeyRow:
    return ApiKeyRow(
        key_id=event.originator_id,
        member_id=event.member_id,
        name=event.name,
        prefix=event.prefix,
        scopes=event.scopes,
        expires_at=event.expires_at,
        is_revoked=False,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


SELECT_API_KEYS = """
select key_id, member_id, name, prefix, scopes, expires_at, is_revoked, version, created_at, updated_at,
       created_position, position
from read.api_key
where tenant_id = %(tenant_id)s
"""
ONE_KEY = "and key_id = %(key_id)s"
FILTERS = {"member_id": "and member_id = %(member_id)s", "after": "and created_position < %(after)s"}
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def find(sql: Sql, key_id: UUID) -> ApiKeyRow | None:
    """The key, or None."""
    row = sql.row(SELECT_API_KEYS + ONE_KEY, key_id=key_id)
    return None if row is None else ApiKeyRow(**row)


def get(sql: Sql, key_id: UUID) -> ApiKeyRow:
    """The key. Refuses with NotFound."""
    key = find(sql, key_id)
    if key is None:
        raise NotFound
    return key


def page(
    sql: Sql, *, member_id: UUID | None = None, after: Key | None = None, limit: int = 50
) -> Page[ApiKeyRow]:
    """Keys, the latest issued first."""
    limit = min(limit, LIMIT)
    asked = {"member_id": member_id, "after": after[0] if after else None}
    given = {name: value for name, value in asked.items() if value is not None}
    statement = " ".join((SELECT_API_KEYS, *(FILTERS[name] for name in given), NEWEST_FIRST))
    rows = [ApiKeyRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
