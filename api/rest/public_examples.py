"""One example per operation of the public door, for the OpenAPI document."""

from typing import Any

from api.rest.booking_examples import APPOINTMENT, BUSINESS, OFFER, PRACTITIONER, PROFILE, SERVICE, SITE
from domain.booking.booking_page import PageTerms
from domain.booking.offer import ServiceOffer

OFFERED = ServiceOffer.model_validate(OFFER)
LINK = "dluwxuCMH11QnpxVC5pU6LAGAAAAAAAAAABxkMpAq1yG4m1Yt0V3d2bXkJfHnA"
REVIEW = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b010"
BLOCK = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b011"
PAGE: dict[str, Any] = {
    "origins": ["https://www.harbour.example"],
    "languages": ["en", "fr"],
    "is_in_marketplace": True,
    "shows_practitioners": True,
    "most_visits_per_contact": 5,
    "most_holds_per_contact": 2,
}
PAGE_VIEW = {
    "version": 1,
    "position": 71,
    "business_id": BUSINESS,
    "is_published": True,
    "terms": PageTerms.model_validate(PAGE).model_dump(mode="json"),
}
BLOCK_VIEW = {"version": 1, "position": 72, "id": BLOCK, "contact": "spam@example.com", "is_blocked": True}
OPINION = {"rating": 5, "text": "Calm, quick and on time."}
REVIEW_VIEW = {
    "version": 1,
    "position": 73,
    "id": REVIEW,
    "appointment_id": APPOINTMENT,
    "business_id": BUSINESS,
    "service_id": SERVICE,
    "rating": 5,
    "text": "Calm, quick and on time.",
    "status": "waiting",
    "reason": None,
}
REVIEW_LINE = {
    "id": REVIEW,
    "version": 1,
    "appointment_id": APPOINTMENT,
    "business_id": BUSINESS,
    "service_id": SERVICE,
    "rating": 5,
    "status": "waiting",
    "written_at": "2030-05-06T12:00:00Z",
    "decided_at": None,
}
NEXT_FREE = {
    "service_id": SERVICE,
    "site_id": SITE,
    "practitioner_id": None,
    "starts_at": "2030-05-06T08:00:00Z",
    "good_until": "2030-05-06T06:00:00Z",
    "computed_at": "2030-05-05T09:00:00Z",
    "computed_position": 73,
}
GUEST = {"name": "Noor Haddad", "email": "noor@example.com"}
WISH = {
    "service_id": SERVICE,
    "site_id": SITE,
    "starts_at": "2030-05-06T08:00:00Z",
    "duration_minutes": 30,
    "guest": GUEST,
    "relative": {"name": "Lou Haddad", "born_on": "2024-02-01"},
    "answers": {"pregnant": "no"},
    "language": "fr",
}
WAIT = {
    "service_id": SERVICE,
    "site_id": SITE,
    "window": {"start": "2030-05-06T06:00:00Z", "end": "2030-05-10T18:00:00Z"},
    "guest": GUEST,
}
VISIT = {
    "version": 2,
    "position": 61,
    "status": "booked",
    "is_expired": False,
    "hold_until": None,
    "service_id": SERVICE,
    "site_id": SITE,
    "mode": "on_site",
    "starts_at": "2030-05-06T08:00:00Z",
    "ends_at": "2030-05-06T08:30:00Z",
    "zone": "Europe/Paris",
    "price": {"amount_minor": 6_000, "currency": "EUR"},
    "deposit": {"amount_minor": 0, "currency": "EUR"},
    "paid_minor": 0,
    "cancellation": OFFERED.cancellation.model_dump(mode="json"),
    "fee_now": {"amount_minor": 0, "currency": "EUR"},
    "changes_until": "2030-05-05T20:00:00Z",
    "choices": [
        {
            "ability": "general-practitioner",
            "reason": "least_loaded",
            "places": ["absent", "chosen", "behind"],
        }
    ],
    "links": {"view": LINK, "move": LINK, "cancel": LINK, "review": None},
}
PLACE = {
    "version": 2,
    "position": 65,
    "status": "offered",
    "place": 1,
    "starts_at": "2030-05-06T08:00:00Z",
    "hold_until": "2030-05-05T20:00:00Z",
    "link": LINK,
    "queue": [
        {"place": 1, "is_own": False, "passed": "other_time", "rule": None},
        {"place": 2, "is_own": True, "passed": "offered", "rule": None},
    ],
    "waiting": 2,
    "visit_link": None,
}
CATALOGUE = {
    "data": [
        {
            "id": BUSINESS,
            "brand": PROFILE["brand"],
            "sector": "medical",
            "languages": ["en", "fr"],
            "sites": PROFILE["sites"],
            "services": [
                {
                    "id": SERVICE,
                    "name": OFFERED.name,
                    "category": "general",
                    "site_ids": [SITE],
                    "prices": [
                        {
                            "duration_minutes": 30,
                            "price": {"amount_minor": 6_000, "currency": "EUR"},
                            "deposit_percent": 0,
                        }
                    ],
                    "modes": ["on_site", "video"],
                    "is_group": False,
                    "asks_birth_date": False,
                    "is_confirmed_by_hand": False,
                    "cancellation": OFFERED.cancellation.model_dump(mode="json"),
                    "intake": [one.model_dump(mode="json") for one in OFFERED.intake],
                    "practitioners": {SITE: [{"id": PRACTITIONER, "name": "Camille Moreau"}]},
                }
            ],
        }
    ]
}
MARKET = {
    "company": "harbour",
    "service_id": SERVICE,
    "site_id": SITE,
    "brand": "Harbour Health",
    "sector": "medical",
    "service": OFFERED.name,
    "category": "general",
    "site": "Old Port",
    "address": "1 Quai du Port, 13002 Marseille",
    "country": "FR",
    "zone": "Europe/Paris",
    "languages": ["en", "fr"],
    "duration_minutes": 30,
    "price": {"amount_minor": 6_000, "currency": "EUR"},
    "rating": "4.5",
    "reviews": 12,
    "distance_m": 850,
    "next_free_at": "2030-05-06T08:00:00Z",
    "computed_at": "2030-05-05T09:00:00Z",
}

