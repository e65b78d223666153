"""How does the house itself sign what it does?"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order

# Never changed: whoever bills by itself signs with it.
CLERK = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000003"), "month-closing"), kind="system")


def signed(tenant_id: UUID, command: Command, key: str, at: datetime) -> Order:
    """An order of the house; the same key at two schedulers is one order."""
    name = type(command).__name__
    return Order(
        tenant_id=tenant_id,
        command=command,
        actor=CLERK,
        id=CommandId(
            uuid5(CLERK.id, f"{tenant_id}:{name}:{key}"), sha256(command.model_dump_json().encode()).digest()
        ),
        at=at,
        source="system",
    )
