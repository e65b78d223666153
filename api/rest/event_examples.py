"""The examples of what programs are told: events, their catalogue, their own requests; in the world of examples.py."""

import json
from typing import Any

from api.rest.audit_examples import EVENT, TENANT, TRAVELLER, TRIP

PLACE = "lJv9iYb0n1Xc3o0u2y7w5FsxLCA0MV0"
PLANNED = {
    "specversion": "1.0",
    "id": EVENT,
    "source": f"urn:escale:tenant:{TENANT}",
    "type": "trip.planned.v1",
    "subject": f"trip/{TRIP}",
    "time": "2030-04-01T09:00:00Z",
    "recordedtime": "2030-04-01T09:00:00.004211Z",
    "tenant": TENANT,
    "position": 41,
    "datacontenttype": "application/json",
    "dataschema": "urn:escale:event:trip.planned.v1",
    "data": {"traveller_id": TRAVELLER},
}
SUMMARY = {
    "type": "trip.planned.v1",
    "version": 1,
    "column": "travel",
    "category": "trip",
    "summary": "A traveller announced a journey and its purpose.",
    "has_personal": True,
}
UUID_FIELD = {"type": "string", "format": "uuid"}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:escale:event:trip.planned.v1",
    "title": "TripPlanned",
    "description": SUMMARY["summary"],
    "type": "object",
    "properties": {
        "traveller_id": UUID_FIELD,
        "purpose": {"type": "string", "minLength": 1, "maxLength": 200},
    },
    "required": ["traveller_id"],
    "additionalProperties": False,
}
FIELD = {"is_required": True, "personal_data": "pseudonymous", "subject": None, "erased": None}

ANSWERS: dict[str, Any] = {
    "list_requests": {
        "data": [
            {
                "at": "2030-04-01T09:00:00.004000Z",
                "method": "POST",
                "route": "/api/v1/enterprise/trips/{trip_id}/book",
                "status": 409,
                "duration_ms": 14.2,
                "request_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a00d",
                "key_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a007",
                "key_name": "Travel desk",
            }
        ],
        "next_cursor": None,
    },
    "stream_events": f"id: {PLACE}\ndata: {json.dumps(PLANNED)}\n\n",
    "export_events": json.dumps({**PLANNED, "cursor": PLACE}) + "\n",
    "list_event_types": {"data": [SUMMARY]},
    "get_event_type": {
        **SUMMARY,
        "older": [],
        "fields": [
            {**FIELD, "name": "traveller_id", "kind": "uuid"},
            {
                "name": "purpose",
                "kind": "string",
                "is_required": False,
                "personal_data": "personal",
                "subject": "traveller_id",
                "erased": "[erased]",
            },
        ],
        "withheld": [],
        "schema": SCHEMA,
        "example": {**PLANNED, "data": {"traveller_id": TRAVELLER, "purpose": "Client visit"}},
    },
}
