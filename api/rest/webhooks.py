"""Addresses outside that are told what happens: kept, paused, tested, and given other secrets."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from adapters.bootstrap import LaneState
from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.developer.webhook_endpoints import (
    Address,
    ChangeWebhookEndpoint,
    DeleteWebhookEndpoint,
    PauseWebhookEndpoint,
    RegisterWebhookEndpoint,
    ResumeWebhookEndpoint,
    RotateWebhookSecret,
    SendTestWebhook,
    overlap_field,
)
from application.kernel.command import Command
from domain.developer.webhook_endpoint import (
    BodyForm,
    EndpointOrigin,
    EndpointState,
    EventTypes,
    WebhookEndpoint,
)
from domain.kernel.refusals import NotFound
from domain.kernel.text import Title

router = Shelf(prefix="/api/v1/webhooks/endpoints", tags=["webhooks"], route_class=StrictRoute)

SHOWN_ONCE = "Keep the secret now: it is shown in this answer only. Every delivery is signed with it."


class WebhookHealthView(View):
    """How the receiver does."""

    waiting: int = Field(description="deliveries that are still to arrive; 10,000 may be more")
    failures: int = Field(description="in a row")
    failing_since: datetime | None = Field(description="the first failure after the last arrival")
    resting_until: datetime | None = Field(description="the receiver asked for a rest")
    last_attempt_at: datetime | None
    last_success_at: datetime | None

    @classmethod
    def of(cls, lane: LaneState | None) -> Self:
        """As the couriers left it; nothing was sent yet where there is none."""
        return cls(
            waiting=lane.waiting if lane else 0,
            failures=lane.failures if lane else 0,
            failing_since=lane.failing_since if lane else None,
            resting_until=lane.blocked_until if lane else None,
            last_attempt_at=lane.last_attempt_at if lane else None,
            last_success_at=lane.last_success_at if lane else None,
        )


class WebhookEndpointView(Resource):
    """An address that is told what happens."""

    id: UUID
    url: str
    event_types: list[str] = Field(description="exact names; none means all events")
    body: BodyForm
    with_personal: bool
    allows_http: bool
    description: str | None
    state: EndpointState = Field(description="`disabled`: the house stopped by itself; resume it")
    disabled_because: Literal["gone", "failing"] | None
    origin: EndpointOrigin
    registered_at: datetime
    secret_generation: int = Field(description="which secret signs; 1 is the first")
    previous_secret_until: datetime | None = Field(description="until when the one before signs too")
    health: WebhookHealthView

    @classmethod
    def of(
        cls, endpoint: WebhookEndpoint, lane: LaneState | None = None, position: int | None = None
    ) -> Self:
        """The endpoint as it stands; its secret is not part of it."""
        delivering = endpoint.delivering
        return cls(
            id=endpoint.id,
            version=endpoint.version,
            position=position,
            url=delivering.url,
            event_types=list(delivering.event_types),
            body=delivering.body,
            with_personal=delivering.with_personal,
            allows_http=delivering.allows_http,
            description=delivering.description,
            state=endpoint.state,
            disabled_because=endpoint.disabled_because.value if endpoint.disabled_because else None,
            origin=endpoint.origin,
            registered_at=endpoint.registered_at,
            secret_generation=endpoint.generation,
            previous_secret_until=endpoint.overlap_until,
            health=WebhookHealthView.of(lane),
        )


class WebhookEndpointList(Listing[WebhookEndpointView]):
    """Every endpoint of the company: there are fifty at most."""


class WebhookEndpointWithSecret(View):
    """An endpoint and the secret that signs what is sent to it."""

    endpoint: WebhookEndpointView
    secret: str = Field(description="`whsec_` and 32 bytes in base64, as Standard Webhooks has it")
    notice: str


class EndpointChange(Command):
    """What shall be different; what is left out stays."""

    url: Address | None = None
    event_types: EventTypes | None = None
    body: BodyForm | None = None
    with_personal: bool | None = None
    allows_http: bool | None = None
    description: Title | None = None


class SecretRotation(Command):
    """For how long the secret before signs too."""

    overlap_minutes: int = overlap_field()


@router.post(
    "", operation_id="register_webhook_endpoint", status_code=201, summary="Register a webhook endpoint"
)
def register_webhook_endpoint(
    body: RegisterWebhookEndpoint, session: SessionDep
) -> WebhookEndpointWithSecret:
    """From now on the address is told what happens, signed as Standard Webhooks has it, as a CloudEvent. The secret
    is shown in this answer, and again only to the same request under the same Idempotency-Key."""
    endpoint, answer, _ = session.create(body, WebhookEndpoint, location="/api/v1/webhooks/endpoints/{id}")
    return with_secret(session, endpoint, answer.saved.position)


@router.get(
    "", operation_id="list_webhook_endpoints", summary="List webhook endpoints", dependencies=[AtLeast]
)
def list_webhook_endpoints(session: SessionDep) -> WebhookEndpointList:
    """Every endpoint that was not deleted, the oldest first, and how its receiver does."""
    lanes = session.house.webhooks.deliveries.lanes(session.tenant_id)
    endpoints = session.house.webhooks.endpoints(session.tenant_id)
    views = [WebhookEndpointView.of(each, lanes.get(each.id)) for each in endpoints]
    return WebhookEndpointList(data=views, next_cursor=None)


@router.get(
    "/{endpoint_id}",
    operation_id="get_webhook_endpoint",
    summary="Get a webhook endpoint",
    dependencies=[AtLeast],
)
def get_webhook_endpoint(endpoint_id: UUID, session: SessionDep) -> WebhookEndpointView:
    """One endpoint as it stands, and how its receiver does."""
    return shown(session, live_endpoint(session, endpoint_id))


@router.patch("/{endpoint_id}", operation_id="change_webhook_endpoint", summary="Change a webhook endpoint")
def change_webhook_endpoint(
    endpoint_id: UUID, body: EndpointChange, session: SessionDep
) -> WebhookEndpointView:
    """Changes where it is, which events it is told of and how; deliveries that wait go to the new address."""
    asked = ChangeWebhookEndpoint(endpoint_id=endpoint_id, **body.model_dump(exclude_unset=True))
    return _changed(session, asked, endpoint_id)


@router.delete("/{endpoint_id}", operation_id="delete_webhook_endpoint", summary="Delete a webhook endpoint")
def delete_webhook_endpoint(endpoint_id: UUID, session: SessionDep) -> WebhookEndpointView:
    """Forgets the address; what still waits for it is not sent."""
    return _changed(session, DeleteWebhookEndpoint(endpoint_id=endpoint_id), endpoint_id)


@router.post(
    "/{endpoint_id}/pause", operation_id="pause_webhook_endpoint", summary="Pause a webhook endpoint"
)
def pause_webhook_endpoint(endpoint_id: UUID, session: SessionDep) -> WebhookEndpointView:
    """Sends nothing until it is resumed. What happens meanwhile is sent only when a replay asks for it."""
    return _changed(session, PauseWebhookEndpoint(endpoint_id=endpoint_id), endpoint_id)


@router.post(
    "/{endpoint_id}/resume", operation_id="resume_webhook_endpoint", summary="Resume a webhook endpoint"
)
def resume_webhook_endpoint(endpoint_id: UUID, session: SessionDep) -> WebhookEndpointView:
    """Sends again, after a pause or after the house stopped by itself; what waited goes out at once."""
    return _changed(session, ResumeWebhookEndpoint(endpoint_id=endpoint_id), endpoint_id)


@router.post(
    "/{endpoint_id}/secret/rotate", operation_id="rotate_webhook_secret", summary="Rotate a webhook secret"
)
def rotate_webhook_secret(
    endpoint_id: UUID, body: SecretRotation, session: SessionDep
) -> WebhookEndpointWithSecret:
    """Lets a new secret sign. Until the overlap ends deliveries carry two signatures, so that the receiver can change
    over when it likes."""
    asked = RotateWebhookSecret(endpoint_id=endpoint_id, overlap_minutes=body.overlap_minutes)
    endpoint, answer = session.change(asked, WebhookEndpoint, endpoint_id)
    return with_secret(session, endpoint, answer.saved.position)


@router.post(
    "/{endpoint_id}/test", operation_id="send_test_webhook", status_code=202, summary="Send a test webhook"
)
def send_test_webhook(endpoint_id: UUID, session: SessionDep) -> WebhookEndpointView:
    """Has an event `webhook-endpoint.tested.v1` delivered to this endpoint alone; look at its deliveries."""
    return _changed(session, SendTestWebhook(endpoint_id=endpoint_id), endpoint_id)


def with_secret(
    session: Session, endpoint: WebhookEndpoint, position: int | None
) -> WebhookEndpointWithSecret:
    """The endpoint with the secret that signs now."""
    secret = session.house.webhooks.ground.secret(session.tenant_id, endpoint.id, endpoint.generation)
    view = WebhookEndpointView.of(endpoint, position=position)
    return WebhookEndpointWithSecret(endpoint=view, secret=secret, notice=SHOWN_ONCE)


def live_endpoint(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint that was not deleted. Refuses with NotFound."""
    endpoint = session.stream(WebhookEndpoint, endpoint_id)
    if endpoint.state is EndpointState.DELETED:
        raise NotFound
    return endpoint


def shown(session: Session, endpoint: WebhookEndpoint) -> WebhookEndpointView:
    """The endpoint and how its receiver does, which no version counts."""
    lanes = session.house.webhooks.deliveries.lanes(session.tenant_id)
    return WebhookEndpointView.of(endpoint, lanes.get(endpoint.id))


def _changed(session: Session, command: Command, endpoint_id: UUID) -> WebhookEndpointView:
    endpoint, answer = session.change(command, WebhookEndpoint, endpoint_id)
    lanes = session.house.webhooks.deliveries.lanes(session.tenant_id)
    return WebhookEndpointView.of(endpoint, lanes.get(endpoint_id), answer.saved.position)