REQUESTS: dict[str, Any] = {
    "publish_booking_page": PAGE,
    "block_contact": {"contact": "spam@example.com"},
    "write_review": OPINION,
    "reject_review": {"reason": "It names a member of the staff."},
    "book_public_visit": WISH,
    "hold_public_slot": WISH,
    "reschedule_public_visit": {"starts_at": "2030-05-06T09:00:00Z"},
    "cancel_public_visit": {"reason": "Feeling better"},
    "review_public_visit": OPINION,
    "join_public_waitlist": WAIT,
    "reply_to_public_offer": {"reply": "accept"},
}
ANSWERS: dict[str, Any] = {
    "get_booking_page": {**PAGE_VIEW, "position": None},
    "publish_booking_page": PAGE_VIEW,
    "withdraw_booking_page": {**PAGE_VIEW, "version": 2, "is_published": False},
    "block_contact": BLOCK_VIEW,
    "list_blocked_contacts": {"data": [{**BLOCK_VIEW, "position": None}]},
    "unblock_contact": {**BLOCK_VIEW, "version": 2, "is_blocked": False},
    "write_review": REVIEW_VIEW,
    "list_reviews": {"data": [REVIEW_LINE], "next_cursor": None},
    "get_review": {**REVIEW_VIEW, "position": None},
    "publish_review": {**REVIEW_VIEW, "version": 2, "status": "published"},
    "reject_review": {
        **REVIEW_VIEW,
        "version": 2,
        "status": "rejected",
        "reason": "It names a member of the staff.",
    },
    "list_next_free": {"data": [NEXT_FREE]},
    "get_appointment_links": {"view": LINK, "move": LINK, "cancel": LINK, "review": None},
    "get_public_catalogue": CATALOGUE,
    "list_public_slots": {
        "data": [
            {
                "starts_at": "2030-05-06T08:00:00Z",
                "ends_at": "2030-05-06T08:30:00Z",
                "session_id": None,
                "seats_left": None,
            }
        ]
    },
    **dict.fromkeys(("book_public_visit", "confirm_public_hold"), VISIT),
    "hold_public_slot": {**VISIT, "version": 1, "status": "proposed", "hold_until": "2030-05-01T09:05:00Z"},
    "get_public_visit": {**VISIT, "position": None},
    "reschedule_public_visit": {**VISIT, "version": 3},
    "cancel_public_visit": {
        **VISIT,
        "version": 3,
        "status": "cancelled",
        "links": {"view": LINK, "move": None, "cancel": None, "review": None},
    },
    "review_public_visit": {"rating": 5},
    "join_public_waitlist": {
        **PLACE,
        "version": 1,
        "status": "waiting",
        "starts_at": None,
        "hold_until": None,
        "queue": [],
        "waiting": 0,
    },
    "get_public_place": {**PLACE, "position": None},
    "reply_to_public_offer": {**PLACE, "version": 3, "status": "accepted", "place": None, "visit_link": LINK},
    "search_marketplace": {"data": [MARKET]},
}
