"""How does somebody outside come to be told what happens, and stop being told?"""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.kernel.pointing import pointing
from application.ports.entitlements import PlanLimitReached
from application.ports.store import Saved
from application.ports.webhooks import AddressNotAccepted
from domain.developer.webhook_endpoint import (
    ENDPOINTS,
    LONGEST_OVERLAP,
    BodyForm,
    Delivering,
    DisabledBecause,
    EndpointOrigin,
    EventType,
    EventTypes,
    WebhookEndpoint,
)
from domain.kernel.instants import Instant
from domain.kernel.refusals import CapacityTaken, Forbidden, RuleBroken
from domain.kernel.text import Title, without_control_characters

Address = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000),
    AfterValidator(without_control_characters),
    Field(examples=["https://hooks.example.com/escale"]),
]
Position = Annotated[int, Field(ge=1, lt=2**62)]


def overlap_field() -> Any:
    """For how long two secrets sign side by side."""
    return Field(
        24 * 60,
        ge=0,
        le=LONGEST_OVERLAP // timedelta(minutes=1),
        description="for how many minutes the secret before signs too; 0 ends it at once",
    )


class RegisterWebhookEndpoint(Command):
    """Be told what happens, at an address of your own."""

    url: Address = Field(description="https, on port 443 or 8443; it must lead to a public address")
    event_types: EventTypes = Field((), description="exact names of events; none means all of them")
    body: BodyForm = Field(BodyForm.FULL, description="`thin` names the event, `full` carries its fields")
    with_personal: bool = Field(
        False,
        description="whether names, addresses and other personal fields are told; a key cannot ask for it",
    )
    allows_http: bool = Field(
        False, description="accepts an address without TLS, where the installation does"
    )
    description: Title | None = None


class SubscribeHook(Command):
    """Be told of one type of event, as automation platforms ask for it."""

    target_url: Address
    event_type: EventType


class ChangeWebhookEndpoint(Command):
    """Change where an endpoint is or what it is told; what is left out stays."""

    endpoint_id: UUID
    url: Address | None = None
    event_types: EventTypes | None = None
    body: BodyForm | None = None
    with_personal: bool | None = None
    allows_http: bool | None = None
    description: Title | None = None


class PauseWebhookEndpoint(Command):
    """Send nothing until it is resumed."""

    endpoint_id: UUID


class ResumeWebhookEndpoint(Command):
    """Send again, after a pause or after the house stopped by itself."""

    endpoint_id: UUID


class RotateWebhookSecret(Command):
    """Let a new secret sign, beside the one before for a while."""

    endpoint_id: UUID
    overlap_minutes: int = overlap_field()


class DisableWebhookEndpoint(Command):
    """Stop sending, because nobody is there. The house's own order."""

    endpoint_id: UUID
    reason: DisabledBecause
    failing_since: Instant | None = None


class DeleteWebhookEndpoint(Command):
    """Forget an address; what waits for it is not sent any more."""

    endpoint_id: UUID


class SendTestWebhook(Command):
    """Have a test event delivered."""

    endpoint_id: UUID


class ReplayWebhookDeliveries(Command):
    """Have what happened in a range of the log sent again."""

    endpoint_id: UUID
    first_position: Position
    last_position: Position
    also_delivered: bool = Field(False, description="send again what arrived, too")
    also_missed: bool = Field(
        False, description="send what happened while the endpoint was not there or paused"
    )


class NoSuchEventType(RuleBroken):
    """There is no event of this type; names are compared letter by letter."""

    NAMES_NOBODY = True


class PersonalFieldsNeedSignIn(Forbidden):
    """Sign in to have personal fields told; a key must not hand out more than it can read."""


class TooManyEndpoints(RuleBroken):
    """Your company has fifty webhook endpoints; delete one of them first."""


def register_webhook_endpoint(command: RegisterWebhookEndpoint, context: Context) -> Saved:
    _refuse_key_with_personal(command.with_personal, context)
    wanted = _accepted(Delivering.model_construct(**_fields_of(command)), context)
    return _registered(wanted, EndpointOrigin.CONSOLE, context)


def subscribe_hook(command: SubscribeHook, context: Context) -> Saved:
    asked = Delivering.model_construct(url=command.target_url, event_types=(command.event_type,))
    return _registered(_accepted(asked, context, "/target_url"), EndpointOrigin.REST_HOOK, context)


