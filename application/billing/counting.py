"""How does what the doors counted in memory become usage that is billed?

Each process hands in what it counted in the last seconds, under a number of its own: handing the same number
in again changes nothing. A member is active once in a month of the company's zone, whoever notices.
"""

from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.billing.metering import ground_of, raise_reached, room_for
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.calendar import month_of
from domain.billing.meter import ACTIVE_USERS, API_CALLS, FAILED_CALLS
from domain.billing.usage import USAGE, Known, UsageBatch, Use
from domain.kernel.aggregate import Aggregate
from domain.kernel.instants import Instant
from domain.kernel.refusals import CapacityTaken, Conflict
from domain.kernel.value import Value

ATTEMPTS = 5


class Calls(Value):
    """So many calls since a moment, all within its minute."""

    since: Instant
    quantity: Annotated[int, Field(ge=1)]


class Activity(Value):
    """A member's first accepted call as far as a process knows."""

    member_id: UUID
    at: Instant


class CountUsage(Command):
    """Note the calls that one process accepted or failed, and who made them. By the house itself."""

    process_id: UUID
    number: Annotated[int, Field(ge=0)]
    calls: tuple[Calls, ...]
    failed: tuple[Calls, ...] = ()
    active: tuple[Activity, ...]


def count_usage(command: CountUsage, context: Context) -> Saved:
    batch_id = uuid5(command.process_id, str(command.number))

    def count() -> tuple[Aggregate, ...]:
        ground = ground_of(context)
        if ground.subscription is None:
            return (UsageBatch.new(batch_id),)  # nobody pays: nothing is counted, as between two stays
        uses = [use for use in _uses(command, ground.zone) if ground.subscription.is_there(use.at)]
        holders = context.ports.totals.holders_of(USAGE, [use.transaction_id for use in uses])
        known = Known(holders, {})
        room = room_for(
            [use for use in uses if use.transaction_id not in holders], ground, context.ports.totals
        )
        batch = UsageBatch.count(batch_id, uses, known=known, room=room, at=context.now)
        return (batch, ground.limits) if raise_reached(ground, room, context) else (batch,)

    for _ in range(ATTEMPTS):
        # Another process saw the same member first, a moment ago: the next look finds it.
        try:
            return context.store.save_all(count)
        except CapacityTaken:
            continue
    raise Conflict


def _uses(command: CountUsage, zone: str) -> list[Use]:
    calls = [
        Use(
            transaction_id=f"{meter}:{command.process_id.hex}:{command.number}:{place}",
            meter=meter,
            at=one.since,
            quantity=Decimal(one.quantity),
        )
        for meter, counted in ((API_CALLS, command.calls), (FAILED_CALLS, command.failed))
        for place, one in enumerate(counted)
    ]
    active = {
        f"{ACTIVE_USERS}:{month_of(one.at, zone)}:{one.member_id}": one
        for one in sorted(command.active, key=lambda one: one.at, reverse=True)
    }
    return calls + [
        Use(transaction_id=name, meter=ACTIVE_USERS, at=one.at, subject=str(one.member_id))
        for name, one in active.items()
    ]


HANDLERS: Handlers = {CountUsage: count_usage}
