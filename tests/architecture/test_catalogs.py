"""Is everything that was written also listed? Registration is by hand; forgetting is noticed here."""

import re
from collections import Counter
from functools import cache
from importlib import import_module
from inspect import isclass
from typing import Any

from application.catalog import HANDLERS, PROCESSES
from application.kernel.command import Command
from projections.catalog import PROJECTORS
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from tests.architecture.tree import classes_under, sources
from tests.kit.every import every

COMMANDS = classes_under("application", Command)
EVERY_COMMAND = every("command", COMMANDS, called=lambda one: one.__name__)
EVERY_PROJECTOR = every("projector", PROJECTORS, called=lambda one: one.name)
KEBAB = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


@cache
def handler_tables() -> dict[str, dict[type[Command], Any]]:
    """The HANDLERS of every module of commands, by the module's name."""
    modules = (
        import_module(source.name)
        for source in sources("application")
        if source.name not in ("application.catalog", "application.kernel.handlers")
    )
    return {module.__name__: module.HANDLERS for module in modules if hasattr(module, "HANDLERS")}


@EVERY_COMMAND
class TestEveryCommand:
    def test_has_exactly_one_handler(self, command: type[Command]) -> None:
        tables = Counter(known for table in handler_tables().values() for known in table)
        assert tables[command] == 1, (
            f"{command.__name__} has {tables[command]} handlers: add the line"
            f" `{command.__name__}: {snake_case(command.__name__)},` to HANDLERS of"
            f" {command.__module__}, once"
        )
        module = command.__module__.rpartition(".")[2]
        assert command in HANDLERS, (
            f"add the line `**{module}.HANDLERS,` to HANDLERS in application/catalog.py"
        )

    def test_is_frozen_and_closed(self, command: type[Command]) -> None:
        assert command.model_config.get("frozen") is True
        assert command.model_config.get("extra") == "forbid"

    def test_says_what_is_ordered(self, command: type[Command]) -> None:
        assert (vars(command).get("__doc__") or "").strip(), f"{command.__name__} needs a docstring"


def test_every_table_of_handlers_is_in_the_catalog() -> None:
    for module, table in handler_tables().items():
        line = f"**{module.rpartition('.')[2]}.HANDLERS,"
        for command, handler in table.items():
            assert HANDLERS.get(command) is handler, f"add `{line}` to HANDLERS in application/catalog.py"


class TestProcesses:
    def test_are_all_listed(self) -> None:
        written = {
            value
            for source in sources("application")
            if source.path.startswith("application/processes/")
            for value in vars(import_module(source.name)).values()
            if isclass(value) and value.__module__ == source.name and hasattr(value, "react")
        }
        missing = written - {type(process) for process in PROCESSES}
        assert not missing, "\n".join(
            f"add `{one.__name__}()` to PROCESSES in application/catalog.py" for one in missing
        )

    @every("process", PROCESSES, called=lambda one: one.name)
    def test_say_who_they_are(self, process: Any) -> None:
        assert KEBAB.match(process.name)
        assert (type(process).__doc__ or "").strip()
        assert process.starts in ("beginning", "now")
        assert process.handles

    def test_have_names_of_their_own(self) -> None:
        names = [process.name for process in PROCESSES]
        assert len(names) == len(set(names))


class TestProjectors:
    def test_are_all_listed(self) -> None:
        missing = set(classes_under("projections", Projector)) - {type(one) for one in PROJECTORS}
        assert not missing, "\n".join(
            f"add the line `{one.__name__}(),` to PROJECTORS in projections/catalog.py" for one in missing
        )

    def test_have_names_and_tables_of_their_own(self) -> None:
        assert len({one.name for one in PROJECTORS}) == len(PROJECTORS)
        assert len({one.row.TABLE for one in PROJECTORS}) == len(PROJECTORS)

    def test_use_every_row(self) -> None:
        unused = set(classes_under("projections", Row)) - {one.row for one in PROJECTORS}
        assert not unused, f"no projector writes {sorted(one.__name__ for one in unused)}"

    @EVERY_PROJECTOR
    def test_say_who_they_are(self, projector: Projector[Any]) -> None:
        assert KEBAB.match(projector.name)
        assert (type(projector).__doc__ or "").strip()
        assert len(projector.handles) == len(set(projector.handles)) > 0
        assert set(projector.row.KEY) <= set(projector.row.model_fields)


def snake_case(name: str) -> str:
    """`PlanTrip` as `plan_trip`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
