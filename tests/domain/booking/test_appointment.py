"""Who may do what with a visit, and when? Every state, actor and deadline in the open."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.booking.appointment import Appointment
from domain.booking.appointment_events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentFulfilled,
    AppointmentRequested,
    AppointmentRescheduled,
    AppointmentStarted,
    By,
    DepositPaid,
    MarkedEnteredInError,
    NoShowRecorded,
    ParticipantArrived,
    ParticipantCheckedIn,
    RefundDue,
    RefundReason,
    SlotHeld,
    Status,
)
from domain.booking.appointment_refusals import (
    AppointmentHasStarted,
    AppointmentIsOver,
    AppointmentNotBooked,
    DepositMissing,
    HoldHasExpired,
    TooEarlyForNoShow,
    TooLateToChange,
)
from domain.booking.offer import CancellationBand, CancellationPolicy, Mode
from domain.booking.visit import BUSY, PRACTITIONER, Assignment, Take, Visit, Why
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from tests.kit.builders import STREAM, TENANT
from tests.kit.scenario import given

STARTS = datetime(2030, 5, 6, 8, tzinfo=UTC)
CLIENT = uuid5(TENANT, "client")
DOCTOR = uuid5(TENANT, "doctor")
EARLY, LATE, VERY_LATE = (STARTS - timedelta(hours=hours) for hours in (48, 20, 2))
PRICE = Money(amount_minor=8_000, currency="EUR")
NONE = Money(amount_minor=0, currency="EUR")
POLICY = CancellationPolicy(
    bands=(
        CancellationBand(hours_before=24, fee_percent=50),
        CancellationBand(hours_before=4, fee_percent=100),
    ),
    no_show_percent=80,
    no_show_grace_minutes=10,
    client_changes_until_hours=12,
)


def a_visit(starts: datetime = STARTS, *, deposit: Money = NONE, doctor: UUID = DOCTOR) -> Visit:
    ends = starts + timedelta(minutes=30)
    return Visit(
        service_id=TENANT,
        service_version=1,
        business_id=TENANT,
        site_id=TENANT,
        mode=Mode.ON_SITE,
        starts_at=starts,
        ends_at=ends,
        zone="Europe/Paris",
        price=PRICE,
        deposit=deposit,
        cancellation=POLICY,
        team=(Assignment(kind=PRACTITIONER, bookable_id=doctor, ability="doctor", reason=Why.ONLY_ONE),),
        takes=(Take(kind=BUSY[PRACTITIONER], key=str(doctor), starts_at=starts, ends_at=ends),),
    )


def happened(kind: type[DomainEvent], **facts: Any) -> DomainEvent:
    return kind(originator_id=STREAM, originator_version=1, occurred_at=EARLY, **facts)


REQUESTED = happened(AppointmentRequested, visit=a_visit(), blocks=True, client_id=CLIENT)
HELD = happened(SlotHeld, visit=a_visit(), hold_until=EARLY + timedelta(minutes=5), client_id=CLIENT)
BOOKED = happened(AppointmentBooked, by=By.AUTOMATIC)
HISTORIES: dict[str, tuple[DomainEvent, ...]] = {
    "proposed": (HELD,),
    "pending": (REQUESTED,),
    "booked": (REQUESTED, BOOKED),
    "arrived": (REQUESTED, BOOKED, happened(ParticipantArrived)),
    "fulfilled": (REQUESTED, BOOKED, happened(AppointmentFulfilled)),
    "noshow": (REQUESTED, BOOKED, happened(NoShowRecorded, fee=NONE)),
    "cancelled": (
        REQUESTED,
        BOOKED,
        happened(AppointmentCancelled, client_id=CLIENT, by=By.CLIENT, fee=NONE),
    ),
    "entered-in-error": (REQUESTED, happened(MarkedEnteredInError, client_id=CLIENT)),
}
LATER = STARTS + timedelta(days=1)
OVER = (AppointmentIsOver,) * 4
# What becomes of moving a visit: client early, client after the deadline, staff after it, anybody once it began.
MOVES: dict[str, tuple[type[Exception] | None, ...]] = {
    "proposed": (None, HoldHasExpired, HoldHasExpired, HoldHasExpired),
    "pending": (None, TooLateToChange, None, AppointmentHasStarted),
    "booked": (None, TooLateToChange, None, AppointmentHasStarted),
    "arrived": (AppointmentHasStarted,) * 4,
    "fulfilled": OVER,
    "noshow": OVER,
    "cancelled": OVER,
    "entered-in-error": OVER,
}
MOMENTS = ((By.CLIENT, EARLY), (By.CLIENT, VERY_LATE), (By.STAFF, VERY_LATE), (By.STAFF, STARTS))


class TestR24PolicyTable:
    """R-24: past, cancelled and begun visits stay where they are; clients have a deadline, staff has the start."""

    @pytest.mark.parametrize(("state", "number"), [(state, number) for state in MOVES for number in range(4)])
    def test_moving(self, state: str, number: int) -> None:
        by, at = MOMENTS[number]
        told = given(Appointment, *HISTORIES[state]).when(
            lambda one: one.reschedule(a_visit(LATER), by=by, at=at)
        )
        expected = MOVES[state][number]
        if expected is None:
            told.then(AppointmentRescheduled, sequence=1)
        else:
            told.refused(expected)  # type: ignore[arg-type]

    @pytest.mark.parametrize("state", HISTORIES)
    def test_cancelling_twice_is_calm_and_what_is_over_stays(self, state: str) -> None:
        told = given(Appointment, *HISTORIES[state]).when(lambda one: one.cancel(None, by=By.STAFF, at=EARLY))
        match state:
            case "proposed" | "pending" | "booked":
                told.then(AppointmentCancelled, fee=NONE)
            case "cancelled":
                told.then_nothing()
            case "arrived":
                told.refused(AppointmentHasStarted)
            case _:
                told.refused(AppointmentIsOver)

    @pytest.mark.parametrize(
        ("by", "at", "fee"),
        [
            (By.CLIENT, EARLY, 0),
            (By.CLIENT, LATE, 4_000),
            (By.CLIENT, VERY_LATE, 8_000),
            (By.STAFF, VERY_LATE, 0),
        ],
    )
    def test_late_cancellations_cost_by_the_band(self, by: By, at: datetime, fee: int) -> None:
        given(Appointment, *HISTORIES["booked"]).when(lambda one: one.cancel(None, by=by, at=at)).then(
            AppointmentCancelled, fee=Money(amount_minor=fee, currency="EUR")
        )


# Document 001 names its states in French; each is a status of FHIR and, where it adds something, an attribute.
STARTED = (REQUESTED, BOOKED, happened(ParticipantArrived), happened(AppointmentStarted))
STATES_OF_THE_DOCUMENT: dict[str, tuple[tuple[DomainEvent, ...], Status]] = {
    "Demandé": (HISTORIES["pending"], Status.PENDING),
    "Demandé, créneau gardé": (HISTORIES["proposed"], Status.PROPOSED),
    "Optimisé IA": (
        HISTORIES["pending"],
        Status.PENDING,
    ),  # the team and the reason for each are in the visit
    "Confirmé": (HISTORIES["booked"], Status.BOOKED),
    "Anticipé": (HISTORIES["booked"], Status.BOOKED),  # forecasts are attributes, never a gate
    "En cours, arrivé": (HISTORIES["arrived"], Status.ARRIVED),
    "En cours, enregistré": ((REQUESTED, BOOKED, happened(ParticipantCheckedIn)), Status.CHECKED_IN),
    "En cours": (STARTED, Status.ARRIVED),
    "Terminé": (HISTORIES["fulfilled"], Status.FULFILLED),
    "Évalué": (HISTORIES["fulfilled"], Status.FULFILLED),  # the review is a stream of its own
    "Analysé": (HISTORIES["fulfilled"], Status.FULFILLED),  # read models only
    "(annulé)": (HISTORIES["cancelled"], Status.CANCELLED),
    "(absent)": (HISTORIES["noshow"], Status.NO_SHOW),
    "(saisi par erreur)": (HISTORIES["entered-in-error"], Status.ENTERED_IN_ERROR),
}


@pytest.mark.parametrize("state", STATES_OF_THE_DOCUMENT)
def test_every_state_of_the_document_is_a_status(state: str) -> None:
    """001-151, as booking-crm.md E.4 maps it."""
    history, status = STATES_OF_THE_DOCUMENT[state]
    one = Appointment.fold(None, history)
    assert one is not None
    assert one.status == status
    assert one.is_started is (state == "En cours")
    assert [member.reason for member in one.agreed.team] == [Why.ONLY_ONE]


class TestTheDay:
    def test_r43_a_no_show_costs_after_the_grace_and_can_be_taken_back(self) -> None:
        """R-43: only after the start, a fee only after the grace and only once, reversible."""
        given(Appointment, *HISTORIES["booked"]).when(lambda one: one.no_show(at=STARTS)).then(
            NoShowRecorded, fee=NONE
        )
        after = STARTS + timedelta(minutes=10)
        told = given(Appointment, *HISTORIES["booked"])
        told.when(lambda one: one.no_show(at=after)).then(
            NoShowRecorded, fee=Money(amount_minor=6_400, currency="EUR")
        )
        told.when(lambda one: one.no_show(at=after)).then_nothing()
        told.aggregate.revert_no_show(at=after)
        assert (told.aggregate.status, told.aggregate.fee_minor) == (Status.BOOKED, 0)

    def test_nobody_is_absent_before_the_start(self) -> None:
        given(Appointment, *HISTORIES["booked"]).when(lambda one: one.no_show(at=EARLY)).refused(
            TooEarlyForNoShow
        )

    @pytest.mark.parametrize("step", ["arrive", "check_in", "start", "fulfil"])
    def test_nothing_takes_place_that_was_not_agreed(self, step: str) -> None:
        act: Callable[[Appointment], None] = lambda one: getattr(one, step)(at=EARLY)  # noqa: E731
        given(Appointment, *HISTORIES["pending"]).when(act).refused(AppointmentNotBooked)


class TestHolds:
    """R-42: a visit that waits for its deposit can be paid, called off, or runs out; judged when somebody looks."""

    HELD = happened(
        SlotHeld,
        visit=a_visit(deposit=Money(amount_minor=1_000, currency="EUR")),
        hold_until=EARLY + timedelta(minutes=5),
        client_id=CLIENT,
    )
    DEPOSIT = Money(amount_minor=1_000, currency="EUR")

    def test_is_cancelled_from_its_second_on(self) -> None:
        one = given(Appointment, self.HELD).aggregate
        until = EARLY + timedelta(minutes=5)
        assert one.status_at(until - timedelta(microseconds=1)) == Status.PROPOSED
        assert one.status_at(until) == Status.CANCELLED

    def test_is_not_agreed_without_its_deposit(self) -> None:
        given(Appointment, self.HELD).when(lambda one: one.book(by=By.STAFF, at=EARLY)).refused(
            DepositMissing
        )

    def test_is_agreed_when_paid_and_a_repeat_is_calm(self) -> None:
        told = given(Appointment, self.HELD).when(lambda one: one.pay("p1", self.DEPOSIT, at=EARLY))
        told.then(AppointmentBooked, by=By.AUTOMATIC)
        told.when(lambda one: one.pay("p1", self.DEPOSIT, at=EARLY)).then_nothing()

    def test_can_be_called_off(self) -> None:
        given(Appointment, self.HELD).when(lambda one: one.cancel(None, by=By.CLIENT, at=EARLY)).then(
            AppointmentCancelled
        )

    def test_what_was_paid_goes_back_less_the_fee(self) -> None:
        paid = happened(DepositPaid, payment_id="p1", amount=self.DEPOSIT, is_late=False)
        booked = (self.HELD, paid, BOOKED)
        given(Appointment, *booked).when(lambda one: one.cancel(None, by=By.CLIENT, at=EARLY)).then(
            RefundDue, amount=self.DEPOSIT, reason=RefundReason.CANCELLED
        )
        given(Appointment, *booked).when(lambda one: one.cancel(None, by=By.CLIENT, at=LATE)).then(
            AppointmentCancelled, fee=Money(amount_minor=4_000, currency="EUR")
        )


class TestClaims:
    """R-21 and R-22: what is taken and given back follows from the facts alone."""

    def test_a_move_gives_back_and_takes_in_one_step(self) -> None:
        one = given(Appointment, *HISTORIES["booked"]).aggregate
        one.reschedule(a_visit(STARTS + timedelta(minutes=15)), by=By.STAFF, at=EARLY)
        claims = one.collect_claims()
        assert [release.key for release in claims.released] == [str(DOCTOR)]
        assert [claim.starts_at for claim in claims.taken] == [STARTS + timedelta(minutes=15)]

    def test_a_hold_expires_with_its_claim(self) -> None:
        blank = Appointment.new(STREAM)
        assert isinstance(HELD, SlotHeld)
        assert [claim.expires_at for claim in blank.claims(HELD).taken] == [HELD.hold_until]

    def test_what_waits_without_blocking_takes_nothing(self) -> None:
        asked = happened(AppointmentRequested, visit=a_visit(), blocks=False, client_id=CLIENT)
        assert Appointment.new(STREAM).claims(asked).taken == ()
        told = given(Appointment, asked)
        assert len(told.aggregate.claims(BOOKED).taken) == 1
