"""How does a company say when it wants to be told of its use, and where it ends?"""

from application.billing.metering import counted_of, ground_of
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.calendar import month_of
from domain.billing.meter_limits import MeterLimit, MeterLimits
from domain.billing.price import Name
from domain.kernel.refusals import NotFound


class MeterUnknown(NotFound):
    """This company has no such meter."""


class SetMeterLimit(Command):
    """Be told of a meter at these amounts of each month, and end its use at the cap; nothing of either ends the limit.

    What counts is what was reported for the month, once per transaction id; what is corrected later keeps its place.
    """

    meter: Name
    limit: MeterLimit


def set_meter_limit(command: SetMeterLimit, context: Context) -> Saved:
    def decide() -> tuple[MeterLimits, ...]:
        ground = ground_of(context)
        if command.meter not in ground.meters:
            raise MeterUnknown
        limits, meter = ground.limits, command.meter
        included = ground.included(meter)
        limits.set(meter, command.limit, included=included, at=context.now)
        month = month_of(context.now, ground.zone)
        counted = counted_of(meter, month, context.ports.totals)
        if counted:
            # What has been reached already is said at once.
            limits.note(
                meter, month, counted=counted, included=included, cap=ground.cap(meter), at=context.now
            )
        return (limits,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {SetMeterLimit: set_meter_limit}
