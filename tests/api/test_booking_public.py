"""The public door: what was published and nothing else, guards against those who take too much, and no names."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.rest.limits import Limits
from tests.kit.booking_claims import claims_held, claims_replayed
from tests.kit.clinic import BOOKING, Clinic
from tests.kit.house import Place
from tests.kit.public_door import NOOR, PUBLIC, PublicDoor

SHOP = "https://www.clinic.example"
HALF = timedelta(minutes=30)
YES = {"question": "allergy", "equals": "yes"}
QUESTIONS = (
    {
        "code": "allergy",
        "text": "Allergies?",
        "kind": "choice",
        "choices": ["yes", "no"],
        "is_required": True,
    },
    {"code": "which", "text": "Which?", "is_required": True, "shown_if": YES},
)


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


@pytest.fixture(scope="module")
def door(clinic: Clinic) -> PublicDoor:
    door = PublicDoor(clinic)
    assert door.get().json()["code"] == "page_not_published"
    answer = door.publish(
        origins=[SHOP], languages=["fr", "en"], is_in_marketplace=True, shows_practitioners=True,
        most_visits_per_contact=100, most_holds_per_contact=2,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return door


def guest(name: str = "Lou Martin") -> dict[str, str]:
    """Somebody whom nobody counted yet."""
    return {"name": name, "email": f"{uuid4().hex[:12]}@example.com"}


def a_service(clinic: Clinic, skill: str, **offer: Any) -> str:
    clinic.practitioner(skill)
    return clinic.service(roles=[{"skill": skill}], **offer)


@contextmanager
def at_the_time(place: Place, moment: datetime) -> Iterator[None]:
    clock = place.house.clock
    place.house.clock = lambda: moment
    try:
        yield
    finally:
        place.house.clock = clock


class TestWhatIsPublic:
    def test_only_services_bookable_online_are_there(self, clinic: Clinic, door: PublicDoor) -> None:
        """Only services with online booking allowed can be booked publicly: the others answer 404."""
        open_one = a_service(clinic, "open")
        hidden = clinic.service(roles=[{"skill": "open"}], is_bookable_online=False, name="Hidden surgery")
        catalogue = door.get()
        (business,) = catalogue.json()["data"]
        assert open_one in [one["id"] for one in business["services"]]
        assert "Hidden surgery" not in catalogue.text
        start = clinic.at(clinic.day(), "10:00")
        for answer in (
            door.get("/slots", service_id=hidden, site_id=clinic.site_id),
            door.book(hidden, start),
            door.book(hidden, start, door="holds"),
            door.book(str(uuid4()), start),
            door.get("/slots", service_id=open_one, site_id=str(uuid4())),
        ):
            assert answer.status_code == 404, answer.text

    def test_nothing_is_before_it_is_published_or_after(self, place: Place) -> None:
        south = PublicDoor(Clinic(place, place.south).open())
        service = a_service(south.clinic, "south")
        start = south.clinic.at(south.clinic.day(), "10:00")
        assert south.get().status_code == south.book(service, start).status_code == 404
        assert south.publish(languages=["fr"]).json()["is_published"] is True
        made = south.booked(service, start)
        assert south.withdraw().json()["is_published"] is False
        assert south.get().status_code == south.book(service, start + HALF).status_code == 404
        # Who has a visit keeps it.
        assert south.get(f"/links/{made['links']['view']}").json()["status"] == "booked"

    def test_listed_is_what_is_accepted(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "list", notice_minutes=60)
        day = clinic.day()
        window = {"since": clinic.at(day, "00:00").isoformat(), "until": clinic.at(day, "23:59").isoformat()}
        starts = door.starts(service, **window)
        assert len(starts) == 16
        made = door.booked(service, datetime.fromisoformat(starts[3]["starts_at"]))
        assert made["starts_at"] == starts[3]["starts_at"]
        assert starts[3] not in door.starts(service, **window)

    def test_a_lost_slot_names_nobody_and_offers_others(self, clinic: Clinic, door: PublicDoor) -> None:
        """No leak of who else is booked: neither people nor claims, only other starts."""
        service = a_service(clinic, "lost")
        start = clinic.at(clinic.day(), "10:00")
        door.booked(service, start)
        lost = door.book(service, start, guest=guest())
        assert (lost.status_code, lost.json()["code"]) == (409, "slot_taken")
        assert "bookables" not in lost.json()
        assert datetime.fromisoformat(lost.json()["alternatives"][0]) == start + HALF

    def test_a_class_shows_its_seats_and_takes_one(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "class", capacity=2)
        start = clinic.at(clinic.day(), "18:00") - timedelta(hours=2)
        asked = {"service_id": service, "site_id": clinic.site_id, "starts_at": start.isoformat()}
        lesson = clinic.made("sessions", asked)["id"]
        (listed,) = door.starts(service)
        assert (listed["session_id"], listed["seats_left"]) == (lesson, 2)
        for _ in range(2):
            door.booked(service, start, session_id=lesson, guest=guest())
        full = door.book(service, start, session_id=lesson, guest=guest())
        assert (full.status_code, full.json()["code"]) == (409, "no_seats_left")
        assert door.starts(service) == []


class TestGuests:
    def test_intake_is_asked_and_a_relative_is_booked(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(
            clinic,
            "child",
            least_age=2,
            most_age=12,
            intake=list(QUESTIONS),
        )
        start = clinic.at(clinic.day(), "10:00")
        born = f"{clinic.place.house.clock().year - 6}-01-01"
        child = {"name": "Lou Haddad", "born_on": born}
        asked = {"relative": child, "guest": guest("Noor Haddad")}
        missing = door.book(service, start, answers={"allergy": "yes"}, **asked)
        assert missing.json()["errors"][0]["pointer"] == "/answers/which"
        made = door.booked(service, start, answers={"allergy": "yes", "which": "nuts"}, **asked)
        assert "Haddad" not in str(made)
        assert "nuts" not in str(made)

    def test_a_contact_is_needed(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "contact")
        nobody = door.book(service, clinic.at(clinic.day(), "10:00"), guest={"name": "Lou"})
        assert (nobody.status_code, nobody.json()["code"]) == (422, "contact_missing")

    def test_programs_that_fill_in_everything_are_refused(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "honey")
        caught = door.book(service, clinic.at(clinic.day(), "10:00"), website="https://spam.example")
        assert (caught.status_code, caught.json()["code"]) == (422, "filled_in_by_program")

    def test_a_repeat_is_the_same_booking(self, clinic: Clinic, door: PublicDoor) -> None:
        """R-09: the same key and body is the same visit; the same key of another guest is another's."""
        service = a_service(clinic, "repeat")
        wish = door.wish(service, clinic.at(clinic.day(), "10:00"))
        key = {"Idempotency-Key": "once"}
        first, again = (door.post("/visits", wish, key) for _ in range(2))
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        other = door.post("/visits", {**wish, "guest": guest()}, key)
        assert other.json()["code"] == "slot_taken"

    def test_holds_and_visits_of_one_contact_are_limited(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "greedy", hold_s=600)
        one, day = guest(), clinic.day()
        held = [
            door.booked(service, clinic.at(day, clock), door="holds", guest=one)
            for clock in ("09:00", "10:00")
        ]
        assert {made["status"] for made in held} == {"proposed"}
        third = door.book(service, clinic.at(day, "11:00"), door="holds", guest=one)
        assert (third.status_code, third.json()["code"]) == (429, "too_many_holds")
        assert int(third.headers["retry-after"]) >= 60
        kept = door.post(f"/links/{held[0]['links']['cancel']}/confirm", {})
        assert kept.json()["status"] == "booked", kept.text
        assert door.booked(service, clinic.at(day, "11:00"), door="holds", guest=one)
        modest: dict[str, Any] = {"origins": [SHOP], "languages": ["fr", "en"], "is_in_marketplace": True}
        door.publish(**modest, most_visits_per_contact=1)
        two = guest()
        made = door.booked(service, clinic.at(day, "12:00"), guest=two)
        over = door.book(service, clinic.at(day, "13:00"), guest=two)
        assert (over.status_code, over.json()["code"]) == (409, "too_many_visits_ahead")
        door.post(f"/links/{made['links']['cancel']}/cancel", {})
        assert door.booked(service, clinic.at(day, "13:00"), guest=two)
        door.publish(**modest, most_visits_per_contact=100)

    def test_blocked_contacts_are_kept_out(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "blocked")
        start = clinic.at(clinic.day(), "10:00")
        block = clinic.made("blocked-contacts", {"contact": "Spam@Example.com"})
        bad = {"name": "Spam", "email": "spam@example.com", "phone": "+33 1 99 00 12 34"}
        kept_out = door.book(service, start, guest=bad)
        assert (kept_out.status_code, kept_out.json()["code"]) == (409, "contact_not_accepted")
        place = clinic.place
        lifted = place.client.delete(f"{BOOKING}/blocked-contacts/{block['id']}", headers=clinic.headers)
        assert lifted.json()["is_blocked"] is False
        assert door.booked(service, start, guest=bad)

    def test_a_guest_waits_and_takes_what_is_offered(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "wait")
        start = clinic.at(clinic.day(), "10:00")
        made = door.booked(service, start)
        window = {"start": (start - HALF).isoformat(), "end": (start + HALF).isoformat()}
        wish = {"service_id": service, "site_id": clinic.site_id, "window": window, "guest": guest()}
        waiting = door.post("/waitlist", wish).json()
        assert (waiting["status"], waiting["place"]) == ("waiting", 1)
        door.post(f"/links/{made['links']['cancel']}/cancel", {})
        clinic.place.house.jobs.processes.drain(clinic.company.id)
        offered = door.get(f"/waitlist/{waiting['link']}").json()
        assert (offered["waiting"], [one["passed"] for one in offered["queue"] if one["is_own"]]) == (
            len(offered["queue"]),
            ["offered"],
        )
        assert all("entry_id" not in one for one in offered["queue"]), "places and reasons, and nobody else"
        assert offered["status"] == "offered"
        taken = door.post(f"/waitlist/{waiting['link']}/reply", {"reply": "accept"}).json()
        assert taken["status"] == "accepted"
        assert door.get(f"/links/{taken['visit_link']}").json()["status"] == "booked"


