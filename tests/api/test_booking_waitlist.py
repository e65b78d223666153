"""The waiting list: an offer is a real hold for one person, nobody jumps the queue, and the receipt shows it."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.jobs.waitlist_sweep import WaitlistSweep
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
        happened(SlotOffered, appointment_id=TENANT, starts_at=STARTS, hold_until=UNTIL, queue=()),
    )

    def test_is_judged_at_the_second(self) -> None:
        just = self.UNTIL - timedelta(microseconds=1)
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.accept(at=just)).then(OfferAccepted)
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.accept(at=self.UNTIL)).refused(
            OfferHasLapsed
        )
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.lapse(at=just)).then_nothing()
        given(WaitlistEntry, *self.HISTORY).when(lambda one: one.lapse(at=self.UNTIL)).then(OfferLapsed)
