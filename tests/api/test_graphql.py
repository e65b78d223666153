"""GraphQL asks the operations of the REST door: each has a twin, under the same rules."""

import json
import os
from hashlib import sha256
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, build_schema, get_named_type
from strawberry.printer import print_schema

from api.graphql.names import WITHOUT_TWIN
from api.rest.limits import Limits
from api.rest.shelf import operations_in
from tests.kit.house import Person, Place, a_flight
from tests.kit.twins import field_of

GRAPHQL = "/api/v2/graphql"
SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "schema.graphql"
PLAN = """
mutation($input: PlanTripInput!, $id: String) { planTrip(input: $input, clientMutationId: $id) {
  ... on PlanTripPayload { trip { id uuid version status } position replayed clientMutationId }
  ... on Refused { code status errors { pointer } }
} }"""
BOOK = """
mutation($trip: UUID!, $version: Int) { bookTrip(tripId: $trip, version: $version) {
  ... on BookTripPayload { trip { status version } }
  ... on Refused { code status currentVersion }
} }"""


def schema_of(place: Place) -> Any:
    return place.client.app.state.graphql.opened().schema  # type: ignore[attr-defined]


def ask(place: Place, who: Person, query: str, **variables: Any) -> Any:
    """The data, or the whole answer where there is none."""
    body = {"query": query, "variables": variables}
    answer = place.client.post(GRAPHQL, json=body, headers=who.headers).json()
    return answer["data"] if answer.get("data") and "errors" not in answer else answer


def a_plan(place: Place) -> dict[str, Any]:
    flight = {**a_flight(), "cabin": "ECONOMY", "departsAt": "2090-05-02T08:00:00Z"}
    price = {"amountMinor": 40_000, "currency": "EUR"}
    flight = {key: flight[key] for key in ("origin", "destination", "cabin", "departsAt")} | {"price": price}
    return {
        "travellerId": str(place.north.traveller.id),
        "purpose": "Client",
        "segments": [{"flight": flight}],
    }


class TestSchema:
    def test_has_a_twin_of_every_operation(self, place: Place) -> None:
        """R-33.3: or a reason why there is none."""
        schema: GraphQLSchema = schema_of(place).core
        found, missing = set(), []
        for each in operations_in(place.client.app.routes):  # type: ignore[attr-defined]
            name, (method,) = str(each.operation_id), each.methods
            found.add(name)
            if (field_of(schema, name, method) is None) != (name in WITHOUT_TWIN):
                missing.append(f"{name} ({method} {each.path})")
        assert missing == []
        assert set(WITHOUT_TWIN) <= found

    def test_is_the_one_we_promised(self, place: Place) -> None:
        text = print_schema(schema_of(place).built()) + "\n"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            SNAPSHOT.write_text(text)
        assert text == SNAPSHOT.read_text(), "the schema changed; UPDATE_SNAPSHOTS=1 accepts it"

    def test_gives_everything_a_type(self) -> None:
        """No field is a tree of any form, neither taken nor answered."""
        schema = build_schema(SNAPSHOT.read_text())
        types = [each for name, each in schema.type_map.items() if not name.startswith("__")]
        fields = [
            (each, name, get_named_type(field.type).name)
            for each in types
            if isinstance(each, GraphQLObjectType | GraphQLInputObjectType)
            for name, field in each.fields.items()
        ]
        assert fields
        assert [f"{each}.{name}" for each, name, type_ in fields if "json" in type_.lower()] == []


class TestMutations:
    def test_take_effect_once_under_one_id_through_both_doors(self, place: Place) -> None:
        owner, plan = place.north.owner, a_plan(place)
        first = ask(place, owner, PLAN, input=plan, id="one")["planTrip"]
        again = ask(place, owner, PLAN, input=plan, id="one")["planTrip"]
        assert (first["replayed"], again["replayed"]) == (False, True)
        assert again["trip"] == first["trip"]
        body = {"traveller_id": plan["travellerId"], "purpose": "Client", "segments": [a_flight()]}
        headers = {**owner.headers, "Idempotency-Key": "one"}
        rest = place.client.post("/api/v1/enterprise/trips", json=body, headers=headers)
        assert (rest.status_code, rest.json()["id"]) == (201, first["trip"]["uuid"])
        other = ask(place, owner, PLAN, input={**plan, "purpose": "Another"}, id="one")["planTrip"]
        assert (other["code"], other["status"]) == ("key_reused", 422)

    def test_are_refused_at_a_version_that_moved(self, place: Place) -> None:
        owner = place.north.owner
        trip = ask(place, owner, PLAN, input=a_plan(place))["planTrip"]["trip"]
        stale = ask(place, owner, BOOK, trip=trip["id"], version=trip["version"] - 1)["bookTrip"]
        assert stale == {"code": "stale_version", "status": 412, "currentVersion": trip["version"]}
        done = ask(place, owner, BOOK, trip=trip["id"], version=trip["version"])["bookTrip"]
        assert done["trip"]["status"] == "BOOKED"

    def test_say_where_the_input_is_wrong_in_its_own_names(self, place: Place) -> None:
        plan = {**a_plan(place), "purpose": ""}
        refused = ask(place, place.north.owner, PLAN, input=plan)["planTrip"]
        assert (refused["code"], refused["errors"]) == ("request_invalid", [{"pointer": "/input/purpose"}])


