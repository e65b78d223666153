"""Does the code keep the habits of the house that no linter knows?"""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.tree import Source, sources

MOST_LINES = 450
# Auditors copy this one file to a machine of their own, so it may not be split.
COPIED_ALONE = frozenset({"adapters/audit/verifier.py"})
INNER_FLOORS = ("domain", "application", "projections")
TENANT = "%(tenant_id)s"

# Clocks and dice: what makes a replay differ from the first run.
IMPURE = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
    *("time.monotonic", "time.perf_counter", "time.sleep", "uuid.uuid1", "uuid.uuid4", "os.urandom"),
}
IMPURE_NAMES = {"uuid1", "uuid4", "uuid6", "uuid7", "urandom", "monotonic", "perf_counter", "token_hex"}
IMPURE_MODULES = {"random", "secrets"}
IMPURE_SOURCES = {"uuid", "uuid_utils.compat", "time", "os", *IMPURE_MODULES}
# Modules whose output a person reads in a terminal.
TERMINAL = ("api/cli", "api/terminal")
EXECUTING = {"execute", "executemany", "exec_driver_sql", "copy", "rows", "row"}
# A statement that names a table of tenants.
TENANT_TABLE = re.compile(
    r"\b(?:from|join|into|update|table|delete\s+from)\s+(?:es|read|vault)\.\w+", re.IGNORECASE
)

Check = Callable[[Source], Iterator[str]]


def clocks_and_dice(source: Source) -> Iterator[str]:
    """Time, ids and chance enter at the door in a Context."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node).split(".", 1)[0] in IMPURE_MODULES:
            yield f"{source.path}:{node.lineno} draws a random number"
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in IMPURE:
            yield f"{source.path}:{node.lineno} reads {ast.unparse(node)}; take the time from the context"
        if isinstance(node, ast.ImportFrom) and node.module in IMPURE_SOURCES:
            for alias in node.names:
                if alias.name in IMPURE_NAMES | {"time"} or node.module in IMPURE_MODULES:
                    yield f"{source.path}:{node.lineno} imports {alias.name}; the context has ids and times"
        if isinstance(node, ast.Import) and any(alias.name in IMPURE_MODULES for alias in node.names):
            yield f"{source.path}:{node.lineno} imports chance; decisions have none"


def commits(source: Source) -> Iterator[str]:
    """Transactions end by themselves; only the PostgreSQL adapter may end one by hand."""
    if source.path.startswith("adapters/postgres/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield f"{source.path}:{node.lineno} commits by hand; use `with connection.transaction()`"


def prints(source: Source) -> Iterator[str]:
    """Only what talks to a terminal prints."""
    if source.path.startswith(TERMINAL):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"{source.path}:{node.lineno} prints; log it, or say it in api/terminal"


def missing_docstrings(source: Source) -> Iterator[str]:
    """A module opens with one sentence, which may be followed by a paragraph."""
    docstring = ast.get_docstring(source.tree)
    if not docstring:
        yield f"{source.path} has no docstring; say in one sentence which question it answers"
        return
    first = docstring.split("\n\n")[0].strip()
    if not first.endswith((".", "?", "!", ":")):
        yield f"{source.path} opens with no whole sentence: {first!r}"


def long_modules(source: Source) -> Iterator[str]:
    """A module that long answers two questions."""
    lines = source.text.count("\n")
    if lines > MOST_LINES and source.path not in COPIED_ALONE:
        yield f"{source.path} has {lines} lines; split it where it answers a second question"


def busy_packages(source: Source) -> Iterator[str]:
    """Importing a package does nothing."""
    if source.path.endswith("__init__.py") and len(source.tree.body) != 1:
        yield f"{source.path} holds more or less than a docstring"


def built_statements(source: Source) -> Iterator[str]:
    """SQL is written, or composed by psycopg.sql; it is never glued together from text."""
    if source.path.startswith("adapters/postgres/migrations/"):
        return
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in EXECUTING
            and node.args
            and is_glued(node.args[0])
        ):
            yield f"{source.path}:{node.lineno} builds a statement from text; use parameters or psycopg.sql"


def is_glued(node: ast.expr) -> bool:
    """Does the expression put text together with something that is not a constant?"""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return not all(is_written(part) for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return not (is_written(node.left) and is_written(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return not ast.unparse(node.func.value).startswith(("sql.SQL(", "SQL("))
    return False


def is_written(node: ast.expr) -> bool:
    """A literal, or a constant in capitals, or both added."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return is_written(node.left) and is_written(node.right)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def foreign_queries(source: Source) -> Iterator[str]:
    """Tables of tenants are read by the adapters and by the queries of the read models."""
    if source.path.startswith(("adapters/", "projections/")):
        return
    yield from (
        f"{source.path}:{line} queries a table of tenants; put the query into projections/ or adapters/"
        for line, text in strings(source)
        if TENANT_TABLE.search(text)
    )


