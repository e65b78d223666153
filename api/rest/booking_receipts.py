"""Why them, and why in this order? The receipt of every choice and offer, and the log asked again."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import View
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.ground import Ground
from application.booking.receipts import Act, Choice, choices_of, differences, queue_differences
from domain.booking.appointment import Appointment
from domain.booking.availability import Rule
from domain.booking.visit import Assignment, Considered, Stood, Why
from domain.booking.waitlist import Passed, SlotOffered, Standing, WaitlistEntry
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Refusal

router = Shelf(prefix="/api/v1/booking", tags=["booking-receipts"], route_class=StrictRoute)

# An appointment is moved and handed over a few dozen times at most.
MOST_EVENTS = 1_000

For = Annotated[
    Literal["clinic", "client"],
    Query(alias="for", description="client: places and reasons only, nobody else's ids"),
]


class ConsideredView(View):
    """One place in the order of choice."""

    place: int = Field(ge=1)
    bookable_id: UUID | None = Field(description="null for the client, unless it is who was chosen")
    load_minutes: int | None = Field(description="booked over the time weighed; null for the client")
    weight: int | None = Field(description="null for the client")
    served_at: datetime | None = Field(
        description="when they last served before; of equal loads the longest wait is first; null for the client"
    )
    stood: Stood | None = Field(description="null: chosen before receipts said so")

    @classmethod
    def of(cls, place: int, one: Considered, chosen: Assignment, *, for_client: bool) -> Self:
        """The place as whoever asks may see it."""
        is_hidden = for_client and one.bookable_id != chosen.bookable_id
        return cls(
            place=place,
            bookable_id=None if is_hidden else one.bookable_id,
            load_minutes=None if for_client else one.load_minutes,
            weight=None if for_client else one.weight,
            served_at=None if for_client else one.served_at,
            stood=one.stood,
        )


class AssignmentView(View):
    """Who was chosen for what, and over whom."""

    kind: str
    ability: str
    bookable_id: UUID
    reason: Why
    considered: list[ConsideredView] = Field(
        description="in the order of choice: everybody in front, and some behind"
    )

    @classmethod
    def of(cls, one: Assignment, *, for_client: bool) -> Self:
        """The choice as whoever asks may see it."""
        return cls(
            kind=one.kind,
            ability=one.ability,
            bookable_id=one.bookable_id,
            reason=one.reason,
            considered=[
                ConsideredView.of(place, each, one, for_client=for_client)
                for place, each in enumerate(one.considered, start=1)
            ],
        )


class ChoiceView(View):
    """One decision about who takes part."""

    act: Act
    position: int = Field(description="its place in the log")
    decided_at: datetime
    starts_at: datetime
    rules: list[Rule] = Field(description="what an emergency set aside; empty is nothing")
    over: list[UUID] = Field(description="the visits it was put over; empty for the client")
    over_count: int = Field(description="how many visits it was put over")
    override_by: UUID | None = Field(description="who set the rule aside; null for the client")
    override_reason: str | None = Field(description="why; null for the client")
    assignments: list[AssignmentView]

    @classmethod
    def of(cls, one: Choice, *, for_client: bool) -> Self:
        """The decision as whoever asks may see it."""
        override = one.override
        shown = None if for_client else override
        return cls(
            act=one.act,
            position=one.position,
            decided_at=one.decided_at,
            starts_at=one.visit.starts_at,
            rules=list(override.rules) if override else [],
            over=list(shown.over) if shown else [],
            over_count=len(override.over) if override else 0,
            override_by=shown.by if shown else None,
            override_reason=None if for_client else one.override_reason,
            assignments=[AssignmentView.of(each, for_client=for_client) for each in one.chosen],
        )


class AssignmentReceipt(View):
    """Every decision about who takes part in a visit, in order."""

    appointment_id: UUID
    choices: list[ChoiceView]


class QueuePlace(View):
    """One place of the queue as it was when the offer was made."""

    place: int = Field(ge=1)
    entry_id: UUID | None = Field(description="null for the client, unless it is their own")
    is_own: bool
    passed: Passed
    rule: Rule | None = Field(description="what kept the time from them, where it was not free for them")


class OfferReceipt(View):
    """The queue at the moment of an offer: who stood where, and why each was passed."""

    entry_id: UUID
    position: int = Field(description="place of the offer in the log")
    offered_at: datetime
    starts_at: datetime = Field(description="the time that was offered")
    waiting: int = Field(description="how many stood in the queue")
    places: list[QueuePlace] = Field(description="everybody in front, and some behind")

    @classmethod
    def of(cls, offer: SlotOffered, *, for_client: bool) -> Self:
        """The queue as whoever asks may see it."""
        own = offer.originator_id

        def shown(one: Standing) -> UUID | None:
            return None if for_client and one.entry_id != own else one.entry_id

        return cls(
            entry_id=own,
            position=offer.position,
            offered_at=offer.occurred_at,
            starts_at=offer.starts_at,
            waiting=offer.waiting,
            places=[
                QueuePlace(
                    place=place,
                    entry_id=shown(one),
                    is_own=one.entry_id == own,
                    passed=one.passed,
                    rule=one.rule,
                )
                for place, one in enumerate(offer.queue, start=1)
            ],
        )


class Offers(View):
    """The receipts of the offers made to one who waits."""

    data: list[OfferReceipt]


class Recheck(View):
    """One decision, decided again from the log."""

    position: int
    as_of: int | None = Field(
        description="the position of the log at which it comes out the same; null is nowhere"
    )
    is_equal: bool
    differences: list[str] = Field(description="what the log says otherwise; empty is nothing")

    @classmethod
    def of(
        cls, position: int, grounds: Iterable[tuple[int, Ground]], judge: Callable[[Ground], list[str]]
    ) -> Self:
        """Decides again before the decision's command, then before whatever may have got in between."""
        first: list[str] = []
        for at, ground in grounds:
            try:
                found = judge(ground)
            except Refusal as refusal:
                # Before that the service, the site or the people were not there yet.
                found = [refusal.detail]
            if not found:
                return cls(position=position, as_of=at, is_equal=True, differences=[])
            first = first or found
        return cls(position=position, as_of=None, is_equal=False, differences=first)


