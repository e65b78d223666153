"""Can a company say who is told what happens, see what became of it, and have it sent again? (SEC-49, R-80 to R-87)"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.developer.webhook_endpoints import RegisterWebhookEndpoint
from domain.platform.plan import TERMS, Plan
from tests.kit.house import Founder, Place
from tests.kit.receiver import Receiver, Reply, is_genuine, receiving

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
