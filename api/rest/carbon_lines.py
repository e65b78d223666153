"""The lines of the carbon ledger: those of a period, all in order, each down to its facts, and what could be saved."""

from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from fastapi.responses import StreamingResponse
from pydantic import Field

from api.rest.carbon_ledger import (
    AtPosition,
    End,
    Grams,
    KnownOn,
    ScopeFilter,
    Start,
    period,
    position_of,
)
from api.rest.conventions import Listing, View
from api.rest.history import FactView
from api.rest.session import CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from domain.esg.reduction_levers import LeverCount, LeverKind
from domain.kernel.emissions import CarbonMethod, EmissionPart, GhgCategory, MarketBasis
from domain.kernel.refusals import NotFound
from projections.esg import carbon_ledger, ledger_queries
from projections.esg.carbon_line import CarbonLineRow, Entry
from projections.esg.ledger_queries import LedgerFilter

router = Shelf(
    prefix="/api/v1/enterprise/tenants/{tenant_id}/carbon",
    tags=["carbon-ledger"],
    route_class=StrictRoute,
)
MOST_FACTS = 2_000


class CarbonLineView(View):
    """One line of the ledger. `quantity` times `factor_value` is the amount."""

    line_id: UUID
    entry: Entry
    position: int
    recorded_at: datetime
    event_id: UUID
    event_topic: str
    stream_id: UUID
    replaces: UUID | None = Field(description="the line whose place it takes, or which it takes back")
    reversed_position: int | None
    actual_position: int | None = Field(description="null while it is an estimate")
    occurred_on: date
    scope: int
    category: GhgCategory
    mode: str
    activity: str
    variant: str
    part: EmissionPart
    site_id: UUID | None
    vehicle_id: UUID | None
    department_id: UUID | None
    cost_centre_id: UUID | None
    traveller_id: UUID | None
    trip_id: UUID | None
    segment_id: UUID | None
    route: str | None
    quantity: Decimal
    unit: str
    factor_id: str
    factor_value: Decimal
    factor_source: str
    factor_publisher: str
    factor_year: int
    method: CarbonMethod
    location_g: Grams
    market_g: Grams
    market_basis: MarketBasis | None
    market_quantity: Decimal | None
    market_unit: str | None
    market_factor_id: str | None
    market_factor_value: Decimal | None
    market_factor_source: str | None
    market_factor_publisher: str | None
    market_factor_year: int | None
    grade: int
    evidence_sha256: str | None

    @classmethod
    def of(cls, row: CarbonLineRow) -> Self:
        """The line."""
        return cls(**row.model_dump(exclude={"month"}))


class CarbonLines(Listing[CarbonLineView]):
    """One page of lines, as known at `position`."""

    position: int


class CarbonTrace(View):
    """How one line came about: the lines it stands beside, and every fact behind them."""

    line: CarbonLineView
    lineage: list[CarbonLineView] = Field(
        description="all lines of the same segment or activity, in the order of their entry"
    )
    events: list[FactView] = Field(description="the facts that made them, oldest first")
    proofs: list[str] = Field(description="where each fact is proved to be in the sealed log")


class Documents(StreamingResponse):
    """One JSON document per line."""

    media_type = "application/x-ndjson"


class LeverView(View):
    """What the company's own flights would have saved, done otherwise: as in its ESG reports."""

    kind: LeverKind
    key: str = Field(description="the route; or activity, cabin, year of the factor and contrails")
    segments: int
    quantity_km: Decimal
    now_g: Grams
    then_g: Grams
    saved_g: Grams
    rail_hours: Decimal | None = Field(description="about, from the great circle at 130 km/h")
    factor_id: str = Field(description="the published row it is compared with")
    factor_value: Decimal


class Levers(View):
    """Reduction levers: by kind, the largest first."""

    start: date
    end: date
    position: int
    saved_g: Grams = Field(
        description="if every flight were changed in the way that saves most; each flight counts once"
    )
    data: list[LeverView]


