"""What did the append answer, and how is that said in exceptions?"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError

from domain.kernel.refusals import CapacityTaken, KeyReused, NotFound, TenantClosed, TenantReadOnly


class UnknownTenant(NotFound):
    """There is no such tenant."""


class StaleAppend(IntegrityError):
    """A stream or a guard moved between the decision and the append."""


@dataclass(frozen=True)
class Settled:
    """A command as the log remembers it. `outcome`: 1 appended, 2 nothing to record, 3 refused."""

    outcome: int
    stream_id: UUID | None
    version: int | None
    position: int
    code: str | None


class AlreadySettled(Exception):
    """The command was settled before: answer from the log instead of deciding again."""

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        super().__init__("already settled")


@dataclass(frozen=True)
class Outcome:
    """One command's answer from `append_events`."""

    name: str
    first_position: int | None
    last_position: int | None
    detail: Any

    def positions(self) -> list[int]:
        """The positions of the events just appended."""
        if self.first_position is None or self.last_position is None:
            return []
        return list(range(self.first_position, self.last_position + 1))

    def raise_unless_done(self) -> None:
        """Says in an exception whatever is not a success."""
        match self.name:
            case "appended" | "settled":
                return
            case "replayed":
                raise AlreadySettled(self.settled())
            case "reused":
                raise KeyReused()
            case "stale":
                raise StaleAppend("a stream moved since it was read")
            case "refused":
                raise CapacityTaken(claims=self.detail)
            case "read_only":
                raise TenantReadOnly()
            case "closed":
                raise TenantClosed()
            case "unknown_tenant":
                raise UnknownTenant()
            case _:
                raise LookupError(f"append_events answered {self.name!r}")

    def settled(self) -> Settled:
        """The logged command behind a `replayed` answer."""
        stream = self.detail["stream"]
        return Settled(
            outcome=self.detail["outcome"],
            stream_id=None if stream is None else UUID(stream),
            version=self.detail["version"],
            position=self.last_position or 0,
            code=self.detail["code"],
        )
