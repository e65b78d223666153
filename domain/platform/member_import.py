"""What became of each line of a file of members?"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.text import Code
from domain.kernel.value import Value

MAX_MEMBERS = 5_000


class LineOutcome(StrEnum):
    """Created, known by this address already, invalid, or one more than the plan allows."""

    CREATED = "created"
    EXISTING = "existing"
    INVALID = "invalid"
    OVER_LIMIT = "over_limit"


class MemberLine(Value):
    """One line of the file by its number; what it said of the person is not repeated."""

    line: int
    outcome: LineOutcome
    member_id: UUID | None = None
    code: Code | None = None
    column: Code | None = None


class MembersImported(DomainEvent):
    """A file of members was taken in, as one command."""

    TOPIC: ClassVar[str] = "member-import.recorded.v1"

    lines: tuple[MemberLine, ...]


class MemberImport(Aggregate):
    """One file of members."""

    CATEGORY: ClassVar[str] = "member-import"

    lines: tuple[MemberLine, ...] = ()

    @classmethod
    def record_of(cls, import_id: UUID, lines: Sequence[MemberLine], *, at: datetime) -> Self:
        """Writes down what became of each line."""
        record = cls.new(import_id)
        record.record(MembersImported, at=at, lines=tuple(lines))
        return record

    def evolve(self, event: MembersImported) -> None:
        match event:
            case MembersImported():
                self.lines = event.lines
            case _:
                assert_never(event)