class TestQueries:
    def test_wait_for_a_position_and_read_page_by_page(self, place: Place) -> None:
        owner = place.north.owner
        made = [ask(place, owner, PLAN, input=a_plan(place))["planTrip"] for _ in range(4)]
        place.house_at_rest()
        query = """query($p: BigInt, $after: String) { trips(first: 3, after: $after, minPosition: $p) {
          edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
        page = ask(place, owner, query, p=made[-1]["position"])["trips"]
        ids = [each["node"]["id"] for each in page["edges"]]
        assert ids == [each["trip"]["id"] for each in reversed(made)][:3]
        assert page["pageInfo"]["hasNextPage"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        following = ask(place, owner, query, after=page["pageInfo"]["endCursor"])["trips"]
        from_the_midst = ask(place, owner, query, after=page["edges"][0]["cursor"])["trips"]
        assert following["edges"][0]["node"]["id"] == made[0]["trip"]["id"]
        assert [each["node"]["id"] for each in from_the_midst["edges"]][:2] == ids[1:]

    def test_find_any_thing_by_its_global_id_and_nobody_elses(self, place: Place) -> None:
        query = "query($id: ID!) { node(id: $id) { __typename id ... on Trip { status } } }"
        trip = ask(place, place.north.owner, PLAN, input=a_plan(place))["planTrip"]["trip"]
        found = ask(place, place.north.owner, query, id=trip["id"])["node"]
        assert found == {"__typename": "Trip", "id": trip["id"], "status": "PLANNED"}
        assert ask(place, place.south.owner, query, id=trip["id"])["node"] is None

    def test_answer_what_they_may_beside_what_is_refused(self, place: Place) -> None:
        body = {"query": "{ me { tenantId } tenants { edges { cursor } } }"}
        answer = place.client.post(GRAPHQL, json=body, headers=place.north.traveller.headers)
        document = answer.json()
        assert answer.status_code == 200
        assert document["data"]["me"]["tenantId"] == str(place.north.id)
        assert document["data"]["tenants"] is None
        (error,) = document["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["tenants"], "operation_not_permitted")

    def test_count_as_requests_of_whoever_asks(self, place: Place) -> None:
        state: Any = place.client.app.state  # type: ignore[attr-defined]
        generous, state.limits = state.limits, Limits(person=60)

        def left(query: str) -> int:
            answer = place.client.post(GRAPHQL, json={"query": query}, headers=place.south.manager.headers)
            return int(answer.headers["ratelimit"].split("r=")[1].split(";")[0])

        before = left("{ me { tenantId } }")
        assert before - left("{ me { tenantId } a: me { tenantId } b: me { tenantId } }") == 3
        assert before - left("{ __typename }") == 4
        state.limits = generous

    def test_need_a_credential_that_holds(self, place: Place) -> None:
        answer = place.client.post(
            GRAPHQL, json={"query": "{ __typename }"}, headers={"Authorization": "Bearer x"}
        )
        assert answer.status_code == 401
        assert json.loads(answer.text)["errors"][0]["extensions"]["code"]
        stranger = place.client.post(GRAPHQL, json={"query": "{ me { tenantId } }"}).json()
        assert stranger["errors"][0]["extensions"]["status"] == 401


class TestLinks:
    LIST = """query($first: Int) { trips(first: $first) { edges { node {
      id traveller { displayName } verdict { isBlocked policyVersion } violations { rule trip { purpose } } } } } }"""

    def test_of_many_things_are_followed_together(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No N+1: as many statements for twelve trips as for two."""
        strict = {"name": "Strict", "max_daily_budget_eur": "1.00"}
        owner = place.north.owner
        answer = place.client.post("/api/v1/enterprise/policies", json=strict, headers=owner.headers)
        assert answer.status_code == 201, answer.text
        for _ in range(12):
            trip = place.plan(place.north)
            booked = place.client.post(f"/api/v1/enterprise/trips/{trip['id']}/book", headers=owner.headers)
            assert booked.status_code == 200, booked.text
        place.house_at_rest()
        counted: list[Any] = []
        execute = psycopg.Cursor.execute

        def noted(self: Any, *arguments: Any, **named: Any) -> Any:
            counted.append(arguments[0])
            return execute(self, *arguments, **named)

        monkeypatch.setattr(psycopg.Cursor, "execute", noted)
        statements = []
        for first in (2, 2, 12):  # the first one fills what is remembered
            counted.clear()
            found = ask(place, owner, self.LIST, first=first)["trips"]["edges"]
            statements.append(len(counted))
            assert len(found) == first
            for each in found:
                assert each["node"]["traveller"]["displayName"] == "traveller of north"
                assert each["node"]["violations"][0]["rule"] == "MAX_DAILY_BUDGET_EUR"
                assert each["node"]["violations"][0]["trip"]["purpose"] == "Client visit"
        assert statements[2] <= statements[1] + 2  # standings are remembered for seconds only

    def test_show_no_more_than_their_operations_would(self, place: Place) -> None:
        seen = ask(place, place.north.traveller, self.LIST, first=3)["trips"]["edges"]
        assert seen
        assert {each["node"]["traveller"]["displayName"] for each in seen} == {"traveller of north"}
        assert ask(place, place.south.owner, self.LIST, first=3)["trips"]["edges"] == []


