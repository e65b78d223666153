"""Do the tours keep their promises, and is what they print what they run?"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Container, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from adapters.bootstrap import DemoAccess, demo_access
from adapters.settings import Settings
from api.cli import app
from api.terminal.tours.catalog import TOURS, take
from api.terminal.tours.excerpt import excerpt
from application.travel.policies import SetPolicy
from tests.architecture.tree import ROOT
from tests.journeys.test_running import Running, escale, free_port
from tests.kit.pasted import escale_for_readers

# Everything a reader would paste stands at the margin; a command goes on after a backslash or inside a quote.
COMMAND = re.compile(r"^(?:until |PGPASSWORD=\S+ )?(?:curl|sed|python3|\S*python|\S*escale) ")
HEADING = re.compile(r"^\d+/\d+  ", re.MULTILINE)
RULES = set(SetPolicy.model_fields)


class Demo:
    """A demo that runs in a process of its own, and its reader's terminal."""

    def __init__(self, running: Running, data_dir: Path) -> None:
        self.running = running
        self.data_dir = data_dir
        self.access: DemoAccess = demo_access(Settings(data_dir=data_dir))

    def tour(self, *words: str, language: str = "en") -> Result:
        """The tour without waiting; address and port come from the data directory."""
        place = ("--data-dir", str(self.data_dir))
        return CliRunner().invoke(app, ["tour", *words, "--yes", "--lang", language, *place])

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """A command of the owner, beside every tour."""
        headers = {
            "Authorization": f"Bearer {self.access.aurore.api_key}",
            "Content-Type": "application/json",
        }
        request = Request(f"{self.access.url}{path}", json.dumps(body).encode(), headers)
        with urlopen(request) as answer:
            return dict(json.load(answer))


@pytest.fixture(scope="module", autouse=True)
def a_readers_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing names another installation than the one in the data directory; files go where tests clean up."""
    with pytest.MonkeyPatch.context() as environment, escale_for_readers() as folder:
        environment.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        environment.setattr("sys.argv", [str(folder / "escale")])
        for name in ("DATABASE_URL", "REDIS_URL", "COLUMNS"):
            environment.delenv(name, raising=False)
        environment.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("files")))
        yield


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("tours")
    words = ("--trips", "20", "--data-dir", str(folder / "data"), "--port", str(free_port()))
    with escale("demo", *words, output=folder / "printed") as running:
        running.wait_for("Serving.")
        yield Demo(running, folder / "data")


@pytest.fixture(scope="module")
def client_tour(demo: Demo) -> str:
    """What the client's tour printed."""
    taken = demo.tour("client")
    assert taken.exit_code == 0, taken.output
    return taken.output


@pytest.fixture(scope="module")
def auditor_tour(demo: Demo) -> str:
    """What the auditor's tour printed."""
    taken = demo.tour("auditor")
    assert taken.exit_code == 0, taken.output
    return taken.output


@pytest.fixture(scope="module")
def analyst_tour(demo: Demo) -> str:
    """What the analyst's tour printed."""
    taken = demo.tour("analyst")
    assert taken.exit_code == 0, taken.output
    return taken.output


def steps(output: str) -> list[str]:
    """What was printed of each step."""
    return re.split(HEADING, output)[1:]


def command_of(step: str) -> str:
    """The command at the margin, as it was printed."""
    lines = iter(step.splitlines()[1:])
    command = next(lines)
    assert COMMAND.match(command), step
    while command.endswith("\\") or command.count("'") % 2 or command.count('"') % 2:
        command += "\n" + next(lines)
    return command


def shown_of(step: str) -> list[str]:
    """The lines of the answer that were shown, without those that stand for more."""
    indented = [line.strip() for line in step.splitlines() if line.startswith("    ")]
    command = command_of(step)
    return [line for line in indented if line != "..." and line not in command]


def pasted(command: str) -> str:
    """What a shell answers to the command."""
    answer = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "76"},
    )
    return answer.stdout + answer.stderr


def facts_in(line: str) -> list[str]:
    """The fields in a line of JSON, or the line itself."""
    fields = re.findall(r'"\w+": (?:"[^"]*"|[\w.]+)', line)
    if fields or line[:1] in '{}[]"':
        return [str(field) for field in fields]
    return [line]


def same(text: str) -> str:
    """Text without the difference between one way of spacing and another."""
    return re.sub(r"\s+", "", text)


def refuse_differences(output: str, *, leaving_out: Container[int] = (), moving: str = "$^") -> None:
    """Pastes every command of a tour, and looks for everything that was shown of its answer.

    `moving` facts change with every command, those of the tour itself included.
    """
    for number, step in enumerate(steps(output), 1):
        if number in leaving_out:
            continue
        answer = same(pasted(command_of(step)))
        facts = [fact for line in shown_of(step) for fact in facts_in(line) if not re.search(moving, fact)]
        assert facts, step
        assert [fact for fact in facts if same(fact) not in answer] == [], f"{step}\n{answer}"


