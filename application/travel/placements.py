"""How is a member put into units that are known by their codes?"""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import UnknownUnit, require_unit
from application.travel.terms import profile_of
from domain.kernel.text import Code
from domain.travel.traveller import TravellerProfile
from domain.travel.unit import UNIT_CODE, UnitKind


class PlaceTraveller(Command):
    """Put a member into the department and the cost centre with these codes; null changes nothing."""

    member_id: UUID
    department_code: Code | None
    cost_centre_code: Code | None


def place_traveller(command: PlaceTraveller, context: Context) -> Saved:
    def decide() -> tuple[TravellerProfile, ...]:
        named = {
            "department_id": unit_of(UnitKind.DEPARTMENT, command.department_code, context),
            "cost_centre_id": unit_of(UnitKind.COST_CENTRE, command.cost_centre_code, context),
        }
        profile = profile_of(command.member_id, context)
        chosen = {name: unit_id for name, unit_id in named.items() if unit_id is not None}
        profile.assign(
            member_id=command.member_id,
            allocation=profile.allocation.model_copy(update=chosen),
            approver_id=profile.approver_id,
            at=context.now,
        )
        return (profile,)

    return context.store.save_all(decide)


def unit_of(kind: UnitKind, code: str | None, context: Context) -> UUID | None:
    """The open unit with this code. Refuses with UnknownUnit. Guarded."""
    if code is None:
        return None
    pointer = f"/{kind.value}_code"
    unit_id = context.ports.totals.holder(UNIT_CODE, f"{kind}:{code}")
    if unit_id is None:
        raise UnknownUnit(pointer=pointer)
    require_unit(context, unit_id, kind, pointer=pointer)
    return unit_id


HANDLERS: Handlers = {PlaceTraveller: place_traveller}
