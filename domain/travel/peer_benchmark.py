"""What do companies of a sector have in common, told without telling on any of them?

One stream in the platform's own tenant gathers the contributions of every quarter. A quarter is
published once, when it is ripe, and what was published is frozen: whoever joins or leaves later
changes nothing in it, so that nothing can be learnt by asking again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar, assert_never
from uuid import UUID, uuid5

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.nace import NaceCode, SectorGroup, groups_of
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code
from domain.kernel.value import Value
from domain.travel.disclosure import sectors_to_show
from domain.travel.peer_metrics import PeerMeasure, PeerMetric, Quartiles, quartiles_of
from domain.travel.quarter import Quarter, QuarterCode


class Contribution(Value):
    """What one company handed over for one quarter."""

    nace: NaceCode
    measures: tuple[PeerMeasure, ...]


class PublishedCell(Value):
    """The quartiles of one sector for one metric, and (never shown) whose figures they are of."""

    sector: SectorGroup
    metric: PeerMetric
    quartiles: Quartiles
    members: tuple[UUID, ...]


class ContributionReceived(DomainEvent):
    """A company handed over its figures of a quarter."""

    TOPIC: ClassVar[str] = "peer-benchmark.contribution-received.v1"

    contributor_id: UUID
    quarter: QuarterCode
    contribution: Contribution


class ContributionWithdrawn(DomainEvent):
    """A company took them back before they were published."""

    TOPIC: ClassVar[str] = "peer-benchmark.contribution-withdrawn.v1"

    contributor_id: UUID
    quarter: QuarterCode


class QuarterPublished(DomainEvent):
    """A quarter's figures were published for good: the cells that tell nothing about a single company."""

    TOPIC: ClassVar[str] = "peer-benchmark.quarter-published.v1"

    quarter: QuarterCode
    cells: tuple[PublishedCell, ...]


PeerBenchmarkEvent = ContributionReceived | ContributionWithdrawn | QuarterPublished


class QuarterNotRipe(RuleBroken):
    """Figures are published when the quarter has been over for three months, and not before."""


def peer_benchmark_id(platform_tenant_id: UUID) -> UUID:
    """The one stream of its kind."""
    return uuid5(platform_tenant_id, "peer-benchmark")


class PeerBenchmark(Aggregate):
    """Contributions waiting for their quarter to ripen, and who was shown together last."""

    CATEGORY: ClassVar[str] = "peer-benchmark"

    waiting: dict[QuarterCode, dict[UUID, Contribution]] = {}
    last_published: QuarterCode | None = None
    shown_before: dict[Code, tuple[UUID, ...]] = {}

    def receive(self, contribution: Contribution, *, by: UUID, quarter: str, at: datetime) -> None:
        """Keeps a company's figures until the quarter is published; what comes later is too late."""
        if self._is_published(quarter) or self.waiting.get(quarter, {}).get(by) == contribution:
            return
        self.record(
            ContributionReceived, at=at, contributor_id=by, quarter=quarter, contribution=contribution
        )

    def withdraw(self, *, by: UUID, quarter: str, at: datetime) -> None:
        """Gives them back, unless the quarter is published."""
        if by in self.waiting.get(quarter, {}):
            self.record(ContributionWithdrawn, at=at, contributor_id=by, quarter=quarter)

    def publish(self, quarter: Quarter, *, at: datetime) -> None:
        """Publishes a quarter, once; quarters are published in their order."""
        if self._is_published(quarter.code):
            return
        if at.date() < quarter.ripe_on:
            raise QuarterNotRipe
        cells = tuple(cells_of(self.waiting.get(quarter.code, {}), self.shown_before))
        self.record(QuarterPublished, at=at, quarter=quarter.code, cells=cells)

    def evolve(self, event: PeerBenchmarkEvent) -> None:
        match event:
            case ContributionReceived():
                of_quarter = self.waiting.get(event.quarter, {})
                of_quarter = {**of_quarter, event.contributor_id: event.contribution}
                self.waiting = {**self.waiting, event.quarter: of_quarter}
            case ContributionWithdrawn():
                of_quarter = {
                    by: one for by, one in self.waiting[event.quarter].items() if by != event.contributor_id
                }
                self.waiting = {**self.waiting, event.quarter: of_quarter}
            case QuarterPublished():
                self.last_published = event.quarter
                self.waiting = {
                    quarter: one for quarter, one in self.waiting.items() if quarter > event.quarter
                }
                shown = {_cell_key(cell.metric, cell.sector): cell.members for cell in event.cells}
                self.shown_before = {**self.shown_before, **shown}
            case _:
                assert_never(event)

    def _is_published(self, quarter: str) -> bool:
        return self.last_published is not None and quarter <= self.last_published


def cells_of(
    contributions: Mapping[UUID, Contribution], shown_before: Mapping[str, tuple[UUID, ...]]
) -> Iterator[PublishedCell]:
    """The cells that may be shown, metric by metric."""
    for metric in PeerMetric:
        groups: dict[str, dict[UUID, PeerMeasure]] = {}
        for by, contribution in sorted(contributions.items()):
            for measure in contribution.measures:
                if measure.metric is metric:
                    for sector in groups_of(contribution.nace):
                        groups.setdefault(sector, {})[by] = measure
        weights = {
            sector: {by: measure.weight for by, measure in members.items()}
            for sector, members in groups.items()
        }
        before = {sector: shown_before.get(_cell_key(metric, sector), ()) for sector in groups}
        for sector in sorted(sectors_to_show(weights, before)):
            figures = [measure.figure for measure in groups[sector].values()]
            yield PublishedCell(
                sector=sector,
                metric=metric,
                quartiles=quartiles_of(metric, figures),
                members=tuple(groups[sector]),
            )


def _cell_key(metric: PeerMetric, sector: str) -> str:
    return f"{metric.value}:{sector}"
