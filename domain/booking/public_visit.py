"""Who booked a visit through the public door, in which language, and how much of their allowance does it take?"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID, uuid5

from domain.booking.booking_page import LanguageCode
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, PersonalKey, Release
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Personal
from domain.kernel.refusals import LimitReached, RuleBroken
from domain.kernel.text import Line

# Units of a contact: visits that lie ahead, and times that are kept meanwhile. Judged by the database's clock.
AHEAD, KEPT = "booking-contact-ahead", "booking-contact-kept"
PER_CONTACT = frozenset({AHEAD, KEPT})

ContactText = Annotated[Line | None, Personal(subject="contact_id", erased=None)]


class PublicVisitMade(DomainEvent):
    """Somebody without an account booked or held a visit."""

    TOPIC: ClassVar[str] = "public-visit.made.v1"

    appointment_id: UUID
    contact_id: UUID
    contact: ContactText = None
    contact_name: ContactText = None
    language: LanguageCode
    starts_at: Instant
    hold_until: Instant | None = None
    most_visits: int
    most_holds: int


class PublicVisitKept(DomainEvent):
    """What was held is kept for good."""

    TOPIC: ClassVar[str] = "public-visit.kept.v1"


class PublicVisitMoved(DomainEvent):
    """They moved the visit themselves."""

    TOPIC: ClassVar[str] = "public-visit.moved.v1"

    starts_at: Instant


class PublicVisitEnded(DomainEvent):
    """They called the visit off themselves."""

    TOPIC: ClassVar[str] = "public-visit.ended.v1"


PublicVisitEvent = PublicVisitMade | PublicVisitKept | PublicVisitMoved | PublicVisitEnded


class TooManyVisitsAhead(RuleBroken):
    """As many visits as can be booked online lie ahead for this contact; ask the business for more."""


class TooManyHolds(LimitReached):
    """Too many times are being kept for this contact; finish one of them first."""


class PublicVisit(Aggregate):
    """The public side of one appointment."""

    CATEGORY: ClassVar[str] = "public-visit"

    appointment_id: UUID | None = None
    contact_id: UUID
    contact: ContactText = None
    contact_name: ContactText = None
    language: LanguageCode = "en"
    starts_at: Instant | None = None
    hold_until: Instant | None = None
    made_at: Instant | None = None
    most_visits: int = 1
    most_holds: int = 1

    def make(self, *, at: datetime, **facts: Any) -> None:
        """Takes note of who booked."""
        if not self.version:
            self.record(PublicVisitMade, at=at, **facts)

    def keep(self, *, at: datetime) -> None:
        """The hold became a visit."""
        if self.hold_until is not None:
            self.record(PublicVisitKept, at=at)

    def move(self, starts_at: datetime, *, at: datetime) -> None:
        """The visit takes place at another time."""
        if starts_at != self.starts_at:
            self.record(PublicVisitMoved, at=at, starts_at=starts_at)

    def end(self, *, at: datetime) -> None:
        """The visit does not take place."""
        self.record(PublicVisitEnded, at=at)

    def evolve(self, event: PublicVisitEvent) -> None:
        match event:
            case PublicVisitMade():
                self.appointment_id = event.appointment_id
                self.contact_id = event.contact_id
                self.contact = event.contact
                self.contact_name = event.contact_name
                self.language = event.language
                self.starts_at = event.starts_at
                self.hold_until = event.hold_until
                self.made_at = event.occurred_at
                self.most_visits = event.most_visits
                self.most_holds = event.most_holds
            case PublicVisitKept():
                self.hold_until = None
            case PublicVisitMoved():
                self.starts_at = event.starts_at
            case PublicVisitEnded():
                self.hold_until = None
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """A unit of the contact's visits from now until the visit begins, and of their holds while it is one."""
        match event:
            case PublicVisitMade():
                if event.contact is None:
                    return NO_CLAIMS
                key = PersonalKey(event.contact)
                ahead = Claim(
                    AHEAD,
                    key,
                    self.id,
                    capacity=event.most_visits,
                    starts_at=event.occurred_at,
                    ends_at=event.starts_at,
                    expires_at=event.hold_until,
                )
                if event.hold_until is None:
                    return Claims(taken=(ahead,))
                kept = Claim(
                    KEPT,
                    key,
                    self.id,
                    capacity=event.most_holds,
                    starts_at=event.occurred_at,
                    ends_at=event.hold_until,
                )
                return Claims(taken=(ahead, kept))
            case PublicVisitKept():
                return self._taken_again(self.starts_at)
            case PublicVisitMoved():
                return self._taken_again(event.starts_at)
            case PublicVisitEnded():
                return Claims(released=self._released())
            case _:
                return NO_CLAIMS

    def _taken_again(self, until: datetime | None) -> Claims:
        if self.contact is None or self.made_at is None or until is None or until <= self.made_at:
            return Claims(released=self._released())
        key = PersonalKey(self.contact)
        ahead = Claim(
            AHEAD, key, self.id, capacity=self.most_visits, starts_at=self.made_at, ends_at=until
        )  # fmt: skip
        return Claims(taken=(ahead,), released=self._released())

    def _released(self) -> tuple[Release, ...]:
        if self.contact is None:
            return ()
        key = PersonalKey(self.contact)
        return (Release(AHEAD, key, self.id), Release(KEPT, key, self.id))


def public_visit_id(appointment_id: UUID) -> UUID:
    """The public side of an appointment."""
    return uuid5(appointment_id, "public-visit")
