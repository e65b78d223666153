"""Who waits for a time to become free, who was offered one, and why them?"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from pydantic import Field

from domain.booking.appointment_events import PersonalAnswers, PersonalLine, PersonalText
from domain.booking.availability import Rule
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.instants import Instant
from domain.kernel.period import Period
from domain.kernel.refusals import RuleBroken
from domain.kernel.value import Value

WAITING_FOR = "booking-waiting"  # an index kept by claims: who waits for a service, in the order of joining
OFFERED, EVERY_OFFER = "booking-offer", "all"  # an index kept by claims: the offers without an answer
BEHIND_IN_RECEIPT = 50


class WaitStatus(StrEnum):
    """Where an entry of the waiting list stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Passed(StrEnum):
    """Why somebody in the queue was or was not offered the time."""

    OFFERED = "offered"
    OTHER_PLACE = "other_place"
    OTHER_TIME = "other_time"
    HAS_AN_OFFER = "has_an_offer"
    NOT_FREE_FOR_THEM = "not_free_for_them"
    BEHIND = "behind"
    LAPSED = "lapsed"


class Standing(Value):
    """One place of the queue as it was when an offer was made."""

    entry_id: UUID
    passed: Passed
    rule: Rule | None = None  # what kept the time from them, where it was not free for them


class Wanting(Value):
    """What somebody waits for: a service at a site, within a time, with certain people or anybody."""

    service_id: UUID
    site_id: UUID
    window: Period
    bookable_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()


def _without_answers(payload: Payload) -> Payload:
    """Version 1 asked for neither an address nor the intake form."""
    return payload


class WaitlistJoined(DomainEvent):
    """Somebody waits from now on; their place in the queue is that of this fact."""

    TOPIC: ClassVar[str] = "waitlist.joined.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"waitlist.joined.v1": _without_answers}

    wanting: Wanting
    client_id: UUID
    client_name: PersonalLine = None
    client_email: PersonalLine = None
    client_phone: PersonalLine = None
    address: PersonalLine = None
    note: PersonalText = None
    answers: PersonalAnswers = None


def _uncounted(payload: Payload) -> Payload:
    """A receipt that did not say how long the queue was shows as many as there were, up to fifty."""
    return {**payload, "waiting": len(payload["queue"])}


class SlotOffered(DomainEvent):
    """A time was kept for them. `queue` is the receipt: who stood where, and why each was passed.

    It shows everybody in front, and some of those behind; `waiting` is how many there were.
    """

    TOPIC: ClassVar[str] = "waitlist.offered.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"waitlist.offered.v1": _uncounted}

    appointment_id: UUID
    starts_at: Instant
    hold_until: Instant
    queue: tuple[Standing, ...]
    waiting: int


class OfferAccepted(DomainEvent):
    """They took the time that was offered."""

    TOPIC: ClassVar[str] = "waitlist.accepted.v1"


class OfferDeclined(DomainEvent):
    """They did not want the time that was offered, and wait no longer."""

    TOPIC: ClassVar[str] = "waitlist.declined.v1"


class OfferLapsed(DomainEvent):
    """They did not answer in time; somebody noticed."""

    TOPIC: ClassVar[str] = "waitlist.lapsed.v1"


class WaitlistLeft(DomainEvent):
    """They wait no longer."""

    TOPIC: ClassVar[str] = "waitlist.left.v1"


WaitlistEvent = WaitlistJoined | SlotOffered | OfferAccepted | OfferDeclined | OfferLapsed | WaitlistLeft


class NothingOffered(RuleBroken):
    """No time is offered to them at this moment."""


class OfferHasLapsed(RuleBroken):
    """The time was kept for them for a while, and that while is over."""


