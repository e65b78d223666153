"""Does the terminal answer an analyst, in every form, with the position it read at?"""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from adapters.analytics.dictionary import VIEWS, described
from api.cli import app
from tests.conftest import Services
from tests.kit.house import Place, opened_place

COUNTED = "select count(*) as trips, sum(spend_eur_cents) as cents from trip"


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies with a trip each, projected."""
    with opened_place(database_url, redis_url, master_key) as opened:
        opened.plan(opened.north)
        opened.plan(opened.south)
        opened.house_at_rest()
        yield opened


@pytest.fixture
def terminal(
    place: Place, services: Services, database_url: str, master_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> CliRunner:
    """A terminal beside the running house."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", services.redis_url)
    monkeypatch.setenv("ESCALE_MASTER_KEY", master_key.hex())
    return CliRunner()


class TestSql:
    def test_shows_a_table_and_the_position_last(self, place: Place, terminal: CliRunner) -> None:
        answer = terminal.invoke(app, ["sql", COUNTED, "--tenant", "north"])
        assert answer.exit_code == 0, answer.output
        head = place.heads()[place.north.id]
        assert answer.stdout.splitlines()[-1] == f"1 row, read at position {head}"
        assert "40000" in answer.stdout

    def test_speaks_json(self, place: Place, terminal: CliRunner) -> None:
        answer = terminal.invoke(app, ["sql", COUNTED, "--tenant", "north", "--json"])
        head = place.heads()[place.north.id]
        assert json.loads(answer.stdout) == {
            "position": head,
            "head": head,
            "has_more": False,
            "rows": [{"trips": 1, "cents": 40_000}],
        }

    def test_speaks_csv(self, terminal: CliRunner) -> None:
        answer = terminal.invoke(app, ["sql", COUNTED, "--tenant", "south", "--csv"])
        assert list(csv.reader(io.StringIO(answer.stdout)))[:2] == [["trips", "cents"], ["1", "40000"]]

    def test_says_when_there_is_more(self, terminal: CliRunner) -> None:
        answer = terminal.invoke(app, ["sql", "select * from event", "--tenant", "north", "--limit", "2"])
        assert "2 rows, more with --limit, read at position" in answer.stdout

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["sql", "select * from nowhere", "--tenant", "north"], 'Relation "nowhere" does not exist.'),
            (["sql", "delete from trip", "--tenant", "north"], "Permission denied for view trip."),
            (["sql", "select 1; select 2", "--tenant", "north"], "multiple commands"),
            (["sql", COUNTED, "--tenant", "west"], "There is no company west."),
            (["tables", "nowhere"], "There is no such table"),
        ],
    )
    def test_refuses_in_a_sentence(self, terminal: CliRunner, words: list[str], said: str) -> None:
        answer = terminal.invoke(app, words)
        assert answer.exit_code == 2
        assert said in " ".join(answer.output.split())

    def test_leaves_no_login_behind(self, place: Place, terminal: CliRunner) -> None:
        terminal.invoke(app, ["sql", COUNTED, "--tenant", "north"])
        with place.house.pools.queries.connection() as connection:
            left = connection.execute(
                "select count(*) from pg_roles where starts_with(rolname, 'an_' || %s)", (place.north.id.hex,)
            ).fetchone()
        assert left == (0,)


class TestTables:
    def test_lists_every_view(self, terminal: CliRunner) -> None:
        answer = terminal.invoke(app, ["tables"])
        assert answer.exit_code == 0, answer.output
        assert all(f"analytics.{view.name}" in answer.stdout for view in VIEWS)

    def test_explains_one(self, terminal: CliRunner) -> None:
        answer = terminal.invoke(app, ["tables", "trip"])
        (trip,) = (view for view in VIEWS if view.name == "trip")
        assert all(column.name in answer.stdout for column in trip.columns)

    def test_speaks_json(self, terminal: CliRunner) -> None:
        assert json.loads(terminal.invoke(app, ["tables", "--json"]).stdout) == described()
