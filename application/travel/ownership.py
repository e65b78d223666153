"""Whose trip may an actor touch, and whom may a command name?"""

from uuid import UUID

from application.kernel.context import Context
from domain.kernel.refusals import Forbidden, Malformed
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.unit import Unit, UnitKind


class UnknownTraveller(Malformed):
    """This company has no active member with this id."""


class UnknownUnit(Malformed):
    """This company has no open department, cost centre or group with this id."""


class NotYourTrip(Forbidden):
    """Travellers act on their own trips only."""


class PlatformOnly(Forbidden):
    """The platform keeps this, for every company alike."""


def require_platform(context: Context) -> None:
    """Refuses with PlatformOnly in any other tenant."""
    if context.tenant_id != PLATFORM_TENANT_ID:
        raise PlatformOnly


def require_own(context: Context, traveller_id: UUID) -> None:
    """Refuses with NotYourTrip."""
    if not context.reaches(traveller_id):
        raise NotYourTrip


def require_traveller(context: Context, traveller_id: UUID, *, pointer: str = "/traveller_id") -> None:
    """Refuses with UnknownTraveller. Guarded."""
    person = context.ports.directory.find(traveller_id)
    if person is None or not person.is_active:
        raise UnknownTraveller(pointer=pointer)


def require_unit(context: Context, unit_id: UUID | None, kind: UnitKind, *, pointer: str) -> None:
    """Refuses with UnknownUnit what is closed, of another kind, or another company's. Guarded."""
    if unit_id is None:
        return
    unit = context.store.read(Unit, unit_id)
    if unit is None or not unit.is_open or unit.kind is not kind:
        raise UnknownUnit(pointer=pointer)
