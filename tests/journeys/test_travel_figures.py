"""Do all figures of travel equal an independent reading of the log, for companies of every kind of history?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.kit.house import Founder, Person, Place, opened_place
from tests.kit.travels import Travelling, settle_down, travelling_company
from tests.oracle import travel_figures as oracle

COMPANIES = 12
WHOLE = ("2025-01", "2027-12")
PART = ("2025-06", "2026-03")
PERIODS = (WHOLE, PART)
INPUTS = {
    "hourly_cost_eur_cents": 5_000,
    "minutes_saved_per_trip": 40,
    "minutes_saved_per_approval": 10,
    "violations_per_100_trips_before": 25,
    "violation_cost_eur_cents": 6_000,
    "platform_cost_eur_cents_per_month": 20_000,
}


@dataclass
class Region:
    """Companies that travel, and what their logs say."""

    place: Place
    travelling: list[Travelling]
    facts: list[list[dict[str, Any]]]

    def asked(self, number: int, path: str, **query: Any) -> Any:
        """What the API answers to one company's owner."""
        one = self.travelling[number].company
        owner: Person = one.owner
        answer = self.place.client.get(
            f"/api/v1/enterprise/tenants/{one.id}/{path}", params=query, headers=owner.key_headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, path: str, number: int, **query: Any) -> list[Any]:
        """All pages of a list."""
        found = []
        while True:
            page = self.asked(number, path, **query)
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    def declare(self, number: int, effective_from: str, inputs: dict[str, Any]) -> None:
        """Sets inputs of the return."""
        one = self.travelling[number].company
        answer = self.place.client.put(
            f"/api/v1/enterprise/tenants/{one.id}/roi/inputs",
            json={"effective_from": effective_from, "inputs": inputs},
            headers=one.owner.headers,
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def region(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Region]:
    with opened_place(database_url, redis_url, master_key) as place:
        founder = Founder(place.house)
        travelling = [
            travelling_company(founder, f"travels-{seed}", seed=seed, trips=4 + seed)
            for seed in range(COMPANIES)
        ]
        with psycopg.connect(database_url) as connection:
            facts = [oracle.facts_of(connection, one.company.id) for one in travelling]
        yield Region(place, travelling, facts)


every_company = pytest.mark.parametrize("number", range(COMPANIES))


def test_the_histories_are_of_every_kind(region: Region) -> None:
    topics = Counter(fact["topic"] for facts in region.facts for fact in facts)
    assert topics["trip.booked.v3"] > 60
    assert topics["trip.cancelled.v2"] > 10
    assert topics["violation.flagged.v2"] > 20
    totals = [oracle.ledger_of(facts)["month", None] for facts in region.facts]
    assert len({str(sorted(total.items())) for total in totals}) == COMPANIES
    sums = [oracle.between(total, *WHOLE) for total in totals]
    for name in oracle.ADDITIVE:
        assert any(each[name] for each in sums), f"no company has any {name}"
    refused = Counter(name for one in region.travelling for name in one.refusals)
    assert {"ApprovalRequired", "PolicyBlocks"} <= set(refused)


class TestTheDashboard:
    @every_company
    @pytest.mark.parametrize("period", PERIODS, ids="-".join)
    @pytest.mark.parametrize("group", oracle.GROUPS)
    def test_equals_the_log_in_every_line(
        self, region: Region, number: int, period: tuple[str, str], group: str
    ) -> None:
        shown = self._asked(region, number, period, group_by=group, top=100)
        ledger = oracle.ledger_of(region.facts[number])
        expected = {
            value: figures
            for (of, value), months in ledger.items()
            if of == group
            for figures in [oracle.between(months, *period)]
            if any(figures.values())
        }
        assert {line["value"]: additive(line) for line in shown["lines"]} == expected
        assert not any(line["is_others"] for line in shown["lines"])

    @every_company
    @pytest.mark.parametrize("period", PERIODS, ids="-".join)
    def test_equals_the_log_in_every_month_and_in_all(
        self, region: Region, number: int, period: tuple[str, str]
    ) -> None:
        shown = self._asked(region, number, period, group_by="month")
        ledger = oracle.ledger_of(region.facts[number])
        months = ledger["month", None]
        assert additive(shown["total"]) == oracle.between(months, *period)
        by_month = {month: months[month] for month in months_in(months, period)}
        assert {month["month"][:7]: additive(month) for month in shown["by_month"]} == by_month
        assert {line["value"][:7]: additive(line) for line in shown["lines"]} == by_month
        types = {
            (month, value): figures
            for (of, value), months in ledger.items()
            if of == "cost_type"
            for month, figures in months.items()
            if period[0] <= month < period[1] and any(figures.values())
        }
        shown_types = {(one["month"][:7], one["cost_type"]): one for one in shown["by_month_and_type"]}
        assert {key: additive(one) for key, one in shown_types.items()} == types

    @every_company
    @pytest.mark.parametrize("rank_by", ["spend", "carbon", "trips", "violations"])
    def test_adds_up_to_its_total_however_few_lines_are_shown(
        self, region: Region, number: int, rank_by: str
    ) -> None:
        for group in (*oracle.GROUPS, "month"):
            for top in (1, 2, 100):
                shown = self._asked(region, number, PART, group_by=group, top=top, rank_by=rank_by)
                total = additive(shown["total"])
                for part in ("lines", "by_month", "by_month_and_type"):
                    assert summed(shown[part]) == total, f"{part} by {group}, {top} shown"
                others = [line for line in shown["lines"] if line["is_others"]]
                assert len(others) <= 1
                assert group == "month" or len(shown["lines"]) - len(others) <= top
                ranked = [rank_of(line, rank_by) for line in shown["lines"] if not line["is_others"]]
                assert group == "month" or ranked == sorted(ranked, reverse=True)

    @every_company
    def test_names_the_position_it_is_of(self, region: Region, number: int) -> None:
        shown = self._asked(region, number, WHOLE)
        assert shown["position"] == max(fact["position"] for fact in region.facts[number])
        assert shown["lines"] == []

    def test_states_compliance_as_the_share_that_broke_no_rule(self, region: Region) -> None:
        seen = set()
        for number in range(COMPANIES):
            total = self._asked(region, number, WHOLE)["total"]
            assert float(total["compliance"]) == pytest.approx(
                total["trips_compliant"] / total["trips_booked"], abs=0.00005
            )
            seen.add(total["compliance"])
        assert len(seen) > 3

    def _asked(self, region: Region, number: int, period: tuple[str, str], **query: Any) -> Any:
        return region.asked(number, "analytics", start=f"{period[0]}-01", end=f"{period[1]}-01", **query)


class TestBudgets:
    @every_company
    @pytest.mark.parametrize("year", [2025, 2026])
    def test_equal_the_log(self, region: Region, number: int, year: int) -> None:
        shown = region.asked(number, "analytics/budgets", year=year, limit=100)
        facts = region.facts[number]
        expected, ledger = oracle.budgets_of(facts, year), oracle.ledger_of(facts)
        assert expected
        assert [one["key"] for one in shown["data"]] == sorted(expected)
        for one in shown["data"]:
            budget = expected[one["key"]]
            assert (one["amount"], one["taken"]) == (budget["amount"], budget["taken"]), one["key"]
            assert one["remaining"] == budget["amount"] - budget["taken"]
            group = ("month", None) if one["owner"] == "tenant" else (one["owner"], one["owner_id"])
            figure = "spend_eur_cents" if one["unit"] == "EUR" else "carbon_g"
            months = ledger.get(group, {})
            booked = [
                months[month][figure] if month in months else 0
                for month in (f"{year}-{each:02}" for each in range(1, 13))
            ]
            assert one["by_month"] == booked
            assert sum(booked) == one["taken"], "the claims and the read model differ"

    def test_are_paged_without_a_gap(self, region: Region) -> None:
        number = max(range(COMPANIES), key=lambda each: len(region.travelling[each].departments))
        whole = region.asked(number, "analytics/budgets", year=2025, limit=100)["data"]
        paged, cursor = [], {}
        while True:
            page = region.asked(number, "analytics/budgets", year=2025, limit=1, **cursor)
            paged += page["data"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert paged == whole
        assert len(whole) > 2

    def test_foretell_the_end_of_the_year_and_the_day_it_is_used_up(self, region: Region) -> None:
        house = region.place.house
        clock = house.clock
        house.clock = lambda: datetime(2026, 3, 15, tzinfo=UTC)
        try:
            shown = [
                budget
                for number in range(COMPANIES)
                for budget in region.asked(number, "analytics/budgets", year=2026, owner="tenant")["data"]
            ]
        finally:
            house.clock = clock
        assert {one["forecast"]["method"] for one in shown} == {"seasonal_naive"}
        for one in shown:
            assert one["forecast"]["expected"] >= one["taken"]
            assert one["forecast"]["low"] <= one["forecast"]["expected"] <= one["forecast"]["high"]
            assert (one["exceeded_on"] is not None) == (one["forecast"]["expected"] > one["amount"])
        assert {one["exceeded_on"] is None for one in shown} == {True, False}


class TestViolationTrends:
    @every_company
    @pytest.mark.parametrize("step", ["week", "month"])
    def test_equal_the_log(self, region: Region, number: int, step: str) -> None:
        shown = region.asked(
            number, "analytics/violations", start="2025-01-01", end="2027-12-01", step=step, top=100
        )
        found = oracle.violations_of(region.facts[number])
        expected = Counter(
            (beginning(one["found_at"], step), one["rule"], one["outcome"], one["status"]) for one in found
        )
        lines = {
            (line["starts_on"], line["rule"], line["outcome"], line["status"]): line["violations"]
            for line in shown["trend"]
        }
        assert lines == expected
        offenders = {
            "travellers": Counter(one["traveller_id"] for one in found),
            "departments": Counter(one["allocation"]["department_id"] for one in found),
            "cost_centres": Counter(one["allocation"]["cost_centre_id"] for one in found),
            "rules": Counter(one["rule"] for one in found),
        }
        names = ("traveller_id", "department_id", "cost_centre_id", "rule")
        for (part, counted), name in zip(offenders.items(), names, strict=True):
            assert {line[name]: line["violations"] for line in shown[part]} == counted, part
            figures = [line["violations"] for line in shown[part]]
            assert figures == sorted(figures, reverse=True)


class TestTheReturn:
    @every_company
    def test_equals_the_log_and_the_sum_of_its_sources(self, region: Region, number: int) -> None:
        facts = region.facts[number]
        trips = oracle.standing_trips(facts)
        flights = [(line["route"], paid_for(line)) for trip in trips for line in trip["lines"]]
        route, reference = flights[0][0], 70_000
        kind = next(line["cost_type"] for trip in trips for line in trip["lines"] if line["route"] == route)
        prices = [{"cost_type": kind, "route": route, "eur_cents": reference}]
        region.declare(number, "2025-01-01", INPUTS | {"reference_prices": prices})
        region.declare(number, "2025-09-01", INPUTS | {"minutes_saved_per_trip": 60})
        period = {"start": "2025-01-01", "end": "2027-12-01"}
        shown = region.asked(number, "roi", **period)
        early = [trip for trip in trips if trip["journey"]["starts_on"] < "2025-09"]
        violations = [one for one in oracle.violations_of(facts) if one["status"] != "exempted"]
        expected = {
            "time_saved": 3_333 * len(early) + 5_000 * (len(trips) - len(early)),
            "approval_time": 833 * sum(trip["approved"] for trip in trips),
            "violations_avoided": 1_500 * len(trips) - 6_000 * len(violations),
            "negotiated_rates": sum(
                reference - paid_for(line)
                for trip in early
                for line in trip["lines"]
                if (line["cost_type"], line["route"]) == (kind, route)
            ),
        }
        assert {part["component"]: part["eur_cents"] for part in shown["parts"]} == expected
        assert shown["benefit_eur_cents"] == sum(expected.values())
        assert shown["trips"] == len(trips)
        assert [dated["effective_from"] for dated in shown["inputs"]] == ["2025-01-01", "2025-09-01"]

        sources = region.every("roi/sources", number, **period, limit=7)
        summed = Counter[str]()
        for source in sources:
            summed[source["component"]] += source["eur_cents"]
        assert {name: summed[name] for name in expected} == expected
        by_position = {fact["position"]: fact for fact in facts}
        for source in sources:
            fact = by_position[source["position"]]
            of_violation = source["violation_id"] is not None
            assert fact["topic"] == ("violation.flagged.v2" if of_violation else "trip.booked.v3")
            assert fact["stream"] == (source["violation_id"] or source["trip_id"])
        only = region.every("roi/sources", number, **period, component="time_saved")
        assert only == [source for source in sources if source["component"] == "time_saved"]

    def test_calculates_nothing_nobody_declared(self, region: Region) -> None:
        region.declare(0, "2025-01-01", {"minutes_saved_per_trip": 40})
        region.declare(0, "2025-09-01", {})
        shown = region.asked(0, "roi", start="2025-01-01", end="2027-12-01")
        assert {part["eur_cents"] for part in shown["parts"]} == {None}
        assert shown["benefit_eur_cents"] is None
        assert shown["roi"] is None
        needs = {part["component"]: part["needs"] for part in shown["parts"]}
        assert "hourly_cost_eur_cents" in needs["time_saved"]
        assert needs["negotiated_rates"] == ["reference_prices"]
        assert region.every("roi/sources", 0, start="2025-01-01", end="2027-12-01") == []


def test_the_rows_equal_a_replay(region: Region) -> None:
    for one in region.travelling:
        settle_down(one)
        assert list(region.place.house.jobs.projections.check(one.company.id, ["travel-totals"])) == []


def additive(line: dict[str, Any]) -> dict[str, int]:
    """The figures of a line that can be added."""
    assert line["violations"] == sum(line["violations_by_outcome"].values())
    flat = {**line, **line["violations_by_outcome"]}
    return {name: flat[name] for name in oracle.ADDITIVE}


def summed(lines: list[dict[str, Any]]) -> dict[str, int]:
    """The sum of lines."""
    figures = [additive(line) for line in lines]
    return {name: sum(one[name] for one in figures) for name in oracle.ADDITIVE}


def months_in(months: dict[str, Any], period: tuple[str, str]) -> list[str]:
    """The months of the period of which something is left."""
    return [month for month in months if period[0] <= month < period[1] and any(months[month].values())]


def rank_of(line: dict[str, Any], rank_by: str) -> int:
    """What the line is ranked by."""
    names = {"spend": "spend_eur_cents", "carbon": "carbon_g", "trips": "trips_booked"}
    return int(line[names.get(rank_by, "violations")])


def beginning(at: str, step: str) -> str:
    """The Monday, or the first of the month, of an instant in UTC."""
    day = datetime.fromisoformat(at).astimezone(UTC).date()
    first = day - timedelta(days=day.weekday()) if step == "week" else day.replace(day=1)
    return first.isoformat()


def paid_for(line: dict[str, Any]) -> int:
    """What a segment cost, in euro cents."""
    return sum(share["eur_cents"] for share in line["shares"])
