"""How does a visit come about, change and end? One stream from the first hold to the last payment."""

from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.booking.appointment_events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentEvent,
    AppointmentFulfilled,
    AppointmentRequested,
    AppointmentRescheduled,
    AppointmentStarted,
    By,
    DepositPaid,
    MarkedEnteredInError,
    NoShowRecorded,
    NoShowReverted,
    ParticipantArrived,
    ParticipantCheckedIn,
    PersonalAnswers,
    PersonalLine,
    PersonalText,
    PractitionerSubstituted,
    RefundDue,
    RefundReason,
    Relationship,
    RequestRejected,
    SlotHeld,
    Status,
)
from domain.booking.appointment_refusals import (
    AppointmentHasStarted,
    AppointmentIsOver,
    AppointmentNotBooked,
    DepositDiffers,
    DepositMissing,
    HoldHasExpired,
    TooEarlyForNoShow,
    TooLateToChange,
)
from domain.booking.client import Client
from domain.booking.visit import FULFILLED, Override, Visit
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.kernel.instants import Instant
from domain.kernel.money import Money
from domain.kernel.text import Code

WAITING = (Status.PROPOSED, Status.PENDING)
NEVER = (Status.CANCELLED, Status.ENTERED_IN_ERROR)
OPEN = (*WAITING, Status.BOOKED)
AGREED = (Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN)


