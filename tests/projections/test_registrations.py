"""Which companies did the platform register, and which of them are open?"""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import RegistrationCompleted, RegistrationMade
from domain.platform.subject import SubjectErased, subject_stream
from domain.platform.theme import PLAIN
from projections.platform import registrations
from projections.platform.registrations import Registrations
from tests.kit.builders import NOW, STREAM
from tests.kit.projecting import History, in_log, is_stable, project_into


def company(number: int) -> UUID:
    return uuid5(STREAM, f"company:{number}")


def owner(number: int) -> UUID:
    return uuid5(company(number), "owner")


def registration_made(number: int, **facts: Any) -> RegistrationMade:
    defaults: dict[str, Any] = {
        "originator_id": company(number),
        "originator_version": 1,
        "occurred_at": NOW,
        "tenant_id": company(number),
        "company_name": f"Company {number}",
        "slug": f"company-{number}",
        "plan": Plan.BUSINESS,
        "custom_domain": None,
        "theme": PLAIN,
        "modules_enabled": ("trips",),
        "sla_level": Decimal("0.999"),
        "api_quota_daily": 500_000,
        "owner_id": owner(number),
        "owner_email": f"owner{number}@example.org",
        "owner_name": "Camille",
    }
    return RegistrationMade(**(defaults | facts))


HISTORY = History(
    in_log(
        [
            registration_made(1),
            registration_made(2, owner_email=None, owner_name=None),
            RegistrationCompleted(originator_id=company(1), originator_version=2, occurred_at=NOW),
            registration_made(3),
            SubjectErased(
                originator_id=subject_stream(owner(1)),
                originator_version=1,
                occurred_at=NOW,
                subject_id=owner(1),
            ),
        ],
        tenant_id=PLATFORM_TENANT_ID,
    )
)


class TestTheRows:
    def test_say_who_is_open(self) -> None:
        rows = is_stable(HISTORY, Registrations())
        assert [row.is_completed for row in rows.values()] == [True, False, False]

    def test_forget_an_erased_owner_as_a_replay_would(self) -> None:
        rows = HISTORY.project(Registrations()).rows
        assert (rows[(company(1),)].owner_email, rows[(company(1),)].owner_name) == (None, None)
        assert rows[(company(3),)].owner_name == "Camille"
        assert rows == HISTORY.once_erased(owner(1)).project(Registrations()).rows


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    project_into(database_url, master_key, Registrations(), HISTORY.events)
    with reading(pools.queries, PLATFORM_TENANT_ID) as sql:
        expected = HISTORY.project(Registrations())
        assert registrations.get(sql, company(1)) == expected.row(company(1))
        assert registrations.find_by_slug(sql, "company-3") == expected.row(company(3))
        assert registrations.find_by_slug(sql, "nobody") is None
        first = registrations.page(sql, limit=2)
        assert [row.registration_id for row in first.rows] == [company(3), company(2)]
        rest = registrations.page(sql, after=first.next_after, limit=2)
        assert [row.registration_id for row in rest.rows] == [company(1)]
    with reading(pools.queries, company(1)) as sql:
        assert registrations.page(sql).rows == []
