"""What follows when a company was registered? Its tenant is opened, and the platform notes it."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant
from application.platform.tenants import CompleteRegistration, opening_of
from domain.kernel.event import DomainEvent
from domain.platform.registration import Registration, RegistrationMade


class TenantOpening:
    """Finishes what the door began, if the door died in between."""

    name: ClassVar[str] = "tenant-opening"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (RegistrationMade,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: RegistrationMade, history: History) -> Iterable[Command | InTenant | Effect]:
        registration = history.find(Registration, event.originator_id)
        if registration is None:
            return
        yield InTenant(event.tenant_id, opening_of(registration))
        yield CompleteRegistration(registration_id=event.originator_id)
