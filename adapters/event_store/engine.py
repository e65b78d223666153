"""How are pool, line, topics and keys put together once per process?"""

from collections.abc import Iterable

from eventsourcing.persistence import OperationalError

from adapters.event_store.appending import Appender, ClaimKeys, Observe
from adapters.event_store.application import Engine, refuse_unsafe_settings
from adapters.event_store.line import TenantLine
from adapters.event_store.mapper import Topics
from adapters.postgres.pools import Pools
from adapters.vault.subject_keys import SubjectKeys
from adapters.vault.tenant_key import TenantKey
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Unavailable


def build_engine(
    pools: Pools,
    master_key: bytes,
    *,
    events: Iterable[type[DomainEvent]],
    aggregates: Iterable[type[Aggregate]],
    observe: Observe | None = None,
) -> Engine:
    """The event store of one process, for all its tenants."""
    refuse_unsafe_settings()
    claim_keys = ClaimKeys(TenantKey(master_key, "claims"))
    appender = Appender(pools.commands, claim_keys, *([observe] if observe else []))
    return Engine(
        pool=pools.commands,
        tracking_pool=pools.projector,
        line=TenantLine(appender, (Unavailable, OperationalError)),
        topics=Topics(events, aggregates),
        keys=SubjectKeys(pools.vault, TenantKey(master_key, "subject keys")),
        claim_keys=claim_keys,
    )
