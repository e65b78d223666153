"""One key, many hands: secrets count, and refusals and no-ops are answered alike however often they are asked."""

from typing import Any

from api.rest.conventions import request_hash
from application.platform.members import SetPassword
from tests.kit.crowd import all_at_once
from tests.kit.house import Place

TRIPS = "/api/v1/enterprise/trips"


def keyed(headers: dict[str, str], key: str) -> dict[str, str]:
    return {**headers, "Idempotency-Key": key}


class TestSecrets:
    def test_make_another_request_under_the_same_key(self, place: Place) -> None:
        traveller = place.north.traveller
        path, headers = (
            f"/api/v1/members/{traveller.id}/password",
            keyed(place.north.owner.headers, "password"),
        )
        first = place.client.post(path, json={"password": "the first long password"}, headers=headers)
        same = place.client.post(path, json={"password": "the first long password"}, headers=headers)
        other = place.client.post(path, json={"password": "another long password"}, headers=headers)

        assert first.status_code == same.status_code == 200, first.text
        assert same.json() == first.json()
        assert same.headers["idempotency-replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    def test_enter_the_hash_under_a_key_of_the_house(self, place: Place) -> None:
        member = place.north.traveller.id

        def hashed(digest: Any, **secrets: Any) -> bytes:
            command = SetPassword(member_id=member, **secrets)
            return request_hash("set_password", {}, command, digest=digest)

        ours = place.house.digest_secret
        assert hashed(ours, password="a") == hashed(ours, password="a")
        assert hashed(ours, password="a") != hashed(ours, password="b")
        assert hashed(ours, password="a", current_password="x") != hashed(
            ours, password="a", current_password="y"
        )
        assert hashed(ours, password="a") != hashed(lambda text: text, password="a")


class TestTwentyAtOnce:
    def test_refused_are_all_refused_alike(self, place: Place) -> None:
        trip = place.plan(place.north)["id"]
        headers = keyed(place.north.manager.headers, "twenty refused")
        before = place.heads()

        answers: list[Any] = all_at_once(
            20, lambda _: place.client.post(f"{TRIPS}/{trip}/approve", headers=headers)
        )

        assert {answer.status_code for answer in answers} == {409}, [answer.text for answer in answers]
        told = {(answer.json()["code"], answer.json()["detail"]) for answer in answers}
        assert len(told) == 1, told
        assert told.pop()[0] == "trip_not_submitted"
        assert {answer.json()["current_version"] for answer in answers} == {2}
        assert place.heads() == before

    def test_with_nothing_to_do_are_all_answered_alike(self, place: Place) -> None:
        trip = place.plan(place.north)["id"]
        submit = f"{TRIPS}/{trip}/submit"
        assert place.client.post(submit, headers=place.north.owner.headers).status_code == 200
        headers = keyed(place.north.owner.headers, "twenty no-ops")
        before = place.heads()

        answers: list[Any] = all_at_once(20, lambda _: place.client.post(submit, headers=headers))

        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        assert len({answer.text for answer in answers}) == 1, {answer.text for answer in answers}
        assert len({answer.headers["etag"] for answer in answers}) == 1
        assert place.heads() == before
