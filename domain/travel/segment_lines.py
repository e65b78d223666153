"""Which lines of emissions does a segment's figure stand for? The rows it was made of, as business travel."""

from collections.abc import Callable
from decimal import Decimal

from domain.kernel.emissions import (
    CarbonFigure,
    EmissionFactor,
    EmissionLine,
    EmissionPart,
    FactorUse,
    GhgCategory,
)
from domain.travel.journey import PlannedSegment

# The whole row a figure used, where it is known; the figure keeps what counts of it.
FindRow = Callable[[str, int], EmissionFactor | None]


def lines_of_figure(planned: PlannedSegment, find_row: FindRow) -> tuple[EmissionLine, ...]:
    """One line per row; together they are the figure, to the gram."""
    figure = planned.carbon
    if figure is None:
        return ()
    first = FactorUse(
        kg=figure.kg - sum((use.kg for use in figure.further), Decimal(0)),
        factor_id=figure.factor_id,
        factor_value=figure.factor_value,
        factor_unit=figure.factor_unit,
        source=figure.source,
        year=figure.year,
    )
    mode = planned.details.mode
    return tuple(_line(figure, use, mode, find_row) for use in (first, *figure.further))


def _line(figure: CarbonFigure, use: FactorUse, mode: str, find_row: FindRow) -> EmissionLine:
    factor = find_row(use.factor_id, use.year)
    if factor is None or factor.value != use.factor_value:
        # Superseded since: the figure keeps its own.
        factor = EmissionFactor(
            factor_id=use.factor_id,
            source=use.source,
            publisher=use.source,
            year=use.year,
            activity=mode,
            variant="as_booked",
            unit=use.factor_unit,
            value=use.factor_value,
        )
    return EmissionLine(
        scope=GhgCategory.BUSINESS_TRAVEL.scope,
        category=GhgCategory.BUSINESS_TRAVEL,
        part=EmissionPart.CONTRAILS if "contrails" in factor.variant else EmissionPart.DIRECT,
        quantity=_quantity(figure, use),
        factor=factor,
        kg=use.kg,
        method=figure.method,
        grade=figure.grade,
    )


def _quantity(figure: CarbonFigure, use: FactorUse) -> Decimal:
    if use.factor_unit == "kg fuel" and figure.fuel_kg is not None:
        return figure.fuel_kg
    if figure.nights is not None:
        return Decimal(figure.nights)
    return figure.distance_km or Decimal(0)
