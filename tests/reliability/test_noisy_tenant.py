"""One tenant asks a hundred times as much as another, and its line stands still: is the other one served?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psycopg
import pytest

from adapters.postgres import pools
from tests.kit.house import Company, Place, opened_place
from tests.reliability.house_processes import eventually

LOUD, QUIET = 100, 10
WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and usename = 'escale_app'
"""


@pytest.fixture
def place(
    own_database: str, redis_url: str, master_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    # The line shall stand for as long as the test looks, not for two seconds.
    monkeypatch.setattr(pools, "SESSION", pools.SESSION.replace("lock_timeout=2000", "lock_timeout=60000"))
    monkeypatch.setattr(
        pools, "SESSION", pools.SESSION.replace("statement_timeout=10000", "statement_timeout=0")
    )
    monkeypatch.setattr(pools, "SILENCE_S", 60.0)
    with opened_place(own_database, redis_url, master_key) as opened:
        yield opened


def test_does_not_stop_the_others(place: Place, own_database: str) -> None:
    """More requests of one company than the process has threads, all behind one lock."""
    assert plan(place, place.south).status_code == 201  # everything is warm
    with ThreadPoolExecutor(LOUD) as crowd:
        with psycopg.connect(own_database) as holder:
            holder.execute("select 1 from es.tenant_head where tenant_id = %s for update", (place.north.id,))
            loud = [crowd.submit(plan, place, place.north) for _ in range(LOUD)]
            assert eventually(lambda: is_waiting(own_database))
            quiet = [plan(place, place.south).status_code for _ in range(QUIET)]
            assert is_waiting(own_database)
            assert [each for each in loud if each.done() and each.result().status_code == 201] == []
        assert quiet == [201] * QUIET
        told = [each.result() for each in loud]
    # Who waited too long was told so, and the line moves again.
    assert {(answer.status_code, answer.json().get("code")) for answer in told} <= {
        (201, None),
        (503, "too_many_at_once"),
    }
    assert 201 in {answer.status_code for answer in told}
    assert plan(place, place.north).status_code == 201


def plan(place: Place, company: Company) -> httpx2.Response:
    return place.client.post(
        "/api/v1/enterprise/trips",
        json={"traveller_id": str(company.traveller.id), "purpose": "One of many"},
        headers=company.owner.headers,
    )


def is_waiting(url: str) -> bool:
    """Does the loud company's line stand before the lock?"""
    with psycopg.connect(url, autocommit=True) as superuser:
        row = superuser.execute(WAITING).fetchone()
        return row is not None and row[0] > 0
