"""Which line of emissions does a segment's figure stand for? The row it was made of, as business travel."""

from collections.abc import Callable
from decimal import Decimal

from domain.kernel.emissions import (
    CarbonFigure,
    EmissionFactor,
    EmissionLine,
    EmissionPart,
    GhgCategory,
)
from domain.travel.journey import PlannedSegment

# The whole row a figure used, where it is known; the figure keeps what counts of it.
FindRow = Callable[[CarbonFigure], EmissionFactor | None]


def lines_of_figure(planned: PlannedSegment, find_row: FindRow) -> tuple[EmissionLine, ...]:
    """The figure as a line, to the gram; none where nothing is published."""
    figure = planned.carbon
    if figure is None:
        return ()
    row = find_row(figure)
    if row is None or row.value != figure.factor_value:
        # Superseded since: the figure keeps its own.
        row = EmissionFactor(
            factor_id=figure.factor_id,
            source=figure.source,
            publisher=row.publisher if row else figure.source,
            year=figure.year,
            activity=row.activity if row else planned.details.mode,
            variant=row.variant if row else "as_booked",
            unit=figure.factor_unit,
            value=figure.factor_value,
        )
    line = EmissionLine(
        scope=GhgCategory.BUSINESS_TRAVEL.scope,
        category=GhgCategory.BUSINESS_TRAVEL,
        part=EmissionPart.DIRECT,
        quantity=_quantity(figure),
        factor=row,
        kg=figure.kg,
        method=figure.method,
        grade=figure.grade,
    )
    return (line,)


def _quantity(figure: CarbonFigure) -> Decimal:
    if figure.fuel_kg is not None:
        return figure.fuel_kg
    if figure.nights is not None:
        return Decimal(figure.nights)
    return figure.distance_km or Decimal(0)
