"""What does a booked journey hold of its traveller's days and its company's years?"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from domain.kernel.claims import UNLIMITED, Claim, Release
from domain.travel.journey import JourneyTotals

# Cents of one traveller's local day, grams of a company's year.
TRAVELLER_DAY = "traveller-day"
CARBON_YEAR = "carbon-year"


def taken_by(journey: JourneyTotals, traveller_id: UUID, trip_id: UUID) -> tuple[Claim, ...]:
    """What the journey counts for while it is booked."""
    return tuple(
        Claim(kind, key, trip_id, units=units, capacity=UNLIMITED, shape="amount")
        for kind, key, units in _amounts(journey, traveller_id)
    )


def released_by(journey: JourneyTotals, traveller_id: UUID, trip_id: UUID) -> tuple[Release, ...]:
    """The same, given back."""
    return tuple(Release(kind, key, trip_id) for kind, key, _ in _amounts(journey, traveller_id))


def traveller_day_key(traveller_id: UUID, day: date) -> str:
    """The claim key of one traveller's local day."""
    return f"{traveller_id}:{day.isoformat()}"


def _amounts(journey: JourneyTotals, traveller_id: UUID) -> Iterator[tuple[str, str, int]]:
    for spend in journey.spend_by_day:
        if spend.eur_cents:
            yield TRAVELLER_DAY, traveller_day_key(traveller_id, spend.day), spend.eur_cents
    for carbon in journey.carbon_by_year:
        if carbon.grams:
            yield CARBON_YEAR, str(carbon.year), carbon.grams
