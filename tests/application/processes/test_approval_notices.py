"""Who is told that a trip waits, or what was decided?"""

from datetime import timedelta
from typing import Any, cast

import pytest

from application.kernel.process import Effect, History, Process
from application.processes.approval_notices import ApprovalNotices
from domain.travel.approval import ApprovalChain
from domain.travel.trip_events import ApprovalEscalated, ApprovalGranted
from domain.travel.verdict import Verdict
from tests.kit.builders import (
    MANAGER,
    NOW,
    POLICY,
    STREAM,
    TRAVELLER,
    trip_approved,
    trip_rejected,
    trip_submitted,
)

ENVELOPE: dict[str, Any] = {"originator_id": STREAM, "originator_version": 4, "occurred_at": NOW}
LEVEL: dict[str, Any] = {"traveller_id": TRAVELLER, "level": 0, "due_at": NOW + timedelta(hours=8)}


def follows(event: Any) -> list[Any]:
    """What follows, which never depends on the past."""
    process: Process = ApprovalNotices()
    return list(process.react(event, cast(History, None)))


def verdict(*, requires_approval: bool) -> Verdict:
    return Verdict(policy_id=POLICY, policy_version=1, requires_approval=requires_approval)


@pytest.mark.parametrize(
    "event",
    [
        trip_submitted(verdict=verdict(requires_approval=True)),
        trip_submitted(
            verdict=verdict(requires_approval=False), chain=ApprovalChain(approver_ids=(MANAGER,))
        ),
        ApprovalGranted(**ENVELOPE, **LEVEL, approved_by=MANAGER, on_behalf_of=None),
        ApprovalEscalated(**ENVELOPE, **LEVEL, from_id=MANAGER, to_id=None),
    ],
)
def test_whose_turn_it_is_is_asked(event: Any) -> None:
    assert follows(event) == [Effect("approval_requested")]


@pytest.mark.parametrize("event", [trip_approved(), trip_rejected()])
def test_a_decision_is_told(event: Any) -> None:
    assert follows(event) == [Effect("approval_decided")]


def test_nobody_is_asked_where_nobody_has_to_agree() -> None:
    assert follows(trip_submitted(verdict=verdict(requires_approval=False))) == []
    assert follows(trip_submitted(verdict=None)) == []
