"""What is one line of the carbon ledger?"""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from domain.kernel.emissions import CarbonMethod, EmissionPart, GhgCategory, MarketBasis
from projections.kernel.row import Row

Entry = Literal["fact", "reversal"]


class CarbonLineRow(Row):
    """One line of the carbon ledger: one emitting fact, or the taking back of one. Lines are only ever added;
    the sum over all lines up to a position is what was known there."""

    TABLE: ClassVar[str] = "carbon_line"
    KEY: ClassVar[tuple[str, ...]] = ("line_id",)

    line_id: UUID
    """The line; it follows from the event and the place in it, so that a replay makes the same one."""
    entry: Entry
    """Whether the line is a fact, or a reversal: the same line with the opposite amounts."""
    position: int
    """Place in the tenant's log of the event that made the line."""
    recorded_at: datetime
    """When that event was recorded: from then on it was known."""
    event_id: UUID
    """The event that made the line."""
    event_topic: str
    """What kind of event it is."""
    stream_id: UUID
    """The stream of that event: the trip, or the activity that was recorded."""
    replaces: UUID | None
    """The line whose place this one takes: of a reversal the line it takes back, of a correction or a
    restatement the line that was right before."""
    reversed_position: int | None
    """Place of the event that took the line back; null while it stands."""
    actual_position: int | None
    """Place of the event by which the estimate became an actual (completion, approved expense) or was one
    from the start; null while it is an estimate."""
    occurred_on: date
    """The day it was emitted on; of a stretch of days, the first one in the month."""
    month: date
    """First day of that month."""
    scope: int
    """The scope of the GHG Protocol: 1, 2 or 3."""
    category: GhgCategory
    """The category of the GHG Protocol, such as mobile_combustion (scope 1), purchased_electricity (scope 2) or
    business_travel (scope 3)."""
    mode: str
    """What emits, in a word reports group by: flight, hotel, rail, car and the like for journeys; electricity,
    heat, company_vehicle, fuel, refrigerant, commuting or purchase."""
    activity: str
    """The activity of the factor, as published."""
    variant: str
    """The variant of the factor, as published, such as cabin or fuel; may be empty."""
    part: EmissionPart
    """Which part of a figure: direct, electricity, grid_losses, upstream (well to tank), contrails or
    estimate."""
    site_id: UUID | None
    """The site it belongs to."""
    vehicle_id: UUID | None
    """The company's vehicle."""
    department_id: UUID | None
    """The department on whose account it is."""
    cost_centre_id: UUID | None
    """The cost centre on whose account it is."""
    traveller_id: UUID | None
    """The member who travels."""
    trip_id: UUID | None
    """The trip."""
    segment_id: UUID | None
    """The segment of the trip."""
    route: str | None
    """From where to where, or the city of a stay."""
    quantity: Decimal
    """How much was used: kilometres, nights, kilowatt hours, litres, kilograms, euros."""
    unit: str
    """What the quantity counts, and the factor is per."""
    factor_id: str
    """The publisher's row of the factor; booked-figure where a figure was booked before lines kept it."""
    factor_value: Decimal
    """Kilograms CO2e per unit, as it was."""
    factor_source: str
    """The publication the factor stands in."""
    factor_publisher: str
    """Who published it."""
    factor_year: int
    """The year of the publication."""
    method: CarbonMethod
    """The calculation method that was in force: desnz, ademe-france, icao or tim."""
    location_g: int
    """Grams CO2e; in scope 2 by the location-based method. Negative on a reversal."""
    market_g: int
    """Grams CO2e; in scope 2 by the market-based method, elsewhere the same as location_g."""
    market_basis: MarketBasis | None
    """In scope 2, what the market-based figure rests on: supplier, guarantee_of_origin, residual_mix, or
    location_fallback where there is no contract; null in other scopes."""
    market_quantity: Decimal | None
    """In scope 2, the quantity the market-based figure is made of: a car's location figure may be published per
    kilometre, a contract never is."""
    market_unit: str | None
    """What that quantity counts."""
    market_factor_id: str | None
    """In scope 2, the row or contract of the market-based factor."""
    market_factor_value: Decimal | None
    """In scope 2, kilograms CO2e per unit of the market-based factor, as it was."""
    market_factor_source: str | None
    """In scope 2, where the market-based factor stands."""
    market_factor_publisher: str | None
    """In scope 2, who published it: the supplier, for a contract."""
    market_factor_year: int | None
    """In scope 2, the year of its publication."""
    grade: int
    """Quality of the data: 1 measured or flight known, 2 places known, 3 only distance or average, 4 only
    money."""
    evidence_sha256: str | None
    """Digest of the file that proves it."""
