"""Which starts are free, which classes have seats, and why is a start not there?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from application.booking.ground import Ground
from application.booking.question import AROUND, found, question_of
from application.booking.wish import Wish
from domain.booking.availability import Free, Missing
from domain.booking.group_session import SESSION_OF, GroupSession
from domain.booking.service import Service
from domain.booking.visit import SEAT

LONGEST = timedelta(weeks=12)


class Slot(NamedTuple):
    """A start that the booking command accepts now."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Opening:
    """A class, and how many seats are left."""

    session: GroupSession
    seats_left: int


def listing(wish: Wish, ground: Ground, *, start: datetime, end: datetime, limit: int) -> list[Slot]:
    """The free starts of the window, in order."""
    end = min(end, start + LONGEST)
    question = question_of(wish, ground, start=start, end=end, around=timedelta())
    length = question.asked.duration
    return [Slot(at, at + length) for at in islice(question.listed(start, end), limit)]


def reason(wish: Wish, ground: Ground, start: datetime) -> Free | Missing:
    """What the booking command would say about this start."""
    return question_of(wish, ground, start=start, end=start, around=timedelta()).judge(start)


def openings(wish: Wish, ground: Ground, *, start: datetime, end: datetime, limit: int) -> list[Opening]:
    """The classes of a service in the window that have not been called off."""
    service = found(ground.store.find_all({wish.service_id: Service}), wish.service_id, Service)
    service.require_bookable(is_public=wish.is_public)
    end = min(end, start + LONGEST)
    held = ground.ports.agenda.held([SESSION_OF], [str(wish.service_id)], start=start, end=end)
    ids = [one.holder for one in held if start <= one.starts_at < end][:limit]
    streams = ground.store.find_all(dict.fromkeys(ids, GroupSession))
    taken = ground.ports.totals.taken([(SEAT, str(one)) for one in ids])
    return [
        Opening(session, max(0, session.capacity - taken.get((SEAT, str(one)), 0)))
        for one in ids
        if isinstance(session := streams.get(one), GroupSession) and session.agreed.site_id == wish.site_id
    ]


__all__ = ["AROUND", "Opening", "listing", "openings", "reason"]
