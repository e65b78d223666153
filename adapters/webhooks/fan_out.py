"""Which events become deliveries, to whom and in which order? The log says it, page by page.

Endpoints are judged as they stood when each event was recorded. Deliveries are put in line in the transaction that
moves the checkpoint: none is lost by a crash, and none is made twice.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID, uuid5

from psycopg import Connection

from adapters.event_store.mapper import Topics
from adapters.event_store.store import TenantStore
from adapters.event_store.stored import TenantNotification
from adapters.jobs.feed import Feed
from application.ports.store import AsOf
from domain.developer.webhook_endpoint import (
    EndpointState,
    WebhookDeliveriesReplayed,
    WebhookEndpoint,
    WebhookEndpointDeleted,
    WebhookEndpointEvent,
    WebhookEndpointRegistered,
    WebhookEndpointTested,
)
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound

PAGE = 500
REMEMBERED_TENANTS = 200
ENDPOINT_EVENTS: tuple[type[DomainEvent], ...] = WebhookEndpointEvent.__args__

LANES = "select endpoint_id from es.webhook_lane where tenant_id = %s order by endpoint_id"
OPEN_LANE = """
insert into es.webhook_lane (tenant_id, endpoint_id) values (%s, %s) on conflict (tenant_id, endpoint_id) do nothing
"""
SET_LANE = """
update es.webhook_lane
set is_open = %(is_open)s,
    blocked_until = case when %(is_fresh)s then null else blocked_until end,
    failing_since = case when %(is_fresh)s then null else failing_since end,
    failures = case when %(is_fresh)s then 0 else failures end
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s
"""
GIVE_UP_WAITING = """
update es.webhook_delivery set state = 2, done_at = clock_timestamp(), last_error = 'endpoint_deleted'
where tenant_id = %s and endpoint_id = %s and state = 0
"""
# The lane's row is locked first: whoever sends computes what is due next under the same lock.
NEXT_NUMBERS = """
update es.webhook_lane set last_number = last_number + %(many)s,
  next_due_at = least(next_due_at, clock_timestamp())
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s
returning last_number - %(many)s
"""
INSERT = """
insert into es.webhook_delivery
  (tenant_id, delivery_id, endpoint_id, number, event_id, position, topic, stream_id, queued_at, due_at)
select %(tenant_id)s, w.delivery_id, %(endpoint_id)s, %(after)s + w.n, w.event_id, w.position, w.topic, w.stream_id,
  clock_timestamp(), clock_timestamp()
from unnest(%(deliveries)s::uuid[], %(events)s::uuid[], %(positions)s::bigint[], %(topics)s::text[],
  %(streams)s::uuid[]) with ordinality as w (delivery_id, event_id, position, topic, stream_id, n)
on conflict (tenant_id, delivery_id) do nothing
"""
KNOWN = """
select delivery_id from es.webhook_delivery
where tenant_id = %s and endpoint_id = %s and position between %s and %s
"""
REPLAY = """
update es.webhook_delivery
set state = 0, round = 0, replays = replays + 1, queued_at = clock_timestamp(), due_at = clock_timestamp(),
    done_at = null
where tenant_id = %(tenant_id)s and endpoint_id = %(endpoint_id)s
  and position between %(first)s and %(last)s
  and (state = 2 or state = 0 or %(also_delivered)s)
