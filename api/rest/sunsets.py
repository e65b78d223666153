"""Which operations will go? One line here is all it takes: headers, OpenAPI and the list of callers follow.

An operation stays for twelve months at least after it was declared here, and answers as before.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any


@dataclass(frozen=True)
class Deprecation:
    """An operation that will go: known since a day, gone on another, with what to call instead."""

    since: date
    sunset: date
    instead: str
    why: str

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9745 and RFC 8594; the link that goes with them is added to the others."""
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.sunset), usegmt=True),
        }

    @property
    def told(self) -> dict[str, Any]:
        """As the OpenAPI document says it."""
        return {
            "since": self.since.isoformat(),
            "sunset": self.sunset.isoformat(),
            "instead": self.instead,
            "why": self.why,
        }


LINK = '</api/v1/deprecations>; rel="deprecation"; type="application/json"'

# By operationId: `"old_name": Deprecation(date(...), date(...), instead="new_name", why="..."),`
DEPRECATED: dict[str, Deprecation] = {}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
