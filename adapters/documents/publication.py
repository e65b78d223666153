"""What is printed: the figures of a report, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.esg.report_content import ReportContent


@dataclass(frozen=True)
class Step:
    """One step of a report's life: what, when and by which member."""

    what: str
    at: datetime
    by: UUID | None


@dataclass(frozen=True)
class Publication:
    """A published report. `proof` is the event that published it, with its way to a signed seal."""

    tenant_id: UUID
    report_id: UUID
    kind: str
    content: ReportContent
    content_sha256: str
    published_at: datetime
    steps: tuple[Step, ...]
    restates: UUID | None = None
    reason: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def proof_position(self) -> int:
        """Where in the log the publication stands."""
        return int(self.proof.get("event", {}).get("position", 0))
