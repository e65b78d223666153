"""What follows when someone asks for a file? It is made; and when it is over, it is forgotten."""

from collections.abc import Iterable
from typing import ClassVar, Literal, assert_never

from application.kernel.command import Command
from application.kernel.process import Effect, History
from application.platform.exports import ExpireExport
from domain.kernel.event import DomainEvent
from domain.platform.export import ExportExpired, ExportFailed, ExportRequested


class Exporting:
    """Has the file made, and in the end the key of its filters destroyed."""

    name: ClassVar[str] = "exporting"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        ExportRequested,
        ExportFailed,
        ExportExpired,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(
        self, event: ExportRequested | ExportFailed | ExportExpired, history: History
    ) -> Iterable[Command | Effect]:
        match event:
            case ExportRequested():
                yield Effect("make_export")
            case ExportFailed():
                # There is no file whose end would take the filters along.
                yield ExpireExport(export_id=event.originator_id)
            case ExportExpired():
                yield Effect("destroy_subject_key")
            case _:
                assert_never(event)