class ReceiptCheck(View):
    """Does every receipt hold against the log?"""

    is_equal: bool
    checked: list[Recheck]

    @classmethod
    def of(cls, checked: list[Recheck]) -> Self:
        """All of them together."""
        return cls(is_equal=all(one.is_equal for one in checked), checked=checked)


@router.get(
    "/appointments/{appointment_id}/receipt",
    operation_id="get_assignment_receipt",
    summary="Read why they were chosen",
    dependencies=[AtLeast],
)
def get_assignment_receipt(
    appointment_id: UUID, session: SessionDep, audience: For = "clinic"
) -> AssignmentReceipt:
    """Who was chosen for a visit, in which order everybody stood, how loaded they were, and which rule passed whom
    over. `for=client` is what may be handed to the client: places and reasons, and nobody else."""
    choices = choices_of(_events(session, appointment_id))
    is_for_client = audience == "client"
    return AssignmentReceipt(
        appointment_id=appointment_id,
        choices=[ChoiceView.of(one, for_client=is_for_client) for one in choices],
    )


@router.get(
    "/appointments/{appointment_id}/receipt/check",
    operation_id="get_assignment_proof",
    summary="Hold the receipt against the log",
    dependencies=[AtLeast],
)
def get_assignment_proof(appointment_id: UUID, session: SessionDep) -> ReceiptCheck:
    """Decides every choice again, by the function that lists slots and accepts bookings, on the streams and claims
    folded from the log up to the position before it. No read model is asked."""
    events = _events(session, appointment_id)
    by_position = {event.position: event for event in events}
    past = session.house.booking_past(session.tenant_id)
    return ReceiptCheck.of(
        [
            Recheck.of(
                choice.position,
                past.grounds(by_position[choice.position], site_id=choice.visit.site_id),
                partial(differences, choice, earlier=past.earlier(by_position[choice.position])),
            )
            for choice in choices_of(events)
        ]
    )


@router.get(
    "/waitlist/{entry_id}/receipt",
    operation_id="get_offer_receipt",
    summary="Read who stood where in the queue",
    dependencies=[AtLeast],
)
def get_offer_receipt(entry_id: UUID, session: SessionDep, audience: For = "clinic") -> Offers:
    """The queue at the moment of the offer. `for=client` shows one's own place, and of the others the places and why
    each was passed."""
    offers = _offers(session, entry_id)
    return Offers(data=[OfferReceipt.of(one, for_client=audience == "client") for one in offers])


@router.get(
    "/waitlist/{entry_id}/receipt/check",
    operation_id="get_offer_proof",
    summary="Hold the queue against the log",
    dependencies=[AtLeast],
)
def get_offer_proof(entry_id: UUID, session: SessionDep) -> ReceiptCheck:
    """Judges everybody in the queue again, on the log as it stood before the offer."""
    entry = session.stream(WaitlistEntry, entry_id)
    past = session.house.booking_past(session.tenant_id)
    return ReceiptCheck.of(
        [
            Recheck.of(
                offer.position,
                past.grounds(offer, site_id=entry.wants.site_id),
                partial(queue_differences, entry, offer),
            )
            for offer in _offers(session, entry_id)
        ]
    )


def _events(session: Session, appointment_id: UUID) -> list[DomainEvent]:
    session.stream(Appointment, appointment_id)
    streams = session.house.streams(session.tenant_id)
    return streams.events_of(appointment_id, after=0, limit=MOST_EVENTS)


def _offers(session: Session, entry_id: UUID) -> list[SlotOffered]:
    session.stream(WaitlistEntry, entry_id)
    events = session.house.streams(session.tenant_id).events_of(entry_id, after=0, limit=MOST_EVENTS)
    return [event for event in events if isinstance(event, SlotOffered)]
