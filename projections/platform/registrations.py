"""Which companies did the platform register, and which are open? Lives in the platform's own tenant."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, assert_never
from uuid import UUID

from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound
from domain.platform.plan import Plan
from domain.platform.registration import RegistrationCompleted, RegistrationEvent, RegistrationMade
from domain.platform.subject import SubjectErased
from domain.platform.theme import Theme
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class RegistrationRow(Row):
    """A company as it was registered; its id is the id of the company's tenant."""

    TABLE: ClassVar[str] = "registration"
    KEY: ClassVar[tuple[str, ...]] = ("registration_id",)

    registration_id: UUID
    company_name: str
    slug: str
    plan: Plan
    custom_domain: str | None
    theme: Theme
    modules_enabled: tuple[str, ...]
    sla_level: Decimal
    api_quota_daily: int | None
    owner_id: UUID
    owner_email: str | None
    owner_name: str | None
    is_completed: bool
    version: int
    created_at: datetime
    updated_at: datetime
    created_position: int
    position: int


class Registrations(Projector[RegistrationRow]):
    """One row per registered company."""

    name: ClassVar[str] = "registrations"
    row: ClassVar[type[RegistrationRow]] = RegistrationRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        RegistrationMade,
        RegistrationCompleted,
        SubjectErased,
    )

    def keys(self, event: DomainEvent) -> Iterable[Key]:
        return () if isinstance(event, SubjectErased) else ((event.originator_id,),)

    def project(self, event: RegistrationEvent | SubjectErased, rows: Rows[RegistrationRow]) -> None:
        match event:
            case RegistrationMade():
                rows.put(_made(event))
            case RegistrationCompleted():
                rows.change(
                    event.originator_id,
                    is_completed=True,
                    version=event.originator_version,
                    updated_at=event.occurred_at,
                    position=event.position,
                )
            case SubjectErased():
                for row in rows.where("owner_id", event.subject_id):
                    rows.put(row.model_copy(update={"owner_email": None, "owner_name": None}))
            case _:
                assert_never(event)


def _made(event: RegistrationMade) -> RegistrationRow:
    return RegistrationRow(
        registration_id=event.originator_id,
        company_name=event.company_name,
        slug=event.slug,
        plan=event.plan,
        custom_domain=event.custom_domain,
        theme=event.theme,
        modules_enabled=event.modules_enabled,
        sla_level=event.sla_level,
        api_quota_daily=event.api_quota_daily,
        owner_id=event.owner_id,
        owner_email=event.owner_email,
        owner_name=event.owner_name,
        is_completed=False,
        version=event.originator_version,
        created_at=event.occurred_at,
        updated_at=event.occurred_at,
        created_position=event.position,
        position=event.position,
    )


SELECT_REGISTRATIONS = """
select registration_id, company_name, slug, plan, custom_domain, theme, modules_enabled, sla_level,
       api_quota_daily, owner_id, owner_email, owner_name, is_completed, version, created_at, updated_at,
       created_position, position
from read.registration
where tenant_id = %(tenant_id)s
"""
ONE_REGISTRATION = "and registration_id = %(registration_id)s"
BY_SLUG = "and slug = %(slug)s"
AFTER = "and created_position < %(after)s"
NEWEST_FIRST = "order by created_position desc limit %(limit)s"


def find(sql: Sql, registration_id: UUID) -> RegistrationRow | None:
    """The registration, or None."""
    row = sql.row(SELECT_REGISTRATIONS + ONE_REGISTRATION, registration_id=registration_id)
    return None if row is None else RegistrationRow(**row)


def get(sql: Sql, registration_id: UUID) -> RegistrationRow:
    """The registration. Refuses with NotFound."""
    registration = find(sql, registration_id)
    if registration is None:
        raise NotFound
    return registration


def find_by_slug(sql: Sql, slug: str) -> RegistrationRow | None:
    """The company that answers to the slug, or None."""
    row = sql.row(SELECT_REGISTRATIONS + BY_SLUG, slug=slug)
    return None if row is None else RegistrationRow(**row)


def page(sql: Sql, *, after: Key | None = None, limit: int = 50) -> Page[RegistrationRow]:
    """The registrations, the latest first."""
    limit = min(limit, LIMIT)
    given = {"after": after[0]} if after else {}
    statement = " ".join((SELECT_REGISTRATIONS, AFTER if given else "", NEWEST_FIRST))
    rows = [RegistrationRow(**row) for row in sql.rows(statement, **given, limit=limit + 1)]
    return page_of(rows, limit, "created_position")
