"""Several services in one visit, and a client who is forgotten: what is listed is accepted, all or nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.kit.booking_claims import claims_held, claims_replayed
from tests.kit.clinic import BOOKING, Clinic, at_the_time
from tests.kit.house import Place

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


def starts(clinic: Clinic, services: list[str], **asked: Any) -> list[datetime]:
    day = clinic.day()
    window = {"since": clinic.at(day, "00:00").isoformat(), "until": clinic.at(day, "23:59").isoformat()}
    answer = clinic.place.client.get(
        f"{BOOKING}/combined-visits/slots",
        params={"site_id": clinic.site_id, "service_id": services, **window, **asked},
        headers=clinic.headers,
    )
    assert answer.status_code == 200, answer.text
    return [datetime.fromisoformat(each["starts_at"]) for each in answer.json()["data"]]


def in_a_row(clinic: Clinic, services: list[str], start: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "site_id": clinic.site_id,
        "starts_at": start.isoformat(),
        "parts": [{"service_id": one} for one in services],
        "client": {"name": "Noor Client"},
        **fields,
    }


class TestInARow:
    def test_r11_what_is_listed_is_accepted_and_nothing_else(self, clinic: Clinic) -> None:
        """R-11, R-30: a cut by one and a colour by another; every start of a morning, listed or not."""
        cutter, both = clinic.practitioner("cut"), clinic.practitioner("cut", "colour", most_per_day=2)
        cut = clinic.service(roles=[{"skill": "cut"}], buffer_after_minutes=5)
        colour = clinic.service(roles=[{"skill": "colour"}], durations_minutes=[45], buffer_before_minutes=5)
        clinic.booked(colour, clinic.at(clinic.day(), "10:30"))
        ten = clinic.at(clinic.day(), "10:00")
        seen = set()
        for minutes in (-60, 0, 15, 30, 90, 240, 390):
            start = ten + minutes * MINUTE
            listed = start in starts(clinic, [cut, colour], handover_minutes=10)
            answer = clinic.post(
                "combined-visits", in_a_row(clinic, [cut, colour], start, handover_minutes=10)
            )
            assert (answer.status_code == 201) is listed, (start, answer.text)
            seen.add(answer.json().get("rule"))
            if listed:
                made = answer.json()
                first, second = made["parts"]
                gap = datetime.fromisoformat(second["starts_at"]) - datetime.fromisoformat(first["ends_at"])
                assert gap == 20 * MINUTE  # both buffers and the handover
                assert second["practitioner_ids"] == [both]
                assert second["is_handed_over"] is (first["practitioner_ids"] == [cutter])
                if minutes < 90:
                    assert clinic.post(f"combined-visits/{made['id']}/cancel", {}).json()["is_cancelled"]
            else:
                assert answer.json()["alternatives"] is not None
        assert {"off_the_grid", "daily_limit", None} <= seen
        held = claims_held(clinic.place, clinic.place.north.id)
        assert held == claims_replayed(clinic.place, clinic.place.north.id)

    def test_the_client_keeps_whom_they_have(self, clinic: Clinic) -> None:
        for _ in range(3):
            clinic.practitioner("wash", "dry")
        row = [clinic.service(roles=[{"skill": skill}]) for skill in ("wash", "dry")]
        made = clinic.made("combined-visits", in_a_row(clinic, row, clinic.at(clinic.day(), "10:00")))
        assert [one["is_handed_over"] for one in made["parts"]] == [False, False]
        assert made["parts"][0]["practitioner_ids"] == made["parts"][1]["practitioner_ids"]


class TestCallingOff:
    def test_a_client_calls_off_what_has_not_begun(self, clinic: Clinic, place: Place) -> None:
        clinic.practitioner("late")
        service = clinic.service(roles=[{"skill": "late"}])
        start = clinic.at(clinic.day(), "09:00")
        body = {"site_id": clinic.site_id, "starts_at": start.isoformat(), "client": {"name": "Noor"}}
        made = clinic.made("combined-visits", {**body, "parts": [{"service_id": service}] * 2})
        with at_the_time(place, start + timedelta(minutes=5)):
            gone = clinic.post(f"combined-visits/{made['id']}/cancel", {"by": "client"})
        assert gone.status_code == 200, gone.text
        shown = [f"{BOOKING}/appointments/{part['appointment_id']}" for part in made["parts"]]
        states = [place.client.get(one, headers=clinic.headers).json()["status"] for one in shown]
        assert states == ["booked", "cancelled"]


class TestForgottenClients:
    def test_cannot_be_read_any_more_and_receipts_stay(self, clinic: Clinic, place: Place) -> None:
        doctor = clinic.practitioner("forget")
        service = clinic.service(roles=[{"skill": "forget"}])
        start = clinic.at(clinic.day(), "10:00")
        blocking = clinic.booked(service, start)
        window = {"start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat()}
        wanting = {"service_id": service, "site_id": clinic.site_id, "window": window}
        waiting = clinic.made("waitlist", {"wanting": wanting, "client": {"name": "Noor Waiting"}})
        clinic.act(blocking, "cancel", {"reason": "Noor is unwell"})
        place.house.jobs.processes.drain(place.north.id)
        shown = f"{BOOKING}/waitlist/{waiting['id']}"
        before = place.client.get(shown, headers=clinic.headers).json()
        assert before["status"] == "offered"

        for client_id in (blocking["client_id"], before["client_id"]):
            erased = clinic.post(f"clients/{client_id}/erase", {})
            assert erased.status_code == 200, erased.text
            assert clinic.post(f"clients/{client_id}/erase", {}).json()["version"] == erased.json()["version"]
        place.house.jobs.processes.drain(place.north.id)
        place.house.jobs.outbox.dispatch(place.north.id)

        seen = place.client.get(f"{BOOKING}/appointments/{blocking['id']}", headers=clinic.headers)
        assert "Noor" not in seen.text
        assert seen.json()["visit"] == blocking["visit"]
        history = place.client.get(f"{BOOKING}/appointments/{blocking['id']}/history", headers=clinic.headers)
        assert history.status_code == 200
        assert "Noor" not in history.text
        after = place.client.get(shown, headers=clinic.headers)
        assert "Noor" not in after.text
        assert (after.json()["queue"], after.json()["starts_at"]) == (before["queue"], before["starts_at"])
        # The time that was offered is still kept, and can still be taken.
        assert clinic.post(f"waitlist/{waiting['id']}/accept", {}).json()["status"] == "accepted"
        assert claims_held(place, place.north.id) == claims_replayed(place, place.north.id)
        assert clinic.post(f"clients/{doctor}/erase", {}).status_code == 404
        assert clinic.post(f"clients/{clinic.company.owner.id}/erase", {}).status_code == 404
