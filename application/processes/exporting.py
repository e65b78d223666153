"""What follows when someone asks for a file? It is made; and a day later it is forgotten."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.process import Effect, History
from domain.kernel.event import DomainEvent
from domain.platform.export import ExportExpired, ExportRequested


class Exporting:
    """Has the file made, and in the end the key of its filters destroyed."""

    name: ClassVar[str] = "exporting"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (ExportRequested, ExportExpired)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: ExportRequested | ExportExpired, history: History) -> Iterable[Effect]:
        if isinstance(event, ExportRequested):
            yield Effect("make_export")
        else:
            yield Effect("destroy_subject_key")
