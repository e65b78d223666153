"""Do those who listen hear of every violation once, of none that is not theirs, and for no longer than they may?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

import pytest

from application.platform.api_keys import RevokeApiKey
from application.platform.sessions import RevokeSession
from domain.platform.roles import Role, Scope
from domain.platform.subject import SubjectErased
from domain.travel.trip import TripBooked
from domain.travel.violation import ViolationFlagged
from tests.kit.house import Company, Founder, Person, Place, a_flight
from tests.kit.streaming import STREAM, Follower, served

ENTERPRISE = "/api/v1/enterprise"


@pytest.fixture(scope="module")
def port(place: Place) -> Iterator[int]:
    """A socket of the module's house, where heartbeats and second looks come quickly."""
    quick = {"heartbeat_s": 0.2, "recheck_s": 0.3, "poll_s": 0.1}
    place.house.live.pace = replace(place.house.live.pace, **quick)
    place.house.feed.hub.pace = replace(place.house.feed.hub.pace, **quick)
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


EVENTS = "/api/v1/events"


@contextmanager
def hearing(port: int, person: Person, query: str = "", **options: Any) -> Iterator[Follower]:
    """Somebody who follows the company's events."""
    with following(port, person, path=f"{EVENTS}?{query}", kind="message", **options) as follower:
        yield follower


def downloaded(place: Place, who: Person, **query: Any) -> tuple[list[dict[str, Any]], Any]:
    """The lines of a download, and its headers."""
    answer = place.client.get(f"{EVENTS}/export", params=query, headers=who.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()], answer.headers


