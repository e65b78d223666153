"""Many clients at once: one winner where there is one thing, and no change lost where there are many."""

from itertools import chain
from threading import Lock
from typing import Any
from uuid import UUID

from adapters.bootstrap import House
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.trip import Trip
from tests.kit.crowd import all_at_once
from tests.kit.house import Place, a_flight

TRIPS = "/api/v1/enterprise/trips"
FLIGHT = {name: value for name, value in a_flight().items() if name != "kind"}


class TestFiftyRegistrationsOfOneSlug:
    def test_have_one_winner(self, place: Place) -> None:
        def register(number: int) -> Any:
            body = {"company_name": f"Company {number}", "slug": "wanted", "plan": "starter"}
            return place.client.post(
                "/api/v1/enterprise/tenants", json=body, headers=place.platform.admin.key_headers
            )

        answers: list[Any] = all_at_once(50, register)

        assert sorted(answer.status_code for answer in answers) == [201, *[409] * 49], answers
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"slug_taken"}
        won = next(answer.json() for answer in answers if answer.status_code == 201)
        assert place.house.streams(PLATFORM_TENANT_ID).head()
        assert place.house.identity.tenant_named("wanted") is not None
        assert str(place.house.identity.tenant_named("wanted")) == won["id"]
        assert place.house.streams(place.house.identity.tenant_named("wanted")).head() == 1  # type: ignore[arg-type]


class TestEightWritersOnThreeTrips:
    ROUNDS = 6

    def test_are_linearizable_by_version(self, place: Place) -> None:
        trips = [str(place.plan(place.north)["id"]) for _ in range(3)]
        lock = Lock()
        landed: dict[str, list[int]] = {trip: [2] for trip in trips}
        lost: list[Any] = []

        def write(writer: int) -> None:
            for number in range(self.ROUNDS):
                trip = trips[(writer + number) % 3]
                headers = dict(place.north.owner.key_headers)
                if writer % 2:
                    seen = place.client.get(f"{TRIPS}/{trip}", headers=headers)
                    headers["If-Match"] = seen.headers["etag"]
                answer = place.client.post(f"{TRIPS}/{trip}/flights", json=FLIGHT, headers=headers)
                with lock:
                    if answer.status_code == 201:
                        assert len(answer.json()["segments"]) == answer.json()["version"] - 1
                        landed[trip].append(answer.json()["version"])
                    else:
                        lost.append(answer)

        results = all_at_once(8, write)

        assert [result for result in results if result is not None] == []
        for trip in trips:
            # Every version was given to one writer, and the stream is exactly what they wrote.
            assert sorted(landed[trip]) == list(range(2, version_of(place.house, place, trip) + 1))
        assert len(lost) + len(list(chain(*landed.values()))) - 3 == 8 * self.ROUNDS
        for answer in lost:
            assert answer.status_code in (409, 412), answer.text
            assert answer.json()["current_version"] >= 2
        unconditional = 4 * self.ROUNDS
        assert len(list(chain(*landed.values()))) - 3 >= unconditional


def version_of(house: House, place: Place, trip: str) -> int:
    return house.streams(place.north.id).load(Trip, UUID(trip)).version
