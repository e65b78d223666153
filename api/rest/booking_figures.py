"""What the book comes to: time used, visits missed, revenue, when it is free, and how much the plan allows."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, View
from api.rest.findings import ErrorPlace
from api.rest.problems import RequestInvalid
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.quota import month_of_use
from domain.booking.wall_time import WEEKDAYS, Weekday
from domain.kernel.instants import Day
from domain.kernel.refusals import NotFound
from projections.booking import figures, utilisation
from projections.booking.figures import Attendance, By, Revenue
from projections.booking.utilisation import DayOfUse, HourOfWeek
from projections.booking.visit_lines import Of

router = Shelf(prefix="/api/v1/booking", tags=["booking-figures"], route_class=StrictRoute)

DAYS = timedelta(days=28)
LONGEST = timedelta(days=366)
LONGEST_HEAT_MAP = timedelta(days=31)
LINES = "visit-lines"
OFFER = ("bookable-places", "offered-hours", LINES)

Since = Annotated[
    Day | None, Query(description="the first day, by the clock at the site; 28 days ago without it")
]
Until = Annotated[Day | None, Query(description="the day after the last; 28 days after the first without it")]


class PositionedView(View):
    """Figures with their place in the log."""

    position: int = Field(description="they include every event up to here")


class UseOfDay(View):
    """How much of one day was on offer and booked."""

    day: Day
    subject_id: UUID
    offered_minutes: int | None = Field(description="null: nothing says when it is open")
    booked_minutes: int
    visits: int = Field(description="that begin on this day")
    rate: str | None = Field(description="booked of offered, to four places; null where nothing was offered")

    @classmethod
    def of(cls, row: DayOfUse) -> Self:
        """The day as it stands."""
        return cls(
            **row.model_dump(include=set(cls.model_fields)), rate=None if row.rate is None else str(row.rate)
        )


class UtilisationPage(Listing[UseOfDay]):
    """One page of days, the earlier first."""

    position: int = Field(description="the figures include every event up to here")


class AttendanceLine(View):
    """The visits of one service, practitioner, site, day or month."""

    subject_id: UUID | None = Field(description="null where the lines are days or months")
    day: Day | None = Field(
        description="the day, or the first of the month; null where the lines are not days"
    )
    visits: int = Field(description="agreed, fulfilled or missed")
    fulfilled: int
    no_shows: int
    no_show_rate: str | None = Field(description="missed, of missed and fulfilled; null where neither is")
    called_off: int = Field(description="after they were agreed")
    called_off_with_fee: int
    lead_minutes_average: int | None = Field(description="from the first asking to the start as it stands")
    lead_minutes_median: int | None

    @classmethod
    def of(cls, row: Attendance) -> Self:
        """The line as it stands."""
        rate = row.no_show_rate
        return cls(
            **row.model_dump(include=set(cls.model_fields)), no_show_rate=None if rate is None else str(rate)
        )


class AttendancePage(Listing[AttendanceLine]):
    """One page of lines."""

    position: int = Field(description="the figures include every event up to here")


class RevenueLine(View):
    """What one service, practitioner, site, day or month brings in, in one currency."""

    subject_id: UUID | None = Field(description="null: of no practitioner, or the lines are days or months")
    day: Day | None = Field(
        description="the day, or the first of the month; null where the lines are not days"
    )
    currency: str
    visits: int
    expected_minor: int = Field(description="prices of visits agreed and not yet over")
    earned_minor: int = Field(description="prices of visits fulfilled, and fees")
    fees_minor: int = Field(description="the part of it that is fees of visits missed or called off late")

    @classmethod
    def of(cls, row: Revenue) -> Self:
        """The line as it stands."""
        return cls(**row.model_dump(include=set(cls.model_fields)))


class RevenuePage(Listing[RevenueLine]):
    """One page of lines."""

    position: int = Field(description="the figures include every event up to here")


class HeatCell(View):
    """One hour of the week, over all the days asked for; a repeated hour counts twice."""

    weekday: Weekday
    hour: int = Field(ge=0, le=23, description="by the clock at the site")
    offered_minutes: int
    booked_minutes: int
    free_minutes: int

    @classmethod
    def of(cls, weekday: Weekday, hour: int, cell: HourOfWeek) -> Self:
        """The cell in whole minutes."""
        minute = timedelta(minutes=1)
        return cls(
            weekday=weekday,
            hour=hour,
            offered_minutes=cell.offered // minute,
            booked_minutes=cell.booked // minute,
            free_minutes=cell.free // minute,
        )


class HeatMap(PositionedView):
    """When the people of a site are free, by weekday and hour; hours at which nobody is there are left out."""

    site_id: UUID
    since: Day
    until: Day
    cells: list[HeatCell]


class BookingQuota(View):
    """The visits of one month, and how many the plan allows."""

    month: str = Field(examples=["2030-05"], description="by the clock at the site of each visit")
    limit: int | None = Field(description="null is unlimited")
    used: int = Field(description="from the claims every booking is judged by, at this very moment")
    left: int | None


@router.get(
    "/utilisation",
    operation_id="list_utilisation",
    summary="See how much time was booked",
    dependencies=[caught_up(name) for name in OFFER],
)
def list_utilisation(
    session: SessionDep,
    of: Annotated[Of, Query(description="whose days")] = "practitioner",
    subject_id: UUID | None = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> UtilisationPage:
    """Minutes on offer and booked, by day and practitioner, room or site. Absences, public holidays and hours at
    which the site is closed are not on offer; buffers are not booked. The day a clock goes back has 25 hours."""
    start, end = _days(session, since, until)
    query = partial(utilisation.page, holidays=_holidays(session))
    filters = {"of": of, "subject_id": subject_id, "start": start, "end": end}
    page = session.page(query, UseOfDay.of, limit=limit, cursor=cursor, filters=filters)
    return UtilisationPage(data=page.data, next_cursor=page.next_cursor, position=_position(session, *OFFER))


@router.get(
    "/attendance",
    operation_id="list_attendance",
    summary="See how many came, and how early they booked",
    dependencies=[caught_up(LINES)],
)
def list_attendance(
    session: SessionDep,
    by: Annotated[By, Query(description="what the lines are")] = "service",
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> AttendancePage:
    """No-show rate and lead time. A visit counts on the day it takes place; seats of a class are visits. What was
    called off is neither missed nor fulfilled."""
    start, end = _days(session, since, until)
    filters = {"by": by, "start": start, "end": end}
    page = session.page(figures.attendance, AttendanceLine.of, limit=limit, cursor=cursor, filters=filters)
    return AttendancePage(data=page.data, next_cursor=page.next_cursor, position=_position(session, LINES))


@router.get(
    "/revenue",
    operation_id="list_revenue",
    summary="See what visits bring in",
    dependencies=[caught_up(LINES)],
)
def list_revenue(
    session: SessionDep,
    by: Annotated[By, Query(description="what the lines are")] = "service",
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> RevenuePage:
    """Expected and earned, by day of the visit. Among practitioners every price and fee is split by contribution,
    exact to the smallest unit: the lines of every list add up to the same total."""
    start, end = _days(session, since, until)
    filters = {"by": by, "start": start, "end": end}
    page = session.page(figures.revenue, RevenueLine.of, limit=limit, cursor=cursor, filters=filters)
    return RevenuePage(data=page.data, next_cursor=page.next_cursor, position=_position(session, LINES))


@router.get(
    "/heat-map",
    operation_id="get_heat_map",
    summary="See when it is free",
    dependencies=[caught_up(name) for name in OFFER],
)
def get_heat_map(session: SessionDep, site_id: UUID, since: Since = None, until: Until = None) -> HeatMap:
    """Minutes on offer, booked and free of the people of a site, by weekday and hour of the clock there, over 31 days
    at most."""
    start, end = _days(session, since, until, longest=LONGEST_HEAT_MAP)
    with session.house.reading(session.tenant_id) as sql:
        cells = utilisation.heat_map(sql, site_id=site_id, start=start, end=end, holidays=_holidays(session))
    if cells is None:
        raise NotFound(pointer="/site_id")
    order = sorted(cells, key=lambda place: (WEEKDAYS.index(place[0]), place[1]))
    return HeatMap(
        site_id=site_id,
        since=start,
        until=end,
        position=_position(session, *OFFER),
        cells=[HeatCell.of(*place, cells[place]) for place in order],
    )


@router.get(
    "/quota", operation_id="get_booking_quota", summary="See how much the plan allows", dependencies=[AtLeast]
)
def get_booking_quota(
    session: SessionDep,
    month: Annotated[
        str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="this month in UTC without it")
    ] = None,
) -> BookingQuota:
    """Visits of a month and how many the plan allows. A visit counts in the month in which it takes place; called off
    it gives its place back, whenever that happens; a visit that was missed keeps it."""
    house, now = session.house, session.house.clock()
    use = month_of_use(
        month or f"{now:%Y-%m}",
        house.entitlements(session.tenant_id),
        house.amounts(session.tenant_id),
        at=now,
    )
    left = None if use.limit is None else max(use.limit - use.used, 0)
    return BookingQuota(month=use.month, limit=use.limit, used=use.used, left=left)


def _days(
    session: Session, since: date | None, until: date | None, *, longest: timedelta = LONGEST
) -> tuple[date, date]:
    """The days asked for, half-open. Refuses RequestInvalid."""
    start = since or session.house.clock().date() - DAYS
    end = until or start + DAYS
    if not timedelta() < end - start <= longest:
        detail = f"Must be a later day than since, by {longest.days} days at most."
        raise RequestInvalid(errors=[ErrorPlace(pointer="/until", detail=detail, location="query")])
    return start, end


def _holidays(session: Session) -> Callable[[str, str | None, date, date], frozenset[date]]:
    return session.house.ground(session.tenant_id).ports.holidays.between


def _position(session: Session, *projections: str) -> int:
    with session.house.reading(session.tenant_id) as sql:
        return figures.position(sql, *projections)
