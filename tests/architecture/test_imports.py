"""Do imports point one way, and would each contract notice if they did not?"""

import ast
import enum
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import packages_distributions
from inspect import isclass, isfunction
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

from domain.kernel.aggregate import Aggregate
from tests.architecture.tree import FLOORS, ROOT, Source, sources

LINTER = Path(sys.executable).with_name("lint-imports")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {one["id"]: one["name"] for one in SETTINGS["tool"]["importlinter"]["contracts"]}

# What each contract must notice: modules to write, and the one contract they break.
VIOLATIONS: list[tuple[str, dict[str, str]]] = [
    ("floors", {"domain/travel/wrong.py": "from application.kernel.command import Command"}),
    ("floors", {"projections/travel/wrong.py": "import application.kernel.command"}),
    ("floors", {"application/travel/wrong.py": "import projections.kernel.row"}),
    ("floors", {"adapters/event_store/wrong.py": "import api.rest"}),
    ("domain-columns", {"domain/travel/wrong.py": "from domain.platform.member import Member"}),
    ("domain-columns", {"domain/undeclared/__init__.py": ""}),
    ("application-columns", {"application/platform/wrong.py": "import application.travel.segments"}),
    ("application-columns", {"application/undeclared/__init__.py": ""}),
    ("projection-columns", {"projections/platform/wrong.py": "import projections.travel.trips"}),
    ("frameworks", {"domain/travel/wrong.py": "import psycopg"}),
    ("frameworks", {"application/travel/wrong.py": "from fastapi import Depends"}),
    ("frameworks", {"projections/travel/wrong.py": "from psycopg_pool import ConnectionPool"}),
    ("one-composition-root", {"api/rest/wrong.py": "import adapters.postgres.pools"}),
    ("doors", {"api/rest/wrong.py": "import api.web"}),
    ("doors", {"api/web/wrong.py": "import api.rest"}),
    (
        "no-cycles",
        {
            "adapters/event_store/wrong.py": "import adapters.event_store.round",
            "adapters/event_store/round.py": "import adapters.event_store.wrong",
        },
    ),
]

# An import against the grain inside one floor closes a circle as well.
CIRCLES: list[tuple[str, dict[str, str]]] = [
    ("domain-columns", {"domain/kernel/wrong.py": "import domain.travel.trip"}),
    ("application-columns", {"application/travel/wrong.py": "import application.processes.erasure"}),
    ("application-columns", {"application/ports/wrong.py": "import application.kernel.context"}),
    ("projection-columns", {"projections/kernel/wrong.py": "import projections.travel.trips"}),
]

# All that the three inner floors may use outside the standard library.
INNER_LIBRARIES = {"pydantic", *FLOORS}
# Calculations a projection may share with the domain; decisions stay where they are.
WALL_TIME = ("days_between", "instant_of", "weekday_of")
SHARED_CALCULATIONS = {"advance_days", "shares", "local_time", *WALL_TIME, "contributions", "divided"}

