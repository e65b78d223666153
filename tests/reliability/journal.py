"""What did each client send, when, and what was it told? Kept so that the client's death loses nothing.

One file per client, one JSON document per line: `sent` before the request leaves, then `ok`, `refused`
or `unknown`. Every line is the kernel's before the client goes on, so a journal can be read after its
writer was killed; a line cut short by the kill is no line. Times are the machine's monotonic clock:
all processes of one machine share it.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic_ns
from typing import Any, Literal, Self
from uuid import UUID

Verdict = Literal["ok", "refused", "unknown"]
SUFFIX = ".ndjson"


class Journal:
    """One client's journal, for any number of its threads."""

    def __init__(self, path: Path, *, seed: int) -> None:
        self._seed = seed
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._writing = Lock()

    def sent(
        self,
        command_id: UUID,
        *,
        tenant_id: UUID,
        operation: str,
        key: str | None = None,
        aggregate_id: UUID | None = None,
        arguments: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
    ) -> None:
        """Before the request leaves. `key` is what the client calls this one wish; without one, the command id."""
        self._write(
            "sent",
            command_id,
            key=key or str(command_id),
            tenant_id=tenant_id,
            aggregate_id=aggregate_id,
            operation=operation,
            arguments=dict(arguments or {}),
            expected_version=expected_version,
            seed=self._seed,
        )

    def ok(
        self,
        command_id: UUID,
        *,
        aggregate_id: UUID,
        version: int,
        position: int | None = None,
        replayed: bool = False,
        changed: bool = True,
    ) -> None:
        """The client was told that it is done; `changed` is False when there was nothing to do."""
        self._write(
            "ok",
            command_id,
            aggregate_id=aggregate_id,
            version=version,
            position=position,
            replayed=replayed,
            changed=changed,
        )

    def refused(self, command_id: UUID, code: str, *, replayed: bool = False) -> None:
        """The client was told that it will not happen."""
        self._write("refused", command_id, code=code, replayed=replayed)

    def unknown(self, command_id: UUID, reason: str) -> None:
        """The client was told nothing: time-out, reset, 5xx, killed."""
        self._write("unknown", command_id, reason=reason)

    def saw(self, tenant_id: UUID, streams: Iterable[UUID]) -> None:
        """A client of this tenant was shown these streams."""
        self._write("saw", None, tenant_id=tenant_id, streams=[str(stream) for stream in streams])

    def close(self) -> None:
        """Closes the file; idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write(self, line: str, command_id: UUID | None, **facts: Any) -> None:
        content = {"line": line, "at_ns": monotonic_ns(), "command_id": command_id, **facts}
        text = json.dumps(content, default=str, separators=(",", ":")).encode() + b"\n"
        with self._writing:
            os.write(self._file, text)  # one call, so that a kill cuts the last line only


@dataclass(frozen=True)
class Answer:
    """What a client was told once."""

    verdict: Verdict
    at_ns: int
    aggregate_id: UUID | None = None
    version: int | None = None
    position: int | None = None
    replayed: bool = False
    changed: bool = True
    code: str | None = None


@dataclass
class Sent:
    """One command id with everything its client did and heard under it."""

    command_id: UUID
    tenant_id: UUID
    key: str
    operation: str
    arguments: dict[str, Any]
    expected_version: int | None
    seed: int
    aggregate_id: UUID | None
    sent_ns: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def last(self) -> Answer | None:
        """What the client believes: the answer to its last request, None when there was none."""
        if self.answers and self.answers[-1].at_ns >= self.sent_ns[-1]:
            return self.answers[-1]
        return None

    @property
    def is_unknown(self) -> bool:
        """Does the client still not know? Once told that it is done, it knows for ever."""
        return self.first_ok is None and (self.last is None or self.last.verdict == "unknown")

    @property
    def first_ok(self) -> Answer | None:
        """The first answer that said it is done."""
        return next((answer for answer in self.answers if answer.verdict == "ok"), None)


@dataclass
class Journalled:
    """All commands of all clients, and what readers saw."""

    commands: dict[UUID, Sent] = field(default_factory=dict)
    seen: list[tuple[UUID, UUID]] = field(default_factory=list)  # tenant that looked, stream it was shown

    @property
    def acknowledged(self) -> int:
        """Commands answered with ok."""
        return sum(sent.first_ok is not None for sent in self.commands.values())

    @property
    def replays(self) -> int:
        """Answers that repeated an earlier one."""
        return sum(answer.replayed for sent in self.commands.values() for answer in sent.answers)

    @property
    def refused(self) -> int:
        """Commands whose last word was no."""
        return sum(
            sent.last is not None and sent.last.verdict == "refused" for sent in self.commands.values()
        )

    @property
    def unknown(self) -> list[Sent]:
        """Commands whose client still does not know."""
        return [sent for sent in self.commands.values() if sent.is_unknown]


def read_journals(*paths: Path) -> Journalled:
    """Reads files, and every journal in folders, in the order in which things happened."""
    files = [
        file for path in paths for file in (sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path])
    ]
    lines = sorted((line for file in files for line in _lines(file)), key=lambda line: int(line["at_ns"]))
    journalled = Journalled()
    for line in lines:
        _take(journalled, line)
    return journalled


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    for text in file.read_bytes().splitlines(keepends=True):
        if text.endswith(b"\n"):
            yield json.loads(text)


def _take(journalled: Journalled, line: dict[str, Any]) -> None:
    match line["line"]:
        case "saw":
            tenant_id = UUID(line["tenant_id"])
            journalled.seen += [(tenant_id, UUID(stream)) for stream in line["streams"]]
        case "sent":
            command_id = UUID(line["command_id"])
            sent = journalled.commands.setdefault(command_id, _sent(command_id, line))
            sent.sent_ns.append(line["at_ns"])
        case verdict:
            answer = _answer(verdict, line)
            sent = journalled.commands[UUID(line["command_id"])]
            sent.answers.append(answer)
            sent.aggregate_id = sent.aggregate_id or answer.aggregate_id


def _sent(command_id: UUID, line: dict[str, Any]) -> Sent:
    return Sent(
        command_id=command_id,
        tenant_id=UUID(line["tenant_id"]),
        key=line["key"],
        operation=line["operation"],
        arguments=line["arguments"],
        expected_version=line["expected_version"],
        seed=line["seed"],
        aggregate_id=_id(line["aggregate_id"]),
    )


def _answer(verdict: Verdict, line: dict[str, Any]) -> Answer:
    return Answer(
        verdict=verdict,
        at_ns=line["at_ns"],
        aggregate_id=_id(line.get("aggregate_id")),
        version=line.get("version"),
        position=line.get("position"),
        replayed=line.get("replayed", False),
        changed=line.get("changed", True),
        code=line.get("code"),
    )


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
