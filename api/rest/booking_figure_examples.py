"""What do answers about the figures and the receipts of the book look like?"""

from typing import Any

from api.rest.booking_examples import APPOINTMENT, COLLEAGUE, PRACTITIONER, SERVICE, SITE, WAITING_VIEW

CHECKED = {
    "is_equal": True,
    "checked": [{"position": 60, "as_of": 59, "is_equal": True, "differences": []}],
}
ANSWERS: dict[str, Any] = {
    "list_utilisation": {
        "data": [
            {
                "day": "2030-05-06",
                "subject_id": PRACTITIONER,
                "offered_minutes": 480,
                "booked_minutes": 360,
                "visits": 12,
                "rate": "0.7500",
            }
        ],
        "next_cursor": None,
        "position": 64,
    },
    "list_attendance": {
        "data": [
            {
                "subject_id": SERVICE,
                "day": None,
                "visits": 40,
                "fulfilled": 33,
                "no_shows": 3,
                "no_show_rate": "0.0833",
                "called_off": 5,
                "called_off_with_fee": 2,
                "lead_minutes_average": 8_640,
                "lead_minutes_median": 7_200,
            }
        ],
        "next_cursor": None,
        "position": 64,
    },
    "list_revenue": {
        "data": [
            {
                "subject_id": PRACTITIONER,
                "day": None,
                "currency": "EUR",
                "visits": 40,
                "expected_minor": 32_000,
                "earned_minor": 268_000,
                "fees_minor": 8_000,
            }
        ],
        "next_cursor": None,
        "position": 64,
    },
    "get_heat_map": {
        "site_id": SITE,
        "since": "2030-05-06",
        "until": "2030-06-03",
        "position": 64,
        "cells": [
            {
                "weekday": "MO",
                "hour": 10,
                "offered_minutes": 240,
                "booked_minutes": 180,
                "free_minutes": 60,
            }
        ],
    },
    "get_booking_quota": {"month": "2030-05", "limit": 500, "used": 312, "left": 188},
    "get_assignment_receipt": {
        "appointment_id": APPOINTMENT,
        "choices": [
            {
                "act": "booked",
                "position": 60,
                "decided_at": "2030-05-01T09:00:00Z",
                "starts_at": "2030-05-06T08:00:00Z",
                "rules": [],
                "over": [],
                "over_count": 0,
                "override_by": None,
                "override_reason": None,
                "assignments": [
                    {
                        "kind": "practitioner",
                        "ability": "general-practitioner",
                        "bookable_id": PRACTITIONER,
                        "reason": "least_loaded",
                        "considered": [
                            {
                                "place": 1,
                                "bookable_id": COLLEAGUE,
                                "load_minutes": 60,
                                "weight": 10,
                                "served_at": None,
                                "stood": "absent",
                            },
                            {
                                "place": 2,
                                "bookable_id": PRACTITIONER,
                                "load_minutes": 240,
                                "weight": 10,
                                "served_at": None,
                                "stood": "chosen",
                            },
                        ],
                    }
                ],
            }
        ],
    },
    "get_assignment_proof": CHECKED,
    "get_offer_receipt": {
        "data": [
            {
                "entry_id": WAITING_VIEW["id"],
                "position": 65,
                "offered_at": "2030-05-01T09:00:00Z",
                "starts_at": "2030-05-06T08:00:00Z",
                "waiting": 2,
                "places": [
                    {
                        "place": 1,
                        "entry_id": None,
                        "is_own": False,
                        "passed": "other_time",
                        "rule": None,
                    },
                    {
                        "place": 2,
                        "entry_id": WAITING_VIEW["id"],
                        "is_own": True,
                        "passed": "offered",
                        "rule": None,
                    },
                ],
            }
        ]
    },
    "get_offer_proof": CHECKED,
}
