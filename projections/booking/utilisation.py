"""How much of the time on offer was booked, on which day and at which hour of the week?

On offer is what the hours in force say, without absences, public holidays and hours at which the site is closed, while
the practitioner or resource belonged to the site. A room without hours of its own is on offer whenever its site is
open. Somebody who works at several sites is on offer at each of them. The figures of a site are those of its people.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.booking.schedule import Hours, Terms
from domain.booking.spans import Span, Spans
from domain.booking.visit import PRACTITIONER, RESOURCE
from domain.booking.wall_time import Weekday, days_between, instant_of, weekday_of
from domain.kernel.value import Value
from projections.booking.bookable_places import SITE, BookablePlaceRow, places
from projections.booking.offered_hours import OfferedHoursRow, hours_of
from projections.booking.visit_lines import Of, minutes_booked, time_taken
from projections.kernel.page import LIMIT, Page, page_of
from projections.kernel.sql import Sql

# The public holidays of a country, and of a part of it, from one day to another.
Holidays = Callable[[str, str | None, date, date], frozenset[date]]

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
RATE = Decimal("0.0001")
LATEST = datetime.max.replace(tzinfo=UTC)


class DayOfUse(Value):
    """One day of one practitioner, resource or site."""

    day_number: int
    subject_number: int
    day: date
    subject_id: UUID
    offered_minutes: int | None
    booked_minutes: int
    visits: int

    @property
    def rate(self) -> Decimal | None:
        """Which part of the time on offer was booked; None where there was none."""
        if not self.offered_minutes:
            return None
        return (Decimal(self.booked_minutes) / self.offered_minutes).quantize(RATE, ROUND_HALF_UP)


@dataclass
class HourOfWeek:
    """One hour of the week, over all days asked for."""

    offered: timedelta = timedelta()
    booked: timedelta = timedelta()
    free: timedelta = timedelta()


class OnOffer:
    """The time on offer in a window of days, from the rows of hours and places."""

    def __init__(
        self,
        found: Sequence[BookablePlaceRow],
        hours: Sequence[OfferedHoursRow],
        holidays: Holidays,
        start: date,
        end: date,
    ) -> None:
        self._places: dict[UUID, list[BookablePlaceRow]] = defaultdict(list)
        for place in found:
            self._places[place.bookable_id].append(place)
        self._hours: dict[UUID, list[OfferedHoursRow]] = defaultdict(list)
        self._absences: dict[UUID, list[Span]] = defaultdict(list)
        for row in hours:
            if row.is_absence:
                self._absences[row.subject_id].append((row.starts_at, row.ends_at or LATEST))
            else:
                self._hours[row.subject_id].append(row)
        self._holidays = holidays
        self._window = (start - DAY, end + DAY)
        self._closed: dict[tuple[str, str | None], frozenset[date]] = {}

    def zone_of(self, subject_id: UUID) -> str:
        """Whose clock a subject's days follow: that of its site, the one it came to last."""
        site_id = self._places[subject_id][-1].site_id
        return next((one.zone for one in self._places.get(site_id, ()) if one.zone), "UTC")

    def minutes(self, subject_id: UUID, day: date) -> int | None:
        """Minutes on offer that day, times the visits served at once; None where nothing says any hours."""
        open_then = self.on(subject_id, day)
        if open_then is None:
            return None
        capacity = max(place.capacity for place in self._places[subject_id])
        return length(open_then) * capacity // MINUTE

    def on(self, subject_id: UUID, day: date, site_id: UUID | None = None) -> Spans | None:
        """When a subject was on offer that day, at one site or at any."""
        zone = self.zone_of(subject_id)
        start, end = instant_of(day, 0, zone), instant_of(day + DAY, 0, zone)
        there = [
            (place, (max(place.since, start), min(place.until or LATEST, end)))
            for place in self._places[subject_id]
            if site_id in (None, place.site_id)
        ]
        own = self._open(subject_id, start, end)
        stretches: list[Span] = []
        for place, (since, until) in there:
            site = self._open(place.site_id, start, end)
            if own is None and site is None:
                if place.kind == RESOURCE:
                    return None
                continue
            hours = own if site is None else site if own is None else common(own, site)
            stretches += common(hours or (), [(since, until)])
        away = Spans(self._absences.get(subject_id, ()))
        return Spans(without(Spans(stretches), away))

    def _open(self, subject_id: UUID, start: datetime, end: datetime) -> Spans | None:
        """Its own hours in a day; None where it never had any."""
        versions = self._hours.get(subject_id)
        if not versions:
            return None
        found: list[Span] = []
        for row in versions:
            terms = row.terms
            if terms is None:
                continue
            for day in days_between(start - DAY, end, terms.zone):
                # The hours of a day are those set last before the day was over.
                over = instant_of(day + DAY, 0, terms.zone)
                if row.starts_at < over and (row.ends_at is None or row.ends_at >= over):
                    found += [each.span_on(day, terms.zone) for each in self._hours_on(terms, day)]
        return Spans(common(Spans(found), [(start, end)]))

    def _hours_on(self, terms: Terms, day: date) -> Iterable[Hours]:
        for exception in terms.overrides:
            if exception.day == day:
                return exception.hours
        if terms.holidays is not None:
            place = (terms.holidays.country, terms.holidays.subdivision)
            if place not in self._closed:
                self._closed[place] = self._holidays(*place, *self._window)
            if day in self._closed[place]:
                return ()
        # Hours for some services only are hours on offer too.
        return [
            each
            for pattern in terms.patterns
            for each in pattern.on(day, pattern.service_ids[0] if pattern.service_ids else None)
        ]


