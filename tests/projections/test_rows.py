"""Does the working set of a batch stay current, however it was read?"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID, uuid4

from projections.kernel.rows import Rows
from projections.travel.travel_spend import SpendRow
from tests.kit.builders import TRAVELLER, instant
from tests.kit.projecting import MemoryTable

TRIP, OTHER_TRIP = uuid4(), uuid4()


class CountedTable(MemoryTable[SpendRow]):
    """A table that counts how often it is searched."""

    searches = 0

    def by_column(self, column: str, values: Collection[Any]) -> Iterable[SpendRow]:
        self.searches += 1
        return super().by_column(column, values)


def a_line(trip_id: UUID, *, cents: int = 1) -> SpendRow:
    return SpendRow(
        line_id=uuid4(),
        month=instant("2030-05-01 00:00").date(),
        trip_id=trip_id,
        cost_type="flight",
        state="booked",
        spend_eur_cents=cents,
        carbon_g=0,
        position=1,
        traveller_id=TRAVELLER,
        department_id=None,
        cost_centre_id=None,
        group_id=None,
        mode="flight",
        route="CDG-JFK",
        supplier=None,
        currency="EUR",
    )


def a_table(*lines: SpendRow) -> CountedTable:
    table = CountedTable()
    table.write(lines, [])
    return table


def test_many_searches_ahead_are_one_read() -> None:
    first, second = a_line(TRIP), a_line(OTHER_TRIP)
    table = a_table(first, second)
    rows = Rows(table)
    rows.prepare_where([("trip_id", TRIP), ("trip_id", OTHER_TRIP), ("trip_id", TRIP)])
    assert rows.where("trip_id", TRIP) == [first]
    assert rows.where("trip_id", OTHER_TRIP) == [second]
    assert table.searches == 1


def test_a_search_sees_what_the_batch_changed_before_and_after_it() -> None:
    kept, gone, new = a_line(TRIP), a_line(TRIP), a_line(TRIP)
    rows = Rows(a_table(kept, gone))
    rows.put(kept.model_copy(update={"spend_eur_cents": 9}))
    assert {line.spend_eur_cents for line in rows.where("trip_id", TRIP)} == {9, 1}
    rows.remove(*gone.key())
    rows.put(new)
    assert {line.line_id for line in rows.where("trip_id", TRIP)} == {kept.line_id, new.line_id}


def test_a_row_that_left_the_search_is_not_found_by_it() -> None:
    moved = a_line(TRIP)
    rows = Rows(a_table(moved))
    rows.put(moved.model_copy(update={"trip_id": OTHER_TRIP}))
    assert rows.where("trip_id", TRIP) == []
    assert [line.line_id for line in rows.where("trip_id", OTHER_TRIP)] == [moved.line_id]
