"""How does a company make its departments, cost centres and groups of travellers?"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.refusals import CapacityTaken
from domain.kernel.text import Code, Title
from domain.travel.unit import UNIT_CODE, Unit, UnitCodeTaken, UnitKind


class OpenUnit(Command):
    """Make a department, a cost centre or a group of travellers."""

    kind: UnitKind
    code: Code
    name: Title


class RenameUnit(Command):
    """Give it another code or name."""

    unit_id: UUID
    code: Code
    name: Title


class CloseUnit(Command):
    """Take it out of use; what is on its account stays there."""

    unit_id: UUID


def open_unit(command: OpenUnit, context: Context) -> Saved:
    unit_id = uuid5(context.tenant_id, f"unit:{context.command.id}")

    def create() -> Unit:
        unit = Unit.new(unit_id)
        unit.open(kind=command.kind, code=command.code, name=command.name, at=context.now)
        return unit

    with _code_is_unique():
        return context.store.add(create)


def rename_unit(command: RenameUnit, context: Context) -> Saved:
    with _code_is_unique():
        return context.store.change(
            Unit,
            command.unit_id,
            lambda unit: unit.rename(code=command.code, name=command.name, at=context.now),
        )


def close_unit(command: CloseUnit, context: Context) -> Saved:
    return context.store.change(Unit, command.unit_id, lambda unit: unit.close(at=context.now))


@contextmanager
def _code_is_unique() -> Iterator[None]:
    try:
        yield
    except CapacityTaken as refusal:
        if UNIT_CODE in refusal.kinds():
            raise UnitCodeTaken from refusal
        raise


HANDLERS: Handlers = {OpenUnit: open_unit, RenameUnit: rename_unit, CloseUnit: close_unit}
