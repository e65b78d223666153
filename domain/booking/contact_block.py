"""Whom does a company no longer let book through its public door?"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, PersonalKey, Release
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Personal
from domain.kernel.refusals import Conflict, RuleBroken
from domain.kernel.text import Line

BLOCKED = "booking-contact-blocked"
BLOCKS = "booking-contact-blocks"  # an index kept by claims: the blocks of a company
ALL = "all"

BlockedContact = Annotated[Line | None, Personal(subject="contact_id", erased=None)]


class ContactBlocked(DomainEvent):
    """An address or a number is no longer accepted at the public door."""

    TOPIC: ClassVar[str] = "contact-block.set.v1"

    contact_id: UUID
    contact: BlockedContact


class ContactUnblocked(DomainEvent):
    """It is accepted again."""

    TOPIC: ClassVar[str] = "contact-block.lifted.v1"


ContactBlockEvent = ContactBlocked | ContactUnblocked


class ContactNotAccepted(RuleBroken):
    """Nothing can be booked online with this contact; ask the business."""


class ContactIsBlocked(Conflict):
    """This contact is blocked already."""


class ContactBlock(Aggregate):
    """One address or number that may not book."""

    CATEGORY: ClassVar[str] = "contact-block"

    contact_id: UUID
    contact: BlockedContact = None
    is_blocked: bool = False

    def block(self, contact: str, *, at: datetime) -> None:
        """Keeps it out."""
        if not self.is_blocked:
            self.record(ContactBlocked, at=at, contact_id=self.id, contact=contact)

    def lift(self, *, at: datetime) -> None:
        """Lets it in again."""
        if self.is_blocked:
            self.record(ContactUnblocked, at=at)

    def evolve(self, event: ContactBlockEvent) -> None:
        match event:
            case ContactBlocked():
                self.contact_id = event.contact_id
                self.contact = event.contact
                self.is_blocked = True
            case ContactUnblocked():
                self.is_blocked = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The contact, for good, and its place in the list."""
        match event:
            case ContactBlocked() if event.contact is not None:
                listed = Claim(BLOCKS, ALL, self.id, capacity=UNLIMITED, shape="amount")
                return Claims(taken=(Claim(BLOCKED, PersonalKey(event.contact), self.id), listed))
            case ContactUnblocked():
                listed_no_more = Release(BLOCKS, ALL, self.id)
                if self.contact is None:
                    return Claims(released=(listed_no_more,))
                return Claims(released=(Release(BLOCKED, PersonalKey(self.contact), self.id), listed_no_more))
            case _:
                return NO_CLAIMS


def normalised(contact: str) -> str:
    """One way of writing an address or a number: lower case, and of a number the digits alone."""
    text = contact.strip().lower()
    return text if "@" in text else "".join(each for each in text if each.isdigit() or each == "+") or text
