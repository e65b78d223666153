"""How many employees does the plan allow?"""

from application.kernel.context import Context
from domain.kernel.refusals import CapacityTaken
from domain.platform.plan import TERMS
from domain.platform.tenant import Tenant


class EmployeeLimitReached(CapacityTaken):
    """Your plan allows no more employees; move to a larger plan, or deactivate members who have left."""


def employee_limit(context: Context) -> int | None:
    """The lowest limit of the suite's plan and of the subscription's; None is no limit. Guarded."""
    tenant = context.store.read(Tenant, context.tenant_id)
    if tenant is None:
        return None  # the platform itself
    users = context.ports.entitlements.limits(at=context.now).get("users")
    limits = [limit for limit in (TERMS[tenant.plan].employee_limit, users) if limit is not None]
    return min(limits, default=None)
