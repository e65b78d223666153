"""One command brings everything up; Ctrl-C ends it; a second start finds the data; two starts do not fight."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests.kit.started import Started, supervising, told

READY_WITHIN_S = 120


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation") / "data"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A started `escale`, with what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str] | Started, output: Path) -> None:
        self.process = process
        # What a forked house starts is forked where it was.
        self.parents = {process.parent_id} if isinstance(process, Started) else set()
        self._output = output

    def text(self) -> str:
        return self._output.read_text()

    def wait_for(self, words: str) -> str:
        deadline = monotonic() + READY_WITHIN_S
        while words not in self.text():
            assert self.process.poll() is None, self.text()
            assert monotonic() < deadline, self.text()
            sleep(0.1)
        return self.text()

    def interrupt(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@contextmanager
def escale(*words: str, output: Path, bare: bool = False) -> Iterator[Running]:
    """`escale <words>`, interrupted when the block ends: forked from one that has read the house, or started bare."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "COLUMNS")
    }
    output.touch()
    process: subprocess.Popen[str] | Started
    if bare:
        with output.open("w") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", *words],
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
                env=environment,
                start_new_session=True,
            )
    else:
        process = supervising(*words, log=output, environment=environment)
    try:
        yield Running(process, output)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=40)


def said(running: Running, words: str) -> str:
    """Waits for words however the terminal has broken them into lines."""
    deadline = monotonic() + READY_WITHIN_S
    while words not in (text := " ".join(running.text().split())):
        assert monotonic() < deadline, text
        sleep(0.05)
    return text


def child_of(running: Running, name: str) -> int:
    """The process id of the house's server with this program, or of its process with this title."""
    family = {running.process.pid} | running.parents
    seen: list[tuple[int, int, str]] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                line = (entry / "cmdline").read_text().rstrip("\0").split("\0")
            except (OSError, IndexError):
                continue
            seen.append((int(entry.name), parent, line[0]))
            if parent == running.process.pid:
                family.add(int(entry.name))
    for pid, parent, program in seen:
        if parent in family and (program == f"escale {name}" or Path(program).name == name):
            return pid
    raise AssertionError(f"there is no {name}")


def curl_of(text: str) -> str:
    """The command as printed, to be pasted into a shell."""
    found = re.search(r"^curl .*?(?<!\\)$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, text
    return found.group()


def position(port: int, key: str) -> int:
    request = Request(f"http://127.0.0.1:{port}/api/v1/position", headers={"Authorization": f"Bearer {key}"})
    with urlopen(request) as answer:
        return int(json.load(answer)["position"])


def test_the_whole_house(data_dir: Path, port: int, tmp_path: Path) -> None:
    words = ("--data-dir", str(data_dir), "--port", str(port))

    with escale("demo", "--trips", "12", *words, output=tmp_path / "first", bare=True) as first:
        text = first.wait_for("Serving.")
        key = re.search(r"esk_\w+", text).group()  # type: ignore[union-attr]

        pasted = subprocess.run(["bash", "-c", curl_of(text)], capture_output=True, text=True, check=True)
        assert json.loads(pasted.stdout)["status"] == "planned"

        with urlopen(f"http://127.0.0.1:{port}/") as page:
            shown = page.read().decode()
        assert "events in the log" in shown
        assert shown.count("<h3>") == 4

        with escale("up", *words, output=tmp_path / "taken") as taken:
            assert taken.process.wait(timeout=30) == 2
        assert "choose another with --port" in " ".join(taken.text().split())

        elsewhere = ("--data-dir", str(data_dir), "--port", str(free_port()))
        with escale("up", *elsewhere, output=tmp_path / "second") as second:
            assert second.process.wait(timeout=30) == 2
        refusal = " ".join(second.text().split())
        assert "already runs the embedded services" in refusal
        assert "stop it first, or choose another data directory" in refusal

        checked = told("projections", "check", "--data-dir", str(data_dir))
        assert (checked.returncode, "Every row equals a replay." in checked.stdout) == (0, True), (
            checked.stderr
        )

        before = position(port, key)
        assert first.interrupt() == 0
        assert "Stopped." in first.text()

    with escale("up", *words, output=tmp_path / "third") as third:
        again = third.wait_for("Serving.")
        assert re.search(r"esk_\w+", again).group() == key  # type: ignore[union-attr]
        # The house goes on by itself: past months are billed, and whoever stops writes down the calls it has counted.
        assert position(port, key) >= before
        tampered_row_is_found(data_dir)
        assert third.interrupt() == 0

    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/live")


def tampered_row_is_found(data_dir: Path) -> None:
    """Someone with the owner's rights changes a published figure: `check` names it, with both values."""
    password = (data_dir / "secrets" / "postgres-superuser-password").read_text().strip()
    address = (data_dir / "addresses").read_text().splitlines()[0]
    with psycopg.connect(address, user="escale_superuser", password=password, autocommit=True) as owner:
        owner.execute(
            "update read.trip set spend_eur_cents = 424242 where ctid = (select min(ctid) from read.trip)"
        )
    checked = told("projections", "check", "trips", "--data-dir", str(data_dir))
    assert checked.returncode == 1
    assert "424242" in checked.stdout
    assert "spend_eur_cents" in checked.stdout
    rebuilt = told("projections", "rebuild", "trips", "--data-dir", str(data_dir))
    assert rebuilt.returncode == 0


def plan(text: str) -> str:
    """Plans a trip as pasted; the id of what was accepted."""
    pasted = subprocess.run(["bash", "-c", curl_of(text)], capture_output=True, text=True, check=True)
    accepted = json.loads(pasted.stdout)
    assert accepted.get("status") == "planned", accepted
    return str(accepted["id"])


def shown(port: int, key: str, trip_id: str) -> bool:
    """Is the trip in the read models?"""
    request = Request(
        f"http://127.0.0.1:{port}/api/v1/enterprise/trips/{trip_id}",
        headers={"Authorization": f"Bearer {key}"},
    )
    try:
        with urlopen(request, timeout=5):
            return True
    except OSError:
        return False


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = monotonic() + READY_WITHIN_S
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.1)
    return True


