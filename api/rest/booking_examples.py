"""One example per operation about appointments, for the OpenAPI document."""

from typing import Any

from domain.booking.offer import ServiceOffer
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.visit import Visit

BUSINESS = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b001"
SITE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b002"
SERVICE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b003"
PRACTITIONER = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b004"
ROOM = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b005"
APPOINTMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b006"
SESSION = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b007"
ABSENCE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b008"
CLIENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b009"
COLLEAGUE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b00a"
SECOND_SERVICE = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b010"
SECOND_APPOINTMENT = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b011"

PROFILE = {
    "name": "Harbour Clinic",
    "brand": "Harbour Health",
    "sector": "medical",
    "sites": [
        {
            "id": SITE,
            "name": "Old Port",
            "address": "1 Quai du Port, 13002 Marseille",
            "country": "FR",
            "zone": "Europe/Paris",
            "position": {"latitude": "43.295500", "longitude": "5.374200"},
        }
    ],
}
DRAFT = {
    **PROFILE,
    "sites": [
        {
            "name": "Old Port",
            "address": "1 Quai du Port, 13002 Marseille",
            "country": "FR",
            "zone": "Europe/Paris",
        }
    ],
}
OFFER = {
    "name": "First consultation",
    "category": "general",
    "business_id": BUSINESS,
    "site_ids": [SITE],
    "is_bookable_online": True,
    "durations_minutes": [30, 60],
    "buffer_after_minutes": 10,
    "notice_minutes": 120,
    "horizon_days": 90,
    "step_minutes": 30,
    "modes": ["on_site", "video"],
    "price": {"kind": "fixed", "currency": "EUR", "amount_minor": 6_000},
    "cancellation": {
        "bands": [{"hours_before": 24, "fee_percent": 50}],
        "no_show_percent": 100,
        "client_changes_until_hours": 12,
    },
    "roles": [{"skill": "general-practitioner", "least": 1, "most": 1}],
    "resources": [{"type": "consulting-room", "count": 1}],
    "intake": [
        {"code": "pregnant", "text": "Are you pregnant?", "kind": "choice", "choices": ["yes", "no"]},
        {
            "code": "week",
            "text": "In which week?",
            "kind": "number",
            "is_required": True,
            "confidentiality": "confidential",
            "shown_if": {"question": "pregnant", "equals": "yes"},
        },
    ],
}
DOCTOR_TERMS = {
    "level": "employee",
    "skills": ["general-practitioner"],
    "site_ids": [SITE],
    "most_per_day": 16,
    "weight": 10,
}
DOCTOR = {"name": "Camille Moreau", "terms": DOCTOR_TERMS}
ROOM_TERMS = {"name": "Room 2", "type": "consulting-room", "site_id": SITE, "capacity": 1}
SCHEDULE = {
    "zone": "Europe/Paris",
    "patterns": [{"hours": [{"day": "MO", "opens": "09:00", "closes": "17:00"}]}],
    "overrides": [{"day": "2030-12-24", "hours": [{"opens": "09:00", "closes": "12:00"}]}],
    "holidays": {"country": "FR", "subdivision": None},
}
WANTED = {
    "service_id": SERVICE,
    "site_id": SITE,
    "starts_at": "2030-05-06T08:00:00Z",
    "duration_minutes": 30,
    "client": {"name": "Noor Haddad", "email": "noor@example.com", "phone": "+33 1 99 00 12 34"},
    "answers": {"pregnant": "no"},
}
VISIT = Visit.model_validate(
    {
        "service_id": SERVICE,
        "service_version": 1,
        "business_id": BUSINESS,
        "site_id": SITE,
        "mode": "on_site",
        "starts_at": "2030-05-06T08:00:00Z",
        "ends_at": "2030-05-06T08:30:00Z",
        "zone": "Europe/Paris",
        "price": {"amount_minor": 6_000, "currency": "EUR"},
        "deposit": {"amount_minor": 0, "currency": "EUR"},
        "cancellation": OFFER["cancellation"],
        "team": [
            {
                "kind": "practitioner",
                "bookable_id": PRACTITIONER,
                "ability": "general-practitioner",
                "reason": "least_loaded",
                "considered": [
                    {"bookable_id": PRACTITIONER, "load_minutes": 240, "weight": 10},
                    {"bookable_id": COLLEAGUE, "load_minutes": 300, "weight": 10},
                ],
            }
        ],
        "takes": [
            {
                "kind": "booking-practitioner",
                "key": PRACTITIONER,
                "units": 1,
                "capacity": 1,
                "starts_at": "2030-05-06T08:00:00Z",
                "ends_at": "2030-05-06T08:40:00Z",
            }
        ],
    }
).model_dump(mode="json")
VIEW: dict[str, Any] = {
    "version": 2,
    "position": 61,
    "id": APPOINTMENT,
    "uid": f"{APPOINTMENT}@escale",
    "sequence": 0,
    "status": "booked",
    "is_expired": False,
    "hold_until": None,
    "is_started": False,
    "client_id": CLIENT,
    "booker_id": None,
    "relationship": "self",
    "client": {
        "name": "Noor Haddad",
        "email": "noor@example.com",
        "phone": "+33 1 99 00 12 34",
        "address": None,
        "note": None,
        "guests": None,
        "answers": {},
        "withheld": ["pregnant"],
    },
    "visit": VISIT,
    "override": None,
    "paid_minor": 0,
    "fee_minor": 0,
    "refund_due_minor": 0,
    "alternatives": [],
}
BUSINESS_VIEW = {"version": 1, "position": 51, "id": BUSINESS, "profile": PROFILE}
SERVICE_VIEW = {
    "version": 1,
    "position": 52,
    "id": SERVICE,
    "is_offered": True,
    "offer": ServiceOffer.model_validate(OFFER).model_dump(mode="json"),
}
PRACTITIONER_VIEW = {
    "version": 1,
    "position": 53,
    "id": PRACTITIONER,
    "name": "Camille Moreau",
    "is_active": True,
    "terms": PractitionerTerms.model_validate(DOCTOR_TERMS).model_dump(mode="json"),
}
RESOURCE_VIEW = {"version": 1, "position": 54, "id": ROOM, "is_active": True, "terms": ROOM_TERMS}
SCHEDULE_VIEW = {
    "version": 1,
    "position": 55,
    "subject_kind": "practitioner",
    "subject_id": PRACTITIONER,
    "terms": ScheduleTerms.model_validate(SCHEDULE).model_dump(mode="json"),
    "absences": [],
}
SESSION_VIEW = {
    "version": 1,
    "position": 56,
    "id": SESSION,
    "service_id": SERVICE,
    "site_id": SITE,
    "starts_at": "2030-05-06T16:00:00Z",
    "ends_at": "2030-05-06T17:00:00Z",
    "practitioner_ids": [PRACTITIONER],
    "resource_ids": [ROOM],
    "capacity": 12,
    "seats_left": 5,
    "is_cancelled": False,
}
PERIOD = {"start": "2030-07-01T00:00:00Z", "end": "2030-07-15T00:00:00Z"}
ABSENCE_VIEW = {
    "version": 2,
    "position": 57,
    "id": ABSENCE,
    "subject_id": PRACTITIONER,
    "kind": "leave",
    "starts_at": PERIOD["start"],
    "ends_at": PERIOD["end"],
    "status": "approved",
    "reason": "Summer",
    "affected": [APPOINTMENT],
}
LINE = {
    "id": APPOINTMENT,
    "version": 2,
    "bookable_id": PRACTITIONER,
    "is_session": False,
    "session_id": None,
    "service_id": SERVICE,
    "site_id": SITE,
    "client_id": CLIENT,
    "starts_at": "2030-05-06T08:00:00Z",
    "ends_at": "2030-05-06T08:30:00Z",
    "status": "booked",
    "hold_until": None,
    "sequence": 0,
}
FACT = {
    "version": 2,
    "position": 61,
    "event_id": "5b0c6e0a-8c1f-7d0e-9c55-0b9a54e8b00c",
    "topic": "appointment.booked.v2",
    "occurred_at": "2030-05-01T09:00:00Z",
    "recorded_at": "2030-05-01T09:00:00Z",
    "actor_id": COLLEAGUE,
    "actor_kind": "member",
    "source": "client",
    "command_id": SESSION,
    "correlation_id": SESSION,
    "causation_id": None,
    "facts": {"by": "automatic"},
}
DEPOSIT = {"payment_id": "pi_3Nx41", "amount": {"amount_minor": 1_800, "currency": "EUR"}}
MOVED = {"starts_at": "2030-05-06T09:00:00Z", "by": "client"}
SERIES_ID = "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b00d"
SERIES_VIEW = {
    "version": 1,
    "position": 63,
    "id": SERIES_ID,
    "service_id": SERVICE,
    "client_id": CLIENT,
    "recurrence": "FREQ=WEEKLY;COUNT=2",
    "zone": "Europe/Paris",
    "occurrences": [
        {"starts_at": "2030-05-06T08:00:00Z", "appointment_id": APPOINTMENT, "rule": None},
        {"starts_at": "2030-05-13T08:00:00Z", "appointment_id": None, "rule": "absent"},
    ],
}
COMBINED_VIEW = {
    "version": 1,
    "position": 64,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b012",
    "client_id": CLIENT,
    "site_id": SITE,
    "zone": "Europe/Paris",
    "parts": [
        {
            "appointment_id": APPOINTMENT,
            "service_id": SERVICE,
            "starts_at": "2030-05-06T08:00:00Z",
            "ends_at": "2030-05-06T08:30:00Z",
            "practitioner_ids": [PRACTITIONER],
            "is_handed_over": False,
        },
        {
            "appointment_id": SECOND_APPOINTMENT,
            "service_id": SECOND_SERVICE,
            "starts_at": "2030-05-06T08:35:00Z",
            "ends_at": "2030-05-06T09:05:00Z",
            "practitioner_ids": [COLLEAGUE],
            "is_handed_over": True,
        },
    ],
    "is_cancelled": False,
}
WAITING = {
    "service_id": SERVICE,
    "site_id": SITE,
    "window": {"start": "2030-05-06T06:00:00Z", "end": "2030-05-10T18:00:00Z"},
    "bookable_ids": [],
}
WAITING_VIEW = {
    "version": 2,
    "position": 65,
    "id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b00e",
    "wanting": WAITING,
    "client_id": CLIENT,
    "client_name": "Noor Haddad",
    "status": "offered",
    "place": 2,
    "appointment_id": APPOINTMENT,
    "starts_at": "2030-05-06T08:00:00Z",
    "hold_until": "2030-05-05T20:00:00Z",
    "queue": [
        {"entry_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b00f", "passed": "other_time"},
        {"entry_id": "5b0c6e0a-8c1f-5d0e-9c55-0b9a54e8b00e", "passed": "offered"},
    ],
}


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"data": [_shown(item)], "next_cursor": None}