class TestEveryEvent:
    """SEC-41, issue 8 part 3: the whole feed as CloudEvents, live and as a file."""

    def test_is_told_once_as_a_cloud_event_and_taken_up_again(self, place: Place, port: int) -> None:
        owner = place.north.owner
        with hearing(port, owner) as first:
            start = place.heads()[place.north.id]
            violate(place, place.north, rest=False)
            first.wait(lambda: len(first.ids) >= 2)
        violate(place, place.north)
        head = place.heads()[place.north.id]
        with hearing(port, owner, last_id=first.last_id) as second:
            second.wait(lambda: second.told and second.told[-1].data["position"] == head)
            violate(place, place.north, rest=False)
            second.wait(lambda: second.told[-1].data["position"] > head)
        told = [each.data for each in (*first.told, *second.told)]
        assert [each["position"] for each in told] == list(range(start + 1, start + 1 + len(told)))
        assert len({each["id"] for each in told}) == len(told)
        planned = next(each for each in told if each["type"] == "trip.planned.v1")
        assert planned["specversion"] == "1.0"
        assert planned["source"] == f"urn:escale:tenant:{place.north.id}"
        assert planned["data"]["traveller_id"] == str(place.north.traveller.id)
        assert "purpose" not in planned["data"]

    def test_of_one_type_moves_the_place_on_meanwhile(self, place: Place, port: int) -> None:
        with hearing(port, place.north.owner, "type=trip.booked.v2&type=trip.booked.v1") as refused:
            assert refused.answer.status == 422
            assert refused.problem()["errors"][0]["pointer"] in ("/type/0", "/type/1")
        place.house_at_rest()
        types = [each.TOPIC for each in (TripBooked, ViolationFlagged)]
        with hearing(port, place.north.owner, f"type={types[0]}&type={types[1]}") as follower:
            trip = violate(place, place.north)
            follower.wait(lambda: len(follower.ids) == 2)
            place.plan(place.north)
            head, cursors = place.heads()[place.north.id], place.house.cursors
            follower.wait(
                lambda: int(cursors.read(place.north.id, "events", follower.last_id or "")[0]) >= head
            )
        assert [each.data["type"] for each in follower.told] == types
        assert follower.told[0].data["subject"] == f"trip/{trip}"

    def test_is_told_to_whoever_may_hear_it_and_no_further(self, place: Place, port: int) -> None:
        founder = Founder(place.house)
        scopes = (Scope.EVENTS_READ, Scope.TRIPS_READ)
        analyst = founder.person(place.north.id, "feed", Role.ANALYST, scopes)
        for who, query, status in (
            (place.north.manager, "", 403),
            (place.north.traveller, "", 403),
            (analyst, "personal=true&follow=false", 403),
            (analyst, "follow=false", 200),
            (place.north.owner, "personal=true&follow=false", 200),
        ):
            with hearing(port, who, query) as follower:
                assert follower.answer.status == status
        with hearing(port, analyst, headers=analyst.key_headers) as program:
            assert program.answer.status == 200
        with hearing(port, place.north.owner, headers={}) as refused:
            assert refused.answer.status == 401

    @pytest.mark.parametrize("ours", ["cursor", "cut", "header"])
    def test_places_of_others_are_refused(self, place: Place, port: int, ours: str) -> None:
        cursor = place.house.cursors.write(place.north.id, "events", (1,))
        given = {"cursor": cursor, "cut": cursor[:-2], "header": "1"}[ours]
        with hearing(port, place.south.owner, last_id=given) as refused:
            problem = refused.problem()
            assert (refused.answer.status, problem["code"]) == (400, "cursor_invalid")
            assert problem["errors"][0]["pointer"] == "/Last-Event-ID"
        answer = place.client.get(f"{EVENTS}/export?after={given}", headers=place.south.owner.headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")

    def test_ends_with_the_credential(self, place: Place, port: int) -> None:
        founder = Founder(place.house)
        guest = founder.person(place.north.id, "guest-feed", Role.AUDITOR, (Scope.EVENTS_READ,))
        with hearing(port, guest) as follower:
            founder.execute(place.north.id, RevokeSession(session_id=guest.session_id))
            place.house.identity.forget()
            follower.wait(lambda: follower.is_over)
        assert follower.told[-1].kind == "ended"

    def test_has_so_many_listeners_each_and_lets_go_of_those_who_left(self, place: Place, port: int) -> None:
        hub = place.house.feed.hub
        pace, owner = hub.pace, place.south.owner
        hub.pace = replace(pace, streams_per_principal=2)
        try:
            with hearing(port, owner), hearing(port, owner), hearing(port, owner) as third:
                assert (third.answer.status, third.problem()["code"]) == (429, "too_many_streams")
                # Another credential of the same person is another principal.
                with hearing(port, owner, headers=owner.key_headers) as key:
                    assert key.answer.status == 200
                assert hub.held >= 2
            gone = monotonic()
            while hub.held and monotonic() < gone + 3:
                sleep(0.02)
            assert hub.held == 0
        finally:
            hub.pace = pace

    def test_is_in_the_file_too_by_range_time_and_type(self, place: Place, port: int) -> None:
        owner = place.north.owner
        lines, headers = downloaded(place, owner)
        head = place.heads()[place.north.id]
        assert [line["position"] for line in lines] == list(range(1, head + 1))
        assert headers["escale-position"] == str(head)
        part, _ = downloaded(place, owner, from_position=5, to_position=9)
        assert part == lines[4:9]
        rest, _ = downloaded(place, owner, after=lines[-4]["cursor"])
        assert rest == lines[-3:]
        times = {"recorded_from": lines[3]["recordedtime"], "recorded_until": lines[-1]["recordedtime"]}
        between, _ = downloaded(place, owner, **times)
        assert between == [
            line for line in lines if times["recorded_from"] <= line["recordedtime"] < times["recorded_until"]
        ]
        booked, told = downloaded(place, owner, type=TripBooked.TOPIC)
        assert booked == [line for line in lines if line["type"] == TripBooked.TOPIC]
        assert booked
        # Where the file ends, the stream goes on.
        with hearing(port, owner, last_id=told["escale-next-cursor"]) as follower:
            place.plan(place.north)
            follower.wait(lambda: follower.ids)
        assert follower.told[0].data["position"] == head + 1
        nothing, _ = downloaded(place, owner, from_position=head + 100)
        assert nothing == []

    def test_forgets_with_the_log(self, place: Place, port: int) -> None:
        """What can name a person is told on request, and reads erased everywhere as soon as they are."""
        founder, owner = Founder(place.house), place.south.owner
        guest = founder.person(place.south.id, "forgotten", Role.TRAVELLER, (Scope.EVENTS_READ,))
        with hearing(port, owner, "personal=true") as follower:
            start = follower.last_id
            place.plan(place.south, traveller_id=str(guest.id), purpose="A canary trip")
            follower.wait(lambda: follower.ids)
            assert follower.told[0].data["data"]["purpose"] == "A canary trip"
            with hearing(port, owner, "personal=true", last_id=start) as again:
                again.wait(lambda: again.ids)
            assert (
                place.client.delete(f"/api/v1/members/{guest.id}", headers=owner.headers).status_code == 200
            )
            place.house_at_rest()
            place.house.jobs.outbox.dispatch(place.south.id)
            place.house_at_rest()
            follower.wait(lambda: follower.told[-1].data["type"] == SubjectErased.TOPIC)
            with hearing(port, owner, "personal=true", last_id=start) as late:
                late.wait(lambda: late.ids)
        assert again.told[0].data["data"]["purpose"] == "A canary trip"
        assert late.told[0].data["data"]["purpose"] == "[erased]"
        lines, _ = downloaded(place, owner, personal=True)
        assert "A canary trip" not in json.dumps(lines)


def test_the_catalogue_is_open_to_everybody(place: Place) -> None:
    listed = place.client.get(f"{EVENTS}/catalogue").json()["data"]
    assert len(listed) == len(place.house.feed.catalogue.types)
    one = place.client.get(f"{EVENTS}/catalogue/trip.planned.v1").json()
    assert one["schema"]["required"] == ["traveller_id"]
    assert one["example"]["data"]["purpose"]
    assert place.client.get(f"{EVENTS}/catalogue/trip.planned.v99").status_code == 404
