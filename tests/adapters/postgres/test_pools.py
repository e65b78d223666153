"""Does a borrowed connection come back clean, whatever happened to it?"""

import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus

from adapters.postgres.pools import Pools, borrowed


def test_every_statement_commits_itself(pools: Pools) -> None:
    with borrowed(pools.queries) as connection:
        connection.execute("select set_config('app.tenant_id', 'somebody', true)")
        assert connection.execute("select current_setting('app.tenant_id', true)").fetchone() in (
            (None,),
            ("",),
        )
        assert connection.info.transaction_status == TransactionStatus.IDLE


def test_a_failed_statement_gives_the_connection_back(pools: Pools) -> None:
    for _ in range(20):
        with pytest.raises(errors.DivisionByZero), borrowed(pools.queries) as connection:
            connection.execute("select 1 / 0")
    with borrowed(pools.queries) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_an_open_transaction_never_reaches_the_next_borrower(pools: Pools) -> None:
    for _ in range(20):
        with borrowed(pools.queries) as connection:
            assert connection.info.transaction_status == TransactionStatus.IDLE
            connection.execute("begin")
            connection.execute("select set_config('app.tenant_id', 'somebody', true)")


def test_a_dead_connection_is_replaced(pools: Pools) -> None:
    for _ in range(20):
        with borrowed(pools.queries) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            connection.close()
