"""What would have become of a company's past, had one thing been otherwise?

A counterfactual folds the events of one tenant in the order of its log and keeps its own
state; it sees facts only, so the same past and the same draft give the same answer. It
writes nothing: whoever drives it keeps what it answers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID

from pydantic import BaseModel

from domain.kernel.event import DomainEvent
from domain.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which the outcome of one event would have been another: then `before`, now `after`.

    `subject` says what was judged (a rule, a price, an opening hour), `observed` and `limit` by what.
    """

    position: int
    stream_id: UUID
    subject: str
    observed: str | None
    limit: str | None
    before: str
    after: str


class Counterfactual(Protocol):
    """One draft tried on one past. Asked to live through every event of `handles`, in order, once."""

    handles: ClassVar[tuple[type[DomainEvent], ...]]

    def live_through(self, event: Any) -> Iterable[Difference]:
        """Folds the event, and says in what its outcome would have differed."""
        ...

    def summary(self) -> BaseModel:
        """What it comes to, so far."""
        ...


@dataclass(frozen=True)
class Question:
    """What is tried: the draft in the words of its kind, and the period whose decisions it is tried on."""

    draft: str
    period: Period | None = None


# Every kind of experiment by its name, which is kept in events and never changes.
Kinds = Mapping[str, Callable[[Question], Counterfactual]]


def differences(counterfactual: Counterfactual, past: Iterable[DomainEvent]) -> Iterator[Difference]:
    """Lives through a whole past at once."""
    for event in past:
        if isinstance(event, counterfactual.handles):
            yield from counterfactual.live_through(event)
