"""When is each service free next, for anybody and with each practitioner, and as of when is that known?

What is free depends on the clock and on public holidays, so no fold of facts can tell it. The keeper
(adapters/booking/next_free.py) asks the one availability function again whenever something stirred or an
answer has grown old, and writes what it found into `es.next_free`, with the position and the time of the look.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.kernel.sql import Sql

ANYBODY = UUID(int=0)
SELECT_NEXT_FREE = """
select service_id, site_id, practitioner_id, starts_at, good_until, computed_at, computed_position
from es.next_free
where tenant_id = %(tenant_id)s
"""
OF_SERVICE = "and service_id = %(service_id)s"
OF_SITE = "and site_id = %(site_id)s"
IN_ORDER = "order by starts_at nulls last, service_id, site_id, practitioner_id limit %(limit)s"


@dataclass(frozen=True)
class NextFree:
    """The next start of one service at one site, with one practitioner or (None) anybody."""

    service_id: UUID
    site_id: UUID
    practitioner_id: UUID | None
    starts_at: datetime | None
    good_until: datetime | None
    computed_at: datetime
    computed_position: int


def next_free(
    sql: Sql, *, service_id: UUID | None = None, site_id: UUID | None = None, limit: int = 100
) -> list[NextFree]:
    """The soonest first; those without a start last."""
    given: dict[str, Any] = {"service_id": service_id, "site_id": site_id}
    parts = [SELECT_NEXT_FREE, OF_SERVICE if service_id else "", OF_SITE if site_id else "", IN_ORDER]
    asked = {name: value for name, value in given.items() if value is not None}
    rows = sql.rows(" ".join(parts), **asked, limit=limit)
    return [
        NextFree(
            **{
                **row,
                "practitioner_id": None if row["practitioner_id"] == ANYBODY else row["practitioner_id"],
            }
        )
        for row in rows
    ]
