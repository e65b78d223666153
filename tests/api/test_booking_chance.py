"""What holds whatever clients do, and however long they take: seats, think time, and nothing kept while they pay."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.event_store.catalogue import CatalogueMemory
from domain.booking.practitioner import Practitioner
from domain.booking.service import Service
from tests.kit.booking_claims import claims_held, claims_replayed
from tests.kit.clinic import BOOKING, Clinic, at_the_time
from tests.kit.house import Place

STEPS = 40
# Connections that keep a transaction open, and locks on anything of ours that somebody still holds.
OPEN_TRANSACTIONS = """
select pid, state, query from pg_stat_activity
where datname = current_database() and state like 'idle in transaction%' and pid <> pg_backend_pid()
"""
LOCKS = """
select l.pid, l.mode, c.relname from pg_locks l join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('es', 'read', 'vault') and l.pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


class TestR28Conservation:
    """R-28: booked + free = capacity after any sequence of commands, and nobody is in two classes by one seat."""

    def test_of_seats(self, clinic: Clinic, place: Place) -> None:
        dice, day = Random(28), clinic.day()
        clinic.practitioner("class")
        service = clinic.service(roles=[{"skill": "class"}], capacity=4, deposit_percent=0)
        starts = [clinic.at(day, clock) for clock in ("09:00", "11:00")]
        ids = []
        for start in starts:
            body = {"service_id": service, "site_id": clinic.site_id, "starts_at": start.isoformat()}
            ids.append(str(clinic.made("sessions", body)["id"]))
        capacity = dict.fromkeys(ids, 4)
        seats: dict[str, str] = {}  # appointment -> session

        def join() -> None:
            number = dice.randrange(2)
            answer = clinic.book(service, starts[number], session_id=ids[number])
            is_full = sum(one == ids[number] for one in seats.values()) >= capacity[ids[number]]
            assert (answer.status_code == 409) is is_full, answer.text
            if not is_full:
                seats[answer.json()["id"]] = ids[number]

        def leave() -> None:
            if seats:
                one = dice.choice(sorted(seats))
                action, body = dice.choice(
                    [("cancel", {}), ("steps", {"step": "entered-in-error"}), ("cancel", {"by": "client"})]
                )
                assert clinic.act({"id": one}, action, body).status_code == 200
                del seats[one]

        def move() -> None:
            if seats:
                one, number = dice.choice(sorted(seats)), dice.randrange(2)
                wanted = {"starts_at": starts[number].isoformat(), "session_id": ids[number]}
                answer = clinic.act({"id": one}, "reschedule", wanted)
                if answer.status_code == 200:
                    seats[one] = ids[number]
                else:
                    assert answer.json()["code"] == "no_seats_left"

        def resize() -> None:
            one, seats_wanted = dice.choice(ids), dice.randrange(1, 7)
            path = f"{BOOKING}/sessions/{one}/capacity"
            answer = place.client.put(path, json={"capacity": seats_wanted}, headers=clinic.headers)
            if answer.status_code == 200:
                capacity[one] = seats_wanted

        for _ in range(STEPS):
            dice.choice([join, join, join, leave, move, resize])()
            for one in ids:
                seen = place.client.get(f"{BOOKING}/sessions/{one}", headers=clinic.headers).json()
                taken = sum(each == one for each in seats.values())
                assert seen["capacity"] == capacity[one]
                assert taken + seen["seats_left"] == max(taken, capacity[one])
        assert claims_held(place, place.north.id) == claims_replayed(place, place.north.id)


class TestR08ThinkTime:
    """R-08: a start is accepted if it is free when it is asked for, however long the client thought about it."""

    @pytest.mark.parametrize("thinking", [timedelta(0), timedelta(minutes=59), timedelta(hours=2)])
    def test_the_moment_of_asking_counts(self, clinic: Clinic, place: Place, thinking: timedelta) -> None:
        skill = f"think-{thinking.seconds}"
        clinic.practitioner(skill)
        service = clinic.service(roles=[{"skill": skill}], notice_minutes=60)
        start = clinic.at(clinic.day(), "10:00")
        looked_at = start - timedelta(hours=2)
        window = {
            "since": looked_at.isoformat(),
            "until": (start + timedelta(hours=1)).isoformat(),
        }
        with at_the_time(place, looked_at):
            assert start in clinic.slots(service, **window)
        with at_the_time(place, looked_at + thinking):
            is_free = start in clinic.slots(service, **window)
            answer = clinic.book(service, start)
        assert is_free is (thinking < timedelta(hours=1))
        assert (answer.status_code == 201) is is_free
        if not is_free:
            assert answer.json()["rule"] == "notice"