"""
DUE_NOW = """
update es.webhook_lane set next_due_at = clock_timestamp(), blocked_until = null
where tenant_id = %s and endpoint_id = %s
"""


@dataclass(frozen=True)
class _Line:
    """What the pages read so far come to: the endpoints as they stood after a position."""

    position: int
    endpoints: dict[UUID, WebhookEndpoint]


class FanOut:
    """Puts deliveries in line. Implements Follower."""

    name = "webhooks"
    starts_now = True

    def __init__(
        self,
        *,
        feed: Feed,
        topics: Topics,
        streams: Callable[[UUID], TenantStore],
        on_deliveries: Callable[[], None] = lambda: None,
    ) -> None:
        self._feed = feed
        self._topics = topics
        self._streams = streams
        self._on_deliveries = on_deliveries
        self._lock = Lock()
        self._lines: OrderedDict[UUID, _Line] = OrderedDict()

    def hears(self, connection: Connection[Any], tenant_id: UUID, page: Sequence[TenantNotification]) -> bool:
        if self._feed.concerns(page, (WebhookEndpointRegistered,)):
            return True
        return bool(_lanes(connection, tenant_id))

    def write(
        self, connection: Connection[Any], tenant_id: UUID, after: int, page: Sequence[TenantNotification]
    ) -> None:
        endpoints = self._endpoints(connection, tenant_id, after)
        made: dict[UUID, list[TenantNotification]] = {}
        for stored in page:
            names = self._names(stored)
            own = self._own(tenant_id, stored)
            for endpoint in endpoints.values():
                if _goes_to(endpoint, names, own):
                    made.setdefault(endpoint.id, []).append(stored)
            if own is not None:
                # What was put in line so far comes before what the endpoint's own event does to the line.
                _insert(connection, tenant_id, made)
                made = {}
                self._follow(connection, tenant_id, endpoints, own)
        _insert(connection, tenant_id, made)
        self._remember(tenant_id, _Line(page[-1].id, endpoints))

    def written(self, tenant_id: UUID) -> None:
        self._on_deliveries()

    def _names(self, stored: TenantNotification) -> frozenset[str]:
        """What the event is called now, and what it was called in earlier versions."""
        kind = self._topics.event_class(stored.topic)
        return frozenset((kind.TOPIC, *kind.UPCASTS))

    # The endpoints' own events

    def _own(self, tenant_id: UUID, stored: TenantNotification) -> DomainEvent | None:
        found = self._feed.decode(tenant_id, [stored], ENDPOINT_EVENTS)
        return found[0] if found else None

    def _follow(
        self,
        connection: Connection[Any],
        tenant_id: UUID,
        endpoints: dict[UUID, WebhookEndpoint],
        event: DomainEvent,
    ) -> None:
        endpoint = endpoints.get(event.originator_id) or WebhookEndpoint.new(event.originator_id)
        if isinstance(event, WebhookEndpointRegistered):
            connection.execute(OPEN_LANE, (tenant_id, endpoint.id))
            endpoints[endpoint.id] = endpoint
        elif endpoint.id not in endpoints:
            return  # of an endpoint whose registration nobody followed: it was before this process began
        was = None if endpoint.version == 0 else endpoint.state
        endpoint.apply(event)
        if isinstance(event, WebhookDeliveriesReplayed):
            self._replay(connection, tenant_id, endpoint, event)
        elif endpoint.state is not was:
            is_open = endpoint.state is EndpointState.ACTIVE
            names = {"tenant_id": tenant_id, "endpoint_id": endpoint.id}
            connection.execute(SET_LANE, {**names, "is_open": is_open, "is_fresh": is_open})
        if isinstance(event, WebhookEndpointDeleted):
            connection.execute(GIVE_UP_WAITING, (tenant_id, endpoint.id))
            del endpoints[endpoint.id]

    def _replay(
        self,
        connection: Connection[Any],
        tenant_id: UUID,
        endpoint: WebhookEndpoint,
        event: WebhookDeliveriesReplayed,
    ) -> None:
        first, last = event.first_position, min(event.last_position, event.position - 1)
        connection.execute(DUE_NOW, (tenant_id, endpoint.id))
        names = {"tenant_id": tenant_id, "endpoint_id": endpoint.id, "first": first, "last": last}
        connection.execute(REPLAY, {**names, "also_delivered": event.also_delivered})
        if not event.also_missed:
            return
        known = {row[0] for row in connection.execute(KNOWN, (tenant_id, endpoint.id, first, last))}
        after = first - 1
        while after < last:
            page = self._feed.page(connection, tenant_id, after=after, upto=last, limit=PAGE)
            missed = [
                stored
                for stored in page
                if endpoint.hears(self._names(stored))
                and not issubclass(self._topics.event_class(stored.topic), WebhookEndpointTested)
                and delivery_id_of(endpoint.id, stored.event_id) not in known
            ]
            _insert(connection, tenant_id, {endpoint.id: missed} if missed else {})
            after = page[-1].id

    # The endpoints as they stood

    def _endpoints(
        self, connection: Connection[Any], tenant_id: UUID, after: int
    ) -> dict[UUID, WebhookEndpoint]:
        with self._lock:
            line = self._lines.pop(tenant_id, None)
        if line is not None and line.position == after:
            # Copied: if the transaction fails, nobody has seen what was folded here.
            return {one: endpoint.model_copy() for one, endpoint in line.endpoints.items()}
        found = (self._as_of(tenant_id, one, after) for one in _lanes(connection, tenant_id))
        return {
            each.id: each for each in found if each is not None and each.state is not EndpointState.DELETED
        }

    def _as_of(self, tenant_id: UUID, endpoint_id: UUID, position: int) -> WebhookEndpoint | None:
        try:
            return self._streams(tenant_id).as_of(WebhookEndpoint, endpoint_id, AsOf(position=position))
        except NotFound:
            return None

    def _remember(self, tenant_id: UUID, line: _Line) -> None:
        with self._lock:
            self._lines[tenant_id] = line
            while len(self._lines) > REMEMBERED_TENANTS:
                self._lines.popitem(last=False)


def delivery_id_of(endpoint_id: UUID, event_id: UUID) -> UUID:
    """The same for the same event and endpoint, however often it is sent: the receiver's key against repeats."""
    return uuid5(endpoint_id, str(event_id))


def _goes_to(endpoint: WebhookEndpoint, names: frozenset[str], own: DomainEvent | None) -> bool:
    if isinstance(own, WebhookEndpointTested):
        return own.originator_id == endpoint.id
    # What happens to an endpoint is told to the others: it could answer itself for ever.
    return endpoint.hears(names) and (own is None or own.originator_id != endpoint.id)


def _lanes(connection: Connection[Any], tenant_id: UUID) -> list[UUID]:
    return [row[0] for row in connection.execute(LANES, (tenant_id,))]


def _insert(connection: Connection[Any], tenant_id: UUID, made: dict[UUID, list[TenantNotification]]) -> None:
    for endpoint_id in sorted(made):
        stored = made[endpoint_id]
        names: dict[str, Any] = {"tenant_id": tenant_id, "endpoint_id": endpoint_id}
        row = connection.execute(NEXT_NUMBERS, {**names, "many": len(stored)}).fetchone()
        if row is None:
            continue
        connection.execute(
            INSERT,
            {
                **names,
                "after": row[0],
                "deliveries": [delivery_id_of(endpoint_id, each.event_id) for each in stored],
                "events": [each.event_id for each in stored],
                "positions": [each.id for each in stored],
                "topics": [each.topic for each in stored],
                "streams": [UUID(str(each.originator_id)) for each in stored],
            },
        )
