"""What does the carbon door answer, and what does it refuse by name?"""

from typing import Any

from tests.kit.house import Place

DOOR = "/api/v2/trips/carbon"


def ask(place: Place, *elements: dict[str, Any], status: int = 200, **fields: Any) -> Any:
    """The door's answer to north's owner."""
    answer = place.client.post(
        DOOR, json={"elements": list(elements), **fields}, headers=place.north.owner.headers
    )
    assert answer.status_code == status, answer.text
    return answer.json()


class TestSmoke:
    def test_flies(self, place: Place) -> None:
        got = ask(
            place,
            {"mode": "flight", "origin": "CDG", "destination": "JFK", "cabin": "economy"},
            {"mode": "car", "vehicle": "company", "fuel": "bev", "country": "FR", "distance_km": 100},
        )
        print(got)
        assert got["totals"]["kg"] == "1"
