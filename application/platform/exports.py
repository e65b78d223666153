"""How does a table become a file, and the file go away again?"""

from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.refusals import CapacityTaken, LimitReached
from domain.platform.export import Export, Format, Name, Sha256


class RequestExport(Command):
    """Ask for a table of the data dictionary as a file."""

    table: Name
    columns: tuple[Name, ...]
    filters: tuple[str, ...] = ()
    format: Format


class CompleteExport(Command):
    """State that the file is whole."""

    export_id: UUID
    read_at_position: int
    rows: int
    size_bytes: int
    sha256: Sha256


class FailExport(Command):
    """State that there will be no file."""

    export_id: UUID
    reason: str


class ExpireExport(Command):
    """End an export that is a day old."""

    export_id: UUID


class TooManyExports(LimitReached):
    """Your company has three exports in progress; ask again when one of them is done."""


def export_id_for(tenant_id: UUID, command_id: UUID) -> UUID:
    """The id of the export a command asks for; a repeat gives the same."""
    return uuid5(tenant_id, f"export:{command_id}")


def request_export(command: RequestExport, context: Context) -> Saved:
    def request() -> Export:
        return Export.request(
            export_id_for(context.tenant_id, context.command.id),
            requested_by=context.actor.id,
            table=command.table,
            columns=command.columns,
            filters=command.filters,
            format=command.format,
            at=context.now,
        )

    try:
        return context.store.add(request)
    except CapacityTaken as refusal:
        raise TooManyExports(retry_after_s=10) from refusal


def complete_export(command: CompleteExport, context: Context) -> Saved:
    def complete(export: Export) -> None:
        export.complete(**command.model_dump(exclude={"export_id"}), at=context.now)

    return context.store.change(Export, command.export_id, complete)


def fail_export(command: FailExport, context: Context) -> Saved:
    def fail(export: Export) -> None:
        export.fail(command.reason, at=context.now)

    return context.store.change(Export, command.export_id, fail)


def expire_export(command: ExpireExport, context: Context) -> Saved:
    def expire(export: Export) -> None:
        export.expire(at=context.now)

    return context.store.change(Export, command.export_id, expire)


HANDLERS: Handlers = {
    RequestExport: request_export,
    CompleteExport: complete_export,
    FailExport: fail_export,
    ExpireExport: expire_export,
}
