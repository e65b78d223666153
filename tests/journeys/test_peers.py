"""Does a company learn how its peers travel, and nothing about any one of them, however it asks?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from adapters.bootstrap import House
from adapters.jobs.benchmarking import Benchmarking
from application.platform.company_profiles import ChangeCompanyProfile
from application.travel.benchmarks import JoinBenchmark, LeaveBenchmark
from application.travel.trips import BookTrip, PlanTrip
from domain.kernel.nace import Sector
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.peer_metrics import PeerMetric
from tests.kit.house import Company, Founder, Person, Place, a_flight, opened_place

BENCHMARKS = "/api/v1/enterprise/benchmarks"
SECTORS = ("62", "K", "all")


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


@pytest.fixture(scope="module")
def peers(place: Place) -> "Peers":
    """Three quarters of 2030: four companies take part, then six, then seven."""
    peers = Peers(place)
    peers.take_part(4, on=datetime(2030, 1, 15, tzinfo=UTC))
    peers.take_part(2, on=datetime(2030, 4, 15, tzinfo=UTC))
    peers.take_part(1, on=datetime(2030, 7, 15, tzinfo=UTC))
    peers.outsider = Founder(place.house).company("outsider")
    peers.close(datetime(2031, 1, 2, tzinfo=UTC))
    return peers


class Peers:
    """Companies of one sector, each with a flight in every quarter of 2030."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.house: House = place.house
        self.companies: list[Company] = []
        self.outsider = place.north

    def take_part(self, companies: int, *, on: datetime) -> None:
        """So many new companies join, and book all their flights at once."""
        self.house.clock = lambda: on
        founder = Founder(self.house)
        for _ in range(companies):
            number = len(self.companies)
            company = founder.company(f"peer-{number}")
            profile = {"sector": Sector(division="62"), "head_count": 10}
            founder.execute(company.id, ChangeCompanyProfile(**profile))
            founder.execute(company.id, JoinBenchmark())
            for month in (2, 5, 8):
                departs_at = datetime(2030, month, 20, 8, tzinfo=UTC)
                if departs_at > on:
                    self.book(founder, company, departs_at, euros=3_000 + 200 * number)
            self.companies.append(company)

    def book(self, founder: Founder, company: Company, departs_at: datetime, *, euros: int) -> None:
        flight = a_flight(
            departs_at=departs_at.isoformat(), price={"amount_minor": euros * 100, "currency": "EUR"}
        )
        plan = {"traveller_id": str(company.traveller.id), "purpose": "Visit", "segments": [flight]}
        planned = founder.execute(company.id, PlanTrip.model_validate_json(json.dumps(plan)))
        founder.execute(company.id, BookTrip(trip_id=planned.saved.stream_id))

    def close(self, on: datetime) -> None:
        """Everybody hands over what is due, and what is ripe is published."""
        self.house.clock = lambda: on
        clerk = Benchmarking(
            dispatcher=self.house.pools.dispatcher,
            queries=self.house.pools.queries,
            commands=self.house.commands,
            now=lambda: on,
        )
        for company in self.companies:
            self.settle(company.id)
            clerk.contribute(company.id)
            self.settle(company.id)
        clerk.publish()
        self.settle(PLATFORM_TENANT_ID)

    def settle(self, tenant_id: UUID) -> None:
        self.house.jobs.projections.drain(tenant_id)
        self.house.jobs.processes.drain(tenant_id)

    def ask(
        self, period: str, *, metric: str = "spend_per_employee", by: Person | None = None, **more: str
    ) -> dict[str, Any]:
        """What the door answers to someone, by default a company that takes no part."""
        asking = by or self.outsider.owner
        parameters = {"metric": metric, "period": period, **more}
        answer = self.place.client.get(BENCHMARKS, params=parameters, headers=asking.key_headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def every_answer(self, period: str) -> list[dict[str, Any]]:
        """All there is to ask about one period."""
        return [
            self.ask(period, metric=metric.value, sector=sector)
            for metric in PeerMetric
            for sector in SECTORS
        ]


def test_of_four_companies_nothing_is_told(peers: Peers) -> None:
    withheld = peers.every_answer("2030-Q1")
    assert {answer["nothing_because"] for answer in withheld} == {"withheld"}
    assert all(answer["quartiles"] is None and answer["own"] is None for answer in withheld)
    four, none = (peers.ask("2030-Q1", sector=sector) for sector in ("62", "01"))
    assert {**four, "sector": ""} == {**none, "sector": ""}, "nor whether there are four, or none at all"


def test_of_six_the_quartiles_are_told_in_coarse_steps(peers: Peers) -> None:
    for sector in SECTORS:
        answer = peers.ask("2030-Q2", sector=sector)
        # 300, 320, ... 400 EUR per employee: 325, 350 and 375 between the ranks, in steps of 50.
        assert {name: int(one) for name, one in answer["quartiles"].items()} == {
            "lower": 300,
            "median": 350,
            "upper": 400,
        }
        assert answer["own"] is None, "whoever takes no part has no figure here"


def test_ones_own_figure_stands_beside_them(peers: Peers) -> None:
    first, latest = peers.companies[0], peers.companies[-1]
    answer = peers.ask("2030-Q2", by=first.owner)
    assert (answer["sector"], float(answer["own"])) == ("62", 300.0)
    assert peers.ask("2030-Q2", by=latest.owner)["own"] is None, "it had not joined yet"
    assert float(peers.ask("2030-Q1", by=first.owner)["own"]) == 300.0, "one's own is never withheld"


def test_a_company_that_joined_cannot_be_read_off_two_periods(peers: Peers) -> None:
    assert all(answer["quartiles"] is None for answer in peers.every_answer("2030-Q3"))


def test_nothing_is_told_of_a_quarter_that_is_not_three_months_over(peers: Peers) -> None:
    peers.house.clock = lambda: datetime(2031, 3, 31, 23, tzinfo=UTC)
    assert {answer["nothing_because"] for answer in peers.every_answer("2030-Q4")} == {"too_recent"}


def test_asking_again_tells_the_same_also_when_a_company_has_left(peers: Peers) -> None:
    before = {period: peers.every_answer(period) for period in ("2030-Q1", "2030-Q2", "2030-Q3")}
    left = peers.companies[2]
    Founder(peers.house).execute(left.id, LeaveBenchmark())
    peers.settle(left.id)
    peers.close(datetime(2031, 1, 3, tzinfo=UTC))
    assert {period: peers.every_answer(period) for period in before} == before
    own = peers.ask("2030-Q2", by=left.owner)
    assert own["quartiles"] is not None, "what was published stays published, for everyone"


def test_nobody_sees_who_takes_part(peers: Peers, place: Place) -> None:
    with place.house.reading(PLATFORM_TENANT_ID) as sql:
        rows = sql.rows("select * from read.benchmark_cell where tenant_id = %(tenant_id)s")
    assert rows
    shown = repr([dict(row) for row in rows])
    assert not any(str(company.id) in shown for company in peers.companies)


def test_malformed_questions_are_refused_by_name(peers: Peers, place: Place) -> None:
    for bad in (
        {"metric": "salaries", "period": "2030-Q1"},
        {"metric": "advance_days", "period": "2030-Q5"},
        {"metric": "advance_days", "period": "1999-Q1"},
        {"metric": "advance_days", "period": "2030-Q1", "sector": "04"},
        {"metric": "advance_days", "period": "2030-Q1", "sector": "62.10"},
    ):
        answer = place.client.get(BENCHMARKS, params=bad, headers=peers.outsider.owner.key_headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), answer.text