@router.get(
    "/lines",
    operation_id="list_carbon_lines",
    summary="Lines of a period",
    dependencies=[caught_up("carbon-ledger")],
)
def list_carbon_lines(
    tenant_id: UUID,
    session: SessionDep,
    start: Start = None,
    end: End = None,
    scope: ScopeFilter = None,
    category: GhgCategory | None = None,
    site_id: UUID | None = None,
    trip_id: UUID | None = None,
    vehicle_id: UUID | None = None,
    department_id: UUID | None = None,
    known_on: KnownOn = None,
    position: AtPosition = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> CarbonLines:
    """The lines that stood at a position, by day: what a figure of the report is made of."""
    session.only_tenant(tenant_id)
    first, last = period(start, end, today=session.house.clock().date())
    only = LedgerFilter(
        scope=scope,
        category=category,
        site_id=site_id,
        trip_id=trip_id,
        vehicle_id=vehicle_id,
        department_id=department_id,
    )
    filters = {"start": first, "end": last, "known_on": known_on, "position": position, **vars(only)}
    after, following = session.place(filters, cursor)
    with session.house.reading(tenant_id) as sql:
        # Later pages are of the same position as the first one, whatever is entered meanwhile.
        at = int(after[0]) if after else position_of(sql, known_on, position)
        place = (date.fromisoformat(after[1]), UUID(after[2])) if after else None
        page = ledger_queries.standing_lines(
            sql, start=first, end=last, at=at, only=only, limit=limit, after=place
        )
    more = None if page.next_after is None else (at, *map(str, page.next_after))
    return CarbonLines(
        position=at, data=[CarbonLineView.of(row) for row in page.rows], next_cursor=following(more)
    )


@router.get(
    "/feed",
    operation_id="get_carbon_feed",
    summary="Follow the ledger",
    dependencies=[caught_up("carbon-ledger")],
)
def get_carbon_feed(
    tenant_id: UUID, session: SessionDep, limit: Limit = 50, cursor: CursorText = None
) -> CarbonLines:
    """Every line in the order it was entered, reversals too. The sum of all lines up to a position is what was
    known there."""
    session.only_tenant(tenant_id)
    after, following = session.place({}, cursor)
    with session.house.reading(tenant_id) as sql:
        at = ledger_queries.ledger_position(sql)
        place = (int(after[0]), UUID(after[1])) if after else None
        page = ledger_queries.feed(sql, after=place, limit=limit)
    more = None if page.next_after is None else tuple(map(str, page.next_after))
    return CarbonLines(
        position=at, data=[CarbonLineView.of(row) for row in page.rows], next_cursor=following(more)
    )


@router.get(
    "/lines/{line_id}",
    operation_id="trace_carbon_line",
    summary="Trace a line to its facts",
    dependencies=[caught_up("carbon-ledger")],
)
def trace_carbon_line(tenant_id: UUID, line_id: UUID, session: SessionDep) -> CarbonTrace:
    """From one line down to the factor it used, the lines it replaced or was replaced by, and the facts in the log
    behind them, each with the place where it is proved."""
    session.only_tenant(tenant_id)
    with session.house.reading(tenant_id) as sql:
        row = carbon_ledger.find(sql, line_id)
        if row is None:
            raise NotFound
        lineage = carbon_ledger.lineage(sql, row)
    streams = session.house.streams(tenant_id)
    events = [
        event
        for stream in dict.fromkeys(one.stream_id for one in lineage)
        for event in streams.events_of(stream, after=0, limit=MOST_FACTS)
    ]
    facts = sorted((FactView.of(event) for event in events), key=lambda fact: fact.position)
    # An approved expense stands in a stream of its own, and made the estimate an actual.
    confirmed = {one.actual_position for one in lineage if one.actual_position is not None}
    proved = sorted({fact.position for fact in facts} | confirmed)
    return CarbonTrace(
        line=CarbonLineView.of(row),
        lineage=[CarbonLineView.of(one) for one in lineage],
        events=facts,
        proofs=[f"/api/v1/audit/events/{position}/proof" for position in proved],
    )


@router.get(
    "/trace",
    operation_id="export_carbon_trace",
    summary="Trace a figure, with proofs",
    response_class=Documents,
    dependencies=[caught_up("carbon-ledger")],
)
def export_carbon_trace(
    tenant_id: UUID,
    session: SessionDep,
    start: Start = None,
    end: End = None,
    scope: ScopeFilter = None,
    category: GhgCategory | None = None,
    site_id: UUID | None = None,
    trip_id: UUID | None = None,
    known_on: KnownOn = None,
    position: AtPosition = None,
) -> Documents:
    """What an auditor takes along: a figure, its lines, the factors as they were used, and for every fact behind them
    the proof that it is in the sealed log. One JSON document per line; `escale audit verify` accepts each proof as it
    is. At most 5,000 lines."""
    session.only_tenant(tenant_id)
    first, last = period(start, end, today=session.house.clock().date())
    only = LedgerFilter(scope=scope, category=category, site_id=site_id, trip_id=trip_id)
    with session.house.reading(tenant_id) as sql:
        at = position_of(sql, known_on, position)
    documents = session.house.carbon_tracing.export(tenant_id, start=first, end=last, at=at, only=only)
    return Documents(documents, headers={"Content-Disposition": 'attachment; filename="carbon-trace.ndjson"'})


@router.get(
    "/levers",
    operation_id="get_carbon_levers",
    summary="What could be saved",
    dependencies=[caught_up("carbon-ledger")],
)
def get_carbon_levers(tenant_id: UUID, session: SessionDep, start: Start = None, end: End = None) -> Levers:
    """Economy instead of a better cabin, and rail instead of a flight where the train takes less than four hours,
    computed from the company's own flights, by the rules of its ESG reports."""
    session.only_tenant(tenant_id)
    first, last = period(start, end, today=session.house.clock().date())
    with session.house.reading(tenant_id) as sql:
        at = ledger_queries.ledger_position(sql)
        flown = ledger_queries.flown(sql, start=first, end=last, at=at)
    cuts = session.house.carbon_cuts(tenant_id)
    count = LeverCount(cuts.alternatives(start=first, end=last, position=at))
    for each in flown:
        count.add(each)
    names = set(LeverView.model_fields)
    return Levers(
        start=first,
        end=last,
        position=at,
        saved_g=count.saved_at_most_g,
        data=[LeverView(**{name: getattr(one, name) for name in names}) for one in count.levers()],
    )
