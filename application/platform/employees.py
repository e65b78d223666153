"""How many employees does the plan allow?"""

from application.kernel.context import Context
from domain.kernel.refusals import CapacityTaken
from domain.platform.plan import TERMS
from domain.platform.tenant import Tenant


class EmployeeLimitReached(CapacityTaken):
    """Your plan allows no more employees; move to a larger plan, or deactivate members who have left."""


def employee_limit(context: Context) -> int | None:
    """The plan's limit; None is no limit, as on the platform itself. Guarded."""
    tenant = context.store.read(Tenant, context.tenant_id)
    return None if tenant is None else TERMS[tenant.plan].employee_limit