def common(some: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The stretches that are in both."""
    both = []
    others = list(others)
    for start, end in some:
        both += [(max(start, since), min(end, until)) for since, until in others]
    return [(start, end) for start, end in both if start < end]


def without(some: Spans, others: Spans) -> list[Span]:
    """The stretches of the first that are in none of the others."""
    left: list[Span] = []
    for start, end in some:
        at = start
        for since, until in others:
            if until <= at or since >= end:
                continue
            if since > at:
                left.append((at, since))
            at = max(at, until)
        if at < end:
            left.append((at, end))
    return left


def length(spans: Iterable[Span]) -> timedelta:
    """How long they are together."""
    return sum((end - start for start, end in spans), timedelta())


def page(
    sql: Sql,
    *,
    of: Of,
    start: date,
    end: date,
    holidays: Holidays,
    subject_id: UUID | None = None,
    after: tuple[int, ...] | None = None,
    limit: int = 50,
) -> Page[Any]:
    """Offered and booked minutes of every day and subject, the earlier day first."""
    limit = min(limit, LIMIT)
    found = places(sql, start=_midnight(start - DAY), end=_midnight(end + DAY))
    wanted = sorted(
        {place.bookable_id for place in found if place.kind == of and subject_id in (None, place.bookable_id)}
    )
    days = [start + number * DAY for number in range((end - start).days)]
    asked = [
        (day, one)
        for day in days
        for one in wanted
        if after is None or (day.toordinal(), one.int) > tuple(after)
    ][: limit + 1]
    if not asked:
        return Page([], None)
    first, last = asked[0][0], asked[-1][0] + DAY
    hours = hours_of(
        sql,
        sorted({place.bookable_id for place in found}),
        start=_midnight(first - 2 * DAY),
        end=_midnight(last + DAY),
    )
    on_offer = OnOffer(found, hours, holidays, first, last)
    booked = minutes_booked(sql, of, start=first, end=last)
    rows = [
        DayOfUse(
            day_number=day.toordinal(),
            subject_number=one.int,
            day=day,
            subject_id=one,
            offered_minutes=_offered(of, one, day, on_offer, found),
            booked_minutes=booked.get((day, one), {}).get("booked_minutes", 0),
            visits=booked.get((day, one), {}).get("visits", 0),
        )
        for day, one in asked
    ]
    return page_of(list[Any](rows), limit, "day_number", "subject_number")


def _offered(
    of: Of, subject_id: UUID, day: date, on_offer: OnOffer, found: Sequence[BookablePlaceRow]
) -> int | None:
    if of != SITE:
        return on_offer.minutes(subject_id, day)
    people = _people_at(subject_id, found)
    return sum(length(on_offer.on(one, day, subject_id) or ()) // MINUTE for one in people)


def _people_at(site_id: UUID, found: Sequence[BookablePlaceRow]) -> list[UUID]:
    return sorted(
        {place.bookable_id for place in found if place.site_id == site_id and place.kind == PRACTITIONER}
    )


def heat_map(
    sql: Sql, *, site_id: UUID, start: date, end: date, holidays: Holidays
) -> dict[tuple[Weekday, int], HourOfWeek] | None:
    """Minutes on offer, booked and free of a site's people, by weekday and hour of the clock there; None is no site."""
    found = places(sql, start=_midnight(start - DAY), end=_midnight(end + DAY))
    hours = hours_of(
        sql,
        sorted({place.bookable_id for place in found}),
        start=_midnight(start - 2 * DAY),
        end=_midnight(end + DAY),
    )
    on_offer = OnOffer(found, hours, holidays, start, end)
    zone = next((place.zone for place in found if place.bookable_id == site_id and place.zone), None)
    if zone is None:
        return None
    window = [(instant_of(start, 0, zone), instant_of(end, 0, zone))]
    taken: dict[UUID, list[Span]] = defaultdict(list)
    here: list[Span] = []
    for line in time_taken(sql, start=start - DAY, end=end):
        span = (line["starts_at"], line["ends_at"])
        taken[line["bookable_id"]].append(span)
        if line["site_id"] == site_id:
            here.append(span)
    cells: dict[tuple[Weekday, int], HourOfWeek] = defaultdict(HourOfWeek)
    for place, part in _by_hour(common(here, window), zone):
        cells[place].booked += part
    for one in _people_at(site_id, found):
        busy = Spans(taken[one])
        for number in range((end - start).days):
            open_then = on_offer.on(one, start + number * DAY, site_id) or Spans()
            for place, part in _by_hour(open_then, zone):
                cells[place].offered += part
            for place, part in _by_hour(without(open_then, busy), zone):
                cells[place].free += part
    return dict(cells)


def _by_hour(spans: Iterable[Span], zone: str) -> Iterator[tuple[tuple[Weekday, int], timedelta]]:
    """Each stretch in pieces that lie within one hour on the wall; an hour that is repeated has two."""
    info = ZoneInfo(zone)
    for start, end in spans:
        at = start
        while at < end:
            wall = at.astimezone(info)
            # Clocks change at the end of an hour on the wall, so what is left of this one can be counted out.
            to_next = timedelta(hours=1) - timedelta(
                minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond
            )
            until = min(at + to_next, end)
            yield (weekday_of(wall.date()), wall.hour), until - at
            at = until


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
