"""The Python library against a live server: typed answers, patience, pages, positions, later commands, refusals."""

import ast
import base64
import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest
from escale_client import (
    Conflict,
    Escale,
    LimitReached,
    Malformed,
    NotFound,
    Stale,
    Unauthenticated,
    Unreachable,
    webhooks,
)
from escale_client._generated import DIGEST, operations

from sdk.making import TYPESCRIPT, digest
from tests.contract.slim import CURRENT
from tests.kit.house import Place

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def escale(url: str, place: Place) -> Iterator[Escale]:
    with Escale(url, place.north.owner.key) as client:
        yield client


def plan(place: Place) -> Any:
    return {"traveller_id": str(place.north.traveller.id), "purpose": "By the library"}


class TestAgainstTheServer:
    def test_a_command_and_the_read_that_shows_it(self, escale: Escale, place: Place) -> None:
        made = escale.plan_trip(plan(place))
        assert (made.status, made.version, made.data["status"]) == (201, 1, "planned")
        assert made.rate_limit is not None
        assert made.rate_limit.remaining > 0
        # Nobody waits by hand: the read asks for the position of the command before it.
        assert made.data["id"] in {trip["id"] for trip in escale.every_trips(status="planned")}
        again = escale.plan_trip(plan(place), idempotency_key="one")
        assert escale.plan_trip(plan(place), idempotency_key="one").data == again.data

    def test_pages_are_fetched_as_they_are_asked_for(self, escale: Escale, place: Place) -> None:
        for _ in range(3):
            last = escale.plan_trip(plan(place)).data["id"]
        trips = [trip["id"] for trip in escale.every_trips(limit=1)]
        assert len(trips) == len(set(trips)) >= 3
        assert last in trips
        assert len(list(islice(escale.every_members(limit=1), 2))) == 2

    def test_refusals_are_typed(self, escale: Escale, place: Place, url: str) -> None:
        trip = escale.plan_trip(plan(place)).data["id"]
        with pytest.raises(Stale) as stale:
            escale.cancel_trip(trip, {"reason": "X"}, if_match=9)
        assert (stale.value.status, stale.value.code, stale.value.current_version) == (
            412,
            "stale_version",
            1,
        )
        with pytest.raises(NotFound):
            escale.get_trip("00000000-0000-7000-8000-000000000001")
        with pytest.raises(Malformed) as malformed:
            escale.plan_trip({"purpose": 1})  # type: ignore[typeddict-item]
        assert {each["pointer"] for each in malformed.value.errors} == {"/purpose", "/traveller_id"}
        with pytest.raises(Conflict):
            escale.approve_trip(trip, {"comment": "Go"})
        with (
            Escale(url, "esk_nobody", language="fr") as stranger,
            pytest.raises(Unauthenticated, match="Cette clé"),
        ):
            stranger.get_me()

    def test_a_command_is_done_later(self, escale: Escale, place: Place) -> None:
        accepted = escale.later("plan_trip", body=plan(place))
        done = accepted.wait()
        assert (done["outcome"], done["result"]["purpose"]) == ("applied", "By the library")
        assert escale.position == done["position"]
        refused = escale.later("approve_trip", {"trip_id": done["resource_id"]}, body={"comment": "Go"})
        with pytest.raises(Conflict):
            refused.wait()

    def test_many_commands_at_once(self, escale: Escale, place: Place) -> None:
        trip = escale.plan_trip(plan(place)).data["id"]
        results = escale.run_batch(
            {
                "commands": [
                    {"operation": "approve_trip", "path": {"trip_id": trip}, "body": {"comment": "Go"}},
                    {"operation": "cancel_trip", "path": {"trip_id": trip}, "body": {"reason": "X"}},
                ]
            }
        ).data["data"]
        assert [(one["status"], one["replayed"]) for one in results] == [(409, False), (200, False)]


