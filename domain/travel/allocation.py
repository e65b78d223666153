"""On whose account does a journey travel?"""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Allocation(BaseModel):
    """The department and cost centre that bear the journey, and the group whose policy judges it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    group_id: UUID | None = None


UNALLOCATED = Allocation()
