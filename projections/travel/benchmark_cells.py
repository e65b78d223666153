"""What was published about the companies of a sector? Kept in the platform's own tenant."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from domain.kernel.event import DomainEvent
from domain.travel.peer_benchmark import QuarterPublished
from domain.travel.peer_metrics import PeerMetric
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows
from projections.kernel.sql import Sql


class BenchmarkCellRow(Row):
    """The quartiles of one sector for one metric of one quarter; a cell withheld has no row."""

    TABLE: ClassVar[str] = "benchmark_cell"
    KEY: ClassVar[tuple[str, ...]] = ("quarter", "metric", "sector")

    quarter: str
    """Quarter of travel, such as 2030-Q1."""
    metric: PeerMetric
    """What is compared."""
    sector: str
    """Section or division of NACE 2.1, or all."""
    lower: Decimal
    """A quarter of the companies lie below, in coarse steps."""
    median: Decimal
    """Half of the companies lie below, in coarse steps."""
    upper: Decimal
    """Three quarters of the companies lie below, in coarse steps."""
    published_at: datetime
    """When it was published, for good."""
    position: int
    """Place in the tenant's log of the publication."""


class BenchmarkCells(Projector[BenchmarkCellRow]):
    """One row per cell that was published; nothing ever changes it."""

    name: ClassVar[str] = "benchmark-cells"
    row: ClassVar[type[BenchmarkCellRow]] = BenchmarkCellRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (QuarterPublished,)

    def keys(self, event: QuarterPublished) -> Iterable[Key]:
        return [(event.quarter, cell.metric, cell.sector) for cell in event.cells]

    def project(self, event: QuarterPublished, rows: Rows[BenchmarkCellRow]) -> None:
        for cell in event.cells:
            rows.put(
                BenchmarkCellRow(
                    quarter=event.quarter,
                    metric=cell.metric,
                    sector=cell.sector,
                    published_at=event.occurred_at,
                    position=event.position,
                    **cell.quartiles.model_dump(),
                )
            )


ONE_CELL = """
select quarter, metric, sector, lower, median, upper, published_at, position
from read.benchmark_cell
where tenant_id = %(tenant_id)s and quarter = %(quarter)s and metric = %(metric)s and sector = %(sector)s
"""


def find(sql: Sql, *, quarter: str, metric: PeerMetric, sector: str) -> BenchmarkCellRow | None:
    """The cell, or None when it was not published."""
    row = sql.row(ONE_CELL, quarter=quarter, metric=metric.value, sector=sector)
    return None if row is None else BenchmarkCellRow(**row)
