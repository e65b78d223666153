"""What was agreed stays agreed, whatever the catalogue says by then; and no money is lost on the way."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.kit.booking_claims import claims_held, claims_replayed
from tests.kit.clinic import BOOKING, Clinic, eventually
from tests.kit.house import Place

HALF = timedelta(minutes=30)
DEPOSIT = {"amount_minor": 2_000, "currency": "EUR"}
PAYMENT = {"payment_id": "p1", "amount": DEPOSIT}


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


def nine(clinic: Clinic) -> datetime:
    return clinic.at(clinic.day(), "09:00")


def scheduled(clinic: Clinic, service: str, **fields: Any) -> str:
    body = {"service_id": service, "site_id": clinic.site_id, "starts_at": nine(clinic).isoformat(), **fields}
    return str(clinic.made("sessions", body)["id"])


def seats_left(clinic: Clinic, session: str) -> int:
    answer = clinic.place.client.get(f"{BOOKING}/sessions/{session}", headers=clinic.headers)
    return int(answer.json()["seats_left"])


def of_seats(clinic: Clinic, session: str, capacity: int) -> None:
    url = f"{BOOKING}/sessions/{session}/capacity"
    changed = clinic.place.client.put(url, json={"capacity": capacity}, headers=clinic.headers)
    assert changed.status_code == 200, changed.text


def offered_otherwise(clinic: Clinic, service: str, **offer: Any) -> None:
    url = f"{BOOKING}/services/{service}"
    before = clinic.place.client.get(url, headers=clinic.headers).json()["offer"]
    changed = clinic.place.client.put(url, json={**before, **offer}, headers=clinic.headers)
    assert changed.status_code == 200, changed.text


class TestSeats:
    def test_r28_nobody_stands_in_on_a_single_seat(self, clinic: Clinic) -> None:
        """R-28: a substitute for one seat would have given the seat back and kept the visit."""
        leaving, _ = clinic.practitioner("pilates"), clinic.practitioner("pilates")
        service = clinic.service(roles=[{"skill": "pilates"}], capacity=2)
        session = scheduled(clinic, service, bookable_ids=[leaving])
        seats = [clinic.booked(service, nine(clinic), session_id=session) for _ in range(2)]
        refused = clinic.act(seats[0], "substitute", {"leaving_id": leaving})
        assert (refused.status_code, refused.json()["code"]) == (409, "team_of_the_session")
        assert seats_left(clinic, session) == 0

    def test_a_class_that_was_called_off_takes_nobody(self, clinic: Clinic) -> None:
        """R-40: neither by a late deposit, which goes back, nor by a request that waited without blocking."""
        clinic.practitioner("off")
        paid = clinic.service(roles=[{"skill": "off"}], capacity=2, deposit_percent=25, hold_s=1)
        session = scheduled(clinic, paid)
        held = clinic.booked(paid, nine(clinic), session_id=session)
        assert eventually(lambda: seats_left(clinic, session) == 2)
        clinic.post(f"sessions/{session}/cancel", {})
        late = clinic.act(held, "deposits", PAYMENT).json()
        assert (late["status"], late["refund_due_minor"]) == ("cancelled", 2_000)
        asked = clinic.service(
            roles=[{"skill": "off"}], capacity=2, confirmation="manual", does_pending_block=False
        )
        other = scheduled(clinic, asked)
        request = clinic.booked(asked, nine(clinic), session_id=other)
        clinic.post(f"sessions/{other}/cancel", {})
        refused = clinic.act(request, "confirm")
        assert (refused.status_code, refused.json()["code"]) == (409, "session_is_cancelled")

    def test_a_deposit_in_time_keeps_the_seat_when_the_class_grows(self, clinic: Clinic) -> None:
        clinic.practitioner("grows")
        service = clinic.service(roles=[{"skill": "grows"}], capacity=2, deposit_percent=25)
        session = scheduled(clinic, service)
        held = clinic.booked(service, nine(clinic), session_id=session)
        of_seats(clinic, session, 5)
        others = [clinic.booked(service, nine(clinic), session_id=session) for _ in range(4)]
        assert clinic.act(held, "deposits", PAYMENT).json()["status"] == "booked"
        # Nobody loses theirs when it shrinks either.
        of_seats(clinic, session, 1)
        assert clinic.act(others[0], "deposits", PAYMENT).json()["status"] == "booked"

    def test_r40_a_late_deposit_takes_no_seat_that_was_taken_away(self, clinic: Clinic) -> None:
        clinic.practitioner("shrinks")
        service = clinic.service(roles=[{"skill": "shrinks"}], capacity=3, deposit_percent=25, hold_s=1)
        session = scheduled(clinic, service)
        held = clinic.booked(service, nine(clinic), session_id=session)
        assert eventually(lambda: seats_left(clinic, session) == 3)
        offered_otherwise(clinic, service, deposit_percent=0)
        clinic.booked(service, nine(clinic), session_id=session)
        of_seats(clinic, session, 1)
        late = clinic.act(held, "deposits", PAYMENT).json()
        assert (late["status"], late["refund_due_minor"]) == ("cancelled", 2_000)

    def test_a_seat_is_judged_at_the_time_of_its_class(self, clinic: Clinic) -> None:
        """R-11: naming another start does not make the client older, nor the limit another one."""
        clinic.practitioner("adults")
        service = clinic.service(
            roles=[{"skill": "adults"}], capacity=5, least_age=18, limits={"per_client_per_day": 1}
        )
        session = scheduled(clinic, service)
        day = clinic.day()
        child = {"name": "Lou", "born_on": str(day.replace(year=day.year - 10, day=1))}
        young = clinic.book(service, nine(clinic) + timedelta(days=3_650), session_id=session, client=child)
        assert (young.status_code, young.json()["code"]) == (409, "client_too_young")
        grown = {"name": "Noor", "born_on": "1990-05-02", "client_id": str(uuid4())}
        clinic.booked(service, nine(clinic), session_id=session, client=grown)
        again = clinic.book(service, nine(clinic) + timedelta(days=30), session_id=session, client=grown)
        assert (again.status_code, again.json()["rule"]) == (409, "client_limit")


class TestTheTermsOfBooking:
    def test_a_visit_keeps_its_length_when_the_service_changes(self, clinic: Clinic) -> None:
        leaving, joining = clinic.practitioner("terms"), clinic.practitioner("terms")
        service = clinic.service(roles=[{"skill": "terms"}])
        made = clinic.booked(service, nine(clinic), bookable_ids=[leaving])
        offered_otherwise(clinic, service, durations_minutes=[45], modes=["video"])
        handed = clinic.act(made, "substitute", {"leaving_id": leaving})
        assert handed.status_code == 200, handed.text
        assert [one["bookable_id"] for one in handed.json()["visit"]["team"]] == [joining]
        later = nine(clinic) + 4 * HALF
        moved = clinic.act(made, "reschedule", {"starts_at": later.isoformat()})
        assert moved.status_code == 200, moved.text
        assert moved.json()["visit"]["ends_at"] == (later + HALF).isoformat().replace("+00:00", "Z")
        assert moved.json()["visit"]["mode"] == "on_site"

    def test_a_request_keeps_what_it_blocks_when_a_limit_is_raised(self, clinic: Clinic) -> None:
        clinic.practitioner("raised")
        service = clinic.service(roles=[{"skill": "raised"}], limits={"per_day": 1}, confirmation="manual")
        made = clinic.booked(service, nine(clinic))
        offered_otherwise(clinic, service, limits={"per_day": 3})
        clinic.booked(service, nine(clinic) + HALF)
        agreed = clinic.act(made, "confirm")
        assert agreed.status_code == 200, agreed.text

    def test_the_claims_are_those_of_a_replay(self, place: Place) -> None:
        assert claims_held(place, place.north.id) == claims_replayed(place, place.north.id)


class TestMoney:
    @pytest.mark.parametrize("how", ["changed", "retired"])
    def test_r40_a_late_deposit_is_taken_note_of_whatever_is_offered_by_now(
        self, clinic: Clinic, how: str
    ) -> None:
        clinic.practitioner(how)
        service = clinic.service(roles=[{"skill": how}], deposit_percent=25, hold_s=1)
        made = clinic.booked(service, nine(clinic))
        assert eventually(lambda: clinic.reason(service, nine(clinic))["is_free"])
        if how == "changed":
            offered_otherwise(clinic, service, durations_minutes=[45])
        else:
            assert clinic.post(f"services/{service}/retire", {}).status_code == 200
        paid = clinic.act(made, "deposits", PAYMENT)
        assert paid.status_code == 200, paid.text
        assert (paid.json()["status"], paid.json()["paid_minor"]) == ("booked", 2_000)

    def test_r42_a_deposit_for_what_was_called_off_meanwhile_goes_back_once(self, clinic: Clinic) -> None:
        clinic.practitioner("meanwhile")
        service = clinic.service(roles=[{"skill": "meanwhile"}], deposit_percent=25)
        made = clinic.booked(service, nine(clinic))
        clinic.act(made, "cancel", {"by": "client"})
        for _ in range(2):
            paid = clinic.act(made, "deposits", PAYMENT)
            assert paid.status_code == 200, paid.text
            assert (paid.json()["status"], paid.json()["refund_due_minor"]) == ("cancelled", 2_000)

    def test_r40_a_late_deposit_is_the_deposit(self, clinic: Clinic) -> None:
        """In another currency it would be given back in the wrong one."""
        clinic.practitioner("dollars")
        service = clinic.service(roles=[{"skill": "dollars"}], deposit_percent=25, hold_s=1)
        made = clinic.booked(service, nine(clinic))
        assert eventually(lambda: clinic.reason(service, nine(clinic))["is_free"])
        clinic.booked(service, nine(clinic))
        dollars = {"payment_id": "p1", "amount": {**DEPOSIT, "currency": "USD"}}
        refused = clinic.act(made, "deposits", dollars)
        assert (refused.status_code, refused.json()["code"]) == (409, "deposit_differs")

    def test_nothing_paid_agrees_to_nothing(self, clinic: Clinic) -> None:
        clinic.practitioner("nothing")
        service = clinic.service(roles=[{"skill": "nothing"}], confirmation="manual")
        made = clinic.booked(service, nine(clinic))
        nothing = {"payment_id": "p1", "amount": {**DEPOSIT, "amount_minor": 0}}
        refused = clinic.act(made, "deposits", nothing)
        assert (refused.status_code, refused.json()["code"]) == (409, "deposit_differs")


class TestTheEndsOfTime:
    @pytest.mark.parametrize("start", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
    def test_are_no_emergency(self, clinic: Clinic, start: str) -> None:
        doctor = clinic.practitioner("never")
        service = clinic.service(roles=[{"skill": "never"}])
        over: dict[str, Any] = {
            "path": "appointments/overrides",
            "bookable_ids": [doctor],
            "reason": "Acute pain",
        }
        refused = clinic.book(service, datetime.fromisoformat(start), **over)
        assert (refused.status_code, refused.json()["code"]) == (409, "slot_not_available")

    @pytest.mark.parametrize("start", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
    def test_are_not_offered(self, clinic: Clinic, start: str) -> None:
        clinic.practitioner("ends")
        service = clinic.service(roles=[{"skill": "ends"}])
        refused = clinic.book(service, datetime.fromisoformat(start))
        assert (refused.status_code, refused.json()["code"]) == (409, "slot_not_available")


class TestEnteredInError:
    def test_it_never_was(self, clinic: Clinic) -> None:
        """It opens no door that asks for a visit before, and what was paid goes back."""
        clinic.practitioner("error")
        first = clinic.service(roles=[{"skill": "error"}], deposit_percent=25)
        second = clinic.service(roles=[{"skill": "error"}], prerequisite_ids=[first])
        client = {"name": "Noor", "client_id": str(uuid4())}
        made = clinic.booked(first, nine(clinic), client=client)
        clinic.act(made, "deposits", PAYMENT)
        assert clinic.act(made, "steps", {"step": "fulfil"}).status_code == 200
        wrong = clinic.act(made, "steps", {"step": "entered-in-error"}).json()
        assert (wrong["status"], wrong["refund_due_minor"]) == ("entered-in-error", 2_000)
        refused = clinic.book(second, nine(clinic) + 4 * HALF, client=client)
        assert (refused.status_code, refused.json()["code"]) == (409, "prerequisite_missing")
