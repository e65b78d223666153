"""What is published of a quarter, once, and what changes it afterwards? Nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from domain.travel.benchmark_membership import (
    BenchmarkJoined,
    BenchmarkLeft,
    BenchmarkMembership,
    NotInBenchmark,
    QuarterContributed,
    QuarterNotOver,
)
from domain.travel.peer_benchmark import (
    Contribution,
    ContributionReceived,
    ContributionWithdrawn,
    PeerBenchmark,
    QuarterNotRipe,
    QuarterPublished,
    cells_of,
)
from domain.travel.peer_metrics import PeerMeasure, PeerMetric, QuarterFigures, measures_of, quartiles_of
from domain.travel.quarter import Quarter
from tests.kit.builders import NOW, STREAM, TENANT
from tests.kit.scenario import given

Q1 = Quarter(year=2030, number=1)
IN_Q2, RIPE = datetime(2030, 4, 2, tzinfo=UTC), datetime(2030, 7, 1, tzinfo=UTC)
FIGURES = QuarterFigures(
    trips=4,
    spend_eur_cents=400_000,
    trips_with_carbon=2,
    carbon_g=500_000,
    judged_trips=4,
    compliant_trips=3,
    advance_days=80,
    flights=5,
    premium_flights=1,
)


def company(number: int) -> UUID:
    return uuid5(STREAM, f"company:{number}")


def contribution(figure: int, *, weight: int = 10, nace: str = "62.10") -> Contribution:
    measure = PeerMeasure(metric=PeerMetric.CARBON_PER_TRIP, figure=Decimal(figure), weight=weight)
    return Contribution(nace=nace, measures=(measure,))


def received(number: int, figure: int = 300, quarter: str = "2030-Q1") -> ContributionReceived:
    return ContributionReceived(
        originator_id=STREAM,
        originator_version=1,
        occurred_at=IN_Q2,
        contributor_id=company(number),
        quarter=quarter,
        contribution=contribution(figure),
    )


def published(quarter: str = "2030-Q1", *numbers: int) -> QuarterPublished:
    contributions = {company(number): contribution(300) for number in numbers}
    return QuarterPublished(
        originator_id=STREAM,
        originator_version=1,
        occurred_at=RIPE,
        quarter=quarter,
        cells=tuple(cells_of(contributions, {})),
    )


class TestAQuarter:
    @pytest.mark.parametrize(
        ("day", "code", "ripe"),
        [
            (date(2030, 1, 1), "2030-Q1", date(2030, 7, 1)),
            (date(2030, 3, 31), "2030-Q1", date(2030, 7, 1)),
            (date(2030, 4, 1), "2030-Q2", date(2030, 10, 1)),
            (date(2030, 12, 31), "2030-Q4", date(2031, 4, 1)),
        ],
    )
    def test_is_ripe_three_months_after_its_end(self, day: date, code: str, ripe: date) -> None:
        quarter = Quarter.of(day)
        assert (quarter.code, quarter.ripe_on) == (code, ripe)
        assert quarter.start <= day < quarter.end
        assert Quarter.named(code) == quarter


class TestPublishing:
    def test_waits_until_the_quarter_is_ripe(self) -> None:
        early = datetime(2030, 6, 30, 23, 59, tzinfo=UTC)
        five = [received(number) for number in range(5)]
        given(PeerBenchmark, *five).when(lambda one: one.publish(Q1, at=early)).refused(QuarterNotRipe)

    def test_tells_quartiles_in_coarse_steps_at_every_level(self) -> None:
        five = [received(number, figure) for number, figure in enumerate((101, 149, 333, 480, 900))]
        story = given(PeerBenchmark, *five).when(lambda one: one.publish(Q1, at=RIPE)).then(QuarterPublished)
        cells = story.recorded[-1].cells  # type: ignore[attr-defined]
        assert [cell.sector for cell in cells] == ["62", "K", "all"]
        for cell in cells:
            assert cell.quartiles.model_dump() == {"lower": 150, "median": 350, "upper": 500}

    def test_shows_nothing_of_four(self) -> None:
        four = [received(number) for number in range(4)]
        given(PeerBenchmark, *four).when(lambda one: one.publish(Q1, at=RIPE)).then(
            QuarterPublished, cells=()
        )

    def test_happens_once(self) -> None:
        history = [received(1), published()]
        given(PeerBenchmark, *history).when(lambda one: one.publish(Q1, at=RIPE)).then_nothing()

    def test_is_not_moved_by_whoever_comes_late(self) -> None:
        def late(one: PeerBenchmark) -> None:
            one.receive(contribution(1), by=company(9), quarter="2030-Q1", at=RIPE)

        given(PeerBenchmark, received(1), published()).when(late).then_nothing()

    def test_is_not_moved_by_whoever_leaves_afterwards(self) -> None:
        def leave(one: PeerBenchmark) -> None:
            one.withdraw(by=company(1), quarter="2030-Q1", at=RIPE)

        given(PeerBenchmark, received(1), published()).when(leave).then_nothing()
        given(PeerBenchmark, received(1)).when(leave).then(ContributionWithdrawn, contributor_id=company(1))

    @pytest.mark.parametrize(("numbers", "shown"), [(6, True), (5, False), (7, False), (11, True)])
    def test_hides_a_group_that_changed_by_a_few_since_it_was_shown(self, numbers: int, shown: bool) -> None:
        before = published("2030-Q1", *range(6))
        now = [received(number, quarter="2030-Q2") for number in range(numbers)]
        story = given(PeerBenchmark, before, *now).when(
            lambda one: one.publish(Q1.after(1), at=datetime(2030, 10, 1, tzinfo=UTC))
        )
        cells = story.then(QuarterPublished).recorded[-1].cells  # type: ignore[attr-defined]
        assert bool(cells) is shown


class TestFigures:
    def test_are_what_a_company_hands_over(self) -> None:
        measures = {one.metric.value: (one.figure, one.weight) for one in measures_of(FIGURES, 20)}
        assert measures == {
            "spend_per_employee": (200, 400_000),
            "carbon_per_trip": (250, 2),
            "compliant_share": (75, 4),
            "advance_days": (20, 4),
            "premium_share": (20, 5),
        }

    def test_say_nothing_where_there_was_nothing(self) -> None:
        nothing = QuarterFigures(**dict.fromkeys(QuarterFigures.model_fields, 0))
        assert measures_of(nothing, 20) == ()

    def test_interpolate_between_ranks_and_round_half_to_even(self) -> None:
        four_steps = [Decimal(figure) for figure in (0, 100, 200, 300, 400, 500)]
        told = quartiles_of(PeerMetric.CARBON_PER_TRIP, four_steps)
        assert told.model_dump() == {"lower": 100, "median": 250, "upper": 400}


class TestMembership:
    JOINED = BenchmarkJoined(
        originator_id=STREAM, originator_version=1, occurred_at=NOW, nace="62.10", head_count=20
    )

    def test_contributes_from_the_quarter_of_joining_on(self) -> None:
        def contribute(one: BenchmarkMembership) -> None:
            one.contribute(Q1, FIGURES, tenant_id=TENANT, at=IN_Q2)

        story = given(BenchmarkMembership, self.JOINED).when(contribute)
        event = story.then(QuarterContributed, quarter="2030-Q1", nace="62.10").recorded[-1]
        assert event.measures == measures_of(FIGURES, 20)  # type: ignore[attr-defined]
        given(BenchmarkMembership, self.JOINED, event).when(contribute).then_nothing()

    @pytest.mark.parametrize("quarter", [Q1.after(-1), Q1.after(1)])
    def test_contributes_nothing_from_before_it_and_nothing_unfinished(self, quarter: Quarter) -> None:
        given(BenchmarkMembership, self.JOINED).when(
            lambda one: one.contribute(quarter, FIGURES, tenant_id=TENANT, at=IN_Q2)
        ).refused(QuarterNotOver)

    def test_contributes_nothing_after_leaving(self) -> None:
        left = BenchmarkLeft(
            originator_id=STREAM,
            originator_version=2,
            occurred_at=NOW,
            contributor_id=company(1),
            quarters=(),
        )
        given(BenchmarkMembership, self.JOINED, left).when(
            lambda one: one.contribute(Q1, FIGURES, tenant_id=TENANT, at=IN_Q2)
        ).refused(NotInBenchmark)
