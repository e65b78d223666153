"""When is every service free next? Looked at again whenever something stirred, by the scheduler."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors
from application.booking import slots
from application.booking.ground import Ground
from application.booking.question import Question, question_of
from application.booking.wish import Wish
from domain.booking.service import Service
from domain.booking.visit import BUSY, PRACTITIONER, SEAT
from domain.kernel.refusals import Refusal
from projections.booking.next_free import ANYBODY

BUDGET_S = 0.5
AT_ONCE = 100
# However quiet it is: the horizon moves on, and what was free passes.
OLD_AFTER = timedelta(hours=1)
LATEST_LOOK = timedelta(weeks=12)

DUE = """
select o.tenant_id, o.service_id, o.site_id, o.is_active, o.is_listed
from read.market_offer o
left join es.next_free n on n.tenant_id = o.tenant_id and n.service_id = o.service_id and n.site_id = o.site_id
  and n.practitioner_id = %(anybody)s
where case when o.is_active
           then n.tenant_id is null or n.computed_position < o.changed_position or n.review_at <= %(now)s
           else n.tenant_id is not null end
order by n.review_at nulls first
limit %(limit)s
"""
ENTER = "select es.enter_tenant(%s)"
CLEAR = "delete from es.next_free where tenant_id = %s and service_id = %s and site_id = %s"
WRITE = """
insert into es.next_free (tenant_id, service_id, site_id, practitioner_id, is_public, starts_at, good_until,
                          review_at, computed_at, computed_position)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# What is kept for a while frees its time by itself, and no fact says so.
RUNS_OUT = """
select min(expires_at) from es.claim
where tenant_id = %s and kind = any(%s) and expires_at > %s and expires_at < %s
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Look:
    """What one look found: the next start with whom (all zeros is anybody)."""

    practitioner_id: UUID
    starts_at: datetime | None


class NextFreeKeeper:
    """An action of the scheduler; repeating it is calm, and whatever is lost is looked at again."""

    def __init__(
        self,
        *,
        dispatcher: ConnectionPool,
        projector: ConnectionPool,
        ground: Callable[[UUID], Ground],
        head: Callable[[UUID], int],
        now: Callable[[], datetime],
        budget_s: float = BUDGET_S,
    ) -> None:
        self._dispatcher = dispatcher
        self._projector = projector
        self._ground = ground
        self._head = head
        self._now = now
        self._budget_s = budget_s

    def act(self, token: int) -> int:
        """Looks at what is due, for half a second at most; how many lines were looked at."""
        deadline = monotonic() + self._budget_s
        with translated_errors(), self._dispatcher.connection() as connection:
            values = {"anybody": ANYBODY, "now": self._now(), "limit": AT_ONCE}
            due = connection.execute(DUE, values).fetchall()
        looked = 0
        for tenant_id, service_id, site_id, is_active, is_listed in due:
            if looked and monotonic() > deadline:
                break
            self.refresh(tenant_id, service_id, site_id, is_active=is_active, is_public=is_listed)
            looked += 1
        return looked

    def refresh(
        self, tenant_id: UUID, service_id: UUID, site_id: UUID, *, is_active: bool, is_public: bool
    ) -> None:
        """Looks at one service at one site and keeps what was found."""
        # The position first: what happens during the look is looked at again.
        position = self._head(tenant_id)
        ground = self._ground(tenant_id)
        notice = timedelta()
        found: list[Look] = []
        if is_active:
            try:
                notice, found = looks(ground, service_id, site_id)
            except Refusal as refusal:
                log.warning("next_free_waits", tenant_id=str(tenant_id), code=refusal.code())
                found = [Look(ANYBODY, None)]
        with translated_errors(), self._projector.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            old_at = ground.now + OLD_AFTER
            kinds = [*BUSY.values(), SEAT]
            runs_out = connection.execute(RUNS_OUT, (tenant_id, kinds, ground.now, old_at)).fetchone()
            review_at = min(each for each in (old_at, runs_out and runs_out[0]) if each)
            connection.execute(CLEAR, (tenant_id, service_id, site_id))
            for look in found:
                good_until = None if look.starts_at is None else look.starts_at - notice
                again_at = review_at if good_until is None else min(review_at, good_until)
                row: tuple[Any, ...] = (
                    *(tenant_id, service_id, site_id, look.practitioner_id, is_public, look.starts_at),
                    *(good_until, again_at, ground.now, position),
                )
                connection.execute(WRITE, row)


def looks(ground: Ground, service_id: UUID, site_id: UUID) -> tuple[timedelta, list[Look]]:
    """The notice the service asks for, and the next start for anybody and with each practitioner."""
    service = ground.store.load(Service, service_id)
    notice = timedelta(minutes=service.terms.notice_minutes)
    wish = Wish(service_id, site_id)
    if service.terms.is_group:
        first = ground.now + notice
        classes = slots.openings(wish, ground, start=first, end=ground.now + LATEST_LOOK, limit=200)
        starts = [one.session.agreed.starts_at for one in classes if _has_room(one)]
        return notice, [Look(ANYBODY, min(starts, default=None))]
    anybody: datetime | None = None
    each: dict[UUID, datetime | None] = {}
    for start, end in _windows(ground.now, service):
        question = question_of(wish, ground, start=start, end=end, around=timedelta())
        anybody = anybody or _first(question, start, end)
        for one in question.candidates:
            if one.kind == PRACTITIONER and each.get(one.id) is None:
                asked = replace(question.asked, fixed=frozenset({one.id}))
                each[one.id] = _first(replace(question, asked=asked), start, end)
        if anybody is not None and all(each.values()):
            break
    return notice, [Look(ANYBODY, anybody), *(Look(who, start) for who, start in each.items())]


def _has_room(one: slots.Opening) -> bool:
    return one.seats_left > 0 and not one.session.is_cancelled


def _windows(now: datetime, service: Service) -> Iterator[tuple[datetime, datetime]]:
    """One after the other, the near ones first: most services are free within a week."""
    start, horizon = now, now + min(timedelta(days=service.terms.horizon_days + 1), LATEST_LOOK)
    for length in (timedelta(weeks=1), timedelta(weeks=4), LATEST_LOOK):
        end = min(start + length, horizon)
        if start < end:
            yield start, end
        start = end


def _first(question: Question, start: datetime, end: datetime) -> datetime | None:
    return next(iter(question.listed(start, end)), None)
