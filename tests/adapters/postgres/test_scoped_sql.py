"""Does the handle keep every query inside its tenant?"""

from typing import Any
from uuid import UUID

import pytest
from psycopg import errors

from adapters.postgres.scoped_sql import UnscopedStatement, reading
from tests.adapters.jobs.conftest import Bench

ALL = "select ledger_id, total from read.test_ledger where tenant_id = %(tenant_id)s order by total"


def test_rows_come_by_name_and_from_one_tenant(bench: Bench, tenant_id: UUID) -> None:
    first, second = bench.ledger(tenant_id, 1), bench.ledger(tenant_id, 2)
    other = bench.tenant()
    bench.ledger(other, 3)
    for tenant in (tenant_id, other):
        bench.projections().drain(tenant)
    with reading(bench.pools.queries, tenant_id) as sql:
        assert sql.tenant_id == tenant_id
        assert sql.rows(ALL) == [{"ledger_id": first, "total": 1}, {"ledger_id": second, "total": 2}]
        row = sql.row(ALL + " limit %(limit)s", limit=1)
        assert row is not None
        assert row["total"] == 1
        assert sql.row(ALL + " offset %(skip)s", skip=9) is None


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("select * from read.test_ledger", {}),
        ("select * from read.test_ledger where tenant_id = %(other)s", {"other": UUID(int=1)}),
        (ALL, {"tenant_id": UUID(int=1)}),
    ],
)
def test_a_statement_without_its_tenant_is_refused(
    bench: Bench, tenant_id: UUID, statement: str, parameters: dict[str, Any]
) -> None:
    with reading(bench.pools.queries, tenant_id) as sql, pytest.raises(UnscopedStatement):
        sql.rows(statement, **parameters)


def test_nothing_can_be_written(bench: Bench, tenant_id: UUID) -> None:
    with (
        pytest.raises(errors.ReadOnlySqlTransaction),
        reading(bench.pools.projector, tenant_id) as sql,
    ):
        sql.row("delete from read.test_ledger where tenant_id = %(tenant_id)s returning 1")


def test_a_connection_forgets_its_tenant(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1)
    bench.projections().drain(tenant_id)
    with bench.pools.queries.connection() as connection, connection.transaction():
        with connection.transaction():
            connection.execute("select 1")
        found = connection.execute("select count(*) from read.test_ledger").fetchone()
    assert found == (0,)
