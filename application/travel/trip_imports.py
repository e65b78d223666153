"""How is a file of trips taken in and followed to its end?"""

from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.text import Code
from domain.travel.trip_import import MAX_LINES, Sha256, TripImport, TripResult


class RequestTripImport(Command):
    """Take in a file whose contents are kept until it is read."""

    sha256: Sha256
    lines: Annotated[int, Field(ge=1, le=MAX_LINES)]


class NoteTripsImported(Command):
    """Write down what became of the next trips of a file."""

    import_id: UUID
    after: int
    read_up_to: int
    results: tuple[TripResult, ...]


class CompleteTripImport(Command):
    """Say that a file was read to its end."""

    import_id: UUID


class FailTripImport(Command):
    """Say that the rest of a file cannot be read."""

    import_id: UUID
    reason: Code


def trip_import_id(tenant_id: UUID, command_id: UUID) -> UUID:
    """The id of the import a request makes; a repeated request makes the same."""
    return uuid5(tenant_id, f"trip-import:{command_id}")


def request_trip_import(command: RequestTripImport, context: Context) -> Saved:
    return context.store.add(
        lambda: TripImport.request(
            trip_import_id(context.tenant_id, context.command.id),
            requested_by=context.actor.id,
            sha256=command.sha256,
            lines=command.lines,
            at=context.now,
        )
    )


def note_trips_imported(command: NoteTripsImported, context: Context) -> Saved:
    return context.store.change(
        TripImport,
        command.import_id,
        lambda one: one.note(command.after, command.results, read_up_to=command.read_up_to, at=context.now),
    )


def complete_trip_import(command: CompleteTripImport, context: Context) -> Saved:
    return context.store.change(TripImport, command.import_id, lambda one: one.complete(at=context.now))


def fail_trip_import(command: FailTripImport, context: Context) -> Saved:
    return context.store.change(
        TripImport, command.import_id, lambda one: one.fail(command.reason, at=context.now)
    )


HANDLERS: Handlers = {
    RequestTripImport: request_trip_import,
    NoteTripsImported: note_trips_imported,
    CompleteTripImport: complete_trip_import,
    FailTripImport: fail_trip_import,
}
