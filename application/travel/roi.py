"""How does a company declare the inputs of its return on investment?"""

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.instants import Day
from domain.kernel.refusals import Malformed
from domain.travel.roi import Roi, RoiInputs, roi_id


class SetRoiInputs(Command):
    """Declare by which inputs the months from `effective_from` on are calculated, as a whole set."""

    effective_from: Day
    inputs: RoiInputs


class MonthsBeginOnTheFirst(Malformed):
    """Inputs take effect with a month: give the first day of one."""


def set_roi_inputs(command: SetRoiInputs, context: Context) -> Saved:
    if command.effective_from.day != 1:
        raise MonthsBeginOnTheFirst(pointer="/effective_from")
    stream_id = roi_id(context.tenant_id)

    def decide() -> tuple[Roi, ...]:
        roi = context.store.read(Roi, stream_id) or Roi.new(stream_id)
        roi.set_inputs(command.inputs, effective_from=command.effective_from, at=context.now)
        return (roi,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {SetRoiInputs: set_roi_inputs}
