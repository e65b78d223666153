"""Do reports add up, compare what can be compared, and say exactly why a number changed?"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.esg.drafting import due
from domain.esg.carbon_targets import Ambition
from domain.esg.esg_report import (
    ApproverNotIndependent,
    EsgPeriodNotOver,
    EsgReport,
    EsgReportIsPublished,
    ReportPeriodMalformed,
    ReportStatus,
    kind_of,
    report_id,
)
from domain.esg.frameworks import beges_rows, esrs_rows
from domain.esg.reduction_levers import rail_hours
from domain.esg.report_composition import compose
from domain.esg.report_content import Amount, ReportContent
from domain.esg.report_difference import difference
from domain.esg.reporting_line import ReportLine
from domain.esg.rounding import apportioned, rounded
from domain.kernel.geography import Airport
from tests.kit.esg import EUROPE_ECONOMY, LONG_BUSINESS, MEMBERS, TENANT, content, factor, frame, ledger, line

NOW = datetime(2031, 2, 1, tzinfo=UTC)


@given(st.lists(st.integers(-(10**12), 10**12), max_size=40))
@settings(max_examples=200, deadline=None)
def test_rounded_rows_add_up_to_the_rounded_total(grams: list[int]) -> None:
    shown = apportioned(grams)
    assert sum(shown) == rounded(sum(grams))
    assert all(abs(kilograms * 1000 - gram) < 2000 for kilograms, gram in zip(shown, grams, strict=True))


def test_the_largest_remainder_is_rounded_up_and_ties_go_to_the_first() -> None:
    assert apportioned([1400, 1400, 1400]) == [2, 1, 1]
    assert apportioned([900, 500, 600]) == [1, 0, 1]


def test_every_table_adds_up_by_both_methods() -> None:
    figures = content()
    for name, rows in figures.tables().items():
        assert sum(row.location_g for row in rows) == figures.total.location_g, name
        assert sum(row.market_g for row in rows) == figures.total.market_g, name
    assert ReportContent.read(figures.written()) == figures


def test_a_change_of_factors_is_told_apart_from_a_change_of_activity() -> None:
    figures = content()
    assert figures.previous is not None
    (change,) = figures.previous.changes
    assert (change.mode, change.before, change.after) == (
        "flight",
        "DESNZ 2029 (desnz)",
        "DESNZ 2030 (desnz)",
    )
    # Only the factor differs between the two years, so the whole difference is its effect.
    assert change.effect_g == figures.total.market_g - figures.previous.total.market_g < 0


def test_a_base_year_is_recalculated_from_five_percent_on() -> None:
    dearer = factor("row", "3.0", 2029)
    before = [line(1, on=date(2029, 1, 5), quantity="100", used=dearer, activity="a")]
    after = [line(2, on=date(2030, 1, 5), quantity="100", used=factor("row", "2.8", 2030), activity="a")]
    (change,) = compose(frame(base_year=None), after, previous=before).previous.changes  # type: ignore[union-attr]
    assert (change.effect_g, change.is_recalculation_due) == (-20_000, True)


def test_the_straight_line_says_who_is_on_track() -> None:
    (trajectory,) = content().trajectories
    assert trajectory.base_g > trajectory.expected_g > trajectory.target_g
    assert trajectory.expected_g == round(trajectory.base_g * (1 - 0.5 * 3 / 8))
    assert trajectory.is_on_track == (trajectory.actual_g <= trajectory.expected_g)


def test_levers_are_the_companys_own_flights() -> None:
    figures = content()
    rail = {lever.key: lever for lever in figures.levers if lever.kind == "rail_instead_of_flight"}
    assert set(rail) == {"CDG-FRA", "CDG-AMS", "LYS-CDG", "CDG-LHR"}
    flown = [each for each in ledger() if each.route == "CDG-LHR"]
    assert (rail["CDG-LHR"].segments, rail["CDG-LHR"].now_g) == (
        len(flown),
        sum(each.location_g for each in flown),
    )
    assert rail["CDG-LHR"].then_g == int(
        sum(each.quantity for each in flown) * Decimal("35.46") + Decimal("0.5")
    )
    cabins = [lever for lever in figures.levers if lever.kind == "economy_instead_of_premium"]
    assert {lever.key.split("|")[1] for lever in cabins} == {"business"}


@pytest.mark.parametrize(
    ("one", "other", "runs"),
    [
        (("CDG", "FR", 49.01, 2.55), ("LHR", "GB", 51.47, -0.46), True),
        (("CDG", "FR", 49.01, 2.55), ("AJA", "FR", 41.92, 8.80), False),  # an island
        (("DUB", "IE", 53.42, -6.27), ("LHR", "GB", 51.47, -0.46), False),  # the sea
    ],
)
def test_trains_run_where_railways_meet(one: tuple[str, ...], other: tuple[str, ...], runs: bool) -> None:
    ends = [
        Airport(
            iata=iata, name=iata, country=country, latitude=latitude, longitude=longitude, time_zone="UTC"
        )
        for iata, country, latitude, longitude in (one, other)
    ]
    hours = rail_hours(ends[0], ends[1])
    assert (hours is not None) is runs
    if hours is not None:
        assert Decimal(2) < hours < Decimal(4)


def test_the_forms_hold_the_totals() -> None:
    figures = content()
    assert [row.g for row in esrs_rows(figures)][-2:] == [figures.total.location_g, figures.total.market_g]
    assert sum(row.g or 0 for row in beges_rows(figures)) == figures.total.location_g


class TestDifference:
    BEFORE = sorted(ledger(months=2), key=lambda each: (each.occurred_on, each.line_id))

    def causes(self, after: list[ReportLine]) -> dict[str, int]:
        found = difference(self.BEFORE, sorted(after, key=lambda each: (each.occurred_on, each.line_id)))
        assert found.before.market_g + sum(row.market_g for row in found.causes) == found.after.market_g
        assert found.before.location_g + sum(row.location_g for row in found.causes) == found.after.location_g
        return {row.cause: row.location_g for row in found.causes if row.lines}

    def test_of_two_equal_cuts_is_nothing(self) -> None:
        assert self.causes(self.BEFORE) == {}

    def test_knows_what_came_late(self) -> None:
        late = line(9, on=date(2030, 2, 3), quantity="446.925", used=EUROPE_ECONOMY)
        assert self.causes([*self.BEFORE, late]) == {"late_entry": 48_786}

    def test_splits_a_line_into_its_quantity_and_its_factor(self) -> None:
        old = next(each for each in self.BEFORE if each.mode == "flight" and each.factor == LONG_BUSINESS)
        newer = factor(LONG_BUSINESS.id, "0.5", 2031)
        new = line(1, on=old.occurred_on, quantity=str(old.quantity * 2), used=newer, subject=old.subject)
        after = [new if each is old else each for each in self.BEFORE]
        found = self.causes(after)
        doubled = new.location_g - 2 * old.location_g
        assert found == {"factor_set": doubled, "correction": old.location_g}
        by_method = [replace(new, method="tim") if each is new else each for each in after]
        assert set(self.causes(by_method)) == {"method", "correction"}

    def test_takes_a_withdrawal_for_a_correction(self) -> None:
        gone = self.BEFORE[7]
        assert self.causes([each for each in self.BEFORE if each is not gone]) == {
            "correction": -gone.location_g
        }

    def test_names_the_events_before_and_after(self) -> None:
        old = self.BEFORE[3]
        new = replace(
            old, line_id="other", location_g=old.location_g + 5, market_g=old.market_g + 5, positions=(99,)
        )
        (change,) = difference([old], [new]).changes
        assert (change.positions_before, change.positions_after) == (old.positions, (99,))
        assert Amount(location_g=change.location_g, market_g=change.market_g) == Amount(
            location_g=5, market_g=5
        )


class TestLife:
    def drafted(self, by: UUID | None = None) -> EsgReport:
        start, end = date(2030, 1, 1), date(2031, 1, 1)
        return EsgReport.draft(report_id(TENANT, start, end), start=start, end=end, drafted_by=by, at=NOW)

    def test_takes_two_people(self) -> None:
        report = self.drafted(by=MEMBERS[0])
        report.review(content(trips=1), by=MEMBERS[1], at=NOW)
        for one in MEMBERS[:2]:
            with pytest.raises(ApproverNotIndependent):
                report.approve(by=one, at=NOW)
        report.approve(by=MEMBERS[2], at=NOW)
        report.publish(by=MEMBERS[0], at=NOW)
        assert report.status is ReportStatus.PUBLISHED
        for act in (report.approve, lambda by, at: report.review(content(trips=2), by=by, at=at)):
            with pytest.raises(EsgReportIsPublished):
                act(by=MEMBERS[2], at=NOW)  # type: ignore[operator]

    def test_is_not_published_before_its_end(self) -> None:
        report = self.drafted()
        report.review(content(trips=1), by=MEMBERS[0], at=NOW)
        report.approve(by=MEMBERS[1], at=NOW)
        with pytest.raises(EsgPeriodNotOver):
            report.publish(by=MEMBERS[0], at=datetime(2030, 12, 31, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("start", "end"),
        [("2030-01-02", "2030-02-01"), ("2030-01-01", "2031-02-01"), ("2030-02-01", "2030-01-01")],
    )
    def test_covers_whole_months(self, start: str, end: str) -> None:
        with pytest.raises(ReportPeriodMalformed):
            kind_of(date.fromisoformat(start), date.fromisoformat(end))


def test_the_schedule_wants_what_is_over() -> None:
    both = Ambition(drafts_monthly=True, drafts_yearly=True)
    month, year = due(both, date(2031, 1, 1))
    assert month == (date(2030, 12, 1), date(2031, 1, 1))
    assert year == (date(2030, 1, 1), date(2031, 1, 1))
    assert due(Ambition(), date(2031, 1, 1)) == []
