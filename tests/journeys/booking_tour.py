"""One successful call of every operation about appointments, in an order in which each can succeed."""

from datetime import timedelta
from typing import Any

from tests.kit.clinic import BOOKING, EUROS_80, all_week

ANYBODY = {"name": "Northern client", "email": "client@north.example"}


def book(tour: Any) -> None:
    """A small clinic, from its opening to its absences."""
    now = tour.place.house.clock()
    place = {"name": "Harbour", "address": "1 Harbour Street", "country": "FR", "zone": "UTC"}
    profile = {"name": "Clinic", "brand": "Clinic", "sector": "medical", "sites": [place]}
    opened = tour.succeed("open_business", f"POST {BOOKING}/businesses", profile)
    business, site = opened["id"], opened["profile"]["sites"][0]["id"]
    changed = {**profile, "brand": "Northern", "sites": [{**place, "id": site}]}
    tour.succeed("change_business", f"PUT {BOOKING}/businesses/{business}", changed)
    tour.succeed("get_business", f"GET {BOOKING}/businesses/{business}")
    assert tour.succeed("list_businesses", f"GET {BOOKING}/businesses")["data"]
    offer = {
        "name": "Northern visit",
        "business_id": business,
        "site_ids": [site],
        "durations_minutes": [30],
        "step_minutes": 30,
        "price": EUROS_80,
        "roles": [{"skill": "doctor"}],
    }
    service = tour.succeed("define_service", f"POST {BOOKING}/services", offer)["id"]
    tour.succeed("change_service", f"PUT {BOOKING}/services/{service}", {**offer, "horizon_days": 60})
    tour.succeed("get_service", f"GET {BOOKING}/services/{service}")
    assert tour.succeed("list_services", f"GET {BOOKING}/services?business_id={business}")["data"]
    doctor = {"name": "Northern doctor", "terms": {"skills": ["doctor"], "site_ids": [site]}}
    one = tour.succeed("hire_practitioner", f"POST {BOOKING}/practitioners", doctor)["id"]
    tour.succeed(
        "change_practitioner", f"PUT {BOOKING}/practitioners/{one}", {**doctor, "name": "Northern surgeon"}
    )
    tour.succeed("get_practitioner", f"GET {BOOKING}/practitioners/{one}")
    assert tour.succeed("list_practitioners", f"GET {BOOKING}/practitioners?site_id={site}")["data"]
    room = {"name": "Northern room", "type": "room", "site_id": site}
    thing = tour.succeed("add_resource", f"POST {BOOKING}/resources", room)["id"]
    tour.succeed("change_resource", f"PUT {BOOKING}/resources/{thing}", {**room, "capacity": 2})
    tour.succeed("get_resource", f"GET {BOOKING}/resources/{thing}")
    assert tour.succeed("list_resources", f"GET {BOOKING}/resources?site_id={site}")["data"]
    hours = {"zone": "UTC", "patterns": [{"hours": all_week("00:00", "00:00")}]}
    schedule = f"{BOOKING}/schedules/practitioner/{one}"
    tour.succeed("set_schedule", f"PUT {schedule}", hours)
    tour.succeed("get_schedule", f"GET {schedule}")

    asked = f"service_id={service}&site_id={site}"
    free = tour.succeed("list_slots", f"GET {BOOKING}/slots?{asked}")["data"]
    starts = [each["starts_at"] for each in free]
    soon, later_on = starts[4], starts[10]
    tour.succeed("get_slot_reason", f"GET {BOOKING}/slots/reason?{asked}&starts_at={soon}")
    wanted = {"service_id": service, "site_id": site, "starts_at": soon, "client": ANYBODY}
    visits = f"{BOOKING}/appointments"
    visit = tour.succeed("book_appointment", f"POST {visits}", wanted)["id"]
    tour.succeed("get_appointment", f"GET {visits}/{visit}")
    moved = {"starts_at": later_on}
    tour.succeed("reschedule_appointment", f"POST {visits}/{visit}/reschedule", moved)
    colleague = _unrecorded(tour, "practitioners", {**doctor, "name": "Northern colleague"})
    tour.place.client.put(
        f"{BOOKING}/schedules/practitioner/{colleague}", json=hours, headers=tour.place.north.owner.headers
    )
    handed = {"leaving_id": one, "joining_id": colleague, "reason": "Northern flu"}
    tour.succeed("substitute_practitioner", f"POST {visits}/{visit}/substitute", handed)
    tour.succeed("record_step", f"POST {visits}/{visit}/steps", {"step": "arrive"})
    tour.succeed("get_appointment_history", f"GET {visits}/{visit}/history")
    tour.succeed("get_assignment_receipt", f"GET {visits}/{visit}/receipt")
    tour.succeed("get_assignment_proof", f"GET {visits}/{visit}/receipt/check")
    held = tour.succeed("hold_slot", f"POST {visits}/holds", {**wanted, "starts_at": starts[20]})["id"]
    tour.succeed("confirm_appointment", f"POST {visits}/{held}/confirm")
    tour.succeed("cancel_appointment", f"POST {visits}/{held}/cancel", {"reason": "Northern cold"})
    over = {**wanted, "starts_at": later_on, "bookable_ids": [colleague], "reason": "Northern emergency"}
    tour.succeed("override_booking", f"POST {visits}/overrides", over)
    unsure = _unrecorded(tour, "appointments/holds", {**wanted, "starts_at": starts[24]})
    tour.succeed("reject_appointment", f"POST {visits}/{unsure}/reject", {"reason": "Northern no"})
    paid = _unrecorded(tour, "services", {**offer, "deposit_percent": 50})
    hold = _unrecorded(tour, "appointments", {**wanted, "service_id": paid, "starts_at": starts[26]})
    deposit = {"payment_id": "northern-1", "amount": {"amount_minor": 4_000, "currency": "EUR"}}
    tour.succeed("record_deposit", f"POST {visits}/{hold}/deposits", deposit)

    # On another day than today, so that no time of that day has passed.
    first = next(start for start in starts[34:] if start[:10] > now.date().isoformat())
    weekly = {**wanted, "starts_at": first, "recurrence": "FREQ=WEEKLY;COUNT=3"}
    series = tour.succeed("book_series", f"POST {BOOKING}/series", weekly)["id"]
    tour.succeed("get_series", f"GET {BOOKING}/series/{series}")
    since = {"since": first}
    tour.succeed("move_series", f"POST {BOOKING}/series/{series}/move", {**since, "clock": "03:30"})
    tour.succeed("cancel_series", f"POST {BOOKING}/series/{series}/cancel", {**since, "reason": "Northern"})

    second_service = _unrecorded(tour, "services", offer)
    row = f"site_id={site}&service_id={service}&service_id={second_service}"
    both = tour.succeed("list_combined_slots", f"GET {BOOKING}/combined-visits/slots?{row}&limit=20")["data"]
    in_a_row = {
        "site_id": site,
        "starts_at": both[12]["starts_at"],
        "parts": [{"service_id": service}, {"service_id": second_service}],
        "client": ANYBODY,
    }
    combined = tour.succeed("book_combined_visit", f"POST {BOOKING}/combined-visits", in_a_row)
    at = f"{BOOKING}/combined-visits/{combined['id']}"
    tour.succeed("get_combined_visit", f"GET {at}")
    tour.succeed("cancel_combined_visit", f"POST {at}/cancel", {"reason": "Northern change"})
    forgotten = f"POST {BOOKING}/clients/{combined['client_id']}/erase"
    tour.succeed("erase_booking_client", forgotten)

    window = {"start": now.isoformat(), "end": (now + timedelta(days=60)).isoformat()}
    waiting = {
        "wanting": {"service_id": service, "site_id": site, "window": window},
        "client": ANYBODY,
    }
    lists = f"{BOOKING}/waitlist"
    place_one = tour.succeed("join_waitlist", f"POST {lists}", waiting)["id"]
    assert tour.succeed("list_waitlist", f"GET {lists}?service_id={service}")["data"]
    freed = {"service_id": service, "site_id": site, "starts_at": starts[40]}
    tour.succeed("offer_freed_slot", f"POST {lists}/offers", freed)
    tour.succeed("get_waitlist_entry", f"GET {lists}/{place_one}")
    for kind in ("", "/check"):
        operation = "get_offer_proof" if kind else "get_offer_receipt"
        tour.succeed(operation, f"GET {lists}/{place_one}/receipt{kind}")
    tour.succeed("accept_offer", f"POST {lists}/{place_one}/accept")
    second, third = (_unrecorded(tour, "waitlist", waiting) for _ in range(2))
    _offer_again(tour, {**freed, "starts_at": starts[44]})
    tour.succeed("decline_offer", f"POST {lists}/{second}/decline")
    tour.succeed("leave_waitlist", f"POST {lists}/{third}/leave")

    group = _unrecorded(tour, "services", {**offer, "capacity": 12})
    seats = {"service_id": group, "site_id": site, "starts_at": starts[30]}
    lesson = tour.succeed("schedule_session", f"POST {BOOKING}/sessions", seats)["id"]
    tour.succeed("get_group_session", f"GET {BOOKING}/sessions/{lesson}")
    assert tour.succeed("list_sessions", f"GET {BOOKING}/sessions?service_id={group}&site_id={site}")["data"]
    tour.succeed("change_session_capacity", f"PUT {BOOKING}/sessions/{lesson}/capacity", {"capacity": 9})
    tour.succeed("cancel_group_session", f"POST {BOOKING}/sessions/{lesson}/cancel")

    period = {"start": (now + timedelta(days=30)).isoformat(), "end": (now + timedelta(days=31)).isoformat()}
    wish = {"subject_id": one, "period": period, "reason": "Northern holiday"}
    away = tour.succeed("request_absence", f"POST {BOOKING}/absences", wish)["id"]
    tour.succeed("approve_absence", f"POST {BOOKING}/absences/{away}/approve")
    tour.succeed("get_absence", f"GET {BOOKING}/absences/{away}")
    tour.succeed("cancel_absence", f"POST {BOOKING}/absences/{away}/cancel")
    other = _unrecorded(tour, "absences", wish)
    tour.succeed("reject_absence", f"POST {BOOKING}/absences/{other}/reject")
    tour.place.house.jobs.projections.drain(tour.place.north.id)
    assert tour.succeed("list_agenda", f"GET {BOOKING}/agenda?bookable_id={colleague}")["data"]
    for operation, path in (
        ("list_utilisation", f"utilisation?subject_id={colleague}"),
        ("list_attendance", "attendance?by=practitioner"),
        ("list_revenue", "revenue?by=site"),
        ("get_heat_map", f"heat-map?site_id={site}"),
        ("get_booking_quota", "quota"),
    ):
        tour.succeed(operation, f"GET {BOOKING}/{path}")
    tour.succeed("let_practitioner_go", f"POST {BOOKING}/practitioners/{one}/leave")
    tour.succeed("take_resource_out", f"POST {BOOKING}/resources/{thing}/take-out")
    tour.succeed("retire_service", f"POST {BOOKING}/services/{service}/retire")


def _offer_again(tour: Any, freed: dict[str, Any]) -> None:
    answer = tour.place.client.post(
        f"{BOOKING}/waitlist/offers", json=freed, headers=tour.place.north.owner.headers
    )
    assert answer.status_code == 200, answer.text


def _unrecorded(tour: Any, path: str, body: dict[str, Any]) -> str:
    answer = tour.place.client.post(f"{BOOKING}/{path}", json=body, headers=tour.place.north.owner.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
