"""The examples of the auditor's operations, in the world of examples.py."""

import json
from typing import Any

TENANT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a001"
TRAVELLER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
COMMAND = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a009"
EVENT = "5b0c6e0a-8c1f-7d0e-9c55-0b9a54e8a00c"

FACT = {
    "version": 1,
    "position": 41,
    "event_id": EVENT,
    "topic": "trip.planned.v1",
    "occurred_at": "2030-04-01T09:00:00Z",
    "recorded_at": "2030-04-01T09:00:00.004211Z",
    "actor_id": TRAVELLER,
    "actor_kind": "member",
    "source": "client",
    "command_id": COMMAND,
    "correlation_id": COMMAND,
    "causation_id": None,
    "facts": {"traveller_id": TRAVELLER, "purpose": "Client visit"},
}
SEAL_VIEW = {
    "kind": "seal",
    "tenant_id": TENANT,
    "from_position": 1,
    "to_position": 41,
    "root": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    "chain_tip": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "previous": "0" * 64,
    "sealed_at": "2030-04-01T10:00:00.000000+00:00",
    "key": "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35",
    "signature": "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce" * 2,
}
STORED_FACT = {
    "kind": "event",
    "position": 41,
    "event_id": EVENT,
    "stream_id": TRIP,
    "version": 1,
    "topic": "trip.planned.v1",
    "recorded_at": "2030-04-01T09:00:00.004211+00:00",
    "meta": '{"actor":"5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003","occurred_at":"2030-04-01T09:00:00+00:00"}',
    "chain_hash": SEAL_VIEW["chain_tip"],
    "state": '{"traveller_id":"5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003","purpose":{"sealed":"..."}}',
}
AUDIT_FACT = {**FACT, "stream_id": TRIP, "category": "trip", "for_id": TRAVELLER}
EXPORT = {"kind": "export", "format": "escale-audit/1", "tenant_id": TENANT, "head": 41}

ANSWERS: dict[str, Any] = {
    "list_audit_events": {"data": [AUDIT_FACT], "next_cursor": None},
    "get_audit_stream": {"data": [AUDIT_FACT], "next_cursor": None},
    "get_audit_state": {
        "stream_id": TRIP,
        "category": "trip",
        "basis": "known_at",
        "at": "2030-04-01T09:00:00Z",
        "version": 1,
        "state": {"traveller_id": TRAVELLER, "purpose": "Client visit"},
    },
    "verify_audit_log": {
        "verified": True,
        "head": 42,
        "chain_hash": SEAL_VIEW["chain_tip"],
        "events": 42,
        "snapshots": 0,
        "seals": 1,
        "seals_outside": 1,
        "sealed_to": 41,
        "first_broken_position": None,
        "findings": [],
    },
    "list_audit_seals": {"data": [SEAL_VIEW], "next_cursor": None},
    "seal_audit_log": SEAL_VIEW,
    "get_audit_proof": {
        "kind": "proof",
        "event": {**STORED_FACT, "state_base64": None},
        "previous_hash": SEAL_VIEW["root"],
        "path": [SEAL_VIEW["root"]],
        "seal": SEAL_VIEW,
    },
    "export_audit_log": json.dumps(EXPORT) + "\n" + json.dumps(SEAL_VIEW) + "\n",
    "list_audit_keys": {"data": [{"algorithm": "Ed25519", "public_key": SEAL_VIEW["key"]}]},
}
