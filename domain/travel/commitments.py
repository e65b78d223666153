"""What does a booked journey hold of its traveller's days and of the years of whoever pays for it?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.kernel.claims import UNLIMITED, Claim, Release
from domain.kernel.text import Code
from domain.kernel.value import Value
from domain.travel.allocation import Allocation
from domain.travel.journey import JourneyTotals, spend_by_year

# Cents of one traveller's local day; cents and grams of a calendar year.
TRAVELLER_DAY = "traveller-day"
SPEND_YEAR = "spend-year"
CARBON_YEAR = "carbon-year"

Units = Annotated[int, Field(ge=1)]
# What may be taken at most in all, by kind and key, where more is blocked.
Caps = Mapping[tuple[str, str], int]


class Commitment(Value):
    """So many units of one amount; `capacity` is what all together may take, where more is blocked."""

    kind: Code
    key: Code
    units: Units
    capacity: Units | None = None


def commitments_of(
    journey: JourneyTotals, traveller_id: UUID, allocation: Allocation, caps: Caps
) -> tuple[Commitment, ...]:
    """What the journey counts for while it is booked: every scope, whether it has a budget or not."""
    return tuple(
        Commitment(kind=kind, key=key, units=units, capacity=caps.get((kind, key)))
        for kind, key, units in _amounts(journey, traveller_id, allocation)
        if units
    )


def carbon_commitments_of(
    grams_by_year: Mapping[int, int], traveller_id: UUID, allocation: Allocation
) -> tuple[Commitment, ...]:
    """What a journey that has been booked counts for in carbon, with no regard to what is allowed."""
    return tuple(
        Commitment(kind=CARBON_YEAR, key=year_key(year, scope, scope_id), units=grams)
        for scope, scope_id in scopes_of(traveller_id, allocation).items()
        for year, grams in grams_by_year.items()
        if grams
    )


def claims_of(commitments: Iterable[Commitment], trip_id: UUID) -> tuple[Claim, ...]:
    """The amounts a booking takes."""
    return tuple(
        Claim(
            one.kind,
            one.key,
            trip_id,
            units=one.units,
            capacity=UNLIMITED if one.capacity is None else one.capacity,
            shape="amount",
        )
        for one in commitments
    )


def releases_of(commitments: Iterable[Commitment], trip_id: UUID) -> tuple[Release, ...]:
    """The same, given back."""
    return tuple(Release(one.kind, one.key, trip_id) for one in commitments)


def releases_of_all(
    commitments: Iterable[Commitment], years: Sequence[int], trip_id: UUID
) -> tuple[Release, ...]:
    """What a booking took, and what a restatement of its carbon may have taken since: of years besides."""
    held = releases_of(commitments, trip_id)
    # Of year_key, all but the year.
    whose = (
        "".join(str(one.key).partition(":")[1:]) for one in held if one.kind in (SPEND_YEAR, CARBON_YEAR)
    )
    places = [(rest, year) for rest in dict.fromkeys(whose) for year in years]
    carbon = (Release(CARBON_YEAR, f"{year}{rest}", trip_id) for rest, year in places)
    return tuple(dict.fromkeys((*held, *carbon)))


def traveller_day_key(traveller_id: UUID, day: date) -> str:
    """The claim key of one traveller's local day."""
    return f"{traveller_id}:{day.isoformat()}"


def year_key(year: int, scope: str = "tenant", scope_id: UUID | None = None) -> str:
    """The claim key of a calendar year of the company, or of one department, cost centre or traveller."""
    return str(year) if scope_id is None else f"{year}:{scope}:{scope_id}"


def scopes_of(traveller_id: UUID, allocation: Allocation) -> Mapping[str, UUID | None]:
    """Everyone whose year a journey draws on, the company first."""
    scopes: dict[str, UUID | None] = {"tenant": None, "traveller": traveller_id}
    if allocation.department_id:
        scopes["department"] = allocation.department_id
    if allocation.cost_centre_id:
        scopes["cost_centre"] = allocation.cost_centre_id
    return scopes


def _amounts(
    journey: JourneyTotals, traveller_id: UUID, allocation: Allocation
) -> Iterator[tuple[str, str, int]]:
    for spend in journey.spend_by_day:
        yield TRAVELLER_DAY, traveller_day_key(traveller_id, spend.day), spend.eur_cents
    for scope, scope_id in scopes_of(traveller_id, allocation).items():
        for year, cents in spend_by_year(journey).items():
            yield SPEND_YEAR, year_key(year, scope, scope_id), cents
        for carbon in journey.carbon_by_year:
            yield CARBON_YEAR, year_key(carbon.year, scope, scope_id), carbon.grams