class TestOrigins:
    def test_are_matched_letter_by_letter(self, door: PublicDoor) -> None:
        mine = door.get(headers={"Origin": SHOP})
        assert mine.headers["access-control-allow-origin"] == SHOP
        assert mine.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "Origin" in mine.headers["vary"]
        for other in (
            f"{SHOP}.evil.example",
            "https://clinic.example",
            "http://www.clinic.example",
            "null",
            "*",
        ):
            refused = door.get(headers={"Origin": other})
            assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
            assert "access-control-allow-origin" not in refused.headers

    def test_a_browser_is_told_before_it_sends(self, clinic: Clinic, door: PublicDoor) -> None:
        client = clinic.place.client
        for path in (door.path, f"{door.path}/visits"):
            yes = client.options(path, headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"})
            assert (yes.status_code, yes.headers["access-control-allow-origin"]) == (204, SHOP)
            no = client.options(path, headers={"Origin": "https://evil.example"})
            assert no.status_code == 403
        # Members' doors open to nobody's page.
        assert "access-control-allow-origin" not in client.get(
            f"{BOOKING}/businesses", headers={**clinic.headers, "Origin": SHOP}
        ).headers  # fmt: skip


class TestRates:
    @pytest.mark.parametrize(
        "limits", [Limits(guest_writes=2, guests=100_000), Limits(guest_writes=100_000, guests=2)]
    )
    def test_are_per_address_and_per_company(self, clinic: Clinic, door: PublicDoor, limits: Limits) -> None:
        """429 with Retry-After, by address for writes and for all strangers at one company."""
        app = clinic.place.client.app
        before, app.state.limits = app.state.limits, limits  # type: ignore[attr-defined]
        try:
            answers = [door.post("/visits", {}) for _ in range(4)]
        finally:
            app.state.limits = before  # type: ignore[attr-defined]
        assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1


class TestLinks:
    def test_looking_writes_nothing_and_uses_nothing_up(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "look")
        made = door.booked(service, clinic.at(clinic.day(), "10:00"))
        head = clinic.place.heads()
        for name in ("view", "move", "cancel"):
            for _ in range(2):
                seen = door.get(f"/links/{made['links'][name]}")
                assert (seen.status_code, seen.json()["starts_at"]) == (200, made["starts_at"])
        assert clinic.place.heads() == head
        assert NOOR["name"] not in seen.text
        assert NOOR["email"] not in seen.text

    def test_r20_an_old_link_moves_nothing(self, clinic: Clinic, door: PublicDoor) -> None:
        """R-20: a used reschedule link answers 410 and makes nothing new; the next one is in the answer."""
        service = a_service(clinic, "r20")
        day = clinic.day()
        made = door.booked(service, clinic.at(day, "09:00"))
        old = made["links"]
        moved = door.post(
            f"/links/{old['move']}/reschedule", {"starts_at": clinic.at(day, "10:00").isoformat()}
        )
        assert moved.status_code == 200, moved.text
        head = clinic.place.heads()
        for path, body in (
            (f"/links/{old['move']}/reschedule", {"starts_at": clinic.at(day, "11:00").isoformat()}),
            (f"/links/{old['cancel']}/cancel", {}),
        ):
            used = door.post(path, body)
            assert (used.status_code, used.json()["code"]) == (410, "link_used")
        assert door.get(f"/links/{old['move']}").status_code == 410
        assert clinic.place.heads() == head
        again = door.post(
            f"/links/{moved.json()['links']['move']}/reschedule",
            {"starts_at": clinic.at(day, "11:00").isoformat()},
        )
        assert again.status_code == 200, again.text
        # The view link is of the visit, not of its state.
        assert door.get(f"/links/{old['view']}").json()["starts_at"] == again.json()["starts_at"]

    def test_changed_foreign_and_misused_tokens_are_unknown(self, clinic: Clinic, door: PublicDoor) -> None:
        """A mutated or foreign link answers 404, whatever is changed; nothing is written."""
        service = a_service(clinic, "forged")
        made = door.booked(service, clinic.at(clinic.day(), "09:00"))
        token = made["links"]["cancel"]
        head = clinic.place.heads()
        changed = [
            token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            for place in range(0, len(token), 6)
        ]
        for forged in (*changed, token + "A", token[:-1], "x", "e" * 120, "%00", "ÿ"):
            assert door.post(f"/links/{forged}/cancel", {}).status_code == 404, forged
            assert door.get(f"/links/{forged}").status_code == 404, forged
        assert door.get(f"/links/{'x' * 121}").status_code == 422
        client = clinic.place.client
        foreign = client.post(f"{PUBLIC}/booking/south/links/{token}/cancel", json={})
        assert foreign.status_code == 404
        # A link for one thing is not good for another.
        assert door.post(f"/links/{made['links']['view']}/cancel", {}).status_code == 404
        assert door.post(f"/links/{made['links']['move']}/cancel", {}).status_code == 404
        assert clinic.place.heads() == head

    def test_run_out(self, clinic: Clinic, door: PublicDoor) -> None:
        service = a_service(clinic, "late")
        start = clinic.at(clinic.day(), "09:00")
        made = door.booked(service, start)
        head = clinic.place.heads()
        with at_the_time(clinic.place, start):
            for name, verb in (("move", "reschedule"), ("cancel", "cancel")):
                body = {"starts_at": start.isoformat()} if name == "move" else {}
                gone = door.post(f"/links/{made['links'][name]}/{verb}", body)
                assert (gone.status_code, gone.json()["code"]) == (410, "link_expired")
        with at_the_time(clinic.place, start + timedelta(days=31)):
            assert door.get(f"/links/{made['links']['view']}").status_code == 410
        assert clinic.place.heads() == head

    def test_r21_and_r22_from_a_link(self, clinic: Clinic, door: PublicDoor) -> None:
        """R-21: by 15 minutes over itself, never lost if the new time is taken. R-22: what is given back is free."""
        service = a_service(clinic, "r21", step_minutes=15)
        start = clinic.at(clinic.day(), "09:00")
        made = door.booked(service, start)
        quarter = start + timedelta(minutes=15)
        moved = door.post(f"/links/{made['links']['move']}/reschedule", {"starts_at": quarter.isoformat()})
        assert moved.status_code == 200, moved.text
        door.booked(service, start + timedelta(hours=1))
        links = moved.json()["links"]
        lost = door.post(
            f"/links/{links['move']}/reschedule", {"starts_at": (start + timedelta(hours=1)).isoformat()}
        )
        assert (lost.status_code, lost.json()["code"]) == (409, "slot_taken")
        assert "bookables" not in lost.json()
        assert door.get(f"/links/{links['view']}").json()["starts_at"] == moved.json()["starts_at"]
        assert door.post(f"/links/{links['cancel']}/cancel", {}).json()["status"] == "cancelled"
        assert door.booked(service, quarter, guest=guest())

    def test_r23_one_seat_moves_alone(self, clinic: Clinic, door: PublicDoor) -> None:
        """R-23: from a link one participant moves or leaves; the others keep their seats."""
        service = a_service(clinic, "r23", capacity=2)
        day = clinic.day()
        lessons = [
            clinic.made(
                "sessions",
                {
                    "service_id": service,
                    "site_id": clinic.site_id,
                    "starts_at": clinic.at(day, clock).isoformat(),
                },
            )
            for clock in ("09:00", "11:00")
        ]
        seats = [
            door.booked(service, clinic.at(day, "09:00"), session_id=lessons[0]["id"], guest=guest())
            for _ in range(2)
        ]
        other = {"starts_at": lessons[1]["starts_at"], "session_id": lessons[1]["id"]}
        moved = door.post(f"/links/{seats[0]['links']['move']}/reschedule", other)
        assert moved.json()["starts_at"] == lessons[1]["starts_at"]
        assert door.get(f"/links/{seats[1]['links']['view']}").json()["starts_at"] == lessons[0]["starts_at"]
        assert [one["seats_left"] for one in door.starts(service)] == [1, 1]

    def test_r24_past_and_late_visits_are_not_moved(self, clinic: Clinic, door: PublicDoor) -> None:
        """R-24: state, actor and deadline: late, begun, over and called off visits, from a link."""
        service = a_service(
            clinic,
            "r24",
            cancellation={
                "bands": [{"hours_before": 24, "fee_percent": 50}],
                "client_changes_until_hours": 12,
            },
        )
        day = clinic.day()
        start = clinic.at(day, "12:00")
        made = door.booked(service, start)
        assert made["fee_now"]["amount_minor"] == 0
        with at_the_time(clinic.place, start - timedelta(hours=11)):
            late = door.get(f"/links/{made['links']['view']}").json()
            assert (late["links"]["move"], late["fee_now"]["amount_minor"]) == (None, 4_000)
            moved = door.post(
                f"/links/{made['links']['move']}/reschedule", {"starts_at": (start + HALF).isoformat()}
            )
            assert (moved.status_code, moved.json()["code"]) == (409, "too_late_to_change")
            off = door.post(f"/links/{made['links']['cancel']}/cancel", {"reason": "Ill"})
            assert (off.json()["status"], off.json()["fee_now"]["amount_minor"]) == ("cancelled", 4_000)
        for name, verb in (("move", "reschedule"), ("cancel", "cancel")):
            body = {"starts_at": start.isoformat()} if name == "move" else {}
            assert door.post(f"/links/{made['links'][name]}/{verb}", body).status_code == 410

    def test_r42_an_unpaid_visit_can_be_called_off_and_runs_out(
        self, clinic: Clinic, door: PublicDoor
    ) -> None:
        """R-42: payment pending can be paid, called off by its link, and runs out by itself."""
        service = a_service(clinic, "r42", deposit_percent=25, hold_s=600)
        day = clinic.day()
        made = door.booked(service, clinic.at(day, "09:00"))
        assert (made["status"], made["deposit"]["amount_minor"]) == ("proposed", 2_000)
        unpaid = door.post(f"/links/{made['links']['cancel']}/confirm", {})
        assert (unpaid.status_code, unpaid.json()["code"]) == (409, "deposit_missing")
        assert door.post(f"/links/{made['links']['cancel']}/cancel", {}).json()["status"] == "cancelled"
        waits = door.booked(service, clinic.at(day, "09:00"))
        with at_the_time(clinic.place, clinic.place.house.clock() + timedelta(minutes=11)):
            ran_out = door.get(f"/links/{waits['links']['view']}").json()
            assert (ran_out["status"], ran_out["is_expired"]) == ("cancelled", True)
            assert ran_out["links"]["cancel"] is None


def test_the_claims_of_it_all_equal_a_replay(clinic: Clinic, door: PublicDoor) -> None:
    """R-28 at the public door: after everything above, what is held is what a replay holds."""
    place, tenant_id = clinic.place, clinic.company.id
    assert claims_held(place, tenant_id) == claims_replayed(place, tenant_id)
