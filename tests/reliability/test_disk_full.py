"""The disk is full: writing is refused in so many words, reading goes on, and space is all it takes to recover."""

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.house_processes import ROOT

DISK = "220m"
# First as root, to mount; then as an ordinary user again, because PostgreSQL refuses to run as root.
MOUNT = 'for disk in data wal; do mount -t tmpfs -o size="$1" escale "$2/$disk" || exit 1; done; shift 2; exec "$@"'


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    """What one process saw on two small disks, mounted for it alone: one for the tables, one for the log of changes."""
    with tempfile.TemporaryDirectory(prefix="esd-", dir="/tmp") as folder:
        disks = Path(folder)
        for name in ("data", "wal", "elsewhere"):
            (disks / name).mkdir()
        tried = within(disks, "true")
        if tried.returncode != 0:
            pytest.skip(f"this kernel lets nobody mount a disk of his own: {tried.stderr.strip()}")
        places = (str(disks / name) for name in ("data", "wal", "elsewhere"))
        ran = within(disks, sys.executable, "-m", "tests.reliability.full_disk_house", *places)
        assert ran.returncode == 0, ran.stderr[-3_000:]
        lines = (json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"variant"'))
        yield {line["variant"]: line for line in lines}


def within(disks: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs the command where the small disks are, as an ordinary user."""
    uid = os.getuid() or pwd.getpwnam("daemon").pw_uid
    ordinary = ("unshare", "--user", f"--map-user={uid}", f"--map-group={uid}", *command)
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT, "sh", DISK, str(disks), *ordinary],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=180,
    )


def test_for_tables_refuses_commands_and_serves_reads(told: dict[str, Any]) -> None:
    found = told["data"]
    assert found["bytes_free"] == 0
    assert {(status, code) for status, code, _ in found["refused"]} == {(503, "storage_full")}
    assert min(retry_after for _, _, retry_after in found["refused"]) >= 30
    assert found["reads_when_full"] == [200] * 2
    assert found["postgres_ended"] is False
    assert (found["served_afterwards"], found["same_process"]) == (10, True)
    assert found["lost"] == []


def test_for_the_log_of_changes_stops_the_server_and_loses_nothing(told: dict[str, Any]) -> None:
    found = told["wal"]
    assert found["bytes_free"] == 0
    assert {status for status, _, _ in found["refused"]} == {503}
    assert min(retry_after for _, _, retry_after in found["refused"]) >= 1
    # Its one restart is kept for when it can succeed.
    assert (found["postgres_ended"], found["held_back"]) == (True, True)
    assert [line for line in found["announced"] if "as soon as there is space" in line] == [
        line for line in found["announced"] if "is full" in line
    ]
    assert sum("Starting it again" in line for line in found["announced"]) == 1
    assert found["served_afterwards"] == 10
    assert found["lost"] == []
