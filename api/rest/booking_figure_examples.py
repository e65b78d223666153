"""What do answers about the figures of the book look like?"""

from typing import Any

from api.rest.booking_examples import PRACTITIONER, SERVICE, SITE

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
}
