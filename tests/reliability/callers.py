"""Clients that trust nobody: every wish is journalled before it leaves, and asked again until it is answered."""

import json
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid5

from tests.kit.house import Company, a_flight
from tests.reliability.journal import Journal, Sent

TRIPS = "/api/v1/enterprise/trips"
PATIENCE_S = 15.0
BREATH_S = 0.02
# Answers that leave open what became of the command; nobody was told no.
UNDECIDED = frozenset({429, 500, 502, 503, 504})


class Ports:
    """The doors of the installation, and how many requests are on their way through each."""

    def __init__(self, ports: list[int]) -> None:
        self.all = ports
        self.under_way = dict.fromkeys(ports, 0)
        self._lock = Lock()

    def enter(self, port: int) -> None:
        """A request leaves."""
        with self._lock:
            self.under_way[port] += 1

    def leave(self, port: int) -> None:
        """It was answered, or will never be."""
        with self._lock:
            self.under_way[port] -= 1

    @property
    def busy(self) -> int:
        """Requests nobody has answered yet."""
        return sum(self.under_way.values())


class Caller(Thread):
    """One client of one company: plans trips against the policy, submits them, cancels some."""

    def __init__(
        self,
        company: Company,
        ports: Ports,
        folder: Path,
        *,
        name: str,
        seed: int,
        stop: Event,
        pause_s: float = 0.0,
    ) -> None:
        super().__init__(daemon=True, name=name)
        self._company, self._ports, self._halt, self.seed = company, ports, stop, seed
        self._pause_s = pause_s
        self._dice = Random(seed)
        self._journal = Journal(folder / f"{name}.ndjson", seed=seed)
        self._numbers = count()
        self._connections: dict[int, HTTPConnection] = {}
        self.acknowledged = 0
        self.slowest_s = 0.0
        self.statuses: set[int] = set()
        self.not_problems: list[str] = []
        self.undecided: list[str] = []

    def run(self) -> None:
        """One trip after another, until told to stop."""
        while not self._halt.is_set():
            cabin = self._dice.choice(["economy", "business"])
            body = {
                "traveller_id": str(self._company.traveller.id),
                "purpose": "Load",
                "segments": [a_flight(cabin=cabin)],
            }
            if (trip := self._wish("plan_trip", TRIPS, body)) is None:
                continue
            submitted = self._wish("submit_trip", f"{TRIPS}/{trip['id']}/submit", None, UUID(trip["id"]))
            if submitted is not None and self._dice.random() < 0.3:
                reason = {"reason": "Load"}
                self._wish("cancel_trip", f"{TRIPS}/{trip['id']}/cancel", reason, UUID(trip["id"]))

    def resolve(self, unknown: list[Sent]) -> None:
        """Asks again, under the same keys, whatever this client does not know."""
        for connection in self._connections.values():
            connection.close()  # to a process that may be gone
        for sent in unknown:
            deadline = monotonic() + PATIENCE_S
            while not self._once(
                sent.command_id, sent.key, sent.operation, sent.arguments, sent.aggregate_id
            ):
                assert monotonic() < deadline, f"{sent.operation} {sent.command_id} is still unknown"
                sleep(BREATH_S)

    def close(self) -> None:
        """Closes the journal and every connection."""
        self._journal.close()
        for connection in self._connections.values():
            connection.close()

    def _wish(
        self, operation: str, path: str, body: dict[str, Any] | None, stream: UUID | None = None
    ) -> dict[str, Any] | None:
        key = f"{self.name}-{next(self._numbers)}"
        command_id = uuid5(self._company.owner.id, key)
        answer = self._once(command_id, key, operation, {"path": path, "body": body}, stream)
        self._halt.wait(self._pause_s)
        if answer is None:
            self._halt.wait(BREATH_S)
            return None
        return answer if "id" in answer else None

    def _once(
        self, command_id: UUID, key: str, operation: str, arguments: dict[str, Any], stream: UUID | None
    ) -> dict[str, Any] | None:
        """One request; None when what became of it stays unknown."""
        self._journal.sent(
            command_id,
            tenant_id=self._company.id,
            operation=operation,
            key=key,
            aggregate_id=stream,
            arguments=arguments,
        )
        began = monotonic()
        try:
            status, headers, text = self._post(arguments["path"], arguments["body"], key)
        except (OSError, HTTPException) as error:
            self._journal.unknown(command_id, type(error).__name__)
            return None
        self.slowest_s = max(self.slowest_s, monotonic() - began)
        self.statuses.add(status)
        if status >= 400 and headers.get("content-type") != "application/problem+json":
            self.not_problems.append(f"{status} {text[:200]!r}")
        if status in UNDECIDED:
            self.undecided.append(text.decode())
            self._journal.unknown(command_id, str(status))
            return None
        answer: dict[str, Any] = json.loads(text)
        replayed = headers.get("idempotency-replayed") == "true"
        if status >= 400:
            self._journal.refused(command_id, answer["code"], replayed=replayed)
            return answer
        self.acknowledged += 1
        self._journal.ok(
            command_id,
            aggregate_id=UUID(answer["id"]),
            version=answer["version"],
            position=answer["position"],
            replayed=replayed,
        )
        return answer

    def _post(self, path: str, body: dict[str, Any] | None, key: str) -> tuple[int, dict[str, str], bytes]:
        port = self._dice.choice(self._ports.all)
        connection = self._connections.setdefault(port, HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S))
        headers = {
            **self._company.owner.headers,
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        self._ports.enter(port)
        try:
            connection.request("POST", path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        except (OSError, HTTPException):
            connection.close()
            raise
        finally:
            self._ports.leave(port)