def test_who_is_killed_comes_back_and_commands_go_on(data_dir: Path, port: int, tmp_path: Path) -> None:
    words = ("--data-dir", str(data_dir), "--port", str(port))
    with escale("up", *words, output=tmp_path / "house", bare=True) as house:
        text = house.wait_for("Serving.")
        key = re.search(r"esk_\w+", text).group()  # type: ignore[union-attr]

        os.kill(redis := child_of(house, "redis-server"), signal.SIGKILL)
        trips = [plan(text)]
        said(house, f"Redis (process {redis}) ended unexpectedly with -9;")

        os.kill(worker := child_of(house, "worker"), signal.SIGKILL)
        trips.append(plan(text))
        said(house, "The worker process ended unexpectedly with status -9;")
        assert all(eventually(partial(shown, port, key, trip)) for trip in trips)
        assert child_of(house, "redis-server") != redis
        assert child_of(house, "worker") != worker

        # PostgreSQL comes back once: what was accepted is there.
        os.kill(postgres := child_of(house, "postgres"), signal.SIGKILL)
        said(house, f"PostgreSQL (process {postgres}) ended unexpectedly with -9;")
        assert all(eventually(partial(shown, port, key, trip)) for trip in trips)
        trips.append(plan(text))
        assert eventually(partial(shown, port, key, trips[-1]))
        lines = house.text().splitlines()
        assert sum("Starting it again." in line for line in lines) == 3, lines

        os.kill(child_of(house, "postgres"), signal.SIGKILL)
        told = said(house, "It has been started again as often as is sensible;")
        assert house.process.wait(timeout=30) == 2, told
    assert "Traceback" not in house.text()


def test_another_daily_budget_is_refused_before_anything_is_served(data_dir: Path, tmp_path: Path) -> None:
    words = ("--trips", "1", "--once", "--data-dir", str(data_dir), "--port", str(free_port()))
    if not data_dir.exists():  # alone; otherwise the whole house has lived here
        with escale("demo", *words, output=tmp_path / "founding") as founding:
            assert founding.process.wait(timeout=READY_WITHIN_S) == 0, founding.text()
    with escale("demo", "--max-daily-budget-eur", "300", *words, output=tmp_path / "house") as house:
        assert house.process.wait(timeout=READY_WITHIN_S) == 2, house.text()
    text = " ".join(house.text().split())
    assert "has a daily budget of 600 EUR, not of 300 EUR" in text
    assert "Leave out --max-daily-budget-eur, choose another directory with --data-dir" in text
    assert "Escale is serving" not in text


INTERRUPTED_AT = """
import os, runpy, signal, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
runpy.run_module("api.cli", run_name="__main__")
"""


@pytest.mark.parametrize("module", ["typer", "adapters.bootstrap", "psycopg", "api.terminal.maintenance"])
def test_ctrl_c_during_the_imports_ends_in_one_line(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, module], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (130, "Interrupted; nothing was started.\n")
