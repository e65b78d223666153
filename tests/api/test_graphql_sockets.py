"""Subscriptions over a WebSocket: who may listen, to what, for how long; SEC-40."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from api.graphql.sockets import MOST_SUBSCRIPTIONS, Patience
from tests.kit.browser import chromium, picture, reader
from tests.kit.house import Person, Place, a_flight
from tests.kit.streaming import served
from tests.kit.subscriber import Subscriber, ended, heard, raw, say

README = Path(__file__).parents[2] / "README.md"
TRIPS = "subscription($after: String) { trips(after: $after) { cursor event { type position } trip { id purpose } } }"


@pytest.fixture(scope="module")
def port(place: Place) -> Iterator[int]:
    """A socket of the module's house, where credentials are looked at again and again."""
    with served(place.house) as port:
        yield port


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second looks and goodbyes come quickly."""
    quick = Patience(recheck_s=0.2, idle_s=1.5, look_s=0.1)
    monkeypatch.setattr("api.graphql.sockets.PATIENCE", quick)


def authorized(person: Person) -> dict[str, Any]:
    return {"authorization": person.headers["Authorization"]}


def following(
    port: int, person: Person, query: str = TRIPS, field: str = "trips", **options: Any
) -> Subscriber:
    return Subscriber(port, person.headers["Authorization"], query, field, **options)


class TestASubscription:
    def test_tells_each_event_once_wherever_it_is_taken_up(self, place: Place, port: int) -> None:
        client = following(port, place.north.owner)
        trip = place.plan(place.north)
        client.wait(lambda: len(client.told) >= 2)
        client.close()
        assert [each["event"]["type"] for each in client.told] == ["trip.planned.v1", "trip.flight-added.v2"]
        assert client.told[0]["trip"]["purpose"] == trip["purpose"]
        place.plan(place.north)  # while nobody listens
        again = following(port, place.north.owner, after=client.told[0]["cursor"])
        again.wait(lambda: len(again.told) >= 3)
        again.close()
        positions = [each["event"]["position"] for each in again.told]
        assert positions[0] == client.told[1]["event"]["position"]
        assert positions == sorted(set(positions))

    def test_tells_travellers_and_companies_of_their_own(self, place: Place, port: int) -> None:
        own, foreign = following(port, place.north.traveller), following(port, place.south.owner)
        place.plan(place.north, traveller_id=str(place.north.manager.id))
        place.plan(place.north)
        own.wait(lambda: len(own.told) >= 2)
        assert all(each["trip"] is not None for each in own.told)
        assert len(own.told) == 2
        own.close()
        foreign.close()
        assert foreign.told == []

    def test_is_refused_where_its_operation_would_be(self, place: Place, port: int) -> None:
        query = "subscription { usage { cursor event { type } } }"
        client = following(port, place.north.traveller, query, "usage")
        client.wait(lambda: client.errors)
        client.close()
        assert client.errors[0][0]["extensions"]["code"] == "not_for_you"

    def test_takes_no_cursor_of_another_company(self, place: Place, port: int) -> None:
        first = following(port, place.north.owner)
        first.close()
        stolen = following(port, place.south.owner, after=first.after)
        stolen.wait(lambda: stolen.errors)
        stolen.close()
        assert stolen.errors[0][0]["extensions"]["code"] == "cursor_invalid"


class TestAConnection:
    def test_in_another_protocol_is_refused(self, place: Place, port: int) -> None:
        """The legacy one skipped the credential: CVE-2026-35523."""
        for protocol in ("graphql-ws", None):
            with raw(port, protocol=protocol) as socket:
                assert ended(socket) == 4406

    def test_from_a_foreign_page_is_refused(self, port: int) -> None:
        with pytest.raises(InvalidStatus):
            with raw(port, origin="https://evil.example"):
                pass
        with raw(port, origin=f"http://127.0.0.1:{port}") as socket:
            say(socket, "ping")
            assert heard(socket) == {"type": "pong"}

    @pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer x"}, {"authorization": 1}, []])
    def test_without_a_credential_is_ended(self, port: int, payload: Any) -> None:
        with raw(port) as socket:
            say(socket, "connection_init", **({} if payload is None else {"payload": payload}))
            assert ended(socket) in (4400, 4403)

    def test_that_asks_before_it_may_is_ended(self, port: int) -> None:
        with raw(port) as socket:
            say(socket, "subscribe", id="1", payload={"query": TRIPS})
            assert ended(socket) == 4401

    def test_has_so_many_subscriptions_and_no_more(self, place: Place, port: int) -> None:
        with raw(port) as socket:
            say(socket, "connection_init", payload=authorized(place.north.owner))
            assert heard(socket)["type"] == "connection_ack"
            for number in range(MOST_SUBSCRIPTIONS + 1):
                say(socket, "subscribe", id=str(number), payload={"query": TRIPS})
            messages = [heard(socket) for _ in range(MOST_SUBSCRIPTIONS + 1)]
        (refused,) = [each for each in messages if each["type"] == "error"]
        assert refused["payload"][0]["message"] == "Subscription limit reached"

    def test_answers_only_subscriptions_within_the_limits(self, place: Place, port: int) -> None:
        documents = {
            "{ me { tenantId } }": "socket_for_subscriptions",
            "subscription { " + "__typename " * 2_000 + "}": "document_too_long",
            "subscription { ...A } fragment A on Subscription { ...A }": "document_went_round",
        }
        with raw(port) as socket:
            say(socket, "connection_init", payload=authorized(place.north.owner))
            assert heard(socket)["type"] == "connection_ack"
            for number, (document, code) in enumerate(documents.items()):
                say(socket, "subscribe", id=str(number), payload={"query": document})
                message = heard(socket)
                assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)

    def test_that_asks_for_nothing_is_ended(self, place: Place, port: int) -> None:
        with raw(port) as socket:
            say(socket, "connection_init", payload=authorized(place.north.owner))
            assert ended(socket) == 4408

    def test_that_says_too_much_at_once_is_ended(self, port: int) -> None:
        with raw(port) as socket:
            socket.send("x" * 70_000)
            assert ended(socket) == 1009

    def test_ends_with_its_credential(self, place: Place, port: int) -> None:
        with raw(port) as socket:
            say(socket, "connection_init", payload=authorized(place.south.manager))
            assert heard(socket)["type"] == "connection_ack"
            say(socket, "subscribe", id="1", payload={"query": TRIPS})
            assert heard(socket)["type"] == "next"
            path = f"/api/v1/members/{place.south.manager.id}/deactivate"
            answer = place.client.post(path, headers=place.south.owner.headers)
            assert answer.status_code == 200, answer.text
            assert ended(socket) == 4403


class TestTheExplorer:
    def test_loads_nothing_from_elsewhere_and_knows_the_schema(self, port: int) -> None:
        """SEC-45: in Chromium, under a policy that forbids every other origin."""
        home = f"http://127.0.0.1:{port}"
        with chromium() as browser, reader(browser, width=1_280, home=home, scripts=True) as page:
            page.set_default_timeout(30_000)
            asks = f"{home}/api/v2/graphql"
            with page.expect_response(
                lambda told: told.url == asks and told.request.method == "POST"
            ) as told:
                page.goto(asks)  # a browser is led to the explorer
            assert told.value.status == 200
            page.wait_for_selector(".graphiql-container")
            picture(page, "graphiql")


class TestReadme:
    def test_shows_what_works_as_it_stands(self, place: Place, port: int) -> None:
        """Its examples under GraphQL, pasted: the shell's, the mutation and the subscription."""
        found = re.search(r"^## GraphQL\n(.*?)^## ", README.read_text(), re.MULTILINE | re.DOTALL)
        assert found is not None
        shell, mutation, subscription = re.findall(r"^```\w+\n(.*?)^```$", found[1], re.MULTILINE | re.DOTALL)
        client = following(port, place.north.owner, subscription)
        trip = place.plan(place.north, a_flight(), a_flight(departs_at="2090-05-09T08:00:00Z"))
        client.wait(lambda: client.told)
        client.close()
        assert client.told[0]["trip"]["status"] == "PLANNED"
        body = {"query": mutation, "variables": {"trip": trip["id"]}}
        booked = place.client.post("/api/v2/graphql", json=body, headers=place.north.owner.headers).json()
        assert booked["data"]["bookTrip"]["trip"] == {"status": "BOOKED", "version": 4}
        place.house_at_rest()
        environment = {"ESCALE_URL": f"http://127.0.0.1:{port}", "ESCALE_KEY": place.north.owner.key}
        said = subprocess.run(
            ["/bin/sh", "-c", shell], env={**os.environ, **environment}, capture_output=True, check=True
        )
        edges = json.loads(said.stdout)["data"]["trips"]["edges"]
        assert 1 <= len(edges) <= 2
        assert {"id", "purpose", "violations"} <= set(edges[0]["node"])
