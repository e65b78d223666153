"""Are rows of a read model read and written in bulk, inside one tenant?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from adapters.postgres.row_table import BY_INDEX, DELETE, SELECT_BY_KEYS, UPSERT, RowTable, statement
from projections.catalog import PROJECTORS
from projections.kernel.projector import Projector
from tests.adapters.jobs.conftest import Bench
from tests.adapters.jobs.ledger_views import CountRow, LedgerRow


@contextmanager
def table(bench: Bench, tenant_id: UUID, row: Any = LedgerRow) -> Iterator[RowTable[Any]]:
    with bench.pools.projector.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        yield RowTable(connection, tenant_id, row)


def a_row(owner: str = "Camille", total: int = 1, **facts: Any) -> LedgerRow:
    at = datetime(2030, 5, 2, 12, 0, 0, 123456, tzinfo=UTC)
    defaults = {"ledger_id": uuid4(), "owner": owner, "total": total, "opened_at": at, "amounts": (1, 2)}
    return LedgerRow(**(defaults | facts))


def test_what_is_written_is_read_back(bench: Bench, tenant_id: UUID) -> None:
    rows = [a_row(f"line\n'{n}' \"é\" {{}} %s", n) for n in range(1_000)]
    with table(bench, tenant_id) as ledgers:
        ledgers.write(rows, [])
        found = list(ledgers.by_keys(row.key() for row in rows))
        assert {row.ledger_id: row for row in found} == {row.ledger_id: row for row in rows}
        assert list(ledgers.by_column("total", [7])) == [rows[7]]
        assert {
            row.total for row in ledgers.by_column("ledger_id", [rows[3].ledger_id, rows[5].ledger_id])
        } == {3, 5}
        assert list(ledgers.by_column("owner", [rows[9].owner, "nobody"])) == [rows[9]]
        assert list(ledgers.by_keys([(uuid4(),)])) == []


def test_writing_again_replaces_and_removing_drops(bench: Bench, tenant_id: UUID) -> None:
    kept, gone = a_row(), a_row()
    with table(bench, tenant_id) as ledgers:
        ledgers.write([kept, gone], [])
        changed = kept.model_copy(update={"total": 9, "amounts": ()})
        ledgers.write([changed], [gone.key()])
        assert list(ledgers.by_keys([kept.key(), gone.key()])) == [changed]


def test_text_keys_work_like_ids(bench: Bench, tenant_id: UUID) -> None:
    with table(bench, tenant_id, CountRow) as counts:
        counts.write([CountRow(topic="a", events=1), CountRow(topic="b", events=2)], [])
        assert list(counts.by_keys([("b",)])) == [CountRow(topic="b", events=2)]


def test_another_tenants_rows_are_out_of_reach(bench: Bench, tenant_id: UUID) -> None:
    row = a_row()
    with table(bench, tenant_id) as mine:
        mine.write([row], [])
    other = bench.tenant()
    with table(bench, other) as theirs:
        assert list(theirs.by_keys([row.key()])) == []
        theirs.write([], [row.key()])
        theirs.clear()
        theirs.write([row.model_copy(update={"total": 5})], [])
    assert bench.totals(tenant_id) == {row.ledger_id: 1}
    with table(bench, other) as theirs:
        mislaid = RowTable(theirs._connection, tenant_id, LedgerRow)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), theirs._connection.transaction():
            mislaid.write([row], [])


def test_an_unknown_column_is_refused(bench: Bench, tenant_id: UUID) -> None:
    with table(bench, tenant_id) as ledgers, pytest.raises(LookupError):
        ledgers.by_column('total" or true --', [1])


def test_a_look_up_probes_the_index_even_in_a_large_table(bench: Bench, tenant_id: UUID) -> None:
    row = a_row()
    with table(bench, tenant_id) as ledgers:
        ledgers.write([row, *(a_row() for _ in range(20_000))], [])
        explained = ledgers._connection.execute(
            statement(LedgerRow, "read", "explain " + SELECT_BY_KEYS),
            {"tenant_id": tenant_id, "keys": ledgers._key_rows([row.key()])},
        )
        plan = "\n".join(line[0] for line in explained)
    assert "test_ledger_pkey" in plan
    assert "Seq Scan" not in plan


def test_a_look_up_goes_by_the_key_of_a_tenant_the_statistics_do_not_know(
    bench: Bench, tenant_id: UUID
) -> None:
    with table(bench, bench.tenant()) as known:
        known.write([a_row() for _ in range(300)], [])
    bench.sql("create index test_ledger_total on read.test_ledger (tenant_id, total)")
    bench.sql("analyze read.test_ledger")
    try:
        with table(bench, tenant_id) as ledgers:
            ledgers._connection.execute(f"select {BY_INDEX}".encode())
            explained = ledgers._connection.execute(
                statement(LedgerRow, "read", "explain " + SELECT_BY_KEYS),
                {"tenant_id": tenant_id, "keys": ledgers._key_rows([a_row().key()])},
            )
            plan = "\n".join(line[0] for line in explained)
    finally:
        bench.sql("drop index read.test_ledger_total")
    assert "test_ledger_pkey" in plan


@pytest.mark.parametrize("projector", PROJECTORS, ids=lambda projector: projector.name)
def test_every_read_model_of_the_house_has_the_columns_of_its_rows(
    bench: Bench, tenant_id: UUID, projector: Projector[Any]
) -> None:
    with table(bench, tenant_id, projector.row) as rows:
        assert list(rows.by_keys([])) == []
        assert list(rows.by_column(projector.row.KEY[0], [None])) == []
        rows._execute(UPSERT, rows=Jsonb([]))
        rows._execute(DELETE, keys=Jsonb([]))
    assert list(bench.projections(projector).check(tenant_id)) == []
