"""Which factors are in force, according to the platform's own table?"""

from threading import Lock
from time import monotonic
from typing import Any

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from domain.esg.factor_set import FactorSet, SetLoaded
from domain.kernel.emissions import EmissionFactor, GhgScope
from domain.kernel.factor_table import FactorTable, PublishedFactor

KEPT_S = 5.0
NEWEST = "select max(number) from ref.factor_set"
SETS = """
select number, title, file_sha256, reference_year, rows_added, rows_superseded, loaded_at
from ref.factor_set order by number
"""
YEAR_OF = "select reference_year from ref.factor_set where number = %s"
# Of rows with one id the newest counts; the older ones stay for the figures that used them.
ROWS = """
select distinct on (publisher, year, factor_id)
       publisher, year, factor_id, source, scope, category, activity, variant, unit, kg_co2e_per_unit,
       verification, note, factor_set
from ref.emission_factor where factor_set <= %s
order by publisher, year, factor_id, factor_set desc
"""
LOCK = "select pg_advisory_xact_lock(hashtext('ref.factor_set'))"
ADD_SET = "insert into ref.factor_set values (%s, %s, %s, %s, %s, %s, clock_timestamp())"
ADD_ROW = """
insert into ref.emission_factor (factor_set, publisher, year, factor_id, source, scope, category, activity, variant,
                                 unit, kg_co2e_per_unit, verification, note)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class RecordedFactors:
    """The EmissionFactors port over schema `ref`, asked for a newer set at most every five seconds."""

    def __init__(self, pool: ConnectionPool[Any], *, kept_s: float = KEPT_S) -> None:
        self._pool = pool
        self._kept_s = kept_s
        self._tables: dict[int, FactorTable] = {}
        self._newest: tuple[float, int] = (0.0, 0)
        self._lock = Lock()

    def in_force(self) -> FactorTable:
        until, number = self._newest
        if until <= monotonic():
            number = self._number()
            self._newest = (monotonic() + self._kept_s, number)
        return self.as_of(number)

    def as_of(self, number: int) -> FactorTable:
        table = self._tables.get(number)
        if table is None:
            table = self._read(number)
            with self._lock:
                self._tables[number] = table
        return table

    def sets(self) -> list[SetLoaded]:
        """Every set that was ever in force, the oldest first."""
        with translated_errors(), borrowed(self._pool) as connection:
            return [SetLoaded(*row) for row in connection.execute(SETS)]

    def publish(self, wanted: FactorSet, *, on_top_of: int) -> int | None:
        """Puts the set in force. None where another one came first, so that it must be compared again."""
        with translated_errors(), borrowed(self._pool) as connection, connection.transaction():
            connection.execute(LOCK)
            newest = self._newest_in(connection)
            if newest != on_top_of:
                return None
            number = newest + 1
            connection.execute(
                ADD_SET,
                (
                    number,
                    wanted.title,
                    wanted.file_sha256,
                    wanted.reference_year,
                    len(wanted.added),
                    len(wanted.superseding),
                ),
            )
            with connection.cursor() as cursor:
                cursor.executemany(ADD_ROW, [_values(number, row) for row in wanted.rows])
        self._newest = (0.0, number)
        return number

    def _number(self) -> int:
        with translated_errors(), borrowed(self._pool) as connection:
            return self._newest_in(connection)

    @staticmethod
    def _newest_in(connection: Any) -> int:
        (number,) = connection.execute(NEWEST).fetchone()
        return int(number)

    def _read(self, number: int) -> FactorTable:
        with translated_errors(), borrowed(self._pool) as connection:
            year = connection.execute(YEAR_OF, (number,)).fetchone()
            rows = connection.execute(ROWS, (number,)).fetchall()
        if year is None:
            raise LookupError(f"there is no factor set {number}")
        return FactorTable(number, int(year[0]), map(_published, rows))


def _published(row: tuple[Any, ...]) -> PublishedFactor:
    (
        publisher,
        year,
        factor_id,
        source,
        scope,
        category,
        activity,
        variant,
        unit,
        value,
        checked,
        note,
        number,
    ) = row
    factor = EmissionFactor(
        factor_id=factor_id,
        source=source,
        publisher=publisher,
        year=year,
        activity=activity,
        variant=variant,
        unit=unit,
        value=value,
    )
    return PublishedFactor(factor, GhgScope(scope), category, checked, note, number)


def _values(number: int, row: PublishedFactor) -> tuple[Any, ...]:
    one = row.factor
    return (
        *(number, one.publisher, one.year, one.factor_id, one.source, int(row.scope), row.category),
        *(one.activity, one.variant, one.unit, one.value, row.verification, row.note),
    )