class WaitlistEntry(Aggregate):
    """One client's place in the queue for a service."""

    CATEGORY: ClassVar[str] = "waitlist"

    wanting: Wanting | None = None
    client_id: UUID
    client_name: PersonalLine = None
    client_email: PersonalLine = None
    client_phone: PersonalLine = None
    address: PersonalLine = None
    note: PersonalText = None
    answers: PersonalAnswers = None
    status: WaitStatus = WaitStatus.WAITING
    appointment_id: UUID | None = None
    starts_at: Instant | None = None
    hold_until: Instant | None = None
    queue: tuple[Standing, ...] = ()
    waiting: int = 0

    def join(self, wanting: Wanting, *, client_id: UUID, at: datetime, **who: str | None) -> None:
        """Takes a place at the end of the queue."""
        if not self.version:
            self.record(WaitlistJoined, at=at, wanting=wanting, client_id=client_id, **who)

    def offer(
        self,
        appointment_id: UUID,
        *,
        starts_at: datetime,
        hold_until: datetime,
        queue: tuple[Standing, ...],
        at: datetime,
    ) -> None:
        """Offers a time that is kept for them meanwhile."""
        if self.status == WaitStatus.WAITING:
            self.record(
                SlotOffered,
                at=at,
                appointment_id=appointment_id,
                starts_at=starts_at,
                hold_until=hold_until,
                queue=_shown(queue),
                waiting=len(queue),
            )

    def accept(self, *, at: datetime) -> None:
        """Takes the offer."""
        if self.status == WaitStatus.ACCEPTED:
            return
        self._require_offer()
        if self.has_lapsed(at):
            raise OfferHasLapsed
        self.record(OfferAccepted, at=at)

    def decline(self, *, at: datetime) -> None:
        """Does not want the time."""
        if self.status != WaitStatus.DECLINED:
            self._require_offer()
            self.record(OfferDeclined, at=at)

    def lapse(self, *, at: datetime) -> None:
        """Notices that the time for an answer is over."""
        if self.has_lapsed(at):
            self.record(OfferLapsed, at=at)

    def leave(self, *, at: datetime) -> None:
        """Waits no longer."""
        if self.status == WaitStatus.WAITING:
            self.record(WaitlistLeft, at=at)
        elif self.status == WaitStatus.OFFERED:
            self.record(OfferDeclined, at=at)

    def has_lapsed(self, at: datetime) -> bool:
        """Is an offer over? Judged whenever somebody looks."""
        return self.status == WaitStatus.OFFERED and self.hold_until is not None and at >= self.hold_until

    @property
    def wants(self) -> Wanting:
        """What they wait for."""
        assert self.wanting is not None
        return self.wanting

    def evolve(self, event: WaitlistEvent) -> None:
        match event:
            case WaitlistJoined():
                self.wanting = event.wanting
                self.client_id = event.client_id
                self.client_name = event.client_name
                self.client_email = event.client_email
                self.client_phone = event.client_phone
                self.address = event.address
                self.note = event.note
                self.answers = event.answers
            case SlotOffered():
                self.status = WaitStatus.OFFERED
                self.appointment_id = event.appointment_id
                self.starts_at = event.starts_at
                self.hold_until = event.hold_until
                self.queue = event.queue
                self.waiting = event.waiting
            case OfferAccepted():
                self.status = WaitStatus.ACCEPTED
            case OfferDeclined():
                self.status = WaitStatus.DECLINED
            case OfferLapsed():
                self.status = WaitStatus.LAPSED
            case WaitlistLeft():
                self.status = WaitStatus.WITHDRAWN
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Its place in the queue, until it is answered."""
        match event:
            case WaitlistJoined():
                place = str(event.wanting.service_id)
                claim = Claim(WAITING_FOR, place, self.id, capacity=UNLIMITED, shape="amount")
                return Claims(taken=(claim,))
            case SlotOffered():
                return Claims(taken=(_open(self.id, event),))
            case OfferAccepted() | OfferDeclined() | OfferLapsed() | WaitlistLeft():
                queue = Release(WAITING_FOR, str(self.wants.service_id), self.id)
                return Claims(released=(queue, Release(OFFERED, EVERY_OFFER, self.id)))
            case _:
                return NO_CLAIMS

    def _require_offer(self) -> None:
        if self.status != WaitStatus.OFFERED:
            raise NothingOffered


def _shown(queue: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Everybody up to whoever was offered the time, and some of those behind."""
    chosen = next(place for place, one in enumerate(queue) if one.passed == Passed.OFFERED)
    return queue[: chosen + 1 + BEHIND_IN_RECEIPT]


def _open(entry_id: UUID, event: SlotOffered) -> Claim:
    """Until when the offer waits for an answer, so that those nobody answered are found."""
    return Claim(
        OFFERED,
        EVERY_OFFER,
        entry_id,
        capacity=UNLIMITED,
        shape="interval",
        starts_at=event.occurred_at,
        ends_at=event.hold_until,
    )
