"""Does the proxy do to connections what it says, and nothing else?"""

from collections.abc import Iterator
from threading import Thread

import psycopg
import pytest

from tests.reliability.proxy import COMMIT, Proxy

COUNT = "select count(*) from noted"


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with Proxy(database_url, victims=(b"insert into noted", COMMIT)) as opened:
        with psycopg.connect(database_url, autocommit=True) as superuser:
            superuser.execute("create table if not exists noted (what text)")
            superuser.execute("truncate noted")
        yield opened


def noted(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(COUNT).fetchone()
        return row[0] if row else -1


def test_without_faults_it_is_not_there(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        connection.execute("insert into noted select repeat('x', 300000)")
        for number in range(20):  # the driver prepares what it sends often
            connection.execute("insert into noted values (%s)", (str(number),))
        assert connection.execute("select sum(length(what)) from noted").fetchone() == (300_030,)
    assert proxy.dropped == 0


def test_a_dropped_answer_belongs_to_a_commit(proxy: Proxy, database_url: str) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.drop_next = 1
        with pytest.raises(psycopg.OperationalError):
            connection.execute("insert into noted values ('one')")
    assert (proxy.dropped, noted(database_url)) == (1, 1)


def test_a_prepared_statement_is_known_by_its_name(proxy: Proxy, database_url: str) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        for _ in range(10):
            connection.execute("insert into noted values (%s)", ("many",), prepare=True)
        connection.execute("select 1", prepare=True)
        proxy.drop_next = 1
        connection.execute("select 1", prepare=True)  # no victim
        with pytest.raises(psycopg.OperationalError):
            connection.execute("insert into noted values (%s)", ("many",), prepare=True)
    assert (proxy.dropped, noted(database_url)) == (1, 11)


def test_the_answer_to_commit_is_dropped_after_the_commit(proxy: Proxy, database_url: str) -> None:
    proxy.victims = (COMMIT,)
    connection = psycopg.connect(proxy.url)
    connection.execute("insert into noted values ('one')")
    proxy.drop_next = 1
    with pytest.raises(psycopg.OperationalError):
        connection.commit()
    assert (proxy.dropped, noted(database_url)) == (1, 1)


def test_a_reset_cuts_every_connection_and_new_ones_may_come(proxy: Proxy) -> None:
    connections = [psycopg.connect(proxy.url, autocommit=True) for _ in range(3)]
    assert proxy.reset() == 3
    for connection in connections:
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    with psycopg.connect(proxy.url) as fresh:
        assert fresh.execute("select 1").fetchone() == (1,)


def test_in_a_black_hole_everything_waits_and_then_goes_on(proxy: Proxy) -> None:
    answers: list[object] = []
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.black_hole(True)
        asking = Thread(target=lambda: answers.append(connection.execute("select 1").fetchone()))
        asking.start()
        asking.join(timeout=0.2)
        assert asking.is_alive()
        assert answers == []
        proxy.black_hole(False)
        asking.join()
    assert answers == [(1,)]


def test_the_same_seed_drops_the_same(database_url: str) -> None:
    def dropped(seed: int) -> list[bool]:
        proxy = Proxy(database_url, seed=seed, drop=0.3)
        drops = [proxy._condemns() for _ in range(50)]
        proxy.close()
        return drops

    assert dropped(1) == dropped(1)
    assert dropped(1) != dropped(2)