def _shown(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, "position": None}


REQUESTS: dict[str, Any] = {
    "open_business": DRAFT,
    "change_business": PROFILE,
    "define_service": OFFER,
    "change_service": OFFER,
    "hire_practitioner": DOCTOR,
    "change_practitioner": DOCTOR,
    "add_resource": ROOM_TERMS,
    "change_resource": ROOM_TERMS,
    "set_schedule": SCHEDULE,
    "schedule_session": {"service_id": SERVICE, "site_id": SITE, "starts_at": "2030-05-06T16:00:00Z"},
    "change_session_capacity": {"capacity": 14},
    "book_appointment": WANTED,
    "hold_slot": WANTED,
    "override_booking": {**WANTED, "bookable_ids": [PRACTITIONER], "reason": "Acute pain"},
    "reject_appointment": {"reason": "We do not treat this here."},
    "reschedule_appointment": MOVED,
    "substitute_practitioner": {"leaving_id": PRACTITIONER, "joining_id": COLLEAGUE, "reason": "Flu"},
    "cancel_appointment": {"by": "client", "reason": "Feeling better"},
    "record_step": {"step": "arrive"},
    "record_deposit": DEPOSIT,
    "book_series": {**WANTED, "recurrence": "FREQ=WEEKLY;COUNT=2", "on_conflict": "skip"},
    "move_series": {"since": "2030-05-13T08:00:00Z", "clock": "11:00:00"},
    "cancel_series": {"since": "2030-05-13T08:00:00Z", "by": "client"},
    "book_combined_visit": {
        "site_id": SITE,
        "starts_at": "2030-05-06T08:00:00Z",
        "parts": [{"service_id": SERVICE}, {"service_id": SECOND_SERVICE}],
        "handover_minutes": 5,
        "client": WANTED["client"],
    },
    "cancel_combined_visit": {"by": "client"},
    "join_waitlist": {"note": "Mornings if possible", "wanting": WAITING, "client": WANTED["client"]},
    "offer_freed_slot": {"service_id": SERVICE, "site_id": SITE, "starts_at": "2030-05-06T08:00:00Z"},
    "request_absence": {
        "subject_id": PRACTITIONER,
        "kind": "leave",
        "period": PERIOD,
        "reason": "Summer",
    },
}
ANSWERS: dict[str, Any] = {
    **dict.fromkeys(("open_business", "change_business"), BUSINESS_VIEW),
    "get_business": _shown(BUSINESS_VIEW),
    "list_businesses": _page(BUSINESS_VIEW),
    **dict.fromkeys(("define_service", "change_service"), SERVICE_VIEW),
    "retire_service": {**SERVICE_VIEW, "version": 2, "is_offered": False},
    "get_service": _shown(SERVICE_VIEW),
    "list_services": _page(SERVICE_VIEW),
    **dict.fromkeys(("hire_practitioner", "change_practitioner"), PRACTITIONER_VIEW),
    "let_practitioner_go": {**PRACTITIONER_VIEW, "version": 2, "is_active": False},
    "get_practitioner": _shown(PRACTITIONER_VIEW),
    "list_practitioners": _page(PRACTITIONER_VIEW),
    **dict.fromkeys(("add_resource", "change_resource"), RESOURCE_VIEW),
    "take_resource_out": {**RESOURCE_VIEW, "version": 2, "is_active": False},
    "get_resource": _shown(RESOURCE_VIEW),
    "list_resources": _page(RESOURCE_VIEW),
    "set_schedule": SCHEDULE_VIEW,
    "get_schedule": _shown(SCHEDULE_VIEW),
    "list_slots": {"data": [{"starts_at": "2030-05-06T08:00:00Z", "ends_at": "2030-05-06T08:30:00Z"}]},
    "get_slot_reason": {
        "starts_at": "2030-05-06T08:30:00Z",
        "is_free": False,
        "rule": "taken",
        "bookables": [PRACTITIONER],
    },
    **dict.fromkeys(("schedule_session", "change_session_capacity"), SESSION_VIEW),
    "cancel_group_session": {**SESSION_VIEW, "version": 2, "seats_left": 12, "is_cancelled": True},
    "get_group_session": _shown(SESSION_VIEW),
    "list_sessions": {"data": [_shown(SESSION_VIEW)]},
    **dict.fromkeys(("book_appointment", "confirm_appointment", "override_booking", "record_deposit"), VIEW),
    "hold_slot": {**VIEW, "version": 1, "status": "proposed", "hold_until": "2030-05-01T09:05:00Z"},
    **dict.fromkeys(
        ("reschedule_appointment", "substitute_practitioner"), {**VIEW, "version": 3, "sequence": 1}
    ),
    **dict.fromkeys(("reject_appointment", "cancel_appointment"), {**VIEW, "status": "cancelled"}),
    "record_step": {**VIEW, "version": 3, "status": "arrived"},
    "get_appointment": _shown(VIEW),
    "book_series": SERIES_VIEW,
    "join_waitlist": {
        **WAITING_VIEW,
        "version": 1,
        "status": "waiting",
        "appointment_id": None,
        "starts_at": None,
        "hold_until": None,
        "queue": [],
    },
    "list_waitlist": {"data": [_shown(WAITING_VIEW)]},
    "get_waitlist_entry": _shown(WAITING_VIEW),
    "offer_freed_slot": {"version": 2, "position": 65, "entry_id": WAITING_VIEW["id"]},
    "accept_offer": {**WAITING_VIEW, "version": 3, "status": "accepted", "place": None},
    **dict.fromkeys(
        ("decline_offer", "leave_waitlist"),
        {**WAITING_VIEW, "version": 3, "status": "declined", "place": None},
    ),
    "get_series": _shown(SERIES_VIEW),
    "list_combined_slots": {
        "data": [{"starts_at": "2030-05-06T08:00:00Z", "ends_at": "2030-05-06T09:05:00Z"}]
    },
    "book_combined_visit": COMBINED_VIEW,
    "get_combined_visit": _shown(COMBINED_VIEW),
    "cancel_combined_visit": {**COMBINED_VIEW, "version": 2, "is_cancelled": True},
    "erase_booking_client": {
        "id": CLIENT,
        "version": 1,
        "position": 70,
        "erased_at": "2030-05-20T09:00:00Z",
    },
    **dict.fromkeys(("move_series", "cancel_series"), {**SERIES_VIEW, "version": 2}),
    "get_appointment_history": {"data": [FACT], "next_cursor": None},
    "list_agenda": {"data": [LINE], "next_cursor": None},
    "request_absence": {**ABSENCE_VIEW, "version": 1, "status": "requested"},
    "approve_absence": ABSENCE_VIEW,
    "reject_absence": {**ABSENCE_VIEW, "status": "rejected"},
    "cancel_absence": {**ABSENCE_VIEW, "version": 3, "status": "cancelled", "affected": []},
    "get_absence": _shown(ABSENCE_VIEW),
}
