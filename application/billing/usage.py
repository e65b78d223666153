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
from domain.billing.metering import METERED
from domain.billing.usage import (
    MAX_ITEMS,
    USAGE,
    USAGE_CORRECTION,
    ItemStatus,
    Known,
    Reason,
    UncountedUse,
    UsageBatch,
    Use,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Conflict

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
        batch = UsageBatch.report(
            batch_id,
            items,
            known=_known(uses, context),
            meters=ground.meters,
            room=room,
            is_metered=is_metered,
            at=context.now,
        )
        return (batch, ground.limits) if raise_reached(ground, room, context) else (batch,)

    for _ in range(ATTEMPTS):
        # Whoever was faster with one of these ids is seen at the next look.
        try:
            return context.store.save_all(report)
        except CapacityTaken as refusal:
            # A month that holds four billion millions is beyond every limit: it need not be counted further.
            is_metered = METERED not in refusal.kinds()
    raise Conflict


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


HANDLERS: Handlers = {DefineMeter: define_meter, ReportUsage: report_usage}
