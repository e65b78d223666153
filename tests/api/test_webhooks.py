"""Can a company say who is told what happens, see what became of it, and have it sent again? (SEC-49, R-80 to R-87)"""

import json
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from typer.testing import CliRunner

from api.main import create_app
from api.terminal.listening import Api, Forwarded, Listening, new_secret
from api.terminal.webhooks import webhooks
from application.developer.webhook_endpoints import RegisterWebhookEndpoint
from domain.platform.plan import TERMS, Plan
from tests.kit.house import Founder, Place
from tests.kit.receiver import Receiver, Reply, is_genuine, receiving
from tests.kit.serving import served

ENDPOINTS, DELIVERIES = "/api/v1/webhooks/endpoints", "/api/v1/webhooks/deliveries"
TESTED = "webhook-endpoint.tested.v1"


def ask(place: Place, request: str, body: Any = None, *, status: int = 200, **headers: str) -> Any:
    """One call of the first company's owner."""
    method, _, path = request.partition(" ")
    who = headers or place.north.owner.headers
    answer = place.client.request(method, path, json=body, headers=who)
    assert answer.status_code == status, answer.text
    return answer.json()


def register(place: Place, receiver: Receiver, path: str, **fields: Any) -> Any:
    body = {"url": receiver.url(path), "allows_http": True, "event_types": [TESTED], **fields}
    return ask(place, f"POST {ENDPOINTS}", body, status=201)


def carried(place: Place) -> None:
    """Everything is put in line and sent."""
    place.house_at_rest()
    place.house.webhooks.courier.deliver_due()


def test_from_the_first_test_event_to_a_replay(place: Place) -> None:
    with receiving() as receiver:
        made = register(place, receiver, "/one")
        one, secret = f"{ENDPOINTS}/{made['endpoint']['id']}", made["secret"]
        assert secret.startswith("whsec_")
        assert "secret" not in ask(place, f"GET {one}")
        receiver.answer("/one", Reply(503, body=b"later"), Reply(200))
        before = datetime.now(UTC) - timedelta(minutes=1)
        ask(place, f"POST {one}/test", status=202)
        carried(place)
        (row,) = ask(place, f"GET {DELIVERIES}?endpoint_id={made['endpoint']['id']}&state=waiting")["data"]
        assert (row["last_status"], row["attempts"], row["event_type"]) == (503, 1, TESTED)
        found = ask(place, f"GET {DELIVERIES}/{row['id']}")
        assert found["payload"]["type"] == TESTED
        assert found["tried"][0]["answer"] == "later"
        assert ask(place, f"GET {one}")["health"]["failures"] == 1
        # Again, now: by the delivery, and by the time at which it was recorded.
        ask(place, f"POST {DELIVERIES}/{row['id']}/replay", status=202)
        carried(place)
        body = {"recorded_from": before.isoformat(), "also_delivered": True}
        ask(place, f"POST {one}/replay", body, status=202)
        carried(place)
        assert [is_genuine(each, secret) for each in receiver.at("/one")] == [True] * 3
        assert {each.headers["webhook-id"] for each in receiver.heard} == {
            "msg_" + row["id"].replace("-", "")
        }
        found = ask(place, f"GET {DELIVERIES}/{row['id']}")
        assert (found["state"], found["attempts"], found["replays"]) == ("delivered", 3, 2)
        body = {"first_position": 1, "last_position": 60_000}
        assert ask(place, f"POST {one}/replay", body, status=409)["code"] == "replay_too_wide"
        assert ask(place, f"POST {one}/replay", {}, status=422)["code"] == "replay_range_missing"
        rotated = ask(place, f"POST {one}/secret/rotate", {"overlap_minutes": 0})
        assert rotated["secret"] != secret
        ask(place, f"DELETE {one}")
        ask(place, f"GET {one}", status=404)


