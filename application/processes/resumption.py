"""What follows when an operator decided about a paused consumer? It goes on, even if the door died meanwhile."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History
from domain.kernel.event import DomainEvent
from domain.platform.intervention import ParkedEventRetried, ParkedEventSkipped


class Resumption:
    """Asks for what was decided; the door does the same at once, and the second time nothing happens."""

    name: ClassVar[str] = "resumption"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (ParkedEventRetried, ParkedEventSkipped)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(
        self, event: ParkedEventRetried | ParkedEventSkipped, history: History
    ) -> Iterable[Command | Effect]:
        yield Effect("resume_consumer")
