"""The same key takes effect once, whoever else uses it and whatever has happened since."""

from typing import Any

from tests.kit.crowd import all_at_once
from tests.kit.house import Place, a_flight

TRIPS = "/api/v1/enterprise/trips"


def a_plan(place: Place, **fields: Any) -> dict[str, Any]:
    return {"traveller_id": str(place.north.traveller.id), "purpose": "Client visit", **fields}


def keyed(headers: dict[str, str], key: str) -> dict[str, str]:
    return {**headers, "Idempotency-Key": key}


class TestSameKey:
    def test_twenty_times_at_once_has_one_effect_and_one_answer(self, place: Place) -> None:
        before = place.heads()[place.north.id]
        headers = keyed(place.north.owner.headers, "twenty at once")

        answers: list[Any] = all_at_once(
            20, lambda _: place.client.post(TRIPS, json=a_plan(place), headers=headers)
        )

        assert {answer.status_code for answer in answers} == {201}, answers
        assert len({answer.text for answer in answers}) == 1
        assert len({answer.headers["etag"] for answer in answers}) == 1
        assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
        assert place.heads()[place.north.id] == before + 1

    def test_repeats_the_first_answer_although_the_trip_has_moved_on(self, place: Place) -> None:
        headers = keyed(place.north.owner.headers, "moved on")
        first = place.client.post(TRIPS, json=a_plan(place, segments=[a_flight()]), headers=headers)
        trip = first.json()["id"]
        place.client.post(f"{TRIPS}/{trip}/submit", headers=place.north.owner.headers)

        again = place.client.post(TRIPS, json=a_plan(place, segments=[a_flight()]), headers=headers)

        assert again.status_code == 201
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]

    def test_answers_as_applied_what_would_now_be_refused(self, place: Place) -> None:
        trip = place.plan(place.north)["id"]
        flight = {name: value for name, value in a_flight().items() if name != "kind"}
        headers = keyed(place.north.owner.headers, "applied")
        added = place.client.post(f"{TRIPS}/{trip}/flights", json=flight, headers=headers)
        assert added.status_code == 201
        cancelled = place.client.post(
            f"{TRIPS}/{trip}/cancel", json={"reason": "Moved"}, headers=place.north.owner.headers
        )
        assert cancelled.status_code == 200

        fresh = place.client.post(f"{TRIPS}/{trip}/flights", json=flight, headers=place.north.owner.headers)
        again = place.client.post(f"{TRIPS}/{trip}/flights", json=flight, headers=headers)

        assert fresh.status_code == 409
        assert fresh.json()["code"] == "trip_is_over"
        assert fresh.json()["current_version"] == cancelled.json()["version"]
        assert (again.status_code, again.json()) == (201, added.json())

    def test_repeats_a_refusal_although_it_would_now_be_applied(self, place: Place) -> None:
        trip = place.plan(place.north)["id"]
        headers = keyed(place.north.manager.headers, "refused")
        refused = place.client.post(f"{TRIPS}/{trip}/approve", headers=headers)
        assert refused.json()["code"] == "trip_not_submitted"
        place.client.post(f"{TRIPS}/{trip}/submit", headers=place.north.owner.headers)

        again = place.client.post(f"{TRIPS}/{trip}/approve", headers=headers)

        assert (again.status_code, again.json()["code"]) == (409, "trip_not_submitted")
        assert again.headers["idempotency-replayed"] == "true"

    def test_repeats_the_answer_of_a_no_op(self, place: Place) -> None:
        trip = place.plan(place.north)["id"]
        submit = f"{TRIPS}/{trip}/submit"
        place.client.post(submit, headers=place.north.owner.headers)
        headers = keyed(place.north.owner.headers, "nothing to do")

        first = place.client.post(submit, headers=headers)
        place.plan(place.north)
        again = place.client.post(submit, headers=headers)

        assert first.status_code == again.status_code == 200
        assert again.json() == first.json()

    def test_with_another_payload_is_refused(self, place: Place) -> None:
        headers = keyed(place.north.owner.headers, "other payload")
        assert place.client.post(TRIPS, json=a_plan(place), headers=headers).status_code == 201
        before = place.heads()

        other = place.client.post(TRIPS, json=a_plan(place, purpose="Another"), headers=headers)
        operation = place.client.post(
            "/api/v1/enterprise/policies", json={"name": "Another operation"}, headers=headers
        )

        for answer in (other, operation):
            assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
        assert place.heads() == before

    def test_counts_only_the_fields_the_client_set(self, place: Place) -> None:
        headers = keyed(place.north.owner.headers, "spelt differently")
        first = place.client.post(TRIPS, json=a_plan(place), headers=headers)

        again = place.client.post(
            TRIPS,
            content=f' {{"purpose":"Client visit",\n"traveller_id":"{str(place.north.traveller.id).upper()}"}}',
            headers={**headers, "Content-Type": "application/json"},
        )
        explicit = place.client.post(TRIPS, json=a_plan(place, segments=[]), headers=headers)

        assert again.json() == first.json()
        assert explicit.json()["code"] == "key_reused"

    def test_of_another_member_key_or_tenant_is_independent(self, place: Place) -> None:
        bodies = {
            "north": a_plan(place),
            "south": {**a_plan(place), "traveller_id": str(place.south.traveller.id)},
        }
        made = {
            place.client.post(TRIPS, json=bodies[company], headers=keyed(headers, "shared")).json()["id"]
            for company, headers in (
                ("north", place.north.owner.headers),
                ("north", place.north.owner.key_headers),
                ("north", place.north.traveller.headers),
                ("south", place.south.owner.headers),
            )
        }
        assert len(made) == 4

    def test_shows_the_same_secret_again(self, place: Place) -> None:
        body = {"name": "Import", "scopes": ["trips:read"]}
        headers = keyed(place.north.owner.headers, "a key")
        first = place.client.post("/api/v1/api-keys", json=body, headers=headers)
        again = place.client.post("/api/v1/api-keys", json=body, headers=headers)
        other = place.client.post("/api/v1/api-keys", json=body, headers=place.north.owner.headers)

        assert first.status_code == 201
        assert again.json() == first.json()
        assert other.json()["secret"] != first.json()["secret"]
        asked = place.client.get(TRIPS, headers={"Authorization": f"Bearer {first.json()['secret']}"})
        assert asked.status_code == 200

    def test_must_be_printable(self, place: Place) -> None:
        for key in ("", "x" * 256, "tab\tbed", "naïve"):
            answer = place.client.post(
                TRIPS,
                json=a_plan(place),
                headers={**place.north.owner.headers, "Idempotency-Key": key.encode("latin-1")},  # type: ignore[arg-type]
            )
            assert answer.status_code == 400, key
            assert answer.json()["code"] == "header_malformed"


class TestCommandLookup:
    def test_says_what_became_of_it(self, place: Place) -> None:
        answer = place.client.post(
            TRIPS, json=a_plan(place), headers=keyed(place.north.owner.headers, "look")
        )
        path = f"/api/v1/commands/{answer.headers['escale-command']}"

        found = place.client.get(path, headers=place.north.owner.headers).json()

        assert (found["outcome"], found["resource_id"], found["version"]) == (
            "applied",
            answer.json()["id"],
            1,
        )
        assert found["position"] == answer.json()["position"]
        assert place.client.get(path, headers=place.south.owner.headers).status_code == 404
