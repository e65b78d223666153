"""What does an ESG report say? Figures in whole grams, each table adding up to its total."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from domain.kernel.instants import Day
from domain.kernel.money import Money
from domain.kernel.personal import Impersonal
from domain.kernel.text import Code, Colour, Title
from domain.kernel.value import Value

# A month, 2030-05; a year, 2030; or two days.
PeriodName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{4,40}$"), Impersonal()]
CompanyName = Annotated[str, StringConstraints(min_length=1, max_length=400), Impersonal()]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Impersonal()]
EVERY_SCOPE = (1, 2, 3)
Percent = Annotated[Decimal, Field(ge=0, le=100)]


class Said(Value):
    """A part of a report."""


class Amount(Said):
    """An amount by both methods of scope 2."""

    location_g: int = 0
    market_g: int = 0

    def plus(self, other: "Amount") -> "Amount":
        """The sum."""
        return Amount(location_g=self.location_g + other.location_g, market_g=self.market_g + other.market_g)


class Row(Amount):
    """One row of a table; `key` is a code, or the name of a site, a department or a route."""

    key: Title


class MonthRow(Said):
    """One month by scope, for the chart."""

    month: Day
    scope_1_g: int
    scope_2_location_g: int
    scope_2_market_g: int
    scope_3_g: int


class MethodChange(Said):
    """A mode that was counted otherwise in the other period, and what of the difference comes from that.

    `effect_g` is what today's quantities weigh more than they would with the other period's factors.
    """

    mode: Title
    before: Title
    after: Title
    effect_g: int
    is_recalculation_due: bool


class Comparison(Said):
    """The same months of another year."""

    year: int
    start: Day
    end: Day
    total: Amount
    scopes: tuple[Row, ...]
    lines_sha256: Digest | None = None
    is_declared: bool = False
    changes: tuple[MethodChange, ...] = ()


class Intensity(Said):
    """Kilograms per something, market-based, to the gram."""

    per: Code
    denominator: Decimal
    location_kg: Decimal
    market_kg: Decimal


class Trajectory(Said):
    """A target, and where the company should be by now on a straight line. Of every scope, where none is named."""

    name: Title
    scopes: tuple[int, ...] = Field(default=EVERY_SCOPE, exclude_if=lambda scopes: scopes == EVERY_SCOPE)
    base_year: int
    base_g: int
    target_year: int
    reduction_percent: Percent
    expected_g: int
    actual_g: int

    @property
    def target_g(self) -> int:
        """What may be left in the year of the target."""
        return int(self.base_g * (100 - self.reduction_percent) / 100)

    @property
    def is_on_track(self) -> bool:
        """Is there no more than the straight line allows?"""
        return self.actual_g <= self.expected_g


class Lever(Said):
    """What the company's own trips would have saved, done otherwise."""

    kind: Code
    key: Title
    segments: int
    quantity_km: Decimal
    now_g: int
    then_g: int
    rail_hours: Decimal | None = None
    factor_id: Title | None = None
    factor_value: Decimal | None = None

    @property
    def saved_g(self) -> int:
        """What would not have been emitted."""
        return self.now_g - self.then_g


class Quality(Said):
    """How good the data is: what each grade weighs, what is estimated, how far the total may be off."""

    grades: tuple[Row, ...]
    estimate_g: int
    uncertainty_percent: Decimal


class FactorRow(Said):
    """A factor as it was used, and how much rests on it."""

    id: Title
    value: Decimal
    unit: Title
    publisher: Title
    year: int
    source: Title
    method: Code
    is_market: bool
    lines: int
    g: int


class Cover(Said):
    """What the report shows of the company, as it was: a later theme does not touch it."""

    company_name: CompanyName
    primary_colour: Colour | None = None
    secondary_colour: Colour | None = None
    accent_colour: Colour | None = None


class ReportContent(Said):
    """A report's figures as known at one position of the log; they follow from the lines it stands on."""

    cover: Cover
    start: Day
    end: Day
    position: int
    lines: int
    lines_sha256: Digest
    head_count: int | None
    annual_revenue: Money | None
    trips: int
    methods: tuple[Code, ...]
    total: Amount
    scopes: tuple[Row, ...]
    categories: tuple[Row, ...]
    months: tuple[Row, ...]
    months_by_scope: tuple[MonthRow, ...]
    sites: tuple[Row, ...]
    departments: tuple[Row, ...]
    modes: tuple[Row, ...]
    routes: tuple[Row, ...]
    previous: Comparison | None
    base: Comparison | None
    intensity: tuple[Intensity, ...]
    trajectories: tuple[Trajectory, ...]
    levers: tuple[Lever, ...]
    quality: Quality
    factors: tuple[FactorRow, ...]
    market_by_location_g: int = 0

    def scope(self, number: int) -> Amount:
        """One scope."""
        found = next((row for row in self.scopes if row.key == str(number)), None)
        return Amount() if found is None else found

    def category(self, key: str) -> Amount:
        """One category of the GHG Protocol."""
        found = next((row for row in self.categories if row.key == key), None)
        return Amount() if found is None else found

    def tables(self) -> dict[str, tuple[Row, ...]]:
        """Every table whose rows add up to the total, by its name."""
        return {
            name: getattr(self, name)
            for name in ("scopes", "categories", "months", "sites", "departments", "modes", "routes")
        }

    def written(self) -> str:
        """The report as one line of JSON, always the same; its digest is in the event that publishes it."""
        return self.model_dump_json()

    @classmethod
    def read(cls, written: str) -> Self:
        """The report that was written."""
        return cls.model_validate_json(written)
