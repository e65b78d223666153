"""What does a list of trips with all that belongs to it cost in GraphQL, against REST calls for the same?"""

from statistics import median
from time import perf_counter
from typing import Any

from tests.bench.figures import Figure, Sizes, at_most
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Place as House
from tests.kit.house import opened_place

TRIPS = 100
ENTERPRISE = "/api/v1/enterprise"
QUERY = """{ trips(first: 100) { edges { node {
  id purpose status departsAt spendEurCents carbonKg segmentsWithoutCarbon
  verdict { policyId policyVersion isBlocked requiresApproval }
  violations(first: 10) { rule observed limit unit outcome }
} } } }"""


def graphql_100_trips_vs_rest(place: Place, sizes: Sizes) -> Figure:
    """One request here; there one for the list, one for its violations and one for each trip's verdict."""
    with (
        place.database() as url,
        opened_place(url, place.services.redis_url, MASTER_KEY) as house,
    ):
        _travel(house)
        headers = house.north.owner.headers

        def graphql() -> None:
            answer = house.client.post("/api/v2/graphql", json={"query": QUERY}, headers=headers).json()
            assert len(answer["data"]["trips"]["edges"]) == TRIPS, answer

        def rest() -> None:
            listed = house.client.get(f"{ENTERPRISE}/trips?limit={TRIPS}", headers=headers).json()["data"]
            assert house.client.get(f"{ENTERPRISE}/violations?limit={TRIPS}", headers=headers).is_success
            for each in listed:
                assert house.client.get(f"{ENTERPRISE}/trips/{each['id']}", headers=headers).is_success

        def listing() -> None:
            assert house.client.get(f"{ENTERPRISE}/trips?limit={TRIPS}", headers=headers).is_success
            assert house.client.get(f"{ENTERPRISE}/violations?limit={TRIPS}", headers=headers).is_success

        graphql()
        took = {each.__name__: [_ms(each) for _ in range(sizes.rounds)] for each in (graphql, rest, listing)}
    medians = {name: median(times) for name, times in took.items()}
    return at_most(
        "graphql_100_trips_vs_rest",
        f"a list of {TRIPS} trips with verdict, violations and carbon in one GraphQL request, against the REST calls"
        f" for the same ({medians['rest']:.0f} ms; the two lists alone, without verdicts, {medians['listing']:.0f} ms)",
        medians["graphql"],
        medians["rest"],
        unit="ms",
        target=2.0,
        method=f"the application in the same process, no socket; medians of {sizes.rounds} rounds",
    )


def _ms(call: Any) -> float:
    began = perf_counter()
    call()
    return (perf_counter() - began) * 1_000


def _travel(house: House) -> None:
    strict = {"name": "Strict", "max_daily_budget_eur": "1.00"}
    owner = house.north.owner.headers
    assert house.client.post(f"{ENTERPRISE}/policies", json=strict, headers=owner).status_code == 201
    for _ in range(TRIPS):
        trip = house.plan(house.north)["id"]
        assert house.client.post(f"{ENTERPRISE}/trips/{trip}/book", headers=owner).status_code == 200
    house.house_at_rest()
