"""How does a company compare itself with its peers, and how does the platform keep their figures apart?"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_platform
from domain.kernel.refusals import RuleBroken
from domain.travel.benchmark_membership import BenchmarkMembership, membership_id
from domain.travel.peer_benchmark import Contribution, PeerBenchmark, peer_benchmark_id
from domain.travel.peer_metrics import QuarterFigures
from domain.travel.quarter import Quarter, QuarterCode


class JoinBenchmark(Command):
    """Take part in the comparison from the current quarter on, as the company's profile describes it."""


class LeaveBenchmark(Command):
    """Take part no longer; what was not published yet is taken back."""


class SectorUnstated(RuleBroken):
    """The company's profile names no sector yet; state it there first: peers are the companies of one's sector."""


class SectorDissolved(RuleBroken):
    """The sector in the company's profile was dissolved; state there the one of NACE revision 2.1."""


class HeadCountUnstated(RuleBroken):
    """The company's profile says no head count yet; state it there first: figures are compared per employee."""


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
        company = context.ports.company.described()
        if company.division is None:
            raise SectorDissolved if company.has_sector else SectorUnstated
        if company.head_count is None:
            raise HeadCountUnstated
        membership.join(nace=company.division, head_count=company.head_count, at=context.now)
        return (membership,)

    return context.store.save_all(decide)


def leave_benchmark(command: LeaveBenchmark, context: Context) -> Saved:
    return context.store.change(
        BenchmarkMembership,
        membership_id(context.tenant_id),
        lambda membership: membership.leave(tenant_id=context.tenant_id, at=context.now),
    )


def contribute_quarter(command: ContributeQuarter, context: Context) -> Saved:
    quarter = Quarter.named(command.quarter)

    def decide(membership: BenchmarkMembership) -> None:
        company = context.ports.company.described()
        membership.restate(nace=company.division, head_count=company.head_count, at=context.now)
        membership.contribute(quarter, command.figures, tenant_id=context.tenant_id, at=context.now)

    return context.store.change(BenchmarkMembership, membership_id(context.tenant_id), decide)


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