class TestClient:
    def test_shows_every_step(self, client_tour: str) -> None:
        assert len(steps(client_tour)) == len(TOURS["client"].steps) == 11
        assert "11 steps, every answer as promised." in client_tour

    def test_breaks_three_rules(self, client_tour: str) -> None:
        for step in (steps(client_tour)[at] for at in (4, 7, 8)):
            rules = set(re.findall(r'"rule": "(\w+)"', step))
            assert rules == {"max_flight_class", "max_daily_budget_eur", "advance_booking_days"}
        assert '"spend_eur_cents": 319000' in steps(client_tour)[7]

    def test_repeats_one_trip_and_refuses_the_rest(self, client_tour: str) -> None:
        planned, again, refused = steps(client_tour)[1:4]
        assert re.findall(r'"id": ".*"', planned) == re.findall(r'"id": ".*"', again) != []
        assert "idempotency-replayed: true" in again
        assert '"code": "approval_required"' in refused
        stranger, no_number = steps(client_tour)[9:]
        assert '"status": 404' in stranger
        assert '"pointer": "/segments/0/price/amount_minor"' in no_number

    def test_prints_what_gives_the_same_answer_when_pasted(self, client_tour: str) -> None:
        refuse_differences(client_tour)

    def test_can_be_taken_again_in_french(self, demo: Demo, client_tour: str) -> None:
        again = demo.tour("client", language="fr")
        assert again.exit_code == 0, again.output
        assert "11 étapes, chaque réponse conforme." in again.output
        (first,), (second,) = (
            re.findall(r'"id": ".*"', steps(text)[1]) for text in (client_tour, again.output)
        )
        assert first != second


class TestAuditor:
    def test_sees_both_rules_across_the_change(self, auditor_tour: str) -> None:
        days = [re.findall(r'"advance_booking_days": (\d+)', step) for step in steps(auditor_tour)[:5]]
        assert days == [["7"], ["5", "7"], ["5"], ["7"], ["5"]]
        assert '"status": 404' in steps(auditor_tour)[5]

    def test_finds_the_forged_byte_and_no_other_difference(self, auditor_tour: str) -> None:
        change, green, forged, red, replay = (steps(auditor_tour)[at] for at in (0, 9, 10, 11, 12))
        (position,) = re.findall(r'"position": (\d+)', change)
        assert "Everything holds." in green
        assert len([line for line in forged.splitlines() if re.fullmatch(r" +\d+ +\d+ +\d+", line)]) == 1
        assert f"BROKEN at position {position}: altered" in red
        assert "Something was changed." in red
        assert re.search(r"[1-9]\d* published rows, 0 differences\.", replay)

    def test_prints_what_gives_the_same_answer_when_pasted(self, auditor_tour: str) -> None:
        # All but the replay: a second scratch database takes as long as everything else. The calls of the tour are
        # counted, so that the log goes on: another seal covers more, and another export is longer.
        refuse_differences(auditor_tour, leaving_out=(8, 9, 10, 13))

    def test_can_be_taken_again_in_french(self, demo: Demo, auditor_tour: str) -> None:
        # All but the replay, which takes seconds and has been run by now.
        shorter = replace(TOURS["auditor"], steps=TOURS["auditor"].steps[:-1])
        console = Console(file=StringIO(), width=100)
        assert take(shorter, demo.access, console, "fr", waits=False)
        printed = console.file.getvalue()  # type: ignore[attr-defined]
        assert "12 étapes, chaque réponse conforme." in printed
        assert printed.count("BROKEN at position") == 1


