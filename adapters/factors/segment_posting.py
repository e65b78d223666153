"""Where does the ledger count a segment? What the company's own vehicles emit leaves business travel.

The figure of a segment follows the boundary of business travel. The ledger posts the same grams of a company car or
motorbike as burnt in scope 1, with the published row for owned vehicles, and the way of the fuel to the tank besides,
which category 3 always counts.
"""

from collections.abc import Sequence
from functools import lru_cache

from domain.kernel.emissions import (
    CarbonFigure,
    EmissionFactor,
    EmissionLine,
    EmissionPart,
    GhgCategory,
    line_of,
)
from domain.kernel.factor_table import FactorKey, FactorTable
from domain.travel.itinerary import GroundLeg, GroundMode, Vehicle
from domain.travel.journey import PlannedSegment
from domain.travel.segment_lines import lines_of_figure

OWNED, UPSTREAM = "owned_or_controlled_vehicles", "cat3_or_cat6_land_wtt"
VEHICLE_KM = "vehicle-km"
# Which car it is, nobody asks at a booking.
ROWS: dict[GroundMode, tuple[str, str]] = {
    GroundMode.CAR: ("car_average", "unknown"),
    GroundMode.MOTORBIKE: ("motorbike", "average"),
}


def lines_as_recorded(planned: PlannedSegment, table: FactorTable) -> tuple[EmissionLine, ...]:
    """The lines of the figure the segment bears, whatever has been published since."""
    lines = lines_of_figure(planned, lambda figure: _row_of(figure, table))
    details = planned.details
    if not isinstance(details, GroundLeg) or details.vehicle is not Vehicle.COMPANY:
        return lines
    return _owned(details.mode, lines, table)


def _owned(mode: GroundMode, lines: Sequence[EmissionLine], table: FactorTable) -> tuple[EmissionLine, ...]:
    body, variant = ROWS[mode]
    posted = []
    for line in lines:
        year = line.factor.year
        owned = table.find(FactorKey("DESNZ", OWNED, f"company_{body}", variant, VEHICLE_KM), year)
        same = owned is not None and owned.value == line.factor.value
        factor = owned if owned is not None and same else line.factor
        posted.append(_moved(line, factor))
        upstream = table.find(FactorKey("DESNZ", UPSTREAM, body, f"{variant}|wtt", VEHICLE_KM), year)
        if upstream is not None:
            posted.append(
                line_of(
                    line.quantity,
                    upstream,
                    GhgCategory.FUEL_AND_ENERGY,
                    EmissionPart.UPSTREAM,
                    method=line.method,
                    grade=line.grade,
                )
            )
    return tuple(posted)


def _moved(line: EmissionLine, factor: EmissionFactor) -> EmissionLine:
    category = GhgCategory.MOBILE_COMBUSTION
    return line.model_copy(update={"scope": category.scope, "category": category, "factor": factor})


def _row_of(figure: CarbonFigure, table: FactorTable) -> EmissionFactor | None:
    """The row itself, or for several rows in one the first of them."""
    rows = _rows(table)
    return rows.get((figure.factor_id, figure.year)) or rows.get(
        (figure.factor_id.partition("|")[0], figure.year)
    )


@lru_cache(maxsize=4)
def _rows(table: FactorTable) -> dict[tuple[str, int], EmissionFactor]:
    return {(row.factor.factor_id, row.factor.year): row.factor for row in table.rows}
