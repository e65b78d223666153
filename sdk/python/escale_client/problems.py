"""How does the API say no? Every refusal is one exception with the problem's own words, and a class by its status."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Problem(Exception):
    """A refusal (RFC 9457). Branch on `code`; show the text to a person."""

    status: int = 0
    kinds: ClassVar[dict[int, type["Problem"]]] = {}

    def __init_subclass__(cls, statuses: tuple[int, ...] = ()) -> None:
        Problem.kinds.update(dict.fromkeys(statuses, cls))

    def __init__(self, status: int, document: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        self.status = status
        self.document = document
        self.retry_after_s = retry_after_s
        super().__init__(document.get("detail") or f"The server answered {status}.")

    @property
    def code(self) -> str:
        """What a program branches on."""
        return str(self.document.get("code", "unknown"))

    @property
    def title(self) -> str:
        """The kind of refusal, in words."""
        return str(self.document.get("title", ""))

    @property
    def request_id(self) -> str | None:
        """Name this when you report a problem."""
        return self.document.get("request_id")

    @property
    def errors(self) -> list[dict[str, str]]:
        """What is wrong where, for a request that was malformed."""
        return list(self.document.get("errors", ()))

    @property
    def current_version(self) -> int | None:
        """Where the resource stands, if it was in the way."""
        return self.document.get("current_version")


class Malformed(Problem, statuses=(400, 413, 414, 415, 422, 431)):
    """The request does not have the expected form."""


class Unauthenticated(Problem, statuses=(401,)):
    """The credential is missing or no longer good."""


class Forbidden(Problem, statuses=(403,)):
    """The credential does not open this."""


class NotFound(Problem, statuses=(404,)):
    """There is no such thing here."""


class Conflict(Problem, statuses=(409,)):
    """A rule, or what happened meanwhile, is against it."""


class Gone(Problem, statuses=(410,)):
    """It was here."""


class Stale(Problem, statuses=(412,)):
    """Somebody was faster; `current_version` says where it stands."""


class ReadOnly(Problem, statuses=(423,)):
    """Nothing may be changed now."""


class LimitReached(Problem, statuses=(429,)):
    """Too many requests; `retry_after_s` says when to come again."""


class Unavailable(Problem, statuses=(500, 502, 503, 504)):
    """The server cannot answer now."""


class Unreachable(Exception):
    """No answer came, however often it was tried."""


def problem_of(status: int, document: Mapping[str, Any], retry_after_s: float | None = None) -> Problem:
    """The exception for an answer."""
    return Problem.kinds.get(status, Problem)(status, document, retry_after_s)