# Folders that wheels leave beside their packages.
FOLDERS_OF_WHEELS = {"build", "docs", "dummy", "pgbuild", "test", "tests"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code without its data, to be spoilt and restored."""
    folder = tmp_path_factory.mktemp("tree")
    for source in sources():
        target = folder / source.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.text)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken_contracts(folder: Path) -> set[str]:
    """The ids of the contracts that do not hold in a tree."""
    answer = subprocess.run(
        [str(LINTER), "--no-logo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "240", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    names = set(re.findall(r"^(.+?) BROKEN", answer.stdout, re.MULTILINE))
    assert re.search(r"^Contracts: \d+ kept", answer.stdout, re.MULTILINE), answer.stdout + answer.stderr
    return {one for one, name in CONTRACTS.items() if name in names}


@contextmanager
def spoilt(folder: Path, modules: dict[str, str]) -> Iterator[None]:
    """The tree with these modules in it, for as long as the block runs."""
    for path, line in modules.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(f'"""Breaks the rule."""\n\n{line}\n')
    try:
        yield
    finally:
        for path in modules:
            (folder / path).unlink()
            if path.endswith("__init__.py"):
                shutil.rmtree((folder / path).parent)


def label(value: str | dict[str, str]) -> str:
    """How a test case names itself."""
    return value if isinstance(value, str) else ", ".join(value)


class TestContracts:
    def test_all_hold(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "path", list(sys.path))
        # It configures logging for itself, and would silence every logger of this run.
        monkeypatch.setattr("logging.config.dictConfig", lambda settings: None)
        status = lint_imports(no_cache=True, no_logo=True)
        assert status == 0, capsys.readouterr().out

    @pytest.mark.parametrize(("contract", "modules"), VIOLATIONS, ids=label)
    def test_notices(self, copy: Path, contract: str, modules: dict[str, str]) -> None:
        with spoilt(copy, modules):
            assert broken_contracts(copy) == {contract}

    @pytest.mark.parametrize(("contract", "modules"), CIRCLES, ids=label)
    def test_notices_what_closes_a_circle(self, copy: Path, contract: str, modules: dict[str, str]) -> None:
        with spoilt(copy, modules):
            assert broken_contracts(copy) >= {contract}

    def test_every_contract_has_been_seen_to_fail(self) -> None:
        assert {contract for contract, _ in VIOLATIONS} == set(CONTRACTS)

    def test_every_library_is_forbidden_to_the_inner_floors(self) -> None:
        declared = {
            re.split(r"[\[<>=~! ]", one)[0].lower().replace("_", "-")
            for one in SETTINGS["project"]["dependencies"]
        }
        provided = {
            package
            for package, distributions in packages_distributions().items()
            for distribution in distributions
            if distribution.lower().replace("_", "-") in declared and not package.startswith("_")
        }
        contracts = SETTINGS["tool"]["importlinter"]["contracts"]
        (contract,) = (one for one in contracts if one["id"] == "frameworks")
        missing = provided - set(contract["forbidden_modules"]) - {"pydantic", "tzdata"} - FOLDERS_OF_WHEELS
        assert not missing, f"add to forbidden_modules of the contract `frameworks`: {sorted(missing)}"


class TestInnerFloors:
    @pytest.mark.parametrize("floor", ["domain", "application", "projections"])
    def test_use_the_standard_library_and_pydantic_only(self, floor: str) -> None:
        foreign = {
            f"{source.path} imports {name}"
            for source in sources(floor)
            for name in imported_packages(source)
            if name not in INNER_LIBRARIES and name not in sys.stdlib_module_names
        }
        assert not foreign


class TestProjections:
    def test_see_facts_and_values_only(self) -> None:
        assert [problem for source in sources("projections") for problem in decisions_seen(source)] == []

    @pytest.mark.parametrize(
        "line",
        [
            "from domain.travel.trip import Trip",
            "from domain.travel import trip",
            "import domain.travel.trip",
            "from domain.travel.verdict import judge",
            "from domain.travel.policy import *",
        ],
    )
    def test_notice_a_decision(self, line: str) -> None:
        assert len(list(decisions_seen(Source("projections/travel/wrong.py", line)))) == 1

    def test_accept_facts_and_values(self) -> None:
        line = (
            "from domain.travel.trip import TripEvent, TripPlanned, TripStatus\n"
            "from domain.travel.verdict import Verdict\n"
        )
        assert list(decisions_seen(Source("projections/travel/right.py", line))) == []


def imported_packages(source: Source) -> Iterator[str]:
    """The top-level packages a module imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def decisions_seen(source: Source) -> Iterator[str]:
    """What a projection takes from the domain beyond events, values, enums, refusals and constants."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "domain":
                    yield f"{source.path} imports the whole of {alias.name}; name the events and values"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "domain":
            module = import_module(node.module or "")
            for alias in node.names:
                if alias.name == "*" or not is_fact_or_value(alias.name, getattr(module, alias.name, module)):
                    yield f"{source.path} imports {alias.name} from {node.module}: no event and no value"


def is_fact_or_value(name: str, value: Any) -> bool:
    """Events, value objects, enums, refusals, constants and type aliases; never an aggregate."""
    if isclass(value):
        return not issubclass(value, Aggregate) or issubclass(value, enum.Enum)
    if isfunction(value):
        return name in SHARED_CALCULATIONS
    return type(value).__name__ != "module"
