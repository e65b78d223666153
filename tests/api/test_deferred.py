"""What is answered 202 is done once, by whoever asked as they stand then; a batch is many commands (SEC-48)."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.deferred import line
from api.rest.deferring import AT_ONCE, MOST_BYTES, defers
from application.platform.members import ChangeMemberRoles, DeactivateMember, ReactivateMember
from domain.platform.roles import Role
from tests.contract.slim import CURRENT
from tests.kit.house import Company, Person, Place

TRIPS, BATCH = "/api/v1/enterprise/trips", "/api/v1/commands/batch"
LATER = {"Prefer": "respond-async"}
SECRET = re.compile(r"(^|_)(secret|token|password|api_key)$")
KEPT = "select request, answer, status from es.deferred_command where tenant_id = %s and command_id = %s"


def plan(place: Place, purpose: str = "Client visit") -> dict[str, Any]:
    return {"traveller_id": str(place.north.traveller.id), "purpose": purpose}


def ask(place: Place, headers: dict[str, str], body: Any = None, path: str = TRIPS) -> Any:
    return place.client.post(path, json=body, headers={**headers, **LATER})


def looked_up(place: Place, accepted: Any, person: Person) -> Any:
    return place.client.get(accepted.headers["location"], headers=person.headers).json()


def kept(database_url: str, company: Company, accepted: Any) -> tuple[Any, ...]:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(KEPT, (company.id, accepted.json()["id"])).fetchone()
    assert row is not None
    return row


class TestLater:
    def test_is_pending_then_applied_with_its_answer(self, place: Place, database_url: str) -> None:
        owner, before = place.north.owner, place.heads()[place.north.id]
        answer = ask(place, {**owner.headers, "Idempotency-Key": "later"}, plan(place, "A secret visit"))
        assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")
        assert answer.headers["location"] == f"/api/v1/commands/{answer.json()['id']}"
        assert looked_up(place, answer, owner)["outcome"] == "pending"
        assert place.heads()[place.north.id] == before
        # Neither the text nor the credential can be read by whoever reads the table.
        request, _, _ = kept(database_url, place.north, answer)
        assert b"secret" not in request
        assert owner.token.encode() not in request

        assert place.house.deferred.perform(place.north.id) == 1
        done = looked_up(place, answer, owner)
        assert (done["outcome"], done["status"], done["position"]) == ("applied", 201, before + 1)
        assert done["result"]["purpose"] == "A secret visit"
        trip = place.client.get(f"{TRIPS}/{done['resource_id']}", headers=owner.headers).json()
        assert done["result"] == {**trip, "position": before + 1}
        request, answered, status = kept(database_url, place.north, answer)
        assert (request, status) == (None, 201)
        assert b"secret" not in answered
        # A command of one's own only, and of the same company.
        for other in (place.north.manager, place.south.owner):
            hidden = place.client.get(answer.headers["location"], headers=other.headers)
            assert hidden.status_code == 404

    def test_asked_twice_is_done_once(self, place: Place) -> None:
        owner, before = place.north.owner, place.heads()[place.north.id]
        headers = {**owner.headers, "Idempotency-Key": "twice"}
        first, second = ask(place, headers, plan(place)), ask(place, headers, plan(place))
        assert second.headers["location"] == first.headers["location"]
        assert second.headers["idempotency-replayed"] == "true"
        other = ask(place, headers, plan(place, "Something else"))
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
        # At once, under the same key, meanwhile: the worker repeats that answer.
        now = place.client.post(TRIPS, json=plan(place), headers=headers)
        assert (now.status_code, place.house.deferred.perform(place.north.id)) == (201, 1)
        assert place.heads()[place.north.id] == before + 1
        assert looked_up(place, first, owner)["resource_id"] == now.json()["id"]

    def test_a_worker_that_died_before_it_noted_the_answer_changes_nothing_twice(self, place: Place) -> None:
        owner = place.north.owner
        accepted = ask(place, owner.headers, plan(place))
        taken = place.house.deferred._line.take(place.north.id)
        assert taken is not None
        assert place.house.deferred.door is not None
        first = place.house.deferred.door(taken.asked, lambda: place.house.deferred._caller(taken))
        before = place.heads()[place.north.id]
        assert place.house.deferred.perform(place.north.id) == 0  # its lease runs
        place.house.deferred._line.put_back(taken, 0)
        assert place.house.deferred.perform(place.north.id) == 1
        assert place.heads()[place.north.id] == before
        assert looked_up(place, accepted, owner)["result"] == first.document

    def test_what_can_never_succeed_is_refused_at_once(self, place: Place) -> None:
        owner, traveller = place.north.owner, place.north.traveller
        trip = place.plan(place.north)["id"]
        for headers, body, path, status in (
            ({}, plan(place), TRIPS, 401),
            (owner.headers, {"purpose": 1}, TRIPS, 422),
            (traveller.headers, {"comment": "Go"}, f"{TRIPS}/{trip}/approve", 403),
            ({**owner.headers, "If-Match": "3"}, {"reason": "X"}, f"{TRIPS}/{trip}/cancel", 400),
            (owner.headers, {"comment": "x" * MOST_BYTES}, f"{TRIPS}/{trip}/approve", 422),
        ):
            assert ask(place, headers, body, path).status_code == status, path
        assert place.house.deferred.perform(place.north.id) == 0

    def test_is_refused_with_its_problem(self, place: Place) -> None:
        owner = place.north.owner
        trip = place.plan(place.north)
        path = f"{TRIPS}/{trip['id']}/cancel"
        stale = {**owner.headers, "If-Match": '"v7"', "Accept-Language": "fr"}
        answers = [
            ask(place, stale, {"reason": "X"}, path),
            ask(place, owner.headers, {"comment": "Go"}, f"{TRIPS}/{trip['id']}/approve"),
            ask(place, owner.headers, {"reason": "X"}, f"{TRIPS}/{uuid4()}/cancel"),
        ]
        place.house.deferred.perform(place.north.id)
        shown = [looked_up(place, answer, owner) for answer in answers]
        assert [(one["outcome"], one["status"], one["result"]) for one in shown] == [
            ("refused", 412, None),
            ("refused", 409, None),
            ("refused", 404, None),
        ]
        assert shown[0]["problem"]["detail"].startswith("La version donnée")
        assert shown[0]["problem"]["current_version"] == trip["version"]
        assert shown[2]["code"] == shown[2]["problem"]["code"] == "not_found"

    def test_the_caller_is_judged_again(self, place: Place) -> None:
        """L-permission: a role or a key taken away meanwhile opens nothing any more."""
        manager = place.north.manager
        trips = [place.plan(place.north)["id"] for _ in range(2)]
        for trip in trips:
            place.client.post(f"{TRIPS}/{trip}/submit", headers=place.north.owner.headers)
        founder = founder_of(place)
        accepted = ask(place, manager.headers, {"comment": "Go"}, f"{TRIPS}/{trips[0]}/approve")
        assert accepted.status_code == 202, accepted.text
        founder(ChangeMemberRoles(member_id=manager.id, roles=(Role.TRAVELLER,)))
        place.house.deferred.perform(place.north.id)
        founder(ChangeMemberRoles(member_id=manager.id, roles=(Role.MANAGER,)))
        assert looked_up(place, accepted, manager)["status"] == 403

        gone = ask(place, manager.key_headers, {"comment": "Go"}, f"{TRIPS}/{trips[1]}/approve")
        founder(DeactivateMember(member_id=manager.id))
        place.house.deferred.perform(place.north.id)
        founder(ReactivateMember(member_id=manager.id))
        assert looked_up(place, gone, manager)["problem"]["code"] == "unauthenticated"

    def test_what_passes_by_itself_is_tried_again(self, place: Place, monkeypatch: Any) -> None:
        accepted = ask(place, place.north.owner.headers, plan(place))
        door = place.house.deferred.door

        def broken(*_: Any) -> Any:
            raise ConnectionError

        monkeypatch.setattr(place.house.deferred, "door", broken)
        assert place.house.deferred.perform(place.north.id) == 0
        assert looked_up(place, accepted, place.north.owner)["outcome"] == "pending"
        monkeypatch.setattr(place.house.deferred, "door", door)
        with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
            connection.execute("update es.deferred_command set due_at = now() where done_at is null")
        assert place.house.deferred.perform(place.north.id) == 1

    def test_waits_for_nobody_beyond_a_thousand_and_is_forgotten_after_a_day(
        self, place: Place, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(line, "MOST_WAITING", 1)
        owner = place.south.owner
        body = {"traveller_id": str(place.south.traveller.id), "purpose": "X"}
        first, second = ask(place, owner.headers, body), ask(place, owner.headers, body)
        assert (second.status_code, second.json()["code"]) == (429, "too_many_waiting")
        assert place.south.id in place.house.deferred._line.due()
        place.house.deferred.perform(place.south.id)
        with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
            connection.execute("update es.deferred_command set done_at = done_at - interval '25 hours'")
        place.house.deferred.act(1)
        told = looked_up(place, first, owner)
        assert (told["outcome"], told["status"], told["result"]) == ("applied", None, None)

    def test_is_not_for_what_needs_a_person_tells_a_secret_or_reads_a_file(self) -> None:
        assert defers("plan_trip")
        names = ("open_session", "issue_api_key", "erase_member", "import_trips", "run_batch", "sign_up")
        assert [name for name in (*names, *AT_ONCE) if defers(name)] == []

    def test_keeps_no_secret_for_a_day(self) -> None:
        document = json.loads(CURRENT.read_text())
        schemas, found = document["components"]["schemas"], {}
        for methods in document["paths"].values():
            for method, operation in methods.items():
                if method != "get" and defers(operation["operationId"]):
                    found[operation["operationId"]] = fields_of(operation["responses"], schemas)
        secrets = {
            (name, field) for name, fields in found.items() for field in fields if SECRET.search(field)
        }
        assert secrets == set(), "answer it at once: add the operation to AT_ONCE in api/rest/deferring.py"


def fields_of(value: Any, schemas: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """Every field an answer may have, however deep."""
    if isinstance(value, list):
        return {field for each in value for field in fields_of(each, schemas, seen)}
    if not isinstance(value, dict):
        return set()
    name = str(value.get("$ref", "")).removeprefix("#/components/schemas/")
    inner = (
        fields_of(schemas[name], schemas, seen | {name}) if name in schemas and name not in seen else set()
    )
    below = {
        field for key, each in value.items() if key != "example" for field in fields_of(each, schemas, seen)
    }
    return inner | below | set(value.get("properties", ()))


class TestBatch:
    @pytest.fixture
    def trips(self, place: Place) -> list[str]:
        return [place.plan(place.north)["id"] for _ in range(2)]

    def test_runs_each_command_by_itself_in_order(self, place: Place, trips: list[str]) -> None:
        owner, before = place.north.owner, place.heads()[place.north.id]
        items = [
            {"operation": "submit_trip", "path": {"trip_id": trips[0]}},
            {"operation": "submit_trip", "path": {"trip_id": str(uuid4())}},
            {"operation": "cancel_trip", "path": {"trip_id": trips[0]}, "body": {"reason": "X"}},
            {"operation": "cancel_trip", "path": {"trip_id": trips[1]}, "body": {"reason": 1}},
            {
                "operation": "cancel_trip",
                "path": {"trip_id": trips[1]},
                "body": {"reason": "X"},
                "if_match": 9,
            },
            {"operation": "list_trips"},
            {"operation": "open_session"},
            {"operation": "cancel_trip", "path": {"trip": trips[1]}},
            {"operation": "plan_trip", "body": plan(place), "idempotency_key": "mine"},
        ]
        headers = {**owner.headers, "Idempotency-Key": "batch"}
        answer = place.client.post(BATCH, json={"commands": items}, headers=headers)
        assert answer.status_code == 200, answer.text
        results = answer.json()["data"]
        assert [one["status"] for one in results] == [200, 404, 200, 422, 412, 422, 422, 422, 201]
        applied = [one["position"] for one in results if one["problem"] is None]
        assert applied == [before + 1, before + 2, before + 3]
        assert [one["problem"]["code"] for one in results[5:7]] == ["operation_unknown"] * 2
        assert results[7]["problem"]["errors"][0]["pointer"] == "/commands/7/path"
        assert results[8]["body"]["purpose"] == "Client visit"
        assert results[8]["location"] == f"{TRIPS}/{results[8]['body']['id']}"

        # Sent again, it repeats what was done and does nothing; a key of one's own holds outside as well.
        again = place.client.post(BATCH, json={"commands": items}, headers=headers).json()["data"]
        assert [one["body"] for one in again] == [one["body"] for one in results]
        assert [one["replayed"] for one in again if one["status"] < 300] == [True] * 3
        alone = place.client.post(
            TRIPS, json=plan(place), headers={**owner.headers, "Idempotency-Key": "mine"}
        )
        assert alone.json() == results[8]["body"]
        assert place.heads()[place.north.id] == before + 3

    def test_judges_each_command_for_its_caller(self, place: Place, trips: list[str]) -> None:
        items = [{"operation": "approve_trip", "path": {"trip_id": trips[0]}, "body": {"comment": "Go"}}]
        items.append({"operation": "issue_api_key", "body": {"name": "K", "scopes": ["trips:read"]}})
        for credential, expected in (
            (place.north.traveller.headers, [403, 403]),
            (place.south.owner.key_headers, [404, 403]),
        ):
            answer = place.client.post(BATCH, json={"commands": items}, headers=credential)
            assert [one["status"] for one in answer.json()["data"]] == expected

    def test_is_bounded(self, place: Place) -> None:
        items = [{"operation": "submit_trip"}] * 101
        for body in ({"commands": items}, {"commands": []}):
            answer = place.client.post(BATCH, json=body, headers=place.north.owner.headers)
            assert answer.status_code == 422

    def test_is_done_later_as_a_whole(self, place: Place, trips: list[str]) -> None:
        items = [
            {"operation": "cancel_trip", "path": {"trip_id": trip}, "body": {"reason": "X"}} for trip in trips
        ]
        results = ask(place, place.north.owner.headers, {"commands": items}, BATCH).json()["data"]
        assert [one["status"] for one in results] == [202, 202]
        assert place.house.deferred.perform(place.north.id) == 2
        for one in results:
            shown = place.client.get(one["location"], headers=place.north.owner.headers).json()
            assert (shown["outcome"], UUID(shown["id"])) == ("applied", UUID(one["command_id"]))


def founder_of(place: Place) -> Any:
    from tests.kit.house import Founder

    def execute(command: Any) -> None:
        Founder(place.house).execute(place.north.id, command)
        place.house.identity.forget()

    return execute
