"""Peers: how a company travels beside the companies of its sector, and what the euro is worth."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Resource, View
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.travel.benchmarks import JoinBenchmark, LeaveBenchmark
from domain.kernel.instants import Day
from domain.kernel.money import Currency
from domain.kernel.nace import ALL, SectorGroup, groups_of
from domain.kernel.refusals import NotFound
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.benchmark_membership import BenchmarkMembership, membership_id
from domain.travel.peer_metrics import STEPS, UNITS, PeerMetric, Quartiles
from domain.travel.quarter import Quarter, QuarterCode
from projections.travel import benchmark_cells
from projections.travel.benchmark_cells import BenchmarkCellRow

router = Shelf(prefix="/api/v1", tags=["benchmarks"], route_class=StrictRoute)

Reason = Literal["too_recent", "withheld"]
EXPLAINED: dict[Reason, str] = {
    "too_recent": "Figures are shown when the quarter has been over for three months.",
    "withheld": "Nothing is shown where it could tell something about a single company: with fewer than five"
    " of them, with one that stands for more than a quarter of the whole, or where the figures of one could be"
    " found from other answers.",
}


class MembershipView(Resource):
    """A company's part in the comparison with its peers."""

    id: UUID
    is_member: bool
    nace: str | None = Field(description="the division of NACE revision 2.1 the company is compared in")
    head_count: int | None
    contributed: list[str] = Field(description="the quarters whose figures were handed over")

    @classmethod
    def of(cls, membership: BenchmarkMembership, position: int | None = None) -> Self:
        """The membership as it stands."""
        return cls(
            id=membership.id,
            version=membership.version,
            position=position,
            is_member=membership.is_member,
            nace=membership.nace,
            head_count=membership.head_count,
            contributed=sorted(membership.contributed),
        )


class BenchmarkView(View):
    """Quartiles of one metric, or why there are none."""

    metric: PeerMetric
    period: str
    sector: str = Field(description="section or division of NACE 2.1, or all")
    unit: str
    step: Decimal = Field(description="quartiles are rounded to whole steps of this size")
    quartiles: Quartiles | None
    own: Decimal | None = Field(description="your own figure, if you contributed to the period")
    nothing_because: Reason | None = Field(description="why no quartiles are shown")
    explanation: str | None


class ExchangeRateView(View):
    """What a currency is worth by the latest rate published until a day."""

    currency: str
    on: date
    units_per_eur: Decimal = Field(description="units of the currency for one euro")
    published_on: date
    source: str


@router.get(
    "/enterprise/benchmarks",
    operation_id="get_benchmark",
    summary="Compare with peers",
    dependencies=[AtLeast],
)
def get_benchmark(
    session: SessionDep,
    metric: PeerMetric,
    period: Annotated[QuarterCode, Query(description="a quarter of travel, such as 2030-Q1")],
    sector: Annotated[
        SectorGroup | None,
        Query(description="section or division of NACE 2.1, or all; the narrowest of your own by default"),
    ] = None,
) -> BenchmarkView:
    """Quartiles over the companies that take part, published once per quarter and frozen; never of a group in
    which one company could be recognised. Your own figure stands beside them if you contributed."""
    membership = session.house.streams(session.tenant_id).find(
        BenchmarkMembership, membership_id(session.tenant_id)
    )
    nace = membership.nace if membership else None
    asked = (sector,) if sector else groups_of(nace)[::-1] if nace else (ALL,)
    reason: Reason | None = None
    cell = None
    if session.house.clock().date() < Quarter.named(period).ripe_on:
        reason = "too_recent"
    elif (cell := _cell(session, metric, period, asked)) is None:
        reason = "withheld"
    return BenchmarkView(
        metric=metric,
        period=period,
        sector=cell.sector if cell else asked[0],
        unit=UNITS[metric],
        step=STEPS[metric],
        quartiles=Quartiles(lower=cell.lower, median=cell.median, upper=cell.upper) if cell else None,
        own=_own(membership, metric, period),
        nothing_because=reason,
        explanation=None if reason is None else EXPLAINED[reason],
    )


@router.get(
    "/enterprise/benchmarks/membership",
    operation_id="get_benchmark_membership",
    summary="See one's part in the comparison",
    dependencies=[AtLeast],
)
def get_benchmark_membership(session: SessionDep) -> MembershipView:
    """Whether the company takes part, and what it handed over. 404 if it never did."""
    membership = session.stream(BenchmarkMembership, membership_id(session.tenant_id))
    return session.show(MembershipView.of(membership))


@router.put(
    "/enterprise/benchmarks/membership",
    operation_id="join_benchmark",
    summary="Take part in the comparison",
)
def join_benchmark(session: SessionDep) -> MembershipView:
    """Takes part from the current quarter on, with the sector and the head count of the company's profile; later
    changes of the profile count from the next quarter handed over. Five figures of each quarter leave the company,
    and nothing else."""
    return _change(session, JoinBenchmark())


@router.delete(
    "/enterprise/benchmarks/membership",
    operation_id="leave_benchmark",
    summary="Leave the comparison",
)
def leave_benchmark(session: SessionDep) -> MembershipView:
    """Takes part no longer. What was handed over is taken back, unless it was published."""
    return _change(session, LeaveBenchmark())


@router.get("/exchange-rates", operation_id="get_exchange_rate", summary="Look up an exchange rate")
def get_exchange_rate(
    session: SessionDep,
    currency: Annotated[Currency, Query(description="ISO 4217 code")],
    on: Annotated[Day | None, Query(description="a day; today by default")] = None,
) -> ExchangeRateView:
    """The latest reference rate published until that day: what an amount paid on it is converted by."""
    day = on or session.house.clock().date()
    rate = session.house.rates.find(currency, day)
    if rate is None:
        raise NotFound("No rate of this currency against the euro is published.")
    return ExchangeRateView(on=day, **rate.model_dump())


def _cell(
    session: Session, metric: PeerMetric, period: str, sectors: tuple[SectorGroup, ...]
) -> BenchmarkCellRow | None:
    # Published figures are the platform's, for every company alike; nothing in a row belongs to one of them.
    with session.house.reading(PLATFORM_TENANT_ID) as sql:
        found = (
            benchmark_cells.find(sql, quarter=period, metric=metric, sector=sector) for sector in sectors
        )
        return next((cell for cell in found if cell is not None), None)


def _own(membership: BenchmarkMembership | None, metric: PeerMetric, period: str) -> Decimal | None:
    measures = membership.contributed.get(period, ()) if membership else ()
    return next((measure.figure for measure in measures if measure.metric is metric), None)


def _change(session: Session, command: JoinBenchmark | LeaveBenchmark) -> MembershipView:
    membership, answer = session.change(command, BenchmarkMembership, membership_id(session.tenant_id))
    return MembershipView.of(membership, answer.saved.position)
