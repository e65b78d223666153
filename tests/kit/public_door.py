"""A stranger at a company's public door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from tests.kit.clinic import BOOKING, Clinic

PUBLIC = "/api/v1/public"
NOOR = {"name": "Noor Haddad", "email": "noor@example.com"}


@dataclass
class PublicDoor:
    """The door of the clinic's company."""

    clinic: Clinic

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{PUBLIC}/booking/{self.clinic.company.slug}"

    def publish(self, **terms: Any) -> httpx2.Response:
        """Opens the clinic to the public."""
        return self.clinic.place.client.put(
            f"{BOOKING}/businesses/{self.clinic.business_id}/page", json=terms, headers=self.clinic.headers
        )

    def withdraw(self) -> httpx2.Response:
        """Closes it."""
        return self.clinic.place.client.delete(
            f"{BOOKING}/businesses/{self.clinic.business_id}/page", headers=self.clinic.headers
        )

    def get(self, path: str = "", headers: dict[str, str] | None = None, **asked: Any) -> httpx2.Response:
        """A question."""
        return self.clinic.place.client.get(f"{self.path}{path}", params=asked, headers=headers or {})

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
        """An order."""
        return self.clinic.place.client.post(f"{self.path}{path}", json=body, headers=headers or {})

    def wish(self, service_id: str, starts_at: datetime, **fields: Any) -> dict[str, Any]:
        """The body that asks for a visit."""
        return {
            "service_id": service_id,
            "site_id": self.clinic.site_id,
            "starts_at": starts_at.isoformat(),
            "guest": NOOR,
            **fields,
        }

    def book(
        self, service_id: str, starts_at: datetime, *, door: str = "visits", **fields: Any
    ) -> httpx2.Response:
        """Asks for a visit."""
        return self.post(f"/{door}", self.wish(service_id, starts_at, **fields))

    def booked(self, service_id: str, starts_at: datetime, **fields: Any) -> dict[str, Any]:
        """A visit that was asked for with success."""
        answer = self.book(service_id, starts_at, **fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def starts(self, service_id: str, **asked: Any) -> list[dict[str, Any]]:
        """What the door lists."""
        answer = self.get("/slots", service_id=service_id, site_id=self.clinic.site_id, **asked)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])
