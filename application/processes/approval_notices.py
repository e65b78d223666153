"""Whenever a trip waits for somebody, or somebody has decided on it, who is told?"""

from collections.abc import Iterable
from typing import ClassVar, Literal, assert_never

from application.kernel.command import Command
from application.kernel.process import Effect, History, is_old_news
from domain.kernel.event import DomainEvent
from domain.travel.trip_events import (
    ApprovalEscalated,
    ApprovalGranted,
    TripApproved,
    TripRejected,
    TripSubmitted,
)

Notable = TripSubmitted | ApprovalGranted | ApprovalEscalated | TripApproved | TripRejected


class ApprovalNotices:
    """Tells the approver whose turn it is, and the traveller what was decided."""

    name: ClassVar[str] = "approval-notices"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        TripSubmitted,
        ApprovalGranted,
        ApprovalEscalated,
        TripApproved,
        TripRejected,
    )
    starts: ClassVar[Literal["beginning", "now"]] = "now"

    def react(self, event: Notable, history: History) -> Iterable[Command | Effect]:
        if is_old_news(event):
            return  # what was long decided elsewhere is nobody's turn
        match event:
            case TripSubmitted():
                if event.chain.approver_ids or (
                    event.verdict is not None and event.verdict.requires_approval
                ):
                    yield Effect("approval_requested")
            case ApprovalGranted() | ApprovalEscalated():
                yield Effect("approval_requested")
            case TripApproved() | TripRejected():
                yield Effect("approval_decided")
            case _:
                assert_never(event)
