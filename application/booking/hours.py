"""When is a schedule open? Expanded once for each of its versions, in whole weeks."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from threading import Lock
from uuid import UUID

from application.ports.holidays import PublicHolidays
from domain.booking.schedule import Schedule, Terms
from domain.booking.spans import NOWHERE, Spans

MOST = 20_000
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


class Expansions:
    """What was reckoned stays at hand; equal hours are one object, however many people keep them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Terms, Spans]] = OrderedDict()
        self._shared: OrderedDict[Hashable, Spans] = OrderedDict()
        self._lock = Lock()

    def open_of(
        self,
        schedule: Schedule,
        start: datetime,
        end: datetime,
        *,
        service_id: UUID,
        holidays: PublicHolidays,
    ) -> Spans | None:
        """Its hours in the weeks that touch [start, end); None where it has none of its own."""
        if schedule.terms is None:
            return None
        since, until = _monday(start), _monday(end + WEEK)
        only = service_id if schedule.is_for_some_services else None
        place = (schedule.id, schedule.version, only, since, until)
        with self._lock:
            known, spans = self._kept.get(place, (None, NOWHERE))
        # A version says it all, but for a log that was restored and went another way.
        if known is not None and (known is schedule.terms or known == schedule.terms):
            return spans
        closed = schedule.terms.holidays
        days = (
            # Hours of the day before run on, and a local day may begin a day before that of UTC.
            holidays.between(closed.country, closed.subdivision, (since - 2 * DAY).date(), until.date())
            if closed
            else frozenset()
        )
        spans = schedule.open_between(since, until, service_id=service_id, holidays=days)
        with self._lock:
            spans = self._shared.setdefault(tuple(spans.counts()), spans)
            self._kept[place] = (schedule.terms, spans)
            for one in (self._kept, self._shared):
                if len(one) > MOST:
                    one.popitem(last=False)
        return spans


@lru_cache(maxsize=1_024)
def _monday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)


EXPANSIONS = Expansions()
