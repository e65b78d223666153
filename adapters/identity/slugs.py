"""What is a tenant called in addresses?"""

from uuid import UUID

from adapters.event_store.commands import Commands
from domain.platform.tenant import Tenant


def slug_of(commands: Commands, tenant_id: UUID) -> str:
    """Its slug, which never changes; its id while it is being opened."""
    tenant = commands.reading(tenant_id).find(Tenant, tenant_id)
    return tenant.slug if tenant else str(tenant_id)
