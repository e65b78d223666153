"""How do queues, pools and consumers stand at this moment?"""

from uuid import UUID

from adapters.jobs.broker import NAMESPACE, QUEUES, connect
from adapters.postgres.pools import Pools
from adapters.postgres.standing import (
    ConsumerLag,
    OutboxStanding,
    consumer_lags,
    lag_of,
    outbox_standing,
    sealed_positions,
)

TIMEOUT_S = 0.5


class InstallationStandings:
    """Asks PostgreSQL as the dispatcher role, Redis, and the pools of this process."""

    def __init__(self, pools: Pools, redis_url: str, *, namespace: str = NAMESPACE) -> None:
        self._pools = pools
        self._redis_url = redis_url
        self._namespace = namespace

    def lags(self) -> list[ConsumerLag]:
        """Every consumer of every tenant's log, added up."""
        return consumer_lags(self._pools.dispatcher)

    def outbox(self) -> OutboxStanding:
        """Effects that wait."""
        return outbox_standing(self._pools.dispatcher)

    def events(self) -> int:
        """Events in the log, whoever appended them."""
        return lag_of(self._pools.dispatcher).head

    def sealed(self) -> dict[UUID, int]:
        """How far each tenant's log is sealed in the database."""
        return sealed_positions(self._pools.dispatcher)

    def queues(self) -> dict[str, int]:
        """Jobs waiting, by queue; those of `.delayed` wait for a time, those of `.dead` for a person."""
        client = connect(self._redis_url, timeout_s=TIMEOUT_S)
        try:
            with client.pipeline(transaction=False) as pipe:
                for queue in QUEUES:
                    pipe.llen(f"{self._namespace}:{queue}")
                    pipe.llen(f"{self._namespace}:{queue}.DQ")
                    pipe.zcard(f"{self._namespace}:{queue}.XQ")
                counts = [int(count) for count in pipe.execute()]
        finally:
            client.close()
        names = [name for queue in QUEUES for name in (queue, f"{queue}.delayed", f"{queue}.dead")]
        return dict(zip(names, counts, strict=True))

    def pools(self) -> dict[str, dict[str, int]]:
        """How busy the pools of this process are."""
        return self._pools.stats()
