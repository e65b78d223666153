"""A supervisor that tests may kill, and the processes it leaves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
IS_ROOT = os.geteuid() == 0


class Supervisor:
    """`embedded_supervisor.py` as a child, heard line by line."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("embedded_supervisor.py")),
                str(data_dir),
                *arguments,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
        )

    def hear(self, word: str) -> str:
        assert self.process.stdout is not None
        heard = []
        for line in self.process.stdout:
            heard.append(line)
            if word in (words := json.loads(line)):
                return str(words[word])
        raise AssertionError(f"never heard {word!r}, but {heard}")

    def close(self) -> None:
        self.process.communicate(timeout=30)


def servers_of(directory: Path) -> list[int]:
    """Living processes that mention a directory on their command line."""
    wanted = os.fsencode(directory) + b"/"
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if Path(os.fsdecode(words[0])).name in ("postgres", "redis-server", "initdb") and any(
                word.startswith(wanted) for word in words
            ):
                found.append(int(entry.name))
    return found


def eventually(condition: Callable[[], bool], *, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
