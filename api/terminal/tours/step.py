"""What is a tour? Steps, each with a command to paste, what must be true of its answer, and why that matters."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from adapters.bootstrap import DemoAccess

Language = Literal["en", "fr"]
ABSENT = object()


@dataclass(frozen=True)
class Said:
    """One sentence in both languages."""

    en: str
    fr: str

    def to(self, language: Language) -> str:
        """The sentence for this reader."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Told:
    """A condition on a value, and how it reads when it does not hold."""

    words: Said
    holds: Callable[[Any], bool]


SOMETHING = Told(Said("a value", "une valeur"), lambda value: value is not None)


@dataclass
class Visit:
    """One run of a tour: the demo, a place for files, and what earlier answers have told."""

    demo: DemoAccess
    folder: Path
    at: datetime
    run: str  # part of every idempotency key, so that a second run makes trips of its own
    escale: str = "escale"  # how this reader starts the command line
    notes: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.notes[name]

    def file(self, name: str) -> Path:
        """Where a file of this run lies."""
        return self.folder / name


@dataclass(frozen=True)
class Step:
    """One command and what it shows. `expects`, `shows` and `keeps` name places in the answer: `data.*.rule`."""

    name: Said
    command: Callable[[Visit], str]
    why: Said
    expects: Callable[[Visit], Mapping[str, Any]]
    shows: tuple[str, ...] = ()
    keeps: Mapping[str, str] = field(default_factory=dict)
    status: int = 0  # the exit status of the command
    remedy: Said | None = None


@dataclass(frozen=True)
class Tour:
    """A reader, and the steps that answer their questions."""

    name: str
    about: Said
    steps: tuple[Step, ...]
    verdict: Said


@dataclass(frozen=True)
class Answer:
    """What a command printed: headers and a JSON document, or plain text."""

    printed: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Any = None

    @classmethod
    def of(cls, printed: str, status: int) -> "Answer":
        """Reads what was printed."""
        head, _, body = printed.partition("\n\n") if printed.startswith("HTTP/") else ("", "", printed)
        headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        try:
            return cls(printed, status, headers, json.loads(body))
        except ValueError:
            return cls(printed, status, headers)

    @property
    def text(self) -> str:
        """Everything in one line, however the terminal has broken it."""
        return " ".join(self.printed.split())

    def find(self, place: str) -> Any:
        """The value at a place; `text` is all of it, `headers.name` one header."""
        if place == "text":
            return self.text
        first, _, rest = place.partition(".")
        if first == "headers":
            return self.headers.get(rest, ABSENT)
        return _find(self.document, place.split("."))


@dataclass(frozen=True)
class Missed:
    """What was not as promised."""

    place: str
    wanted: Any
    found: Any

    def to(self, language: Language) -> str:
        """The difference as a sentence."""
        wanted = self.wanted.words.to(language) if isinstance(self.wanted, Told) else _shown(self.wanted)
        found = "…" if self.found is ABSENT else _shown(self.found)
        if language == "fr":
            return f"{self.place} : attendu {wanted}, trouvé {found}"
        return f"{self.place}: expected {wanted}, found {found}"


def missed(step: Step, answer: Answer, visit: Visit) -> list[Missed]:
    """Everything in the answer that is not as the step promises."""
    if answer.status != step.status:
        return [Missed("exit status", step.status, answer.status)]
    wanted = {**dict.fromkeys(step.keeps.values(), SOMETHING), **step.expects(visit)}
    return [
        Missed(place, value, found)
        for place, value in wanted.items()
        for found in [answer.find(place)]
        if not _holds(value, found)
    ]


def says(*words: str) -> Told:
    """The text contains all of these."""
    quoted = ", ".join(f"“{each}”" for each in words)
    return Told(
        Said(f"the words {quoted}", f"les mots {quoted}"), lambda text: all(each in text for each in words)
    )


def _holds(wanted: Any, found: Any) -> bool:
    if found is ABSENT:
        return False
    if not isinstance(wanted, Told):
        return bool(wanted == found)
    try:
        return wanted.holds(found)
    except (ArithmeticError, TypeError, ValueError):  # a value of another kind, such as null
        return False


def _find(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    name, *rest = path
    if isinstance(value, list):
        if name == "*":
            return [_find(each, rest) for each in value]
        return _find(value[int(name)], rest) if name.isdigit() and int(name) < len(value) else ABSENT
    if isinstance(value, dict) and name in value:
        return _find(value[name], rest)
    return ABSENT


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
