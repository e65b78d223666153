"""Appointments at the REST door: what is listed is what is accepted, and nothing is taken twice."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from tests.kit.booking_claims import claims_held, claims_replayed
from tests.kit.clinic import BOOKING, Clinic, at_the_time, eventually, hours
from tests.kit.house import Place

HALF = timedelta(minutes=30)


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def of_the_day(clinic: Clinic, ahead: int = 7) -> dict[str, str]:
    day = clinic.day(ahead)
    return {"since": clinic.at(day, "00:00").isoformat(), "until": clinic.at(day, "23:59").isoformat()}


class TestBooking:
    def test_takes_the_slot_out_of_the_list(self, clinic: Clinic) -> None:
        doctor = clinic.practitioner("smoke")
        service = clinic.service(roles=[{"skill": "smoke"}])
        start = clinic.at(clinic.day(), "10:00")
        assert start in clinic.slots(service, **of_the_day(clinic))
        made = clinic.booked(service, start)
        assert (made["status"], made["sequence"]) == ("booked", 0)
        assert [one["bookable_id"] for one in made["visit"]["team"]] == [doctor]
        assert start not in clinic.slots(service, **of_the_day(clinic))
        refused = clinic.book(service, start)
        assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
        assert refused.json()["rule"] == clinic.reason(service, start)["rule"] == "taken"
        assert refused.json()["bookables"] == [doctor]
        assert refused.json()["alternatives"][0] == text(start + HALF)

    def test_only_what_is_bookable_online_can_be_booked_publicly(self, clinic: Clinic) -> None:
        clinic.practitioner("internal")
        service = clinic.service(roles=[{"skill": "internal"}], is_bookable_online=False)
        start = clinic.at(clinic.day(), "10:00")
        refused = clinic.book(service, start, is_public=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "service_not_bookable_online")
        assert clinic.booked(service, start)["status"] == "booked"

    def test_refuses_starts_that_were_not_listed_by_the_rule_that_why_names(self, clinic: Clinic) -> None:
        """R-11 at the door: every start of a day is accepted if and only if it is listed."""
        clinic.practitioner("iff", schedule=hours(overrides=[{"day": str(clinic.day()), "hours": [
            {"opens": "09:00", "closes": "12:00"}]}]))  # fmt: skip
        service = clinic.service(
            roles=[{"skill": "iff"}], durations_minutes=[45], buffer_after_minutes=10, step_minutes=15
        )
        dice, begin = Random(7), clinic.at(clinic.day(), "08:45")
        rules = set()
        for _ in range(14):
            start = begin + timedelta(minutes=5 * dice.randrange(42))
            listed = start in clinic.slots(service, **of_the_day(clinic))
            why = clinic.reason(service, start)
            answer = clinic.book(service, start)
            assert (answer.status_code == 201) is listed is why["is_free"], (start, why, answer.text)
            if not listed:
                assert answer.json()["rule"] == why["rule"]
                rules.add(why["rule"])
        assert {"off_the_grid", "taken"} <= rules

    def test_limits_are_kept_by_the_command(self, clinic: Clinic) -> None:
        clinic.practitioner("limited", most_per_day=2)
        service = clinic.service(roles=[{"skill": "limited"}], limits={"per_client_per_week": 1})
        day, client = clinic.day(), {"name": "Noor", "client_id": str(uuid4())}
        first = clinic.booked(service, clinic.at(day, "09:00"), client=client)
        again = clinic.book(service, clinic.at(day, "10:00"), client=client)
        assert again.json()["rule"] == "client_limit"
        clinic.booked(service, clinic.at(day, "10:00"))
        full = clinic.book(service, clinic.at(day, "11:00"))
        assert (full.status_code, full.json()["rule"]) == (409, "daily_limit")
        # Its own unit does not stand in the way of a visit that moves within the day.
        moved = clinic.act(first, "reschedule", {"starts_at": text(clinic.at(day, "11:00"))})
        assert moved.status_code == 200, moved.text

    def test_r33_minutes_months_and_rest_count_too(self, clinic: Clinic) -> None:
        """R-33: the limits of people and clients, by visits and by minutes, named by the rule."""
        day, client = clinic.day(), {"name": "Noor", "client_id": str(uuid4())}
        clinic.practitioner("minutes", most_minutes_per_day=75)
        by_minutes = clinic.service(roles=[{"skill": "minutes"}], durations_minutes=[45, 30])
        clinic.booked(by_minutes, clinic.at(day, "09:00"))
        assert clinic.reason(by_minutes, clinic.at(day, "10:00"))["rule"] == "daily_limit"
        assert clinic.booked(by_minutes, clinic.at(day, "10:00"), duration_minutes=30)
        clinic.practitioner("weekly", most_per_week=1, most_per_month=2)
        weekly = clinic.service(roles=[{"skill": "weekly"}], limits={"per_client_per_month": 1})
        first = clinic.at(day.replace(day=1) + timedelta(days=35), "09:00")
        clinic.booked(weekly, first, client=client)
        refused = clinic.book(weekly, first + HALF)
        assert (refused.status_code, refused.json()["rule"]) == (409, "weekly_limit")
        assert clinic.reason(weekly, first + HALF)["rule"] == "weekly_limit"
        clinic.practitioner("rest", rest_minutes=60)
        rested = clinic.service(roles=[{"skill": "rest"}], buffer_after_minutes=5)
        clinic.booked(rested, clinic.at(day, "12:00"))
        free = clinic.slots(rested, **of_the_day(clinic))
        assert [clinic.at(day, one) in free for one in ("10:00", "10:30", "13:30", "14:00")] == [
            True, False, False, True]  # fmt: skip
        assert clinic.reason(rested, clinic.at(day, "13:30"))["rule"] == "taken"

    def test_an_absence_approved_since_the_request_stands_in_its_way(self, clinic: Clinic) -> None:
        doctor = clinic.practitioner("manual")
        service = clinic.service(roles=[{"skill": "manual"}], confirmation="manual")
        made = clinic.booked(service, clinic.at(clinic.day(), "10:00"))
        assert made["status"] == "pending"
        absence = clinic.away(doctor, clinic.day())
        refused = clinic.act(made, "confirm")
        assert (refused.status_code, refused.json()["rule"]) == (409, "absent")
        assert refused.json()["bookables"] == [doctor]
        clinic.post(f"absences/{absence['id']}/cancel", {})
        assert clinic.act(made, "confirm").json()["status"] == "booked"

    def test_buffers_block_and_are_not_shown(self, clinic: Clinic) -> None:
        clinic.practitioner("buffered")
        service = clinic.service(roles=[{"skill": "buffered"}], buffer_after_minutes=10)
        made = clinic.booked(service, clinic.at(clinic.day(), "10:00"))
        assert made["visit"]["ends_at"] == text(clinic.at(clinic.day(), "10:30"))
        assert clinic.reason(service, clinic.at(clinic.day(), "10:30"))["rule"] == "taken"

    def test_public_holidays_close(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("holidays", schedule=hours(holidays={"country": "FR"}))
        service = clinic.service(roles=[{"skill": "holidays"}])
        year = place.house.clock().year + 1
        christmas, day_after = (clinic.at(datetime(year, 12, one).date(), "10:00") for one in (25, 26))
        assert clinic.reason(service, christmas)["rule"] == "outside_hours"
        assert clinic.reason(service, day_after)["is_free"]
        unknown = place.client.put(
            f"{BOOKING}/schedules/site/{clinic.site_id}",
            json=hours(holidays={"country": "ZZ"}),
            headers=clinic.headers,
        )
        assert (unknown.status_code, unknown.json()["code"]) == (422, "holidays_unknown")


class TestIntake:
    QUESTIONS = (
        {"code": "allergy", "text": "Any allergy?", "kind": "choice", "choices": ["yes", "no"], "is_required": True},
        {"code": "which", "text": "Which?", "is_required": True, "shown_if": {"question": "allergy", "equals": "yes"}},
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("answers", "code", "pointer"),
        [
            ({}, "answer_missing", "/answers/allergy"),
            ({"allergy": "maybe"}, "answer_not_accepted", "/answers/allergy"),
            ({"allergy": "yes"}, "answer_missing", "/answers/which"),
            ({"allergy": "no", "which": "nuts"}, "question_not_asked", "/answers/which"),
        ],
    )
    def test_is_complete_before_a_booking(
        self, clinic: Clinic, answers: dict[str, str], code: str, pointer: str
    ) -> None:
        clinic.practitioner("intake")
        service = clinic.service(roles=[{"skill": "intake"}], intake=list(self.QUESTIONS))
        refused = clinic.book(service, clinic.at(clinic.day(), "09:00"), answers=answers)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert refused.json()["errors"][0]["pointer"] == pointer

    def test_answers_are_for_those_who_keep_the_book(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("answers")
        service = clinic.service(roles=[{"skill": "answers"}], intake=list(self.QUESTIONS))
        made = clinic.booked(
            service, clinic.at(clinic.day(), "09:00"), answers={"allergy": "yes", "which": "nuts"}
        )
        assert made["client"]["answers"] == {"allergy": "yes", "which": "nuts"}
        with place.house.pools.queries.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (place.north.id,))
            stored = connection.execute(
                "select state from es.event where tenant_id = %s and originator_id = %s",
                (place.north.id, made["id"]),
            ).fetchall()
        assert all(b"nuts" not in bytes(state) and b"Noor" not in bytes(state) for (state,) in stored)

    def test_confidential_answers_are_for_those_who_carry_it_out(self, clinic: Clinic) -> None:
        """Whoever keeps the book sees that there is an answer, not what it is; nor does the history tell."""
        clinic.practitioner("secret")
        treating = clinic.practitioner("secret", member_id=str(clinic.company.owner.id))
        service = clinic.service(
            roles=[{"skill": "secret"}],
            intake=[
                {"code": "reason", "text": "Why?", "confidentiality": "confidential"},
                {"code": "parking", "text": "Parking?"},
            ],
        )
        answers = {"reason": "burnout", "parking": "no"}
        start = clinic.at(clinic.day(), "09:00")
        own = clinic.booked(service, start, answers=answers, bookable_ids=[treating])
        assert (own["client"]["answers"], own["client"]["withheld"]) == (answers, [])
        other = clinic.booked(service, start, answers=answers)
        assert (other["client"]["answers"], other["client"]["withheld"]) == ({"parking": "no"}, ["reason"])
        history = clinic.place.client.get(
            f"{BOOKING}/appointments/{other['id']}/history", headers=clinic.headers
        )
        assert "burnout" not in history.text

    def test_a_relative_is_booked_by_somebody(self, clinic: Clinic) -> None:
        clinic.practitioner("relative")
        service = clinic.service(roles=[{"skill": "relative"}], least_age=3, most_age=10)
        start = clinic.at(clinic.day(), "09:00")
        child = {"name": "Lou", "relationship": "relative", "born_on": "2019-05-02"}
        assert clinic.book(service, start, client=child).json()["code"] == "booker_missing"
        parent = str(uuid4())
        grown = {**child, "booker_id": parent, "born_on": "1980-01-01"}
        assert clinic.book(service, start, client=grown).json()["code"] == "client_too_old"
        made = clinic.booked(service, start, client={**child, "booker_id": parent})
        assert (made["relationship"], made["booker_id"]) == ("relative", parent)

    def test_prerequisites_and_home_visits(self, clinic: Clinic) -> None:
        clinic.practitioner("first")
        first = clinic.service(roles=[{"skill": "first"}])
        second = clinic.service(roles=[{"skill": "first"}], prerequisite_ids=[first], modes=["client_home"])
        client = {"name": "Noor", "client_id": str(uuid4())}
        day = clinic.day()
        wanted = {"client": client, "mode": "client_home"}
        assert clinic.book(second, clinic.at(day, "12:00"), **wanted).json()["code"] == "prerequisite_missing"
        made = clinic.booked(first, clinic.at(day, "09:00"), client=client)
        assert clinic.act(made, "steps", {"step": "fulfil"}).json()["status"] == "fulfilled"
        assert clinic.book(second, clinic.at(day, "12:00"), **wanted).json()["code"] == "address_missing"
        at_home = {**client, "address": "2 Harbour Street"}
        assert clinic.booked(second, clinic.at(day, "12:00"), client=at_home, mode="client_home")


class TestChangeOfMind:
    def test_r20_a_move_keeps_the_appointment(self, clinic: Clinic) -> None:
        """R-20: a move is a command on the same appointment; a stale version makes nothing new."""
        clinic.practitioner("r20")
        service = clinic.service(roles=[{"skill": "r20"}])
        day = clinic.day()
        made = clinic.booked(service, clinic.at(day, "09:00"))
        moved = clinic.act(made, "reschedule", {"starts_at": text(clinic.at(day, "10:00"))}).json()
        assert (moved["id"], moved["uid"], moved["sequence"]) == (made["id"], made["uid"], 1)
        stale = clinic.place.client.post(
            f"{BOOKING}/appointments/{made['id']}/reschedule",
            json={"starts_at": text(clinic.at(day, "11:00"))},
            headers={**clinic.headers, "If-Match": f'"v{made["version"]}"'},
        )
        assert stale.status_code == 412

    def test_r21_a_move_does_not_stand_in_its_own_way(self, clinic: Clinic) -> None:
        """R-21: by 15 minutes, over itself; and where the new time is taken the old one is kept."""
        clinic.practitioner("r21")
        service = clinic.service(roles=[{"skill": "r21"}], step_minutes=15)
        start = clinic.at(clinic.day(), "09:00")
        made = clinic.booked(service, start)
        quarter = start + timedelta(minutes=15)
        assert clinic.act(made, "reschedule", {"starts_at": text(quarter)}).status_code == 200
        clinic.booked(service, start + timedelta(hours=1))
        lost = clinic.act(made, "reschedule", {"starts_at": text(start + timedelta(hours=1))})
        assert (lost.status_code, lost.json()["code"]) == (409, "slot_taken")
        seen = clinic.place.client.get(f"{BOOKING}/appointments/{made['id']}", headers=clinic.headers).json()
        assert seen["visit"]["starts_at"] == text(quarter)
        assert clinic.reason(service, quarter)["rule"] == "taken"

    def test_r22_what_is_given_back_is_free_at_once(self, clinic: Clinic) -> None:
        """R-22: listing and booking see the release at the same moment."""
        clinic.practitioner("r22")
        service = clinic.service(roles=[{"skill": "r22"}])
        start = clinic.at(clinic.day(), "09:00")
        for _ in range(3):
            made = clinic.booked(service, start)
            assert clinic.act(made, "cancel").status_code == 200
            assert start in clinic.slots(service, **of_the_day(clinic))

    def test_substitution_keeps_the_time(self, clinic: Clinic) -> None:
        leaving, joining = clinic.practitioner("swap"), clinic.practitioner("swap")
        service = clinic.service(roles=[{"skill": "swap"}])
        made = clinic.booked(service, clinic.at(clinic.day(), "09:00"), bookable_ids=[leaving])
        handed = clinic.act(made, "substitute", {"leaving_id": leaving, "reason": "Flu"}).json()
        (member,) = handed["visit"]["team"]
        assert (member["bookable_id"], member["reason"]) == (joining, "substitute")
        assert (handed["sequence"], handed["visit"]["starts_at"]) == (1, made["visit"]["starts_at"])
        clinic.booked(service, clinic.at(clinic.day(), "09:00"), bookable_ids=[leaving])

    def test_a_no_show_can_be_taken_back(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("noshow")
        service = clinic.service(roles=[{"skill": "noshow"}], cancellation={"no_show_percent": 50})
        start = clinic.at(clinic.day(), "09:00")
        made = clinic.booked(service, start)
        early = clinic.act(made, "steps", {"step": "no-show"})
        assert (early.status_code, early.json()["code"]) == (409, "too_early_for_no_show")
        with at_the_time(place, start + HALF):
            absent = clinic.act(made, "steps", {"step": "no-show"}).json()
            assert (absent["status"], absent["fee_minor"]) == ("noshow", 4_000)
            there = clinic.act(made, "steps", {"step": "revert-no-show"}).json()
            assert (there["status"], there["fee_minor"]) == ("booked", 0)

    def test_an_override_is_told_from_a_booking(self, clinic: Clinic) -> None:
        doctor = clinic.practitioner("urgent")
        service = clinic.service(roles=[{"skill": "urgent"}])
        start = clinic.at(clinic.day(), "09:00")
        over = {"bookable_ids": [doctor], "reason": "Acute pain", "path": "appointments/overrides"}
        free = clinic.book(service, start, **over)
        assert (free.status_code, free.json()["code"]) == (409, "override_not_needed")
        clinic.booked(service, start)
        made = clinic.booked(service, start, **over)
        assert made["override"]["rules"] == ["taken"]
        late = clinic.at(clinic.day(), "20:00")
        assert clinic.booked(service, late, **over)["override"]["rules"] == ["outside_hours"]
        assert clinic.reason(service, start)["rule"] == "taken"


class TestMoney:
    DEPOSIT = {"amount_minor": 2_000, "currency": "EUR"}

    def held(self, clinic: Clinic, skill: str) -> tuple[str, datetime, dict[str, Any]]:
        clinic.practitioner(skill)
        service = clinic.service(roles=[{"skill": skill}], deposit_percent=25, hold_s=1)
        start = clinic.at(clinic.day(), "09:00")
        made = clinic.booked(service, start)
        assert (made["status"], made["is_expired"]) == ("proposed", False)
        return service, start, made

    def test_r42_a_deposit_in_time_books(self, clinic: Clinic) -> None:
        """R-42: payment pending can be paid; unpaid it cannot be confirmed."""
        clinic.practitioner("paid")
        service = clinic.service(roles=[{"skill": "paid"}], deposit_percent=25)
        made = clinic.booked(service, clinic.at(clinic.day(), "09:00"))
        unpaid = clinic.act(made, "confirm")
        assert (unpaid.status_code, unpaid.json()["code"]) == (409, "deposit_missing")
        wrong = clinic.act(
            made, "deposits", {"payment_id": "p", "amount": {**self.DEPOSIT, "amount_minor": 1}}
        )
        assert wrong.json()["code"] == "deposit_differs"
        paid = clinic.act(made, "deposits", {"payment_id": "p1", "amount": self.DEPOSIT}).json()
        assert (paid["status"], paid["paid_minor"], paid["hold_until"]) == ("booked", 2_000, None)

    def test_r40_a_late_deposit_takes_the_time_again(self, clinic: Clinic) -> None:
        """R-40: nothing ran meanwhile; the hold is over at its second, and the time still free."""
        service, start, made = self.held(clinic, "late")
        assert clinic.reason(service, start)["rule"] == "taken"
        assert eventually(lambda: clinic.reason(service, start)["is_free"])
        paid = clinic.act(made, "deposits", {"payment_id": "p1", "amount": self.DEPOSIT}).json()
        assert (paid["status"], paid["refund_due_minor"]) == ("booked", 0)
        assert clinic.reason(service, start)["rule"] == "taken"

    def test_r40_a_late_deposit_in_vain_goes_back_once(self, clinic: Clinic) -> None:
        """R-40: somebody else has the time now: one refund, and other starts."""
        service, start, made = self.held(clinic, "vain")
        assert eventually(lambda: clinic.reason(service, start)["is_free"])
        other = clinic.booked(service, start)
        payment = {"payment_id": "p1", "amount": self.DEPOSIT}
        lost = clinic.act(made, "deposits", payment).json()
        assert (lost["status"], lost["refund_due_minor"]) == ("cancelled", 2_000)
        assert lost["alternatives"][0] == text(start + HALF)
        again = clinic.act(made, "deposits", payment).json()
        assert (again["version"], again["refund_due_minor"]) == (lost["version"], 2_000)
        assert other["status"] == "proposed"


class TestSeats:
    def test_r23_and_r28_each_seat_is_its_own(self, clinic: Clinic) -> None:
        """R-23, R-28: one seat moves or goes alone, and booked + free = capacity at every step."""
        clinic.practitioner("yoga")
        service = clinic.service(roles=[{"skill": "yoga"}], capacity=3)
        day = clinic.day()

        def session(clock: str) -> str:
            start = text(clinic.at(day, clock))
            body = {"service_id": service, "site_id": clinic.site_id, "starts_at": start}
            return str(clinic.made("sessions", body)["id"])

        def left(one: str) -> int:
            answer = clinic.place.client.get(f"{BOOKING}/sessions/{one}", headers=clinic.headers)
            return int(answer.json()["seats_left"])

        early, late = session("09:00"), session("12:00")
        seats = [clinic.booked(service, clinic.at(day, "09:00"), session_id=early) for _ in range(3)]
        assert (left(early), left(late)) == (0, 3)
        full = clinic.book(service, clinic.at(day, "09:00"), session_id=early)
        assert (full.status_code, full.json()["code"]) == (409, "no_seats_left")
        moved = clinic.act(
            seats[0], "reschedule", {"starts_at": text(clinic.at(day, "12:00")), "session_id": late}
        )
        assert moved.status_code == 200, moved.text
        assert (left(early), left(late)) == (1, 2)
        assert clinic.act(seats[1], "cancel").status_code == 200
        assert left(early) == 2
        assert clinic.reason(service, clinic.at(day, "09:00"))["rule"] == "taken"
        clinic.post(f"sessions/{early}/cancel", {})
        seen = clinic.place.client.get(
            f"{BOOKING}/appointments/{seats[2]['id']}", headers=clinic.headers
        ).json()
        assert seen["status"] == "cancelled"
        assert clinic.reason(service, clinic.at(day, "09:00"))["is_free"]


class TestAbsences:
    def test_close_the_schedule_and_list_whom_they_affect(self, clinic: Clinic) -> None:
        doctor = clinic.practitioner("leave")
        service = clinic.service(roles=[{"skill": "leave"}])
        day = clinic.day()
        made = clinic.booked(service, clinic.at(day, "09:00"))
        period = {"start": text(clinic.at(day, "08:00")), "end": text(clinic.at(day, "18:00"))}
        absence = clinic.made("absences", {"subject_id": doctor, "period": period, "reason": "Rest"})
        assert absence["status"] == "requested"
        assert clinic.reason(service, clinic.at(day, "10:00"))["is_free"]
        agreed = clinic.post(f"absences/{absence['id']}/approve", {}).json()
        assert (agreed["status"], agreed["affected"]) == ("approved", [made["id"]])
        assert clinic.reason(service, clinic.at(day, "10:00"))["rule"] == "absent"
        clinic.post(f"absences/{absence['id']}/cancel", {})
        assert clinic.reason(service, clinic.at(day, "10:00"))["is_free"]


class TestTheBook:
    def test_shows_visits_by_whom_they_take(self, clinic: Clinic, place: Place) -> None:
        doctor, room = clinic.practitioner("agenda"), clinic.room("studio")
        service = clinic.service(roles=[{"skill": "agenda"}], resources=[{"type": "studio"}])
        client = {"name": "Noor", "client_id": str(uuid4())}
        made = clinic.booked(service, clinic.at(clinic.day(), "09:00"), client=client)
        clinic.act(made, "reschedule", {"starts_at": text(clinic.at(clinic.day(), "11:00"))})
        gone = clinic.booked(service, clinic.at(clinic.day(), "10:00"))
        clinic.act(gone, "cancel")
        place.house.jobs.projections.drain(place.north.id)

        def lines(**asked: str) -> list[tuple[str, str, int]]:
            answer = place.client.get(f"{BOOKING}/agenda", params=asked, headers=clinic.headers)
            assert answer.status_code == 200, answer.text
            return [(one["id"], one["status"], one["sequence"]) for one in answer.json()["data"]]

        both = [(gone["id"], "cancelled", 0), (made["id"], "booked", 1)]
        assert lines(bookable_id=doctor) == lines(bookable_id=room) == lines(service_id=service) == both
        assert lines(client_id=client["client_id"]) == [both[1]]
        assert lines(service_id=service, status="booked") == [both[1]]

    def test_the_claims_are_those_of_a_replay(self, place: Place) -> None:
        """Every live claim follows from the events, and nothing else is claimed."""
        held = claims_held(place, place.north.id)
        assert held
        assert held == claims_replayed(place, place.north.id)
