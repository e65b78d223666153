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
    """The registration, and at the same time the id of the company's tenant."""
    company_name: str
    """Name of the company."""
    slug: str
    """The company's name in addresses; unique on the platform."""
    plan: Plan
    """The plan: starter, business or enterprise_plus."""
    custom_domain: str | None
    """The company's own domain name, if it has one."""
    theme: Theme
    """Colours, logo and fonts of the white-label suite."""
    modules_enabled: tuple[str, ...]
    """Names of the modules that are switched on, in alphabetical order."""
    sla_level: Decimal
    """Promised share of time the service answers: 0.995, 0.999 or 0.9995."""
    api_quota_daily: int | None
    """API calls per day; null is unlimited."""
    owner_id: UUID
    """The member who answers for the tenant since its opening."""
    owner_email: str | None
    """Personal: address of the first owner; null once erased."""
    owner_name: str | None
    """Personal: name of the first owner; null once erased."""
    is_completed: bool
    """Whether the company's tenant is open."""
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
