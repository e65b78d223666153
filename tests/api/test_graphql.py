"""GraphQL asks the same operations: what it answers, what it refuses, and how."""

import pytest

from tests.kit.house import Place


def ask(place: Place, who, query: str, **variables):
    answer = place.client.post(
        "/api/v2/graphql", json={"query": query, "variables": variables}, headers=who.headers if who else {}
    )
    return answer


def test_a_trip_is_planned_read_and_listed(place: Place) -> None:
    owner = place.north.owner
    made = ask(place, owner, """
      mutation($input: PlanTripInput!) { planTrip(input: $input, clientMutationId: "one") {
        ... on PlanTripPayload { trip { id uuid version status segments { carbonMissing details { ... on FlightSegment { kind price { amountMinor currency } origin { iata } } } } } position clientMutationId replayed }
        ... on Refused { code detail errors { pointer detail } } } }""",
      input={"travellerId": str(place.north.traveller.id), "purpose": "Client", "segments": [{"flight": {"origin": "CDG", "destination": "JFK", "cabin": "ECONOMY", "departsAt": "2090-05-02T08:00:00Z", "price": {"amountMinor": 40000, "currency": "EUR"}}}]})
    print(made.status_code, made.json())
    trip = made.json()["data"]["planTrip"]["trip"]
    read = ask(place, owner, """query($id: UUID!, $p: BigInt) { trip(tripId: $id) { purpose status }
      trips(first: 2, minPosition: $p) { edges { cursor node { id uuid carbonKg } } pageInfo { hasNextPage endCursor } } }""", id=trip["id"])
    print(read.status_code, read.json(), dict(read.headers))
    node = ask(place, owner, "query($id: ID!) { node(id: $id) { __typename id ... on Trip { purpose } } }", id=trip["id"])
    print(node.json())
    bad = ask(place, owner, """mutation { bookTrip(tripId: "00000000-0000-7000-8000-000000000000", version: 3) { ... on BookTripPayload { trip { id } } ... on Refused { code status title detail errors {pointer detail}} } }""")
    print(bad.json())
    assert 0
