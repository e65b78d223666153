"""Do the figures of the book equal a fold that shares nothing with them? Counted minute by minute, from aggregates."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import By, Status
from domain.booking.business import BusinessOpened, BusinessProfile, Site
from domain.booking.client import Client
from domain.booking.contribution import contributions, divided
from domain.booking.group_session import GroupSession
from domain.booking.practitioner import Practitioner
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.schedule import (
    Away,
    DateOverride,
    Pattern,
    Schedule,
    SubjectKind,
    Terms,
    WeeklyHours,
)
from domain.booking.visit import PRACTITIONER, RESOURCE, Assignment, Visit, Why
from domain.booking.wall_time import WEEKDAYS
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from projections.booking import figures, utilisation
from projections.booking.bookable_places import BookablePlaces
from projections.booking.offered_hours import OfferedHours
from projections.booking.visit_lines import VisitLineRow, VisitLines
from projections.kernel.sql import Sql
from tests.domain.booking.test_appointment import POLICY, a_visit
from tests.kit.builders import STREAM, TENANT
from tests.kit.projecting import given_events, in_log, is_stable, project_into

FOUNDED = datetime(2026, 9, 1, tzinfo=UTC)
# Two weeks around the night in which a day has 25 hours: in Paris an hour comes twice, on Lord Howe it is half lost.
ZONES = {"Europe/Paris": date(2026, 10, 19), "Australia/Lord_Howe": date(2026, 9, 28)}
MINUTE = timedelta(minutes=1)
PEOPLE = tuple(uuid5(STREAM, f"practitioner {number}") for number in range(3))
ROOM, SITE = uuid5(STREAM, "room"), uuid5(STREAM, "site")
SERVICES = tuple(uuid5(STREAM, f"service {number}") for number in range(3))
DAYS = 14


class Book:
    """A seeded history of one site, as aggregates: what the figures must come to."""

    def __init__(self, seed: int, zone: str) -> None:
        self.random = Random(f"{seed} {zone}")
        self.zone, self.first = zone, ZONES[zone]
        self.events: list[DomainEvent] = []
        self.schedules: dict[UUID, Schedule] = {}
        self.sessions: list[GroupSession] = []
        site = Site(id=SITE, name="Harbour", address="1 Harbour Street", country="FR", zone=zone)
        profile = BusinessProfile(name="Northern", brand="Northern", sector="medical", sites=(site,))
        self.events.append(
            BusinessOpened(
                originator_id=uuid5(STREAM, "business"),
                originator_version=1,
                occurred_at=FOUNDED,
                profile=profile,
            )
        )
        for number, one in enumerate(PEOPLE):
            person = Practitioner.new(one)
            person.hire("Camille", PractitionerTerms(skills=("doctor",), site_ids=(SITE,)), at=FOUNDED)
            self._keep(person)
            self.schedules[one] = Schedule.new(uuid5(one, "schedule"))
            self._hours(one, ("08:00", "18:00") if number else ("00:00", "00:00"), at=FOUNDED)
        self._exceptions()
        self.visits = [self._visit(number) for number in range(30)]
        self._class()

    def _hours(self, one: UUID, clock: tuple[str, str], *, at: datetime, **terms: Any) -> None:
        opens, closes = map(time.fromisoformat, clock)
        week = tuple(WeeklyHours(day=day, opens=opens, closes=closes) for day in WEEKDAYS)
        schedule = self.schedules[one]
        terms = {"zone": self.zone, "patterns": (Pattern(hours=week),), **terms}
        schedule.define(Terms(**terms), kind=SubjectKind.PRACTITIONER, subject_id=one, at=at)
        self._keep(schedule)

    def _exceptions(self) -> None:
        """The second is away for a day and a half and closed on one; the third works less from the second week on."""
        away = self.at(self.first + timedelta(days=2), 12 * 60)
        schedule = self.schedules[PEOPLE[1]]
        absent = Away(absence_id=uuid5(STREAM, "absence"), starts_at=away, ends_at=away + timedelta(hours=36))
        closed = (DateOverride(day=self.first + timedelta(days=5)),)
        self._hours(PEOPLE[1], ("22:00", "06:00"), at=FOUNDED, overrides=closed)
        schedule.enter(absent, kind=SubjectKind.PRACTITIONER, subject_id=PEOPLE[1], at=FOUNDED)
        taken_out = absent.model_copy(update={"absence_id": uuid5(STREAM, "taken out")})
        schedule.enter(taken_out, kind=SubjectKind.PRACTITIONER, subject_id=PEOPLE[1], at=FOUNDED)
        schedule.take_out(taken_out.absence_id, at=FOUNDED)
        self._keep(schedule)
        self._hours(PEOPLE[2], ("10:00", "12:30"), at=self.at(self.first + timedelta(days=7), 15 * 60))

    def _visit(self, number: int) -> Appointment:
        random, one = self.random, Appointment.new(uuid5(STREAM, f"visit {number}"))
        asked = FOUNDED + timedelta(hours=random.randint(0, 200))
        client = Client(client_id=uuid5(STREAM, f"client {number % 7}"), client_name="Noor")
        visit = self._agreed()
        if random.random() < 0.2:
            one.hold(visit, client, until=asked + timedelta(hours=1), at=asked)
        else:
            one.request(visit, client, blocks=True, at=asked)
        if random.random() < 0.9:
            one.book(by=By.AUTOMATIC, at=asked)
            for _ in range(random.choice((0, 0, 1, 2))):
                one.reschedule(self._agreed(price=visit.price), by=By.STAFF, at=asked)
            if random.random() < 0.3:
                another = random.choice(
                    [each for each in PEOPLE if each not in one.agreed.practitioner_ids] or PEOPLE
                )
                team = (one.agreed.team[0].model_copy(update={"bookable_id": another}), *one.agreed.team[1:])
                if len({each.bookable_id for each in team}) == len(team):
                    one.substitute(one.agreed.model_copy(update={"team": team}), None, at=asked)
            self._fate(one)
        elif random.random() < 0.5:
            one.reject(None, at=asked)
        self._keep(one)
        return one

    def _fate(self, one: Appointment) -> None:
        starts = one.agreed.starts_at
        match self.random.randint(0, 6):
            case 0:
                one.cancel(None, by=By.CLIENT, at=starts - timedelta(hours=self.random.choice((48, 10, 1))))
            case 1:
                one.cancel(None, by=By.STAFF, at=starts - timedelta(hours=1))
            case 2:
                one.no_show(at=starts + timedelta(minutes=30))
            case 3:
                one.no_show(at=starts + timedelta(minutes=30))
                one.revert_no_show(at=starts + timedelta(minutes=40))
                one.fulfil(at=starts + timedelta(hours=2))
            case 4:
                one.mark_entered_in_error(None, at=starts)
            case 5:
                one.arrive(at=starts)
                one.fulfil(at=starts + timedelta(hours=2))
            case _:
                pass

    def _class(self) -> None:
        """One class that takes place, with two seats; one that is called off."""
        for number in range(2):
            session = GroupSession.new(uuid5(STREAM, f"session {number}"))
            session.schedule(self._agreed(), 12, at=FOUNDED)
            if number:
                session.cancel(at=FOUNDED)
            self.sessions.append(session)
            self._keep(session)
        for number in range(2):
            seat = Appointment.new(uuid5(STREAM, f"seat {number}"))
            visit = self.sessions[0].agreed.model_copy(update={"session_id": self.sessions[0].id})
            client = Client(client_id=uuid5(STREAM, f"client {number}"))
            seat.request(visit, client, blocks=False, at=FOUNDED)
            seat.book(by=By.AUTOMATIC, at=FOUNDED)
            self.visits.append(seat)
            self._keep(seat)

    def _agreed(self, price: Money | None = None) -> Visit:
        random = self.random
        starts = self.at(self.first + timedelta(days=random.randint(0, DAYS - 2)), random.randint(0, 1439))
        people = random.sample(PEOPLE, random.choice((1, 1, 2, 3)))
        shares = {"lead": random.choice((None, 50, 100)), "helper": random.choice((None, 30))}
        team = [
            Assignment(
                kind=PRACTITIONER,
                bookable_id=who,
                ability="helper" if place else "lead",
                reason=Why.ONLY_ONE,
                share_percent=shares["helper" if place else "lead"],
            )
            for place, who in enumerate(people)
        ]
        team.append(Assignment(kind=RESOURCE, bookable_id=ROOM, ability="room", reason=Why.ONLY_ONE))
        return a_visit(starts).model_copy(
            update={
                "ends_at": starts + timedelta(minutes=random.choice((20, 45, 90, 600))),
                "zone": self.zone,
                "site_id": SITE,
                "service_id": random.choice(SERVICES),
                "price": price or Money(amount_minor=random.randint(0, 9_999), currency="EUR"),
                "cancellation": POLICY,
                "team": tuple(team),
            }
        )

    def at(self, day: date, minute: int) -> datetime:
        wall = datetime.combine(day, time()) + minute * MINUTE
        return wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def _keep(self, one: Aggregate) -> None:
        self.events += one.collect_events()

    # The other fold

    def taking(self) -> Iterator[tuple[UUID, Visit, Appointment | None]]:
        """Every visit and class that takes somebody's time."""
        over = (Status.PROPOSED, Status.PENDING, Status.CANCELLED, Status.ENTERED_IN_ERROR)
        for one in self.visits:
            if one.status not in over and one.agreed.session_id is None:
                yield one.id, one.agreed, one
        yield self.sessions[0].id, self.sessions[0].agreed, None

    def booked(self) -> Counter[tuple[date, UUID]]:
        """Minutes by day and member of the team, counted one by one."""
        minutes: Counter[tuple[date, UUID]] = Counter()
        for _, visit, _ in self.taking():
            at = visit.starts_at
            while at < visit.ends_at:
                day = at.astimezone(ZoneInfo(self.zone)).date()
                minutes.update((day, each.bookable_id) for each in visit.team)
                at += MINUTE
        return minutes

    def open_minutes(self, one: UUID, day: date) -> int:
        """What availability itself says of every half hour of a day."""
        schedule, half = self.schedules[one], timedelta(minutes=30)
        at, until = self.at(day, 0), self.at(day + timedelta(days=1), 0)
        hours = schedule.open_between(at, until, service_id=None)
        away = schedule.away_between(at, until)
        starts = [at + number * half for number in range((until - at) // half)]
        return 30 * sum(
            any(since <= start < until for since, until in hours)
            and not any(since <= start < until for since, until in away)
            for start in starts
        )

    def money(self, one: Appointment) -> tuple[int, int]:
        """Expected and earned."""
        price = one.agreed.price.amount_minor
        match one.status:
            case Status.BOOKED | Status.ARRIVED | Status.CHECKED_IN:
                return price, 0
            case Status.FULFILLED:
                return 0, price
            case Status.NO_SHOW | Status.CANCELLED:
                return 0, one.fee_minor
            case _:
                return 0, 0


@contextmanager
def recorded(book: Book, database_url: str, master_key: bytes, pools: Pools) -> Iterator[Sql]:
    """The book in the tables of a tenant of its own."""
    tenant_id = uuid5(TENANT, f"figures {book.zone}")
    log = in_log(book.events, tenant_id=tenant_id)
    for projector in (VisitLines(), BookablePlaces(), OfferedHours()):
        project_into(database_url, master_key, projector, log)
    with reading(pools.queries, tenant_id) as sql:
        yield sql


@pytest.fixture(scope="module", params=ZONES)
def book(request: pytest.FixtureRequest) -> Book:
    return Book(7, request.param)


@pytest.fixture(scope="module")
def sql(book: Book, database_url: str, master_key: bytes, pools: Pools) -> Iterator[Sql]:
    with recorded(book, database_url, master_key, pools) as opened:
        yield opened


def everything(query: Any, **asked: Any) -> list[Any]:
    """Every page."""
    rows, after = [], None
    while True:
        page = query(after=after, **asked)
        rows += page.rows
        after = page.next_after
        if after is None:
            return rows


def test_the_rows_are_the_same_in_every_batch_and_pass(book: Book) -> None:
    """Replay equality: one by one, in one batch, and again over what is there."""
    for projector in (VisitLines(), BookablePlaces(), OfferedHours()):
        assert is_stable(given_events(*book.events), projector)


def test_utilisation_counts_every_minute_once(book: Book, sql: Sql) -> None:
    end = book.first + timedelta(days=DAYS + 1)
    asked = {"start": book.first, "end": end, "holidays": lambda *_: frozenset()}
    minutes = book.booked()
    lengths = set()
    for of, subjects in (("practitioner", PEOPLE), ("resource", ())):
        days = everything(lambda of=of, **page: utilisation.page(sql, of=of, limit=17, **asked, **page))
        assert {one.subject_id for one in days} == set(subjects), of
        for day in days:
            assert day.booked_minutes == minutes[day.day, day.subject_id], day
            lengths.add(day.offered_minutes)
    assert lengths >= {0, 600, 1440}, "closed, ten hours, and a whole day"
    assert lengths & {1470, 1500, 1410}, "and the one that is longer or shorter"
    site = {
        one.day: one for one in everything(lambda **page: utilisation.page(sql, of="site", **asked, **page))
    }
    assert sum(one.booked_minutes for one in site.values()) == sum(
        count for (_, who), count in minutes.items() if who in PEOPLE
    )


def test_offered_time_is_what_availability_says(book: Book, sql: Sql) -> None:
    asked = {
        "start": book.first,
        "end": book.first + timedelta(days=DAYS),
        "holidays": lambda *_: frozenset(),
    }
    changed = book.first + timedelta(days=7)
    for day in everything(lambda **page: utilisation.page(sql, of="practitioner", **asked, **page)):
        if day.subject_id == PEOPLE[2] and day.day < changed:
            assert day.offered_minutes is not None
            assert day.offered_minutes >= 600 - 60, "hours set later change no day that is over"
            continue
        assert day.offered_minutes == book.open_minutes(day.subject_id, day.day), day


def test_the_heat_map_adds_up_to_the_days(book: Book, sql: Sql) -> None:
    start, end = book.first, book.first + timedelta(days=DAYS)
    cells = utilisation.heat_map(sql, site_id=SITE, start=start, end=end, holidays=lambda *_: frozenset())
    assert cells is not None
    days = everything(
        lambda **page: utilisation.page(
            sql, of="practitioner", start=start, end=end, holidays=lambda *_: frozenset(), **page
        )
    )
    offered = sum((cell.offered for cell in cells.values()), timedelta())
    assert offered == sum(day.offered_minutes for day in days) * MINUTE
    walls: Counter[tuple[str, int]] = Counter()
    for _, visit, _ in book.taking():
        at = visit.starts_at
        while at < visit.ends_at:
            wall = at.astimezone(ZoneInfo(book.zone))
            if start <= wall.date() < end:
                walls[WEEKDAYS[wall.weekday()], wall.hour] += len(visit.practitioner_ids)
            at += MINUTE
    assert {place: cell.booked // MINUTE for place, cell in cells.items() if cell.booked} == dict(walls)
    assert all(cell.free <= cell.offered for cell in cells.values())
    unknown = {"start": start, "end": end, "holidays": lambda *_: frozenset()}
    assert utilisation.heat_map(sql, site_id=STREAM, **unknown) is None


def test_revenue_adds_up_to_the_cent_whichever_way_it_is_split(book: Book, sql: Sql) -> None:
    start, end = book.first - timedelta(days=1), book.first + timedelta(days=DAYS + 2)
    expected, earned = map(sum, zip(*(book.money(one) for one in book.visits), strict=True))
    assert expected > 0 < earned
    for by in ("service", "practitioner", "site", "day", "month"):
        lines = everything(
            lambda by=by, **page: figures.revenue(sql, by=by, start=start, end=end, limit=3, **page)
        )
        assert (sum(one.expected_minor for one in lines), sum(one.earned_minor for one in lines)) == (
            expected,
            earned,
        ), by
    of_service = {
        one.subject_id: one for one in figures.revenue(sql, by="service", start=start, end=end).rows
    }
    for service in SERVICES:
        mine = [book.money(one) for one in book.visits if one.agreed.service_id == service]
        line = of_service.get(service)
        found = (line.expected_minor, line.earned_minor) if line else (0, 0)
        assert found == (sum(one for one, _ in mine), sum(one for _, one in mine))


def test_attendance_counts_no_shows_and_lead_times(book: Book, sql: Sql) -> None:
    start, end = book.first - timedelta(days=1), book.first + timedelta(days=DAYS + 2)
    months = {one.day for one in figures.attendance(sql, by="month", start=start, end=end).rows}
    assert date(2026, 10, 1) in months
    lines = everything(
        lambda **page: figures.attendance(sql, by="day", start=start, end=end, limit=4, **page)
    )
    statuses = Counter(one.status for one in book.visits)
    assert sum(one.no_shows for one in lines) == statuses[Status.NO_SHOW] > 0
    assert sum(one.fulfilled for one in lines) == statuses[Status.FULFILLED] > 0
    assert sum(one.visits for one in lines) == sum(
        statuses[each] for each in (Status.BOOKED, Status.ARRIVED, Status.FULFILLED, Status.NO_SHOW)
    )
    rates = {one.no_show_rate for one in lines if one.no_shows and not one.fulfilled}
    assert rates <= {Decimal(1)}
    asked_at = {event.originator_id: event.occurred_at for event in reversed(book.events)}
    taking = [one for one in book.visits if one.status in ("booked", "arrived", "fulfilled", "noshow")]
    for who in PEOPLE:
        leads = sorted(
            (one.agreed.starts_at - asked_at[one.id]) // MINUTE
            for one in taking
            if who in one.agreed.practitioner_ids
        )
        rows = figures.attendance(sql, by="practitioner", start=start, end=end).rows
        line = next(one for one in rows if one.subject_id == who)
        assert line.visits == len(leads)
        assert line.lead_minutes_median == leads[(len(leads) - 1) // 2]


class TestContribution:
    """R-147: a price is split by contribution, by the largest remainder, exact to the cent."""

    @staticmethod
    def team(*roles: tuple[str, int | None]) -> tuple[Assignment, ...]:
        return tuple(
            Assignment(
                kind=PRACTITIONER,
                bookable_id=uuid5(STREAM, str(place)),
                ability=role,
                reason=Why.ONLY_ONE,
                share_percent=share,
            )
            for place, (role, share) in enumerate(roles)
        )

    def test_follows_the_shares_agreed(self) -> None:
        team = self.team(("surgeon", 60), ("nurse", None), ("nurse", None), ("anaesthetist", 25))
        assert contributions(team) == (60, Fraction(15, 2), Fraction(15, 2), 25)
        assert divided(10_001, contributions(team)) == (6_001, 750, 750, 2_500)

    def test_is_equal_where_nothing_was_agreed_and_nobodys_without_people(self) -> None:
        assert divided(100, contributions(self.team(("a", None), ("b", None), ("c", None)))) == (34, 33, 33)
        room = Assignment(kind=RESOURCE, bookable_id=STREAM, ability="room", reason=Why.ONLY_ONE)
        assert divided(100, contributions((room, room))) == (100, 0)
        assert divided(7, (0, 0)) == (7, 0)

    def test_never_loses_a_cent(self) -> None:
        random = Random(3)
        for _ in range(300):
            weights = [random.randint(0, 9) for _ in range(random.randint(1, 6))]
            amount = random.randint(0, 5_000)
            parts = divided(amount, weights)
            assert sum(parts) == amount
            if any(weights):
                exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
                assert all(abs(part - each) < 1 for part, each in zip(parts, exact, strict=True))


def test_a_visit_over_midnight_has_minutes_on_both_days_and_its_money_on_the_first() -> None:
    book = Book(1, "Europe/Paris")
    one = Appointment.new(STREAM)
    starts = book.at(date(2026, 10, 24), 23 * 60)
    visit = a_visit(starts).model_copy(update={"ends_at": starts + timedelta(hours=4)})
    one.request(visit, Client(client_id=STREAM), blocks=False, at=FOUNDED)
    one.book(by=By.AUTOMATIC, at=FOUNDED)
    lines: list[VisitLineRow] = list(is_stable(given_events(*one.collect_events()), VisitLines()).values())
    told = [(row.day.day, row.booked_minutes, row.expected_minor, row.is_first_day) for row in lines]
    assert told == [(24, 60, 8_000, True), (25, 180, 0, False)]
