"""A clinic to book in: businesses, people, rooms and services, made through the REST door."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import httpx2

from domain.booking.wall_time import instant_of
from tests.kit.house import Company, Place

BOOKING = "/api/v1/booking"
WEEK = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
EUROS_80 = {"kind": "fixed", "currency": "EUR", "amount_minor": 8_000}


PATIENCE_S = 5.0


@contextmanager
def at_the_time(place: Place, moment: datetime) -> Iterator[None]:
    """The doors' clock stands there for a while."""
    clock = place.house.clock
    place.house.clock = lambda: moment
    try:
        yield
    finally:
        place.house.clock = clock


def eventually(condition: Callable[[], bool]) -> bool:
    """Does it become true while we look?"""
    deadline = monotonic() + PATIENCE_S
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.05)
    return True


def all_week(opens: str = "09:00", closes: str = "17:00", days: list[str] = WEEK) -> list[dict[str, Any]]:
    """The same hours on every day."""
    return [{"day": day, "opens": opens, "closes": closes} for day in days]


def hours(zone: str = "Europe/Paris", **terms: Any) -> dict[str, Any]:
    """A schedule of nine to five."""
    return {"zone": zone, "patterns": [{"hours": all_week()}], **terms}


@dataclass
class Clinic:
    """One site of one business, and what a test adds to it."""

    place: Place
    company: Company
    zone: str = "Europe/Paris"
    site_id: str = ""
    business_id: str = ""

    def open(self) -> "Clinic":
        """Opens the business."""
        site = {
            "name": "Harbour",
            "address": "1 Harbour Street",
            "country": "FR",
            "zone": self.zone,
        }
        profile = {"name": "Northern Clinic", "brand": "Northern", "sector": "medical", "sites": [site]}
        made = self.made("businesses", profile)
        self.business_id, self.site_id = made["id"], made["profile"]["sites"][0]["id"]
        return self

    def service(self, **offer: Any) -> str:
        """A consultation of 30 minutes with a doctor, unless said otherwise."""
        body = {
            "name": "Consultation",
            "business_id": self.business_id,
            "site_ids": [self.site_id],
            "is_bookable_online": True,
            "durations_minutes": [30],
            "step_minutes": 30,
            "horizon_days": 730,
            "price": EUROS_80,
            "roles": [{"skill": "doctor"}],
            **offer,
        }
        return str(self.made("services", body)["id"])

    def practitioner(self, *skills: str, schedule: dict[str, Any] | None = None, **terms: Any) -> str:
        """Somebody who works from nine to five."""
        body = {
            "name": "Camille Moreau",
            "terms": {"skills": list(skills or ("doctor",)), "site_ids": [self.site_id], **terms},
        }
        made = str(self.made("practitioners", body)["id"])
        self.set_hours("practitioner", made, schedule or hours(self.zone))
        return made

    def room(self, kind: str = "room", **terms: Any) -> str:
        """A room."""
        body = {"name": "Room 1", "type": kind, "site_id": self.site_id, **terms}
        return str(self.made("resources", body)["id"])

    def set_hours(self, kind: str, subject_id: str, terms: dict[str, Any]) -> None:
        """Says when somebody or something is there."""
        answer = self.place.client.put(
            f"{BOOKING}/schedules/{kind}/{subject_id}", json=terms, headers=self.headers
        )
        assert answer.status_code == 200, answer.text

    def book(
        self, service_id: str, starts_at: datetime, *, path: str = "appointments", **fields: Any
    ) -> httpx2.Response:
        """Asks for a visit."""
        return self.post(path, self.wanted(service_id, starts_at, **fields))

    def wanted(self, service_id: str, starts_at: datetime, **fields: Any) -> dict[str, Any]:
        """The body that asks for a visit."""
        return {
            "service_id": service_id,
            "site_id": self.site_id,
            "starts_at": starts_at.isoformat(),
            "client": {"name": "Noor Client", "email": "noor@example.com"},
            **fields,
        }

    def booked(self, service_id: str, starts_at: datetime, **fields: Any) -> dict[str, Any]:
        """A visit that was asked for with success."""
        answer = self.book(service_id, starts_at, **fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def act(
        self, appointment: dict[str, Any], action: str, body: dict[str, Any] | None = None
    ) -> httpx2.Response:
        """Does something with a visit."""
        return self.post(f"appointments/{appointment['id']}/{action}", body or {})

    def slots(self, service_id: str, **asked: Any) -> list[datetime]:
        """The free starts."""
        asked = {name: value for name, value in asked.items() if value is not None}
        answer = self.place.client.get(
            f"{BOOKING}/slots",
            params={"service_id": service_id, "site_id": self.site_id, **asked},
            headers=self.headers,
        )
        assert answer.status_code == 200, answer.text
        return [datetime.fromisoformat(each["starts_at"]) for each in answer.json()["data"]]

    def reason(self, service_id: str, starts_at: datetime, **asked: Any) -> dict[str, Any]:
        """Why a start is not there."""
        answer = self.place.client.get(
            f"{BOOKING}/slots/reason",
            params={
                "service_id": service_id,
                "site_id": self.site_id,
                "starts_at": starts_at.isoformat(),
                **asked,
            },
            headers=self.headers,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def at(self, day: date, clock: str) -> datetime:
        """The instant of a wall time at the site."""
        hour, minute = map(int, clock.split(":"))
        return instant_of(day, hour * 60 + minute, self.zone)

    def day(self, ahead: int = 7) -> date:
        """A day some time from now."""
        return (self.place.house.clock() + timedelta(days=ahead)).date()

    def away(self, subject_id: str, day: date) -> dict[str, Any]:
        """An approved absence of a whole day."""
        period = {"start": self.at(day, "00:00").isoformat(), "end": self.at(day, "23:59").isoformat()}
        absence = self.made("absences", {"subject_id": subject_id, "period": period})["id"]
        answer = self.post(f"absences/{absence}/approve", {})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        """A command."""
        return self.place.client.post(f"{BOOKING}/{path}", json=body, headers=self.headers)

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Something new."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    @property
    def headers(self) -> dict[str, str]:
        """As a program of the owner's: its key does not run out while a test moves the clock."""
        return self.company.owner.key_headers