def test_a_hook_is_subscribed_sampled_and_unsubscribed(place: Place) -> None:
    """What Zapier and Make do."""
    with receiving() as receiver:
        refused = {"target_url": "https://127.0.0.1:22/", "event_type": "policy.adopted.v2"}
        assert ask(place, "POST /api/v1/hooks", refused, status=422)["code"] == "address_not_accepted"
        (sample,) = ask(place, "GET /api/v1/hooks/samples/policy.adopted.v2")["data"]
        assert sample["type"] == "policy.adopted.v2"
        assert sample["data"]
        ask(place, "GET /api/v1/hooks/samples/policy.adopted.v999", status=404)
        made = register(place, receiver, "/zap", event_types=["policy.adopted.v2"])
        ask(place, f"DELETE /api/v1/hooks/{made['endpoint']['id']}")
        ask(place, f"DELETE /api/v1/hooks/{made['endpoint']['id']}")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://169.254.169.254/latest"}, "address_not_accepted"),
        ({"url": "http://hooks.example.com/"}, "address_not_accepted"),
        ({"url": "https://hooks.example.com/", "event_types": ["trip.planned.v77"]}, "no_such_event_type"),
        ({"url": "https://hooks.example.com/", "with_personal": True}, "personal_fields_need_sign_in"),
    ],
)
def test_is_not_registered(place: Place, body: dict[str, Any], code: str) -> None:
    headers = place.north.owner.key_headers
    answer = place.client.post(ENDPOINTS, json=body, headers=headers)
    assert answer.json()["code"] == code, answer.text


def test_a_company_has_so_many_endpoints(place: Place) -> None:
    """Bounded for every company, and further by its plan."""
    assert [TERMS[plan].webhook_endpoint_limit for plan in Plan] == [5, 20, 50]
    live = len(ask(place, f"GET {ENDPOINTS}", **place.south.owner.headers)["data"])
    founder = Founder(place.house)
    for number in range(50 - live):
        founder.execute(place.south.id, RegisterWebhookEndpoint(url=f"https://hooks.example.com/{number}"))
    body = {"url": "https://hooks.example.com/one-more"}
    refused = ask(place, f"POST {ENDPOINTS}", body, status=409, **place.south.owner.headers)
    assert refused["code"] == "too_many_endpoints"


def test_listening_at_the_terminal_hands_everything_on(place: Place) -> None:
    """`escale webhooks listen`: what happens is forwarded, signed with the secret that was shown."""
    secret = new_secret()
    shown: list[Forwarded] = []
    endpoint = {"url": "https://hooks.example.com/x", "event_types": [TESTED]}
    made = ask(place, f"POST {ENDPOINTS}", endpoint, status=201)["endpoint"]["id"]
    with served(create_app(place.house)) as address, receiving() as receiver:
        key = place.north.owner.key
        listening = Listening(Api(address, key), receiver.url("/mine"), secret, types=(TESTED,))
        events = listening.events()
        asker = Thread(target=lambda: shown.append(listening.forward(next(events))), daemon=True)
        asker.start()
        deadline = monotonic() + 20
        while asker.is_alive() and monotonic() < deadline:
            # The stream begins with what happens once it is open.
            Api(address, key).ask("POST", f"{ENDPOINTS}/{made}/test")
            asker.join(timeout=0.5)
        (forwarded,) = shown
        assert (forwarded.status, forwarded.event["type"]) == (204, TESTED)
        (heard,) = receiver.at("/mine")
        assert is_genuine(heard, secret)
        outcome = CliRunner().invoke(webhooks, ["list", "--api", address, "--key", key, "--json"])
        assert outcome.exit_code == 0, outcome.output
        assert made in {each["id"] for each in json.loads(outcome.output)["endpoints"]}
        outcome = CliRunner().invoke(
            webhooks, ["trigger", str(place.north.id), "--api", address, "--key", key]
        )
        assert outcome.exit_code == 2
    ask(place, f"DELETE {ENDPOINTS}/{made}")
