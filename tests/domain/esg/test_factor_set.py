"""Which rows become a factor set, and what would they change?"""

from decimal import Decimal
from typing import Any

import pytest

from adapters.factors.shipped import shipped_rows, shipped_table
from domain.esg.factor_set import Examined, examine

TABLE = shipped_table()
ROWS = {(row["year"], row["row_id"]): row for row in shipped_rows()}
TAXI = ROWS["2025", "25_313_3141_11_1"]
TAILPIPE = ROWS["2025", "4_301_3076_4_1"]
GRID = ROWS["2025", "ember-2026-08:2025:grid-electricity:fr"]


def examined(*rows: dict[str, str], **fields: Any) -> Examined:
    return examine(enumerate(rows, start=2), TABLE, this_year=2026)


class TestDifference:
    def test_of_what_is_known_is_none(self) -> None:
        found = examined(*ROWS.values())
        assert found.changes_nothing
        assert (found.unchanged, found.problems) == (len(ROWS), ())

    def test_tells_new_from_superseding(self) -> None:
        found = examined({**TAXI, "kg_co2e_per_unit": "0.15"}, {**TAXI, "year": "2023"}, GRID)
        assert (len(found.added), len(found.superseding), found.unchanged) == (1, 1, 1)
        (difference,) = found.differences
        assert (difference.before.value, difference.after.value) == (Decimal("0.14861"), Decimal("0.15"))


class TestRule12:
    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ({**GRID, "kg_co2e_per_unit": "-0.0379"}, "negative"),
            ({**TAILPIPE, "kg_co2e_per_unit": "-0.1"}, "negative"),
            ({**GRID, "kg_co2e_per_unit": "0"}, "zero"),
            ({**TAILPIPE, "kg_co2e_per_unit": "0", "variant": "petrol"}, "zero"),
            ({**TAXI, "unit": "mile"}, "unknown_unit"),
            ({**TAXI, "year": "2027"}, "future_year"),
            *(
                ({**TAXI, name: ""}, "malformed")
                for name in ("source", "publisher", "year", "row_id", "unit")
            ),
            ({**TAXI, "kg_co2e_per_unit": "NaN"}, "malformed"),
            ({**TAXI, "kg_co2e_per_unit": "0,15"}, "malformed"),
        ],
    )
    def test_refuses_bad_rows_by_line(self, row: dict[str, str], code: str) -> None:
        found = examined(GRID, row)
        assert [(one.line, one.code) for one in found.problems] == [(3, code)]

    def test_takes_a_zero_from_the_tailpipe_of_a_battery_vehicle(self) -> None:
        assert examined({**TAILPIPE, "year": "2026"}).problems == ()

    def test_asks_above_900_g(self) -> None:
        high = {**GRID, "kg_co2e_per_unit": "0.9001"}
        assert [(one.line, one.code) for one in examined(high).to_confirm] == [(2, "above_900_g")]
        assert examined({**GRID, "kg_co2e_per_unit": "0.9"}).to_confirm == ()
        # 152 kg for a night on the Maldives is no grid.
        assert examined(ROWS["2025", "29_600_4031_13_1"]).to_confirm == ()

    def test_refuses_a_row_that_is_there_twice(self) -> None:
        assert [one.code for one in examined(TAXI, TAXI).problems] == ["twice", "twice"]
