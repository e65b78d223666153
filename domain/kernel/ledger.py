"""How does a fact of any column enter the carbon ledger? As a posting: lines that stand or fall together.

The fact that emits carries its posting; what follows (completion, cancellation, correction) only names it. A
line's id follows from its stream and its place, so that a replay makes the same lines.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from domain.kernel.emissions import EmissionLine
from domain.kernel.personal import Impersonal
from domain.kernel.text import Code
from domain.kernel.value import Value

Route = Annotated[str, StringConstraints(max_length=401), Impersonal()]
Count = Annotated[int, Field(ge=0)]


class LedgerEntry(Value):
    """One line: what was emitted, on which day, by what; a part of a longer stretch bears its first day."""

    occurred_on: date
    mode: Code
    line: EmissionLine
    is_estimate: bool
    route: Route | None = Field(default=None, exclude_if=lambda route: route is None)
    segment_id: UUID | None = Field(default=None, exclude_if=lambda segment: segment is None)


def anew_within(
    start: date, end: date, *, standing: Iterable[LedgerEntry], anew: Iterable[LedgerEntry]
) -> tuple[LedgerEntry, ...]:
    """The lines of `start <= day < end` as they are weighed anew, and those of other days as they stand."""
    kept = [one for one in standing if not start <= one.occurred_on < end]
    weighed = [one for one in anew if start <= one.occurred_on < end]
    return tuple(sorted((*kept, *weighed), key=lambda one: one.occurred_on))


class PostingRef(Value):
    """A posting by its number within the stream, and how many lines it has."""

    number: Count
    lines: Count

    def line_ids(self, stream_id: UUID) -> tuple[UUID, ...]:
        """The ids of its lines, in their order."""
        return tuple(uuid5(stream_id, f"ledger:{self.number}:{place}") for place in range(self.lines))

    @staticmethod
    def reversal_of(line_id: UUID) -> UUID:
        """The id of the line that takes another one back; a line is taken back once."""
        return uuid5(line_id, "reversal")


class Posting(Value):
    """The lines one fact enters; a stream's postings are numbered from one."""

    number: Count
    entries: tuple[LedgerEntry, ...]

    @property
    def ref(self) -> PostingRef:
        """What later facts call it."""
        return PostingRef(number=self.number, lines=len(self.entries))
