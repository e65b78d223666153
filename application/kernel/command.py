"""What is an order given to the house?"""

from pydantic import BaseModel, ConfigDict


class Command(BaseModel):
    """An intent, named as an order. Tenant, actor and time are context, never fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
