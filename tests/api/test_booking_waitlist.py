"""The waiting list: an offer is a real hold for one person, nobody jumps the queue, and the receipt shows it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.jobs.waitlist_sweep import WaitlistSweep
from application.booking.receipts import choices_of, differences, queue_differences
from application.booking.waitlist import OFFER_LASTS
from domain.booking.waitlist import (
    OfferAccepted,
    OfferHasLapsed,
    OfferLapsed,
    SlotOffered,
    WaitlistEntry,
    WaitlistJoined,
    Wanting,
)
from domain.kernel.period import Period
from tests.domain.booking.test_appointment import CLIENT, EARLY, STARTS, happened
from tests.kit.builders import TENANT
from tests.kit.clinic import BOOKING, Clinic, at_the_time, eventually
from tests.kit.crowd import all_at_once
from tests.kit.house import Place
from tests.kit.scenario import given


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


def waiting(clinic: Clinic, service: str, *, days: tuple[int, int] = (6, 9)) -> str:
    window = {
        "start": clinic.at(clinic.day(days[0]), "00:00").isoformat(),
        "end": clinic.at(clinic.day(days[1]), "00:00").isoformat(),
    }
    wanting = {"service_id": service, "site_id": clinic.site_id, "window": window}
    return str(clinic.made("waitlist", {"wanting": wanting, "client": {"name": "Lou"}})["id"])


def entry(clinic: Clinic, one: str) -> dict[str, Any]:
    answer = clinic.place.client.get(f"{BOOKING}/waitlist/{one}", headers=clinic.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def settle(place: Place) -> None:
    place.house.jobs.processes.drain(place.north.id)


class TestJoining:
    """What a booking asks of a client is asked of whoever waits: they take the time that is offered as they are."""

    def test_asks_what_a_booking_asks(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("fit")
        start = clinic.at(clinic.day(), "10:00")
        service = clinic.service(
            roles=[{"skill": "fit"}],
            least_age=18,
            modes=["client_home"],
            intake=[{"code": "floor", "text": "Which floor?", "is_required": True}],
        )
        window = {"start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat()}
        wanting = {"service_id": service, "site_id": clinic.site_id, "window": window}

        def joined(answers: dict[str, str], **client: str) -> Any:
            return clinic.post(
                "waitlist", {"wanting": wanting, "client": {"name": "Lou", **client}, "answers": answers}
            )

        day = clinic.day()
        grown, home = {"born_on": "1990-05-02"}, {"address": "2 Harbour Street"}
        child = {"born_on": str(day.replace(year=day.year - 10, day=1))}
        assert joined({"floor": "3"}, **home).json()["code"] == "birth_date_missing"
        assert joined({"floor": "3"}, **child, **home).json()["code"] == "client_too_young"
        assert joined({"floor": "3"}, **grown).json()["code"] == "address_missing"
        assert joined({}, **grown, **home).json()["code"] == "answer_missing"
        assert (
            clinic.book(service, start, answers={"floor": "3"}, client={"name": "Lou", **grown}).json()[
                "code"
            ]
            == "address_missing"
        )
        waits = joined({"floor": "3"}, **grown, **home).json()["id"]
        clinic.post(
            "waitlist/offers",
            {"service_id": service, "site_id": clinic.site_id, "starts_at": start.isoformat()},
        )
        assert clinic.post(f"waitlist/{waits}/accept", {}).json()["status"] == "accepted"
        kept = entry(clinic, waits)["appointment_id"]
        seen = place.client.get(f"{BOOKING}/appointments/{kept}", headers=clinic.headers).json()["client"]
        assert (seen["answers"], seen["address"]) == ({"floor": "3"}, "2 Harbour Street")

    def test_asks_for_the_visits_before(self, clinic: Clinic) -> None:
        clinic.practitioner("before")
        first = clinic.service(roles=[{"skill": "before"}])
        second = clinic.service(roles=[{"skill": "before"}], prerequisite_ids=[first])
        start = clinic.at(clinic.day(), "10:00")
        window = {"start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat()}
        wanting = {"service_id": second, "site_id": clinic.site_id, "window": window}
        refused = clinic.post("waitlist", {"wanting": wanting, "client": {"name": "Lou"}})
        assert (refused.status_code, refused.json()["code"]) == (409, "prerequisite_missing")


class TestR29Offers:
    """R-29: a freed time is kept for the first whom it fits, then for the next, and for nobody else meanwhile."""

    def test_go_down_the_queue_with_a_real_hold(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("queue")
        service = clinic.service(roles=[{"skill": "queue"}])
        start = clinic.at(clinic.day(), "10:00")
        made = clinic.booked(service, start)
        elsewhen, first, second = (
            waiting(clinic, service, days=(20, 21)),
            waiting(clinic, service),
            waiting(clinic, service),
        )
        assert [entry(clinic, one)["place"] for one in (elsewhen, first, second)] == [1, 2, 3]
        clinic.act(made, "cancel")
        settle(place)

        told = entry(clinic, first)
        assert (told["status"], told["starts_at"]) == ("offered", made["visit"]["starts_at"])
        assert [(one["entry_id"], one["passed"]) for one in told["queue"]] == [
            (elsewhen, "other_time"),
            (first, "offered"),
            (second, "behind"),
        ]
        assert clinic.book(service, start).json()["code"] == "slot_taken"
        assert clinic.reason(service, start)["rule"] == "taken"

        assert clinic.post(f"waitlist/{first}/decline", {}).json()["status"] == "declined"
        settle(place)
        assert entry(clinic, second)["status"] == "offered"
        accepted = clinic.post(f"waitlist/{second}/accept", {}).json()
        assert (accepted["status"], accepted["place"]) == ("accepted", None)
        booked = place.client.get(
            f"{BOOKING}/appointments/{accepted['appointment_id']}", headers=clinic.headers
        ).json()
        assert (booked["status"], booked["hold_until"]) == ("booked", None)
        assert entry(clinic, elsewhen)["status"] == "waiting"

    def test_whoever_books_first_has_it(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("faster")
        service = clinic.service(roles=[{"skill": "faster"}])
        start = clinic.at(clinic.day(), "10:00")
        made = clinic.booked(service, start)
        one = waiting(clinic, service)
        clinic.act(made, "cancel")
        clinic.booked(service, start)
        settle(place)
        assert entry(clinic, one)["status"] == "waiting"

    def test_a_moved_visit_frees_its_old_time(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("moved")
        service = clinic.service(roles=[{"skill": "moved"}])
        start = clinic.at(clinic.day(), "10:00")
        made = clinic.booked(service, start)
        one = waiting(clinic, service)
        clinic.act(made, "reschedule", {"starts_at": (start + timedelta(hours=2)).isoformat()})
        settle(place)
        assert entry(clinic, one)["status"] == "offered"

    def test_r29_an_offer_nobody_answers_goes_to_the_next_by_itself(
        self, clinic: Clinic, place: Place
    ) -> None:
        """R-29: no door is knocked at and no worker runs between the end of the offer and the next one."""
        clinic.practitioner("lapse")
        service = clinic.service(roles=[{"skill": "lapse"}])
        start = clinic.at(clinic.day(), "10:00")
        made = clinic.booked(service, start)
        first, second = waiting(clinic, service), waiting(clinic, service)
        clinic.act(made, "cancel")
        sweep = WaitlistSweep(
            place.house.pools.dispatcher, place.house.engine.pool, place.house.commands, place.house.clock
        )
        freed = {"service_id": service, "site_id": clinic.site_id, "starts_at": start.isoformat()}
        # The clock of the door stands so that the twelve hours of the offer are over in two seconds.
        with at_the_time(place, place.house.clock() - OFFER_LASTS + timedelta(seconds=2)):
            assert clinic.post("waitlist/offers", freed).json()["entry_id"] == first
        assert sweep.sweep(place.north.id) == 0
        assert entry(clinic, first)["status"] == "offered"
        assert eventually(lambda: entry(clinic, first)["status"] == "lapsed")
        assert entry(clinic, second)["status"] == "waiting"
        assert sweep.sweep(place.north.id) == 1
        assert entry(clinic, second)["status"] == "offered"
        assert sweep.sweep(place.north.id) == 0

    def test_a_hold_nobody_pays_for_goes_to_the_queue(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("unpaid")
        service = clinic.service(roles=[{"skill": "unpaid"}], hold_s=1)
        start = clinic.at(clinic.day(), "10:00")
        clinic.booked(service, start, path="appointments/holds")
        one = waiting(clinic, service)
        sweep = WaitlistSweep(
            place.house.pools.dispatcher, place.house.engine.pool, place.house.commands, place.house.clock
        )
        assert eventually(lambda: clinic.reason(service, start)["is_free"])
        assert sweep.sweep(place.north.id) == 1
        assert entry(clinic, one)["status"] == "offered"

    def test_an_absence_approved_since_the_offer_stands_in_its_way(
        self, clinic: Clinic, place: Place
    ) -> None:
        doctor = clinic.practitioner("ill")
        service = clinic.service(roles=[{"skill": "ill"}])
        made = clinic.booked(service, clinic.at(clinic.day(), "10:00"))
        one = waiting(clinic, service)
        clinic.act(made, "cancel")
        settle(place)
        clinic.away(doctor, clinic.day())
        refused = clinic.post(f"waitlist/{one}/accept", {})
        assert (refused.status_code, refused.json()["rule"]) == (409, "absent")
        assert entry(clinic, one)["status"] == "offered"

    def test_nobody_waiting_is_nothing_to_do(self, clinic: Clinic) -> None:
        clinic.practitioner("alone")
        service = clinic.service(roles=[{"skill": "alone"}])
        freed = {
            "service_id": service,
            "site_id": clinic.site_id,
            "starts_at": clinic.at(clinic.day(), "10:00").isoformat(),
        }
        answer = clinic.post("waitlist/offers", freed)
        assert (answer.status_code, answer.json()["entry_id"]) == (200, None)


class TestAnswersInTime:
    UNTIL = EARLY + timedelta(hours=12)
    WANTING = Wanting(
        service_id=TENANT, site_id=TENANT, window=Period(start=EARLY, end=STARTS + timedelta(days=1))
    )
    HISTORY = (
        happened(WaitlistJoined, wanting=WANTING, client_id=CLIENT),
        happened(SlotOffered, appointment_id=TENANT, starts_at=STARTS, hold_until=UNTIL, queue=(), waiting=0),
    )

    def test_is_judged_at_the_second(self) -> None:
        just = self.UNTIL - timedelta(microseconds=1)
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.accept(at=just)).then(OfferAccepted)
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.accept(at=self.UNTIL)).refused(
            OfferHasLapsed
        )
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.lapse(at=just)).then_nothing()
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.lapse(at=self.UNTIL)).then(OfferLapsed)


def read(clinic: Clinic, path: str, **params: str) -> dict[str, Any]:
    answer = clinic.place.client.get(f"{BOOKING}/{path}", params=params, headers=clinic.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def stood(choice: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(one["bookable_id"], one["stood"]) for one in choice["assignments"][0]["considered"]]


class TestReceipts:
    """A queue with a receipt: who stood where, who was passed over and why; and the log says the same again."""

    def test_a_choice_shows_everybody_in_front_and_holds_against_the_log(
        self, clinic: Clinic, place: Place
    ) -> None:
        doctors = [clinic.practitioner("receipt", weight=weight) for weight in (10, 20, 20)]
        room = clinic.room("receipt-room")
        service = clinic.service(
            roles=[{"skill": "receipt", "least": 1, "most": 2}], resources=[{"type": "receipt-room"}]
        )
        start = clinic.at(clinic.day(), "10:00")
        first = clinic.booked(service, start, bookable_ids=[doctors[0], room])
        absence = {
            "subject_id": doctors[1],
            "period": {"start": start.isoformat(), "end": (start + timedelta(hours=8)).isoformat()},
        }
        away = clinic.made("absences", absence)["id"]
        assert clinic.post(f"absences/{away}/approve", {}).is_success
        other = clinic.booked(service, start + timedelta(hours=2))
        receipt = read(clinic, f"appointments/{other['id']}/receipt")
        (choice,) = receipt["choices"]
        team = {one["bookable_id"]: one for one in choice["assignments"]}
        assert set(team) == {doctors[2], room}
        # Nobody loaded, but the first: of the two others one is away, and that is why they were passed over.
        assert dict(stood(choice)) == {
            doctors[0]: "behind",
            doctors[1]: "absent",
            doctors[2]: "chosen",
        }
        moved = {"starts_at": (start + timedelta(hours=4)).isoformat()}
        assert clinic.act(other, "reschedule", moved).is_success
        handed = {"leaving_id": doctors[2], "reason": "Flu"}
        assert clinic.act(other, "substitute", handed).is_success, "the first is free then"
        over = {
            "bookable_ids": [doctors[0], room],
            "reason": "Acute pain",
            "path": "appointments/overrides",
        }
        emergency = clinic.booked(service, start + timedelta(minutes=0), **over)
        for one in range(3):
            clinic.booked(service, start + timedelta(days=2, hours=one))
        acts = {}
        for visit in (first, other, emergency):
            choices = read(clinic, f"appointments/{visit['id']}/receipt")["choices"]
            acts[visit["id"]] = [one["act"] for one in choices]
            proof = read(clinic, f"appointments/{visit['id']}/receipt/check")
            assert proof["is_equal"], proof
            assert [one["as_of"] < one["position"] for one in proof["checked"]] == [True] * len(choices)
        assert list(acts.values()) == [["booked"], ["booked", "moved", "handed_over"], ["override"]]
        (told,) = read(clinic, f"appointments/{emergency['id']}/receipt")["choices"]
        assert (told["rules"], told["over"], told["override_reason"]) == (
            ["taken"],
            [first["id"]],
            "Acute pain",
        )

        shown = read(clinic, f"appointments/{other['id']}/receipt", **{"for": "client"})["choices"][0]
        assert [one for one, _ in stood(shown) if one] == [doctors[2]]
        assert sorted(why for _, why in stood(shown)) == ["absent", "behind", "chosen"]
        (hidden,) = read(clinic, f"appointments/{emergency['id']}/receipt", **{"for": "client"})["choices"]
        assert (hidden["over"], hidden["over_count"], hidden["override_by"]) == ([], 1, None)
        assert hidden["override_reason"] is None

    def test_a_receipt_that_was_bent_does_not_hold(self, clinic: Clinic, place: Place) -> None:
        for _ in range(3):
            clinic.practitioner("bent")
        service = clinic.service(roles=[{"skill": "bent"}])
        made = clinic.booked(service, clinic.at(clinic.day(), "10:00"))
        (asked, _) = place.house.streams(place.north.id).events_of(UUID(made["id"]), after=0, limit=9)
        (choice,) = choices_of([asked])
        grounds = place.house.booking_past(place.north.id).grounds(asked, site_id=UUID(clinic.site_id))
        _, ground = next(iter(grounds))
        assert differences(choice, ground) == []
        (one,) = choice.visit.team
        second = one.considered[1]
        jumped = one.model_copy(update={"bookable_id": second.bookable_id})
        bent = replace(choice, visit=choice.visit.model_copy(update={"team": (jumped,)}))
        assert differences(bent, ground)[0].startswith("The choice was: bent")
        left_out = one.model_copy(update={"considered": (one.considered[0], one.considered[2])})
        silent = replace(choice, visit=choice.visit.model_copy(update={"team": (left_out,)}))
        assert differences(silent, ground) == ["The order of choice for bent was otherwise from place 2 on."]

    def test_receipts_of_a_race_hold_all(self, clinic: Clinic) -> None:
        """Eight at once for anybody: whoever came in between is found at its position of the log."""
        for _ in range(4):
            clinic.practitioner("raced")
        service, start = clinic.service(roles=[{"skill": "raced"}]), clinic.at(clinic.day(), "10:00")
        answers = all_at_once(8, lambda number: clinic.book(service, start + timedelta(hours=number % 2)))
        won = [one.json()["id"] for one in answers if one.status_code == 201]  # type: ignore[union-attr]
        assert len(won) == 8
        for one in won:
            assert read(clinic, f"appointments/{one}/receipt/check")["is_equal"]

    def test_receipts_of_visits_booked_together_hold_all(self, clinic: Clinic, place: Place) -> None:
        """A series and a visit in two parts: each part is judged as if those before it were booked."""
        for _ in range(2):
            clinic.practitioner("together")
        service = clinic.service(roles=[{"skill": "together"}])
        start = clinic.at(clinic.day(), "10:00")
        body = {**clinic.wanted(service, start), "recurrence": "FREQ=DAILY;COUNT=4"}
        series = clinic.made("series", body)
        parts = [{"service_id": service}, {"service_id": service}]
        visit = {
            "site_id": clinic.site_id,
            "starts_at": (start + timedelta(hours=2)).isoformat(),
            "parts": parts,
            "client": {"name": "Lou"},
        }
        combined = clinic.made("combined-visits", visit)
        for one in (*series["occurrences"], *combined["parts"]):
            proof = read(clinic, f"appointments/{one['appointment_id']}/receipt/check")
            assert (proof["is_equal"], len(proof["checked"])) == (True, 1), proof

    def test_an_offer_shows_the_queue_and_holds_against_the_log(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("line")
        service = clinic.service(roles=[{"skill": "line"}])
        start = clinic.at(clinic.day(), "10:00")
        made = clinic.booked(service, start)
        elsewhen, first, second = (
            waiting(clinic, service, days=(20, 21)),
            waiting(clinic, service),
            waiting(clinic, service),
        )
        clinic.act(made, "cancel")
        settle(place)
        (offer,) = read(clinic, f"waitlist/{first}/receipt")["data"]
        assert (offer["waiting"], [one["passed"] for one in offer["places"]]) == (
            3,
            ["other_time", "offered", "behind"],
        )
        assert [one["entry_id"] for one in offer["places"]] == [elsewhen, first, second]
        (shown,) = read(clinic, f"waitlist/{first}/receipt", **{"for": "client"})["data"]
        assert [one["entry_id"] for one in shown["places"]] == [None, first, None]
        clinic.post(f"waitlist/{first}/decline", {})
        settle(place)
        for one in (first, second):
            proof = read(clinic, f"waitlist/{one}/receipt/check")
            assert (proof["is_equal"], len(proof["checked"])) == (True, 1), proof
        kept = place.house.streams(place.north.id)
        made_offer = next(
            event
            for event in kept.events_of(UUID(second), after=0, limit=9)
            if isinstance(event, SlotOffered)
        )
        grounds = place.house.booking_past(place.north.id).grounds(made_offer, site_id=UUID(clinic.site_id))
        _, ground = next(iter(grounds))
        bent = made_offer.model_copy(update={"queue": made_offer.queue[1:], "waiting": 1})
        assert len(queue_differences(kept.load(WaitlistEntry, UUID(second)), bent, ground)) >= 2
        appointment = entry(clinic, second)["appointment_id"]
        assert read(clinic, f"appointments/{appointment}/receipt/check")["is_equal"]
