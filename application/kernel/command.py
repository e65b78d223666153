"""What is an order given to the house?"""

from domain.kernel.value import Input


class Command(Input):
    """An intent, named as an order. Tenant, actor and time are context, never fields."""
