"""How do clients report what was used, so that it counts exactly once?"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, JsonValue, ValidationError

from application.billing.metering import ground_of, raise_reached, room_for
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.meter import Meter, Meters, meters_id
from domain.billing.meter_limits import MeterLimits, UsageDays, meter_limits_id
from domain.billing.metering import METERED
from domain.billing.parking import ParkedUsage, parked_usage_id
from domain.billing.usage import (
    MAX_ITEMS,
    USAGE,
    USAGE_CORRECTION,
    ItemStatus,
    Known,
    Parking,
    Reason,
    UncountedUse,
    UsageBatch,
    Use,
    numbered,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Conflict
from domain.kernel.text import Code

ATTEMPTS = 5


class DefineMeter(Meter, Command):
    """Begin to count something; what a meter makes of its uses never changes."""


class ReportUsage(Command):
    """Report up to a thousand uses; each gets an outcome of its own.

    A use has a `transaction_id` of the client's choice, a `meter`, the time `at` which it happened (with its
    offset) and, where it matters, a `quantity` (one by default) and a `subject`. `corrects` names an
    earlier transaction that it replaces; a quantity of zero takes that one back.
    """

    events: Annotated[tuple[dict[str, JsonValue], ...], Field(min_length=1, max_length=MAX_ITEMS)]


class LimitUsageAge(Command):
    """Park uses that lie more than so many days back when they are reported; null, as at first, parks none."""

    most_days: UsageDays | None


class ReleaseParkedUsage(Command):
    """Let parked uses count from now on, by the rule of what is reported late."""

    transaction_ids: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MAX_ITEMS)]


def define_meter(command: DefineMeter, context: Context) -> Saved:
    stream_id = meters_id(context.tenant_id)

    def decide() -> tuple[Meters, ...]:
        meters = context.store.read(Meters, stream_id) or Meters.new(stream_id)
        meters.define(Meter.model_validate(command.model_dump()), at=context.now)
        return (meters,)

    return context.store.save_all(decide)


def report_usage(command: ReportUsage, context: Context) -> Saved:
    items = [_read(number, raw) for number, raw in enumerate(command.events)]
    uses = [item for item in items if isinstance(item, Use)]
    batch_id, is_metered = context.new_id(), True

    def report() -> tuple[Aggregate, ...]:
        ground = ground_of(context)
        room = room_for(uses, ground, context.ports.totals)
        parking = Parking(ground.limits.oldest(context.now))
        parked = _parked(context) if any(parking.takes(use) for use in uses) else None
        parking.places = parked.places if parked else 0
        batch = UsageBatch.report(
            batch_id,
            items,
            known=_known(uses, context),
            meters=ground.meters,
            room=room,
            parking=parking,
            is_metered=is_metered,
            at=context.now,
        )
        touched: list[Aggregate] = [ground.limits] if raise_reached(ground, room, context) else []
        if parked is not None:
            waits = {one.number for one in batch.uncounted if one.status is ItemStatus.PARKED}
            parked.park(
                batch_id,
                [
                    numbered(use, number)
                    for number, use in enumerate(items)
                    if isinstance(use, Use) and number in waits
                ],
                at=context.now,
            )
            touched += [parked] if waits else []
        return (batch, *touched)

    for _ in range(ATTEMPTS):
        # Whoever was faster with one of these ids is seen at the next look.
        try:
            return context.store.save_all(report)
        except CapacityTaken as refusal:
            # A month that holds four billion millions is beyond every limit: it need not be counted further.
            is_metered = METERED not in refusal.kinds()
    raise Conflict


def limit_usage_age(command: LimitUsageAge, context: Context) -> Saved:
    stream_id = meter_limits_id(context.tenant_id)

    def decide() -> tuple[MeterLimits, ...]:
        limits = context.store.read(MeterLimits, stream_id) or MeterLimits.new(stream_id)
        limits.limit_age(command.most_days, at=context.now)
        return (limits,)

    return context.store.save_all(decide)


def release_parked_usage(command: ReleaseParkedUsage, context: Context) -> Saved:
    def release() -> tuple[Aggregate, ...]:
        parked, ground = _parked(context), ground_of(context)
        uses = parked.named(command.transaction_ids)
        room = room_for(uses, ground, context.ports.totals)
        parked.release(uses, meters=ground.meters, room=room, at=context.now)
        return (parked, ground.limits) if raise_reached(ground, room, context) else (parked,)

    return context.store.save_all(release)


def _parked(context: Context) -> ParkedUsage:
    stream_id = parked_usage_id(context.tenant_id)
    return context.store.read(ParkedUsage, stream_id) or ParkedUsage.new(stream_id)


def _read(number: int, raw: Mapping[str, Any]) -> Use | UncountedUse:
    """One use as it was sent; what cannot be read is answered by itself."""
    try:
        return Use.model_validate(raw)
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False, include_context=False)[0]["loc"]
        field = place[0] if place and place[0] in Use.model_fields else None
        return UncountedUse(
            number=number,
            transaction_id=_id_of(raw),
            status=ItemStatus.REJECTED,
            reason=Reason.MALFORMED,
            field=field,
        )


def _id_of(raw: Mapping[str, Any]) -> str | None:
    """The id, if that much of it is right."""
    try:
        named = UncountedUse(number=0, transaction_id=raw.get("transaction_id"), status=ItemStatus.REJECTED)
    except ValidationError:
        return None
    return named.transaction_id


def _known(uses: list[Use], context: Context) -> Known:
    totals = context.ports.totals
    corrected = [use.corrects for use in uses if use.corrects]
    ids = list(dict.fromkeys([*(use.transaction_id for use in uses), *corrected]))
    return Known(
        totals.holders_of(USAGE, ids) if ids else {},
        totals.holders_of(USAGE_CORRECTION, corrected) if corrected else {},
    )


HANDLERS: Handlers = {
    DefineMeter: define_meter,
    ReportUsage: report_usage,
    LimitUsageAge: limit_usage_age,
    ReleaseParkedUsage: release_parked_usage,
}
