"""An `escale` for a reader's PATH: what a shell starts by this name is forked from one that has read the house."""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from tempfile import TemporaryDirectory
from threading import Thread

from adapters import forks
from tests.kit import started

PLACE, INPUT = "PASTED_PLACE", "PASTED_INPUT"

# It stays until the fork has ended, so that its standard streams can be opened by its process id.
SCRIPT = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as house:
    house.connect(sys.argv[1])
    words = [os.getpid(), sys.argv[2:], os.getcwd(), dict(os.environ)]
    house.sendall(json.dumps(words).encode() + b"\\n")
    sys.exit(int(house.makefile().readline()))
"""


class Pasted(StreamRequestHandler):
    """One command: its words, surroundings and streams go to the fork, and the fork's end comes back."""

    def handle(self) -> None:
        process_id, words, place, environment = json.loads(self.rfile.readline())
        streams = Path(f"/proc/{process_id}/fd")
        around = {**environment, PLACE: place, INPUT: str(streams / "0")}
        process = forks.start(
            tuple(words), environment=around, log=streams / "1", errors=streams / "2", program=__name__
        )
        code = started.Started(process).wait(timeout=started.PATIENCE_S)
        self.wfile.write(f"{code}\n".encode())


@contextmanager
def escale_for_readers() -> Iterator[Path]:
    """A folder with the command, until the block ends."""
    with TemporaryDirectory() as folder:
        address, command = Path(folder) / "house", Path(folder) / "escale"
        script = Path(folder) / "script.py"
        script.write_text(SCRIPT)
        words = shlex.join((sys.executable, "-ISE", str(script), str(address)))
        command.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        command.chmod(0o700)
        with ThreadingUnixStreamServer(str(address), Pasted) as server:
            Thread(target=server.serve_forever, args=(0.05,), name="pasted", daemon=True).start()
            yield Path(folder)
            server.shutdown()


def main() -> None:
    """The command line, where and on what the shell had started it."""
    os.chdir(os.environ.pop(PLACE))
    os.dup2(os.open(os.environ.pop(INPUT), os.O_RDONLY), sys.stdin.fileno())
    started.main()
