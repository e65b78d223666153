"""What happened at a practice in ninety days, and what is ahead? A deterministic list of orders, each at its time.

Beside everyday visits there is one of each kind: a team operation with its theatre and a deposit, a class of twelve, a
weekly series across the October change of the clock, a waiting list with an offer, a visit at home, a form with a
question that depends on another, a visit for a relative, an absence with visits in it, and an emergency.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from adapters.demo.companies import FIRST_NAMES, LAST_NAMES, demo_order_id
from adapters.demo.orders import DatedOrder
from adapters.demo.practices import CLINIC, MINUTE, ZONE, OpenPractice, catalogue_of
from adapters.holidays import ShippedHolidays
from application.booking.absences import ApproveAbsence, RequestAbsence
from application.booking.appointments import BookAppointment, ClientDetails, OverrideBooking
from application.booking.changes import CancelAppointment, RecordDeposit, RecordStep, Step
from application.booking.series import BookSeries
from application.booking.sessions import ScheduleSession
from application.booking.waitlist import JoinWaitlist, OfferFreedSlot
from application.kernel.command import Command
from domain.booking.absence import AbsenceKind
from domain.booking.appointment_events import By, Relationship
from domain.booking.offer import Mode
from domain.booking.waitlist import Wanting
from domain.booking.wall_time import instant_of
from domain.kernel.money import Money
from domain.kernel.period import Period

DAYS, AHEAD_DAYS = 90, 21
CLIENTS = 40
SERIES_WEEKS = 8
DAY = timedelta(days=1)
EVERYDAY = {"mistral": (("consultation", 3), ("physiotherapy", 2)), "camelia": (("cut", 4), ("colour", 1))}


def agenda_of(opened: OpenPractice, visits: int, today: date, seed: int = 2025) -> list[DatedOrder]:
    """The orders of a practice, oldest first; the ones of this very morning last."""
    history = _History(opened, today, Random(f"{seed}:{opened.practice.slug}"))
    founded = datetime.combine(today - (DAYS + 9) * DAY, time(8), UTC)
    orders = [*catalogue_of(opened, founded), *history.everyday(visits)]
    orders += history.clinic() if opened.practice is CLINIC else history.salon()
    return sorted(orders, key=lambda order: (order.at, order.name))


class _History:
    def __init__(self, opened: OpenPractice, today: date, random: Random) -> None:
        self.opened, self.today, self.random = opened, today, random
        self.morning = datetime.combine(today, time(6), UTC)
        self.founded = self.morning - (DAYS + 9) * DAY
        self.closed = ShippedHolidays().between("FR", None, today - 100 * DAY, today + 100 * DAY)
        self.taken: set[tuple[date, int]] = set()

    # Everyday

    def everyday(self, visits: int) -> Iterator[DatedOrder]:
        """Visits spread over the ninety days and the three weeks ahead."""
        services = [code for code, often in EVERYDAY[self.opened.practice.slug] for _ in range(often)]
        span = DAYS + AHEAD_DAYS
        for number in range(visits):
            day = self._workday(self.today + (number * span // visits - DAYS + 1) * DAY)
            # Every visit of a day has an hour of its own: nobody is asked for twice at once.
            hour = next((each for each in self._hours() if (day, each) not in self.taken), None)
            if hour is None:
                continue
            self.taken.add((day, hour))
            code = self.random.choice(services)
            yield from self._visit(f"visit {number}", code, day, hour, number)

    def _visit(self, name: str, code: str, day: date, hour: int, number: int) -> Iterator[DatedOrder]:
        starts_at = self.at(day, hour * 60)
        asked_at = min(
            starts_at - timedelta(days=self.random.randint(1, 12), hours=self.random.randint(1, 9)),
            self.morning - timedelta(minutes=1 + number),
        )
        asked_at = max(asked_at, self.founded + timedelta(hours=6, minutes=number))
        facts: dict[str, Any] = {}
        if code == "consultation":
            facts["answers"] = {"reason": "Suivi", "allergies": "non"}
        yield self.order(asked_at, name, self.wanted(code, starts_at, number, **facts))
        if code == "colour":
            yield self._paid(name, asked_at, 2_225)
        yield from self._fate(name, asked_at, starts_at)

    def _fate(self, name: str, asked_at: datetime, starts_at: datetime) -> Iterator[DatedOrder]:
        """Most came; some did not, some called off in time, some too late."""
        fate = self.random.random()
        if fate > 0.92:
            notice = timedelta(hours=3 if fate > 0.96 else 40)
            at = max(starts_at - notice, asked_at + 30 * MINUTE)
            if at < min(self.morning, starts_at):
                yield self.order(at, f"{name} cancel", self.cancelled(name, by=By.CLIENT), needs=name)
            return
        over = starts_at + timedelta(hours=2)
        if over < self.morning:
            step = Step.NO_SHOW if fate < 0.06 else Step.FULFIL
            yield self.step(name, step, over)

    # One of each kind

    def clinic(self) -> Iterator[DatedOrder]:
        """Operations with a team, a series over the October change, a relative, a form, an absence, an emergency."""
        for number, days in enumerate((-60, -24, 6)):
            day = self._workday(self.today + days * DAY)
            name, starts_at = f"operation {number}", self.at(day, 14 * 60)
            asked_at = min(starts_at - 20 * DAY, self.morning - timedelta(hours=30))
            yield self.order(asked_at, name, self.wanted("operation", starts_at, 30 + number))
            yield self._paid(name, asked_at, 29_000)
            if days < 0:
                yield self.step(name, Step.FULFIL, starts_at + timedelta(hours=3))
        yield from self._series()
        yield from self._late()
        soon = self._workday(self.today + 2 * DAY)
        yesterday = self.morning - timedelta(hours=20)
        relative = self.person(
            5, name="Lise Guérin (9 ans)", relationship=Relationship.RELATIVE, booker_id=self.opened.client(4)
        )
        allergic = {"reason": "Asthme", "allergies": "oui", "which": "Pénicilline"}
        asked = self.wanted("consultation", self.at(soon, 11 * 60), 5, answers=allergic)
        yield self.order(yesterday, "relative", asked.model_copy(update={"client": relative}))
        home = self.wanted("home", self.at(soon, 16 * 60), 6, mode=Mode.CLIENT_HOME)
        at_home = self.person(6, address="8 impasse des Démos, 13002 Marseille")
        yield self.order(yesterday, "home visit", home.model_copy(update={"client": at_home}))
        yield from self._absence()
        yield from self._emergency(soon)

    def _series(self) -> Iterator[DatedOrder]:
        first = (
            last_sunday_of_october(self.today) - 26 * DAY
        )  # a Tuesday, four weeks before the clock changes
        starts_at = self.at(first, 17 * 60 + 30)
        asked_at = min(starts_at - 3 * DAY, self.morning - timedelta(hours=28))
        facts = self.wanted("physiotherapy", starts_at, 33).model_dump()
        weekly = BookSeries(**facts, recurrence=f"FREQ=WEEKLY;COUNT={SERIES_WEEKS}")
        yield self.order(asked_at, "series", weekly)
        for number in range(SERIES_WEEKS):
            over = self.at(first + 7 * number * DAY, 19 * 60)
            if asked_at < over < self.morning:
                visit = uuid5(self.opened.tenant_id, f"appointment:{self._command('series')}:{number}")
                yield self.order(
                    over,
                    f"series {number} fulfil",
                    RecordStep(appointment_id=visit, step=Step.FULFIL),
                    needs="series",
                )

    def _late(self) -> Iterator[DatedOrder]:
        """Two hours before the visit the client calls off: half the price is due, as agreed at booking."""
        starts_at = self.at(self._workday(self.today - 10 * DAY), 16 * 60 + 30)
        answers = {"reason": "Vaccin", "allergies": "non"}
        yield self.order(
            starts_at - 6 * DAY, "late", self.wanted("consultation", starts_at, 12, answers=answers)
        )
        cancelled = self.cancelled("late", by=By.CLIENT)
        yield self.order(starts_at - timedelta(hours=2), "late cancel", cancelled, needs="late")

    def _absence(self) -> Iterator[DatedOrder]:
        """Dr Okafor is away for two days; a visit that was booked with him stands in it."""
        opened, day = self.opened, self._workday(self.today + 9 * DAY)
        okafor = opened.person("okafor")
        visit = self.wanted(
            "consultation",
            self.at(day, 11 * 60 + 30),
            8,
            answers={"reason": "Contrôle", "allergies": "non"},
            bookable_ids=(okafor,),
        )
        yield self.order(self.morning - timedelta(hours=50), "with okafor", visit)
        away = Period(start=self.at(day, 0), end=self.at(day + 2 * DAY, 0))
        at = self.morning - timedelta(hours=10)
        request = RequestAbsence(subject_id=okafor, kind=AbsenceKind.TRAINING, period=away)
        yield self.order(at, "absence", request)
        approve = ApproveAbsence(absence_id=opened.made("absence", "absence"))
        yield self.order(
            at + 60 * MINUTE, "absence approved", approve, actor=opened.owner_id, needs="absence"
        )

    def _emergency(self, day: date) -> Iterator[DatedOrder]:
        opened, starts_at = self.opened, self.at(day, 15 * 60)
        marchand, room = opened.person("marchand"), opened.room("room-1")
        answers = {"reason": "Contrôle", "allergies": "non"}
        before = self.wanted("consultation", starts_at, 9, answers=answers, bookable_ids=(marchand, room))
        yield self.order(self.morning - timedelta(hours=40), "before emergency", before)
        facts = self.wanted("consultation", starts_at, 10, answers=answers, bookable_ids=(marchand, room))
        urgent = OverrideBooking(**facts.model_dump(), reason="Douleur aiguë à l'épaule")
        yield self.order(
            self.morning - 30 * MINUTE, "emergency", urgent, actor=opened.owner_id, needs="before emergency"
        )

    def salon(self) -> Iterator[DatedOrder]:
        """A class that took place, one that is full, and a waiting list with an offer."""
        yield from self._class("class past", self._workday(self.today - 20 * DAY), seats=6)
        yield from self._class("class", self._workday(self.today + 5 * DAY), seats=12)
        opened, day = self.opened, self._workday(self.today + 4 * DAY)
        starts_at, asked_at = self.at(day, 19 * 60 - 120), self.morning - timedelta(hours=60)
        yield self.order(asked_at, "sought after", self.wanted("colour", starts_at, 20))
        yield self._paid("sought after", asked_at, 2_225)
        window = Period(start=self.at(day - 3 * DAY, 0), end=self.at(day + 3 * DAY, 0))
        other = Period(start=self.at(day + 7 * DAY, 0), end=self.at(day + 10 * DAY, 0))
        for number, wanted in enumerate((other, window, window)):
            wanting = Wanting(service_id=opened.service("colour"), site_id=opened.site_id, window=wanted)
            join = JoinWaitlist(wanting=wanting, client=self.person(21 + number))
            yield self.order(asked_at + (number + 1) * 90 * MINUTE, f"waiting {number}", join)
        cancelled = self.cancelled("sought after", by=By.STAFF)
        yield self.order(self.morning - 5 * MINUTE, "sought after cancel", cancelled, needs="sought after")
        freed = OfferFreedSlot(
            service_id=opened.service("colour"), site_id=opened.site_id, starts_at=starts_at
        )
        yield self.order(self.morning, "offer", freed, needs="sought after cancel")

    def _class(self, name: str, day: date, *, seats: int) -> Iterator[DatedOrder]:
        opened, starts_at = self.opened, self.at(day, 16 * 60 + 30)
        asked_at = min(starts_at - 12 * DAY, self.morning - timedelta(hours=70))
        session = ScheduleSession(
            service_id=opened.service("class"), site_id=opened.site_id, starts_at=starts_at
        )
        yield self.order(asked_at, name, session)
        session_id = opened.made("session", name)
        for number in range(seats):
            seat = f"{name} seat {number}"
            wanted = self.wanted("class", starts_at, number, session_id=session_id)
            yield self.order(asked_at + (number + 1) * 40 * MINUTE, seat, wanted, needs=name)
            if starts_at < self.morning:
                step = Step.NO_SHOW if number == 0 else Step.FULFIL
                yield self.step(seat, step, starts_at + timedelta(hours=2))

    # Words

    def wanted(self, code: str, starts_at: datetime, number: int, **facts: Any) -> BookAppointment:
        """A visit somebody asks for."""
        opened = self.opened
        return BookAppointment(
            service_id=opened.service(code),
            site_id=opened.site_id,
            starts_at=starts_at,
            client=self.person(number),
            **facts,
        )

    def person(self, number: int, **facts: Any) -> ClientDetails:
        """One of the clients."""
        number %= CLIENTS
        first, last = FIRST_NAMES[number * 5 % len(FIRST_NAMES)], LAST_NAMES[number * 3 % len(LAST_NAMES)]
        email = f"client{number}@{self.opened.practice.slug}.example.com"
        known = {"client_id": self.opened.client(number), "name": f"{first} {last}", "email": email}
        return ClientDetails.model_validate({**known, **facts})

    def order(
        self,
        at: datetime,
        name: str,
        command: Command,
        *,
        actor: UUID | None = None,
        needs: str | None = None,
    ) -> DatedOrder:
        """An order of the manager's, unless somebody else gave it."""
        return DatedOrder(at, name, command, actor or self.opened.manager_id, needs)

    def step(self, name: str, step: Step, at: datetime) -> DatedOrder:
        """What happened on the day."""
        command = RecordStep(appointment_id=self.opened.made("appointment", name), step=step)
        return self.order(at, f"{name} {step.value}", command, needs=name)

    def cancelled(self, name: str, *, by: By) -> CancelAppointment:
        """The end of a visit that will not take place."""
        return CancelAppointment(
            appointment_id=self.opened.made("appointment", name), by=by, reason="Empêchement"
        )

    def _paid(self, name: str, asked_at: datetime, cents: int) -> DatedOrder:
        deposit = RecordDeposit(
            appointment_id=self.opened.made("appointment", name),
            payment_id=f"demo-{name.replace(' ', '-')}",
            amount=Money(amount_minor=cents, currency="EUR"),
        )
        return self.order(asked_at + 10 * MINUTE, f"{name} deposit", deposit, needs=name)

    def at(self, day: date, minute: int) -> datetime:
        """The instant of a wall time at the site."""
        return instant_of(day, minute, ZONE)

    def _command(self, name: str) -> UUID:
        return demo_order_id(self.opened.tenant_id, name)

    def _workday(self, day: date) -> date:
        """That day, or the next one on which people work."""
        while day.weekday() == 6 or day in self.closed:
            day += DAY
        return day

    def _hours(self) -> list[int]:
        """Starts in the morning and after noon, in an order of the day's own; the showpieces have the others."""
        return self.random.sample((9, 10, 12, 13), 4)


def last_sunday_of_october(today: date) -> date:
    """The change of the clock that a series shows: this autumn's while it is near, else the next one."""
    for year in (today.year, today.year + 1):
        end = date(year, 10, 31)
        change = end - ((end.weekday() + 1) % 7) * DAY
        if change >= today - 60 * DAY:
            return change
    raise LookupError(today)
