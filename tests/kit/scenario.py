"""How does a test tell a story? given(what happened).when(someone decides).then(what follows)."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Refusal
from tests.kit.builders import STREAM

A = TypeVar("A", bound=Aggregate)


def given(kind: type[A], *events: DomainEvent) -> "Scenario[A]":
    """An aggregate of this kind to which these events have happened."""
    return Scenario(kind, events)


class Scenario(Generic[A]):
    """One decision on one history; each ending is an assertion."""

    def __init__(self, kind: type[A], events: tuple[DomainEvent, ...]) -> None:
        self.history = numbered(events)
        self.kind = kind
        self.aggregate: A = kind.fold(kind.new(STREAM), self.history) or kind.new(STREAM)
        self.recorded: list[DomainEvent] = []
        self.refusal: Refusal | None = None

    def when(self, decide: Callable[[A], Any]) -> Self:
        """Decides; a refusal is kept for `refused`."""
        try:
            decide(self.aggregate)
        except Refusal as refusal:
            self.refusal = refusal
        self.recorded = self.aggregate.collect_events()
        return self

    def then(self, event_class: type[DomainEvent], **facts: Any) -> Self:
        """The last recorded event is of this class and says so."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert self.recorded, "nothing was recorded"
        event = self.recorded[-1]
        assert isinstance(event, event_class), f"recorded {type(event).__name__}"
        assert {name: getattr(event, name) for name in facts} == facts
        self._state_is_the_fold_of_the_events()
        return self

    def then_nothing(self) -> Self:
        """The decision found nothing to do."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert self.recorded == []
        return self

    def refused(self, refusal: type[Refusal], **facts: Any) -> Self:
        """The decision was refused and left no trace."""
        assert isinstance(self.refusal, refusal), f"{self.refusal!r}, recorded {self.recorded}"
        assert self.recorded == []
        assert {name: self.refusal.facts.get(name) for name in facts} == facts
        return self

    def _state_is_the_fold_of_the_events(self) -> None:
        replayed = self.kind.fold(self.kind.new(STREAM), [*self.history, *self.recorded])
        assert replayed is not None
        assert replayed.model_dump() == self.aggregate.model_dump()


def numbered(events: tuple[DomainEvent, ...]) -> list[DomainEvent]:
    """The events as one stream: versions 1, 2, 3."""
    return [
        event.model_copy(update={"originator_id": STREAM, "originator_version": version})
        for version, event in enumerate(events, start=1)
    ]
