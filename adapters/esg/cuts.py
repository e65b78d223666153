"""How is the carbon ledger read for a report, the same way every time?

Names of sites and departments are those they had at the position, so that a site renamed later does not change a
line that a published report stands on.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.event_store.store import TenantStore
from adapters.postgres.scoped_sql import reading
from application.ports.airports import Airports
from application.ports.factors import EmissionFactors
from application.ports.store import AsOf
from domain.esg.reduction_levers import Alternatives, rail_hours
from domain.esg.reporting_line import FactorUsed, ReportLine
from domain.esg.site import Site
from domain.kernel.emissions import EmissionFactor
from domain.kernel.factor_table import FactorKey, FactorTable
from domain.kernel.refusals import NotFound
from domain.travel.unit import Unit
from projections.esg import ledger_queries
from projections.esg.carbon_line import CarbonLineRow

DEARER = ("premium_economy|", "business|", "first|")
NATIONAL_RAIL = FactorKey("DESNZ", "cat6_business_travel_land", "rail", "national_rail", "passenger-km")


class LedgerCuts:
    """Implements the CarbonCuts port over the read model of the ledger."""

    def __init__(
        self, store: TenantStore, pool: ConnectionPool[Any], factors: EmissionFactors, airports: Airports
    ) -> None:
        self._store, self._pool = store, pool
        self._factors, self._airports = factors, airports

    def position(self) -> int:
        with reading(self._pool, self._store.tenant_id) as sql:
            return ledger_queries.ledger_position(sql)

    def lines(self, *, start: date, end: date, position: int) -> Iterator[ReportLine]:
        names = _Names(self._store, position)
        with reading(self._pool, self._store.tenant_id) as sql:
            for row in ledger_queries.every_standing_line(sql, start=start, end=end, at=position):
                yield _line(row, names, position)

    def alternatives(self, *, start: date, end: date, position: int) -> Alternatives:
        table = self._factors.in_force()
        return Alternatives(
            rail=_rail(table, start.year), economy=_economy(table), rail_hours=_Hours(self._airports)
        )


class _Names:
    """What sites and departments were called at a position."""

    def __init__(self, store: TenantStore, position: int) -> None:
        self._store, self._at = store, AsOf(position=position)
        self._known: dict[UUID, str] = {}

    def site(self, site_id: UUID | None) -> str | None:
        """The site's name."""
        if site_id is None:
            return None
        if site_id not in self._known:
            site = self._found(Site, site_id)
            self._known[site_id] = str(site_id) if site is None else site.details.name
        return self._known[site_id]

    def department(self, unit_id: UUID | None) -> str | None:
        """The department's name."""
        if unit_id is None:
            return None
        if unit_id not in self._known:
            unit = self._found(Unit, unit_id)
            self._known[unit_id] = str(unit_id) if unit is None else unit.name
        return self._known[unit_id]

    def _found(self, kind: Any, stream_id: UUID) -> Any:
        try:
            return self._store.as_of(kind, stream_id, self._at)
        except NotFound:
            return None


class _Hours(Mapping[str, Decimal]):
    """How long a train takes on each route between two airports; looked up as flights come by."""

    def __init__(self, airports: Airports) -> None:
        self._airports = airports
        self._known: dict[str, Decimal | None] = {}

    def __getitem__(self, route: str) -> Decimal:
        if route not in self._known:
            self._known[route] = self._hours(route)
        found = self._known[route]
        if found is None:
            raise KeyError(route)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter([route for route, hours in self._known.items() if hours is not None])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _hours(self, route: str) -> Decimal | None:
        ends = [self._airports.find(each) for each in route.split("-") if len(each) == 3]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            return None
        return rail_hours(ends[0], ends[1])


def _rail(table: FactorTable, year: int) -> FactorUsed | None:
    found = table.find(NATIONAL_RAIL, year)
    return None if found is None else _used(found)


def _economy(table: FactorTable) -> dict[tuple[str, int], FactorUsed]:
    """The economy row beside every dearer one of the same publication."""
    found = {}
    for row in table.rows:
        factor = row.factor
        if factor.variant.startswith(DEARER):
            variant = f"economy|{factor.variant.partition('|')[2]}"
            key = FactorKey(factor.publisher, row.category, factor.activity, variant, factor.unit)
            economy = table.find(key, factor.year)
            if economy is not None and economy.year == factor.year:
                found[factor.factor_id, factor.year] = _used(economy)
    return found


def _used(factor: EmissionFactor) -> FactorUsed:
    return FactorUsed(factor.factor_id, factor.value, factor.source, factor.publisher, factor.year)


def _line(row: CarbonLineRow, names: _Names, position: int) -> ReportLine:
    is_actual = row.actual_position is not None and row.actual_position <= position
    later = row.actual_position if is_actual and row.actual_position else row.position
    source = row.segment_id or row.stream_id
    return ReportLine(
        line_id=str(row.line_id),
        subject=f"{source}:{row.category.value}:{row.part.value}:{row.mode}:{row.month:%Y-%m}"[:200],
        occurred_on=row.occurred_on,
        scope=row.scope,
        category=row.category.value,
        part=row.part.value,
        activity=row.activity,
        variant=row.variant,
        mode=row.mode,
        quantity=row.quantity,
        unit=row.unit,
        factor=FactorUsed(
            row.factor_id, row.factor_value, row.factor_source, row.factor_publisher, row.factor_year
        ),
        method=row.method.value,
        location_g=row.location_g,
        market_g=row.market_g,
        is_estimate=not is_actual,
        grade=row.grade,
        positions=tuple(sorted({row.position, later})),
        site=names.site(row.site_id),
        department=names.department(row.department_id),
        route=row.route,
        trip_id=row.trip_id,
        market_factor=_market(row),
        market_quantity=row.market_quantity,
        market_basis=None if row.market_basis is None else row.market_basis.value,
    )


def _market(row: CarbonLineRow) -> FactorUsed | None:
    if row.market_factor_id is None or row.market_factor_value is None:
        return None
    return FactorUsed(
        row.market_factor_id,
        row.market_factor_value,
        row.market_factor_source or "",
        row.market_factor_publisher or "",
        row.market_factor_year or 0,
    )