class TestAnalyst:
    def test_finds_one_total_four_times(self, analyst_tour: str) -> None:
        months, rest, read_back, login = (steps(analyst_tour)[at] for at in (1, 2, 7, 10))
        euros = re.findall(r"^ +\d{4}-\d\d-01 +(\d+\.\d\d) ", months, re.MULTILINE)
        cents = sum(int(figure) for figure in re.findall(r'"sum_spend_eur_cents": (\d+)', rest))
        assert cents == sum(round(float(figure) * 100) for figure in euros) > 0
        assert f" {cents} cents, read at position" in read_back
        assert f"    {cents // 100}.{cents % 100:02}\n" in login

    def test_sees_its_own_company_only(self, demo: Demo, analyst_tour: str) -> None:
        attempt = steps(analyst_tour)[3]
        assert str(demo.access.boreal.tenant_id) in command_of(attempt)
        (row,) = (line for line in shown_of(attempt) if re.match(r"[0-9a-f]{8}-", line))
        assert row.startswith(str(demo.access.aurore.tenant_id))

    def test_ends_the_login_it_was_given(self, demo: Demo, analyst_tour: str) -> None:
        issued, used, ended = steps(analyst_tour)[9:]
        (name,) = set(re.findall(r"an_[0-9a-f]{32}_l[0-9a-f]{20}", issued + used + ended))
        assert f'"user_name": "{name}"' in ended
        assert "password authentication failed" in pasted(command_of(used))

    def test_prints_what_gives_the_same_answer_when_pasted(
        self, analyst_tour: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The password is shown once, and its login is ended by the last step. Here it is the installed command that
        # is started: it takes seconds, and one of three shows as much.
        installed = Path(sys.executable).parent
        monkeypatch.setenv("PATH", f"{installed}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        assert pasted("command -v escale") == f"{installed / 'escale'}\n"
        refuse_differences(
            analyst_tour, leaving_out=(1, 4, 10, 11), moving=r'rows, read at position|"position"'
        )

    def test_can_be_taken_again_in_french(self, demo: Demo, analyst_tour: str) -> None:
        # All but two starts of the command line.
        whole = TOURS["analyst"].steps
        shorter = replace(TOURS["analyst"], steps=(*whole[1:3], *whole[4:]))
        console = Console(file=StringIO(), width=80)
        assert take(shorter, demo.access, console, "fr", waits=False)
        assert "10 étapes, chaque réponse conforme." in console.file.getvalue()  # type: ignore[attr-defined]


class TestBilling:
    def test_counts_once_bills_once_and_is_right_to_the_cent(self, demo: Demo) -> None:
        taken = demo.tour("billing")
        assert taken.exit_code == 0, taken.output
        assert "8 steps, every answer as promised." in taken.output
        used, invoices, explained, judged = (steps(taken.output)[at] for at in (1, 4, 5, 7))
        assert re.findall(r'"status": "(\w+)"', used) == ["accepted", "duplicate", "conflict"]
        assert '"total_minor": 22908' in invoices
        assert "= 2238 from 4 uses" in pasted(command_of(explained))
        assert "invoices, 0 cents of difference." in judged
        again = demo.tour("billing", language="fr")
        assert "8 étapes, chaque réponse conforme." in again.output, again.output


class TestWithoutADemo:
    def test_lists_the_tours(self) -> None:
        listed = CliRunner().invoke(app, ["tour", "--lang", "fr"])
        assert listed.exit_code == 0
        assert all(f"escale tour {name}" in listed.output for name in TOURS)

    def test_refuses_an_unknown_tour(self, demo: Demo) -> None:
        refused = demo.tour("tourist")
        assert refused.exit_code == 2
        assert "there are client, auditor, analyst, billing" in " ".join(refused.output.split())

    def test_says_how_to_start_one(self, tmp_path: Path) -> None:
        words = ["tour", "client", "--yes", "--data-dir", str(tmp_path)]
        refused = CliRunner().invoke(app, words)
        assert refused.exit_code == 2
        assert "Start one with `make demo`" in " ".join(refused.output.split())
        assert list(tmp_path.iterdir()) == []

    def test_tells_another_installation_from_its_own(self, demo: Demo, tmp_path: Path) -> None:
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "master-key").write_text(bytes(range(32)).hex())
        port = demo.access.url.rpartition(":")[2]
        refused = CliRunner().invoke(
            app, ["tour", "client", "--yes", "--data-dir", str(tmp_path), "--port", port]
        )
        assert refused.exit_code == 2
        assert "Name the directory it runs on with --data-dir" in " ".join(refused.output.split())


def test_an_excerpt_keeps_the_order_and_says_where_something_is_left_out() -> None:
    document = {"a": 1, "b": {"c": [{"d": "x", "e": 2}, {"d": "y"}]}, "f": None}
    assert (
        excerpt(document, ("f", "b.c.*.d"), 80)
        == '{"b": {"c": [{"d": "x", ...}, {"d": "y"}]}, "f": null, ...}'
    )
    assert excerpt(document, (), 80) == json.dumps(document)
    assert (
        excerpt({"long": [1, 2], "other": {}}, (), 12)
        == '{\n  "long": [\n    1,\n    2\n  ],\n  "other": {}\n}'
    )


def test_names_the_step_that_is_not_as_promised(demo: Demo, client_tour: str) -> None:
    rules = json.loads(pasted(command_of(steps(client_tour)[0])))
    rules = {name: rules[name] for name in rules if name in RULES}
    demo.post("/api/v1/enterprise/policies", {**rules, "max_flight_class": "first"})
    failed = demo.tour("client")
    assert failed.exit_code == 1
    assert "Step 1/11, “Read the rules of the company”, is not as promised:" in failed.output
    assert 'max_flight_class: expected "premium_economy", found "first"' in failed.output
    demo.post("/api/v1/enterprise/policies", rules)


def test_a_server_that_stops_fails_the_step(demo: Demo) -> None:
    """The last one of the module: nobody serves afterwards."""
    assert demo.running.interrupt() == 0
    console = Console(file=StringIO(), width=100)
    assert not take(TOURS["client"], demo.access, console, "en", waits=False)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Step 1/11, “Read the rules of the company”, is not as promised:" in printed
    assert "curl: (7)" in printed
    refused = demo.tour("client")
    assert (refused.exit_code, "Start one with `make demo`" in " ".join(refused.output.split())) == (2, True)
