"""Does the recipe in the README verify an export, for somebody who has nothing but the page?"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.audit.verifier import verify_lines
from tests.architecture.tree import ROOT
from tests.kit.house import Place, opened_place

SECTION = (ROOT / "README.md").read_text().split("\n## Audit\n")[1].split("\n## ")[0]


def block(language: str) -> str:
    """The one block of a language in the section."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    return str(found)


def follow(folder: Path, export: str) -> subprocess.CompletedProcess[str]:
    """Saves an export under the name the recipe gives it and runs the recipe beside it."""
    (folder / "export.ndjson").write_text(export)
    return subprocess.run(
        [sys.executable, "-c", block("python")], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


def test_verifies_its_own_example(tmp_path: Path) -> None:
    answer = follow(tmp_path, block("json"))
    assert answer.returncode == 0, answer.stderr
    report = verify_lines(block("json").splitlines())
    assert (report.findings, report.events, report.seals) == ([], 3, 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Standard", "Standarb", "altered at position 1"),
        ('"from_position":1', '"from_position":2', "a seal is missing"),
        ('"sealed_at":"2030', '"sealed_at":"2031', "InvalidSignature"),
    ],
)
def test_notices_what_was_changed(tmp_path: Path, old: str, new: str, said: str) -> None:
    answer = follow(tmp_path, block("json").replace(old, new))
    assert answer.returncode == 1
    assert said in answer.stderr
    assert verify_lines(block("json").replace(old, new).splitlines()).findings


def test_verifies_a_real_export(place: Place, tmp_path: Path) -> None:
    for _ in range(2):
        place.plan(place.north)
        place.house.auditing.sealer.seal(place.north.id)
    place.plan(place.north)
    lines = list(place.house.auditing.export(place.north.id))
    answer = follow(tmp_path, "".join(lines))
    assert answer.returncode == 0, answer.stderr
    assert [json.loads(line)["kind"] for line in lines].count("seal") == 2