def _registered(delivering: Delivering, origin: EndpointOrigin, context: Context) -> Saved:
    endpoint_id = context.new_id()

    def register() -> WebhookEndpoint:
        context.ports.entitlements.require("webhook_endpoints", at=context.now)
        return WebhookEndpoint.register(endpoint_id, delivering=delivering, origin=origin, at=context.now)

    try:
        return context.store.add(register)
    except PlanLimitReached:
        raise
    except CapacityTaken as refusal:
        if ENDPOINTS not in refusal.kinds():
            raise
        raise TooManyEndpoints from refusal


def change_webhook_endpoint(command: ChangeWebhookEndpoint, context: Context) -> Saved:
    _refuse_key_with_personal(command.with_personal, context)
    wanted = {name: value for name, value in _set_fields(command).items() if value is not None}

    def change(endpoint: WebhookEndpoint) -> None:
        asked = endpoint.delivering.model_copy(update=wanted)
        endpoint.change(_accepted(asked, context), at=context.now)

    return context.store.change(WebhookEndpoint, command.endpoint_id, change)


def pause_webhook_endpoint(command: PauseWebhookEndpoint, context: Context) -> Saved:
    return context.store.change(
        WebhookEndpoint, command.endpoint_id, lambda endpoint: endpoint.pause(at=context.now)
    )


def resume_webhook_endpoint(command: ResumeWebhookEndpoint, context: Context) -> Saved:
    return context.store.change(
        WebhookEndpoint, command.endpoint_id, lambda endpoint: endpoint.resume(at=context.now)
    )


def rotate_webhook_secret(command: RotateWebhookSecret, context: Context) -> Saved:
    overlap = timedelta(minutes=command.overlap_minutes)
    return context.store.change(
        WebhookEndpoint, command.endpoint_id, lambda endpoint: endpoint.rotate_secret(overlap, at=context.now)
    )


def disable_webhook_endpoint(command: DisableWebhookEndpoint, context: Context) -> Saved:
    return context.store.change(
        WebhookEndpoint,
        command.endpoint_id,
        lambda endpoint: endpoint.disable(
            command.reason, failing_since=command.failing_since, at=context.now
        ),
    )


def delete_webhook_endpoint(command: DeleteWebhookEndpoint, context: Context) -> Saved:
    return context.store.change(
        WebhookEndpoint, command.endpoint_id, lambda endpoint: endpoint.delete(at=context.now)
    )


def send_test_webhook(command: SendTestWebhook, context: Context) -> Saved:
    return context.store.change(
        WebhookEndpoint, command.endpoint_id, lambda endpoint: endpoint.test(at=context.now)
    )


def replay_webhook_deliveries(command: ReplayWebhookDeliveries, context: Context) -> Saved:
    asked = command.model_dump(exclude={"endpoint_id"})
    return context.store.change(
        WebhookEndpoint, command.endpoint_id, lambda endpoint: endpoint.replay(**asked, at=context.now)
    )


def _accepted(asked: Delivering, context: Context, pointer: str = "/url") -> Delivering:
    """What was asked for, at an address and of events that there are."""
    grounds = context.ports.webhooks
    unknown = [one for one in asked.event_types if not grounds.knows(one)]
    if unknown:
        raise NoSuchEventType(f"There is no event {unknown[0]}; names are compared letter by letter.")
    with pointing(pointer, AddressNotAccepted):
        url = grounds.accepted(asked.url, allows_http=asked.allows_http)
    return Delivering.model_validate({**_fields_of(asked), "url": url})


def _fields_of(asked: Delivering | RegisterWebhookEndpoint) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in Delivering.model_fields}


def _set_fields(command: ChangeWebhookEndpoint) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.model_fields_set if name != "endpoint_id"}


def _refuse_key_with_personal(asked: bool | None, context: Context) -> None:
    if asked and context.actor.kind == "api_key":
        raise PersonalFieldsNeedSignIn


HANDLERS: Handlers = {
    RegisterWebhookEndpoint: register_webhook_endpoint,
    SubscribeHook: subscribe_hook,
    ChangeWebhookEndpoint: change_webhook_endpoint,
    PauseWebhookEndpoint: pause_webhook_endpoint,
    ResumeWebhookEndpoint: resume_webhook_endpoint,
    RotateWebhookSecret: rotate_webhook_secret,
    DisableWebhookEndpoint: disable_webhook_endpoint,
    DeleteWebhookEndpoint: delete_webhook_endpoint,
    SendTestWebhook: send_test_webhook,
    ReplayWebhookDeliveries: replay_webhook_deliveries,
}
