"""Carbon: what a journey emits, by which method, and from which published factors."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, CursorText, Limit, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.esg.carbon_methods import AdoptCarbonMethod
from application.esg.trip_carbon import ReckonedElement, TripCarbon, TripCarbonRequest, caveats_of
from domain.esg.calculation import Totals
from domain.esg.carbon_method import AdoptedMethod, CarbonMethods, carbon_methods_id
from domain.esg.figure import NOTHING, Caveat, UnknownHotelCountry
from domain.kernel.emissions import (
    CarbonMethod,
    EmissionFactor,
    EmissionLine,
    EmissionPart,
    GhgCategory,
    MarketBasis,
)
from domain.kernel.factor_table import PublishedFactor
from domain.kernel.instants import Day
from domain.kernel.refusals import NotFound

router = Shelf(prefix="/api", tags=["carbon"], route_class=StrictRoute)


class UsedFactor(View):
    """A published row as it was used."""

    factor_id: str = Field(description="the publisher's own row id, or a key derived from what it is about")
    publisher: str
    source: str
    year: int
    activity: str
    variant: str
    unit: str
    value: Decimal = Field(description="kilograms of CO2e per unit")

    @classmethod
    def of(cls, factor: EmissionFactor) -> Self:
        """The row."""
        return cls(**dict(factor))


class MarketView(View):
    """The market-based twin of electricity."""

    quantity: Decimal
    factor: UsedFactor
    kg: Decimal
    basis: MarketBasis = Field(
        description="location_fallback: nothing was bought, the location figure stands in"
    )


class LineView(View):
    """quantity x factor = kg, and where it is counted."""

    scope: int
    category: GhgCategory
    category_number: int | None = Field(description="of the fifteen of scope 3")
    part: EmissionPart
    quantity: Decimal
    factor: UsedFactor
    kg: Decimal
    market: MarketView | None = Field(description="scope 2 only")
    method: CarbonMethod
    grade: int = Field(description="1 flight number and date known, 2 places, 3 distance or average, 4 money")

    @classmethod
    def of(cls, line: EmissionLine) -> Self:
        """The line."""
        market = None
        if line.market is not None:
            twin = line.market
            market = MarketView(
                quantity=twin.quantity, factor=UsedFactor.of(twin.factor), kg=twin.kg, basis=twin.basis
            )
        return cls(
            scope=int(line.scope),
            category=line.category,
            category_number=line.category.number,
            part=line.part,
            quantity=line.quantity,
            factor=UsedFactor.of(line.factor),
            kg=line.kg,
            market=market,
            method=line.method,
            grade=line.grade,
        )


class TotalsView(View):
    """Sums in kilograms. What lies upstream is inside `kg` and shown besides."""

    kg: Decimal = Field(description="with scope 2 location-based")
    kg_market_based: Decimal
    scope_1_kg: Decimal
    scope_2_location_kg: Decimal
    scope_2_market_kg: Decimal
    scope_3_kg: Decimal
    upstream_kg: Decimal


class ElementView(TotalsView):
    """What one element comes to."""

    index: int
    reference: str | None
    mode: str
    distance_km: Decimal | None
    well_to_wheel_kg: Decimal | None = Field(
        description="with everything upstream, counted or not; null where no publisher says"
    )
    grade: int | None = Field(description="the worst of its lines; null where it was left out")
    caveats: list[Caveat]
    lines: list[LineView]

    @classmethod
    def of_element(cls, index: int, one: ReckonedElement) -> Self:
        """The element with its lines."""
        figure = one.figure
        return cls(
            index=index,
            reference=getattr(one.element, "reference", None),
            mode=one.element.mode,
            distance_km=figure.distance_km,
            well_to_wheel_kg=figure.well_to_wheel_kg,
            grade=max((line.grade for line in figure.lines), default=None),
            caveats=sorted(figure.caveats),
            lines=[LineView.of(line) for line in figure.lines],
            **_sums(one.totals),
        )


class TripCarbonView(View):
    """A journey's carbon by one method."""

    method: CarbonMethod
    method_effective_on: Day | None = Field(description="null: the house's default, adopted by nobody")
    on: Day = Field(description="the day whose method applied")
    factor_set: int = Field(description="the set of factors in force")
    factor_year: int = Field(description="the publication asked for, unless an element names its own")
    wtt: bool
    radiative_forcing: bool
    hotels: bool
    totals: TotalsView
    hotels_kg: Decimal = Field(description="the share of hotel nights in the totals")
    elements: list[ElementView]
    caveats: list[Caveat] = Field(description="every caveat of the elements, once")

    @classmethod
    def of(cls, carbon: TripCarbon) -> Self:
        """The answer."""
        hotels = (one.totals.kg for one in carbon.elements if one.element.mode == "hotel")
        return cls(
            method=carbon.adopted.method,
            method_effective_on=carbon.adopted.effective_on,
            on=carbon.on,
            factor_set=carbon.table.number,
            factor_year=carbon.year,
            wtt=carbon.switches.wtt,
            radiative_forcing=carbon.switches.radiative_forcing,
            hotels=carbon.switches.hotels,
            totals=TotalsView(**_sums(carbon.totals)),
            hotels_kg=sum(hotels, NOTHING),
            elements=[ElementView.of_element(index, one) for index, one in enumerate(carbon.elements)],
            caveats=caveats_of(carbon.elements),
        )


