"""A traveller is forgotten: the chain stands, and nothing readable of them is left anywhere."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from adapters.event_store.application import TenantApplication
from domain.travel.trip import Trip
from tests.conftest import Services
from tests.kit.chain import verify_chain
from tests.kit.house import Place, a_flight, opened_place

CANARIES = ("Canarina Serin", "canarina.serin", "canary purpose", "canary reason", "canary comment")


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


def traces(database_url: str) -> dict[str, int]:
    """Rows of every table in which a canary can be read, whatever the column's type."""
    found = {}
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('es', 'read', 'vault')"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(
                sql.SQL("select t::text from {} as t").format(sql.Identifier(schema, table))
            ).fetchall()
            readable = [row for row in rows if any(shows(row[0], canary) for canary in CANARIES)]
            if readable:
                found[f"{schema}.{table}"] = len(readable)
    return found


def shows(row: str, canary: str) -> bool:
    """Is the canary there as text, or as the hexadecimal digits of its bytes?"""
    return canary.lower() in row.lower() or canary.encode().hex() in row


def test_erasing_a_traveller_leaves_no_trace(
    place: Place, database_url: str, redis_url: str, services: Services, capfd: pytest.CaptureFixture[str]
) -> None:
    north, client = place.north, place.client
    invited = client.post(
        "/api/v1/members",
        json={
            "email": "canarina.serin@north.example.com",
            "display_name": "Canarina Serin",
            "roles": ["traveller"],
        },
        headers=north.owner.headers,
    )
    assert invited.status_code == 201, invited.text
    traveller = invited.json()["id"]
    for step in ("submit", "cancel"):
        trip = place.plan(
            north,
            a_flight(cabin="first", departs_at="2090-06-01T08:00:00Z"),
            traveller_id=traveller,
            purpose="canary purpose",
        )
        url = f"/api/v1/enterprise/trips/{trip['id']}"
        body = {"reason": "canary reason"} if step == "cancel" else {}
        answer = client.post(f"{url}/{step}", json=body, headers=north.owner.headers)
        assert answer.status_code == 200, answer.text
        if step == "submit":
            approved = client.post(
                f"{url}/approve", json={"comment": "canary comment"}, headers=north.manager.headers
            )
            assert approved.status_code == 200, approved.text
            assert client.post(f"{url}/book", headers=north.owner.headers).status_code == 200
    place.house_at_rest()
    long_trip = place.house.streams(north.id).load(Trip, UUID(trip["id"]))
    TenantApplication(place.house.engine, north.id).take_snapshot_of(long_trip)
    assert traces(database_url), "the canaries were never there, so their absence would prove nothing"

    erased = client.delete(f"/api/v1/members/{traveller}", headers=north.owner.headers)
    assert erased.status_code == 200, erased.text
    place.house_at_rest()
    place.house.jobs.outbox.dispatch(north.id)
    place.house.engine.keys.forget_cached()
    place.house_at_rest()

    assert traces(database_url) == {}
    shown = client.get(f"/api/v1/enterprise/trips/{trip['id']}", headers=north.owner.headers)
    assert shown.status_code == 200
    assert not any(shows(shown.text, canary) for canary in CANARIES)
    with psycopg.connect(database_url, autocommit=True) as auditor:
        assert verify_chain(auditor, north.id) > 10
    for name in place.house.projections():
        assert list(place.house.jobs.projections.check(north.id, [name])) == []
    output = capfd.readouterr()
    logs = [output.out + output.err, *(path.read_text(errors="replace") for path in log_files(services))]
    assert not any(shows(log, canary) for log in logs for canary in CANARIES)
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter():
            value = redis.dump(key) or b""
            assert not any(canary.encode() in value for canary in CANARIES)

    # The address is free again: its claim was released although nobody can read it any more.
    again = client.post(
        "/api/v1/members",
        json={
            "email": "canarina.serin@north.example.com",
            "display_name": "Someone Else",
            "roles": ["traveller"],
        },
        headers=north.owner.headers,
    )
    assert again.status_code == 201, again.text


def log_files(services: Services) -> list[Path]:
    """What the embedded servers wrote; nothing when the servers are somebody else's."""
    return [] if services.data_dir is None else list(services.data_dir.rglob("*.log"))
