"""How does the embedded Redis come up: on a private socket, with an append-only file?"""

import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from adapters.embedded.account import Account
from adapters.embedded.binaries import Binaries
from adapters.embedded.children import (
    POLL_S,
    Announce,
    Child,
    Command,
    Farewell,
    end_survivors,
    processes_of,
)
from adapters.embedded.directories import Places
from adapters.embedded.refusal import CannotStart

FAREWELL = Farewell(((signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0)))


@dataclass(frozen=True)
class RedisServer:
    binaries: Binaries
    places: Places
    account: Account
    announce: Announce

    @property
    def socket(self) -> Path:
        return self.places.run / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def prepare(self) -> None:
        end_survivors(self._survivors, name="Redis", farewell=FAREWELL, announce=self.announce)
        self.socket.unlink(missing_ok=True)

    def spawn(self) -> Child:
        return Child.spawn(
            "Redis", self._command(), account=self.account, log=self.places.log("redis"), farewell=FAREWELL
        )

    def wait_until_ready(self, child: Child) -> None:
        """Wait for as long as the server lives: a long append-only file takes its time to load."""
        while not self._answers():
            if child.exit_code() is not None:
                raise CannotStart(
                    f"Redis ended during its start (exit code {child.exit_code()}); it holds nothing that "
                    f"cannot be rebuilt, so if {self.places.redis} is damaged, remove it. The last lines of "
                    f"{child.log}:\n{child.last_words()}"
                )
            time.sleep(POLL_S)

    def _command(self) -> Command:
        # The title stays the command line, which is how a survivor of this directory is recognised.
        return [
            str(self.binaries.redis), "--dir", str(self.places.redis), "--port", "0",
            "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--daemonize", "no", "--set-proc-title", "no",
        ]  # fmt: skip

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=10)
        try:
            client.ping()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            if "Permission denied" in str(error):
                raise CannotStart(
                    f"This process may not enter {self.places.run}, where Redis listens as user "
                    f"{self.account.name!r}; start Escale as that user, or as root with its "
                    "usual capabilities."
                ) from None
            return False
        finally:
            client.close()
        return True

    def _survivors(self) -> list[int]:
        directory = str(self.places.redis)
        return processes_of(
            self.account.uid,
            lambda words: Path(words[0]).name == "redis-server" and words[1:3] == ["--dir", directory],
        )
