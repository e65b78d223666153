"""Everything that tells others what happened, put together: who puts in line, who sends, and who looks it up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from uuid import UUID, uuid5

from adapters.event_store.application import Engine
from adapters.event_store.commands import Commands
from adapters.event_store.lookups import HOLDERS
from adapters.jobs.failures import is_answer
from adapters.jobs.feed import Feed
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import Pools
from adapters.settings import Settings
from adapters.webhooks.addresses import AddressRefused, AddressRules, target_of
from adapters.webhooks.courier import Courier, Letterbox
from adapters.webhooks.deliveries import ENTER, Delivery, DeliveryLog
from adapters.webhooks.fan_out import FanOut
from adapters.webhooks.lanes import DONE_KEPT, Lanes
from adapters.webhooks.recent import RecentEvents
from adapters.webhooks.rendering import Rendered, rendered
from adapters.webhooks.schedule import RETRY_S
from adapters.webhooks.signing import derive_webhook_secret
from adapters.webhooks.transport import GuardedClient
from application.developer.webhook_endpoints import DisableWebhookEndpoint
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.ports.webhooks import AddressNotAccepted
from domain.developer.webhook_endpoint import (
    ENDPOINTS,
    LIVE,
    DisabledBecause,
    WebhookEndpoint,
)
from domain.kernel.refusals import Refusal

# Never changed: whoever stops sending by itself signs with it.
COURIER = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000003"), "courier"), kind="system")
SWEEP_EVERY = 3_600


def rules_of(settings: Settings) -> AddressRules:
    """What the settings allow; production needs a word for http, and never speaks to itself."""
    is_production = settings.env == "production"
    return AddressRules(
        allows_http=settings.webhook_http or not is_production,
        allows_loopback=settings.webhook_loopback and not is_production,
    )


class WebhookGround:
    """The Webhooks port of this installation."""

    def __init__(self, master_key: bytes, rules: AddressRules, event_types: frozenset[str]) -> None:
        self._master_key = master_key
        self._rules = rules
        self._event_types = event_types

    def accepted(self, url: str, *, allows_http: bool) -> str:
        try:
            return target_of(url, self._rules, allows_http=allows_http).url
        except AddressRefused as error:
            raise AddressNotAccepted(f"Nothing is sent to this address: {error}.") from None

    def knows(self, event_type: str) -> bool:
        return event_type in self._event_types

    def secret(self, tenant_id: UUID, endpoint_id: UUID, generation: int) -> str:
        return derive_webhook_secret(
            self._master_key, tenant_id=tenant_id, endpoint_id=endpoint_id, generation=generation
        )

    def __repr__(self) -> str:
        return "WebhookGround()"


@dataclass
class WebhookOffice:
    """What the doors, the workers and the scheduler ask of webhooks."""

    ground: WebhookGround
    deliveries: DeliveryLog
    courier: Courier
    fan_out: FanOut
    pools: Pools
    commands: Commands
    feed: Feed
    clock: Callable[[], datetime]
    _swept: datetime | None = None

    def endpoints(self, tenant_id: UUID) -> list[WebhookEndpoint]:
        """Every endpoint that was not deleted, the oldest first."""
        with (
            translated_errors(),
            self.pools.queries.connection() as connection,
            connection.transaction(),
        ):
            connection.execute(ENTER, (tenant_id,))
            holders = [row[0] for row in connection.execute(HOLDERS, (tenant_id, ENDPOINTS, LIVE))]
        found = self.commands.reading(tenant_id).find_all(dict.fromkeys(holders, WebhookEndpoint))
        return [one for each in holders if isinstance(one := found.get(each), WebhookEndpoint)]

    def payload(self, tenant_id: UUID, delivery: Delivery, endpoint: WebhookEndpoint) -> Rendered:
        """What is sent for a delivery, as the endpoint would be told it now."""
        event = self.feed.event_at(self.pools.queries, tenant_id, delivery.position)
        return rendered(event, endpoint.delivering, endpoint_id=endpoint.id, number=delivery.number)

    def act(self, token: int) -> None:
        """Once in a while forgets what was settled long ago."""
        now = self.clock()
        if self._swept is None or (now - self._swept).total_seconds() >= SWEEP_EVERY:
            self._swept = now
            self.courier.lanes.forget(before=now - DONE_KEPT)


def webhooks_of(
    settings: Settings,
    pools: Pools,
    engine: Engine,
    commands: Commands,
    ground: WebhookGround,
    clock: Callable[[], datetime],
) -> WebhookOffice:
    """The office of this installation."""
    feed = Feed(engine.topics, engine.keys)
    rules = rules_of(settings)

    def disable(tenant_id: UUID, endpoint_id: UUID, reason: DisabledBecause, since: datetime | None) -> bool:
        command = DisableWebhookEndpoint(endpoint_id=endpoint_id, reason=reason, failing_since=since)
        endpoint = commands.reading(tenant_id).load(WebhookEndpoint, endpoint_id)
        key = f"{tenant_id}:{endpoint_id}:disable:{endpoint.version}"
        digest = sha256(command.model_dump_json().encode()).digest()
        order = Order(
            tenant_id,
            command,
            COURIER,
            CommandId(uuid5(COURIER.id, key), digest),
            at=clock(),
            source="system",
        )
        try:
            commands.execute(order)
        except Refusal as refusal:
            if not is_answer(refusal):
                raise
            return False
        return True

    recent = RecentEvents(lambda tenant_id, position: feed.event_at(pools.projector, tenant_id, position))
    courier = Courier(
        Lanes(pools.dispatcher, lease_s=settings.outbox_lease_s),
        Letterbox(
            event_at=recent.at,
            endpoint=lambda tenant_id, one: commands.reading(tenant_id).find(WebhookEndpoint, one),
            secret=ground.secret,
            disable=disable,
        ),
        client=cache(lambda: GuardedClient(rules)),
        clock=clock,
        retry_s=settings.webhook_retry_s or RETRY_S,
    )
    fan_out = FanOut(feed=feed, topics=engine.topics, streams=commands.reading, on_deliveries=courier.nudge)
    return WebhookOffice(ground, DeliveryLog(pools.queries), courier, fan_out, pools, commands, feed, clock)