class TestTrustedDocuments:
    """SEC-39: a company may have its own programs' documents answered, and no others."""

    LIST = "/api/v1/graphql/documents"
    TEXT = "query Mine { trips(first: 1) { pageInfo { hasNextPage } } }"

    def put(self, place: Place, *documents: dict[str, str], is_locked: bool) -> Any:
        body = {"documents": list(documents), "is_locked": is_locked}
        return place.client.put(self.LIST, json=body, headers=place.south.owner.headers)

    def code(self, place: Place, **body: Any) -> str | None:
        """Why a request is refused; None if it is answered."""
        answer = place.client.post(GRAPHQL, json=body, headers=place.south.owner.headers).json()
        return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None

    def test_are_the_only_ones_answered_while_the_list_is_locked(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = count(monotonic() + 60, 60)
        monkeypatch.setattr("api.trusting.monotonic", lambda: float(next(later)))
        listed = {"name": "Mine", "text": self.TEXT}
        digest, other = sha256(self.TEXT.encode()).hexdigest(), f"{self.TEXT} "
        persisted = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
        assert self.code(place, documentId=f"sha256:{digest}") == "document_unknown"
        assert self.put(place, listed, is_locked=False).json()["documents"] == [{**listed, "sha256": digest}]
        assert self.code(place, query=other) is None
        assert self.put(place, listed, is_locked=True).status_code == 200
        for asked in ({"documentId": f"sha256:{digest}"}, {"extensions": persisted}, {"query": self.TEXT}):
            assert self.code(place, **asked) is None
        assert self.code(place, query=other) == "document_not_trusted"
        assert self.code(place, query=PLAN, variables={"input": a_plan(place)}) == "document_not_trusted"
        assert self.code(place, query=other, documentId=digest) == "document_unknown"
        french = {**place.south.owner.headers, "Accept-Language": "fr"}
        said = place.client.post(GRAPHQL, json={"query": other}, headers=french).json()
        assert "liste de confiance" in said["errors"][0]["message"]
        # Nobody else's documents are judged by it, and the lock is taken away where it was set.
        assert "trips" in ask(place, place.north.owner, other)
        assert self.put(place, is_locked=False).status_code == 200
        assert self.code(place, query=other) is None

    def test_are_not_locked_without_any(self, place: Place) -> None:
        refused = self.put(place, is_locked=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "lock_without_documents")
        twice = [{"name": name, "text": self.TEXT} for name in ("one", "two")]
        assert self.put(place, *twice, is_locked=False).json()["code"] == "document_listed_twice"
        large = [{"name": f"{number}", "text": f"# {number:016000}"} for number in range(13)]
        assert self.put(place, *large, is_locked=False).json()["code"] == "documents_too_long"
