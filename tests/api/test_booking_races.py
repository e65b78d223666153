"""Many clients at two API processes: one winner per slot, one seat each, and every loser is told what to do.

`make booking-proof` repeats the race for one slot ten times.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.kit.clinic import BOOKING, Clinic
from tests.kit.house import Place
from tests.kit.racing import Hit, Shot, doors, most_at_once, race

ROUNDS = int(os.environ.get("RACE_ROUNDS", "1"))
CROWD = 100
TOGETHER = 30


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


@pytest.fixture(scope="module")
def ports(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path_factory: Any
) -> Iterator[list[int]]:
    folder: Path = tmp_path_factory.mktemp("doors")
    with doors(folder, database_url=database_url, redis_url=redis_url, master_key=master_key) as opened:
        yield opened


def shots(clinic: Clinic, bodies: list[dict[str, Any]], path: str = "appointments") -> list[Shot]:
    return [Shot(f"{BOOKING}/{path}", body, clinic.company.owner.key_headers) for body in bodies]


def wanting(clinic: Clinic, service: str, starts: list[datetime], **fields: Any) -> list[dict[str, Any]]:
    return [clinic.wanted(service, start, **fields) for start in starts]


def same(clinic: Clinic, service: str, start: datetime, *, count: int) -> list[dict[str, Any]]:
    return wanting(clinic, service, [start] * count)


def statuses(hits: list[Hit]) -> Counter[int]:
    return Counter(hit.status for hit in hits)


def has_team(clinic: Clinic, made: dict[str, Any]) -> set[str]:
    return {member["bookable_id"] for member in made["visit"]["team"]}


class TestR01OneSlot:
    """R-01: of 100 clients on one slot exactly one wins; no deadlock, no 5xx, every loser is told."""

    @pytest.mark.parametrize("team", [1, 3])
    def test_has_one_winner(self, clinic: Clinic, ports: list[int], team: int) -> None:
        skills = [f"one-{team}-{number}" for number in range(team)]
        people = {clinic.practitioner(skill) for skill in skills}
        service = clinic.service(roles=[{"skill": skill} for skill in skills])
        for number in range(ROUNDS):
            start = clinic.at(clinic.day(5 + number), "10:00")
            hits = race(ports, shots(clinic, wanting(clinic, service, [start] * CROWD)))
            assert statuses(hits) == {201: 1, 409: CROWD - 1}, statuses(hits)
            assert most_at_once(hits) >= TOGETHER
            winner = next(hit.body for hit in hits if hit.status == 201)
            assert has_team(clinic, winner) == people
            for hit in hits:
                if hit.status == 409:
                    assert hit.body["code"] == "slot_taken"
                    assert set(hit.body["bookables"]) <= people
                    assert hit.body["bookables"]
                    assert hit.body["alternatives"]


class TestR02PartialOverlaps:
    """R-02: of 200 requests for partially overlapping times the accepted ones are disjoint, buffers included."""

    def test_are_pairwise_disjoint(self, clinic: Clinic, ports: list[int]) -> None:
        clinic.practitioner("overlap")
        service = clinic.service(
            roles=[{"skill": "overlap"}],
            step_minutes=5,
            durations_minutes=[35],
            buffer_before_minutes=5,
            buffer_after_minutes=10,
        )
        base = clinic.at(clinic.day(6), "09:00")
        starts = [base + timedelta(minutes=5 * (number % 60)) for number in range(2 * CROWD)]
        hits = race(ports, shots(clinic, wanting(clinic, service, starts)))
        assert set(statuses(hits)) == {201, 409}
        assert most_at_once(hits) >= TOGETHER
        taken = sorted(
            (take["starts_at"], take["ends_at"])
            for hit in hits
            if hit.status == 201
            for take in hit.body["visit"]["takes"]
            if take["starts_at"] is not None
        )
        assert len(taken) >= 2
        assert all(early[1] <= late[0] for early, late in zip(taken, taken[1:], strict=False))


class TestR03Confirmations:
    """R-03: of overlapping requests that kept no time, one confirmation is accepted."""

    def test_one_is_accepted(self, clinic: Clinic, ports: list[int]) -> None:
        clinic.practitioner("confirm")
        service = clinic.service(
            roles=[{"skill": "confirm"}], confirmation="manual", does_pending_block=False
        )
        start = clinic.at(clinic.day(6), "11:00")
        pending = [clinic.booked(service, start)["id"] for _ in range(8)]
        key = clinic.company.owner.key_headers
        hits = race(ports, [Shot(f"{BOOKING}/appointments/{one}/confirm", {}, key) for one in pending])
        assert statuses(hits) == {200: 1, 409: 7}
        states = Counter(
            clinic.place.client.get(f"{BOOKING}/appointments/{one}", headers=key).json()["status"]
            for one in pending
        )
        assert states == {"booked": 1, "pending": 7}


class TestR05Anybody:
    """R-05: as many requests for anybody as there are people: everybody is taken once."""

    def test_each_once(self, clinic: Clinic, ports: list[int]) -> None:
        people = {clinic.practitioner("anybody") for _ in range(8)}
        service = clinic.service(roles=[{"skill": "anybody"}])
        start = clinic.at(clinic.day(6), "12:00")
        hits = race(ports, shots(clinic, wanting(clinic, service, [start] * len(people))))
        assert statuses(hits) == {201: len(people)}, [hit.body for hit in hits if hit.status != 201]
        chosen = [next(iter(has_team(clinic, hit.body))) for hit in hits]
        assert set(chosen) == people
        assert len(chosen) == len(set(chosen))


class TestR04Teams:
    """R-04: teams and a room under overlapping demand: whole teams or nothing, nobody in two places."""

    def test_never_half_a_team(self, clinic: Clinic, ports: list[int]) -> None:
        for skill in ("surgeon", "anaesthetist", "nurse"):
            for _ in range(3):
                clinic.practitioner(f"{skill}-r04")
        for _ in range(2):
            clinic.room("theatre")
        service = clinic.service(
            roles=[
                {"skill": "surgeon-r04"},
                {"skill": "anaesthetist-r04"},
                {"skill": "nurse-r04", "least": 1, "most": 2},
            ],
            resources=[{"type": "theatre"}],
            durations_minutes=[60],
        )
        base = clinic.at(clinic.day(6), "09:00")
        starts = [base + timedelta(minutes=30 * (number % 6)) for number in range(CROWD // 2)]
        hits = race(ports, shots(clinic, wanting(clinic, service, starts)))
        assert set(statuses(hits)) == {201, 409}, statuses(hits)
        spans: dict[str, list[tuple[str, str]]] = {}
        for hit in hits:
            if hit.status == 201:
                assert len(has_team(clinic, hit.body)) == 4
                for take in hit.body["visit"]["takes"]:
                    if take["starts_at"] is not None:
                        spans.setdefault(take["key"], []).append((take["starts_at"], take["ends_at"]))
        assert statuses(hits)[201] >= 4
        for mine in spans.values():
            mine.sort()
            assert all(early[1] <= late[0] for early, late in zip(mine, mine[1:], strict=False))


class TestR06Series:
    """R-06: a series against single bookings on its third occurrence: all of the series, or none of it."""

    def test_has_one_winner(self, clinic: Clinic, ports: list[int]) -> None:
        clinic.practitioner("r06")
        service = clinic.service(roles=[{"skill": "r06"}])
        start, third = (clinic.at(clinic.day(ahead), "10:00") for ahead in (7, 21))
        series = [clinic.wanted(service, start, recurrence="FREQ=WEEKLY;COUNT=4")] * 6
        single = shots(clinic, wanting(clinic, service, [third] * 6))
        hits = race(ports, [*single, *shots(clinic, series, "series")])
        assert statuses(hits) == {201: 1, 409: 11}, [hit.body for hit in hits]
        won = next(hit.body for hit in hits if hit.status == 201)
        free = clinic.slots(service, since=start.isoformat(), until=(start + timedelta(weeks=5)).isoformat())
        gone = sum(start + timedelta(weeks=number) not in free for number in range(4))
        assert gone == (4 if "occurrences" in won else 1)


class TestR07Seats:
    """R-07: 12 seats and 100 who want one: 12 are in, the others are told that the class is full."""

    def test_twelve_are_in(self, clinic: Clinic, ports: list[int]) -> None:
        clinic.practitioner("yoga")
        service = clinic.service(roles=[{"skill": "yoga"}], capacity=12)
        start = clinic.at(clinic.day(6), "10:00")
        made = clinic.made(
            "sessions",
            {"service_id": service, "site_id": clinic.site_id, "starts_at": start.isoformat()},
        )
        bodies = wanting(clinic, service, [start] * CROWD, session_id=made["id"])
        hits = race(ports, shots(clinic, bodies))
        assert statuses(hits) == {201: 12, 409: CROWD - 12}
        assert most_at_once(hits) >= TOGETHER
        assert {hit.body["code"] for hit in hits if hit.status == 409} == {"no_seats_left"}
        seen = clinic.place.client.get(f"{BOOKING}/sessions/{made['id']}", headers=clinic.headers).json()
        assert (seen["capacity"], seen["seats_left"]) == (12, 0)


class TestR09Repeats:
    """R-09: the same key and body is the same visit; another body under the key is refused; a twin waits."""

    def test_take_effect_once(self, clinic: Clinic, ports: list[int]) -> None:
        clinic.practitioner("repeat")
        service = clinic.service(roles=[{"skill": "repeat"}])
        start = clinic.at(clinic.day(6), "10:00")
        headers = {**clinic.company.owner.key_headers, "Idempotency-Key": str(uuid4())}
        body = clinic.wanted(service, start)
        hits = race(ports, [Shot(f"{BOOKING}/appointments", body, headers) for _ in range(12)])
        assert statuses(hits) == {201: 12}, statuses(hits)
        assert len({hit.body["id"] for hit in hits}) == 1
        other = clinic.wanted(service, start + timedelta(hours=1))
        answer = clinic.place.client.post(f"{BOOKING}/appointments", json=other, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


class TestR29FreedTimes:
    """R-29: a visit is called off while others book and the queue is offered the time: exactly one gets it."""

    def test_go_to_one_of_those_who_want_them(self, clinic: Clinic, ports: list[int], place: Place) -> None:
        clinic.practitioner("freed")
        service = clinic.service(roles=[{"skill": "freed"}])
        start = clinic.at(clinic.day(6), "10:00")
        key = clinic.company.owner.key_headers
        window = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
        wanting = {"service_id": service, "site_id": clinic.site_id, "window": window}
        freed = {"service_id": service, "site_id": clinic.site_id, "starts_at": start.isoformat()}
        for _ in range(ROUNDS):
            made = clinic.booked(service, start)
            entry = clinic.made("waitlist", {"wanting": wanting, "client": {"name": "Lou"}})["id"]
            booking = shots(clinic, same(clinic, service, start, count=10))
            off = Shot(f"{BOOKING}/appointments/{made['id']}/cancel", {}, key)
            offers = [Shot(f"{BOOKING}/waitlist/offers", freed, key) for _ in range(4)]
            hits = race(ports, [*booking[:3], *offers[:2], off, *offers[2:], *booking[3:]])
            assert set(statuses(hits)) <= {200, 201, 409}, statuses(hits)
            place.house.jobs.processes.drain(place.north.id)
            told = place.client.get(f"{BOOKING}/waitlist/{entry}", headers=clinic.headers).json()
            won = [hit.body for hit in hits if hit.status == 201]
            assert len(won) + (told["status"] == "offered") == 1, (statuses(hits), told["status"])
            for one in won:
                assert clinic.act(one, "cancel").status_code == 200
            clinic.post(f"waitlist/{entry}/leave", {})


class TestAbsenceAgainstBooking:
    """An absence approved between listing and booking makes the booking decide again."""

    def test_nothing_is_booked_into_it_unseen(self, clinic: Clinic, ports: list[int]) -> None:
        doctor = clinic.practitioner("away")
        service = clinic.service(roles=[{"skill": "away"}])
        day = clinic.day(6)
        period = {"start": clinic.at(day, "09:00").isoformat(), "end": clinic.at(day, "17:00").isoformat()}
        absence = clinic.made("absences", {"subject_id": doctor, "period": period})["id"]
        starts = [clinic.at(day, "09:00") + timedelta(minutes=30 * number) for number in range(16)]
        approve = Shot(f"{BOOKING}/absences/{absence}/approve", {}, clinic.company.owner.key_headers)
        booking = shots(clinic, wanting(clinic, service, starts))
        hits = race(ports, [*booking[:8], approve, *booking[8:]])
        assert hits[8].status == 200
        in_time = {hit.body["id"] for hit in hits[:8] + hits[9:] if hit.status == 201}
        seen = clinic.place.client.get(f"{BOOKING}/absences/{absence}", headers=clinic.headers).json()
        assert set(seen["affected"]) == in_time
        late = [hit.body["rule"] for hit in hits[:8] + hits[9:] if hit.status == 409]
        assert set(late) <= {"absent"}
        assert clinic.reason(service, starts[0])["rule"] == "absent"
