"""Whose personal data has to be forgotten?"""

from datetime import datetime
from typing import assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent


class SubjectErased(DomainEvent):
    """A person's key is to be destroyed; from then on every personal field of theirs reads as erased."""

    TOPIC = "subject.erased.v1"

    subject_id: UUID


def subject_stream(subject_id: UUID) -> UUID:
    """The stream that remembers the erasure of one person."""
    return uuid5(subject_id, "subject")


class DataSubject(Aggregate):
    """A person as the vault knows them: an id and whether it was erased; never an identity."""

    CATEGORY = "subject"

    subject_id: UUID | None = None
    erased_at: datetime | None = None

    @property
    def is_erased(self) -> bool:
        """Was the erasure decided?"""
        return self.erased_at is not None

    def erase(self, subject_id: UUID, *, at: datetime) -> None:
        """Decides that the person is to be forgotten; for good."""
        if self.is_erased:
            return
        self.record(SubjectErased, at=at, subject_id=subject_id)

    def evolve(self, event: "SubjectEvent") -> None:
        match event:
            case SubjectErased():
                self.subject_id = event.subject_id
                self.erased_at = event.occurred_at
            case _:
                assert_never(event)


SubjectEvent = SubjectErased
