"""What can happen to an appointment? In the words of FHIR and iCalendar."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from domain.booking.visit import Override, Visit, without_receipt
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.instants import Instant
from domain.kernel.money import Money
from domain.kernel.personal import Personal
from domain.kernel.text import Code, Line, Paragraph


class Status(StrEnum):
    """The states of a FHIR Appointment."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "noshow"
    WAITLIST = "waitlist"
    ENTERED_IN_ERROR = "entered-in-error"


class Relationship(StrEnum):
    """What the client is to whoever booked."""

    ONESELF = "self"
    RELATIVE = "relative"
    EMPLOYEE = "employee"
    GUEST = "guest"


class By(StrEnum):
    """Who decided."""

    CLIENT = "client"
    STAFF = "staff"
    AUTOMATIC = "automatic"


class RefundReason(StrEnum):
    """Why money goes back."""

    CANCELLED = "cancelled"
    PAID_TOO_LATE = "paid_too_late"
    REJECTED = "rejected"
    ENTERED_IN_ERROR = "entered_in_error"


PersonalLine = Annotated[Line | None, Personal(subject="client_id")]
PersonalText = Annotated[Paragraph | None, Personal(subject="client_id")]
PersonalAnswers = Annotated[str | None, Personal(subject="client_id", erased=None)]


class SlotHeld(DomainEvent):
    """The time is kept for one client until `hold_until`; then it is free again by itself."""

    TOPIC: ClassVar[str] = "appointment.slot-held.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"appointment.slot-held.v1": without_receipt}

    visit: Visit
    hold_until: Instant
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


class AppointmentRequested(DomainEvent):
    """A client asks for this visit; `blocks` says whether its time is kept meanwhile."""

    TOPIC: ClassVar[str] = "appointment.requested.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"appointment.requested.v1": without_receipt}

    visit: Visit
    blocks: bool
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


def _with_the_seats_there_were(payload: Payload) -> Payload:
    """Version 1 took a seat among as many as there were when it was held."""
    return payload


class AppointmentBooked(DomainEvent):
    """The visit is agreed; the time is taken for good. `seats` is how many its class has by now."""

    TOPIC: ClassVar[str] = "appointment.booked.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"appointment.booked.v1": _with_the_seats_there_were}

    by: By
    seats: int | None = None


class RequestRejected(DomainEvent):
    """The business said no; the time is free again."""

    TOPIC: ClassVar[str] = "appointment.rejected.v1"

    client_id: UUID
    reason: PersonalLine = None


class AppointmentRescheduled(DomainEvent):
    """The same visit, another time or place. Same UID, next SEQUENCE."""

    TOPIC: ClassVar[str] = "appointment.rescheduled.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"appointment.rescheduled.v1": without_receipt}

    visit: Visit
    previous: Visit
    by: By
    sequence: int


class PractitionerSubstituted(DomainEvent):
    """The same visit at the same time, carried out by somebody else."""

    TOPIC: ClassVar[str] = "appointment.substituted.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"appointment.substituted.v1": without_receipt}

    client_id: UUID
    visit: Visit
    previous: Visit
    reason: PersonalLine = None
    sequence: int


class ParticipantArrived(DomainEvent):
    """The client is there."""

    TOPIC: ClassVar[str] = "appointment.arrived.v1"


class ParticipantCheckedIn(DomainEvent):
    """The client's papers are in order; they wait to be seen."""

    TOPIC: ClassVar[str] = "appointment.checked-in.v1"


class AppointmentStarted(DomainEvent):
    """The visit has begun."""

    TOPIC: ClassVar[str] = "appointment.started.v1"


class AppointmentFulfilled(DomainEvent):
    """The visit took place."""

    TOPIC: ClassVar[str] = "appointment.fulfilled.v1"


class NoShowRecorded(DomainEvent):
    """The client did not come; what that costs was agreed when the visit was booked."""

    TOPIC: ClassVar[str] = "appointment.no-show-recorded.v1"

    fee: Money


class NoShowReverted(DomainEvent):
    """The client was there after all."""

    TOPIC: ClassVar[str] = "appointment.no-show-reverted.v1"


class AppointmentCancelled(DomainEvent):
    """The visit is called off; the fee follows from the bands agreed at booking."""

    TOPIC: ClassVar[str] = "appointment.cancelled.v1"

    client_id: UUID
    by: By
    fee: Money
    reason: PersonalLine = None


class MarkedEnteredInError(DomainEvent):
    """It should never have been in the book."""

    TOPIC: ClassVar[str] = "appointment.entered-in-error.v1"

    client_id: UUID
    reason: PersonalLine = None


class DepositPaid(DomainEvent):
    """A payment arrived; `is_late` when the hold it was for had run out."""

    TOPIC: ClassVar[str] = "appointment.deposit-paid.v1"

    payment_id: Code
    amount: Money
    is_late: bool


class RefundDue(DomainEvent):
    """Money has to go back, once."""

    TOPIC: ClassVar[str] = "appointment.refund-due.v1"

    amount: Money
    reason: RefundReason


AppointmentEvent = (
    SlotHeld
    | AppointmentRequested
    | AppointmentBooked
    | RequestRejected
    | AppointmentRescheduled
    | PractitionerSubstituted
    | ParticipantArrived
    | ParticipantCheckedIn
    | AppointmentStarted
    | AppointmentFulfilled
    | NoShowRecorded
    | NoShowReverted
    | AppointmentCancelled
    | MarkedEnteredInError
    | DepositPaid
    | RefundDue
)
