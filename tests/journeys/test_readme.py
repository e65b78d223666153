"""Does the README tell the truth: its commands, its files, its settings, and its recipe for an aggregate?"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer.main
from alembic.script import ScriptDirectory
from fastapi.routing import APIRoute
from rich.console import Console

from adapters.postgres.migrate import alembic_config
from adapters.settings import Settings
from api.cli import app
from api.main import ROUTERS
from api.terminal.arrival import greet
from tests.architecture.tree import FLOORS, ROOT
from tests.conftest import Services

README = (ROOT / "README.md").read_text()
RECIPE_SECTION = "Adding an aggregate"
# How the recipe names a file, whole or in part, and what belongs there.
STEP = re.compile(r"^(New file|In) `([^`\n]+)`:\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The number the example's revision has in the README; in the copy it is the next free one.
NUMBER, BEFORE = "0004", "0003"

# The recipe's own tests, and the tests of the house that notice a forgotten step.
PROOFS = (
    "tests/domain/travel/test_voucher.py",
    "tests/api/test_vouchers.py",
    "tests/application/test_permissions.py",
    "tests/architecture/test_catalogs.py",
    "tests/architecture/test_events.py",
    "tests/architecture/test_migrations.py::TestCatalogue::test_finds_nothing",
    "tests/architecture/test_migrations.py::TestRevisions",
    "tests/api/test_openapi.py::TestDocument",
    "tests/api/test_bad_input.py::TestEveryOperation::test_covers_every_operation_with_a_body",
    "tests/journeys/test_isolation.py::TestEveryOperation::test_has_a_recorded_call",
    "tests/projections/test_tables.py",
)


def section(title: str) -> str:
    """The text under a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found is not None, f"README.md has no section {title!r}"
    return found[1]


def written(path: Path, text: str) -> None:
    """A new file; the recipe must not name one that exists."""
    assert not path.exists(), f"README.md calls {path.name} new, and it exists"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def edited(path: Path, diff: str) -> None:
    """Applies hunks without line numbers: what a hunk shows must be there, exactly once."""
    text = path.read_text()
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert ("\n" + text).count("\n" + before) == 1, (
            f"README.md edits {path.name} at lines that are not there once:\n{before}"
        )
        text = ("\n" + text).replace("\n" + before, "\n" + after)[1:]
    path.write_text(text)


def as_next_revision(text: str) -> str:
    """The recipe's revision after the present head, so that a new migration leaves the README alone."""
    head = ScriptDirectory.from_config(alembic_config("postgresql://nowhere/")).get_current_head()
    assert head is not None
    return text.replace(NUMBER, f"{int(head) + 1:04}").replace(f'"{BEFORE}"', f'"{head}"')


def run(copy: Path, *words: str, **environment: str) -> None:
    """A command in the copy that must succeed."""
    answer = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, f"{shlex.join(words)}\n{answer.stdout[-6_000:]}\n{answer.stderr[-2_000:]}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree after somebody has followed the recipe to the letter."""
    folder = tmp_path_factory.mktemp("recipe")
    for name in (*FLOORS, "tests"):
        shutil.copytree(ROOT / name, folder / name)  # what is compiled keeps its date, and is taken as it is
    shutil.copy(ROOT / "pyproject.toml", folder)
    steps = STEP.findall(section(RECIPE_SECTION))
    assert len(steps) == len(re.findall(r"^```(?:python|diff)$", section(RECIPE_SECTION), re.MULTILINE))
    for kind, name, language, text in steps:
        if kind == "New file":
            assert language == "python"
            revised = as_next_revision(text) if "/migrations/" in name else text
            written(folder / as_next_revision(name), revised)
        else:
            assert language == "diff"
            edited(folder / name, text)
    return folder


class TestRecipe:
    def test_is_good_style(self, copy: Path) -> None:
        touched = [as_next_revision(name) for _, name, _, _ in STEP.findall(README)]
        run(copy, "ruff", "check", "--no-cache", *touched)
        run(copy, "ruff", "format", "--no-cache", "--check", *touched)

    def test_makes_an_aggregate_that_works(self, copy: Path, services: Services) -> None:
        run(
            copy,
            *("pytest", *PROOFS),
            DATABASE_URL=services.database_url,
            REDIS_URL=services.redis_url,
            UPDATE_SNAPSHOTS="1",
        )
        assert (copy / "tests/snapshots/events/voucher.reported.v1.json").exists()


