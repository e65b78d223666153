"""How does a company compare itself with its peers, and how does the platform keep their figures apart?"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_platform
from domain.travel.benchmark_membership import BenchmarkMembership, membership_id
from domain.travel.peer_benchmark import Contribution, PeerBenchmark, peer_benchmark_id
from domain.travel.peer_metrics import HeadCount, QuarterFigures
from domain.travel.quarter import Quarter, QuarterCode
from domain.travel.sector import NaceCode


class JoinBenchmark(Command):
    """Take part in the comparison from the current quarter on, or say sector and head count anew."""

    nace: NaceCode
    head_count: HeadCount


class LeaveBenchmark(Command):
    """Take part no longer; what was not published yet is taken back."""


class ContributeQuarter(Command):
    """Hand over the figures of a quarter that is over."""

    quarter: QuarterCode
    figures: QuarterFigures


class ReceiveContribution(Command):
    """Keep a company's figures until their quarter is published."""

    contributor_id: UUID
    quarter: QuarterCode
    contribution: Contribution


class WithdrawContribution(Command):
    """Give them back, unless they are published."""

    contributor_id: UUID
    quarter: QuarterCode


class PublishQuarter(Command):
    """Publish what the contributions of a quarter have in common, once and for good."""

    quarter: QuarterCode


def join_benchmark(command: JoinBenchmark, context: Context) -> Saved:
    stream_id = membership_id(context.tenant_id)

    def decide() -> tuple[BenchmarkMembership, ...]:
        known = context.store.read(BenchmarkMembership, stream_id)
        membership = known or BenchmarkMembership.new(stream_id)
        membership.join(nace=command.nace, head_count=command.head_count, at=context.now)
        return (membership,)

    return context.store.save_all(decide)


def leave_benchmark(command: LeaveBenchmark, context: Context) -> Saved:
    return context.store.change(
        BenchmarkMembership,
        membership_id(context.tenant_id),
        lambda membership: membership.leave(tenant_id=context.tenant_id, at=context.now),
    )


def contribute_quarter(command: ContributeQuarter, context: Context) -> Saved:
    return context.store.change(
        BenchmarkMembership,
        membership_id(context.tenant_id),
        lambda membership: membership.contribute(
            Quarter.named(command.quarter), command.figures, tenant_id=context.tenant_id, at=context.now
        ),
    )


def receive_contribution(command: ReceiveContribution, context: Context) -> Saved:
    require_platform(context)
    stream_id = peer_benchmark_id(context.tenant_id)

    def decide() -> tuple[PeerBenchmark, ...]:
        benchmark = context.store.read(PeerBenchmark, stream_id) or PeerBenchmark.new(stream_id)
        benchmark.receive(
            command.contribution, by=command.contributor_id, quarter=command.quarter, at=context.now
        )
        return (benchmark,)

    return context.store.save_all(decide)


def withdraw_contribution(command: WithdrawContribution, context: Context) -> Saved:
    require_platform(context)
    return context.store.change(
        PeerBenchmark,
        peer_benchmark_id(context.tenant_id),
        lambda benchmark: benchmark.withdraw(
            by=command.contributor_id, quarter=command.quarter, at=context.now
        ),
    )


def publish_quarter(command: PublishQuarter, context: Context) -> Saved:
    require_platform(context)
    return context.store.change(
        PeerBenchmark,
        peer_benchmark_id(context.tenant_id),
        lambda benchmark: benchmark.publish(Quarter.named(command.quarter), at=context.now),
    )


HANDLERS: Handlers = {
    JoinBenchmark: join_benchmark,
    LeaveBenchmark: leave_benchmark,
    ContributeQuarter: contribute_quarter,
    ReceiveContribution: receive_contribution,
    WithdrawContribution: withdraw_contribution,
    PublishQuarter: publish_quarter,
}
