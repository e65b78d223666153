"""What is an order given to the house?"""

from domain.kernel.value import Value


class Command(Value):
    """An intent, named as an order. Tenant, actor and time are context, never fields."""
