"""What was sent to the addresses outside: seen with its payload and attempts, and sent again."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field

from adapters.bootstrap import Attempt, Delivery, DeliveryState, Rendered
from api.rest.conventions import Listing, View
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from api.rest.webhooks import live_endpoint
from application.developer.webhook_endpoints import Position, ReplayWebhookDeliveries
from application.kernel.command import Command
from domain.developer.webhook_endpoint import EventType, WebhookEndpoint
from domain.kernel.instants import Instant
from domain.kernel.refusals import Malformed, NotFound

router = Shelf(prefix="/api/v1/webhooks", tags=["webhooks"], route_class=StrictRoute)


class ReplayRangeMissing(Malformed):
    """A replay needs a beginning: first_position or recorded_from, one of the two."""


class WebhookDeliveryView(View):
    """One event for one endpoint. Its id is in the header `webhook-id`, as `msg_` and its digits."""

    id: UUID
    endpoint_id: UUID
    number: int = Field(description="in the order of the log, from 1 on; a receiver can sort by it")
    event_id: UUID
    event_type: str
    position: int = Field(description="of the event in the log")
    stream_id: UUID = Field(description="the thing it happened to; its deliveries wait for each other")
    state: Literal["waiting", "delivered", "given_up"]
    attempts: int
    replays: int
    next_attempt_at: datetime | None = Field(description="while it waits")
    last_status: int | None = Field(description="what the receiver answered last; null: nothing")
    last_error: str | None = Field(
        description="status_NNN, address_refused, not_found, not_connected, tls_failed, timed_out, broken_off, "
        "not_rendered or endpoint_deleted; null: it arrived, or was not tried"
    )
    settled_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The delivery as the couriers left it."""
        return cls(**_told(delivery))


class WebhookAttemptView(View):
    """One try, and what came back."""

    attempt: int
    at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    answer: str | None = Field(description="the first 2 kB")


class WebhookDeliveryDetails(WebhookDeliveryView):
    """A delivery with what is sent and what came back."""

    payload: dict[str, Any] = Field(description="the body, as it would be sent now; no copy of it is kept")
    payload_bytes: int
    is_thinned: bool = Field(description="in full it would have 20 kB or more, so it is sent thin")
    tried: list[WebhookAttemptView] = Field(description="the latest first, a hundred at most")


class WebhookDeliveryList(Listing[WebhookDeliveryView]):
    """One page of deliveries."""


class Replay(Command):
    """Which part of the log is sent again, by position or by when it was recorded."""

    first_position: Position | None = None
    last_position: Position | None = Field(None, description="the end of the log if left out")
    recorded_from: Instant | None = None
    recorded_until: Instant | None = Field(None, description="up to but without it")
    also_delivered: bool = Field(False, description="send again what arrived, too")
    also_missed: bool = Field(
        False, description="send what happened while the endpoint was not there, paused or disabled"
    )


class ReplayAnswer(View):
    """What is sent again."""

    endpoint_id: UUID
    first_position: int
    last_position: int
    position: int = Field(description="of the order to replay, in the log")


