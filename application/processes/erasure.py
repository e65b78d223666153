"""What follows when a person is to be forgotten? Their key is destroyed, wherever it protects something."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant
from application.platform.members import EraseSubject
from domain.kernel.event import DomainEvent
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.subject import SubjectErased
from domain.platform.tenant import Tenant


class Erasure:
    """Destroys the key; the first owner is also named in the platform's registration."""

    name: ClassVar[str] = "erasure"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (SubjectErased,)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(self, event: SubjectErased, history: History) -> Iterable[Command | InTenant | Effect]:
        yield Effect("destroy_subject_key")
        if history.tenant_id == PLATFORM_TENANT_ID:
            return
        tenant = history.find(Tenant, history.tenant_id)
        if tenant is not None and tenant.owner_id == event.subject_id:
            yield InTenant(PLATFORM_TENANT_ID, EraseSubject(subject_id=event.subject_id))
