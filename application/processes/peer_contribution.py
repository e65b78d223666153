"""What leaves a company that compares itself with its peers? A few figures of a quarter, and nothing else."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant
from application.travel.benchmarks import ReceiveContribution, WithdrawContribution
from domain.kernel.event import DomainEvent
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.benchmark_membership import BenchmarkLeft, QuarterContributed
from domain.travel.peer_benchmark import Contribution


class PeerContribution:
    """Hands a quarter's figures to the platform, and takes back what is not published when the company leaves."""

    name: ClassVar[str] = "peer-contribution"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (QuarterContributed, BenchmarkLeft)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(
        self, event: QuarterContributed | BenchmarkLeft, history: History
    ) -> Iterable[Command | InTenant | Effect]:
        if isinstance(event, BenchmarkLeft):
            for quarter in event.quarters:
                command = WithdrawContribution(contributor_id=event.contributor_id, quarter=quarter)
                yield InTenant(PLATFORM_TENANT_ID, command)
            return
        yield InTenant(
            PLATFORM_TENANT_ID,
            ReceiveContribution(
                contributor_id=event.contributor_id,
                quarter=event.quarter,
                contribution=Contribution(nace=event.nace, measures=event.measures),
            ),
        )
