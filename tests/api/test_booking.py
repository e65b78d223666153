"""Appointments at the REST door: what is listed is what is accepted, and nothing is taken twice."""

from datetime import timedelta

import pytest

from tests.kit.clinic import Clinic
from tests.kit.house import Place


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


class TestBooking:
    def test_takes_the_slot_out_of_the_list(self, clinic: Clinic) -> None:
        doctor = clinic.practitioner("smoke")
        service = clinic.service(roles=[{"skill": "smoke"}])
        day = clinic.day()
        start = clinic.at(day, "10:00")
        window = {"since": clinic.at(day, "00:00").isoformat(), "until": clinic.at(day, "23:59").isoformat()}
        assert start in clinic.slots(service, **window)
        made = clinic.booked(service, start)
        assert made["status"] == "booked"
        assert made["visit"]["team"][0]["bookable_id"] == doctor
        assert start not in clinic.slots(service, **window)
        refused = clinic.book(service, start)
        assert refused.status_code == 409
        assert refused.json()["code"] == "slot_taken"
        assert refused.json()["rule"] == clinic.reason(service, start)["rule"] == "taken"
        assert refused.json()["bookables"] == [doctor]
        assert refused.json()["alternatives"][0] == (start + timedelta(minutes=30)).isoformat().replace(
            "+00:00", "Z"
        )