@router.get(
    "/deliveries",
    operation_id="list_webhook_deliveries",
    summary="List webhook deliveries",
    dependencies=[AtLeast],
)
def list_webhook_deliveries(
    session: SessionDep,
    endpoint_id: UUID | None = None,
    state: DeliveryState | None = None,
    event_type: EventType | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> WebhookDeliveryList:
    """What was sent, or is to be, the latest event first. Settled deliveries are kept for thirty days."""
    filters = {"endpoint_id": endpoint_id, "state": state, "event_type": event_type}
    after, following = session.place(filters, cursor)
    before = None if after is None else (int(after[0]), UUID(after[1]))
    log = session.house.webhooks.deliveries
    page = log.page(
        session.tenant_id,
        endpoint_id=endpoint_id,
        state=state,
        event_type=event_type,
        before=before,
        limit=limit,
    )
    next_before = None if page.next_before is None else (page.next_before[0], str(page.next_before[1]))
    return WebhookDeliveryList(
        data=[WebhookDeliveryView.of(row) for row in page.rows], next_cursor=following(next_before)
    )


@router.get(
    "/deliveries/{delivery_id}",
    operation_id="get_webhook_delivery",
    summary="Get a webhook delivery",
    dependencies=[AtLeast],
)
def get_webhook_delivery(delivery_id: UUID, session: SessionDep) -> WebhookDeliveryDetails:
    """One delivery, what is sent, and every try with its answer."""
    office = session.house.webhooks
    delivery = found(session, delivery_id)
    endpoint = session.stream(WebhookEndpoint, delivery.endpoint_id)
    rendered = office.payload(session.tenant_id, delivery, endpoint)
    tried = office.deliveries.attempts(session.tenant_id, delivery_id)
    return WebhookDeliveryDetails(
        **_told(delivery),
        **_sent(rendered),
        tried=[_attempt(each) for each in tried],
    )


@router.post(
    "/deliveries/{delivery_id}/replay",
    operation_id="replay_webhook_delivery",
    status_code=202,
    summary="Replay a webhook delivery",
)
def replay_webhook_delivery(delivery_id: UUID, session: SessionDep) -> ReplayAnswer:
    """Sends one delivery again, whether or not it arrived, under the same webhook-id and with a whole new schedule."""
    session.refuse_if_match()
    delivery = found(session, delivery_id)
    command = ReplayWebhookDeliveries(
        endpoint_id=delivery.endpoint_id,
        first_position=delivery.position,
        last_position=delivery.position,
        also_delivered=True,
    )
    return _replayed(session, command)


@router.post(
    "/endpoints/{endpoint_id}/replay",
    operation_id="replay_webhook_deliveries",
    status_code=202,
    summary="Replay a range of webhook deliveries",
)
def replay_webhook_deliveries(endpoint_id: UUID, body: Replay, session: SessionDep) -> ReplayAnswer:
    """Sends a part of the log again, 50,000 positions at a time: what did not arrive, and on request what arrived or
    what was never sent."""
    live_endpoint(session, endpoint_id)
    first, last = _range(session, body)
    command = ReplayWebhookDeliveries(
        endpoint_id=endpoint_id,
        first_position=first,
        last_position=last,
        also_delivered=body.also_delivered,
        also_missed=body.also_missed,
    )
    return _replayed(session, command)


def found(session: Session, delivery_id: UUID) -> Delivery:
    """A delivery of the company to an endpoint. Refuses with NotFound."""
    delivery = session.house.webhooks.deliveries.find(session.tenant_id, delivery_id)
    if delivery is None:
        raise NotFound
    return delivery


def _replayed(session: Session, command: ReplayWebhookDeliveries) -> ReplayAnswer:
    _, answer = session.change(command, WebhookEndpoint, command.endpoint_id)
    return ReplayAnswer(
        endpoint_id=command.endpoint_id,
        first_position=command.first_position,
        last_position=command.last_position,
        position=answer.saved.position,
    )


def _range(session: Session, body: Replay) -> tuple[int, int]:
    """The positions that are meant; times are looked up in the log."""
    log = session.house.webhooks.deliveries
    if (body.first_position is None) is (body.recorded_from is None):
        raise ReplayRangeMissing(pointer="/first_position")
    first = body.first_position
    if first is None:
        assert body.recorded_from is not None
        first = log.first_position_since(session.tenant_id, body.recorded_from)
    last = body.last_position or max(1, session.house.streams(session.tenant_id).head())
    if body.recorded_until is not None:
        last = min(last, log.first_position_since(session.tenant_id, body.recorded_until) - 1)
    return max(1, first), max(1, last)


def _told(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.delivery_id,
        "endpoint_id": delivery.endpoint_id,
        "number": delivery.number,
        "event_id": delivery.event_id,
        "event_type": delivery.topic,
        "position": delivery.position,
        "stream_id": delivery.stream_id,
        "state": delivery.state_name,
        "attempts": delivery.attempts,
        "replays": delivery.replays,
        "next_attempt_at": delivery.due_at if delivery.state_name == "waiting" else None,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "settled_at": delivery.done_at,
    }


def _sent(rendered: Rendered) -> dict[str, Any]:
    return {
        "payload": rendered.told,
        "payload_bytes": len(rendered.body),
        "is_thinned": rendered.is_thinned,
    }


def _attempt(tried: Attempt) -> WebhookAttemptView:
    return WebhookAttemptView(**vars(tried))
