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
MOUNT = 'mount -t tmpfs -o size="$1" escale "$2" && shift 2 && exec "$@"'


@pytest.fixture
def disk() -> Iterator[Path]:
    """Where the small disk is mounted, for the processes inside alone."""
    with tempfile.TemporaryDirectory(prefix="esd-", dir="/tmp") as folder:
        place = Path(folder) / "disk"
        place.mkdir()
        tried = within(place, "true")
        if tried.returncode != 0:
            pytest.skip(f"this kernel lets nobody mount a disk of his own: {tried.stderr.strip()}")
        yield place


def within(disk: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs the command where the small disk is, as an ordinary user."""
    uid = os.getuid() or pwd.getpwnam("daemon").pw_uid
    ordinary = ("unshare", "--user", f"--map-user={uid}", f"--map-group={uid}", *command)
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT, "sh", DISK, str(disk), *ordinary],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )


def told(variant: str, disk: Path) -> dict[str, Any]:
    elsewhere = disk.parent / "elsewhere"
    elsewhere.mkdir()
    ran = within(
        disk, sys.executable, "-m", "tests.reliability.full_disk_house", variant, str(disk), str(elsewhere)
    )
    assert ran.returncode == 0, ran.stderr[-3_000:]
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_for_tables_refuses_commands_and_serves_reads(disk: Path) -> None:
    found = told("data", disk)
    assert found["bytes_free"] == 0
    assert {(status, code) for status, code, _ in found["refused"]} == {(503, "storage_full")}
    assert min(retry_after for _, _, retry_after in found["refused"]) >= 30
    assert found["reads_when_full"] == [200] * 2
    assert found["postgres_ended"] is False
    assert (found["served_afterwards"], found["same_process"]) == (10, True)
    assert found["lost"] == []


def test_for_the_log_of_changes_stops_the_server_and_loses_nothing(disk: Path) -> None:
    found = told("wal", disk)
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
