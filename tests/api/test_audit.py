"""The auditor's door: the feed, the past, seals, proofs and the export."""

import json
from typing import Any

import psycopg
import pytest

from adapters.audit.verifier import verify_lines, verify_proof
from domain.platform.roles import Role, Scope
from tests.api.test_bad_input import is_problem
from tests.kit.house import Founder, Place

AUDIT = "/api/v1/audit"
POLICIES = "/api/v1/enterprise/policies"


def get(place: Place, path: str, *, who: Any = None, **parameters: Any) -> Any:
    answer = place.client.get(f"{AUDIT}{path}", params=parameters, headers=(who or place.north.owner).headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(place: Place, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found, cursor = [], {}
    while True:
        page = get(place, path, **parameters, **cursor)
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


class TestFeed:
    def test_shows_every_event_once_in_order(self, place: Place) -> None:
        place.plan(place.north)
        facts = everything(place, "/events", limit=7)
        assert [fact["position"] for fact in facts] == list(range(1, place.heads()[place.north.id] + 1))
        assert "[withheld]" not in json.dumps(facts)

    def test_says_who_for_whom_when_why_and_by_which_command(self, place: Place) -> None:
        trip = place.plan(place.north)
        fact = get(place, f"/streams/{trip['id']}")["data"][0]
        assert fact["topic"] == "trip.planned.v1"
        assert fact["actor_id"] == str(place.north.owner.id)
        assert fact["actor_kind"] == "member"
        assert fact["for_id"] == str(place.north.traveller.id)
        assert fact["command_id"]
        assert fact["facts"]["purpose"] == "Client visit"

    def test_can_be_filtered(self, place: Place) -> None:
        trip = place.plan(place.north)
        facts = everything(place, "/events")
        one = next(fact for fact in facts if fact["stream_id"] == trip["id"])
        for filters, matches in (
            ({"topic": one["topic"]}, lambda fact: fact["topic"] == one["topic"]),
            ({"stream": one["stream_id"]}, lambda fact: fact["stream_id"] == one["stream_id"]),
            ({"actor": one["actor_id"]}, lambda fact: fact["actor_id"] == one["actor_id"]),
            ({"command": one["command_id"]}, lambda fact: fact["command_id"] == one["command_id"]),
            ({"recorded_from": one["recorded_at"]}, lambda fact: fact["position"] >= one["position"]),
            ({"recorded_until": one["recorded_at"]}, lambda fact: fact["position"] < one["position"]),
            ({"occurred_from": one["occurred_at"]}, lambda fact: fact["occurred_at"] >= one["occurred_at"]),
            ({"occurred_until": one["occurred_at"]}, lambda fact: fact["occurred_at"] < one["occurred_at"]),
        ):
            expected = [fact["position"] for fact in facts if matches(fact)]  # type: ignore[no-untyped-call]
            assert expected
            found = everything(place, "/events", limit=3, **filters)
            assert [fact["position"] for fact in found] == expected, filters

    def test_withholds_hashes_of_passwords(self, place: Place) -> None:
        founder = Founder(place.house)
        person = founder.person(place.north.id, "withheld", Role.FINANCE, (Scope.TENANT_READ,))
        founder.with_password(place.north.id, person)
        facts = everything(place, f"/streams/{person.id}")
        secret = [fact["facts"]["password_hash"] for fact in facts if "password_hash" in fact["facts"]]
        state = get(place, f"/streams/{person.id}/as-of")["state"]
        assert {*secret, state["password_hash"]} == {"[withheld]"}


class TestAsOf:
    def test_tells_the_policy_before_and_after_a_change(self, place: Place) -> None:
        headers, policies = place.north.owner.headers, []
        for name in ("Before", "After"):
            answer = place.client.post(POLICIES, json={"name": name}, headers=headers)
            assert answer.status_code == 201, answer.text
            policies.append(answer.json())
        before, after = policies
        path = f"/streams/{before['id']}"
        facts = everything(place, path)
        old = next(fact for fact in facts if fact["position"] == before["position"])
        new = next(fact for fact in facts if fact["position"] == after["position"])

        for basis, value, name, version in (
            ("position", before["position"], "Before", old["version"]),
            ("position", after["position"], "After", new["version"]),
            ("known_at", old["recorded_at"], "Before", old["version"]),
            ("known_at", new["recorded_at"], "After", new["version"]),
            ("occurred_at", old["occurred_at"], "Before", old["version"]),
            ("occurred_at", new["occurred_at"], "After", new["version"]),
        ):
            state = get(place, f"{path}/as-of", **{basis: value})
            assert (state["basis"], state["at"], state["version"]) == (basis, value, version)
            assert state["state"]["rules"]["name"] == name, basis
        latest = get(place, f"{path}/as-of")
        assert (latest["basis"], latest["at"]) == ("position", place.heads()[place.north.id])
        early = place.client.get(f"{AUDIT}{path}/as-of?position=1", headers=headers)
        assert early.status_code == 404


class TestProofs:
    def test_hold_for_every_sealed_event_and_for_no_other(self, place: Place) -> None:
        client, headers = place.client, place.north.owner.headers
        seal = client.post(f"{AUDIT}/seals", headers=headers).json()
        keys = [bytes.fromhex(key["public_key"]) for key in client.get(f"{AUDIT}/keys").json()["data"]]
        proof: dict[str, Any] = {}
        for position in range(1, seal["to_position"] + 1):
            proof = get(place, f"/events/{position}/proof")
            assert verify_proof(proof, keys) == []
        for change in (
            {"event": {**proof["event"], "meta": proof["event"]["meta"] + " "}},
            {"event": {**proof["event"], "position": 1}},
            {"previous_hash": "0" * 64},
            {"path": ["0" * 64, *proof["path"][1:]]},
            {"path": proof["path"][:-1]},
            {"seal": {**proof["seal"], "to_position": proof["seal"]["to_position"] + 1}},
            {"seal": {**proof["seal"], "root": "0" * 64}},
            {"seal": {**proof["seal"], "signature": "0" * 128}},
        ):
            assert verify_proof({**proof, **change}, keys), change
        assert verify_proof(proof, [bytes(32)])

    def test_wait_for_the_next_seal(self, place: Place) -> None:
        position = place.plan(place.north)["position"]
        headers = place.north.owner.headers
        answer = place.client.get(f"{AUDIT}/events/{position}/proof", headers=headers)
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed_yet")
        unknown = place.client.get(f"{AUDIT}/events/999999/proof", headers=headers)
        assert unknown.status_code == 404


class TestSeals:
    def test_follow_each_other_inside_and_outside(self, place: Place) -> None:
        client, headers = place.client, place.south.owner.headers
        first = client.post(f"{AUDIT}/seals", headers=headers).json()
        assert client.post(f"{AUDIT}/seals", headers=headers).json() == first, "nothing moved"
        place.plan(place.south)
        second = client.post(f"{AUDIT}/seals", headers=headers).json()
        assert second["from_position"] == first["to_position"] + 1
        listed = client.get(f"{AUDIT}/seals", headers=headers).json()["data"]
        assert listed[-2:] == [first, second]
        folder = place.house.settings.data_dir / "seals" / str(place.south.id)
        kept = json.loads((folder / f"{second['to_position']}.json").read_text())
        assert {name: kept[name] for name in second} == second

        verified = client.post(f"{AUDIT}/verify", headers=headers).json()
        assert verified["verified"], verified
        assert verified["seals"] == verified["seals_outside"] == len(listed)
        assert verified["events"] == verified["head"] == verified["sealed_to"]


class TestExport:
    def test_verifies_and_keeps_personal_fields_sealed(self, place: Place) -> None:
        client, headers = place.client, place.north.owner.headers
        client.post(f"{AUDIT}/seals", headers=headers)
        place.plan(place.north, purpose="A purpose nobody else reads")
        export = client.get(f"{AUDIT}/export", headers=headers)
        assert export.headers["content-type"].startswith("application/x-ndjson")
        assert "A purpose nobody else reads" not in export.text
        assert place.north.owner.email not in export.text
        report = verify_lines(export.text.splitlines())
        assert report.findings == []
        assert report.events == place.heads()[place.north.id] > report.sealed_to > 0


class TestDamage:
    """Somebody with all rights on the database made an event unreadable."""

    @pytest.mark.parametrize(
        "harm",
        [
            b"update es.event set state = '\\xff' where tenant_id = %s and position = %s",
            b"update es.event set state = '{}' where tenant_id = %s and position = %s",
            b"update es.event set meta = 'nonsense' where tenant_id = %s and position = %s",
            b"update es.event set topic = 'unknown.v9' where tenant_id = %s and position = %s",
        ],
    )
    def test_is_told_to_whoever_reads_it(self, place: Place, database_url: str, harm: bytes) -> None:
        trip, headers = place.plan(place.north), place.north.owner.headers
        since = get(place, f"/streams/{trip['id']}")["data"][0]["recorded_at"]
        which = (place.north.id, trip["position"])
        keep = "select state, meta, topic from es.event where tenant_id = %s and position = %s"
        mend = "update es.event set state = %s, meta = %s, topic = %s where tenant_id = %s and position = %s"
        with psycopg.connect(database_url, autocommit=True) as superuser:
            kept = superuser.execute(keep, which).fetchone()
            assert kept is not None
            superuser.execute(harm, which)
            try:
                for path in (
                    f"/events?stream={trip['id']}",
                    f"/events?recorded_from={since}&actor={place.north.owner.id}",
                    f"/streams/{trip['id']}",
                    f"/streams/{trip['id']}/as-of",
                ):
                    answer = place.client.get(f"{AUDIT}{path}", headers=headers)
                    assert is_problem(answer)
                    assert (answer.status_code, answer.json()["code"]) == (409, "log_damaged"), path
                assert place.client.get(f"{AUDIT}/export", headers=headers).status_code == 200
                verified = place.client.post(f"{AUDIT}/verify", headers=headers).json()
                assert verified["first_broken_position"] == trip["position"]
            finally:
                superuser.execute(mend, (*kept, *which))


class TestRights:
    def test_are_those_of_owners_administrators_and_auditors(self, place: Place) -> None:
        auditor = Founder(place.house).person(place.north.id, "audit", Role.AUDITOR, (Scope.AUDIT_READ,))
        trip = place.plan(place.north)
        for path in (
            "/events",
            f"/streams/{trip['id']}",
            f"/streams/{trip['id']}/as-of",
            "/seals",
            "/export",
        ):
            url = f"{AUDIT}{path}"
            for headers, status in (
                (auditor.headers, 200),
                (auditor.key_headers, 200),
                (place.north.manager.headers, 403),
                (place.north.traveller.headers, 403),
                (place.platform.admin.headers, 403),
                (place.south.owner.headers, 404 if "streams" in path else 200),
            ):
                answer = place.client.get(url, headers=headers)
                assert answer.status_code == status, (path, answer.text)
                assert status == 200 or trip["id"] not in answer.text
                assert headers != place.south.owner.headers or str(place.north.id) not in answer.text
