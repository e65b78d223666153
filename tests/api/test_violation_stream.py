"""Do those who listen hear of every violation once, of none that is not theirs, and for no longer than they may?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from application.platform.api_keys import RevokeApiKey
from application.platform.sessions import RevokeSession
from domain.platform.roles import Role, Scope
from tests.kit.house import Company, Founder, Person, Place, a_flight
from tests.kit.streaming import STREAM, Follower, served

ENTERPRISE = "/api/v1/enterprise"


@pytest.fixture(scope="module")
def port(place: Place) -> Iterator[int]:
    """A socket of the module's house, where heartbeats and second looks come quickly."""
    place.house.live.pace = replace(place.house.live.pace, heartbeat_s=0.2, recheck_s=0.3, poll_s=0.1)
    for company in (place.north, place.south):
        set_policy(place, company)
    with served(place.house) as port:
        yield port


def set_policy(place: Place, company: Company, **rules: Any) -> None:
    policy = {"name": "Strict", "max_daily_budget_eur": 1, **rules}
    answer = place.client.post(f"{ENTERPRISE}/policies", json=policy, headers=company.owner.headers)
    assert answer.status_code == 201, answer.text


def violate(place: Place, company: Company, *, traveller: Person | None = None, rest: bool = True) -> str:
    """Books a trip that breaks a rule; its id."""
    who = traveller or company.traveller
    trip = str(place.plan(company, a_flight(), traveller_id=str(who.id))["id"])
    booked = place.client.post(f"{ENTERPRISE}/trips/{trip}/book", headers=company.owner.headers)
    assert booked.status_code == 200, booked.text
    if rest:
        place.house_at_rest()
    return trip


@contextmanager
def following(port: int, person: Person, **options: Any) -> Iterator[Follower]:
    follower = Follower(port, options.pop("headers", person.headers), **options)
    try:
        yield follower
    finally:
        follower.close()


