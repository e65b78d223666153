"""One successful call of every operation of the public door, and of those with which a company keeps it."""

from datetime import timedelta
from typing import Any

from tests.kit.clinic import BOOKING, EUROS_80, all_week
from tests.kit.public_door import PUBLIC

GUEST = {"name": "Northern guest", "email": "guest@north.example"}


def book(tour: Any) -> None:
    """A business that strangers book, from its publication to a review."""
    place, company = tour.place, tour.place.north
    own = company.owner.headers

    def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = place.client.post(f"{BOOKING}/{path}", json=body, headers=own)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    site = {"name": "Harbour", "address": "1 Harbour Street", "country": "FR", "zone": "UTC",
            "position": {"latitude": "43.3", "longitude": "5.4"}}  # fmt: skip
    opened = made("businesses", {"name": "Open", "brand": "Northern", "sector": "medical", "sites": [site]})
    business, site_id = opened["id"], opened["profile"]["sites"][0]["id"]
    one = made(
        "practitioners", {"name": "Northern nurse", "terms": {"skills": ["nurse"], "site_ids": [site_id]}}
    )
    schedule = {"zone": "UTC", "patterns": [{"hours": all_week("00:00", "00:00")}]}
    place.client.put(f"{BOOKING}/schedules/practitioner/{one['id']}", json=schedule, headers=own)
    offer = {
        "name": "Northern care",
        "business_id": business,
        "site_ids": [site_id],
        "is_bookable_online": True,
        "durations_minutes": [30],
        "step_minutes": 30,
        "hold_s": 3_600,
        "price": EUROS_80,
        "roles": [{"skill": "nurse"}],
    }
    service = made("services", offer)["id"]
    page = f"{BOOKING}/businesses/{business}/page"
    terms = {"is_in_marketplace": True, "most_visits_per_contact": 100, "most_holds_per_contact": 20}
    tour.succeed("publish_booking_page", f"PUT {page}", terms)
    tour.succeed("get_booking_page", f"GET {page}")
    spam = {"contact": "spam@mail.example"}
    block = tour.succeed("block_contact", f"POST {BOOKING}/blocked-contacts", spam)["id"]
    tour.succeed("list_blocked_contacts", f"GET {BOOKING}/blocked-contacts")
    tour.succeed("unblock_contact", f"DELETE {BOOKING}/blocked-contacts/{block}")

    door = f"{PUBLIC}/booking/{company.slug}"
    tour.succeed("get_public_catalogue", f"GET {door}", as_={})
    asked = f"service_id={service}&site_id={site_id}"
    free = tour.succeed("list_public_slots", f"GET {door}/slots?{asked}", as_={})["data"]
    starts = [each["starts_at"] for each in free]
    wish = {"service_id": service, "site_id": site_id, "guest": GUEST}
    visit = tour.succeed("book_public_visit", f"POST {door}/visits", {**wish, "starts_at": starts[4]}, as_={})
    held = tour.succeed("hold_public_slot", f"POST {door}/holds", {**wish, "starts_at": starts[8]}, as_={})
    tour.succeed("get_public_visit", f"GET {door}/links/{visit['links']['view']}", as_={})
    tour.succeed("confirm_public_hold", f"POST {door}/links/{held['links']['cancel']}/confirm", as_={})
    there = {"starts_at": starts[12]}
    move = f"POST {door}/links/{visit['links']['move']}/reschedule"
    moved = tour.succeed("reschedule_public_visit", move, there, as_={})
    tour.succeed("cancel_public_visit", f"POST {door}/links/{moved['links']['cancel']}/cancel", {}, as_={})

    now = place.house.clock()
    window = {"start": now.isoformat(), "end": (now + timedelta(days=60)).isoformat()}
    waiting = {**wish, "window": window}
    queued = tour.succeed("join_public_waitlist", f"POST {door}/waitlist", waiting, as_={})
    tour.succeed("get_public_place", f"GET {door}/waitlist/{queued['link']}", as_={})
    tour.succeed(
        "reply_to_public_offer", f"POST {door}/waitlist/{queued['link']}/reply", {"reply": "leave"}, as_={}
    )

    came = [_fulfilled(made, wish, start, client) for start, client in (
        (starts[16], None), (starts[20], str(company.owner.id)))]  # fmt: skip
    links = tour.succeed("get_appointment_links", f"GET {BOOKING}/appointments/{came[0]}/links")
    opinion = {"rating": 5, "text": "Northern excellence"}
    tour.succeed("review_public_visit", f"POST {door}/links/{links['review']}/review", opinion, as_={})
    written = tour.succeed("write_review", f"POST {BOOKING}/appointments/{came[1]}/review", opinion)["id"]
    place.house.jobs.projections.drain(company.id)
    assert tour.succeed("list_reviews", f"GET {BOOKING}/reviews?status=waiting")["data"]
    tour.succeed("get_review", f"GET {BOOKING}/reviews/{written}")
    tour.succeed("publish_review", f"POST {BOOKING}/reviews/{written}/publish")
    place.house.jobs.projections.drain(company.id)
    while place.house.next_free.act(1):
        pass
    assert tour.succeed("list_next_free", f"GET {BOOKING}/next-free?service_id={service}")["data"]
    assert tour.succeed("search_marketplace", f"GET {PUBLIC}/marketplace?q=northern+care", as_={})["data"]
    tour.succeed("reject_review", f"POST {BOOKING}/reviews/{written}/reject", {"reason": "Northern doubt"})
    tour.succeed("withdraw_booking_page", f"DELETE {page}")


def _fulfilled(made: Any, wish: dict[str, Any], start: str, client_id: str | None) -> str:
    """A visit that took place, of somebody or of a member."""
    client = {"name": "Northern guest", "client_id": client_id}
    wanted = {
        "service_id": wish["service_id"],
        "site_id": wish["site_id"],
        "starts_at": start,
        "client": client,
    }
    one = str(made("appointments", wanted)["id"])
    made(f"appointments/{one}/steps", {"step": "fulfil"})
    return one