class AdoptedMethodView(View):
    """A method and the day it takes effect."""

    method: CarbonMethod
    unknown_hotel_country: UnknownHotelCountry
    effective_on: Day | None

    @classmethod
    def of_adopted(cls, adopted: AdoptedMethod) -> Self:
        """The method."""
        return cls(**adopted.model_dump())


class CarbonMethodView(Resource):
    """By what a company's carbon is reckoned."""

    on: Day = Field(description="the day that was asked about")
    in_force: AdoptedMethodView = Field(description="effective_on null is the house's default")
    adopted: list[AdoptedMethodView] = Field(description="every method by the day it takes effect")

    @classmethod
    def of(cls, methods: CarbonMethods, on: Day, position: int | None = None) -> Self:
        """All of it."""
        return cls(
            version=methods.version,
            position=position,
            on=on,
            in_force=AdoptedMethodView.of_adopted(methods.in_force(on)),
            adopted=[AdoptedMethodView.of_adopted(one) for one in methods.adopted],
        )


class FactorView(UsedFactor):
    """A published factor and what is known about it."""

    scope: int
    category: str
    verification: str = Field(
        description="how well the transcription was checked; `suspect` was confirmed by hand"
    )
    note: str
    factor_set: int = Field(description="the set that brought the row")

    @classmethod
    def of_row(cls, row: PublishedFactor) -> Self:
        """The row with its provenance."""
        return cls(
            **dict(row.factor),
            scope=int(row.scope),
            category=row.category,
            verification=row.verification,
            note=row.note,
            factor_set=row.factor_set,
        )


class FactorList(Listing[FactorView]):
    """One page of factors."""


class FactorSetView(View):
    """A set of factors that was put in force."""

    number: int
    title: str
    file_sha256: str
    reference_year: int = Field(description="the publication a calculation uses unless it names another")
    rows_added: int
    rows_superseded: int
    loaded_at: datetime


class FactorSetList(Listing[FactorSetView]):
    """Every set, the oldest first."""


@router.post("/v2/trips/carbon", operation_id="reckon_trip_carbon", summary="Reckon the carbon of a journey")
def reckon_trip_carbon(body: TripCarbonRequest, session: SessionDep) -> TripCarbonView:
    """Kilograms of CO2e per element and scope, by the company's method, with every factor as it was used.
    Nothing is recorded. One element that cannot be reckoned refuses the request and is named."""
    session.refuse_if_match()
    house = session.house
    today = house.clock().date()
    return TripCarbonView.of(house.carbon.reckon(house.streams(session.tenant_id), body, today))


