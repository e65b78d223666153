"""What does a request take from its caller's limits: of the minute, the day, and the month that may be capped?"""

from adapters.bootstrap import Caller
from api.rest.door import Door

# What answers although calls are capped.
CAP_DESK = frozenset({"set_usage_limit", "list_usage_limits"})


def spend_of(caller: Caller, door: Door) -> None:
    """Counts the request; refuses LimitReached when it is one too many."""
    standing = door.house.standings.of(caller.tenant_id)
    door.request.scope["counted_for"] = (caller, standing)
    if caller.api_key_id is not None:
        who, per_minute = f"key:{caller.tenant_id}:{caller.api_key_id}", door.limits.key
    else:
        who, per_minute = f"member:{caller.tenant_id}:{caller.member_id}", door.limits.person
    # Whoever is stopped by the cap must be able to raise it.
    capped = (
        None if door.operation in CAP_DESK else standing.capped_month(caller.tenant_id, door.house.clock())
    )
    door.spend(
        who,
        per_minute,
        daily_quota=standing.quota_daily,
        tenant_id=caller.tenant_id,
        zone=standing.zone,
        month=capped,
    )
    door.request.scope["capped_month"] = capped