class TestR41NothingIsHeldWhileSomebodyPays:
    """R-41: between the hold and the payment no transaction is open and no lock is kept; others go on booking."""

    def test_a_payment_elsewhere_takes_as_long_as_it_takes(
        self, clinic: Clinic, place: Place, database_url: str
    ) -> None:
        clinic.practitioner("pay")
        service = clinic.service(roles=[{"skill": "pay"}], deposit_percent=25)
        made = clinic.booked(service, clinic.at(clinic.day(), "09:00"))
        assert made["status"] == "proposed"
        with psycopg.connect(database_url, autocommit=True) as observer:
            assert observer.execute(OPEN_TRANSACTIONS).fetchall() == []
            assert observer.execute(LOCKS).fetchall() == []
        other = clinic.booked(service, clinic.at(clinic.day(), "10:00"))
        paid: dict[str, Any] = {
            "payment_id": str(uuid4()),
            "amount": {"amount_minor": 2_000, "currency": "EUR"},
        }
        assert clinic.act(made, "deposits", paid).json()["status"] == "booked"
        # Whoever has not paid can still be called off: nothing waits for the payment.
        assert clinic.act(other, "cancel").json()["status"] == "cancelled"


class TestEmployees:
    def test_a_company_books_for_each_of_its_people(self, clinic: Clinic) -> None:
        """Every employee is a client of their own, whom their company has booked."""
        clinic.practitioner("work")
        service = clinic.service(roles=[{"skill": "work"}], limits={"per_client_per_day": 1})
        company, day = str(uuid4()), clinic.day()
        people = [
            {"name": name, "client_id": str(uuid4()), "relationship": "employee", "booker_id": company}
            for name in ("Lou", "Sasha")
        ]
        visits = [
            clinic.booked(service, clinic.at(day, clock), client=one)
            for one, clock in zip(people, ("09:00", "09:30"), strict=True)
        ]
        assert {(one["relationship"], one["booker_id"]) for one in visits} == {("employee", company)}
        assert [one["client_id"] for one in visits] == [one["client_id"] for one in people]
        again = clinic.book(service, clinic.at(day, "11:00"), client=people[0])
        assert again.json()["rule"] == "client_limit"
        nobody = {**people[0], "booker_id": None}
        assert clinic.book(service, clinic.at(day, "12:00"), client=nobody).json()["code"] == "booker_missing"


class TestTheCatalogueInMemory:
    """What is kept in memory is held against the log at every look: no process shows what another has changed."""

    def test_is_as_new_as_the_log(self, clinic: Clinic, place: Place) -> None:
        doctor, tenant_id = UUID(clinic.practitioner("memory")), place.north.id
        service_id = UUID(clinic.service(roles=[{"skill": "memory"}]))
        kinds = {service_id: Service, doctor: Practitioner}
        ours, theirs = (CatalogueMemory(place.house.engine).of(tenant_id) for _ in range(2))
        before = ours.known().streams(kinds)
        theirs.known().streams(kinds)
        clinic.booked(str(service_id), clinic.at(clinic.day(), "12:00"))
        # A booking moves the log, not the catalogue: nothing is read again.
        assert ours.known().streams(kinds)[service_id] is before[service_id]

        early = ours.known()
        retired = clinic.post(f"services/{service_id}/retire", {}).json()
        for catalogue in (ours, theirs):
            seen = catalogue.known().streams(kinds)
            assert seen[service_id].version == retired["version"]
            assert seen[doctor] is not None
        # Whoever looked before that keeps what they find to themselves.
        early._memory.keep(early._shelf, early._moves, streams={service_id: before[service_id]})
        assert ours.known().streams(kinds)[service_id].version == retired["version"]
        # A log that was restored is shorter than what was known of it.
        early._shelf.position += 1_000_000
        assert ours.known().streams(kinds)[service_id].version == retired["version"]
        assert early._shelf.position == place.house.streams(tenant_id).head()

    def test_knows_nobody_by_name(self, clinic: Clinic, place: Place) -> None:
        doctor = UUID(clinic.practitioner("nameless"))
        known = CatalogueMemory(place.house.engine).of(place.north.id).known()
        one = known.streams({doctor: Practitioner})[doctor]
        assert isinstance(one, Practitioner)
        assert one.terms is not None
        assert "Camille" not in one.model_dump_json()