@router.put(
    "/v1/enterprise/carbon/method", operation_id="adopt_carbon_method", summary="Choose the carbon method"
)
def adopt_carbon_method(body: AdoptCarbonMethod, session: SessionDep) -> CarbonMethodView:
    """Travel from that day on is reckoned by the method. Figures already given keep theirs and its name."""
    methods, answer = session.change(body, CarbonMethods, carbon_methods_id(session.tenant_id))
    return CarbonMethodView.of(methods, body.effective_on, answer.saved.position)


@router.get(
    "/v1/enterprise/carbon/method",
    operation_id="get_carbon_method",
    summary="Get the carbon method",
    dependencies=[AtLeast],
)
def get_carbon_method(
    session: SessionDep, on: Annotated[Day | None, Query(description="a day; today by default")] = None
) -> CarbonMethodView:
    """The method of a day, and every one the company has adopted; version 0 until it has adopted any."""
    methods_id = carbon_methods_id(session.tenant_id)
    known = session.house.streams(session.tenant_id).find(CarbonMethods, methods_id)
    day = on or session.house.clock().date()
    return session.show(CarbonMethodView.of(known or CarbonMethods.new(methods_id), day))


@router.get(
    "/v1/enterprise/carbon/factors", operation_id="list_emission_factors", summary="Search emission factors"
)
def list_emission_factors(
    session: SessionDep,
    search: Annotated[
        str | None, Query(max_length=100, description="words of the activity, variant, source or id")
    ] = None,
    publisher: Annotated[str | None, Query(max_length=100)] = None,
    year: Annotated[int | None, Query(ge=2000, le=2199)] = None,
    factor_set: Annotated[
        int | None,
        Query(ge=1, le=100_000, description="as it was when this set was in force; today's by default"),
    ] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> FactorList:
    """Published factors with source, year and the publisher's row id, by publisher, year and id."""
    filters = {"search": search, "publisher": publisher, "year": year, "factor_set": factor_set}
    after, following = session.place(filters, cursor)
    factors = session.house.carbon.factors
    if factor_set is not None and factor_set > factors.in_force().number:
        raise NotFound("There is no such factor set.")
    table = factors.in_force() if factor_set is None else factors.as_of(factor_set)
    words = (search or "").casefold().split()
    found = sorted(
        (
            row
            for row in table.rows
            if _matches(row, words, publisher, year) and (not after or _key(row) > after)
        ),
        key=_key,
    )
    last = _key(found[limit - 1]) if len(found) > limit else None
    return FactorList(data=[FactorView.of_row(row) for row in found[:limit]], next_cursor=following(last))


@router.get(
    "/v1/enterprise/carbon/factor-sets", operation_id="list_factor_sets", summary="List sets of factors"
)
def list_factor_sets(session: SessionDep) -> FactorSetList:
    """Every set that was ever in force; the last one is. A set supersedes rows and never edits them."""
    sets = session.house.carbon.factors.sets()
    shown = [
        FactorSetView(**{name: getattr(one, name) for name in FactorSetView.model_fields}) for one in sets
    ]
    return FactorSetList(data=shown, next_cursor=None)


def _sums(totals: Totals) -> dict[str, Decimal]:
    return {name: getattr(totals, name) for name in TotalsView.model_fields}


def _key(row: PublishedFactor) -> tuple[str, str, str]:
    return (row.factor.publisher, str(row.factor.year), row.factor.factor_id)


def _matches(row: PublishedFactor, words: list[str], publisher: str | None, year: int | None) -> bool:
    one = row.factor
    if publisher not in (None, one.publisher) or year not in (None, one.year):
        return False
    text = " ".join((one.activity, one.variant, one.source, one.factor_id, one.unit, row.category)).casefold()
    return all(word in text for word in words)
