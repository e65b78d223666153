"""How many visits does the plan allow in a month, and how many are there?

A visit counts in the month in which it takes place, by the clock at its site: a hold while it lasts, a request once it
is agreed or keeps its time, each seat of a class, each occurrence of a series in its own month. Called off, rejected or
entered in error gives its place back, whenever that happens; a visit that was missed keeps it. Moved into another
month it counts there. An emergency counts and is never refused. Visits booked before this rule existed do not count.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.kernel.context import Context
from application.ports.entitlements import Entitlements
from application.ports.totals import Totals
from domain.booking.appointment import Appointment
from domain.booking.visit import MONTH
from domain.kernel.refusals import LimitReached

APPOINTMENTS_MONTHLY = "appointments_monthly"
NOBODY = UUID(int=0)


class AppointmentQuotaReached(LimitReached):
    """Your plan allows no more appointments in this month; `exceeds` says how many. Move to a larger plan, or book into
    another month."""


@dataclass(frozen=True)
class MonthOfUse:
    """The visits of one month, and how many the plan allows; None is unlimited."""

    month: str
    limit: int | None
    used: int


def require_room_in_month(appointments: Iterable[Appointment], context: Context) -> None:
    """Refuses visits beyond the plan's month. Guarded: whoever takes the last place makes the others decide again."""
    counted = [one for one in appointments if _takes_a_place(one)]
    if not counted:
        return
    limit = context.ports.entitlements.limits(at=context.now).get(APPOINTMENTS_MONTHLY)
    if limit is None:
        return
    for month, wanted in Counter(one.agreed.month for one in counted).items():
        mine = next(one.id for one in counted if one.agreed.month == month)
        used = context.ports.totals.of(MONTH, month, without=mine, same_up_to=limit - wanted)
        if used + wanted > limit and not _is_held(month, used, context):
            raise AppointmentQuotaReached(
                exceeds={APPOINTMENTS_MONTHLY: {"limit": limit, "used": used + wanted}}
            )


def has_room_in_month(appointment: Appointment, context: Context) -> bool:
    """Would the visit find room in its month once more?"""
    limit = context.ports.entitlements.limits(at=context.now).get(APPOINTMENTS_MONTHLY)
    if limit is None:
        return True
    month = appointment.agreed.month
    return context.ports.totals.of(MONTH, month, without=appointment.id, same_up_to=limit - 1) < limit


def month_of_use(month: str, entitlements: Entitlements, totals: Totals, *, at: datetime) -> MonthOfUse:
    """How much of the month is used at this moment, and what the plan allows."""
    limit = entitlements.limits(at=at).get(APPOINTMENTS_MONTHLY)
    return MonthOfUse(month, limit, totals.of(MONTH, month, without=NOBODY))


def _takes_a_place(appointment: Appointment) -> bool:
    """Do the events about to be appended take a place in a month?"""
    is_emergency = appointment.override is not None
    return not is_emergency and any(claim.kind == MONTH for claim in appointment.pending_claims.taken)


def _is_held(month: str, by_others: int, context: Context) -> bool:
    """Does the visit have its place already? Agreeing to a hold, or moving within the month, takes none."""
    return context.ports.totals.of(MONTH, month, without=NOBODY) > by_others
