"""Does a company compare itself with its peers, and what has it handed over for that?"""

from datetime import date, datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.nace import NaceCode
from domain.kernel.refusals import RuleBroken
from domain.travel.peer_metrics import HeadCount, PeerMeasure, QuarterFigures, measures_of
from domain.travel.quarter import Quarter, QuarterCode

# Quarters older than this are published, or never will be.
MOST_QUARTERS = 8


class BenchmarkJoined(DomainEvent):
    """The company wants to be compared with its peers, and to be one of theirs; or says its facts anew."""

    TOPIC: ClassVar[str] = "benchmark.joined.v1"

    nace: NaceCode
    head_count: HeadCount


class BenchmarkLeft(DomainEvent):
    """The company takes no further part; what was not published yet is taken back."""

    TOPIC: ClassVar[str] = "benchmark.left.v1"

    contributor_id: UUID
    quarters: tuple[QuarterCode, ...]


class QuarterContributed(DomainEvent):
    """A quarter was over: its sums, and the few figures of them that leave the company."""

    TOPIC: ClassVar[str] = "benchmark.quarter-contributed.v1"

    contributor_id: UUID
    quarter: QuarterCode
    nace: NaceCode
    head_count: HeadCount
    figures: QuarterFigures
    measures: tuple[PeerMeasure, ...]


MembershipEvent = BenchmarkJoined | BenchmarkLeft | QuarterContributed


class NotInBenchmark(RuleBroken):
    """This company takes no part in the comparison; join it first."""


class QuarterNotOver(RuleBroken):
    """The quarter is not over yet, or was over before the company joined."""


def membership_id(tenant_id: UUID) -> UUID:
    """The one stream of its kind in a company."""
    return uuid5(tenant_id, "benchmark-membership")


def contributor_id(tenant_id: UUID) -> UUID:
    """Under which the company's figures are kept outside of it."""
    return uuid5(tenant_id, "benchmark-contributor")


class BenchmarkMembership(Aggregate):
    """A company's part in the comparison with its peers."""

    CATEGORY: ClassVar[str] = "benchmark"

    is_member: bool = False
    nace: NaceCode | None = None
    head_count: int | None = None
    joined_on: date | None = None
    contributed: dict[QuarterCode, tuple[PeerMeasure, ...]] = {}

    def join(self, *, nace: str, head_count: int, at: datetime) -> None:
        """Takes part from the current quarter on."""
        if not self.is_member or (self.nace, self.head_count) != (nace, head_count):
            self.record(BenchmarkJoined, at=at, nace=nace, head_count=head_count)

    def restate(self, *, nace: str | None, head_count: int | None, at: datetime) -> None:
        """Follows the company's profile while it takes part; what is no longer said there stays as it was."""
        if self.is_member and self.nace is not None and self.head_count is not None:
            self.join(nace=nace or self.nace, head_count=head_count or self.head_count, at=at)

    def leave(self, *, tenant_id: UUID, at: datetime) -> None:
        """Takes part no longer."""
        if self.is_member:
            self.record(
                BenchmarkLeft,
                at=at,
                contributor_id=contributor_id(tenant_id),
                quarters=tuple(sorted(self.contributed)),
            )

    def contribute(self, quarter: Quarter, figures: QuarterFigures, *, tenant_id: UUID, at: datetime) -> None:
        """Hands over the figures of a quarter that is over, once."""
        if quarter.code in self.contributed:
            return
        if not self.is_member or self.nace is None or self.head_count is None:
            raise NotInBenchmark
        if quarter not in self.quarters_due(at):
            raise QuarterNotOver
        self.record(
            QuarterContributed,
            at=at,
            contributor_id=contributor_id(tenant_id),
            quarter=quarter.code,
            nace=self.nace,
            head_count=self.head_count,
            figures=figures,
            measures=measures_of(figures, self.head_count),
        )

    def quarters_due(self, at: datetime) -> list[Quarter]:
        """The quarters that are over, not contributed and not older than the membership."""
        if not self.is_member or self.joined_on is None:
            return []
        latest = Quarter.of(at.date())
        first = max(Quarter.of(self.joined_on).start, latest.after(-MOST_QUARTERS).start)
        candidates = (latest.after(-back) for back in range(MOST_QUARTERS, 0, -1))
        return [one for one in candidates if one.start >= first and one.code not in self.contributed]

    def evolve(self, event: MembershipEvent) -> None:
        match event:
            case BenchmarkJoined():
                if not self.is_member:
                    self.joined_on = event.occurred_at.date()
                self.is_member = True
                self.nace = event.nace
                self.head_count = event.head_count
            case BenchmarkLeft():
                self.is_member = False
            case QuarterContributed():
                kept = {**self.contributed, event.quarter: event.measures}
                self.contributed = {code: kept[code] for code in sorted(kept)[-MOST_QUARTERS:]}
            case _:
                assert_never(event)
