"""What does a service promise and ask for? Durations, buffers, notice, price, people, rooms and rules."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.booking.intake import Question
from domain.booking.wall_time import Weekday
from domain.kernel.money import Cents, Currency, Money
from domain.kernel.text import Code, Title
from domain.kernel.value import Input, Value

Minutes = Annotated[int, Field(strict=True, ge=0, le=7 * 24 * 60)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]


class Mode(StrEnum):
    """How a visit takes place."""

    ON_SITE = "on_site"
    CLIENT_HOME = "client_home"
    VIDEO = "video"
    PHONE = "phone"
    HYBRID = "hybrid"


class Confirmation(StrEnum):
    """Who turns a request into a booking."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class AssignmentRule(StrEnum):
    """Which of several free practitioners is taken."""

    FAIR = "fair"
    ANY = "any"


class RoleNeed(Value):
    """People with one skill a visit cannot do without: at least, at most."""

    skill: Code
    least: Annotated[int, Field(strict=True, ge=1, le=10)] = 1
    most: Annotated[int, Field(strict=True, ge=1, le=10)] = 1
    share_percent: Percent | None = None

    @model_validator(mode="after")
    def most_is_not_less_than_least(self) -> Self:
        if self.most < self.least:
            raise ValueError("most must not be less than least")
        return self


class ResourceNeed(Value):
    """Rooms or equipment of one type a visit takes."""

    type: Code
    count: Annotated[int, Field(strict=True, ge=1, le=10)] = 1


class PriceTier(Value):
    """What a visit of up to so many minutes costs."""

    up_to_minutes: Annotated[int, Field(strict=True, ge=1)]
    amount_minor: Cents


class PriceKind(StrEnum):
    """Whether a visit has one price, a price per hour or prices by tiers of duration."""

    FIXED = "fixed"
    HOURLY = "hourly"
    TIERED = "tiered"


class Price(Value):
    """What a visit costs."""

    kind: PriceKind = PriceKind.FIXED
    currency: Currency
    amount_minor: Cents = 0
    tiers: Annotated[tuple[PriceTier, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def tiers_rise(self) -> Self:
        bounds = [tier.up_to_minutes for tier in self.tiers]
        if (self.kind == PriceKind.TIERED) != bool(bounds) or bounds != sorted(set(bounds)):
            raise ValueError("tiered prices, and only they, have tiers, the shortest first")
        return self

    def of(self, duration_minutes: int) -> Money:
        """The price of a visit of that length; longer than the last tier costs the last tier."""
        match self.kind:
            case PriceKind.FIXED:
                amount = self.amount_minor
            case PriceKind.HOURLY:
                exact = Decimal(self.amount_minor * duration_minutes) / 60
                amount = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
            case PriceKind.TIERED:
                fitting = (tier for tier in self.tiers if duration_minutes <= tier.up_to_minutes)
                amount = next(fitting, self.tiers[-1]).amount_minor
        return Money(amount_minor=amount, currency=self.currency)


class CancellationBand(Value):
    """Cancelled less than so many hours before the start costs this share of the price."""

    hours_before: Annotated[int, Field(strict=True, ge=1, le=24 * 90)]
    fee_percent: Percent


class CancellationPolicy(Value):
    """Fees by time band, the fee of a no-show, and until when clients may change a visit themselves."""

    bands: Annotated[tuple[CancellationBand, ...], Field(max_length=10)] = ()
    no_show_percent: Percent = 0
    no_show_grace_minutes: Annotated[int, Field(strict=True, ge=0, le=24 * 60)] = 0
    client_changes_until_hours: Annotated[int, Field(strict=True, ge=0, le=24 * 90)] = 0

    def fee(self, price: Money, *, starts_at: datetime, at: datetime) -> Money:
        """What cancelling at that moment costs."""
        within = [
            band.fee_percent for band in self.bands if at > starts_at - timedelta(hours=band.hours_before)
        ]
        return share_of(price, max(within, default=0))

    def no_show_fee(self, price: Money, *, starts_at: datetime, at: datetime) -> Money:
        """What not coming costs; nothing while it may still be a late arrival."""
        is_late = at < starts_at + timedelta(minutes=self.no_show_grace_minutes)
        return share_of(price, 0 if is_late else self.no_show_percent)

    def closes_at(self, starts_at: datetime) -> datetime:
        """Until when a client may move or cancel without asking."""
        return starts_at - timedelta(hours=self.client_changes_until_hours)


class Limits(Value):
    """How often the service may be booked."""

    per_day: Annotated[int, Field(strict=True, ge=1)] | None = None
    per_client_per_day: Annotated[int, Field(strict=True, ge=1)] | None = None
    per_client_per_week: Annotated[int, Field(strict=True, ge=1)] | None = None
    per_client_per_month: Annotated[int, Field(strict=True, ge=1)] | None = None


class ServiceOffer(Input):
    """The whole of a service as people write it."""

    name: Title
    category: Code | None = None
    business_id: UUID
    site_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=200)]
    is_bookable_online: bool = False
    durations_minutes: Annotated[
        tuple[Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)], ...],
        Field(min_length=1, max_length=20),
    ]
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    notice_minutes: Annotated[int, Field(strict=True, ge=0, le=366 * 24 * 60)] = 0
    horizon_days: Annotated[int, Field(strict=True, ge=1, le=730)] = 90
    step_minutes: Annotated[int, Field(strict=True, ge=5, le=24 * 60)] = 15
    offset_minutes: Annotated[int, Field(strict=True, ge=0, lt=24 * 60)] = 0
    capacity: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    modes: Annotated[tuple[Mode, ...], Field(min_length=1, max_length=5)] = (Mode.ON_SITE,)
    price: Price
    deposit_percent: Percent = 0
    cancellation: CancellationPolicy = CancellationPolicy()
    confirmation: Confirmation = Confirmation.AUTOMATIC
    does_pending_block: bool = True
    hold_s: Annotated[int, Field(strict=True, ge=1, le=24 * 3600)] = 300
    roles: Annotated[tuple[RoleNeed, ...], Field(max_length=10)] = ()
    resources: Annotated[tuple[ResourceNeed, ...], Field(max_length=10)] = ()
    assignment: AssignmentRule = AssignmentRule.FAIR
    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    limits: Limits = Limits()
    does_client_block: bool = False
    least_age: Annotated[int, Field(strict=True, ge=0, le=150)] | None = None
    most_age: Annotated[int, Field(strict=True, ge=0, le=150)] | None = None
    prerequisite_ids: Annotated[tuple[UUID, ...], Field(max_length=10)] = ()
    intake: Annotated[tuple[Question, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def takes_somebody_or_something(self) -> Self:
        if not self.roles and not self.resources:
            raise ValueError("a service takes at least one practitioner or one resource")
        codes = [question.code for question in self.intake]
        if len(set(codes)) != len(codes):
            raise ValueError("each question has a code of its own")
        return self

    @property
    def is_group(self) -> bool:
        """Is it given to several clients at once, in sessions with seats?"""
        return self.capacity > 1

    @property
    def shares(self) -> dict[str, int | None]:
        """The part of the price agreed for each role."""
        return {role.skill: role.share_percent for role in self.roles}


def share_of(money: Money, percent: int) -> Money:
    """A share of an amount, rounded half up to the smallest unit."""
    exact = Decimal(money.amount_minor * percent) / 100
    return Money(amount_minor=int(exact.quantize(Decimal(1), ROUND_HALF_UP)), currency=money.currency)
