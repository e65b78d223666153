"""Does the house notice what somebody with all rights on its database has done? And are seals made in time?"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql

from adapters.audit.sealing import SealsDisagree
from adapters.event_store.application import TenantApplication
from adapters.jobs.scheduler import Lease
from adapters.jobs.sealing import HourlySeals
from domain.travel.policy import Policy, default_policy_id
from tests.adapters.audit.conftest import Sealed

AT = 9
VERIFY = "/api/v1/audit/verify"


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def verified(sealed: Sealed) -> dict[str, Any]:
    place = sealed.place
    answer = place.client.post(VERIFY, headers=place.north.owner.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rechained(superuser: psycopg.Connection[Any], tenant_id: str) -> None:
    """Every hash from the tampered event on, recomputed as the database itself does."""
    rows = superuser.execute(
        "select position from es.event where tenant_id = %s and position >= %s order by position",
        (tenant_id, AT),
    ).fetchall()
    for (position,) in rows:
        superuser.execute(
            "update es.event e set chain_hash = sha256(b.chain_hash || uuid_send(e.tenant_id)"
            " || int8send(e.position) || uuid_send(e.event_id) || uuid_send(e.originator_id)"
            " || int8send(e.originator_version) || timestamptz_send(e.recorded_at)"
            " || sha256(convert_to(e.topic, 'UTF8')) || sha256(e.state) || sha256(convert_to(e.meta, 'UTF8')))"
            " from es.event b where b.tenant_id = e.tenant_id and b.position = e.position - 1"
            " and e.tenant_id = %s and e.position = %s",
            (tenant_id, position),
        )
    superuser.execute(
        "update es.tenant_head h set chain_hash = e.chain_hash from es.event e"
        " where e.tenant_id = h.tenant_id and e.position = h.position and h.tenant_id = %s",
        (tenant_id,),
    )


class TestVerification:
    """Each tampering is made as a superuser, seen, and undone."""

    @pytest.fixture(autouse=True)
    def as_it_was(self, sealed: Sealed, superuser: psycopg.Connection[Any]) -> Iterator[None]:
        assert verified(sealed)["verified"]
        tables = ("event", "tenant_head", "ledger_seal")
        for table in tables:
            keep = "create table public.{0} as select * from es.{0}"
            superuser.execute(sql.SQL(keep).format(sql.Identifier(table)))
        yield
        for table in tables:
            for statement in (
                "delete from es.{0}",
                "insert into es.{0} select * from public.{0}",
                "drop table public.{0}",
            ):
                superuser.execute(sql.SQL(statement).format(sql.Identifier(table)))
        assert verified(sealed)["verified"]

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            (
                "update es.event set state = set_byte(state, 3, 0) where tenant_id = %s and position = 9",
                "altered",
            ),
            ("update es.event set meta = meta || ' ' where tenant_id = %s and position = 9", "altered"),
            ("delete from es.event where tenant_id = %s and position = 9", "missing"),
        ],
    )
    def test_names_the_position(
        self, sealed: Sealed, superuser: psycopg.Connection[Any], statement: str, what: str
    ) -> None:
        superuser.execute(statement.encode(), (sealed.tenant_id,))
        answer = verified(sealed)
        assert answer["first_broken_position"] == AT
        assert answer["findings"][0]["what"] == what
        assert not answer["verified"]

    def test_notices_a_swap(self, sealed: Sealed, superuser: psycopg.Connection[Any]) -> None:
        for old, new in ((9, -1), (10, 9), (-1, 10)):
            superuser.execute(
                "update es.event set position = %s where tenant_id = %s and position = %s",
                (new, sealed.tenant_id, old),
            )
        answer = verified(sealed)
        assert answer["first_broken_position"] == AT

    def test_notices_a_truncated_tail_and_seals_nothing_new(
        self, sealed: Sealed, superuser: psycopg.Connection[Any]
    ) -> None:
        superuser.execute(
            "delete from es.event where tenant_id = %s and position >= %s", (sealed.tenant_id, AT)
        )
        superuser.execute(
            "delete from es.ledger_seal where tenant_id = %s and to_position >= %s", (sealed.tenant_id, AT)
        )
        superuser.execute(
            "update es.tenant_head h set position = %s, chain_hash = e.chain_hash from es.event e"
            " where e.tenant_id = h.tenant_id and e.position = %s and h.tenant_id = %s",
            (AT - 1, AT - 1, sealed.tenant_id),
        )
        answer = verified(sealed)
        assert answer["findings"][0]["what"] == "missing"
        assert answer["first_broken_position"] == AT
        with pytest.raises(SealsDisagree):
            sealed.place.house.auditing.sealer.seal(sealed.place.north.id)
        refused = sealed.place.client.post("/api/v1/audit/seals", headers=sealed.place.north.owner.headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "seals_disagree")

    def test_notices_a_seal_that_is_gone(self, sealed: Sealed, superuser: psycopg.Connection[Any]) -> None:
        superuser.execute("delete from es.ledger_seal where tenant_id = %s", (sealed.tenant_id,))
        answer = verified(sealed)
        assert (answer["seals"], answer["seals_outside"]) == (0, 2)
        assert [finding["what"] for finding in answer["findings"]] == ["seal missing"]

    def test_notices_a_recomputed_chain(self, sealed: Sealed, superuser: psycopg.Connection[Any]) -> None:
        superuser.execute(
            "update es.event set meta = '{}' where tenant_id = %s and position = %s", (sealed.tenant_id, AT)
        )
        rechained(superuser, sealed.tenant_id)
        superuser.execute("delete from es.ledger_seal where tenant_id = %s", (sealed.tenant_id,))
        answer = verified(sealed)
        assert answer["findings"][0]["what"] == "rewritten"
        assert answer["first_broken_position"] == AT


def test_a_snapshot_that_lies_is_named(sealed: Sealed, superuser: psycopg.Connection[Any]) -> None:
    place = sealed.place
    for name in ("One", "Two"):
        place.client.post(
            "/api/v1/enterprise/policies", json={"name": name}, headers=place.north.owner.headers
        )
    policy_id = default_policy_id(place.north.id)
    policy = place.house.streams(place.north.id).load(Policy, policy_id)
    TenantApplication(place.house.engine, place.north.id).take_snapshot_of(policy)
    assert (verified(sealed)["snapshots"], verified(sealed)["verified"]) == (1, True)
    superuser.execute(
        "update es.snapshot set state = replace(convert_from(state, 'UTF8'), 'Two', 'Six')::bytea"
        " where originator_id = %s",
        (policy_id,),
    )
    answer = verified(sealed)
    assert [finding["what"] for finding in answer["findings"]] == ["snapshot"]
    superuser.execute("delete from es.snapshot where originator_id = %s", (policy_id,))


def test_a_seal_file_is_written_once_and_again_where_it_is_missing(sealed: Sealed) -> None:
    sealer, tenant_id = sealed.place.house.auditing.sealer, sealed.place.north.id
    last = sealer.seal(tenant_id)
    file = sealed.folder / f"{last.to_position}.json"
    text = file.read_text()
    file.unlink()
    assert sealer.seal(tenant_id).digest() == last.digest()
    assert json.loads(file.read_text()) == json.loads(text)
    file.chmod(0o644)
    file.write_text(text.replace(last.root.hex(), "00" * 32))
    with pytest.raises(SealsDisagree):
        sealer.seal(tenant_id)
    assert not verified(sealed)["verified"]
    file.unlink()
    sealer.seal(tenant_id)
    assert verified(sealed)["verified"]


def test_many_sealers_at_once_make_one_line_of_seals(sealed: Sealed) -> None:
    place = sealed.place
    sealer = place.house.auditing.sealer
    for _ in range(5):
        place.plan(place.north)
        with ThreadPoolExecutor(6) as threads:
            made = {seal.digest() for seal in threads.map(sealer.seal, [place.north.id] * 6)}
        assert len(made) == 1
    answer = verified(sealed)
    assert answer["verified"], answer
    assert answer["seals"] == answer["seals_outside"]


def test_the_scheduler_seals_what_moved_once_an_hour(
    sealed: Sealed, superuser: psycopg.Connection[Any]
) -> None:
    place = sealed.place
    seal = place.house.auditing.sealer.seal
    lease = Lease(place.house.pools.dispatcher, "hourly")
    token = lease.hold()
    assert token is not None
    assert place.south.id in HourlySeals(lease, seal).act(token), "never sealed before"
    place.plan(place.south)
    assert HourlySeals(lease, seal).act(token) == [], "moved, and sealed a moment ago"
    superuser.execute("update es.ledger_seal set sealed_at = sealed_at - interval '2 hours'")
    assert HourlySeals(lease, lambda tenant_id: None).act(token) == [place.south.id], "an hour ago, and moved"
    superuser.execute("update es.ledger_seal set sealed_at = sealed_at + interval '2 hours'")
