"""Examples of files that are taken in, for the OpenAPI document."""

from typing import Any

from application.platform.member_imports import TEMPLATE as MEMBERS
from application.travel.trip_lines import TEMPLATE as TRIPS

IMPORT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a010"
MEMBER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a003"
TRIP = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a005"
OWNER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8a002"

MEMBER_IMPORT = {
    "version": 1,
    "position": 45,
    "id": IMPORT,
    "created": 1,
    "existing": 0,
    "invalid": 1,
    "over_limit": 0,
    "lines": [
        {"line": 2, "outcome": "created", "member_id": MEMBER, "code": None, "column": None},
        {"line": 3, "outcome": "invalid", "member_id": None, "code": "unknown_unit", "column": "costCenter"},
    ],
}
TRIP_IMPORT = {
    "version": 3,
    "position": 51,
    "id": IMPORT,
    "status": "completed",
    "requested_by": OWNER,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "lines": 4,
    "read_up_to": 4,
    "created": 1,
    "duplicate": 0,
    "rejected": 1,
    "held_back": 1,
    "reason": None,
    "results": [
        {
            "line": 2,
            "reference": "2030-0417",
            "outcome": "created",
            "trip_id": TRIP,
            "state": "planned",
            "code": "approval_required",
            "column": "state",
        },
        {
            "line": 4,
            "reference": "2030-0418",
            "outcome": "rejected",
            "trip_id": None,
            "state": None,
            "code": "decimal_comma",
            "column": "price",
        },
    ],
    "next_after": None,
}
REQUESTS: dict[str, Any] = {"import_members": MEMBERS, "import_trips": TRIPS}
ANSWERS: dict[str, Any] = {
    "import_members": MEMBER_IMPORT,
    "get_member_import": {**MEMBER_IMPORT, "position": None},
    "get_member_import_template": MEMBERS,
    "import_trips": {**TRIP_IMPORT, "position": 56},
    "get_trip_import": {**TRIP_IMPORT, "position": None},
    "get_trip_import_template": TRIPS,
}
