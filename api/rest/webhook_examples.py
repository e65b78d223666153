"""One example per operation on webhooks, for whoever reads the OpenAPI document."""

from typing import Any

ENDPOINT_ID = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a021"
DELIVERY_ID = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a022"
EVENT_ID = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a023"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
TENANT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001"
# Of no endpoint: the bytes are those of the standard's own example.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
URL = "https://hooks.example.com/escale"
NOW = "2026-11-21T20:15:00Z"

HEALTH = {
    "waiting": 0,
    "failures": 0,
    "failing_since": None,
    "resting_until": None,
    "last_attempt_at": NOW,
    "last_success_at": NOW,
}
ENDPOINT = {
    "version": 1,
    "position": 18,
    "id": ENDPOINT_ID,
    "url": URL,
    "event_types": ["trip.approved.v2", "trip.planned.v1"],
    "body": "full",
    "with_personal": False,
    "allows_http": False,
    "description": "Travel desk",
    "state": "active",
    "disabled_because": None,
    "origin": "console",
    "registered_at": NOW,
    "secret_generation": 1,
    "previous_secret_until": None,
    "health": HEALTH,
}
UNTRIED = {**HEALTH, "last_attempt_at": None, "last_success_at": None}
NOTICE = "Keep the secret now: it is shown in this answer only. Every delivery is signed with it."
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": EVENT_ID,
    "source": f"urn:escale:tenant:{TENANT}",
    "type": "trip.cancelled.v2",
    "subject": f"trip/{TRIP}",
    "time": NOW,
    "recordedtime": NOW,
    "tenant": TENANT,
    "position": 42,
    "endpoint": ENDPOINT_ID,
    "deliverynumber": 7,
}
DELIVERY = {
    "id": DELIVERY_ID,
    "endpoint_id": ENDPOINT_ID,
    "number": 7,
    "event_id": EVENT_ID,
    "event_type": "trip.cancelled.v2",
    "position": 42,
    "stream_id": TRIP,
    "state": "waiting",
    "attempts": 1,
    "replays": 0,
    "next_attempt_at": "2026-11-21T20:15:05Z",
    "last_status": 500,
    "last_error": "status_500",
    "settled_at": None,
}
TRIED = {
    "attempt": 1,
    "at": NOW,
    "duration_ms": 31,
    "status": 500,
    "error": "status_500",
    "answer": "out of order",
}
REPLAY = {"endpoint_id": ENDPOINT_ID, "first_position": 40, "last_position": 60, "position": 61}
HOOK = {
    "version": 1,
    "position": 19,
    "id": ENDPOINT_ID,
    "target_url": "https://hooks.example.com/catch/1234/abcd",
    "event_type": "trip.cancelled.v2",
}
DOCUMENT = {
    "name": "Latest trips",
    "text": "query Latest { trips(first: 20) { edges { node { id purpose status } } } }",
}
TRUSTED = {
    "version": 1,
    "position": 21,
    "is_locked": True,
    "documents": [{**DOCUMENT, "sha256": "16343ec28f2a776ea3339ec689ecc1f1093d76cbc01ff2a4e5e76f30129b91d7"}],
}
REQUESTS: dict[str, Any] = {
    "set_trusted_documents": {"documents": [DOCUMENT], "is_locked": True},
    "register_webhook_endpoint": {
        "url": URL,
        "event_types": ["trip.planned.v1", "trip.approved.v2"],
        "description": "Travel desk",
    },
    "change_webhook_endpoint": {"event_types": ["trip.planned.v1"], "body": "thin"},
    "rotate_webhook_secret": {"overlap_minutes": 1_440},
    "replay_webhook_deliveries": {"first_position": 40, "last_position": 60, "also_missed": True},
    "subscribe_hook": {"target_url": HOOK["target_url"], "event_type": "trip.cancelled.v2"},
}
ANSWERS: dict[str, Any] = {
    "get_trusted_documents": {**TRUSTED, "position": None},
    "set_trusted_documents": TRUSTED,
    "register_webhook_endpoint": {
        "endpoint": {**ENDPOINT, "health": UNTRIED},
        "secret": SECRET,
        "notice": NOTICE,
    },
    "list_webhook_endpoints": {"data": [{**ENDPOINT, "position": None}], "next_cursor": None},
    "get_webhook_endpoint": {**ENDPOINT, "position": None},
    "change_webhook_endpoint": {**ENDPOINT, "version": 2, "event_types": ["trip.planned.v1"], "body": "thin"},
    "delete_webhook_endpoint": {**ENDPOINT, "version": 2, "state": "deleted"},
    "pause_webhook_endpoint": {**ENDPOINT, "version": 2, "state": "paused"},
    "resume_webhook_endpoint": {**ENDPOINT, "version": 3},
    "rotate_webhook_secret": {
        "endpoint": {
            **ENDPOINT,
            "version": 2,
            "secret_generation": 2,
            "previous_secret_until": "2026-11-22T20:15:00Z",
        },
        "secret": SECRET,
        "notice": NOTICE,
    },
    "send_test_webhook": {**ENDPOINT, "version": 2},
    "list_webhook_deliveries": {"data": [DELIVERY], "next_cursor": None},
    "get_webhook_delivery": {
        **DELIVERY,
        "payload": CLOUD_EVENT,
        "payload_bytes": 412,
        "is_thinned": False,
        "tried": [TRIED],
    },
    "replay_webhook_delivery": {**REPLAY, "first_position": 42, "last_position": 42},
    "replay_webhook_deliveries": REPLAY,
    "subscribe_hook": {**HOOK, "secret": SECRET},
    "unsubscribe_hook": {**HOOK, "version": 2, "position": 20},
    "get_hook_sample": {"data": [CLOUD_EVENT]},
}
