"""On whose account does a journey travel?"""

from uuid import UUID

from domain.kernel.value import Value


class Allocation(Value):
    """The department and cost centre that bear the journey, and the group whose policy judges it."""

    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    group_id: UUID | None = None


UNALLOCATED = Allocation()
