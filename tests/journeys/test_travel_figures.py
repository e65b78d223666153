"""Do all figures of travel equal an independent reading of the log, for companies of every kind of history?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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
            f"/api/v1/enterprise/tenants/{one.id}/{path}", params=query, headers=owner.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


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
    assert topics["trip.booked.v2"] > 60
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