class Appointment(Aggregate):
    """One client's visit."""

    CATEGORY: ClassVar[str] = "appointment"

    visit: Visit | None = None
    status: Status = Status.PROPOSED
    hold_until: Instant | None = None
    blocks: bool = True
    sequence: int = 0
    is_started: bool = False
    override: Override | None = None
    override_reason: PersonalLine = None
    client_id: UUID
    booker_id: UUID | None = None
    relationship: Relationship = Relationship.ONESELF
    client_name: PersonalLine = None
    client_email: PersonalLine = None
    client_phone: PersonalLine = None
    address: PersonalLine = None
    note: PersonalText = None
    guests: PersonalText = None
    answers: PersonalAnswers = None
    payment_ids: tuple[Code, ...] = ()
    paid_minor: int = 0
    refund_due_minor: int = 0
    fee_minor: int = 0

    # Coming about

    def hold(self, visit: Visit, client: Client, *, until: datetime, at: datetime) -> None:
        """Keeps the time for a while."""
        if not self.version:
            self.record(SlotHeld, at=at, visit=visit, hold_until=until, **client.facts())

    def request(
        self,
        visit: Visit,
        client: Client,
        *,
        blocks: bool,
        override: Override | None = None,
        override_reason: str | None = None,
        at: datetime,
    ) -> None:
        """Asks for the visit."""
        if not self.version:
            self.record(
                AppointmentRequested,
                at=at,
                visit=visit,
                blocks=blocks,
                override=override,
                override_reason=override_reason,
                **client.facts(),
            )

    def book(self, *, by: By, at: datetime, seats: int | None = None) -> None:
        """Agrees to the visit. A hold must not have run out, and its deposit must be there."""
        if self.status in AGREED:
            return
        self._require_waiting(at)
        if self.paid_minor < self.agreed.deposit.amount_minor:
            raise DepositMissing
        self.record(AppointmentBooked, at=at, by=by, seats=seats)

    def reject(self, reason: str | None, *, at: datetime) -> None:
        """Says no to a request."""
        if self.status not in WAITING:
            raise AppointmentIsOver
        self.record(RequestRejected, at=at, client_id=self.client_id, reason=reason)
        self._refund(RefundReason.REJECTED, fee_minor=0, at=at)

    # Changing

    def reschedule(self, visit: Visit, *, by: By, at: datetime) -> None:
        """Moves the visit to another time, in one step: the old time is kept unless the new one is won."""
        self.require_changeable(by=by, at=at)
        if visit.is_as(self.agreed):
            return
        self.record(
            AppointmentRescheduled,
            at=at,
            visit=visit,
            previous=self.agreed,
            by=by,
            sequence=self.sequence + 1,
        )

    def substitute(self, visit: Visit, reason: str | None, *, at: datetime) -> None:
        """Lets somebody else carry it out."""
        self.require_changeable(by=By.STAFF, at=at)
        if visit.team != self.agreed.team:
            self.record(
                PractitionerSubstituted,
                at=at,
                client_id=self.client_id,
                visit=visit,
                previous=self.agreed,
                reason=reason,
                sequence=self.sequence + 1,
            )

    def cancel(self, reason: str | None, *, by: By, at: datetime) -> None:
        """Calls the visit off. Clients pay by the bands agreed at booking; the business cancels for nothing."""
        if self.status == Status.CANCELLED:
            return
        self._require_under_way(at)
        if self.is_started or self.status in (Status.ARRIVED, Status.CHECKED_IN):
            raise AppointmentHasStarted
        price = self.agreed.price
        fee = Money(amount_minor=0, currency=price.currency)
        if by == By.CLIENT and self.status == Status.BOOKED:
            if at >= self.agreed.starts_at:
                raise TooLateToChange
            fee = self.agreed.cancellation.fee(price, starts_at=self.agreed.starts_at, at=at)
        self.record(AppointmentCancelled, at=at, client_id=self.client_id, by=by, fee=fee, reason=reason)
        self._refund(RefundReason.CANCELLED, fee_minor=fee.amount_minor, at=at)

    # The day itself

    def arrive(self, *, at: datetime) -> None:
        """The client is there."""
        if self.status not in (Status.ARRIVED, Status.CHECKED_IN):
            self._require_agreed(at)
            self.record(ParticipantArrived, at=at)

    def check_in(self, *, at: datetime) -> None:
        """The client is registered and waits."""
        if self.status != Status.CHECKED_IN:
            self._require_agreed(at)
            self.record(ParticipantCheckedIn, at=at)

    def start(self, *, at: datetime) -> None:
        """The visit begins."""
        if not self.is_started:
            self._require_agreed(at)
            self.record(AppointmentStarted, at=at)

    def fulfil(self, *, at: datetime) -> None:
        """The visit took place."""
        if self.status != Status.FULFILLED:
            self._require_agreed(at)
            self.record(AppointmentFulfilled, at=at)

    def no_show(self, *, at: datetime) -> None:
        """The client did not come."""
        if self.status == Status.NO_SHOW:
            return
        self._require_agreed(at)
        if self.is_started:
            raise AppointmentHasStarted
        if at < self.agreed.starts_at:
            raise TooEarlyForNoShow
        fee = self.agreed.cancellation.no_show_fee(self.agreed.price, starts_at=self.agreed.starts_at, at=at)
        self.record(NoShowRecorded, at=at, fee=fee)

    def revert_no_show(self, *, at: datetime) -> None:
        """The client was there after all."""
        if self.status == Status.NO_SHOW:
            self.record(NoShowReverted, at=at)
        elif self.status != Status.BOOKED:
            raise AppointmentIsOver

    def mark_entered_in_error(self, reason: str | None, *, at: datetime) -> None:
        """Takes it out of the book, as if it had never been meant: it costs nothing either."""
        if self.status != Status.ENTERED_IN_ERROR:
            self.record(MarkedEnteredInError, at=at, client_id=self.client_id, reason=reason)
            self._refund(RefundReason.ENTERED_IN_ERROR, fee_minor=0, at=at)

    # Money

    def pay(self, payment_id: str, amount: Money, *, at: datetime, seats: int | None = None) -> None:
        """Takes note of a deposit and agrees to the visit; a late one takes the time again if it is free.

        Where the visit was called off while the money was under way, it goes back."""
        if payment_id in self.payment_ids:
            return
        if self.status not in WAITING:
            self.pay_in_vain(payment_id, amount, at=at)
            return
        self._require_deposit(amount)
        self.record(DepositPaid, at=at, payment_id=payment_id, amount=amount, is_late=self.is_expired(at))
        self.record(AppointmentBooked, at=at, by=By.AUTOMATIC, seats=seats)

    def pay_in_vain(self, payment_id: str, amount: Money, *, at: datetime) -> None:
        """Takes note of a deposit that came when the time was gone: it goes back, once."""
        if payment_id in self.payment_ids:
            return
        if self.status not in (*WAITING, *NEVER):
            raise AppointmentIsOver
        self._require_deposit(amount)
        self.record(DepositPaid, at=at, payment_id=payment_id, amount=amount, is_late=True)
        if self.status not in NEVER:
            none = Money(amount_minor=0, currency=amount.currency)
            self.record(AppointmentCancelled, at=at, client_id=self.client_id, by=By.AUTOMATIC, fee=none)
        self.record(RefundDue, at=at, amount=amount, reason=RefundReason.PAID_TOO_LATE)

    # Judging

    @property
    def agreed(self) -> Visit:
        """The visit as it stands."""
        assert self.visit is not None
        return self.visit

    def is_expired(self, at: datetime) -> bool:
        """Is it a hold whose time has run out? Judged whenever somebody looks; no job has to run."""
        return self.status == Status.PROPOSED and self.hold_until is not None and at >= self.hold_until

    def status_at(self, at: datetime) -> Status:
        """The status as it is at that moment: an expired hold is cancelled."""
        return Status.CANCELLED if self.is_expired(at) else self.status

    def require_changeable(self, *, by: By, at: datetime) -> None:
        """May whoever it is move this visit at that moment?"""
        self._require_under_way(at)
        if (
            self.is_started
            or self.status in (Status.ARRIVED, Status.CHECKED_IN)
            or at >= self.agreed.starts_at
        ):
            raise AppointmentHasStarted
        if by == By.CLIENT and at >= self.agreed.cancellation.closes_at(self.agreed.starts_at):
            raise TooLateToChange

    def evolve(self, event: AppointmentEvent) -> None:
        match event:
            case SlotHeld() | AppointmentRequested():
                self._asked(event)
            case AppointmentBooked() | NoShowReverted():
                self.status = Status.BOOKED
                self.hold_until = None
                self.blocks = True
            case RequestRejected():
                self.status = Status.CANCELLED
            case AppointmentRescheduled() | PractitionerSubstituted():
                self.visit = event.visit
                self.sequence = event.sequence
            case ParticipantArrived():
                self.status = Status.ARRIVED
            case ParticipantCheckedIn():
                self.status = Status.CHECKED_IN
            case AppointmentStarted():
                self.is_started = True
            case AppointmentFulfilled():
                self.status = Status.FULFILLED
            case NoShowRecorded():
                self.status = Status.NO_SHOW
                self.fee_minor = event.fee.amount_minor
            case AppointmentCancelled():
                self.status = Status.CANCELLED
                self.fee_minor = event.fee.amount_minor
            case MarkedEnteredInError():
                self.status = Status.ENTERED_IN_ERROR
                self.fee_minor = 0
            case DepositPaid():
                self.payment_ids = (*self.payment_ids, event.payment_id)
                self.paid_minor += event.amount.amount_minor
            case RefundDue():
                self.refund_due_minor += event.amount.amount_minor
            case _:
                assert_never(event)
        if isinstance(event, NoShowReverted):
            self.fee_minor = 0

    def claims(self, event: Any) -> Claims:
        """The time of everybody in the team, the seat, and the units of every limit."""
        match event:
            case SlotHeld():
                return Claims(
                    taken=tuple(take.claim(self.id, event.hold_until) for take in event.visit.takes)
                )
            case AppointmentRequested() if event.blocks:
                return Claims(taken=tuple(take.claim(self.id) for take in event.visit.takes))
            case AppointmentBooked() if self.status == Status.PENDING and self.blocks:
                # Taken for good when it was asked for; how much there is in all may be another number by now.
                return NO_CLAIMS
            case AppointmentBooked():
                takes = (take.among(event.seats) for take in self.agreed.takes)
                return Claims(taken=tuple(take.claim(self.id) for take in takes))
            case AppointmentRescheduled() | PractitionerSubstituted():
                taken = tuple(take.claim(self.id, self.hold_until) for take in event.visit.takes)
                return Claims(taken=taken if self.blocks else (), released=self._released().released)
            case MarkedEnteredInError() if self.status == Status.FULFILLED:
                fulfilled = Release(FULFILLED, self._place, self.id)
                return Claims(released=(*self._released().released, fulfilled))
            case RequestRejected() | AppointmentCancelled() | MarkedEnteredInError():
                return self._released()
            case AppointmentFulfilled():
                done = Claim(FULFILLED, self._place, self.id, capacity=UNLIMITED, shape="amount")
                return Claims(taken=(done,))
            case _:
                return NO_CLAIMS

    @property
    def _place(self) -> str:
        """Where it is counted which services the client has had."""
        return f"{self.client_id}:{self.agreed.service_id}"

    def _released(self) -> Claims:
        takes = {(take.kind, take.key): take for take in self.agreed.takes}
        return Claims(released=tuple(take.release(self.id) for take in takes.values()))

    def _asked(self, event: SlotHeld | AppointmentRequested) -> None:
        self.visit = event.visit
        self.client_id = event.client_id
        self.booker_id = event.booker_id
        self.relationship = event.relationship
        self.client_name = event.client_name
        self.client_email = event.client_email
        self.client_phone = event.client_phone
        self.address = event.address
        self.note = event.note
        self.guests = event.guests
        self.answers = event.answers
        if isinstance(event, SlotHeld):
            self.status = Status.PROPOSED
            self.hold_until = event.hold_until
        else:
            self.status = Status.PENDING
            self.blocks = event.blocks
            self.override = event.override
            self.override_reason = event.override_reason

    def _refund(self, reason: RefundReason, *, fee_minor: int, at: datetime) -> None:
        due = self.paid_minor - self.refund_due_minor - fee_minor
        if due > 0:
            amount = Money(amount_minor=due, currency=self.agreed.price.currency)
            self.record(RefundDue, at=at, amount=amount, reason=reason)

    def _require_deposit(self, amount: Money) -> None:
        deposit = self.agreed.deposit
        if amount != deposit or not deposit.amount_minor:
            raise DepositDiffers(pointer="/amount")

    def _require_waiting(self, at: datetime) -> None:
        if self.status not in WAITING:
            raise AppointmentIsOver
        if self.is_expired(at):
            raise HoldHasExpired

    def _require_agreed(self, at: datetime) -> None:
        if self.status in WAITING:
            raise HoldHasExpired if self.is_expired(at) else AppointmentNotBooked
        if self.status not in AGREED:
            raise AppointmentIsOver

    def _require_under_way(self, at: datetime) -> None:
        if self.is_expired(at):
            raise HoldHasExpired
        if self.status not in (*WAITING, *AGREED):
            raise AppointmentIsOver
