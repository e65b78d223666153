"""Whenever an experiment is requested, what follows?"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.process import Effect, History
from domain.kernel.event import DomainEvent
from domain.platform.experiment import ExperimentRequested


class Experimenting:
    """Has the past lived through again, by a worker that starts anew when it is killed."""

    name: ClassVar[str] = "experimenting"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (ExperimentRequested,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: ExperimentRequested, history: History) -> Iterable[Effect]:
        """One run."""
        yield Effect("run_experiment")
