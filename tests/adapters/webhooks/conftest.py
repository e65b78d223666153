"""A house with a clock that is set by hand, and a receiver beside it."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adapters.webhooks.addresses import AddressRules
from adapters.webhooks.courier import Courier
from adapters.webhooks.deliveries import Delivery, DeliveryState
from adapters.webhooks.transport import GuardedClient
from application.developer.webhook_endpoints import (
    DeleteWebhookEndpoint,
    RegisterWebhookEndpoint,
    ReplayWebhookDeliveries,
    SendTestWebhook,
)
from application.kernel.command import Command
from application.kernel.order import Answer
from application.platform.members import InviteMember
from domain.developer.webhook_endpoint import WebhookEndpoint
from domain.platform.roles import Role
from tests.kit.house import Founder, Place, opened_place
from tests.kit.receiver import Receiver, receiving


@dataclass
class Bureau:
    """The courier of a company, and whom it speaks to."""

    place: Place
    receiver: Receiver
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))

    @property
    def courier(self) -> Courier:
        return self.place.house.webhooks.courier

    @property
    def tenant(self) -> UUID:
        return self.place.north.id

    def execute(self, command: Command) -> Answer:
        return Founder(self.place.house).execute(self.tenant, command)

    def register(self, path: str, *types: str, **fields: Any) -> UUID:
        """An endpoint at a path of the receiver."""
        url = fields.pop("url", None) or self.receiver.url(path)
        command = RegisterWebhookEndpoint(url=url, event_types=types, allows_http=True, **fields)
        endpoint_id = self.execute(command).saved.stream_id
        self.follow()
        return endpoint_id

    def happens(self, times: int = 1) -> None:
        """Something the endpoints may be told of: a member is invited."""
        for _ in range(times):
            self.number += 1
            self.execute(
                InviteMember(
                    email=f"guest{self.number}@north.example", display_name="A Guest", roles=(Role.TRAVELLER,)
                )
            )
        self.follow()

    number: int = 0

    def follow(self) -> None:
        self.place.house.jobs.processes.drain(self.tenant)

    def deliver(self) -> int:
        """Everything that is due by the clock."""
        return self.courier.deliver_due()

    def passes(self, **time: float) -> None:
        """The clock goes on, and what is due by then is sent."""
        self.now += timedelta(**time)
        self.deliver()

    def deliveries(self, endpoint_id: UUID, state: DeliveryState | None = None) -> list[Delivery]:
        """What became of them, the first one first."""
        log = self.place.house.webhooks.deliveries
        asked: dict[str, Any] = {"event_type": None, "before": None, "limit": 100}
        return log.page(self.tenant, endpoint_id=endpoint_id, state=state, **asked).rows[::-1]

    def endpoint(self, endpoint_id: UUID) -> WebhookEndpoint:
        return self.place.house.streams(self.tenant).load(WebhookEndpoint, endpoint_id)

    def replay(self, endpoint_id: UUID, first: int = 1, last: int | None = None, **which: bool) -> None:
        head = self.place.house.streams(self.tenant).head()
        self.execute(
            ReplayWebhookDeliveries(
                endpoint_id=endpoint_id, first_position=first, last_position=last or head, **which
            )
        )
        self.follow()

    def send_test(self, endpoint_id: UUID) -> None:
        """For somebody else to follow and to carry."""
        self.execute(SendTestWebhook(endpoint_id=endpoint_id))

    def effects(self, kind: str) -> int:
        with self.place.house.pools.queries.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self.tenant,))
            row = connection.execute(
                "select count(*) from es.outbox where tenant_id = %s and kind = %s", (self.tenant, kind)
            ).fetchone()
        return int(row[0]) if row else 0

    def secret(self, endpoint_id: UUID, generation: int = 1) -> str:
        return self.place.house.webhooks.ground.secret(self.tenant, endpoint_id, generation)


@pytest.fixture(scope="module")
def bureau(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Bureau]:
    """One house and one receiver; every test has endpoints of its own."""
    with opened_place(database_url, redis_url, master_key) as place, receiving() as receiver:
        made = Bureau(place, receiver)
        made.courier.clock = place.house.clock = lambda: made.now
        made.courier.random = Random(1)
        # A receiver that hangs costs a test half a second, not fifteen.
        tls = ssl.create_default_context()
        made.courier.client = lambda: GuardedClient(
            AddressRules(allows_loopback=True), timeout_s=0.5, ssl_context=tls
        )
        yield made


@pytest.fixture(autouse=True)
def _nobody_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test left waiting is not sent in the next one."""
    yield
    if "bureau" not in request.fixturenames:
        return
    bureau: Bureau = request.getfixturevalue("bureau")
    for endpoint in bureau.place.house.webhooks.endpoints(bureau.tenant):
        bureau.execute(DeleteWebhookEndpoint(endpoint_id=endpoint.id))
    bureau.follow()
