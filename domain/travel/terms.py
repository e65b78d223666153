"""By what is a journey judged at one moment, and who decides on it?"""

from dataclasses import dataclass, field
from uuid import UUID

from domain.travel.allocation import UNALLOCATED, Allocation
from domain.travel.commitments import Caps
from domain.travel.exchange import Rates
from domain.travel.policy import PolicyInForce
from domain.travel.trip_posting import SegmentLines
from domain.travel.verdict import Committed, Exemptions


@dataclass(frozen=True)
class Terms:
    """What a journey is judged by at one moment: the policy, what others have taken of its budgets,
    who pays, the exceptions made, the day's exchange rates, what may not be exceeded, and the lines its
    segments enter into the carbon ledger."""

    policy: PolicyInForce | None = None
    committed: Committed = Committed()
    allocation: Allocation = UNALLOCATED
    exemptions: Exemptions = field(default_factory=dict)
    rates: Rates = field(default_factory=dict)
    caps: Caps = field(default_factory=dict)
    emissions: SegmentLines = field(default_factory=dict)


@dataclass(frozen=True)
class Decider:
    """Who says yes or no: in whose place, if they stand in, and whether they may do so out of turn."""

    id: UUID
    stands_in_for: UUID | None = None
    overrides: bool = False