def unscoped_statements(source: Source) -> Iterator[str]:
    """Every statement of a read model names its tenant."""
    yield from (
        f"{source.path}:{line} has a statement without {TENANT}"
        for line, text in strings(source)
        if TENANT_TABLE.search(text) and TENANT not in text
    )


def strings(source: Source) -> Iterator[tuple[int, str]]:
    """Every text of a module that is no docstring, with its line."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


RULES: dict[Check, tuple[str, ...]] = {
    clocks_and_dice: INNER_FLOORS,
    commits: (),
    prints: (),
    missing_docstrings: (),
    long_modules: (),
    busy_packages: (),
    built_statements: (),
    foreign_queries: (),
    unscoped_statements: ("projections",),
}

# What each rule must notice, as a module of that path and text.
WRONG: list[tuple[Check, str, str]] = [
    (clocks_and_dice, "domain/x.py", "from datetime import datetime\ndatetime.now()"),
    (clocks_and_dice, "projections/x.py", "import datetime\ndatetime.datetime.now(datetime.UTC)"),
    (clocks_and_dice, "application/x.py", "import time\ntime.time()"),
    (clocks_and_dice, "application/x.py", "from uuid import uuid4"),
    (clocks_and_dice, "application/x.py", "import uuid\nuuid.uuid4()"),
    (clocks_and_dice, "domain/x.py", "import random"),
    (clocks_and_dice, "domain/x.py", "from random import choice"),
    (commits, "api/x.py", "connection.commit()"),
    (prints, "adapters/x.py", "print('hello')"),
    (missing_docstrings, "domain/x.py", "x = 1"),
    (missing_docstrings, "domain/x.py", '"""things"""'),
    (long_modules, "domain/x.py", "\n" * 451),
    (busy_packages, "domain/x/__init__.py", '"""Things."""\nimport os'),
    (busy_packages, "domain/x/__init__.py", ""),
    (built_statements, "adapters/x.py", "c.execute(f'select {x}')"),
    (built_statements, "adapters/x.py", "c.execute('select %s' % x)"),
    (built_statements, "adapters/x.py", "c.execute('select ' + x)"),
    (built_statements, "adapters/x.py", "c.execute('select {}'.format(x))"),
    (built_statements, "projections/x.py", "sql.rows(SELECT + f'{x}')"),
    (foreign_queries, "api/x.py", "c.execute('select 1 from read.trip')"),
    (foreign_queries, "application/x.py", "X = 'update es.claim set units = 1'"),
    (unscoped_statements, "projections/x.py", "X = 'select trip_id from read.trip'"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_is_kept(rule: Check) -> None:
    assert [problem for source in sources(*RULES[rule]) for problem in rule(source)] == []


@pytest.mark.parametrize(("rule", "path", "text"), WRONG)
def test_is_noticed_when_broken(rule: Check, path: str, text: str) -> None:
    assert len(list(rule(Source(path, text)))) == 1


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {rule for rule, _, _ in WRONG} == set(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "c.execute(sql.SQL('select {}').format(sql.Identifier(x)))",
        "c.execute('select 1 where a = %s', (x,))",
        "sql.rows(SELECT + ORDER, limit=1)",
        "c.execute(statement)",
    ],
)
def test_written_and_composed_statements_are_fine(text: str) -> None:
    assert list(built_statements(Source("adapters/x.py", text))) == []