class TestAStream:
    def test_tells_what_is_found_while_it_lasts(self, place: Place, port: int) -> None:
        violate(place, place.north)
        with following(port, place.north.manager) as follower:
            assert follower.answer.headers["content-type"].startswith("text/event-stream")
            trip = violate(place, place.north)
            follower.wait(lambda: follower.ids)
            (told,) = follower.told
        path = f"{ENTERPRISE}/violations?trip_id={trip}"
        (listed,) = place.client.get(path, headers=place.north.owner.headers).json()["data"]
        assert told.kind == "violation"
        assert told.id == str(told.data["position"])
        assert {name: value for name, value in listed.items() if name in told.data} == {
            name: value for name, value in told.data.items() if name in listed
        }

    def test_goes_on_after_the_id_it_is_given(self, place: Place, port: int) -> None:
        with following(port, place.north.owner) as first:
            violate(place, place.north)
            first.wait(lambda: first.ids)
        violate(place, place.north)
        violate(place, place.north)
        with following(port, place.north.owner, last_id=first.last_id) as second:
            second.wait(lambda: len(second.ids) == 2)
            violate(place, place.north)
            second.wait(lambda: len(second.ids) == 3)
        with following(port, place.north.owner, path=f"{STREAM}?last_event_id={first.last_id}") as third:
            third.wait(lambda: len(third.ids) == 3)
        assert third.ids == second.ids
        assert first.ids + second.ids == sorted({*first.ids, *second.ids}, key=lambda each: int(each or 0))

    def test_that_was_told_nothing_yet_can_be_taken_up_too(self, place: Place, port: int) -> None:
        with following(port, place.north.owner) as first:
            assert first.last_id
        violate(place, place.north)
        with following(port, place.north.owner, last_id=first.last_id) as second:
            second.wait(lambda: len(second.ids) == 1)

    def test_ends_by_itself_where_nobody_wants_to_follow(self, place: Place, port: int) -> None:
        with following(port, place.north.owner, path=f"{STREAM}?last_event_id=0&follow=false") as follower:
            follower.wait(lambda: follower.is_over)
        answer = place.client.get(f"{ENTERPRISE}/violations", headers=place.north.owner.headers)
        assert len(follower.ids) == len(set(follower.ids)) == len(answer.json()["data"])

    def test_beats_while_nothing_happens(self, place: Place, port: int) -> None:
        with following(port, place.south.owner) as follower:
            follower.wait(lambda: follower.comments > 2)
        assert follower.told == []

    def test_leaves_out_what_the_policy_does_not_want_told(self, place: Place, port: int) -> None:
        set_policy(place, place.south, auto_flag_violations=False)
        with following(port, place.south.owner) as follower:
            violate(place, place.south)
            set_policy(place, place.south)
            trip = violate(place, place.south)
            follower.wait(lambda: follower.ids)
        assert [each.data["trip_id"] for each in follower.told] == [trip]

    def test_remembers_less_than_everything_and_loses_nothing(
        self, place: Place, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever is further behind than what is kept in memory reads the log, in pages of the smallest kind."""
        monkeypatch.setattr("adapters.live.hub.REMEMBERED", 1)
        monkeypatch.setattr("adapters.live.announcements.WINDOW", 3)
        with following(port, place.north.owner) as present:
            for _ in range(4):
                violate(place, place.north)
            with following(port, place.north.owner, path=f"{STREAM}?last_event_id={present.last_id}"):
                pass
            present.wait(lambda: len(present.ids) == 4)
            with following(port, place.north.owner, path=f"{STREAM}?last_event_id=0") as late:
                late.wait(lambda: late.ids[-4:] == present.ids)
        assert len(late.ids) == len(set(late.ids))


class TestWhoMayListen:
    def test_a_company_hears_of_its_own_only(self, place: Place, port: int) -> None:
        with following(port, place.south.owner) as south, following(port, place.north.owner) as north:
            theirs = violate(place, place.north)
            ours = violate(place, place.south)
            north.wait(lambda: north.ids)
            south.wait(lambda: south.ids)
        assert [each.data["trip_id"] for each in south.told] == [ours]
        assert [each.data["trip_id"] for each in north.told] == [theirs]

    def test_travellers_hear_of_their_own_only(self, place: Place, port: int) -> None:
        with following(port, place.north.traveller) as own, following(port, place.north.owner) as every:
            violate(place, place.north, traveller=place.north.manager)
            trip = violate(place, place.north)
            own.wait(lambda: own.ids)
            every.wait(lambda: len(every.ids) == 2)
        assert [each.data["trip_id"] for each in own.told] == [trip]

    def test_a_key_without_the_scope_hears_nothing(self, place: Place, port: int) -> None:
        clerk = Founder(place.house).person(place.north.id, "clerk", Role.FINANCE, (Scope.TRIPS_READ,))
        with following(port, clerk, headers=clerk.key_headers) as refused:
            assert refused.answer.status == 403
        with following(port, clerk, headers={}) as refused:
            assert refused.answer.status == 401

    @pytest.mark.parametrize("way", ["session", "key"])
    def test_what_is_revoked_hears_no_more(self, place: Place, port: int, way: str) -> None:
        founder = Founder(place.house)
        guest = founder.person(place.north.id, f"guest-{way}", Role.ANALYST, (Scope.VIOLATIONS_READ,))
        headers = guest.headers if way == "session" else guest.key_headers
        with following(port, guest, headers=headers) as follower:
            follower.wait(lambda: follower.comments)
            if way == "session":
                founder.execute(place.north.id, RevokeSession(session_id=guest.session_id))
            else:
                place.house_at_rest()
                keys = place.client.get("/api/v1/api-keys?limit=100", headers=place.north.owner.headers)
                (key,) = (one for one in keys.json()["data"] if one["member_id"] == str(guest.id))
                founder.execute(place.north.id, RevokeApiKey(api_key_id=key["id"]))
            place.house.identity.forget()
            follower.wait(lambda: follower.is_over)
        assert [each.kind for each in follower.told] == ["ended"]

    def test_a_company_has_so_many_streams_and_no_more(self, place: Place, port: int) -> None:
        pace = place.house.live.pace
        place.house.live.pace = replace(pace, streams_per_tenant=2)
        owner = place.south.owner
        try:
            with following(port, owner), following(port, owner), following(port, owner) as third:
                assert third.answer.status == 429
                assert third.problem()["code"] == "too_many_streams"
                assert third.answer.headers["retry-after"]
                with following(port, place.north.owner) as others:
                    assert others.answer.status == 200
        finally:
            place.house.live.pace = pace


class TestPlaces:
    def test_nobody_has_reached_are_refused(self, place: Place, port: int) -> None:
        with following(port, place.north.owner, last_id=str(2**40)) as follower:
            assert follower.answer.status == 422
            assert follower.problem()["errors"][0]["pointer"] == "/Last-Event-ID"

    @pytest.mark.parametrize("nonsense", ["-1", "first", str(2**63)])
    def test_that_are_none_are_refused(self, place: Place, port: int, nonsense: str) -> None:
        with following(port, place.north.owner, last_id=nonsense) as follower:
            assert follower.answer.status == 422


def test_a_server_that_stops_tells_its_listeners_to_come_back(place: Place, port: int) -> None:
    with served(place.house) as other:
        follower = Follower(other, place.north.owner.headers)
    follower.wait(lambda: follower.is_over)
    assert [each.kind for each in follower.told] == ["reconnect"]