class TestQuickStart:
    def test_shows_what_a_newcomer_sees(self) -> None:
        shown = section("Quick start")
        found = re.search(r"(esk_\S+)' .*?\"traveller_id\": \"(\S+)\"", shown, re.DOTALL)
        assert found is not None
        accounts = re.findall(r"^(\w+) +(\S+@\S+) +(\w+)$", shown, re.MULTILINE)
        demo = SimpleNamespace(accounts=lambda companies, practices: accounts)
        company = SimpleNamespace(api_key=found[1], traveller_ids=[found[2]])
        practice = SimpleNamespace(api_key=re.findall(r"Bearer (esk_\S+)'", shown)[1])
        console = Console(file=StringIO(), width=110)
        greet(console, Settings.model_construct(), demo, [company], [practice])  # type: ignore[arg-type, list-item]
        lines = [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
        assert "\n".join(lines).strip() in shown


class TestCommands:
    def test_of_make_exist(self) -> None:
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        named = set(re.findall(r"(?:`|^\$ )(?:\w+=\S+ )?make ([a-z-]+)", README, re.MULTILINE))
        assert {"demo", "up", "test", "clean"} <= named <= targets

    def test_of_escale_exist_with_their_options(self) -> None:
        root = typer.main.get_command(app)
        named = list(commands_named(README))
        assert {"projections"} <= {words[0] for words in named}
        for words in named:
            command = root
            for word in words:
                command = command.commands[word]  # type: ignore[attr-defined]
        options = {option for one in leaves(root) for parameter in one.params for option in parameter.opts}
        assert set(re.findall(r"(--[a-z-]+) [\d./]", section("Quick start"))) <= options
        assert "--max-daily-budget-eur" in section("Quick start")


class TestAddresses:
    @pytest.mark.parametrize("title", ["Policies, approvals and budgets", "Figures, expenses and peers"])
    def test_named_are_served(self, title: str) -> None:
        served = {
            re.sub(r"\{[^}]+\}", "{}", route.path)
            for router in ROUTERS
            for route in router.routes
            if isinstance(route, APIRoute)
        }
        named = {
            re.sub(r"\{[^}]+\}", "{}", path) for path in re.findall(r"(/api/v1/[\w{}/-]+)", section(title))
        }
        assert len(named) >= 6
        assert named <= served


class TestConfiguration:
    def test_table_equals_the_settings(self) -> None:
        lines = re.findall(
            r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? *\| (.+) \|$", section("Configuration"), re.MULTILINE
        )
        assert [(name, default) for name, default, _ in lines] == list(settings_table())
        assert all(meaning.strip() for _, _, meaning in lines)


class TestFiles:
    def test_named_exist(self) -> None:
        outside = FENCE.sub("", README)
        named = set(re.findall(r"`(\.?[\w-]+(?:/[\w.-]+)*/?|[\w.-]+(?:/[\w.-]+)*\.[a-z]+)`", outside))
        files = {name for name in named if "/" in name or re.search(r"\.(md|toml|yaml|lock|ini)$", name)}
        new = {name for kind, name, _, _ in STEP.findall(README) if kind == "New file"}
        assert len(files) > 40
        assert sorted(name for name in files - new if not (ROOT / name).exists()) == []
        assert (ROOT / "Dockerfile").exists()
        assert (ROOT / "LICENSE").exists()

    def test_of_the_tour_exist(self) -> None:
        (picture,) = (text for kind, text in FENCE.findall(README) if kind == "text")
        boxes = re.split(r"^ \+", picture, flags=re.MULTILINE)
        for box in boxes:
            floors = re.findall(rf"\b({'|'.join(FLOORS)})/", box)
            for name in re.findall(r"\b([a-z_]+(?:/|\.py))", box):
                places = [ROOT / floor for floor in floors] + [ROOT]
                assert any((place / name).exists() for place in places), name

    def test_of_the_tests_prove_something(self) -> None:
        proofs = re.findall(r"\| `(tests/\S+)` \|$", section("What you can rely on"), re.MULTILINE)
        assert len(proofs) > 15
        for proof in proofs:
            assert re.search(r"^ *(def test_|class Test)", (ROOT / proof).read_text(), re.MULTILINE), proof


def test_nothing_leads_to_a_stranger() -> None:
    """The name on the public index belongs to another project, and no machine of ours is named."""
    assert not re.search(r"pip\s+install\s+escale", README)
    hosts = set(re.findall(r"https?://([^/\s)'\"`]+)", README))
    assert {host.partition(":")[0] for host in hosts} <= {
        "127.0.0.1",
        "localhost",
        "git.example.com",
        "hooks.example.com",
    }
    assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/", README)


def commands_named(text: str) -> Iterator[list[str]]:
    """`escale projections check` as its words, wherever code names it."""
    for words in re.findall(r"(?:`|^\$ \.venv/bin/)escale ((?:[a-z]+ ?)+)", text, re.MULTILINE):
        first, *rest = words.split()
        yield [first, *rest[:1]] if first == "projections" else [first]


def leaves(command: typer.core.TyperCommand | typer.core.TyperGroup) -> Iterator[typer.core.TyperCommand]:
    """Every command below this one."""
    if isinstance(command, typer.core.TyperGroup):
        for one in command.commands.values():
            yield from leaves(one)  # type: ignore[arg-type]
    else:
        yield command


def settings_table() -> Iterator[tuple[str, str]]:
    """Every setting as the environment names it, with its default."""
    prefix = Settings.model_config["env_prefix"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        yield str(field.validation_alias or f"{prefix}{name}".upper()), default