class TestPatience:
    """The same key every time, later each time, and never for ever."""

    def client(self, *answers: Any, **chosen: Any) -> tuple[Escale, list[httpx2.Request], list[float]]:
        asked: list[httpx2.Request] = []
        slept: list[float] = []
        waiting = list(answers)

        def answer(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            found = waiting.pop(0)
            if isinstance(found, Exception):
                raise found
            return found  # type: ignore[no-any-return]

        http = httpx2.Client(base_url="http://escale.example", transport=httpx2.MockTransport(answer))
        return Escale("", "esk_x", http=http, sleep=slept.append, **chosen), asked, slept

    def test_a_lost_answer_is_asked_for_again_under_its_key(self) -> None:
        done = httpx2.Response(200, json={"id": "1"}, headers={"Escale-Position": "7"})
        busy = httpx2.Response(503, json={"code": "unavailable"}, headers={"Retry-After": "3"})
        escale, asked, slept = self.client(httpx2.ReadTimeout("lost"), busy, done)
        assert escale.submit_trip("1").position == 7
        assert len({request.headers["idempotency-key"] for request in asked}) == 1
        assert slept[1] == 3.0
        assert 0.1 <= slept[0] <= 0.3

    def test_a_refusal_is_not_repeated(self) -> None:
        escale, asked, _ = self.client(
            httpx2.Response(409, json={"code": "trip_not_planned", "detail": "No."})
        )
        with pytest.raises(Conflict, match="No."):
            escale.submit_trip("1")
        assert len(asked) == 1

    def test_a_long_wait_is_left_to_the_caller(self) -> None:
        later = httpx2.Response(429, json={"code": "quota_reached"}, headers={"Retry-After": "3600"})
        escale, _, slept = self.client(later)
        with pytest.raises(LimitReached) as reached:
            escale.get_me()
        assert (reached.value.retry_after_s, slept) == (3600, [])

    def test_nobody_there(self) -> None:
        escale, asked, _ = self.client(*[httpx2.ConnectError("no")] * 2, attempts=2)
        with pytest.raises(Unreachable):
            escale.get_me()
        assert len(asked) == 2

    def test_a_token_that_ran_out_is_refreshed_once(self) -> None:
        def tokens(name: str) -> httpx2.Response:
            return httpx2.Response(201, json={"access_token": name, "refresh_token": f"{name}-again"})

        out = httpx2.Response(401, json={"code": "unauthenticated"})
        escale, asked, _ = self.client(tokens("first"), out, tokens("second"), httpx2.Response(200, json={}))
        escale.sign_in("north", "owner@north.example", "secret")
        escale.get_me()
        assert json.loads(asked[2].content) == {"refresh_token": "first-again"}
        assert asked[3].headers["authorization"] == "Bearer second"


class TestWebhooks:
    def signed(self, body: bytes, at: int, secret: str = SECRET) -> dict[str, str]:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.new(key, f"msg_1.{at}.".encode() + body, sha256).digest()
        signature = f"v1,{base64.b64encode(b'other').decode()} v1,{base64.b64encode(mac).decode()}"
        return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(at), "Webhook-Signature": signature}

    def test_a_genuine_one_is_read(self) -> None:
        body = b'{"type": "trip.planned.v1"}'
        assert (
            webhooks.verified(SECRET, self.signed(body, 1_000), body, now=1_200)["type"] == "trip.planned.v1"
        )

    @pytest.mark.parametrize(
        ("change", "body", "now"),
        [
            ({}, b'{"type": "other"}', 1_000),
            ({}, b'{"type": "x"}', 1_301),
            ({}, b'{"type": "x"}', 699),
            ({"Webhook-Signature": "v1,xx"}, b'{"type": "x"}', 1_000),
            ({"Webhook-Signature": "v1,\u00e9"}, b'{"type": "x"}', 1_000),
            ({"Webhook-Timestamp": "soon"}, b'{"type": "x"}', 1_000),
            ({"Webhook-Id": "msg_2"}, b'{"type": "x"}', 1_000),
        ],
    )
    def test_any_other_is_not(self, change: dict[str, str], body: bytes, now: float) -> None:
        headers = self.signed(b'{"type": "x"}', 1_000) | change
        with pytest.raises(webhooks.NotGenuine):
            webhooks.verified(SECRET, headers, body, now=now)


class TestWhatIsGenerated:
    def test_is_current_in_both_languages(self) -> None:
        assert digest() == DIGEST, "the OpenAPI document has changed: `make sdks` writes the libraries anew"
        assert f'DIGEST = "{digest()}"' in (TYPESCRIPT / "reads.ts").read_text()

    def test_has_every_operation_with_its_types(self) -> None:
        document = json.loads(CURRENT.read_text())
        named = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
        endless = {name for name in named if name.startswith("stream_")}
        assert set(operations.OPERATIONS) == named - endless
        source = Path(operations.__file__).read_text()
        assert "Answered[Any]" not in source
        assert "body: Any" not in source
        ast.parse(source)
