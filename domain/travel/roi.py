"""What does a company declare its travel to cost without Escale, and from which month on?

Nothing here is known to us: every constant of the calculation is an input of the company's own, dated, and left out
as long as nobody has declared it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Impersonal
from domain.kernel.value import Value
from domain.travel.journey import CostType

Minutes = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Cents = Annotated[int, Field(strict=True, ge=0, le=10**12)]
Route = Annotated[str, StringConstraints(min_length=1, max_length=401), Impersonal()]


class ReferencePrice(Value):
    """What one segment on a route costs without negotiated rates. The route as the analytics write it."""

    cost_type: CostType
    route: Route
    eur_cents: Cents


class RoiInputs(Value):
    """The constants of the calculation; what is null is not calculated."""

    hourly_cost_eur_cents: Cents | None = Field(None, description="what an hour of an employee costs")
    minutes_saved_per_trip: Minutes | None = Field(None, description="spent less on arranging one trip")
    minutes_saved_per_approval: Minutes | None = Field(None, description="spent less on approving one trip")
    violations_per_100_trips_before: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = Field(
        None, description="found in a hundred booked trips before"
    )
    violation_cost_eur_cents: Cents | None = Field(None, description="what one violation costs")
    platform_cost_eur_cents_per_month: Cents | None = Field(None, description="what is paid for all of it")
    reference_prices: Annotated[tuple[ReferencePrice, ...], Field(max_length=500)] = Field(
        (), description="prices without negotiated rates; segments on other routes are left out"
    )


class RoiInputsSet(DomainEvent):
    """The company declared by which inputs its months from then on are calculated."""

    TOPIC: ClassVar[str] = "roi.inputs-set.v1"

    effective_from: date
    inputs: RoiInputs


def roi_id(tenant_id: UUID) -> UUID:
    """The company's one stream of inputs."""
    return uuid5(tenant_id, "roi")


class Roi(Aggregate):
    """The inputs of all months, each set in force until the next one begins."""

    CATEGORY: ClassVar[str] = "roi"

    inputs_from: Mapping[date, RoiInputs] = {}

    def set_inputs(self, inputs: RoiInputs, *, effective_from: date, at: datetime) -> None:
        """Declares the inputs from a month on; what was declared for that very month is replaced."""
        if self.inputs_from.get(effective_from) != inputs:
            self.record(RoiInputsSet, at=at, effective_from=effective_from, inputs=inputs)

    def evolve(self, event: RoiInputsSet) -> None:
        match event:
            case RoiInputsSet():
                self.inputs_from = {**self.inputs_from, event.effective_from: event.inputs}
            case _:
                assert_never(event)
