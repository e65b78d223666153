"""Whenever a file of trips was taken in, who reads it?"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History
from domain.kernel.event import DomainEvent
from domain.travel.trip_import import TripImportRequested


class TripImporting:
    """Asks a worker to plan the trips of the file; it goes on where another one died."""

    name: ClassVar[str] = "trip-importing"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (TripImportRequested,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: TripImportRequested, history: History) -> Iterable[Command | Effect]:
        yield Effect("import_trips")
