"""Does the crew start its members again, and know when that is no use?"""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from embedded_kit import eventually

from adapters.embedded.services import CannotStart
from adapters.installation import Crew, Prepared
from adapters.settings import Settings

MakeCrew = Callable[[str], Crew]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def crew_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> Iterator[MakeCrew]:
    """A crew whose members run a script instead of the house."""
    crews: list[Crew] = []
    monkeypatch.syspath_prepend(tmp_path)

    def make(script: str) -> Crew:
        (tmp_path / "member.py").write_text(f"def main():\n    {script}\n")
        settings = Settings(data_dir=tmp_path, master_key=bytes(range(32)).hex())
        installation = Prepared(settings, "postgresql:///none", "unix:///none", None)
        crews.append(Crew(installation, said.append, program="member"))
        return crews[-1]

    yield make
    for crew in crews:
        crew.stop()


def process_of(crew: Crew) -> Any:
    return crew._members[0].process


def test_a_killed_member_is_started_again_with_one_line(crew_of: MakeCrew, said: list[str]) -> None:
    crew = crew_of("import time; time.sleep(60)")
    crew.start("worker")
    crew.tend()
    assert said == []
    first = process_of(crew)
    first.kill()
    first.join()
    crew.tend()
    assert process_of(crew).pid != first.pid
    assert process_of(crew).exitcode is None
    assert len(said) == 1
    assert said[0].startswith("The worker process ended unexpectedly with status -9; see ")


def test_a_member_that_always_ends_is_given_up_with_its_last_words(
    crew_of: MakeCrew, said: list[str]
) -> None:
    crew = crew_of("raise SystemExit('no such thing')")
    crew.start("worker")
    for _ in range(5):
        assert eventually(lambda: process_of(crew).exitcode is not None)
        crew.tend()
    assert len(said) == 5
    assert eventually(lambda: process_of(crew).exitcode is not None)
    with pytest.raises(CannotStart, match="(?s)worker process ended 6 times within a minute.*no such thing"):
        crew.tend()


def test_a_member_that_ends_before_the_house_is_ready_is_not_tried_again(
    crew_of: MakeCrew, said: list[str]
) -> None:
    crew = crew_of("raise SystemExit('badly set up')")
    crew.start("api")
    with pytest.raises(CannotStart, match="(?s)api process ended during its start.*badly set up"):
        crew.wait_until_ready("http://127.0.0.1:9/ready", Event())
    assert said == []
